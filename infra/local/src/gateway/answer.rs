//! The HTTP response of a function's answer, payload format 2.0.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The response; none when the answer is not one that API Gateway would take.
pub(super) fn response(answer: &[u8]) -> Option<Response> {
    let whole: Value = serde_json::from_slice(answer).ok()?;
    if whole.get("statusCode").is_none() {
        // "API Gateway makes the following assumptions": 200, JSON, the answer is the body.
        let kind = HeaderValue::from_static("application/json");
        let mut response = Response::new(Body::from(answer.to_vec()));
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        return Some(response);
    }
    let answer: Answer = serde_json::from_value(whole).ok()?;
    let body = answer.body.unwrap_or_default();
    let body = match answer.is_base64_encoded {
        Some(true) => BASE64_STANDARD.decode(body).ok()?,
        Some(false) | None => body.into_bytes(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    for (name, value) in answer.headers.unwrap_or_default() {
        let name = HeaderName::try_from(name).ok()?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !is_ours(&name) {
            response.headers_mut().append(name, HeaderValue::try_from(value).ok()?);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    }
    Some(response)
}

/// Headers of the connection, which the server sets itself.
fn is_ours(name: &HeaderName) -> bool {
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::json;

    async fn read(answer: Value) -> Option<(u16, Response<()>, Vec<u8>)> {
        let (parts, body) = response(answer.to_string().as_bytes())?.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Some((parts.status.as_u16(), Response::from_parts(parts, ()), body))
    }

    #[tokio::test]
    async fn status_headers_cookies_and_body_arrive() {
        let answer = json!({
            "statusCode": 201, "headers": {"ETag": "\"1\"", "content-length": "9"}, "multiValueHeaders": {},
            "cookies": ["a=b; Secure", "c=d"], "body": "aGk=", "isBase64Encoded": true,
        });
        let (status, head, body) = read(answer).await.unwrap();
        assert_eq!((status, body.as_slice()), (201, &b"hi"[..]));
        assert_eq!(head.headers()["etag"], "\"1\"");
        assert!(!head.headers().contains_key("content-length"));
        let cookies: Vec<_> = head.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=b; Secure", "c=d"]);
    }

    #[tokio::test]
    async fn an_answer_without_a_status_is_itself_the_body() {
        let (status, head, body) = read(json!({"a": 1})).await.unwrap();
        assert_eq!((status, body.as_slice()), (200, &b"{\"a\":1}"[..]));
        assert_eq!(head.headers()["content-type"], "application/json");
    }

    #[tokio::test]
    async fn what_api_gateway_would_not_take_is_none() {
        assert!(response(b"oh").is_none());
        assert!(read(json!({"statusCode": "many"})).await.is_none());
        assert!(read(json!({"statusCode": 200, "body": "%", "isBase64Encoded": true})).await.is_none());
    }
}
