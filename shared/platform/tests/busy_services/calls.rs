//! Every call that the ports make of AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};
use std::path::Path;
use std::sync::Arc;

use domain::delivery::{BacklogItem, Counts, LogEntry, Outcome};
use domain::ids::{AccountId, InstallationId};
use domain::installation::{Installation, Pass, PassKey, PassSecret};
use domain::memory::Memory;
use domain::ports::{Came, Freshness, KeyUse, Order, PortResult, Range, SlackApp, Slice};
use domain::row::{BacklogKey, BundleName, Change};
use domain::tenant::Tenant;
use domain::webhook::bundle::Bundle;
use futures::StreamExt;
use platform::SlackAppSecret;

use super::scripted::Reply;
use super::{START, Scripted, delivery, row, webhook};

/// Each port's call, and the operation that it begins with.
pub(super) const CALLS: [(&str, &str); 42] = [
    ("webhooks.roster", "dynamodb.Query"),
    ("webhooks.rows", "dynamodb.Query"),
    ("webhooks.get", "dynamodb.GetItem"),
    ("webhooks.create", "dynamodb.TransactWriteItems"),
    ("webhooks.update", "dynamodb.UpdateItem"),
    ("webhooks.delete", "dynamodb.GetItem"),
    ("webhooks.record_tenant", "dynamodb.UpdateItem"),
    ("idempotency.begin", "dynamodb.PutItem"),
    ("idempotency.finish", "dynamodb.UpdateItem"),
    ("idempotency.forget", "dynamodb.DeleteItem"),
    ("idempotency.release", "dynamodb.UpdateItem"),
    ("installations.put", "dynamodb.PutItem"),
    ("installations.get", "dynamodb.GetItem"),
    ("installations.issue", "dynamodb.PutItem"),
    ("installations.take", "dynamodb.DeleteItem"),
    ("log.put", "dynamodb.BatchWriteItem"),
    ("log.known", "dynamodb.BatchGetItem"),
    ("log.get", "dynamodb.GetItem"),
    ("log.page", "dynamodb.Query"),
    ("log.count", "dynamodb.UpdateItem"),
    ("log.counts", "dynamodb.Query"),
    ("log.purge", "dynamodb.Query"),
    ("log.purge_counts", "dynamodb.Query"),
    ("backlog.put", "dynamodb.PutItem"),
    ("backlog.tried", "dynamodb.UpdateItem"),
    ("backlog.oldest", "dynamodb.Query"),
    ("backlog.page", "dynamodb.Query"),
    ("backlog.count", "dynamodb.Query"),
    ("backlog.of", "dynamodb.Query"),
    ("backlog.get", "dynamodb.GetItem"),
    ("backlog.delete", "dynamodb.DeleteItem"),
    ("backlog.purge", "dynamodb.Query"),
    ("secrets.create", "secretsmanager.CreateSecret"),
    ("secrets.read", "secretsmanager.GetSecretValue"),
    ("secrets.delete", "secretsmanager.DeleteSecret"),
    ("slack_app.account", "secretsmanager.GetSecretValue"),
    ("queue.send_delivery", "sqs.SendMessage"),
    ("queue.send_event", "sqs.SendMessage"),
    ("upkeep.webhooks", "dynamodb.Scan"),
    ("upkeep.bundles", "secretsmanager.ListSecrets"),
    ("upkeep.discard", "secretsmanager.DeleteSecret"),
    ("upkeep.go_on", "sqs.SendMessage"),
];

/// A call, the answers it gets, the last one again and again, and what is
/// expected: the outcome, and the requests.
pub(super) type Case = (&'static str, Vec<Reply>, String, usize);

/// Cases that are written with literals.
pub(super) fn owned(cases: Vec<(&'static str, Vec<Reply>, &str, usize)>) -> Vec<Case> {
    let owned =
        |(call, replies, expected, requests): (_, _, &str, _)| (call, replies, expected.to_owned(), requests);
    cases.into_iter().map(owned).collect()
}

/// The SDK pays for its repeats from one purse of 500 a service and process: what
/// may pass costs 5 a call, what is lost or fails 10, and twice that while it
/// lasts. All tests here spend some 400, and few calls at a time little more.
const AT_A_TIME: usize = 2;

/// Makes these calls, of which there are at least so many.
pub(super) async fn all_come_true(least: usize, cases: Vec<Case>) {
    assert!(cases.len() >= least, "{}", cases.len());
    let made = cases.into_iter().map(|(call, replies, expected, requests)| async move {
        let service = Scripted::new(replies).await;
        let outcome = make(&service, call).await;
        let (found, expected) = ((outcome, service.requests().len()), (expected, requests));
        (found != expected).then(|| format!("{call}: {found:?}, not {expected:?}"))
    });
    let made = futures::stream::iter(made).buffered(AT_A_TIME).collect::<Vec<_>>().await;
    let wrong: Vec<_> = made.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Makes the call and says what it came to: `ok …`, or the error's text.
pub(super) async fn make(service: &Scripted, call: &str) -> String {
    match call.split_once('.').unwrap() {
        ("webhooks", verb) => of_webhooks(service, verb).await,
        ("log", verb) => of_log(service, verb).await,
        ("backlog", verb) => of_backlog(service, verb).await,
        ("queue", "send_delivery") => {
            told(service.ports.queue.send_delivery(&row().key.tenant, "{}", std::time::Duration::ZERO).await)
        }
        ("queue", "send_event") => told(service.ports.queue.send_event(&row().key.tenant, "{}").await),
        ("upkeep", "webhooks") => told(service.ports.upkeep.webhooks(None).await),
        ("upkeep", "bundles") => told(service.ports.upkeep.bundles(None).await),
        ("upkeep", "discard") => {
            told(service.ports.upkeep.discard(&BundleName("test/acme/wh/1".to_owned())).await)
        }
        ("upkeep", "go_on") => told(service.ports.upkeep.go_on("{}").await),
        (port, verb) => of_secrets_and_passes(service, port, verb).await,
    }
}

fn told<T: Debug, E: Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("ok {value:?}"),
        Err(error) => error.to_string(),
    }
}

async fn of_webhooks(service: &Scripted, verb: &str) -> String {
    let (webhooks, row) = (&service.ports.webhooks, row());
    let tenant = &row.key.tenant;
    match verb {
        "roster" => told(webhooks.roster(tenant, Freshness::Consistent).await),
        "rows" => told(webhooks.rows(tenant).await),
        "get" => told(webhooks.get(&row.key).await.map(|row| row.map(|row| row.version))),
        "create" => told(webhooks.create(&row, 50).await),
        "update" => told_in_short(webhooks.update(&row.key, &[], &[Change::Pause(START)]).await),
        "delete" => told_in_short(webhooks.delete(&row.key, Some(1)).await),
        "record_tenant" => told(webhooks.record_tenant(tenant, &Tenant::Removed { updated_at: START }).await),
        _ => panic!("{verb}"),
    }
}

/// Of the outcome the word alone, without the row.
fn told_in_short<T: Debug>(result: PortResult<T>) -> String {
    match result {
        Ok(outcome) => format!("ok {}", format!("{outcome:?}").split('(').next().unwrap()),
        Err(error) => error.to_string(),
    }
}

fn key_use() -> KeyUse {
    let (key, body) = ("k".to_owned(), "b".to_owned());
    KeyUse { tenant: row().key.tenant, key, body, webhook: webhook(), now: START }
}

async fn of_secrets_and_passes(service: &Scripted, port: &str, verb: &str) -> String {
    let ports = &service.ports;
    let (id, name) = (InstallationId::new(START, 1), BundleName("test/acme/wh/1".to_owned()));
    let (tenant, by) = (row().key.tenant, AccountId::parse("a").unwrap());
    let pass = PassKey::of_ticket(&PassSecret::new([1, 2]));
    match (port, verb) {
        ("idempotency", "begin") => told(ports.idempotency.begin(&key_use()).await),
        ("idempotency", "finish") => told(ports.idempotency.finish(&key_use(), "{}").await),
        ("idempotency", "forget") => told(ports.idempotency.forget(&key_use()).await),
        ("idempotency", "release") => told(ports.idempotency.release(&key_use()).await),
        ("installations", "put") => {
            let installation = Installation { tenant, id, moved_at: START, ended: None };
            told(ports.installations.put(&installation).await)
        }
        ("installations", "get") => told(ports.installations.get(&tenant, &id).await),
        ("installations", "issue") => {
            let issued = Pass { tenant, installation: id, by, issued_at: START, browser: None };
            told(ports.installations.issue(&pass, &issued).await)
        }
        ("installations", "take") => told(ports.installations.take(&pass).await.map(|pass| pass.is_some())),
        ("secrets", "create") => told(ports.secrets.create(&row().key, 1, &Bundle::default()).await),
        ("secrets", "read") => told(ports.secrets.read(&name).await.map(drop)),
        ("secrets", "delete") => told(ports.secrets.delete(&name).await),
        ("slack_app", "account") => {
            let clock = Arc::new(Memory::new(START, 1));
            let app = SlackAppSecret::new(&service.aws, "app".to_owned(), clock);
            told(app.account().await.map(|account| account.client_id.clone()))
        }
        _ => panic!("{port}.{verb}"),
    }
}

fn item() -> BacklogItem {
    BacklogItem::untried(delivery(1), "{}".into(), START)
}

const SLICE: Slice<'_> = Slice { order: Order::NewestFirst, behind: None, limit: 1 };

async fn of_log(service: &Scripted, verb: &str) -> String {
    let (log, webhook) = (&service.ports.log, webhook());
    let entry: LogEntry = item().into_entry(Outcome::Failed);
    match verb {
        "put" => told(log.put(&webhook, &entry).await),
        "known" => told(log.known(&webhook, &[delivery(1)]).await),
        "get" => told(log.get(&webhook, &delivery(1)).await),
        "page" => told(log.page(&webhook, SLICE, None).await),
        "count" => {
            let counts = Counts { failed: 1, ..Counts::default() };
            told(log.count(&row().key.tenant, START, &BTreeMap::from([(webhook, counts)])).await)
        }
        "counts" => told(log.counts(&row().key, START).await),
        "purge" => told(log.purge(&webhook).await),
        "purge_counts" => told(log.purge_counts(&row().key.tenant).await),
        _ => panic!("{verb}"),
    }
}

async fn of_backlog(service: &Scripted, verb: &str) -> String {
    let (backlog, webhook, item) = (&service.ports.backlog, webhook(), item());
    let key = BacklogKey::of(delivery(1));
    match verb {
        "put" => told(backlog.put(&webhook, &item).await),
        "tried" => told(backlog.tried(&webhook, &item).await),
        "oldest" => told(backlog.oldest(&webhook, Range::default(), 1).await),
        "page" => told(backlog.page(&webhook, SLICE, Came::Ever).await),
        "count" => told(backlog.count(&webhook, Came::Ever, 1).await),
        "of" => told(backlog.of(&webhook, &delivery(1)).await),
        "get" => told(backlog.get(&webhook, &key).await),
        "delete" => told(backlog.delete(&webhook, &key).await),
        "purge" => told(backlog.purge(&webhook).await),
        _ => panic!("{verb}"),
    }
}

/// Where the ports are declared.
fn declarations() -> String {
    let ports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src/ports");
    let others = ports.read_dir().unwrap().map(|file| file.unwrap().path());
    others.chain([ports.with_extension("rs")]).map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// `SlackApp` is called `slack_app`.
fn in_snake_case(name: &str) -> String {
    let letters = name.chars().flat_map(|letter| [letter.is_uppercase().then_some('_'), Some(letter)]);
    letters.flatten().collect::<String>().trim_start_matches('_').to_lowercase()
}

#[test]
fn every_port_s_every_call_is_among_them() {
    let mut port = String::new();
    let mut declared = BTreeSet::new();
    for line in declarations().lines().map(str::trim) {
        let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        let name = |rest: &str| rest.chars().take_while(|letter| is_of_name(*letter)).collect::<String>();
        if let Some(name) = line.strip_prefix("pub trait ").map(name) {
            port = in_snake_case(&name);
        } else if let Some(name) = line.strip_prefix("async fn ").map(name) {
            declared.insert(format!("{port}.{name}"));
        }
    }
    assert_eq!(declared, CALLS.map(|(call, _)| call.to_owned()).into());
}
