//! Sending again what failed or is held, when an admin asks for it.

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, FaultCode, Faults};
use crate::ids::RedeliveryId;
use crate::json::Node;
use crate::time::Timestamp;
use crate::webhook::edit::body::{self, Given};

/// A request for a redelivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redelivery {
    /// Its id.
    pub id: RedeliveryId,
    /// When it was made: what was attempted since then has been redelivered.
    pub at: Timestamp,
}

/// Which deliveries lie there to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// Those that failed.
    Failed,
    /// Those that are held.
    Held,
}

/// What an admin asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which deliveries.
    pub what: Kept,
    /// Only of events of this time or later.
    pub since: Timestamp,
    /// Only to be counted.
    pub dry_run: bool,
}

impl Asked {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// Every fault of the body.
    pub fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let Some(fields) = body::open(node, body::REDELIVERY, &mut faults) else { return faults.or(None) };
        let what = read_status(fields.get("status"), &mut faults);
        let since = read_since(fields.get("since"), &mut faults);
        let dry_run = match fields.get("dryRun") {
            Given::Absent => Some(false),
            given => given.within_list().and_then(|node| body::truth(node, "/dryRun", &mut faults)),
        };
        let asked = || Some(Self { what: what?, since: since?, dry_run: dry_run? });
        faults.or(asked())
    }
}

fn read_status(given: Given<'_>, faults: &mut Faults) -> Option<Kept> {
    const POINTER: &str = "/status";
    const RULE: &str = "The status must be failed or held.";
    let Some(node) = given.within_list() else {
        faults.add(POINTER, FaultCode::InvalidStatus, RULE);
        return None;
    };
    match body::text(node, POINTER, faults)? {
        "failed" => Some(Kept::Failed),
        "held" => Some(Kept::Held),
        _ => {
            faults.add(POINTER, FaultCode::InvalidStatus, RULE);
            None
        }
    }
}

fn read_since(given: Given<'_>, faults: &mut Faults) -> Option<Timestamp> {
    const POINTER: &str = "/since";
    const RULE: &str = "The time must be one of RFC 3339, such as 2026-11-23T15:40:00Z.";
    let Some(node) = given.within_list() else {
        faults.add(POINTER, FaultCode::InvalidSince, RULE);
        return None;
    };
    let text = body::text(node, POINTER, faults)?;
    Timestamp::parse(text).map_err(|_| faults.add(POINTER, FaultCode::InvalidSince, RULE)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Asked, Vec<String>> {
        let asked = Asked::read(&Node::parse(text.as_bytes()).unwrap());
        asked.map_err(|faults| {
            faults.iter().map(|one| format!("{} {}", one.pointer, one.code.as_str())).collect()
        })
    }

    #[test]
    fn a_request_names_status_and_time() {
        let since = Timestamp::parse("2026-11-23T15:40:00Z").unwrap();
        let asked = Asked { what: Kept::Failed, since, dry_run: false };
        assert_eq!(read(r#"{"status":"failed","since":"2026-11-23T16:40:00+01:00"}"#), Ok(asked));
        let counted = Asked { what: Kept::Held, since, dry_run: true };
        assert_eq!(read(r#"{"status":"held","since":"2026-11-23T15:40:00Z","dryRun":true}"#), Ok(counted));
    }

    #[test]
    fn all_faults_come_at_once() {
        for (text, faults) in [
            ("{}", &["/status invalid_status", "/since invalid_since"][..]),
            (
                r#"{"status":"pending","since":"yesterday","dryRun":1,"x":0}"#,
                &[
                    "/x unknown_field",
                    "/status invalid_status",
                    "/since invalid_since",
                    "/dryRun invalid_type",
                ],
            ),
            (
                r#"{"status":1,"since":null,"since":""}"#,
                &["/since duplicate_field", "/status invalid_type", "/since invalid_type"],
            ),
            ("[]", &[" invalid_type"]),
        ] {
            assert_eq!(read(text).unwrap_err(), faults, "{text}");
        }
    }
}
