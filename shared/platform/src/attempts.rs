//! The attempts of a delivery as attributes: `tries`, the newest of them as a
//! JSON list of `[at, durationMs, statusCode, error]`, which is a third of a
//! list of maps, and `attempts`, how many there were if there were more.

use domain::attempt::{Attempt, AttemptError};
use domain::delivery::Attempts;
use domain::ports::PortResult;
use domain::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::error::unreadable;
use crate::fields::Fields;
use crate::item::{Item, number, text, unwritable};

pub(crate) const ATTEMPTS: &str = "attempts";
pub(crate) const TRIES: &str = "tries";

type Try = (i64, u32, Option<u16>, Option<AttemptError>);

struct Tries<'a>(&'a [Attempt]);

impl Serialize for Tries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|attempt| -> Try {
            (attempt.at.as_millis(), attempt.duration_ms, attempt.status_code, attempt.error)
        }))
    }
}

/// Adds the attributes of these attempts.
pub(crate) fn write(item: &mut Item, attempts: &Attempts) -> PortResult<()> {
    let tries = serde_json::to_string(&Tries(attempts.newest())).map_err(|_| unwritable(TRIES))?;
    if attempts.has_more() {
        item.insert(ATTEMPTS.to_owned(), number(attempts.count()));
    }
    item.insert(TRIES.to_owned(), text(tries));
    Ok(())
}

/// The attempts of an item.
pub(crate) fn read(fields: &Fields<'_>) -> PortResult<Attempts> {
    let tries: Vec<Try> = serde_json::from_str(fields.text(TRIES)?).map_err(|_| unreadable(TRIES))?;
    let newest = tries
        .into_iter()
        .map(|(at, duration_ms, status_code, error)| Attempt {
            at: Timestamp::from_millis(at),
            duration_ms,
            status_code,
            error,
        })
        .collect();
    Ok(Attempts::stored(fields.maybe_number(ATTEMPTS)?.unwrap_or_default(), newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_read_back_and_are_short() {
        let at = Timestamp::from_millis(1_795_000_000_123);
        let good = Attempt { at, duration_ms: 45, status_code: Some(204), error: None };
        let bad = Attempt { at, duration_ms: 10_000, status_code: None, error: Some(AttemptError::Timeout) };
        for (count, stands_there) in [(117, true), (2, false)] {
            let attempts = Attempts::stored(count, vec![bad, good]);
            let mut item = Item::new();
            write(&mut item, &attempts).unwrap();
            assert_eq!(
                item[TRIES],
                text(r#"[[1795000000123,10000,null,"timeout"],[1795000000123,45,204,null]]"#)
            );
            assert_eq!(item.get(ATTEMPTS), stands_there.then(|| number(count)).as_ref());
            assert_eq!(read(&Fields(&item)), Ok(attempts));
        }
    }

    #[test]
    fn a_number_from_before_the_last_attempt_does_not_count() {
        let tries = text(r#"[[1795000000123,10000,null,"timeout"],[1795000000123,45,204,null]]"#);
        let item = Item::from([(ATTEMPTS.to_owned(), number(1)), (TRIES.to_owned(), tries)]);
        assert_eq!(read(&Fields(&item)).unwrap().count(), 2);
    }
}
