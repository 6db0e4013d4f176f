use domain::ids::TenantId;
use domain::ports::{Created, Freshness};
use domain::tenant::{Edition, Tenant};

use crate::samples::{at, key, row, tenant};
use crate::world::World;

fn installed(edition: Edition, seconds: u64) -> Tenant {
    Tenant::Installed { edition, site_url: "https://acme.atlassian.net".to_owned(), updated_at: at(seconds) }
}

async fn known(world: &World) -> Tenant {
    world.ports.webhooks.roster(&tenant(), Freshness::Consistent).await.unwrap().tenant
}

async fn record(world: &World, state: &Tenant) -> bool {
    world.ports.webhooks.record_tenant(&tenant(), state).await.unwrap()
}

pub(crate) async fn a_tenant_that_nothing_was_said_of_is_unnamed(world: &World) {
    assert_eq!(known(world).await, Tenant::Unnamed);
    world.ports.webhooks.create(&row(1), 50).await.unwrap();
    assert_eq!(known(world).await, Tenant::Unnamed);
    let other = TenantId::parse("acme:2").unwrap();
    world.ports.webhooks.record_tenant(&other, &installed(Edition::Advanced, 1)).await.unwrap();
    assert_eq!(known(world).await, Tenant::Unnamed);
}

pub(crate) async fn an_older_word_about_a_tenant_is_ignored(world: &World) {
    let newer = installed(Edition::Advanced, 10);
    assert!(record(world, &newer).await);
    for older in [installed(Edition::Standard, 9), Tenant::Removed { updated_at: at(9) }] {
        assert!(!record(world, &older).await);
        assert_eq!(known(world).await, newer);
    }
    let newest = installed(Edition::Standard, 11);
    assert!(record(world, &newest).await);
    assert_eq!(known(world).await, newest);
}

pub(crate) async fn of_two_words_of_one_time_the_second_stands_unless_it_undoes_a_removal(world: &World) {
    let removed = |seconds| Tenant::Removed { updated_at: at(seconds) };
    let words = [
        (installed(Edition::Advanced, 10), installed(Edition::Standard, 10), true),
        (installed(Edition::Standard, 20), removed(20), true),
        (removed(30), installed(Edition::Standard, 30), false),
    ];
    for (first, second, stands) in words {
        assert!(record(world, &first).await);
        assert!(record(world, &first).await, "the same again counts as recorded");
        assert_eq!(record(world, &second).await, stands, "{second:?}");
        assert_eq!(known(world).await, if stands { second } else { first });
    }
}

pub(crate) async fn a_removed_tenant_has_no_webhooks_until_it_is_installed_anew(world: &World) {
    let webhooks = &world.ports.webhooks;
    assert!(record(world, &installed(Edition::Advanced, 1)).await);
    assert_eq!(webhooks.create(&row(1), 2).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&row(2), 2).await, Ok(Created::Done));

    let removed = Tenant::Removed { updated_at: at(2) };
    assert!(record(world, &removed).await);
    let roster = webhooks.roster(&tenant(), Freshness::Consistent).await.unwrap();
    assert_eq!((roster.tenant, roster.webhooks.len()), (removed, 0));
    assert_eq!(webhooks.rows(&tenant()).await, Ok(vec![row(1), row(2)]));
    // Whether there is room or not.
    assert_eq!(webhooks.create(&row(3), 50).await, Ok(Created::TenantRemoved));
    assert_eq!(webhooks.create(&row(3), 2).await, Ok(Created::TenantRemoved));
    assert_eq!(webhooks.create(&row(1), 2).await, Ok(Created::Exists));
    webhooks.delete(&key(1), None).await.unwrap();
    webhooks.delete(&key(2), None).await.unwrap();
    assert_eq!(webhooks.rows(&tenant()).await, Ok(vec![]));

    assert!(record(world, &installed(Edition::Standard, 3)).await);
    assert_eq!(known(world).await, installed(Edition::Standard, 3));
    assert_eq!(webhooks.create(&row(3), 1).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&row(4), 1).await, Ok(Created::TooMany));
}
