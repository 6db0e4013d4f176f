//! What is wrong with a request, told field by field: the entries of a 422's `errors`.

use std::fmt::Display;

use serde::{Serialize, Serializer};

/// One broken rule: where, which, and a sentence that names the rule. It
/// never repeats a value, since the value may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The field's JSON pointer (RFC 6901); empty for the whole body.
    pub pointer: String,
    /// The rule's code.
    pub code: FaultCode,
    /// A sentence for people.
    pub detail: String,
}

impl Fault {
    /// A fault of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: FaultCode, detail: impl Display) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.to_string() }
    }
}

/// Declares the codes with their text.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The code of a broken rule; its text is part of the API's contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultCode { $($(#[$doc])* $name,)* }

        impl FaultCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code's text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// The display name breaks its rule, or is missing.
    InvalidDisplayName = "invalid_display_name",
    /// The URL is no usable URL, or is missing.
    InvalidUrl = "invalid_url",
    /// The URL's scheme is another than https.
    HttpsRequired = "https_required",
    /// The URL's host is an IP address.
    IpHost = "ip_host",
    /// The URL holds a user name or password.
    Userinfo = "userinfo",
    /// The URL's host is no public domain name.
    InvalidHost = "invalid_host",
    /// The URL's port is not allowed.
    InvalidPort = "invalid_port",
    /// The event types break their rule.
    InvalidEventType = "invalid_event_type",
    /// There are too many signing secrets.
    TooManySecrets = "too_many_secrets",
    /// A signing secret breaks its rule.
    InvalidSecret = "invalid_secret",
    /// The authorization breaks its rule.
    InvalidAuthorization = "invalid_authorization",
    /// A header, or the list of them, breaks its rule.
    InvalidHeader = "invalid_header",
    /// The header's name is one that we set ourselves.
    ReservedHeader = "reserved_header",
    /// The body format is unknown.
    InvalidFormat = "invalid_format",
    /// The field is unknown or read-only.
    UnknownField = "unknown_field",
    /// The field is given twice.
    DuplicateField = "duplicate_field",
    /// The value has the wrong JSON type.
    InvalidType = "invalid_type",
    /// The URL moves to another origin and the credentials are not given anew.
    CredentialsRequired = "credentials_required",
    /// A Slack webhook does not take this field.
    NotForSlack = "not_for_slack",
    /// The idempotency key was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused",
    /// The idempotency key breaks its rule.
    InvalidIdempotencyKey = "invalid_idempotency_key",
    /// The `limit` of a list breaks its rule.
    InvalidLimit = "invalid_limit",
    /// The `cursor` of a list is not one of ours.
    InvalidCursor = "invalid_cursor",
    /// The `status` of a list is unknown.
    InvalidStatus = "invalid_status",
    /// `since` is no time.
    InvalidSince = "invalid_since",
    /// The `window` of a summary is unknown.
    InvalidWindow = "invalid_window",
}

impl Serialize for FaultCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The pointer one step below `base`: an index, or a key with `~` and `/`
/// escaped (RFC 6901 §3).
pub fn pointer_to(base: &str, step: impl Display) -> String {
    let step = step.to_string().replace('~', "~0").replace('/', "~1");
    format!("{base}/{step}")
}

/// Collects the faults of one body.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
    bytes: usize,
}

impl Faults {
    /// A body of 64 KiB can hold tens of thousands of faults, and a Lambda
    /// answer ends at 6 MB
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>):
    /// what goes beyond this many bytes is not listed.
    const MAX_BYTES: usize = 512 * 1024;

    pub(crate) fn add(&mut self, pointer: impl Into<String>, code: FaultCode, detail: impl Display) {
        if self.are_full() {
            return;
        }
        let fault = Fault::new(pointer, code, detail);
        self.bytes += fault.pointer.len() + fault.detail.len();
        self.found.push(fault);
    }

    pub(crate) fn are_full(&self) -> bool {
        self.bytes > Self::MAX_BYTES
    }

    /// The value, if there was no fault.
    pub(crate) fn or<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(self.found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_written_as_the_api_shows_it() {
        let fault = Fault::new(pointer_to("", "a/b~c"), FaultCode::IpHost, "No.");
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(json, r#"{"pointer":"/a~1b~0c","code":"ip_host","detail":"No."}"#);
    }

    #[test]
    fn every_code_is_its_own_name_in_snake_case() {
        for code in FaultCode::ALL {
            let camel: String = code
                .as_str()
                .split('_')
                .flat_map(|word| {
                    word[..1].to_ascii_uppercase().chars().chain(word[1..].chars()).collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(camel, format!("{code:?}"));
        }
    }

    #[test]
    fn a_body_full_of_faults_still_fits_an_answer() {
        let mut faults = Faults::default();
        for _ in 0..100_000 {
            faults.add("/eventTypes/12345", FaultCode::InvalidType, "Must be a string.");
        }
        let found = faults.or(Some(())).unwrap_err();
        assert!(serde_json::to_vec(&found).unwrap().len() < 2_000_000);
    }
}
