//! Log entries that are written at the same moment.

use domain::delivery::{BacklogItem, LogEntry, Outcome};
use domain::ports::PortResult;
use futures::future::join_all;
use serde_json::{Value, json};

use super::scripted::Reply;
use super::{START, Scripted, delivery, fault, webhook};

/// Writes entries of so many deliveries at once; what came of each.
async fn puts(service: &Scripted, deliveries: impl IntoIterator<Item = i64>) -> Vec<PortResult<()>> {
    let webhook = webhook();
    let entries: Vec<LogEntry> = deliveries
        .into_iter()
        .map(|millis| {
            BacklogItem::untried(delivery(millis), "{}".into(), START).into_entry(Outcome::Succeeded)
        })
        .collect();
    join_all(entries.iter().map(|entry| service.ports.log.put(&webhook, entry))).await
}

/// The deliveries of each request, and whether each is alone in its request.
fn written(service: &Scripted) -> Vec<Vec<Value>> {
    let of = |request: &Value| match request["RequestItems"]["deliveries"].as_array() {
        Some(puts) => puts.iter().map(|put| put["PutRequest"]["Item"]["sk"]["S"].clone()).collect(),
        None => vec![request["Item"]["sk"]["S"].clone()],
    };
    service.requests().iter().map(of).collect()
}

fn names(deliveries: impl IntoIterator<Item = i64>) -> Vec<Value> {
    deliveries.into_iter().map(|millis| json!(delivery(millis).as_str())).collect()
}

fn done() -> Reply {
    (200, json!({})).into()
}

#[tokio::test]
async fn they_travel_together_as_many_as_a_call_takes() {
    let service = Scripted::new(vec![done()]).await;
    assert!(puts(&service, 0..60).await.iter().all(Result::is_ok));
    let mut calls = written(&service);
    calls.sort_by_key(Vec::len);
    assert_eq!(calls.iter().map(Vec::len).collect::<Vec<_>>(), [10, 25, 25]);
    let mut all = calls.concat();
    all.sort_by_key(Value::to_string);
    assert_eq!(all, names(0..60));
}

#[tokio::test]
async fn no_call_has_a_key_twice() {
    let service = Scripted::new(vec![done()]).await;
    assert!(puts(&service, [1, 2, 1, 1]).await.iter().all(Result::is_ok));
    let mut calls = written(&service);
    calls.sort_by_key(Vec::len);
    assert_eq!(calls, [names([1]), names([1]), names([1, 2])]);
}

#[tokio::test]
async fn what_a_call_leaves_out_is_written_alone() {
    let left = json!({"PutRequest": {"Item": {
        "pk": {"S": format!("L#{}", webhook())}, "sk": {"S": delivery(2).as_str()},
    }}});
    let partly = (200, json!({"UnprocessedItems": {"deliveries": [left]}}));
    let service = Scripted::new(vec![Reply::from(partly), done()]).await;
    assert!(puts(&service, 1..4).await.iter().all(Result::is_ok));
    assert_eq!(written(&service), [names(1..4), names([2])]);
}

#[tokio::test]
async fn a_call_that_fails_fails_for_none_of_them() {
    let service = Scripted::new(vec![Reply::from(fault("ValidationException")), done()]).await;
    assert!(puts(&service, 1..4).await.iter().all(Result::is_ok));
    let calls = written(&service);
    assert_eq!(calls[0], names(1..4));
    let mut alone = calls[1..].concat();
    alone.sort_by_key(Value::to_string);
    assert_eq!((calls.len(), alone), (4, names(1..4)));
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_leave_its_entry_behind() {
    let service = Scripted::new(vec![done()]).await;
    let entry =
        |millis| BacklogItem::untried(delivery(millis), "{}".into(), START).into_entry(Outcome::Succeeded);
    let (webhook, given_up, kept) = (webhook(), entry(1), entry(2));
    let mut put = service.ports.log.put(&webhook, &given_up);
    // It has said what it wants, and waits.
    assert!(futures::poll!(&mut put).is_pending());
    drop(put);
    service.ports.log.put(&webhook, &kept).await.unwrap();
    assert_eq!(written(&service), [names([2])]);
}

#[tokio::test]
async fn a_call_that_hangs_keeps_nobody_else_waiting() {
    let service = Scripted::new(vec![Reply(Reply::NEVER.to_owned()), done()]).await;
    let entry =
        |millis| BacklogItem::untried(delivery(millis), "{}".into(), START).into_entry(Outcome::Succeeded);
    let (webhook, hanging, quick) = (webhook(), entry(1), entry(2));
    let behind_it = async {
        while service.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        service.ports.log.put(&webhook, &quick).await
    };
    tokio::select! {
        _ = service.ports.log.put(&webhook, &hanging) => panic!("the call that hangs ends first"),
        written = behind_it => assert_eq!(written, Ok(())),
    }
    assert_eq!(written(&service), [names([1]), names([2])]);
}
