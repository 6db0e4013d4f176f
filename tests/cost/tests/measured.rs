//! What is measured is read once, and refused with the name of what is wrong.

use cost::measured::Measured;

const SAMPLE: &str = include_str!("measured.json");

fn refusal(text: &str) -> String {
    Measured::parse(text).unwrap_err().to_string()
}

#[test]
fn the_sample_is_read() {
    let measured = Measured::parse(SAMPLE).unwrap();
    assert_eq!(measured.batch(10.0, 1.0, 0.0).unwrap().billed_ms, 3.07);
}

#[test]
fn a_missing_field_is_named() {
    for field in
        ["billed_ms", "cpu_ms", "query_units", "secret_calls", "sqs_calls", "log_bytes", "receiver_ms"]
    {
        let name = format!("\"{field}\"");
        let fault = refusal(&SAMPLE.replacen(&name, "\"other\"", 1));
        assert!(fault.contains(&format!("missing field `{field}`")), "{fault}");
    }
    for field in ["machine", "body_bytes", "peak_memory_mib", "init_ms", "memory_per_tenant_bytes", "backlog"]
    {
        let fault = refusal(&SAMPLE.replacen(&format!("\"{field}\""), "\"other\"", 1));
        assert!(fault.contains(&format!("missing field `{field}`")), "{fault}");
    }
}

#[test]
fn what_is_no_amount_is_named_with_its_place() {
    let fault = refusal(&SAMPLE.replacen("\"billed_ms\": 3.07", "\"billed_ms\": -3.07", 1));
    assert!(fault.contains("batches[1].billed_ms is -3.07"), "{fault}");
    let fault = refusal(&SAMPLE.replacen("\"counters\": 1", "\"counters\": -1", 1));
    assert!(fault.contains("batches[0].write_units.counters is -1"), "{fault}");
    let fault = refusal(&SAMPLE.replacen("\"body_bytes\": 1024", "\"body_bytes\": -1", 1));
    assert!(fault.contains("body_bytes is -1"), "{fault}");
}

#[test]
fn what_is_no_number_is_refused() {
    let fault = refusal(&SAMPLE.replacen("\"cpu_ms\": 1.9", "\"cpu_ms\": \"fast\"", 1));
    assert!(fault.contains("invalid type") && fault.contains("line"), "{fault}");
}

#[test]
fn a_missing_kind_of_batch_is_named() {
    let fault = refusal(&SAMPLE.replacen("\"webhooks\": 100", "\"webhooks\": 99", 1));
    assert!(fault.contains("events 1, webhooks 100, dead_percent 0"), "{fault}");
}

#[test]
fn between_the_measured_sizes_lies_a_straight_line() {
    let measured = Measured::parse(SAMPLE).unwrap();
    for webhooks in [1.0, 10.0, 100.0] {
        for events in [1.0, 10.0] {
            let batch = measured.batch(events, webhooks, 0.0).unwrap();
            assert_eq!(measured.healthy(events, webhooks).unwrap(), batch);
        }
    }
    let middle = measured.healthy(5.5, 1.0).unwrap();
    assert_eq!((middle.events, middle.write_units.log), (5.5, 5.5));
    assert!((middle.billed_ms - 2.66).abs() < 1e-9);
}
