use domain::ids::TenantId;
use domain::ports::{Created, Deleted, Freshness, Updated};
use domain::row::{BundleName, Change, Guard, WebhookKey, WebhookRow};
use futures::future::join_all;

use crate::samples::{key, kinds_of_row, row, settings, stamp, tenant};
use crate::world::World;

async fn create(world: &World, row: &WebhookRow) {
    assert_eq!(world.ports.webhooks.create(row, 50).await, Ok(Created::Done));
}

async fn roster(world: &World, tenant: &TenantId) -> Vec<WebhookRow> {
    let roster = world.ports.webhooks.roster(tenant, Freshness::Consistent).await.unwrap();
    roster.webhooks.iter().map(|row| (**row).clone()).collect()
}

pub(crate) async fn a_webhook_reads_back_as_it_was_created(world: &World) {
    for row in kinds_of_row(1) {
        create(world, &row).await;
        assert_eq!(world.ports.webhooks.get(&row.key).await, Ok(Some(row)));
    }
    assert_eq!(world.ports.webhooks.get(&key(99)).await, Ok(None));
    assert_eq!(roster(world, &tenant()).await, kinds_of_row(1));
    assert_eq!(world.ports.webhooks.rows(&tenant()).await, Ok(kinds_of_row(1)));
}

pub(crate) async fn webhooks_come_in_order_of_creation(world: &World) {
    for number in [3, 1, 2] {
        create(world, &row(number)).await;
    }
    assert_eq!(roster(world, &tenant()).await, [row(1), row(2), row(3)]);
    let eventual = world.ports.webhooks.roster(&tenant(), Freshness::Eventual).await.unwrap();
    assert_eq!(eventual.webhooks.len(), 3);
}

pub(crate) async fn a_tenant_does_not_see_another_s_webhooks(world: &World) {
    create(world, &row(1)).await;
    let other = TenantId::parse("acme:10").unwrap();
    assert_eq!(roster(world, &other).await, []);
    let foreign = WebhookKey { tenant: other, ..key(1) };
    assert_eq!(world.ports.webhooks.get(&foreign).await, Ok(None));
    assert_eq!(world.ports.webhooks.delete(&foreign, None).await, Ok(Deleted::Absent));
    assert_eq!(world.ports.webhooks.update(&foreign, &[], &[Change::ClearWake]).await, Ok(Updated::Absent));
    assert_eq!(roster(world, &tenant()).await, [row(1)]);
}

pub(crate) async fn the_same_id_is_created_once(world: &World) {
    create(world, &row(1)).await;
    let other = WebhookRow { version: 2, ..row(1) };
    assert_eq!(world.ports.webhooks.create(&other, 50).await, Ok(Created::Exists));
    assert_eq!(world.ports.webhooks.create(&other, 1).await, Ok(Created::Exists));
    assert_eq!(roster(world, &tenant()).await, [row(1)]);
}

pub(crate) async fn a_tenant_has_at_most_its_limit(world: &World) {
    for number in 1..=3 {
        assert_eq!(world.ports.webhooks.create(&row(number), 3).await, Ok(Created::Done));
    }
    assert_eq!(world.ports.webhooks.create(&row(4), 3).await, Ok(Created::TooMany));
    assert_eq!(roster(world, &tenant()).await.len(), 3);
}

pub(crate) async fn racing_creations_stop_at_the_limit(world: &World) {
    create(world, &row(1)).await;
    let rows: Vec<_> = (2..10).map(row).collect();
    let created = join_all(rows.iter().map(|row| world.ports.webhooks.create(row, 3))).await;
    assert_eq!(created.iter().filter(|created| **created == Ok(Created::Done)).count(), 2, "{created:?}");
    assert_eq!(created.iter().filter(|created| **created == Ok(Created::TooMany)).count(), 6, "{created:?}");
    assert_eq!(roster(world, &tenant()).await.len(), 3);
}

pub(crate) async fn a_deletion_makes_room(world: &World) {
    create(world, &row(1)).await;
    create(world, &row(2)).await;
    assert_eq!(world.ports.webhooks.create(&row(3), 2).await, Ok(Created::TooMany));
    assert_eq!(world.ports.webhooks.delete(&key(1), None).await, Ok(Deleted::Done(Box::new(row(1)))));
    assert_eq!(world.ports.webhooks.delete(&key(1), None).await, Ok(Deleted::Absent));
    assert_eq!(world.ports.webhooks.create(&row(3), 2).await, Ok(Created::Done));
    assert_eq!(world.ports.webhooks.create(&row(4), 2).await, Ok(Created::TooMany));
}

pub(crate) async fn a_deletion_of_another_version_deletes_nothing(world: &World) {
    let edited = WebhookRow { version: 7, ..row(1) };
    create(world, &edited).await;
    assert_eq!(world.ports.webhooks.delete(&key(1), Some(6)).await, Ok(Deleted::Stale(7)));
    assert_eq!(roster(world, &tenant()).await, std::slice::from_ref(&edited));
    assert_eq!(world.ports.webhooks.delete(&key(1), Some(7)).await, Ok(Deleted::Done(Box::new(edited))));
    assert_eq!(world.ports.webhooks.delete(&key(1), Some(7)).await, Ok(Deleted::Absent));
    assert_eq!(roster(world, &tenant()).await, []);
}

pub(crate) async fn a_deleted_webhook_does_not_come_back(world: &World) {
    create(world, &row(1)).await;
    world.ports.webhooks.delete(&key(1), None).await.unwrap();
    for guards in [&[][..], &[Guard::NoWake][..]] {
        let updated = world.ports.webhooks.update(&key(1), guards, &[Change::Pause(row(1).since)]).await;
        assert_eq!(updated, Ok(Updated::Absent));
    }
    assert_eq!(roster(world, &tenant()).await, []);
}

pub(crate) async fn an_edit_counts_the_version_and_keeps_the_rest(world: &World) {
    for (row, number) in kinds_of_row(1).into_iter().zip(1..) {
        create(world, &row).await;
        let bundle = (number % 2 == 0).then(|| BundleName(format!("test/{number}")));
        let change = Change::Settings {
            settings: Box::new(settings("New name")),
            bundle: bundle.clone(),
            updated: stamp(500),
        };
        let edited = WebhookRow {
            settings: settings("New name"),
            bundle,
            updated: stamp(500),
            version: row.version + 1,
            ..row.clone()
        };
        let guard = [Guard::Version(row.version)];
        let updated = world.ports.webhooks.update(&row.key, &guard, std::slice::from_ref(&change)).await;
        assert_eq!(updated, Ok(Updated::Done(Box::new(edited.clone()))));
        // The same edit again stands against the new version.
        let updated = world.ports.webhooks.update(&row.key, &guard, &[change]).await;
        assert_eq!(updated, Ok(Updated::Refused(Box::new(edited))));
    }
}
