//! What the ledger makes of requests.

use serde_json::json;

use super::*;

/// A request to the first webhook of the second tenant of the small plan, changed by `change`.
fn request(change: impl Fn(&mut Request, &mut Value)) -> Request {
    let mut body = json!({
        "tenant": { "id": "tenant-1", "siteUrl": "https://tenant-1.atlassian.net" },
        "details": { "tenant": "tenant-1", "number": 7, "sent": 1_000 },
    });
    let mut request = Request {
        at: "1970-01-01T00:00:01Z".parse().unwrap(),
        method: "POST".to_owned(),
        path: "/soak/4".to_owned(),
        host: "receiver.example.com".to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer soak-4".to_owned())],
        body: Vec::new().into(),
    };
    change(&mut request, &mut body);
    request.body = body.to_string().into();
    request
}

#[test]
fn whatever_is_anothers_is_seen() {
    type Change = fn(&mut Request, &mut Value);
    let cases: &[(&str, Change)] = &[
        ("its tenant", |_, body| body["tenant"]["id"] = "tenant-0".into()),
        ("its site", |_, body| body["tenant"]["siteUrl"] = "https://tenant-0.atlassian.net".into()),
        ("its details", |_, body| body["details"]["tenant"] = "tenant-0".into()),
        ("its number", |_, body| body["details"]["number"] = 6.into()),
        ("its credentials", |request, _| request.headers[0].1 = "Bearer soak-5".to_owned()),
        ("no credentials", |request, _| request.headers.clear()),
        ("its path", |request, _| request.path = "/soak/3".to_owned()),
        ("no webhook's path", |request, _| request.path = "/soak/6".to_owned()),
        ("no event", |_, body| *body = Value::Null),
    ];
    for (what, change) in cases {
        let ledger = Ledger::new(&Plan::small());
        ledger.answer(&request(change), false);
        assert_eq!((ledger.crossed().len(), ledger.arrived()), (1, 0), "{what}");
    }
    let ledger = Ledger::new(&Plan::small());
    assert_eq!(ledger.answer(&request(|_, _| {}), false).status, 200);
    assert_eq!((ledger.crossed().len(), ledger.arrived()), (0, 1));
}

#[test]
fn what_does_not_arrive_is_missing_by_name() {
    let ledger = Ledger::new(&Plan::small());
    assert_eq!((ledger.expected(), ledger.missing().len()), (400, 400));
    ledger.answer(&request(|_, _| {}), false);
    assert_eq!(ledger.missing().len(), 399);
    assert!(!ledger.missing().contains(&"event 7 at webhook 4".to_owned()));
    assert!(ledger.missing().contains(&"event 9 at webhook 4".to_owned()));
}

#[test]
fn a_duplicate_is_explained_by_a_kill_near_its_first_arrival_and_before_its_second() {
    let cases = [(4_999, 1), (5_000, 0), (9_999, 0), (10_000, 0), (12_000, 0), (12_001, 1), (20_000, 1)];
    for (kill, unexplained) in cases {
        let ledger = Ledger::new(&Plan::small());
        ledger.held.lock().unwrap().taken.insert((4, 7), (0, vec![10_000, 12_000]));
        assert_eq!(ledger.duplicates(&[kill]), Duplicates { all: 1, unexplained }, "{kill}");
    }
}

#[test]
fn what_came_after_a_kill_is_not_mixed_with_the_rest() {
    let ledger = Ledger::new(&Plan::small());
    let deliveries = [(1, (0, 10)), (3, (1, 31)), (5, (15_000, 15_070)), (7, (15_000, 27_000))];
    for (event, (sent, taken)) in deliveries {
        ledger.held.lock().unwrap().taken.insert((4, event), (sent, vec![taken]));
    }
    let lateness = ledger.lateness(|_, _| true);
    assert_eq!(lateness.first, Latency { count: 2, p50: 30, p99: 30, most: 30 });
    assert_eq!(lateness.then, Latency { count: 1, p50: 70, p99: 70, most: 70 });
    assert_eq!((lateness.after_a_kill, ledger.lateness(|_, _| false)), (1, Lateness::default()));
}
