//! What a fault of AWS comes to at the door, whichever call of a request it
//! meets: 503 with `Retry-After` when AWS throttles, 500 otherwise, never AWS's
//! own words, and nothing half done.

mod cases;
mod deliveries;

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use domain::delivery::Outcome;
use domain::ids::WebhookId;
use domain::ports::{PortError, Ports};
use domain::row::WebhookRow;
use serde_json::{Value, json};

use self::Told::{Fails, NoSecret, Succeeds};
use self::cases::{Case, READS, WRITES};
use self::deliveries::Deliveries;
use crate::routes::everything;
use crate::site::{Site, at};
use crate::unreliable::{Moment, Trap};
use crate::world::{Answer, Call, World};

/// What the caller is told when a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// 503 `throttled` or 500 `internal`, and nothing was done.
    Fails,
    /// 503 `secret_unavailable`, whatever the cause.
    NoSecret,
    /// Success: the write stands, and what could not follow it is logged.
    Succeeds,
}

/// A tenant with a webhook, its secrets and deliveries, and an installation that has begun.
struct Scene {
    site: Site,
    trap: Trap,
    installation: String,
    ticket: String,
}

impl Scene {
    async fn new() -> Self {
        let trap = Trap::new(Moment::Before);
        let over = |ports: Ports| {
            let all = Arc::new(Deliveries { ports: ports.clone(), trap: trap.clone() });
            Ports { log: all.clone(), backlog: all, ..trap.over(ports) }
        };
        let world = World::over(over).await;
        let webhook = WebhookId::parse(&world.webhook(&everything()).await).unwrap();
        let (installation, ticket) = world.begin("acme").await;
        let site = Site { world, webhook };
        site.logged(5, Outcome::Failed).await;
        site.logged(7, Outcome::Succeeded).await;
        site.waits_again(7).await;
        site.waits(site.item(1)).await;
        site.waits(site.item(8)).await;
        site.change(domain::row::Change::HoldPending(at(4))).await;
        Self { site, trap, installation, ticket }
    }

    fn world(&self) -> &World {
        &self.site.world
    }

    fn get(&self, path: &str) -> Call<'_> {
        self.world().get(path)
    }

    fn of_webhook(&self, method: Method, rest: &str) -> Call<'_> {
        self.world().call(method, &format!("/v1/webhooks/{}{rest}", self.site.webhook))
    }

    fn patch(&self, body: &Value) -> Call<'_> {
        self.world().patch(self.site.webhook.as_str(), body)
    }

    fn redeliver_all(&self, status: &str) -> Call<'_> {
        let body = json!({"status": status, "since": at(0).to_string()});
        self.world().post(&self.site.path("/redeliver")).json(&body)
    }

    /// The rows, but for when a test event was last asked for.
    async fn rows(&self) -> Vec<WebhookRow> {
        let rows = self.world().rows("acme").await;
        rows.into_iter().map(|row| WebhookRow { tested_at: None, ..row }).collect()
    }

    async fn every_row_has_its_secrets(&self, at: &str) {
        let names = self.world().memory.bundle_names();
        for row in self.rows().await {
            assert!(row.bundle.is_none_or(|name| names.contains(&name)), "{at}");
        }
    }
}

/// AWS's own words, of which none may come out.
const WORDS: [&str; 8] = [
    "dynamodb",
    "TransactWriteItems",
    "AccessDenied",
    "Exception",
    "arn:aws",
    "secretsmanager",
    "sqs",
    "of-aws",
];

fn faults() -> [PortError; 2] {
    let text = "dynamodb.TransactWriteItems: AccessDeniedException arn:aws:kms:eu-central-1:1:key/of-aws";
    [PortError::Throttled { service: "dynamodb" }, PortError::Failed(text.to_owned())]
}

fn check(answer: &Answer, fault: &PortError, (told, success): (Told, u16), at: &str) {
    let expected = match (told, fault) {
        (Succeeds, _) => (success, ""),
        (NoSecret, _) => (503, "secret_unavailable"),
        (Fails, PortError::Throttled { .. }) => (503, "throttled"),
        (Fails, PortError::Failed(_)) => (500, "internal"),
    };
    // The popup is told by a page.
    let is_page = answer.header("content-type") == Some("text/html; charset=utf-8");
    let found = if is_page { (answer.status.as_u16(), expected.1) } else { answer.problem() };
    assert_eq!(found, expected, "{at}: {}", answer.text);
    assert_eq!(answer.header("retry-after"), (expected.0 == 503).then_some("1"), "{at}");
    if told != Succeeds {
        assert!(WORDS.iter().all(|word| !answer.text.contains(word)), "{at}: {}", answer.text);
    }
}

/// The request, with the call of this number failing, and those behind it if `lasting`.
async fn fails_at(scene: &Scene, case: &Case, call: usize, fault: &PortError, lasting: bool) {
    let (name, request, success, calls) = case;
    let (port, told) = calls[call - 1];
    let at = format!("{name}, {port}: {fault:?}, lasting: {lasting}");
    let before = scene.rows().await;
    scene.trap.say(fault);
    scene.trap.set_lasting(call, if lasting { usize::MAX } else { 1 });
    let answer = request(scene).send().await;
    scene.trap.disarm();
    check(&answer, fault, (told, *success), &at);
    if told == Succeeds {
        scene.every_row_has_its_secrets(&at).await;
    } else {
        assert_eq!(scene.rows().await, before, "{at}");
        scene.every_row_has_its_secrets(&at).await;
        // A test event may be asked for again after 5 s, and a key is free after a minute.
        scene.world().memory.advance(Duration::from_secs(60));
        let again = request(scene).send().await.status.as_u16();
        // The popup's ticket works once.
        assert!(again == *success || (*success == 302 && again == 410), "{at}: {again}");
    }
}

/// Each call of the case, failing in each way.
fn trials(case: &Case) -> impl Iterator<Item = (usize, PortError, bool)> {
    let calls = 1..=case.3.len();
    calls.flat_map(|call| {
        faults().into_iter().flat_map(move |fault| [(call, fault.clone(), false), (call, fault, true)])
    })
}

async fn makes_no_more_calls(scene: &Scene, case: &Case) {
    scene.trap.set(case.3.len() + 1);
    assert_eq!(case.1(scene).send().await.status, case.2, "{}", case.0);
    assert!(scene.trap.is_set(), "{}", case.0);
    scene.trap.disarm();
}

#[tokio::test]
async fn a_read_that_meets_a_fault_says_so_and_no_more() {
    let (scene, mut count) = (Scene::new().await, 0);
    for case in READS {
        for (call, fault, lasting) in trials(case) {
            fails_at(&scene, case, call, &fault, lasting).await;
            count += 1;
        }
        makes_no_more_calls(&scene, case).await;
    }
    assert!(count >= 90, "{count}");
}

#[tokio::test]
async fn a_write_that_meets_a_fault_leaves_nothing_half_done() {
    let mut count = 0;
    for case in WRITES {
        for (call, fault, lasting) in trials(case) {
            fails_at(&Scene::new().await, case, call, &fault, lasting).await;
            count += 1;
        }
        makes_no_more_calls(&Scene::new().await, case).await;
    }
    assert!(count >= 220, "{count}");
}
