//! A request of which one call fails, in a world of its own.

use std::collections::HashSet;

use axum::http::StatusCode;
use domain::row::{BundleName, WebhookRow};

use crate::unreliable::{Moment, Trap};
use crate::world::World;

/// A world in which one call of the next attempt fails.
pub(crate) struct Trial {
    pub(crate) world: World,
    pub(crate) trap: Trap,
    call: usize,
    lasting: usize,
    /// Which call fails, and how.
    pub(crate) at: String,
}

impl Trial {
    /// What a request comes to while one of its calls fails; none when its process died.
    pub(crate) async fn attempt<T>(&self, request: impl Future<Output = T>) -> Option<T> {
        self.trap.set_lasting(self.call, self.lasting);
        let outcome = self.trap.outlive(request).await;
        self.trap.disarm();
        every_row_is_whole(&self.world, &self.at).await;
        outcome
    }

    /// Whether the request had to notice.
    pub(crate) fn is_undisturbed(&self) -> bool {
        !self.trap.is_visible() || !self.trap.has_sprung()
    }

    /// A disturbance leaves one secret object behind at most, and none where there was none.
    pub(crate) async fn leaves_few_orphans(&self) {
        let orphans = orphans(&self.world).await.len();
        let at_most = usize::from(self.trap.has_sprung());
        assert!(orphans <= at_most, "{}: {orphans} secret objects are named by no row", self.at);
    }
}

/// How a call fails, and how many do from it on.
const FAULTS: [(Moment, usize); 7] = [
    (Moment::Before, 1),
    (Moment::Before, usize::MAX),
    (Moment::After, 1),
    (Moment::After, usize::MAX),
    (Moment::Unseen, 1),
    (Moment::DiesBefore, 1),
    (Moment::DiesAfter, 1),
];

/// Runs the test with each call of its request failing in each way, and once
/// undisturbed; how often it did.
pub(crate) async fn with_each_call_failing(test: impl AsyncFn(&Trial)) -> usize {
    let mut count = 0;
    for (moment, lasting) in FAULTS {
        for call in 1.. {
            let trap = Trap::new(moment);
            let world = World::over(|ports| trap.over(ports)).await;
            let and_on = if lasting > 1 { " and on" } else { "" };
            let at = format!("call {call}{and_on} failing {moment:?}");
            let trial = Trial { world, trap, call, lasting, at };
            test(&trial).await;
            every_row_is_whole(&trial.world, &trial.at).await;
            trial.leaves_few_orphans().await;
            count += 1;
            if !trial.trap.has_sprung() {
                break;
            }
        }
    }
    count
}

/// The secret objects that no row names.
pub(crate) async fn orphans(world: &World) -> Vec<BundleName> {
    let rows = world.rows("acme").await;
    let named: HashSet<_> = rows.iter().filter_map(|row| row.bundle.as_ref()).collect();
    world.memory.bundle_names().into_iter().filter(|name| !named.contains(name)).collect()
}

/// Every webhook can be read, and the secrets that it names are there, those
/// of its settings and no others.
pub(crate) async fn every_row_is_whole(world: &World, at: &str) {
    for row in world.rows("acme").await {
        let shown = world.get(&format!("/v1/webhooks/{}", row.key.webhook)).send().await;
        assert_eq!(shown.status, StatusCode::OK, "{at}: {}", shown.text);
        assert_names_its_secrets(world, &row, at).await;
    }
}

async fn assert_names_its_secrets(world: &World, row: &WebhookRow, at: &str) {
    let settings = &row.settings;
    let Some(name) = &row.bundle else {
        let has_secrets = !settings.signing_secrets.is_empty()
            || settings.authorization_scheme.is_some()
            || settings.headers.iter().any(|line| line.secret())
            || settings.target.slack().is_some();
        assert!(!has_secrets, "{at}: {settings:?}");
        return;
    };
    let bundle = world.memory.ports().secrets.read(name).await;
    let bundle = bundle.unwrap_or_else(|fault| panic!("{at}: {name}: {fault}"));
    let ids = bundle.signing_secrets.iter().map(|(id, _)| id);
    assert!(ids.eq(settings.signing_secrets.iter().map(|secret| &secret.id)), "{at}");
    assert_eq!(bundle.authorization.is_some(), settings.authorization_scheme.is_some(), "{at}");
    let names = bundle.headers.iter().map(|(name, _)| name);
    let secret = settings.headers.iter().filter(|line| line.secret()).map(|line| &line.name);
    assert!(names.eq(secret), "{at}");
    assert_eq!(bundle.slack_url.is_some(), settings.target.slack().is_some(), "{at}");
}
