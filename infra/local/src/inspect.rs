//! Shows what the receiver got, and tells it what to answer:
//!
//! - `GET /` lists the requests, newest last: JSON, or a page for a browser
//! - `DELETE /` forgets them
//! - `PUT /answer {"status":503,"retryAfter":60}` is what every request is answered from now on
//! - `DELETE /answer` goes back to 200, and to 503 for `https://receiver.example.com/status/503`

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::receiver::{Receiver, Reply, Request};
use crate::serve::Server;

/// What every request is answered.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    status: u16,
    retry_after: Option<u32>,
}

/// Starts the server.
pub(crate) fn start(receiver: Arc<Receiver>) -> std::io::Result<Server> {
    receiver.answer(by_path);
    let app = Router::new()
        .route("/", get(list).delete(clear))
        .route("/answer", put(set_answer).delete(reset_answer))
        .with_state(receiver);
    Server::start(app)
}

async fn list(State(receiver): State<Arc<Receiver>>, headers: HeaderMap) -> Response {
    let requests = receiver.requests();
    let accept = headers.get("accept").and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return Html(page(&requests)).into_response();
    }
    Json(requests.iter().map(shown).collect::<Vec<_>>()).into_response()
}

async fn clear(State(receiver): State<Arc<Receiver>>) -> StatusCode {
    receiver.clear();
    StatusCode::NO_CONTENT
}

/// Takes JSON of any content type: `curl -d` names another.
async fn set_answer(State(receiver): State<Arc<Receiver>>, body: Bytes) -> Response {
    let Ok(answer) = serde_json::from_slice::<Answer>(&body) else {
        return (StatusCode::BAD_REQUEST, "send {\"status\":503,\"retryAfter\":60}\n").into_response();
    };
    if !(200..=599).contains(&answer.status) {
        return (StatusCode::UNPROCESSABLE_ENTITY, "status is 200 to 599\n").into_response();
    }
    receiver.answer(move |_| match answer.retry_after {
        Some(seconds) => Reply::status(answer.status).with_header("retry-after", seconds),
        None => Reply::status(answer.status),
    });
    StatusCode::NO_CONTENT.into_response()
}

async fn reset_answer(State(receiver): State<Arc<Receiver>>) -> StatusCode {
    receiver.answer(by_path);
    StatusCode::NO_CONTENT
}

/// `/status/503` is answered 503, everything else 200.
fn by_path(request: &Request) -> Reply {
    let path = request.path.split('?').next().unwrap_or_default();
    let asked = path.strip_prefix("/status/").and_then(|status| status.parse().ok());
    Reply::status(asked.filter(|status| (200..=599).contains(status)).unwrap_or(200))
}

fn shown(request: &Request) -> serde_json::Value {
    let (body, is_base64) = match std::str::from_utf8(&request.body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(&request.body), true),
    };
    json!({
        "at": request.at.to_string(),
        "method": request.method,
        "path": request.path,
        "host": request.host,
        "headers": request.headers,
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The same for people, newest first.
fn page(requests: &[Request]) -> String {
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=2><title>Received</title>\
         <style>body{{font:15px system-ui;margin:2rem}}pre{{background:#f4f4f5;padding:1rem;white-space:pre-wrap}}</style>\
         <h1>{} received</h1>",
        requests.len()
    );
    for request in requests.iter().rev().take(100) {
        let mut text = format!("{} {}\n", request.method, request.path);
        for (name, value) in &request.headers {
            // Writing into a string cannot fail.
            writeln!(text, "{name}: {value}").ok();
        }
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(&request.body));
        write!(page, "<h2>{}</h2><pre>{}</pre>", request.at, escaped(&text)).ok();
    }
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::Ca;

    fn request(path: &str, body: &'static [u8]) -> Request {
        Request {
            at: jiff::Timestamp::UNIX_EPOCH,
            method: "POST".into(),
            path: path.into(),
            host: "receiver.example.com".into(),
            headers: vec![("b".into(), "1".into()), ("a".into(), "2".into())],
            body: body.into(),
        }
    }

    #[test]
    fn the_path_chooses_the_answer() {
        for (path, status) in [
            ("/", 200),
            ("/status/503", 503),
            ("/status/410?x=1", 410),
            ("/status/no", 200),
            ("/status/99", 200),
        ] {
            assert_eq!(by_path(&request(path, b"")).status, status, "{path}");
        }
    }

    #[test]
    fn a_request_is_shown_as_it_came_and_cannot_break_the_page() {
        let shown = shown(&request("/x", b"<b>"));
        assert_eq!(shown["headers"], json!([["b", "1"], ["a", "2"]]));
        assert_eq!((&shown["body"], &shown["path"]), (&json!("<b>"), &json!("/x")));
        let page = page(&[request("/x", b"<script>")]);
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
    }

    #[tokio::test]
    async fn the_answer_can_be_switched() {
        let receiver = Receiver::start(&Ca::new().unwrap(), &["receiver.example.com"]).await.unwrap();
        let server = start(Arc::new(receiver)).unwrap();
        let http = crate::http_client();
        let url = format!("{}/answer", server.url());
        let put = |answer| http.put(&url).json(&answer).send();
        assert_eq!(put(json!({"status": 503, "retryAfter": 9})).await.unwrap().status(), 204);
        assert_eq!(put(json!({"status": 42})).await.unwrap().status(), 422);
        assert_eq!(put(json!({"state": 503})).await.unwrap().status(), 400);
        assert_eq!(http.put(&url).body("{\"status\":503}").send().await.unwrap().status(), 204);
        assert_eq!(http.delete(&url).send().await.unwrap().status(), 204);
        let list = http.get(server.url()).send().await.unwrap();
        assert_eq!(list.json::<serde_json::Value>().await.unwrap(), json!([]));
    }
}
