//! What signing costs beside hashing alone: each of the two signature headers, of ten
//! secrets, and ten bare SHA-256 hashes of the same body.
//!
//! They take turns, a millisecond or one piece of work at a time, so that a
//! busy machine slows both down alike.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::ids::DeliveryId;
use domain::secret::SecretText;
use domain::signature::{self, SigningKey};
use domain::time::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::Fault;

/// In bytes.
const BODIES: [usize; 2] = [1_024, 256 * 1_024];
/// The most that a webhook has.
const SECRETS: usize = 10;
/// How long a round takes, and one of the two at a stretch.
const ROUND: Duration = Duration::from_millis(100);
const SLICE: Duration = Duration::from_millis(1);

/// What was measured for one header and length of body.
#[derive(Serialize)]
struct Measured {
    signed_ns: f64,
    bare_ns: f64,
    ratio: f64,
    spread: [f64; 2],
}

/// What one header, or ten hashes, took in a round, in nanoseconds.
struct Round {
    signed: f64,
    bare: f64,
}

/// Measures for so many rounds and prints one line of JSON: medians, and the
/// least and the greatest ratio of a round.
///
/// # Errors
/// When `rounds` is no number above 0.
pub(crate) fn run(rounds: &str) -> Result<(), Fault> {
    let rounds: usize = rounds.parse().map_err(|_| format!("{rounds} is no number of rounds"))?;
    if rounds == 0 {
        return Err("0 rounds measure nothing".into());
    }
    // Base64 of 24 bytes, so they are keys of both headers.
    let text = |n| SecretText::new(format!("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0N{n:03}"));
    let keys: Vec<SigningKey> = (0..SECRETS).map(|n| text(n).into()).collect();
    let at = Timestamp::from_millis(1_795_000_000_000);
    let id = DeliveryId::parse("dlv_01ARYZ6S41TSV4RRFFQ69G5FAV").map_err(|_| "no delivery's id")?;
    let soteri = |body: &[u8]| {
        black_box(signature::soteri(black_box(&keys).iter(), black_box(body)));
    };
    let standard = |body: &[u8]| {
        black_box(signature::standard(black_box(&keys).iter(), &id, at, black_box(body)));
    };
    let mut measured = BTreeMap::new();
    for length in BODIES {
        let headers =
            [("soteri", measure(length, rounds, soteri)), ("standard", measure(length, rounds, standard))];
        measured.insert(length, BTreeMap::from(headers));
    }
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn measure(length: usize, rounds: usize, sign: impl Fn(&[u8])) -> Measured {
    let body: Vec<u8> = (0..length).map(|place| b' ' + (place % 95) as u8).collect();
    let sign = || sign(&body);
    let hash = || {
        for _ in 0..SECRETS {
            black_box(Sha256::digest(black_box(&body)));
        }
    };
    // The first round warms up.
    let rounds: Vec<Round> = (0..=rounds).map(|_| round(sign, hash)).skip(1).collect();
    let of = |figure: fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<_>>();
    let ratios = of(|round| round.signed / round.bare);
    let spread = ratios.iter().fold([f64::MAX, 0.0], |[least, most], r| [r.min(least), r.max(most)]);
    Measured {
        signed_ns: median(of(|round| round.signed)),
        bare_ns: median(of(|round| round.bare)),
        ratio: median(ratios),
        spread,
    }
}

/// Slices that another program has cut into are far from the median, which is
/// why it is taken, and not the sum.
fn round(sign: impl Fn(), hash: impl Fn()) -> Round {
    let (mut signed, mut bare) = (Vec::new(), Vec::new());
    let began = Instant::now();
    while began.elapsed() < ROUND {
        signed.push(slice(&sign));
        bare.push(slice(&hash));
    }
    Round { signed: median(signed), bare: median(bare) }
}

/// Does it for a slice and gives what once takes, in nanoseconds. Reading the
/// clock takes less than a hundredth of it.
fn slice(work: impl Fn()) -> f64 {
    let began = Instant::now();
    let mut times = 0;
    loop {
        work();
        times += 1;
        let took = began.elapsed();
        if took >= SLICE {
            return took.as_secs_f64() * 1e9 / f64::from(times);
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
