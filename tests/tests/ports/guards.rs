//! Every guard and change, held to what `Guard::holds` and `Change::apply` say.

use domain::attempt::SlackGone;
use domain::health::DisabledReason;
use domain::ports::{Created, Updated};
use domain::row::{BacklogKey, BundleName, Change, Guard, Wake, WebhookRow};
use futures::future::join_all;

use crate::samples::{at, delivery, key, kinds_of_row, row, settings, stamp, token};
use crate::world::World;

async fn create(world: &World, row: &WebhookRow) {
    assert_eq!(world.ports.webhooks.create(row, u32::MAX).await, Ok(Created::Done));
}

pub(crate) async fn a_write_is_done_exactly_when_its_guards_hold(world: &World) {
    let (own, other) = (token(1), token(2));
    let guards = [
        Guard::On,
        Guard::Off,
        Guard::NoWake,
        Guard::Token(&own),
        Guard::Token(&other),
        Guard::Due(at(100)),
        Guard::Lease(at(101)),
        Guard::Idle(at(100)),
        Guard::Busy(at(100)),
        Guard::Version(1),
        Guard::Version(7),
        Guard::Unpaced(at(100)),
        Guard::NotTestedSince(at(100)),
    ];
    for row in kinds_of_row(1) {
        create(world, &row).await;
        // Each alone, and each after one that may hold or not.
        let alone = guards.iter().map(|guard| vec![guard.clone()]);
        let paired = guards.iter().map(|guard| vec![Guard::On, guard.clone()]);
        for guards in alone.chain(paired) {
            let same = Box::new(row.clone());
            let holds = guards.iter().all(|guard| guard.holds(&row));
            let expected = if holds { Updated::Done(same) } else { Updated::Refused(same) };
            let updated = world.ports.webhooks.update(&row.key, &guards, &[]).await;
            assert_eq!(updated, Ok(expected), "{guards:?}");
        }
    }
}

fn all_changes() -> Vec<Change> {
    vec![
        Change::Wake(Wake { token: token(3), at: at(300), busy: true }),
        Change::ClearWake,
        Change::Failing(at(301)),
        Change::Probed { probes: 9, after: BacklogKey::of(delivery(9)) },
        Change::Healthy(at(302)),
        Change::LastOk(at(303)),
        Change::ClearAfter,
        Change::Disable(DisabledReason::NoSuccess, at(304)),
        Change::Disable(DisabledReason::Slack(SlackGone::ChannelIsArchived), at(312)),
        Change::Pause(at(305)),
        Change::Enable(at(306)),
        Change::HoldPending(at(307)),
        Change::Settings {
            settings: Box::new(settings("Edited")),
            bundle: Some(BundleName("test/edited".to_owned())),
            updated: stamp(308),
        },
        Change::Settings { settings: Box::new(settings("Bare")), bundle: None, updated: stamp(309) },
        Change::Tested(at(310)),
        Change::Paced(at(311)),
    ]
}

/// Every change after every other, and three of those that concern the
/// health in every order, to a webhook that is well and to one in trouble.
/// Each write finds what the one before has left.
pub(crate) async fn changes_do_to_the_stored_row_what_they_do_to_a_row(world: &World) {
    let all = all_changes();
    let health: Vec<_> = all.iter().filter(|change| concerns_health(change)).collect();
    let pairs = all.iter().flat_map(|first| all.iter().map(move |second| vec![first, second]));
    let alone = all.iter().map(|change| vec![change]);
    let threes = health.iter().flat_map(|first| {
        let seconds = health.iter();
        seconds.flat_map(|second| health.iter().map(|third| vec![*first, *second, *third]))
    });
    let writes: Vec<Vec<Change>> =
        alone.chain(pairs).chain(threes).map(|write| write.into_iter().cloned().collect()).collect();
    for mut row in kinds_of_row(1).into_iter().take(2) {
        create(world, &row).await;
        for changes in &writes {
            for change in changes {
                change.apply(&mut row);
            }
            let updated = world.ports.webhooks.update(&row.key, &[], changes).await;
            assert_eq!(updated, Ok(Updated::Done(Box::new(row.clone()))), "{changes:?}");
        }
    }
}

fn concerns_health(change: &Change) -> bool {
    matches!(change, Change::Failing(_) | Change::Probed { .. } | Change::Healthy(_) | Change::Enable(_))
}

pub(crate) async fn of_two_claims_of_a_wake_up_one_is_done(world: &World) {
    let wake = Wake { token: token(1), at: at(100), busy: false };
    create(world, &WebhookRow { wake: Some(wake.clone()), ..row(1) }).await;
    let guards = [Guard::On, Guard::Token(&wake.token), Guard::Due(at(100))];
    let claims: Vec<_> =
        (0..8).map(|_| [Change::Wake(Wake { at: at(160), busy: true, ..wake.clone() })]).collect();
    let key = key(1);
    let claimed =
        join_all(claims.iter().map(|claim| world.ports.webhooks.update(&key, &guards, claim))).await;
    let done = |updated: &&Result<Updated, _>| matches!(updated, Ok(Updated::Done(_)));
    assert_eq!(claimed.iter().filter(done).count(), 1);
    let refused = claimed.into_iter().filter_map(|updated| match updated.unwrap() {
        Updated::Refused(row) => Some(row.wake),
        Updated::Done(_) | Updated::Absent => None,
    });
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused, vec![Some(Wake { at: at(160), busy: true, ..wake }); 7]);
}
