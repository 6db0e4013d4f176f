//! The Lambda Runtime API for one function process: it asks for its next event,
//! works on it, and answers by the request's id. A process has one event at a time.
//! (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html)

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::{mpsc, oneshot, watch};

use crate::serve::Server;

/// The largest answer that Lambda takes.
const LARGEST_ANSWER: usize = 6 * 1024 * 1024;

/// An event on its way into a function.
#[derive(Debug)]
pub struct Invocation {
    /// Names it.
    pub request_id: String,
    /// When the function has to be done, in milliseconds since the epoch.
    pub deadline_ms: i64,
    /// What the function is called.
    pub arn: String,
    /// The event, JSON.
    pub event: Bytes,
}

/// What a function answers: JSON, or the error that it reports.
pub type Answer = Result<Bytes, String>;

/// How far a process is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// It has not asked for an event yet.
    Starting,
    /// It has.
    Ready,
    /// It reported that it cannot start.
    Failed(String),
}

/// The server for one process. It stops when it is dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    server: Server,
    slot: mpsc::Sender<(Invocation, oneshot::Sender<Answer>)>,
    phase: watch::Receiver<Phase>,
}

#[derive(Debug)]
struct Shared {
    slot: tokio::sync::Mutex<mpsc::Receiver<(Invocation, oneshot::Sender<Answer>)>>,
    running: Mutex<Option<(String, oneshot::Sender<Answer>)>>,
    phase: watch::Sender<Phase>,
}

impl RuntimeApi {
    /// Starts one on any free port of loopback.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start() -> std::io::Result<Self> {
        let (slot, receiver) = mpsc::channel(1);
        let (phase_sender, phase) = watch::channel(Phase::Starting);
        let shared = Arc::new(Shared {
            slot: tokio::sync::Mutex::new(receiver),
            running: Mutex::new(None),
            phase: phase_sender,
        });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(LARGEST_ANSWER))
            .with_state(shared);
        Ok(Self { server: Server::start(app)?, slot, phase })
    }

    /// What a function finds in `AWS_LAMBDA_RUNTIME_API`.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Waits until the process has asked for its first event, or has said that it cannot.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn initialized(&self) -> Result<(), String> {
        let mut phase = self.phase.clone();
        match phase.wait_for(|phase| *phase != Phase::Starting).await.as_deref() {
            Ok(Phase::Failed(why)) => Err(why.clone()),
            Ok(Phase::Ready | Phase::Starting) => Ok(()),
            Err(_) => Err("lost its Runtime API".to_owned()),
        }
    }

    /// Gives the process an event and waits for the answer, for ever if there is none.
    ///
    /// # Errors
    /// What the function reports.
    pub async fn invoke(&self, invocation: Invocation) -> Answer {
        let (sender, answer) = oneshot::channel();
        let lost = || "lost its Runtime API".to_owned();
        self.slot.send((invocation, sender)).await.map_err(|_| lost())?;
        answer.await.map_err(|_| lost())?
    }
}

impl Shared {
    /// Ends the running invocation if it is this one.
    fn finish(&self, id: &str, answer: Answer) -> StatusCode {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.take_if(|(running, _)| running == id) {
            Some((_, sender)) => {
                // Whoever waited may have given up.
                sender.send(answer).ok();
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Result<Response, StatusCode> {
    shared.phase.send_replace(Phase::Ready);
    let Some((invocation, sender)) = shared.slot.lock().await.recv().await else {
        return Err(StatusCode::GONE);
    };
    let trace = trace_id(&invocation);
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &invocation.request_id)
        .header("lambda-runtime-deadline-ms", invocation.deadline_ms)
        .header("lambda-runtime-invoked-function-arn", &invocation.arn)
        .header("lambda-runtime-trace-id", trace)
        .body(Body::from(invocation.event))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    *shared.running.lock().unwrap_or_else(PoisonError::into_inner) = Some((invocation.request_id, sender));
    Ok(response)
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.finish(&id, Ok(body))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.finish(&id, Err(String::from_utf8_lossy(&body).into_owned()))
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    shared.phase.send_replace(Phase::Failed(String::from_utf8_lossy(&body).into_owned()));
    StatusCode::ACCEPTED
}

/// An X-Ray trace that is not sampled.
fn trace_id(invocation: &Invocation) -> String {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let (root, parent) = (unique.get(..24).unwrap_or_default(), unique.get(16..).unwrap_or_default());
    format!("Root=1-{:08x}-{root};Parent={parent};Sampled=0", invocation.deadline_ms / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(id: &str) -> Invocation {
        Invocation {
            request_id: id.into(),
            deadline_ms: 1_795_000_000_000,
            arn: "arn:f".into(),
            event: Bytes::from_static(b"{\"a\":1}"),
        }
    }

    #[tokio::test]
    async fn an_event_goes_out_with_its_headers_and_its_answer_comes_back() {
        let api = RuntimeApi::start().unwrap();
        let http = crate::http_client();
        let base = format!("http://{}/2018-06-01/runtime", api.address());
        let function = async {
            let event = http.get(format!("{base}/invocation/next")).send().await.unwrap();
            assert_eq!(event.headers()["lambda-runtime-aws-request-id"], "r1");
            assert_eq!(event.headers()["lambda-runtime-deadline-ms"], "1795000000000");
            assert_eq!(event.headers()["lambda-runtime-invoked-function-arn"], "arn:f");
            assert!(event.headers().contains_key("lambda-runtime-trace-id"));
            assert_eq!(event.text().await.unwrap(), "{\"a\":1}");
            let wrong = http.post(format!("{base}/invocation/r0/response")).body("no").send().await.unwrap();
            assert_eq!(wrong.status(), 400);
            let right = http.post(format!("{base}/invocation/r1/response")).body("yes").send().await.unwrap();
            assert_eq!(right.status(), 202);
            let again = http.post(format!("{base}/invocation/r1/response")).body("yes").send().await.unwrap();
            assert_eq!(again.status(), 400);
        };
        let (answer, ()) = tokio::join!(api.invoke(invocation("r1")), function);
        assert_eq!(answer, Ok(Bytes::from_static(b"yes")));
        assert_eq!(api.initialized().await, Ok(()));
    }

    #[tokio::test]
    async fn errors_of_an_invocation_and_of_the_start_are_told_apart() {
        let api = RuntimeApi::start().unwrap();
        let http = crate::http_client();
        let base = format!("http://{}/2018-06-01/runtime", api.address());
        let function = async {
            http.get(format!("{base}/invocation/next")).send().await.unwrap();
            http.post(format!("{base}/invocation/r2/error")).body("oh").send().await.unwrap();
        };
        let (answer, ()) = tokio::join!(api.invoke(invocation("r2")), function);
        assert_eq!(answer, Err("oh".to_owned()));

        let api = RuntimeApi::start().unwrap();
        let url = format!("http://{}/2018-06-01/runtime/init/error", api.address());
        assert_eq!(http.post(url).body("bad settings").send().await.unwrap().status(), 202);
        assert_eq!(api.initialized().await, Err("bad settings".to_owned()));
    }
}
