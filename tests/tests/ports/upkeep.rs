use std::collections::BTreeSet;
use std::time::Duration;

use domain::ids::{AccountId, InstallationId, TenantId};
use domain::installation::{PASS_KEPT, Pass, PassKey, PassSecret};
use domain::ports::{Created, Part, PortResult};
use domain::row::{WebhookKey, WebhookRow};
use domain::sweep::Place;
use domain::webhook::bundle::Bundle;

use crate::samples::{key, row, tenant};
use crate::world::World;

/// All parts, one after the other.
async fn all<T, F>(mut part: impl FnMut(Option<Place>) -> F) -> Vec<T>
where
    F: Future<Output = PortResult<Part<T>>>,
{
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let Part { items, next } = part(from).await.unwrap();
        found.extend(items);
        match next {
            Some(next) => from = Some(next),
            None => return found,
        }
    }
}

fn of(tenant: &str, number: u64) -> WebhookRow {
    let key = WebhookKey { tenant: TenantId::parse(tenant).unwrap(), webhook: key(number).webhook };
    WebhookRow { key, ..row(number) }
}

pub(crate) async fn the_webhooks_of_all_tenants_are_found_part_by_part(world: &World) {
    let made: Vec<WebhookRow> = (1..=7)
        .map(|number| of(["acme:1", "other", "third"][usize::try_from(number % 3).unwrap()], number))
        .collect();
    for row in &made {
        assert_eq!(world.ports.webhooks.create(row, 50).await, Ok(Created::Done));
    }
    let mut found = all(async |from: Option<Place>| world.ports.upkeep.webhooks(from.as_ref()).await).await;
    found.sort_by(|one, other| one.key.webhook.cmp(&other.key.webhook));
    assert_eq!(found, made);
}

pub(crate) async fn what_has_expired_goes_on_the_way(world: &World) {
    let issue = async |number: u128| {
        let key = PassKey::of_state(&PassSecret::new([number, number]));
        let pass = Pass {
            tenant: tenant(),
            installation: InstallationId::new(world.ports.clock.now(), number),
            by: AccountId::parse("5b10").unwrap(),
            issued_at: world.ports.clock.now(),
            browser: None,
        };
        world.ports.installations.issue(&key, &pass).await.unwrap();
        key
    };
    let (old, fresh) = (issue(1).await, {
        world.advance(Duration::from_secs(1));
        issue(2).await
    });
    world.advance(PASS_KEPT - Duration::from_secs(1));
    all(async |from: Option<Place>| world.ports.upkeep.webhooks(from.as_ref()).await).await;
    // At a time at which neither has expired, what was deleted is still gone.
    world.rewind(PASS_KEPT);
    assert_eq!(world.ports.installations.take(&old).await, Ok(None));
    assert!(world.ports.installations.take(&fresh).await.unwrap().is_some());
}

pub(crate) async fn all_bundles_are_found_with_their_webhooks(world: &World) {
    let mut names = BTreeSet::new();
    for number in 1..=5 {
        let unique = world.ports.dice.roll();
        names.insert(world.ports.secrets.create(&key(number), unique, &Bundle::default()).await.unwrap());
    }
    let gone = names.pop_first().unwrap();
    world.ports.secrets.delete(&gone).await.unwrap();
    let found = all(async |from: Option<Place>| world.ports.upkeep.bundles(from.as_ref()).await).await;
    let keys: BTreeSet<_> = found.iter().map(|bundle| bundle.key.clone()).collect();
    assert!(keys.iter().all(|key| key.tenant == tenant()));
    assert_eq!(keys.len(), 4);
    for bundle in &found {
        assert!(bundle.name.0.contains(bundle.key.webhook.as_str()), "{bundle:?}");
    }
    assert_eq!(found.into_iter().map(|bundle| bundle.name).collect::<BTreeSet<_>>(), names);
}

pub(crate) async fn the_rest_of_a_sweep_is_no_tenant_s(world: &World) {
    world.ports.upkeep.go_on("the rest").await.unwrap();
    world.ports.queue.send_delivery(&tenant(), "later", Duration::from_secs(9)).await.unwrap();
    assert_eq!(world.deliveries_of_no_tenant().await, ["the rest"]);
}
