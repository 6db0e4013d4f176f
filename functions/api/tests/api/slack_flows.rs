//! Hostile and unlucky installations: each makes no webhook, leaves no secret
//! behind, uses the code once at most, and says in a sentence what is wrong.

use std::time::Duration;

use axum::http::StatusCode;
use domain::installation::InstallError;
use domain::tenant::Edition;
use serde_json::json;

use crate::slack_grants::GRANTS;
use crate::slack_popup::{Popup, granted};
use crate::world::{Answer, World};

/// What has happened before the popup comes back.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Seconds(u64),
    /// The state was used by another request.
    Used,
    LicenseEnds,
    Uninstalled,
    /// Uninstalled, and installed anew.
    Anew,
    FiftyWebhooks,
}

/// What the browser sends along.
#[derive(Clone, Copy)]
enum Cookies {
    Own,
    None,
    /// Another installation's.
    Foreign,
    /// The own name with another's secret.
    Swapped,
    Twice,
    WithoutPrefix,
    Empty,
}

struct Flow {
    name: &'static str,
    before: Before,
    cookies: Cookies,
    /// `{state}` and `{ticket}` are the popup's own, `{other}` another popup's state.
    query: &'static str,
    error: &'static str,
    exchanges: usize,
}

const fn flow(name: &'static str, query: &'static str, error: &'static str) -> Flow {
    Flow { name, before: Before::Nothing, cookies: Cookies::Own, query, error, exchanges: 0 }
}

const GOOD: &str = "code=c0de&state={state}";

const fn before(name: &'static str, before: Before, error: &'static str) -> Flow {
    Flow { before, ..flow(name, GOOD, error) }
}

const fn cookies(name: &'static str, cookies: Cookies) -> Flow {
    Flow { cookies, ..flow(name, GOOD, "other_browser") }
}

/// The installation is not known by the state, so nothing is said of it.
const UNKNOWN: &str = "";

const FLOWS: &[Flow] = &[
    flow("no query at all", "", UNKNOWN),
    flow("no state", "code=c0de", UNKNOWN),
    flow("an empty state", "code=c0de&state=", UNKNOWN),
    flow("a state of another alphabet", "code=c0de&state=%3Cscript%3Ealert(1)%3C/script%3E", UNKNOWN),
    flow(
        "a state that nobody issued",
        "code=c0de&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        UNKNOWN,
    ),
    flow("a state with a letter too many", "code=c0de&state={state}A", UNKNOWN),
    flow("two states", "code=c0de&state={state}&state={state}", UNKNOWN),
    flow("two different states", "code=c0de&state={other}&state={state}", UNKNOWN),
    flow("the ticket as state", "code=c0de&state={ticket}", UNKNOWN),
    before("a state used before", Before::Used, UNKNOWN),
    before("a state of 10 minutes and a second", Before::Seconds(601), "expired"),
    before("a state of an hour", Before::Seconds(3_599), "expired"),
    cookies("no cookie", Cookies::None),
    cookies("another installation's cookie", Cookies::Foreign),
    cookies("the own cookie with another's secret", Cookies::Swapped),
    cookies("the cookie twice", Cookies::Twice),
    cookies("a cookie that any host may set", Cookies::WithoutPrefix),
    cookies("an empty cookie", Cookies::Empty),
    Flow {
        cookies: Cookies::None,
        ..flow("canceled in another browser", "error=access_denied&state={state}", "other_browser")
    },
    flow("canceled", "error=access_denied&state={state}", "access_denied"),
    flow("canceled, and a code all the same", "error=access_denied&code=c0de&state={state}", "access_denied"),
    flow("an error of Slack's", "error=invalid_scope&state={state}", "slack_invalid_scope"),
    flow(
        "markup in the error",
        "error=%3Cscript%3Ealert(1)%3C/script%3E&state={state}",
        "slack_unknown_error",
    ),
    flow("an error of our own words", "error=license_required&state={state}", "slack_unknown_error"),
    flow("an empty error", "error=&code=c0de&state={state}", "slack_unknown_error"),
    flow("two errors", "error=access_denied&error=x&code=c0de&state={state}", "slack_unknown_error"),
    flow("no code", "state={state}", "invalid_state"),
    flow("an empty code", "code=&state={state}", "invalid_state"),
    flow("two codes", "code=c0de&code=c0de2&state={state}", "invalid_state"),
    flow("a code of two lines", "code=c0de%0D%0AX-A:b&state={state}", "invalid_state"),
    flow("a code that is no ASCII", "code=c%C3%B6de&state={state}", "invalid_state"),
    before("the license ends meanwhile", Before::LicenseEnds, "license_required"),
    before("the app is uninstalled meanwhile", Before::Uninstalled, "license_required"),
    before("the app is uninstalled and installed anew", Before::Anew, "invalid_state"),
    Flow { exchanges: 1, ..before("there are 50 webhooks", Before::FiftyWebhooks, "too_many_webhooks") },
];

#[tokio::test]
async fn a_hostile_or_unlucky_installation_makes_no_webhook() {
    assert!(FLOWS.len() + GRANTS.len() + TICKETS.len() >= 35);
    for flow in FLOWS {
        let world = World::new().await;
        world.slack_grants(&granted("Acme", "audit"));
        let (popup, other) = (world.at_slack("acme").await, world.at_slack("other").await);
        prepare(&world, flow.before, &popup).await;
        let (webhooks, bundles) = (world.rows("acme").await.len(), world.memory.bundle_names());
        let query = flow.query.replace("{state}", &popup.state).replace("{other}", &other.state);
        let path = format!("/v1/slack/callback?{}", query.replace("{ticket}", &popup.ticket));
        let exchanges = world.slack.requests().len();
        let page = world.popup(&path, &sent(flow.cookies, &popup, &other)).await;

        let name = flow.name;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{name}: {}", page.text);
        let error = if flow.error == UNKNOWN { "invalid_state" } else { flow.error };
        assert_says(&page, error, name);
        // Only the admin's own browser is told whose installation it was.
        let is_own = !matches!(flow.error, UNKNOWN | "expired" | "other_browser");
        let is_known = !matches!(flow.before, Before::Uninstalled);
        assert_eq!(page.text.contains("acme.atlassian.net"), is_own && is_known, "{name}");
        assert_eq!(world.slack.requests().len() - exchanges, flow.exchanges, "{name}");
        if matches!(flow.before, Before::Anew) {
            let gone = world.get(&format!("/v1/slack/installations/{}", popup.id)).send().await;
            assert_eq!(gone.problem(), (404, "not_found"), "{name}");
        } else if !matches!(flow.before, Before::Uninstalled) {
            let standing = world.standing(&popup.id).await;
            if flow.error != UNKNOWN {
                assert_eq!(standing, json!({"state": "failed", "error": flow.error}), "{name}");
            } else if !matches!(flow.before, Before::Used) {
                assert_eq!(standing, json!({"state": "pending"}), "{name}");
            }
        }
        assert_eq!(
            (world.rows("acme").await.len(), world.memory.bundle_names()),
            (webhooks, bundles),
            "{name}"
        );
        // The state is used up, whatever came of it.
        if flow.error != UNKNOWN {
            assert_says(&world.back(&popup).await, "invalid_state", name);
        }
        assert!(world.rows("other").await.is_empty(), "{name}");
    }
}

async fn prepare(world: &World, before: Before, popup: &Popup) {
    match before {
        Before::Nothing => {}
        Before::Seconds(seconds) => world.memory.advance(Duration::from_secs(seconds)),
        Before::Used => assert_eq!(world.back(popup).await.status, StatusCode::OK),
        Before::LicenseEnds => world.set_edition("acme", Edition::Standard).await,
        Before::Uninstalled => world.remove_tenant("acme").await,
        Before::Anew => {
            world.remove_tenant("acme").await;
            world.memory.advance(Duration::from_secs(60));
            world.set_edition("acme", Edition::Advanced).await;
        }
        Before::FiftyWebhooks => {
            for number in 0..50 {
                world.webhook(&json!({"displayName": format!("{number}")})).await;
            }
        }
    }
}

fn sent(cookies: Cookies, popup: &Popup, other: &Popup) -> String {
    let (name, _) = popup.cookie.split_once('=').unwrap();
    match cookies {
        Cookies::Own => popup.cookie.clone(),
        Cookies::None => String::new(),
        Cookies::Foreign => other.cookie.clone(),
        Cookies::Swapped => format!("{name}={}", other.cookie.split_once('=').unwrap().1),
        Cookies::Twice => format!("{0}; {0}", popup.cookie),
        Cookies::WithoutPrefix => popup.cookie.replace("__Host-", ""),
        Cookies::Empty => format!("{name}="),
    }
}

/// The page says what this code means, and nothing that came with the request.
pub(crate) fn assert_says(page: &Answer, error: &str, name: &str) {
    let sentence = InstallError::parse(error).sentence();
    assert!(page.text.contains(sentence), "{name}: {}", page.text);
    assert_eq!(page.text.matches("<script").count(), 1, "{name}");
    assert!(!page.text.contains("alert") && !page.text.contains("hunter2"), "{name}");
}

#[tokio::test]
async fn of_racing_popups_with_one_state_one_gets_through() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    let popup = world.at_slack("acme").await;
    let pages = futures::future::join_all((0..8).map(|_| world.back(&popup))).await;
    assert_eq!(pages.iter().filter(|page| page.status == StatusCode::OK).count(), 1);
    assert_eq!(world.slack.requests().len(), 1, "the code is used once");
    assert_eq!(world.rows("acme").await.len(), 1);
    assert_eq!(world.standing(&popup.id).await["state"], "completed", "the others leave it alone");
}

/// Tickets that open nothing; `{ticket}` is a good one, `{state}` a state at Slack.
const TICKETS: &[(&str, &str)] = &[
    ("none", ""),
    ("an empty one", "ticket="),
    ("one of another alphabet", "ticket=%22%3E%3Cscript%3Ealert(1)"),
    ("one that nobody issued", "ticket=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("a good one twice", "ticket={ticket}&ticket={ticket}"),
    ("a state", "ticket={state}"),
];

#[tokio::test]
async fn a_ticket_that_is_none_opens_nothing_and_harms_no_other() {
    let world = World::new().await;
    let (popup, (_, ticket)) = (world.at_slack("acme").await, world.begin("acme").await);
    let stored = world.memory.pass_keys();
    for (name, query) in TICKETS {
        let query = query.replace("{ticket}", &ticket).replace("{state}", &popup.state);
        let page = world.popup(&format!("/v1/slack/start?{query}"), "").await;
        assert_eq!((page.status, page.header("set-cookie")), (StatusCode::GONE, None), "{name}");
        assert!(page.text.contains("This link works once") && !page.text.contains("alert"), "{name}");
    }
    assert_eq!(world.memory.pass_keys(), stored);
    let first = world.popup(&format!("/v1/slack/start?ticket={ticket}"), "").await;
    let second = world.popup(&format!("/v1/slack/start?ticket={ticket}"), "").await;
    assert_eq!((first.status, second.status), (StatusCode::FOUND, StatusCode::GONE), "it works once");
}

#[tokio::test]
async fn a_ticket_is_too_old_after_ten_minutes() {
    let world = World::new().await;
    let (id, ticket) = world.begin("acme").await;
    world.memory.advance(Duration::from_secs(601));
    let page = world.popup(&format!("/v1/slack/start?ticket={ticket}"), "").await;
    assert_eq!(page.status, StatusCode::GONE);
    assert_eq!(world.standing(&id).await, json!({"state": "failed", "error": "expired"}));
    assert!(world.memory.pass_keys().is_empty());
}

#[tokio::test]
async fn an_installation_that_is_left_alone_expires() {
    let world = World::new().await;
    let (begun, popup) = (world.begin("acme").await.0, world.at_slack("acme").await);
    world.memory.advance(Duration::from_secs(11 * 60));
    for id in [&begun, &popup.id] {
        assert_eq!(world.standing(id).await, json!({"state": "failed", "error": "expired"}));
    }
}

#[tokio::test]
async fn tickets_states_and_cookies_are_stored_as_hashes() {
    let world = World::new().await;
    let (popup, (_, ticket)) = (world.at_slack("acme").await, world.begin("acme").await);
    let stored = format!("{:?}", world.memory.pass_keys());
    let secret = popup.cookie.split_once('=').unwrap().1;
    for secret in [popup.state.as_str(), popup.ticket.as_str(), ticket.as_str(), secret] {
        assert_eq!(secret.len(), 43);
        assert!(!stored.contains(secret));
    }
}
