//! What can be wrong with an input, in one sentence each.

use std::fmt;
use std::path::PathBuf;

/// Why there is no result.
#[derive(Debug)]
pub enum Fault {
    /// It is not JSON of the form that is asked for; serde names the field.
    Form {
        /// Which input.
        input: &'static str,
        /// Serde's words.
        cause: serde_json::Error,
    },
    /// A measured figure that cannot be one.
    NotAnAmount {
        /// Where it stands, such as `batches[3].billed_ms`.
        field: String,
        /// What stands there.
        value: f64,
    },
    /// Batches of this kind were not measured.
    NoBatch {
        /// Events in the batch.
        events: f64,
        /// Webhooks that want each event.
        webhooks: f64,
        /// Of a hundred receivers, those that hang.
        dead_percent: f64,
    },
    /// A file that cannot be read or written.
    File {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { input, cause } => write!(to, "{input}: {cause}"),
            Self::NotAnAmount { field, value } => {
                write!(to, "measured figures: {field} is {value}; it has to be a finite number, not below 0")
            }
            Self::NoBatch { events, webhooks, dead_percent } => write!(
                to,
                "measured figures: batches has none of events {events}, webhooks {webhooks}, dead_percent {dead_percent}"
            ),
            Self::File { path, cause } => write!(to, "{}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Form { cause, .. } => Some(cause),
            Self::File { cause, .. } => Some(cause),
            Self::NotAnAmount { .. } | Self::NoBatch { .. } => None,
        }
    }
}
