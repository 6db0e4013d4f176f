//! The event of a request, payload format 2.0.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::template::ACCOUNT;

/// The event that the function gets.
pub(super) fn of(parts: &Parts, body: &[u8], now: jiff::Timestamp) -> Value {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let host = text(header::HOST);
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split(['.', ':']).next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": "127.0.0.1",
                "userAgent": text(header::USER_AGENT),
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if let Some(event) = event.as_object_mut() {
        let cookies = cookies(&parts.headers);
        if !cookies.is_empty() {
            event.insert("cookies".to_owned(), json!(cookies));
        }
        if !query.is_empty() {
            event.insert("queryStringParameters".to_owned(), json!(parameters(query)));
        }
        if !body.is_empty() {
            let text = std::str::from_utf8(body).ok().filter(|_| is_text(&parts.headers));
            event.insert("isBase64Encoded".to_owned(), text.is_none().into());
            let body = text.map_or_else(|| BASE64_STANDARD.encode(body), str::to_owned);
            event.insert("body".to_owned(), body.into());
        }
    }
    event
}

/// Names in lower case, values of one name joined by commas; cookies stand apart.
fn headers(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let mut joined = BTreeMap::<&str, String>::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined.insert("x-forwarded-for", "127.0.0.1".to_owned());
    joined.insert("x-forwarded-proto", "http".to_owned());
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split("; ")).map(str::to_owned).collect()
}

/// Decoded, values of one name joined by commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        joined
            .entry(name.into_owned())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}

/// Bodies of these types go as text, the others as Base64.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("text/plain");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_named = matches!(kind.as_str(), "application/json" | "application/javascript" | "application/xml");
    (is_named || kind.starts_with("text/")) && !headers.contains_key(header::CONTENT_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn event(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        of(&parts, body, "2026-11-23T15:40:00Z".parse().unwrap())
    }

    #[test]
    fn a_request_becomes_an_event_of_format_2() {
        let request = Request::patch("/v1/webhooks/wh_1?a=1&a=%32&b=")
            .header("Host", "localhost:8080")
            .header("X-Two", "1")
            .header("X-Two", "2")
            .header("Cookie", "a=b; c=d")
            .header("User-Agent", "curl")
            .header("Content-Type", "application/json");
        let event = event(request, b"{}");
        assert_eq!((&event["version"], &event["rawPath"]), (&json!("2.0"), &json!("/v1/webhooks/wh_1")));
        assert_eq!(event["rawQueryString"], "a=1&a=%32&b=");
        assert_eq!(event["queryStringParameters"], json!({"a": "1,2", "b": ""}));
        assert_eq!((&event["headers"]["x-two"], &event["headers"]["cookie"]), (&json!("1,2"), &Value::Null));
        assert_eq!(event["cookies"], json!(["a=b", "c=d"]));
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
        let context = &event["requestContext"];
        assert_eq!(
            (&context["stage"], &context["timeEpoch"]),
            (&json!("$default"), &json!(1_795_448_400_000_i64))
        );
        assert_eq!(context["time"], "23/Nov/2026:15:40:00 +0000");
        let http = &context["http"];
        assert_eq!((&http["method"], &http["protocol"]), (&json!("PATCH"), &json!("HTTP/1.1")));
        assert_eq!((&http["sourceIp"], &http["userAgent"]), (&json!("127.0.0.1"), &json!("curl")));
    }

    #[test]
    fn other_bodies_go_as_base64_and_none_goes_as_nothing() {
        let merge_patch = Request::patch("/").header("Content-Type", "application/merge-patch+json");
        let event_of_merge_patch = event(merge_patch, b"{}");
        assert_eq!(event_of_merge_patch["body"], "e30=");
        assert_eq!(event_of_merge_patch["isBase64Encoded"], true);
        let wrong_text = event(Request::post("/").header("Content-Type", "application/json"), b"\xff");
        assert_eq!((&wrong_text["body"], &wrong_text["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
        assert_eq!(event(Request::get("/"), b"").get("body"), None);
    }
}
