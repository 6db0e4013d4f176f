//! The attempts of a delivery as attributes: `attempts`, how many there were,
//! and `tries`, the newest of them as a JSON list of
//! `[at, durationMs, statusCode, error]`, which is a third of a list of maps.

use domain::attempt::{Attempt, AttemptError};
use domain::delivery::Attempts;
use domain::ports::PortResult;
use domain::time::Timestamp;

use crate::error::unreadable;
use crate::item::{Fields, Item, number, text, unwritable};

pub(crate) const ATTEMPTS: &str = "attempts";
pub(crate) const TRIES: &str = "tries";

type Try = (i64, u32, Option<u16>, Option<AttemptError>);

/// Adds the attributes of these attempts.
pub(crate) fn write(item: &mut Item, attempts: &Attempts) -> PortResult<()> {
    let tries: Vec<Try> = attempts
        .newest()
        .iter()
        .map(|attempt| (attempt.at.as_millis(), attempt.duration_ms, attempt.status_code, attempt.error))
        .collect();
    let tries = serde_json::to_string(&tries).map_err(|_| unwritable(TRIES))?;
    item.insert(ATTEMPTS.to_owned(), number(attempts.count()));
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
    Ok(Attempts::stored(fields.number(ATTEMPTS)?, newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_read_back_and_are_short() {
        let at = Timestamp::from_millis(1_795_000_000_123);
        let good = Attempt { at, duration_ms: 45, status_code: Some(204), error: None };
        let bad = Attempt { at, duration_ms: 10_000, status_code: None, error: Some(AttemptError::Timeout) };
        let attempts = Attempts::stored(117, vec![bad, good]);
        let mut item = Item::new();
        write(&mut item, &attempts).unwrap();
        assert_eq!(
            item[TRIES],
            text(r#"[[1795000000123,10000,null,"timeout"],[1795000000123,45,204,null]]"#)
        );
        assert_eq!(read(&Fields(&item)), Ok(attempts));
    }
}
