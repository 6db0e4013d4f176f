//! The stand-in over HTTP, as the functions, a browser and a script meet it.

mod authorize;
mod exchange;
mod posting;
mod view;

use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);
const REDIRECT: &str = "http://localhost:8080/v1/slack/callback?a=b";
const CHANNEL: &str = "C0ACMEAUDIT";

/// A stand-in whose clock stands still, with a client.
struct Fixture {
    slack: SlackStandIn,
    millis: Arc<AtomicI64>,
    http: reqwest::Client,
}

impl Fixture {
    async fn start() -> Self {
        crate::http_client();
        let ca = Ca::new().unwrap();
        let millis = Arc::new(AtomicI64::new(1_800_000_000_000));
        let clock = Arc::clone(&millis);
        let clock = move || Timestamp::from_millisecond(clock.load(Ordering::Relaxed)).unwrap();
        let slack = SlackStandIn::start_with_clock(&ca, clock).await.unwrap();
        let root = reqwest::Certificate::from_pem(ca.pem().as_bytes()).unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([root]).redirect(Policy::none());
        let hooks = ([127, 0, 0, 1], slack.hooks_port()).into();
        Self { http: http.resolve(HOOKS_HOST, hooks).build().unwrap(), slack, millis }
    }

    fn pass(&self, time: Duration) {
        self.millis.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    async fn decide(&self, fields: &[(&str, &str)]) -> reqwest::Response {
        let url = format!("{}/oauth/v2/authorize", self.slack.url());
        self.http.post(url).headers(form_type()).body(form(fields)).send().await.unwrap()
    }

    /// A code for the channel, as a browser would bring it back.
    async fn code(&self) -> String {
        let answer = self.decide(&asking(&[("decision", "allow")])).await;
        let url = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        code.unwrap()
    }

    /// The answer of the exchange.
    async fn exchange(&self, code: &str) -> Value {
        let fields = [("code", code), ("redirect_uri", REDIRECT)];
        let request = self.exchange_request().basic_auth(SlackStandIn::CLIENT_ID, secret());
        let answer = request.headers(form_type()).body(form(&fields)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        json_of(answer).await
    }

    fn exchange_request(&self) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/api/oauth.v2.access", self.slack.url()))
    }

    async fn post(&self, url: &str, body: &Value) -> (u16, String) {
        let request = self.http.post(url).header("content-type", "application/json; charset=UTF-8");
        read(request.body(body.to_string()).send().await.unwrap()).await
    }

    async fn get(&self, path: &str, accept: &str) -> (u16, String) {
        let url = format!("{}{path}", self.slack.url());
        read(self.http.get(url).header("accept", accept).send().await.unwrap()).await
    }

    async fn put(&self, path: &str, body: &str) -> u16 {
        let url = format!("{}{path}", self.slack.url());
        self.http.put(url).body(body.to_owned()).send().await.unwrap().status().as_u16()
    }

    /// Presses a button.
    async fn press(&self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let request = self.http.post(format!("{}{path}", self.slack.url())).headers(form_type());
        request.body(form(fields)).send().await.unwrap().status().as_u16()
    }

    async fn json(&self) -> Value {
        serde_json::from_str(&self.get("/", "application/json").await.1).unwrap()
    }
}

async fn read(answer: reqwest::Response) -> (u16, String) {
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn json_of(answer: reqwest::Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

fn secret() -> Option<&'static str> {
    Some(SlackStandIn::CLIENT_SECRET)
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn form_type() -> reqwest::header::HeaderMap {
    [(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap())]
        .into_iter()
        .collect()
}

/// What the app asks for and the person chooses; fields of the same name replace it.
fn asking<'a>(others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("client_id", SlackStandIn::CLIENT_ID),
        ("scope", SCOPE),
        ("redirect_uri", REDIRECT),
        ("state", "s &<\"1"),
        ("team", "T0ACME"),
        ("channel", CHANNEL),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    kept.chain(others.iter().copied()).collect()
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}
