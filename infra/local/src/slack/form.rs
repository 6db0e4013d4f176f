//! Forms, in a query and in a body.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

/// The fields of a form.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Of a query.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes())
    }

    /// Of a body, when it is one.
    pub(super) fn of_body(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        is_of_type(headers, "application/x-www-form-urlencoded").then(|| Self::parse(body))
    }

    fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first field of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// Whether the content type is this one, whatever its parameters are.
fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    super::media_type(value).eq_ignore_ascii_case(wanted)
}
