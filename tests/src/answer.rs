//! What the API function answers.

use std::collections::BTreeMap;

use serde_json::Value;

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u64,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The cookies that it sets.
    pub cookies: Vec<String>,
    /// The body; null when it is no JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// Of what the function gives to API Gateway.
    pub(crate) fn of(response: &Value) -> Self {
        let headers = response["headers"].as_object().cloned().unwrap_or_default();
        let text = response["body"].as_str().unwrap_or_default();
        Self {
            status: response["statusCode"].as_u64().unwrap(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            cookies: serde_json::from_value(response["cookies"].clone()).unwrap_or_default(),
            body: serde_json::from_str(text).unwrap_or(Value::Null),
            text: text.to_owned(),
        }
    }
}
