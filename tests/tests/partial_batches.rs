//! A batch in which some records fail: exactly those come again, whichever
//! they are, and all others are done.

use std::collections::BTreeSet;

use domain::ids::{TenantId, WakeToken};
use domain::memory::{Closed, Memory};
use domain::message::DeliveriesMessage;
use domain::ports::Dice as _;
use domain::row::{Change, Wake, WebhookRow};
use domain::time::Timestamp;
use e2e::rig::{Rig, TIMEOUT};
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

/// Records of a batch.
const BATCH: usize = 10;
const SUBSETS: usize = 1 << BATCH;

fn tenant(place: usize) -> String {
    format!("tenant-{place}")
}

fn tenant_id(place: usize) -> TenantId {
    TenantId::parse(&tenant(place)).unwrap()
}

fn event(rig: &Rig, place: usize, id: &str) -> String {
    rig.event_of(&tenant(place), id, "project_scan.finished")
}

/// What cannot be read, on the events queue, in many ways.
fn unreadable(rig: &Rig, place: usize, way: usize) -> String {
    let event = event(rig, place, "unreadable");
    let ways = [
        String::new(),
        "not json".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        format!("[{event}]"),
        event[..event.len() - 1].to_owned(),
        event.clone() + "}",
        event.replace("\"version\":1", "\"version\":2"),
        event.replace("auditEvent", "unheardOf"),
        event.replace("tenantId", "tenantIdentity"),
        event.replace(&tenant(place), ""),
        event.replace("2026-11-23T15:40:00Z", "yesterday"),
        event.replace("project_scan.finished", "no type"),
        event.replace("10001", &"x".repeat(256 * 1024)),
        json!({ "version": 1, "kind": "wakeUp", "tenantId": tenant(place), "webhookId": "wh_01ARYZ6S410000000000000000",
                "token": "wt_01ARYZ6S410000000000000000" })
        .to_string(),
    ];
    ways[way % ways.len()].clone()
}

/// A webhook of each record's tenant; a paused one shows in its backlog what
/// would have been sent, without a receiver.
async fn webhooks(rig: &Rig, enabled: bool) -> Vec<WebhookRow> {
    let made = (0..BATCH).map(|place| {
        let tenant = tenant(place);
        async move { rig.webhook_of(&tenant, json!({ "enabled": enabled })).await }
    });
    join_all(made).await
}

fn members(subset: usize) -> Vec<usize> {
    (0..BATCH).filter(|place| subset & (1 << place) != 0).collect()
}

/// Each record's webhook has the events of the subsets that it is no member of.
fn assert_kept(rig: &Rig, webhooks: &[WebhookRow]) {
    for (place, webhook) in webhooks.iter().enumerate() {
        let kept: BTreeSet<String> = rig
            .memory
            .backlog_of(&webhook.key.webhook)
            .iter()
            .map(|item| {
                serde_json::from_str::<Value>(&item.event).unwrap()["id"].as_str().unwrap().to_owned()
            })
            .collect();
        let expected: BTreeSet<String> = (0..SUBSETS)
            .filter(|subset| subset & (1 << place) == 0)
            .map(|subset| subset.to_string())
            .collect();
        assert_eq!(expected.len(), SUBSETS / 2);
        assert_eq!(kept, expected, "record {place}");
    }
}

#[tokio::test]
async fn of_every_subset_of_unreadable_records_exactly_those_come_again() {
    let rig = Rig::new().await;
    let webhooks = webhooks(&rig, false).await;
    for subset in 0..SUBSETS {
        let failing = members(subset);
        let batch: Vec<String> = (0..BATCH)
            .map(|place| match failing.contains(&place) {
                true => unreadable(&rig, place, subset + place),
                false => event(&rig, place, &subset.to_string()),
            })
            .collect();
        assert_eq!(rig.events(&batch).await, failing, "{batch:?}");
    }
    assert_kept(&rig, &webhooks);
}

#[tokio::test]
async fn of_every_subset_of_records_whose_store_fails_exactly_those_come_again() {
    let rig = Rig::new().await;
    let webhooks = webhooks(&rig, false).await;
    for subset in 0..SUBSETS {
        let failing = members(subset);
        rig.memory.hide(failing.iter().map(|place| tenant_id(*place)));
        let batch: Vec<String> = (0..BATCH).map(|place| event(&rig, place, &subset.to_string())).collect();
        assert_eq!(rig.events(&batch).await, failing, "subset {subset}");
    }
    assert_kept(&rig, &webhooks);
}

#[tokio::test]
async fn a_record_whose_store_hangs_comes_again_and_its_mates_do_not() {
    let rig = Rig::new().await;
    let webhooks = webhooks(&rig, true).await;
    let (mut records, mut hanging) = (Vec::new(), Vec::new());
    for (place, webhook) in webhooks.iter().enumerate() {
        let token = WakeToken::new(rig.now(), place as u128);
        rig.change(webhook, Change::Wake(Wake { token: token.clone(), at: rig.now(), busy: false })).await;
        records.push(DeliveriesMessage::wake_up(&webhook.key.tenant, &webhook.key.webhook, &token));
        hanging.extend((place % 3 == 0).then(|| webhook.key.webhook.clone()));
    }
    rig.memory.close(hanging, Closed::Hangs);
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let failed = rig.deliveries(&records).await;
    assert!(began.elapsed() < TIMEOUT, "it answers before Lambda kills it");
    assert_eq!(failed, [0, 3, 6, 9]);
}

/// How a record fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Delivered,
    Unreadable(usize),
    /// Its tenant's webhooks cannot be read.
    Hidden,
    /// It is sent, and that cannot be written down.
    Closed,
}

async fn a_random_batch(seed: u64) -> [bool; 4] {
    let rig = Rig::new().await;
    let webhooks = webhooks(&rig, true).await;
    let chance = Memory::new(Timestamp::from_millis(0), seed);
    let below = |n: u128| usize::try_from((chance.roll() >> 40) % n).unwrap();
    let fates: Vec<Fate> = (0..BATCH)
        .map(|_| match below(6) {
            0 => Fate::Unreadable(below(16)),
            1 => Fate::Hidden,
            2 => Fate::Closed,
            _ => Fate::Delivered,
        })
        .collect();
    let places_of =
        |wanted: fn(Fate) -> bool| (0..BATCH).filter(|place| wanted(fates[*place])).collect::<Vec<_>>();
    rig.memory.hide(places_of(|fate| fate == Fate::Hidden).into_iter().map(tenant_id));
    let closed = places_of(|fate| fate == Fate::Closed);
    rig.memory.close(closed.iter().map(|place| webhooks[*place].key.webhook.clone()), Closed::Fails);
    let batch: Vec<String> = (0..BATCH)
        .map(|place| match fates[place] {
            Fate::Unreadable(way) => unreadable(&rig, place, way),
            Fate::Delivered | Fate::Hidden | Fate::Closed => event(&rig, place, &place.to_string()),
        })
        .collect();
    let mut failed = rig.events(&batch).await;
    failed.sort_unstable();
    assert_eq!(failed, places_of(|fate| fate != Fate::Delivered), "seed {seed}: {fates:?}");

    let mut arrived: Vec<usize> =
        e2e::rig::event_ids(&rig.receiver.requests()).iter().map(|id| id.parse().unwrap()).collect();
    arrived.sort_unstable();
    let sent = places_of(|fate| matches!(fate, Fate::Delivered | Fate::Closed));
    assert_eq!(arrived, sent, "seed {seed}: each once, {fates:?}");
    for (place, webhook) in webhooks.iter().enumerate() {
        let logged = rig.memory.log_of(&webhook.key.webhook).len();
        assert_eq!(logged, usize::from(fates[place] == Fate::Delivered), "seed {seed}: record {place}");
        assert_eq!(rig.row(webhook).await, *webhook, "seed {seed}: record {place}");
    }
    let has = |wanted: fn(&Fate) -> bool| fates.iter().any(wanted);
    [
        has(|fate| *fate == Fate::Delivered),
        has(|fate| matches!(fate, Fate::Unreadable(_))),
        has(|fate| *fate == Fate::Hidden),
        has(|fate| *fate == Fate::Closed),
    ]
}

#[tokio::test]
async fn what_is_sent_in_a_batch_that_fails_in_part_is_sent_once() {
    const SEEDS: u64 = 48;
    // A few at a time: all their handshakes at once would take a busy machine too long.
    let seen: Vec<_> = stream::iter((0..SEEDS).map(a_random_batch)).buffer_unordered(4).collect().await;
    for fate in 0..4 {
        assert!(seen.iter().filter(|seen| seen[fate]).count() > 24, "too few batches with fate {fate}");
    }
}
