//! Reading a request's body: its declared type, its size, its JSON, in this order.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use domain::json::Node;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::Problem;

/// The largest body. The rules allow settings of about 30 KiB.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// The media types that a creation may have.
pub(crate) const JSON: &[&str] = &["application/json"];
/// The media types that a merge patch may have (RFC 7396 §4).
pub(crate) const MERGE_PATCH: &[&str] = &["application/json", "application/merge-patch+json"];

/// A body that is JSON, with the bytes it was read from.
pub(crate) struct JsonBody {
    /// What it says.
    pub(crate) node: Node,
    /// How it came.
    pub(crate) bytes: Vec<u8>,
}

impl JsonBody {
    /// Reads a body of one of these media types.
    pub(crate) async fn read(headers: &HeaderMap, body: Body, types: &[&str]) -> Result<Self, Problem> {
        if !is_declared_as(headers, types) {
            return Err(Problem::UnsupportedMediaType);
        }
        let bytes = match Limited::new(body, MAX_BYTES).collect().await {
            Ok(whole) => Vec::from(whole.to_bytes()),
            Err(fault) if fault.is::<LengthLimitError>() => return Err(Problem::BodyTooLarge),
            Err(_) => return Err(Problem::BodyCutOff),
        };
        let node = Node::parse(&bytes).map_err(Problem::NotJson)?;
        Ok(Self { node, bytes })
    }
}

/// One `Content-Type`, one of these, in UTF-8 if it says a charset, and no
/// content coding, which RFC 9110 §8.4 answers with 415 too.
fn is_declared_as(headers: &HeaderMap, types: &[&str]) -> bool {
    let mut declared = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (declared.next(), declared.next()) else { return false };
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let is_utf_8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
            charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        Some(_) | None => true,
    });
    let is_coded = headers.get_all(CONTENT_ENCODING).iter().any(|coding| coding != "identity");
    is_utf_8 && !is_coded && types.iter().any(|known| media_type.eq_ignore_ascii_case(known))
}
