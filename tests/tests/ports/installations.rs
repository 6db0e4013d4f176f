use std::time::Duration;

use domain::attempt::SlackGone;
use domain::ids::{AccountId, InstallationId, TenantId};
use domain::installation::{
    Ended, Fingerprint, InstallError, Installation, Pass, PassKey, PassSecret, SlackOauthError,
};
use domain::ports::{Created, Deleted};
use domain::row::WebhookRow;
use domain::webhook::slack::{SlackName, SlackTarget};
use domain::webhook::{Settings, Target};
use futures::future::join_all;

use crate::samples::{at, key, row, settings, tenant, webhook};
use crate::world::{START, World};

const DAY: u64 = 24 * 60 * 60;

fn installation(ended: Option<Ended>) -> Installation {
    Installation { tenant: tenant(), id: InstallationId::new(START, 1), moved_at: at(0), ended }
}

fn pass(browser: Option<&PassSecret>) -> Pass {
    Pass {
        tenant: tenant(),
        installation: InstallationId::new(START, 1),
        by: AccountId::parse("5b10:a").unwrap(),
        issued_at: at(0),
        browser: browser.map(Fingerprint::of),
    }
}

pub(crate) async fn an_installation_reads_back_for_its_tenant_for_a_day(world: &World) {
    let installations = &world.ports.installations;
    let ends = [
        None,
        Some(Ended::Completed(webhook(1))),
        Some(Ended::Failed(InstallError::OtherBrowser)),
        Some(Ended::Failed(InstallError::Slack(SlackOauthError::read("invalid_code")))),
    ];
    for ended in ends {
        let one = installation(ended);
        installations.put(&one).await.unwrap();
        assert_eq!(installations.get(&tenant(), &one.id).await, Ok(Some(one)));
    }
    let id = installation(None).id;
    let other = TenantId::parse("acme:10").unwrap();
    assert_eq!(installations.get(&other, &id).await, Ok(None));
    assert_eq!(installations.get(&tenant(), &InstallationId::new(START, 2)).await, Ok(None));
    world.advance(Duration::from_secs(DAY - 1));
    assert!(installations.get(&tenant(), &id).await.unwrap().is_some());
    world.advance(Duration::from_secs(1));
    assert_eq!(installations.get(&tenant(), &id).await, Ok(None));
}

pub(crate) async fn a_pass_is_taken_once(world: &World) {
    let installations = &world.ports.installations;
    let (secret, browser) = (PassSecret::new([1, 2]), PassSecret::new([3, 4]));
    let (ticket, state) = (PassKey::of_ticket(&secret), PassKey::of_state(&secret));
    installations.issue(&ticket, &pass(None)).await.unwrap();
    installations.issue(&state, &pass(Some(&browser))).await.unwrap();
    assert_eq!(installations.take(&ticket).await, Ok(Some(pass(None))));
    assert_eq!(installations.take(&ticket).await, Ok(None));
    let racing = join_all((0..8).map(|_| installations.take(&state))).await;
    let taken: Vec<_> = racing.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(taken, [pass(Some(&browser))]);
    assert_eq!(installations.take(&PassKey::of_state(&browser)).await, Ok(None));
}

pub(crate) fn in_channel(number: u64, team: &str, channel: &str) -> WebhookRow {
    let name = |id: &str| SlackName { id: id.to_owned(), name: id.to_owned() };
    let target = SlackTarget {
        team: name(team),
        channel: name(channel),
        configuration_url: "https://acme.slack.com/services/B1".to_owned(),
    };
    let settings = Settings { target: Target::Slack(target), ..settings("Slack") };
    WebhookRow { settings, ..row(number) }
}

pub(crate) async fn a_slack_channel_has_one_webhook_of_a_tenant(world: &World) {
    let webhooks = &world.ports.webhooks;
    let first = in_channel(1, "T1", "C1");
    assert_eq!(webhooks.create(&first, 3).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&first, 3).await, Ok(Created::Exists));
    assert_eq!(webhooks.create(&in_channel(2, "T1", "C1"), 3).await, Ok(Created::SameChannel));
    assert_eq!(webhooks.create(&in_channel(2, "T1", "C2"), 3).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&in_channel(3, "T2", "C1"), 3).await, Ok(Created::Done));
    assert_eq!(webhooks.create(&in_channel(4, "T1", "C1"), 3).await, Ok(Created::SameChannel));
    assert_eq!(webhooks.create(&in_channel(4, "T3", "C1"), 3).await, Ok(Created::TooMany));
    assert!(matches!(webhooks.delete(&key(1), None).await, Ok(Deleted::Done(_))));
    assert_eq!(webhooks.create(&in_channel(4, "T1", "C1"), 3).await, Ok(Created::Done));
    let racing: Vec<_> = (5..13).map(|number| in_channel(number, "T9", "C9")).collect();
    let created = join_all(racing.iter().map(|row| webhooks.create(row, 50))).await;
    assert_eq!(created.iter().filter(|one| **one == Ok(Created::Done)).count(), 1, "{created:?}");
    assert!(created.iter().all(|one| matches!(one, Ok(Created::Done | Created::SameChannel))), "{created:?}");
}

pub(crate) async fn every_reason_of_slack_s_reads_back(world: &World) {
    use domain::health::DisabledReason;
    use domain::row::Status;
    for (number, code) in (1..).zip(SlackGone::ALL) {
        let row = WebhookRow {
            status: Status::Disabled(DisabledReason::Slack(*code)),
            ..in_channel(number, "T1", &format!("C{number}"))
        };
        assert_eq!(world.ports.webhooks.create(&row, 50).await, Ok(Created::Done));
        assert_eq!(world.ports.webhooks.get(&row.key).await, Ok(Some(row)));
    }
}
