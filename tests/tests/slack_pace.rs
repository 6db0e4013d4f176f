//! Messages to one Slack webhook are kept a second apart, whoever sends them.

use std::time::Duration;

use domain::delivery::Outcome;
use domain::ids::WakeToken;
use domain::message::DeliveriesMessage;
use domain::row::{Change, State, Wake};
use e2e::rig::Rig;
use local::Reply;
use serde_json::json;

const NONE: [usize; 0] = [];
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_burst_goes_through_the_backlog_one_message_a_second() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    let mut burst = Vec::new();
    for n in 10..20 {
        rig.memory.advance(Duration::from_millis(1));
        burst.push(rig.event(&n.to_string()));
    }
    assert_eq!(rig.events(&burst).await, NONE);
    assert_eq!(rig.receiver.requests().len(), 1, "one goes at once");
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 9);
    assert_eq!(rig.row(&webhook).await.state().0, State::Active, "to wait is no trouble");
    for sent in 2..=10 {
        assert_eq!(rig.wake().await, SECOND);
        assert_eq!(rig.receiver.requests().len(), sent);
    }
    assert_eq!(rig.memory.sent_deliveries(), []);
    let row = rig.row(&webhook).await;
    assert_eq!((row.state().0, row.wake), (State::Active, None));
    let log = rig.memory.log_of(&webhook.key.webhook);
    assert_eq!(log.len(), 10);
    assert!(log.iter().all(|entry| entry.attempts.count() == 1), "no attempt was wasted");
}

#[tokio::test]
async fn events_keep_apart_from_the_last_message_and_behind_what_waits() {
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = Duration::from_secs(5);
    rig.restart();
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(Duration::from_millis(400));
    // The cached row knows nothing of the first message.
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.receiver.requests().len(), 1);
    rig.memory.advance(Duration::from_millis(700));
    rig.events(&[rig.event("3")]).await;
    assert_eq!(rig.receiver.requests().len(), 1, "another one waits already");
    while !rig.memory.sent_deliveries().is_empty() {
        rig.wake().await;
    }
    assert_eq!(rig.receiver.requests().len(), 3);
    rig.memory.advance(SECOND * 6);
    rig.events(&[rig.event("4")]).await;
    assert_eq!(rig.receiver.requests().len(), 4, "nothing waits any more: at once");
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 4);
}

#[tokio::test]
async fn an_event_waits_behind_what_another_invocation_has_kept() {
    let mut rig = Rig::new().await;
    rig.settings.tenant_cache = Duration::from_secs(5);
    rig.restart();
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1")]).await;
    rig.memory.advance(SECOND);
    // The cached row knows nothing of it.
    let now = rig.ports().clock.now();
    let wake = Wake { token: WakeToken::new(now, 1), at: now.plus(SECOND), busy: false };
    rig.change(&webhook, Change::Wake(wake)).await;
    rig.events(&[rig.event("2")]).await;
    assert_eq!(rig.receiver.requests().len(), 1);
    assert_eq!(rig.memory.backlog_of(&webhook.key.webhook).len(), 1);
}

#[tokio::test]
async fn a_wake_up_that_comes_at_once_keeps_the_pace_too() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1"), rig.event("2")]).await;
    rig.memory.take_deliveries();
    // As an edit does.
    let now = rig.ports().clock.now();
    let wake = Wake { token: WakeToken::new(now, 1), at: now, busy: false };
    rig.change(&webhook, Change::Wake(wake.clone())).await;
    let message = DeliveriesMessage::wake_up(&webhook.key.tenant, &webhook.key.webhook, &wake.token);
    rig.deliveries(&[message]).await;
    assert_eq!(rig.receiver.requests().len(), 1, "the first message was sent this very moment");
    assert_eq!(rig.wake().await, SECOND);
    assert_eq!(rig.receiver.requests().len(), 2);
}

#[tokio::test]
async fn an_edit_at_any_call_of_a_wake_up_does_not_hurry_slack() {
    for calls in 1..12 {
        let rig = Rig::new().await;
        let webhook = rig.slack_webhook("audit").await;
        rig.events(&["1", "2", "3", "4"].map(|id| rig.event(id))).await;
        rig.memory.change_after(calls, &webhook.key, |row| row.version += 1);
        let mut times = vec![rig.now()];
        while !rig.memory.sent_deliveries().is_empty() {
            rig.wake().await;
            if rig.receiver.requests().len() > times.len() {
                times.push(rig.now());
            }
        }
        assert_eq!(times.len(), 4, "{calls}");
        assert_eq!(rig.row(&webhook).await.version, 2, "{calls}");
        let apart = times.windows(2).all(|two| two[1].since(two[0]) >= SECOND);
        assert!(apart, "{calls}: {times:?}");
    }
}

#[tokio::test]
async fn invocations_at_the_same_time_do_not_hurry_slack() {
    let rig = Rig::new().await;
    rig.slack_webhook("audit").await;
    let events: Vec<[String; 1]> = (0..8).map(|n| [rig.event(&n.to_string())]).collect();
    futures::future::join_all(events.iter().map(|event| rig.events(event))).await;
    assert_eq!(rig.receiver.requests().len(), 1);
}

#[tokio::test]
async fn each_channel_has_a_pace_of_its_own() {
    let rig = Rig::new().await;
    for channel in ["audit", "security"] {
        rig.slack_webhook(channel).await;
    }
    rig.webhook(json!({})).await;
    rig.events(&[rig.event("1"), rig.event("2")]).await;
    let mut hosts: Vec<String> =
        rig.receiver.requests().into_iter().map(|one| one.host + &one.path).collect();
    hosts.sort();
    assert_eq!(
        hosts,
        [
            "hooks.slack.com/services/T0ACME/B0HOOK/audit",
            "hooks.slack.com/services/T0ACME/B0HOOK/security",
            "receiver.example.com/hook",
            "receiver.example.com/hook",
        ]
    );
}

#[tokio::test]
async fn too_many_messages_wait_as_slack_asks_and_follow_at_its_pace() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.receiver.answer(|_| Reply::status(429).with_header("retry-after", 30).with_body("rate_limited"));
    rig.events(&[rig.event("1"), rig.event("2"), rig.event("3")]).await;
    assert_eq!(rig.row(&webhook).await.state().0, State::Failing);
    let first = rig.receiver.requests().len();
    assert_eq!(first, 1);
    rig.receiver.answer(|_| Reply::status(200).with_body("ok"));
    // The wake-up of what waited is stale by now; the one that acts waits for 30 s.
    let before = rig.ports().clock.now();
    while rig.receiver.requests().len() == first {
        rig.wake().await;
    }
    assert!(rig.ports().clock.now().since(before) >= Duration::from_secs(30));
    assert_eq!(rig.receiver.requests().len(), 2);
    while !rig.memory.sent_deliveries().is_empty() {
        let sent = rig.receiver.requests().len();
        assert_eq!(rig.wake().await, SECOND);
        assert_eq!(rig.receiver.requests().len(), sent + 1);
    }
    assert_eq!(rig.memory.log_of(&webhook.key.webhook).len(), 3);
    assert_eq!(rig.row(&webhook).await.state().0, State::Active);
}

#[tokio::test]
async fn a_malformed_message_among_others_keeps_the_pace_too() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.events(&[rig.event("1"), rig.event("2"), rig.event("3"), rig.event("4")]).await;
    rig.receiver.answer(|_| Reply::status(400).with_body("invalid_blocks"));
    for sent in 2..=4 {
        assert_eq!(rig.wake().await, SECOND);
        assert_eq!(rig.receiver.requests().len(), sent);
    }
    let failed =
        rig.memory.log_of(&webhook.key.webhook).into_iter().filter(|one| one.outcome == Outcome::Failed);
    assert_eq!(failed.count(), 3);
    let row = rig.row(&webhook).await;
    assert_eq!((row.state().0, row.wake), (State::Active, None));
}

#[tokio::test]
async fn a_message_that_fails_alone_does_not_stop_the_others() {
    let rig = Rig::new().await;
    let webhook = rig.slack_webhook("audit").await;
    rig.receiver.answer(|request| {
        let is_poison = String::from_utf8_lossy(&request.body).contains("poison");
        Reply::status(if is_poison { 500 } else { 200 })
    });
    let mut events = vec![rig.event("0").replace("10001", "poison")];
    for n in 1..12 {
        rig.memory.advance(Duration::from_millis(1));
        events.push(rig.event(&n.to_string()));
    }
    rig.events(&events).await;
    for _ in 0..200 {
        if !rig.memory.sent_deliveries().is_empty() {
            rig.wake().await;
        }
    }
    let log = rig.memory.log_of(&webhook.key.webhook);
    let (failed, others): (Vec<_>, Vec<_>) = log.iter().partition(|entry| entry.outcome == Outcome::Failed);
    assert_eq!((failed.len(), others.len()), (1, 11));
    assert_eq!(failed[0].attempts.count(), 8);
    assert!(failed[0].event.contains("poison"));
    assert_eq!(rig.row(&webhook).await.wake, None);
}
