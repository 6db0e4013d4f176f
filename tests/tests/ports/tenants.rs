use std::time::Duration;

use domain::ids::TenantId;
use domain::ports::{Created, Deleted, Freshness, Roster};
use domain::row::WebhookRow;
use domain::tenant::{Edition, Removal, Tenant};

use crate::installations::in_channel;
use crate::samples::{at, key, row, tenant};
use crate::world::World;

fn installed(edition: Edition, seconds: u64) -> Tenant {
    Tenant::Installed { edition, site_url: "https://acme.atlassian.net".to_owned(), updated_at: at(seconds) }
}

fn removed(seconds: u64) -> Tenant {
    Tenant::Removed { updated_at: at(seconds) }
}

async fn roster(world: &World) -> Roster {
    world.ports.webhooks.roster(&tenant(), Freshness::Consistent).await.unwrap()
}

async fn known(world: &World) -> Tenant {
    roster(world).await.tenant
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
    for older in [installed(Edition::Standard, 9), removed(9)] {
        assert!(!record(world, &older).await);
        assert_eq!(known(world).await, newer);
    }
    let newest = installed(Edition::Standard, 11);
    assert!(record(world, &newest).await);
    assert_eq!(known(world).await, newest);
}

pub(crate) async fn of_two_words_of_one_time_the_second_stands_unless_it_undoes_a_removal(world: &World) {
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

    assert!(record(world, &removed(2)).await);
    let roster = roster(world).await;
    assert_eq!((roster.is_removed(), roster.webhooks.len()), (true, 0));
    assert_eq!(roster.tenant, removed(2));
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

pub(crate) async fn the_last_removal_is_known_when_the_tenant_is_installed_anew(world: &World) {
    assert!(record(world, &installed(Edition::Advanced, 1)).await);
    assert_eq!(roster(world).await.removal, None);
    assert!(!record(world, &removed(0)).await, "no removal was recorded");
    for (seconds, stale) in [(10, 1), (20, 10)] {
        world.advance(Duration::from_secs(100));
        let removal = Removal { updated_at: at(seconds), recorded_at: world.ports.clock.now() };
        assert!(record(world, &removed(seconds)).await);
        assert_eq!(roster(world).await.removal, Some(removal));

        let anew = installed(Edition::Advanced, seconds + 1);
        assert!(record(world, &anew).await);
        world.advance(Duration::from_secs(100));
        assert!(record(world, &removed(seconds)).await, "the message comes again");
        assert!(!record(world, &removed(stale)).await);
        assert!(!record(world, &installed(Edition::Standard, seconds)).await);
        let roster = roster(world).await;
        assert_eq!((roster.tenant, roster.removal), (anew, Some(removal)));
    }
}

/// Of the seconds 1 and 2 are these webhooks; the tenant was removed at 10 and installed anew at once.
async fn installed_anew(world: &World, before: [&WebhookRow; 2]) {
    for row in before {
        assert_eq!(world.ports.webhooks.create(row, 2).await, Ok(Created::Done));
    }
    world.advance(Duration::from_secs(10));
    assert!(record(world, &removed(10)).await);
    assert!(record(world, &installed(Edition::Advanced, 11)).await);
}

pub(crate) async fn what_a_removal_took_is_as_good_as_gone(world: &World) {
    let webhooks = &world.ports.webhooks;
    installed_anew(world, [&row(1), &row(2)]).await;
    let taken = roster(world).await;
    assert!(taken.webhooks.is_empty() && !taken.is_removed());
    assert_eq!([1, 10, 11].map(|number| taken.has_lost(&row(number))), [true, true, false]);
    assert_eq!(webhooks.rows(&tenant()).await, Ok(vec![row(1), row(2)]), "who erases it finds it");
    assert_eq!(webhooks.create(&row(10), 2).await, Ok(Created::TenantRemoved), "it was made before");
    assert_eq!(webhooks.create(&row(1), 2).await, Ok(Created::Exists));

    assert_eq!(webhooks.create(&row(11), 2).await, Ok(Created::Done));
    assert_eq!(webhooks.delete(&key(1), Some(7)).await, Ok(Deleted::Stale(1)));
    assert_eq!(webhooks.delete(&key(1), None).await, Ok(Deleted::Done(Box::new(row(1)))));
    assert_eq!(webhooks.delete(&key(1), None).await, Ok(Deleted::Absent));
    // Neither is it counted, nor does its deletion make room for more.
    assert_eq!(webhooks.create(&row(12), 2).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&row(13), 2).await, Ok(Created::TooMany));
    assert_eq!(webhooks.delete(&key(2), None).await, Ok(Deleted::Done(Box::new(row(2)))));
    assert_eq!(webhooks.create(&row(13), 2).await, Ok(Created::TooMany));
    assert_eq!(webhooks.delete(&key(11), None).await, Ok(Deleted::Done(Box::new(row(11)))));
    assert_eq!(webhooks.create(&row(13), 2).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&row(14), 2).await, Ok(Created::TooMany));
    let made: Vec<_> = roster(world).await.webhooks.iter().map(|row| (**row).clone()).collect();
    assert_eq!(made, [row(12), row(13)]);
}

pub(crate) async fn the_channel_of_a_webhook_that_a_removal_took_is_free(world: &World) {
    let webhooks = &world.ports.webhooks;
    installed_anew(world, [&in_channel(1, "T1", "C1"), &row(2)]).await;
    assert_eq!(webhooks.create(&in_channel(11, "T1", "C1"), 2).await, Ok(Created::Done));
    assert!(matches!(webhooks.delete(&key(1), None).await, Ok(Deleted::Done(_))));
    assert_eq!(webhooks.create(&in_channel(12, "T1", "C1"), 2).await, Ok(Created::SameChannel));
}
