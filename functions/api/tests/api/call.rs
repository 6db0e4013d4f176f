//! A request, and what every answer holds.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use crate::canary;

pub(crate) struct Call<'a> {
    router: &'a Router,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> Call<'a> {
    /// Without a token and without a body.
    pub(crate) fn new(router: &'a Router, method: Method, path: &str) -> Self {
        Self { router, method, path: path.to_owned(), headers: HeaderMap::new(), body: Vec::new() }
    }

    /// Replaces the header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// Adds a header beside those of the same name.
    pub(crate) fn another(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) async fn send(self) -> Answer {
        let mut request =
            Request::builder().method(self.method).uri(self.path).body(Body::from(self.body)).unwrap();
        *request.headers_mut() = self.headers;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, text, body };
        answer.holds_what_every_answer_holds();
        canary::assert_hidden("an answer", &format!("{:?} {}", answer.headers, answer.text));
        answer
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.code())
    }

    /// The faults of a 422, as `pointer code`.
    pub(crate) fn faults(&self) -> Vec<String> {
        assert_eq!(self.problem(), (422, "validation_failed"), "{}", self.text);
        let faults = self.body["errors"].as_array().unwrap();
        faults
            .iter()
            .map(|fault| {
                format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())
            })
            .collect()
    }

    fn holds_what_every_answer_holds(&self) {
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let is_page = self.header("content-type") == Some("text/html; charset=utf-8");
        if !self.status.is_success() && !self.status.is_redirection() && !is_page {
            assert_eq!(self.header("content-type"), Some("application/problem+json"));
            let keys: Vec<_> = self.body.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["code", "detail", "errors", "requestId", "status", "title", "type"]);
            assert_eq!(self.body["status"], self.status.as_u16());
            let is_invalid = self.code() == "validation_failed";
            assert_eq!(is_invalid, !self.body["errors"].as_array().unwrap().is_empty());
            assert_eq!(self.body["requestId"].as_str().unwrap().len(), 32);
            assert_eq!(self.status == 401, self.headers.contains_key("www-authenticate"));
            let asks_to_wait = matches!(self.status.as_u16(), 429 | 503);
            assert!(!asks_to_wait || self.headers.contains_key("retry-after"));
        }
    }
}
