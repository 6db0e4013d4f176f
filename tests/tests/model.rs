//! Ten thousand random histories of the whole service, played in virtual time
//! around the real dispatcher. However a history went, in the end every accepted
//! event was delivered, has failed by its receiver's word, or is held; nothing
//! waits without a wake-up; nothing went to another tenant; and what was
//! received twice was so in the windows that the protocol names. Seeded: a
//! failure names its kind and seed, and plays again the same.

use e2e::model::{Kind, Summary, play};

const SEEDS: u64 = 2_000;

/// Plays a kind's histories and adds up what came of them. Says in how many of them a
/// delivery failed alone.
fn play_all(kind: Kind) -> u64 {
    let (mut sum, mut with_one_alone) = (Summary::default(), 0);
    for seed in 0..SEEDS {
        let one = play(kind, seed).unwrap_or_else(|broken| panic!("{kind:?} {seed}: {broken}"));
        with_one_alone += u64::from(one.failed_alone > 0);
        sum.deliveries += one.deliveries;
        sum.delivered += one.delivered;
        sum.failed += one.failed;
        sum.failed_alone += one.failed_alone;
        sum.held += one.held;
        sum.repeated += one.repeated;
        sum.requests += one.requests;
    }
    println!("{kind:?}: {sum:?}");
    // Histories in which nothing happens would prove nothing.
    assert!(sum.deliveries > 20 * usize::try_from(SEEDS).unwrap(), "{sum:?}");
    assert!(sum.delivered > sum.deliveries / 2 && sum.failed > 0 && sum.held > 0, "{sum:?}");
    with_one_alone
}

#[test]
fn nothing_is_lost_when_calls_fail_and_functions_die() {
    play_all(Kind::Faults);
}

#[test]
fn nothing_is_left_waiting_when_wake_ups_are_lost() {
    play_all(Kind::LostWakeUps);
}

#[test]
fn a_holder_that_freezes_past_its_lease_does_no_harm() {
    play_all(Kind::Freezes);
}

#[test]
fn without_a_sweep_nothing_is_left_waiting_either() {
    play_all(Kind::Unswept);
}

#[test]
fn a_poison_event_at_the_head_stops_nobody() {
    let with_one_alone = play_all(Kind::Poison);
    assert!(with_one_alone > SEEDS * 4 / 5, "{with_one_alone}");
}

#[test]
fn a_history_plays_again_the_same() {
    for seed in 0..20 {
        assert_eq!(play(Kind::Freezes, seed), play(Kind::Freezes, seed), "{seed}");
    }
}
