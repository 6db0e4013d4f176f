//! The secrets of an installation into Slack: ticket, state, cookie and code on
//! its way, the app's own secret, and the URL that is posted to.

use std::time::Duration;

use e2e::answer::Answer;
use e2e::functions::Functions;
use local::{ExchangeFailure, SlackStandIn};
use serde_json::{Value, json};

use super::seen::Seen;

/// What an installation hands from hand to hand.
struct Way {
    id: String,
    secrets: Vec<String>,
    end: Answer,
}

async fn install(functions: &Functions, seen: &mut Seen) -> Way {
    let begun = functions.request("acme", "POST /v1/slack/installations", None).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    let part = |text: &str, name: &str| {
        let rest = text.split(&format!("{name}=")).nth(1).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let ticket = part(begun.body["startUrl"].as_str().unwrap(), "ticket");
    let to_slack = functions.request("", &format!("GET /v1/slack/start?ticket={ticket}"), None).await;
    assert_eq!(to_slack.status, 302, "{}", to_slack.text);
    let location = &to_slack.headers["location"];
    let state = part(location, "state");
    let cookie = to_slack.cookies[0].split(';').next().unwrap();
    let secret = cookie.split_once('=').unwrap().1.to_owned();
    let code = authorize(location).await;
    let route = format!("GET /v1/slack/callback?code={code}&state={state}");
    let end = functions.request_with("", &route, None, &[("cookie", cookie)]).await;
    let again = functions.request_with("", &route, None, &[("cookie", cookie)]).await;
    assert_eq!(again.status, 400);
    seen.answer("end page", &end);
    seen.answer("end page", &again);
    Way {
        id: begun.body["installationId"].as_str().unwrap().to_owned(),
        secrets: vec![ticket, state, secret, code],
        end,
    }
}

/// Presses Allow at Slack; the code.
async fn authorize(location: &str) -> String {
    let (page, query) = location.split_once('?').unwrap();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let allowed = client
        .unwrap()
        .post(page)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("{query}&team=T0ACME&channel=C0ACMEAUDIT&decision=allow"))
        .send()
        .await
        .unwrap();
    let back = allowed.headers()["location"].to_str().unwrap();
    back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

/// The URL, as it lies where it may: in the secret object of the webhook.
async fn stored_url(functions: &Functions) -> String {
    let names = functions.secret_names().await;
    let bundle: Value = serde_json::from_str(&functions.sqs.secret(&names[0]).await.unwrap()).unwrap();
    bundle["slackUrl"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_secret_of_an_installation_leaves_but_where_it_must() {
    let functions = Functions::start(&[("DELIVERY_DANGER_WAIT_FACTOR", "0.01"), ("RUST_LOG", "trace")]).await;
    let mut seen = Seen::default();
    let way = install(&functions, &mut seen).await;
    assert_eq!(way.end.status, 200, "{}", way.end.text);
    let url = stored_url(&functions).await;
    let event = json!({
        "version": 1, "kind": "auditEvent", "id": "1", "tenantId": "acme", "type": "findings.exported",
        "occurredAt": "2026-11-23T15:40:00Z", "actor": null, "details": { "projectId": "1" },
    });
    functions.dispatch("EventsQueue", &[event.to_string()]).await;
    assert_eq!(functions.slack.wait_for(1, Duration::from_secs(10)).await.len(), 1);

    functions.slack.fail_exchange(Some(ExchangeFailure::Code("bad_client_secret".to_owned())));
    let failed = install(&functions, &mut seen).await;
    assert_eq!(failed.end.status, 400);
    functions.slack.archive("C0ACMEAUDIT").unwrap();
    functions.dispatch("EventsQueue", &[event.to_string().replace("\"1\"", "\"2\"")]).await;
    for id in [&way.id, &failed.id] {
        let standing = functions.request("acme", &format!("GET /v1/slack/installations/{id}"), None).await;
        seen.answer("standing", &standing);
    }
    let listed = functions.request("acme", "GET /v1/webhooks?include=lastDelivery", None).await;
    assert_eq!(listed.body["items"][0]["status"]["reason"], "slack_channel_is_archived", "{}", listed.text);
    seen.answer("listed", &listed);
    seen.stores_and_output(&functions).await;

    let token = url.rsplit('/').next().unwrap();
    let secrets = [url.as_str(), token, SlackStandIn::CLIENT_SECRET];
    for secret in secrets.into_iter().chain(way.secrets.iter().chain(&failed.secrets).map(String::as_str)) {
        seen.assert_free_of(secret);
    }
    seen.assert_looked_at(&[
        "end page",
        "standing",
        "listed",
        "MainTable",
        "DeliveriesTable",
        "EventsQueue",
        "log",
    ]);
}
