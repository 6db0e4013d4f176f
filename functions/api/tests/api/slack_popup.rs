//! A person who installs into Slack, step by step, as their browser does it.

use axum::http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use crate::slack_app::CLIENT_ID;
use crate::world::{Answer, PUBLIC_URL, World, token};

/// A popup that was sent to Slack.
pub(crate) struct Popup {
    /// The installation's id.
    pub(crate) id: String,
    /// The ticket, used up.
    pub(crate) ticket: String,
    /// The state that Slack brings back.
    pub(crate) state: String,
    /// The browser's cookie, `name=value`.
    pub(crate) cookie: String,
}

/// What Slack hands out for this channel.
pub(crate) fn granted(team: &str, channel: &str) -> Value {
    json!({
        "ok": true, "access_token": "hunter2-access-token", "scope": "incoming-webhook",
        "team": {"id": format!("T0{}", team.to_uppercase()), "name": team}, "enterprise": null,
        "incoming_webhook": {
            "channel": format!("#{channel}"), "channel_id": format!("C0{}", channel.to_uppercase()),
            "configuration_url": format!("https://{team}.slack.com/services/B0HOOK"),
            "url": format!("https://hooks.slack.com/services/T0/B0/hunter2-{channel}"),
        },
    })
}

impl World {
    /// Slack hands this out from now on.
    pub(crate) fn slack_grants(&self, granted: &Value) {
        self.slack.answer("200 OK\r\ncontent-type: application/json", &granted.to_string());
    }

    /// An installation of this tenant; its id and its ticket.
    pub(crate) async fn begin(&self, tenant: &str) -> (String, String) {
        let begun = self.post("/v1/slack/installations").token(&token(tenant, "u1", "admin")).send().await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
        let id = begun.body["installationId"].as_str().unwrap().to_owned();
        assert_eq!(begun.header("location"), Some(format!("/v1/slack/installations/{id}").as_str()));
        let start = begun.body["startUrl"].as_str().unwrap();
        let ticket = start.strip_prefix(&format!("{PUBLIC_URL}/v1/slack/start?ticket=")).unwrap();
        (id, ticket.to_owned())
    }

    /// A request of the popup's, with these cookies.
    pub(crate) async fn popup(&self, path_and_query: &str, cookies: &str) -> Answer {
        let call = self.get(path_and_query).without("authorization");
        let answer = if cookies.is_empty() { call } else { call.header("cookie", cookies) }.send().await;
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        answer
    }

    /// A popup of this tenant's admin, at Slack.
    pub(crate) async fn at_slack(&self, tenant: &str) -> Popup {
        let (id, ticket) = self.begin(tenant).await;
        let to_slack = self.popup(&format!("/v1/slack/start?ticket={ticket}"), "").await;
        assert_eq!(to_slack.status, StatusCode::FOUND, "{}", to_slack.text);
        let location: Url = to_slack.header("location").unwrap().parse().unwrap();
        let query: Vec<(String, String)> = location.query_pairs().into_owned().collect();
        let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["client_id", "scope", "redirect_uri", "state"]);
        assert_eq!((query[0].1.as_str(), query[1].1.as_str()), (CLIENT_ID, "incoming-webhook"));
        assert_eq!(query[2].1, format!("{PUBLIC_URL}/v1/slack/callback"));
        assert_eq!(location.path(), "/oauth/v2/authorize");
        let set_cookie = to_slack.header("set-cookie").unwrap();
        let cookie = set_cookie.split(';').next().unwrap().to_owned();
        Popup { id, ticket, state: query[3].1.clone(), cookie }
    }

    /// Slack sends the popup back.
    pub(crate) async fn back(&self, popup: &Popup) -> Answer {
        let state = &popup.state;
        self.popup(&format!("/v1/slack/callback?code=c0de&state={state}"), &popup.cookie).await
    }

    /// How an installation of `acme` stands.
    pub(crate) async fn standing(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/slack/installations/{id}")).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.body
    }
}
