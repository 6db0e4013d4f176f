//! Installing into Slack, when all is well.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::attempt::SlackGone;
use domain::health::DisabledReason;
use domain::row::{Change, State};
use domain::tenant::Edition;
use domain::time::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::slack_app::{CLIENT_ID, CLIENT_SECRET};
use crate::slack_popup::granted;
use crate::unreliable::{Moment, Trap};
use crate::world::{PUBLIC_URL, World, token};

#[tokio::test]
async fn a_channel_becomes_a_webhook_that_gets_all_events() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    let popup = world.at_slack("acme").await;
    assert_eq!(world.standing(&popup.id).await, json!({"state": "pending"}));
    let page = world.back(&popup).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);

    let list = world.get("/v1/webhooks").send().await.body;
    insta::assert_json_snapshot!("slack_webhook", list["items"]);
    let id = list["items"][0]["id"].clone();
    assert_eq!(world.standing(&popup.id).await, json!({"state": "completed", "webhookId": id}));
    let event: Value = serde_json::from_str(&world.memory.sent_events()[0]).unwrap();
    assert_eq!((&event["type"], &event["actor"]["accountId"]), (&json!("webhook.created"), &json!("u1")));
    assert_eq!(event["details"], json!({"webhookId": id, "displayName": "#audit (Acme)", "kind": "slack"}));
}

#[tokio::test]
async fn the_code_is_exchanged_as_slack_wants_it() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    let popup = world.at_slack("acme").await;
    world.back(&popup).await;
    let requests = world.slack.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /api/oauth.v2.access HTTP/1.1\r\n"), "{head}");
    let account = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    assert!(head.contains(&format!("authorization: Basic {account}")), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let redirect = format!("{PUBLIC_URL}/v1/slack/callback");
    let expected = [("code", "c0de"), ("redirect_uri", redirect.as_str())];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn the_end_page_names_both_ends_and_runs_no_script_but_its_own() {
    let world = World::new().await;
    world.slack_grants(&granted("<b>Acme</b>{nonce}", "audit"));
    let mut grant = granted("Acme", "audit");
    grant["team"]["name"] = json!("<b>Acme</b>{nonce}");
    world.slack_grants(&grant);
    let popup = world.at_slack("acme").await;
    let page = world.back(&popup).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let sentence = "Audit events of acme.atlassian.net go to #audit (&lt;b&gt;Acme&lt;/b&gt;{nonce}).";
    assert!(page.text.contains(sentence), "{}", page.text);
    let policy = page.header("content-security-policy").unwrap();
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(
        nonce.len() >= 22
            && policy.contains("default-src 'none'")
            && policy.contains("frame-ancestors 'none'")
    );
    assert_eq!(page.text.matches("<script").count(), 1);
    assert_eq!(page.text.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
    let cleared = page.header("set-cookie").unwrap();
    let name = popup.cookie.split('=').next().unwrap();
    assert_eq!(cleared, format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"));
    let other = world.back(&popup).await;
    assert_ne!(other.header("content-security-policy"), Some(policy), "another nonce each time");
}

#[tokio::test]
async fn the_same_channel_again_renews_its_webhook() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    world.back(&world.at_slack("acme").await).await;
    let first = world.rows("acme").await.remove(0);
    let id = first.key.webhook.to_string();
    let renamed = world.patch(&id, &json!({"displayName": "Ours", "eventTypes": ["findings.exported"]}));
    assert_eq!(renamed.send().await.status, StatusCode::OK);

    let mut again = granted("Acme", "audit");
    again["incoming_webhook"]["channel"] = json!("#audit-log");
    again["incoming_webhook"]["url"] = json!("https://hooks.slack.com/services/T0/B1/hunter2-new");
    world.slack_grants(&again);
    let popup = world.at_slack("acme").await;
    assert_eq!(world.back(&popup).await.status, StatusCode::OK);
    assert_eq!(world.standing(&popup.id).await, json!({"state": "completed", "webhookId": id}));
    let rows = world.rows("acme").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].settings.display_name.as_str(), "Ours");
    assert_eq!(rows[0].settings.target.slack().unwrap().channel.name, "#audit-log");
    assert_eq!(world.memory.bundle_names(), [rows[0].bundle.clone().unwrap()], "the old URL is gone");
    let bundle = world.memory.ports().secrets.read(rows[0].bundle.as_ref().unwrap()).await.unwrap();
    assert!(bundle.slack_url.as_ref().unwrap().secret().expose().ends_with("hunter2-new"));
    let updated = world.memory.sent_events().pop().unwrap();
    let updated: Value = serde_json::from_str(&updated).unwrap();
    assert_eq!(updated["details"]["changedFields"], json!(["slack"]));
}

#[tokio::test]
async fn other_channels_and_workspaces_get_webhooks_of_their_own() {
    let world = World::new().await;
    for (team, channel) in [("Acme", "audit"), ("Acme", "security"), ("Globex", "audit")] {
        world.slack_grants(&granted(team, channel));
        assert_eq!(world.back(&world.at_slack("acme").await).await.status, StatusCode::OK);
    }
    world.slack_grants(&granted("Acme", "audit"));
    assert_eq!(world.back(&world.at_slack("other").await).await.status, StatusCode::OK);
    assert_eq!((world.rows("acme").await.len(), world.rows("other").await.len()), (3, 1));
}

#[tokio::test]
async fn a_disabled_webhook_becomes_active_and_a_paused_one_stays_paused() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    world.back(&world.at_slack("acme").await).await;
    let row = world.rows("acme").await.remove(0);
    let archived = DisabledReason::Slack(SlackGone::ChannelIsArchived);
    let change = async |change| {
        let done = world.memory.ports().webhooks.update(&row.key, &[], &[change]).await;
        assert!(done.is_ok());
    };
    change(Change::Disable(archived, world.now())).await;
    let shown = world.get(&format!("/v1/webhooks/{}", row.key.webhook)).send().await.body;
    assert_eq!(shown["status"]["reason"], "slack_channel_is_archived");
    let text = shown["status"]["reasonText"].as_str().unwrap();
    assert!(text.starts_with("The channel #audit was archived: unarchive it or install again"), "{text}");

    world.memory.advance(Duration::from_secs(60));
    world.back(&world.at_slack("acme").await).await;
    let renewed = world.rows("acme").await.remove(0);
    assert_eq!(renewed.state().0, State::Active);
    assert_eq!(renewed.held_before, Some(world.now()), "what was held stays held");
    change(Change::Pause(world.now())).await;
    world.back(&world.at_slack("acme").await).await;
    assert_eq!(world.rows("acme").await.remove(0).state().0, State::Paused);
}

#[tokio::test]
async fn a_webhook_that_is_disabled_while_its_channel_is_installed_again_becomes_active() {
    for (meanwhile, state) in [
        (Change::Disable(DisabledReason::Gone, Timestamp::from_millis(0)), State::Active),
        (Change::Pause(Timestamp::from_millis(0)), State::Paused),
    ] {
        let trap = Trap::new(Moment::Before);
        let world = World::over(|ports| trap.over(ports)).await;
        world.slack_grants(&granted("Acme", "audit"));
        world.back(&world.at_slack("acme").await).await;
        let popup = world.at_slack("acme").await;
        trap.intrude(vec![meanwhile]);
        assert_eq!(world.back(&popup).await.status, StatusCode::OK);
        assert_eq!(world.rows("acme").await.remove(0).state().0, state);
        let updated = world.memory.sent_events().pop().unwrap();
        let fields = if state == State::Active { json!(["slack", "enabled"]) } else { json!(["slack"]) };
        let updated: Value = serde_json::from_str(&updated).unwrap();
        assert_eq!(updated["details"]["changedFields"], fields);
    }
}

#[tokio::test]
async fn a_failing_webhook_is_probed_at_once_after_its_renewal() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    world.back(&world.at_slack("acme").await).await;
    let row = world.rows("acme").await.remove(0);
    world.memory.ports().webhooks.update(&row.key, &[], &[Change::Failing(world.now())]).await.unwrap();
    world.back(&world.at_slack("acme").await).await;
    let wake = world.rows("acme").await.remove(0).wake.unwrap();
    assert_eq!((wake.at, wake.busy), (world.now(), false));
    assert!(world.memory.sent_deliveries()[0].message.contains(wake.token.as_str()));
}

#[tokio::test]
async fn racing_installations_of_one_channel_make_one_webhook() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    let mut popups = Vec::new();
    for _ in 0..6 {
        popups.push(world.at_slack("acme").await);
    }
    let pages = futures::future::join_all(popups.iter().map(|popup| world.back(popup))).await;
    assert!(pages.iter().all(|page| page.status == StatusCode::OK));
    let rows = world.rows("acme").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(world.memory.bundle_names(), [rows[0].bundle.clone().unwrap()]);
    for popup in &popups {
        assert_eq!(world.standing(&popup.id).await["webhookId"], json!(rows[0].key.webhook));
    }
}

#[tokio::test]
async fn two_tabs_of_one_browser_do_not_take_each_other_s_cookie() {
    let world = World::new().await;
    let (one, other) = (world.at_slack("acme").await, world.at_slack("acme").await);
    let both = format!("{}; {}", one.cookie, other.cookie);
    for (popup, channel) in [(one, "audit"), (other, "security")] {
        world.slack_grants(&granted("Acme", channel));
        let query = format!("/v1/slack/callback?code=c0de&state={}", popup.state);
        assert_eq!(world.popup(&query, &both).await.status, StatusCode::OK);
    }
    assert_eq!(world.rows("acme").await.len(), 2);
}

#[tokio::test]
async fn a_full_tenant_can_renew_but_not_add() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    world.back(&world.at_slack("acme").await).await;
    for number in 1..50 {
        world.webhook(&json!({"displayName": format!("{number}")})).await;
    }
    let renewed = world.at_slack("acme").await;
    assert_eq!(world.back(&renewed).await.status, StatusCode::OK);
    assert_eq!(world.standing(&renewed.id).await["state"], "completed");
    assert_eq!(world.rows("acme").await.len(), 50);
}

#[tokio::test]
async fn an_installation_is_its_tenant_s_and_needs_an_admin_with_a_license() {
    let world = World::new().await;
    let (id, _) = world.begin("acme").await;
    let path = format!("/v1/slack/installations/{id}");
    let post = || world.post("/v1/slack/installations");
    let other = world.get(&path).token(&token("other", "u1", "admin")).send().await;
    assert_eq!(other.problem(), (404, "not_found"));
    for unknown in ["si_01ARYZ6S410000000000000000", "x", "%ff"] {
        let answer = world.get(&format!("/v1/slack/installations/{unknown}")).send().await;
        assert_eq!(answer.problem(), (404, "not_found"), "{unknown}");
    }
    let user = token("acme", "u1", "user");
    for call in [post(), world.get(&path)] {
        assert_eq!(call.token(&user).send().await.problem(), (403, "not_admin"));
    }
    for call in [post(), world.get(&path)] {
        assert_eq!(call.without("authorization").send().await.problem(), (401, "unauthorized"));
    }
    world.set_edition("acme", Edition::Standard).await;
    assert_eq!(post().send().await.problem(), (403, "license_required"));
    assert_eq!(world.standing(&id).await, json!({"state": "pending"}));
    world.remove_tenant("acme").await;
    assert_eq!(post().send().await.problem(), (403, "license_required"));
    assert_eq!(world.get(&path).send().await.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_head_request_uses_nothing_up() {
    let world = World::new().await;
    world.slack_grants(&granted("Acme", "audit"));
    let (_, ticket) = world.begin("acme").await;
    let popup = world.at_slack("acme").await;
    for path in [
        format!("/v1/slack/start?ticket={ticket}"),
        format!("/v1/slack/callback?code=c0de&state={}", popup.state),
    ] {
        for method in [Method::HEAD, Method::POST] {
            let request = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
            let answer = world.router().oneshot(request).await.unwrap();
            let is_told = answer.headers().contains_key("allow");
            assert_eq!((answer.status(), is_told), (StatusCode::METHOD_NOT_ALLOWED, true), "{path}");
        }
    }
    assert_eq!(world.memory.pass_keys().len(), 2);
    assert_eq!(world.back(&popup).await.status, StatusCode::OK);
}
