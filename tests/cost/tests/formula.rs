//! The formula against sums done by hand.

use cost::inputs::Inputs;
use cost::measured::{Batch, Measured, WriteUnits};
use cost::{model, slack, standing};

const SAMPLE: &str = include_str!("measured.json");

/// Ten events of one tenant for one webhook.
const TEN: Batch = Batch {
    events: 10.0,
    webhooks: 1.0,
    dead_percent: 0.0,
    receiver_ms: 0.0,
    billed_ms: 3.07,
    cpu_ms: 1.9,
    write_units: WriteUnits { log: 10.0, counters: 1.0, backlog: 0.0, rows: 0.0 },
    dials: 0.0,
    queries: 0.2,
    query_units: 0.1,
    secret_calls: 0.0,
    sqs_calls: 0.0,
    log_bytes: 310.0,
};

fn inputs() -> Inputs {
    Inputs::built_in().unwrap()
}

fn near(name: &str, is: f64, by_hand: f64) {
    assert!((is - by_hand).abs() <= by_hand.abs() * 1e-4, "{name}: {is}, by hand {by_hand}");
}

#[test]
fn each_term_is_what_it_is_by_hand() {
    let terms = model::per_million(&inputs(), &TEN, 1.0, 1024.0);
    near("100,000 invocations", terms.invocations, 0.02);
    near("119 ms of half a GB", terms.gb_seconds, 100_000.0 * 0.119 * 0.5 * 0.000_013_333_4);
    near("one receive and one delete of a fair queue", terms.polls, 0.10);
    near("a counter a batch", terms.counters, 0.0625);
    near("a tenth of a read unit", terms.reads, 0.001_25);
    near("336 bytes ingested and kept", terms.log_lines, 0.016_572);
    near("a million log writes", terms.log_table_writes, 0.625);
    near("1,124 bytes each for 30 days", terms.log_table_storage, 0.464_611);
    near("1,824 bytes each to the internet", terms.egress, 0.152_886);
    for (name, term) in [
        ("own messages", terms.own_messages),
        ("probes", terms.probes),
        ("backlog", terms.backlog),
        ("rows", terms.rows),
        ("secrets", terms.secret_calls),
    ] {
        assert_eq!(term, 0.0, "{name}");
    }
}

#[test]
fn the_sum_leaves_out_the_log_table_and_egress() {
    let terms = model::per_million(&inputs(), &TEN, 1.0, 1024.0);
    let by_service: f64 = terms.services().iter().map(|(_, usd)| usd).sum();
    near("by service", terms.counted(), by_service);
    near("by hand", terms.counted(), 0.02 + 0.079_334 + 0.10 + 0.0625 + 0.001_25 + 0.016_572);
}

#[test]
fn trouble_is_paid_for_term_by_term() {
    let units = WriteUnits { backlog: 2.0, rows: 3.0, ..TEN.write_units };
    let troubled = Batch { write_units: units, sqs_calls: 1.0, secret_calls: 1.0, ..TEN };
    let terms = model::per_million(&inputs(), &troubled, 1.0, 1024.0);
    near("backlog", terms.backlog, 100_000.0 * 2.0 * 0.625e-6);
    near("rows", terms.rows, 100_000.0 * 3.0 * 0.625e-6);
    near("sent, received, deleted", terms.own_messages, 100_000.0 * 3.0 * 0.5e-6);
    near("10 s each", terms.probes, 100_000.0 * (0.2e-6 + 10.0 * 0.5 * 0.000_013_333_4));
    near("secrets", terms.secret_calls, 100_000.0 * 5e-6);
}

#[test]
fn the_cpu_part_is_stretched_to_lambda_s_share_of_a_core() {
    // 1.17 + 1.9 × 1769 / 512 + 100 + 5 + 5 + 0.2 × 5 = 118.7, billed as 119.
    assert_eq!(model::billed_ms(&inputs(), &TEN, 1.0), 119.0);
}

#[test]
fn what_the_receivers_took_is_not_added_twice() {
    let slow = Batch { receiver_ms: 40.0, billed_ms: 43.07, ..TEN };
    assert_eq!(model::billed_ms(&inputs(), &slow, 1.0), 119.0);
}

#[test]
fn a_connection_that_was_not_kept_is_waited_for_and_costs_cpu() {
    let cold = Batch { dials: 10.0, ..TEN };
    // 118.7 + 80 + 9 × 1769 / 512 = 229.8; of ten tenants none is waited for twice.
    assert_eq!(model::billed_ms(&inputs(), &cold, 1.0), 230.0);
    assert_eq!(model::billed_ms(&inputs(), &cold, 10.0), 230.0);
    // One of ten was not kept: 118.7 + 8 + 3.1 of one tenant, and 118.7 + 52.1 + 3.1 of ten.
    let some = Batch { dials: 1.0, ..TEN };
    assert_eq!(model::billed_ms(&inputs(), &some, 1.0), 130.0);
    assert_eq!(model::billed_ms(&inputs(), &some, 10.0), 174.0);
}

#[test]
fn a_tenant_s_deliveries_wait_for_their_turn_and_those_of_others_do_not() {
    let hundred = Batch { webhooks: 10.0, ..TEN };
    assert_eq!(model::rounds(&inputs(), &hundred, 1.0), 4.0);
    assert_eq!(model::rounds(&inputs(), &hundred, 10.0), 1.0);
    // Four answers, but the log's write once: the next delivery does not wait for it.
    assert_eq!(model::billed_ms(&inputs(), &hundred, 1.0), 419.0);
}

#[test]
fn sqs_counts_each_64_kb_that_it_hands_out() {
    let small = model::per_million(&inputs(), &TEN, 1.0, 6_553.0);
    let large = model::per_million(&inputs(), &TEN, 1.0, 6_554.0);
    near("one and one", small.polls, 0.10);
    near("two and one", large.polls, 0.15);
}

#[test]
fn more_of_anything_costs_no_less() {
    let inputs = inputs();
    let cost = |batch: &Batch| model::per_million(&inputs, batch, 1.0, 1024.0).counted();
    let more = [
        Batch { billed_ms: 30.0, ..TEN },
        Batch { cpu_ms: 3.0, ..TEN },
        Batch { dials: 1.0, ..TEN },
        Batch { queries: 1.0, ..TEN },
        Batch { query_units: 1.0, ..TEN },
        Batch { secret_calls: 0.1, ..TEN },
        Batch { sqs_calls: 0.1, ..TEN },
        Batch { log_bytes: 900.0, ..TEN },
        Batch { write_units: WriteUnits { counters: 2.0, ..TEN.write_units }, ..TEN },
    ];
    for batch in &more {
        assert!(cost(batch) > cost(&TEN), "{batch:?}");
    }
}

#[test]
fn events_in_small_batches_cost_more() {
    let (inputs, measured) = (inputs(), Measured::parse(SAMPLE).unwrap());
    for webhooks in [1.0, 10.0, 100.0] {
        let cost = |events| {
            let batch = measured.batch(events, webhooks, 0.0).unwrap();
            model::per_million(&inputs, &batch, 1.0, measured.body_bytes).counted()
        };
        assert!(cost(1.0) > cost(10.0), "{webhooks}");
    }
}

#[test]
fn a_month_without_events_is_mostly_secrets_and_the_dashboard() {
    let inputs = inputs();
    let tenant = standing::tenant(&inputs, 10.0);
    assert_eq!(tenant[0], ("secrets", 4.0));
    // 11,000 and 500 bytes of rows; 10 × 730 × (2.125 × 0.125e-6 + 0.01 × 5e-6).
    near("a tenant", standing::sum(&tenant), 4.0 + 11_600.0 / 1_073_741_824.0 * 0.45 + 0.002_304);
    let deployment = standing::deployment(&inputs);
    let polls = deployment.iter().find(|(name, _)| name.contains("polls")).unwrap();
    // Two queues, five polls each, one in 20 s, 730 hours.
    near("polls", polls.1, 2.0 * 5.0 * 180.0 * 730.0 * 0.4e-6);
    near("a deployment", standing::sum(&deployment), 3.0 + 0.8 + 0.5256 + 0.4 + 0.3 + 0.105_12 + 0.001_752);
    near("a broken receiver", standing::broken(&inputs), 480.0 * (1.5e-6 + 0.2e-6 + 66.667e-6 + 1.25e-6));
}

#[test]
fn a_message_to_slack_pays_for_its_turn_and_one_that_waits_for_an_invocation() {
    near("a turn", slack::turn(&inputs()), 0.625);
    // 6 writes, 5 reads, 3 requests of a fair queue, an invocation of 130 ms at half a GB.
    let waiting = 3.75 + 0.625 + 1.5 + 0.2 + 0.13 * 0.5 * 1_000_000.0 * 13.3334e-6;
    near("one that waits", slack::waiting(&inputs()), waiting);
}
