//! The attempts of a delivery as attributes: `tries`, the newest of them as a
//! JSON list of `[at, durationMs, statusCode, error]`, which is a third of a
//! list of maps, and `attempts`, how many there were if there were more.

use domain::attempt::{Attempt, AttemptError};
use domain::delivery::Attempts;
use domain::ports::PortResult;
use domain::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::error::unreadable;
use crate::item::{Fields, Item, number, text, unwritable};

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
    let newest: Vec<Attempt> = tries
        .into_iter()
        .map(|(at, duration_ms, status_code, error)| Attempt {
            at: Timestamp::from_millis(at),
            duration_ms,
            status_code,
            error,
        })
        .collect();
    Ok(match fields.maybe_number(ATTEMPTS)? {
        Some(count) => Attempts::stored(count, newest),
        None => newest.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_read_back_and_are_short() {
        let at = Timestamp::from_millis(1_795_000_000_123);
        let good = Attempt { at, duration_ms: 45, status_code: Some(204), error: None };
        let bad = Attempt { at, duration_ms: 10_000, status_code: None, error: Some(AttemptError::Timeout) };
        for (attempts, count) in [
            (Attempts::stored(117, vec![bad, good]), Some(number(117))),
            (Attempts::from(vec![bad, good]), None),
        ] {
            let mut item = Item::new();
            write(&mut item, &attempts).unwrap();
            assert_eq!(
                item[TRIES],
                text(r#"[[1795000000123,10000,null,"timeout"],[1795000000123,45,204,null]]"#)
            );
            assert_eq!(item.get(ATTEMPTS), count.as_ref());
            assert_eq!(read(&Fields(&item)), Ok(attempts));
        }
    }
}
