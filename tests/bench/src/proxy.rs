//! Stands between a function and emulated AWS, on a thread of its own, and writes down the calls.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpListener;

/// A call that went by.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation, as in `PutItem`.
    pub operation: String,
    /// The request.
    pub request: Value,
    /// Of DynamoDB: the capacity units that it took.
    pub units: f64,
}

/// Which calls reach AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// All, and each is written down.
    All,
    /// The first one; its answer is everybody's, and nothing is written down.
    First,
}

/// The proxy. Its thread ends with the program.
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Uri,
    passes: Passes,
    client: Client<HttpConnector, Full<Bytes>>,
    calls: Mutex<Vec<Call>>,
    first: tokio::sync::OnceCell<Bytes>,
}

impl Proxy {
    /// Starts one before this URL.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(upstream: &str, passes: Passes) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket"));
        let shared = Arc::new(Shared {
            upstream: upstream.parse().expect("a URL"),
            passes,
            client: Client::builder(TokioExecutor::new()).build_http(),
            calls: Mutex::default(),
            first: tokio::sync::OnceCell::new(),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(serve(listener, serving));
        });
        Self { url, shared }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// What has gone by since the last time this was asked.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.shared.calls.lock().expect("nobody panics with it"))
    }
}

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a socket that does not block");
    loop {
        let Ok((tcp, _)) = listener.accept().await else { continue };
        tcp.set_nodelay(true).ok();
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| pass(request, Arc::clone(&shared)));
        // What goes wrong on a connection shows at its other end.
        tokio::spawn(
            async move { http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await.ok() },
        );
    }
}

async fn pass(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    if shared.passes == Passes::First {
        let ask = async {
            shared.ask(&head.headers, body).await.into_body().collect().await.unwrap_or_default().to_bytes()
        };
        return Ok(Response::new(Full::new(shared.first.get_or_init(|| ask).await.clone())));
    }
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let (service, operation) = target.rsplit_once('.').unwrap_or_default();
    let mut request: Value = serde_json::from_slice(&body).expect("JSON");
    if service.starts_with("DynamoDB") {
        request["ReturnConsumedCapacity"] = "TOTAL".into();
    }
    let (head, body) = shared.ask(&head.headers, request.to_string().into()).await.into_parts();
    let body = body.collect().await.unwrap_or_default().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let call = Call { operation: operation.to_owned(), request, units: units(&answer["ConsumedCapacity"]) };
    shared.calls.lock().expect("nobody panics with it").push(call);
    Ok(Response::from_parts(head, Full::new(body)))
}

/// Of one table, or of each.
fn units(consumed: &Value) -> f64 {
    match consumed.as_array() {
        Some(tables) => tables.iter().map(units).sum(),
        None => consumed["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}

impl Shared {
    async fn ask(&self, headers: &HeaderMap, body: Bytes) -> Response<Full<Bytes>> {
        let mut request = Request::post(self.upstream.clone()).body(Full::new(body)).expect("a request");
        *request.headers_mut() = headers.clone();
        for changed in [HOST, CONTENT_LENGTH] {
            request.headers_mut().remove(changed);
        }
        let answer = self.client.request(request).await.expect("the emulator answers");
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("the emulator answers in full").to_bytes();
        Response::from_parts(head, Full::new(body))
    }
}
