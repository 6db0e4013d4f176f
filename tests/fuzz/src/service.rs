//! The API over memory, with an issuer of tokens whose key everybody has.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, OnceLock};

use api::auth::Authenticator;
use api::outbound::Outbound;
use api::page::Page;
use api::slack::Slack;
use api::{Api, Rules, router};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::memory::Memory;
use domain::ports::{BundleError, SlackApp, SlackAppAccount};
use domain::secret::SecretText;
use domain::tenant::Edition;
use domain::time::Timestamp;
use domain::webhook::host::AllowedSuffixes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::settings::AuthSettings;
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const NOW: &str = "2026-11-23T15:40:00Z";
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "webhooks";

/// The example key of RFC 7517, appendix A.1.
const JWKS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","use":"sig",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
/// Its private half, of appendix A.2, as PKCS #8.
const PRIVATE_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAGhRANCAAQwoEJM0hwpRIOKLXXJKzfnbqINnwCJOjtO7oo8Cq/sPuBLZekkVtmIi1Kzeb371R7oae8fD8ZbZllpW2zOCBcj";

/// What a browser sends to `/v1/slack/callback`: without an installation that has begun
/// it is always the page that says so.
pub fn callback(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else { return };
    let Ok(uri) = format!("/v1/slack/callback?{query}").parse::<Uri>() else { return };
    let answer = service().ask(Request::get(uri).body(Body::empty()).expect("a request"));
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.headers[CONTENT_TYPE], "text/html; charset=utf-8");
}

/// A token. A JSON object is the claims of one that the issuer has signed; anything else
/// is the header's value, which nobody has signed.
pub fn token(bytes: &[u8]) {
    match serde_json::from_slice(bytes) {
        Ok(claims @ Value::Object(_)) => signed(&claims),
        Ok(_) | Err(_) => forged(bytes),
    }
}

/// Only what the claims say is believed.
fn signed(claims: &Value) {
    let key = BASE64_STANDARD.decode(PRIVATE_KEY).expect("Base64");
    let header = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key)).expect("a token");
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header's value");
    let answer = service().show_tenant(value);
    match answer.status {
        StatusCode::OK => {
            let now = Timestamp::parse(NOW).expect("a time").as_millis() as f64;
            assert_eq!(claims["iss"], ISSUER);
            assert!(claims["exp"].as_f64().is_some_and(|end| end * 1_000.0 > now));
            assert_eq!(answer.body["id"], claims["tenant"]);
            assert!(claims["role"] == "admin" || claims["role"].as_array().is_some());
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {}
        other => panic!("{other}"),
    }
}

/// Whoever has no signature is nobody.
fn forged(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let answer = service().show_tenant(value);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.headers.contains_key(WWW_AUTHENTICATE));
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

struct Service {
    runtime: Runtime,
    router: Router,
}

impl Service {
    fn start() -> Self {
        let settings = AuthSettings {
            issuer: ISSUER.to_owned(),
            jwks_url: publish_keys().parse().expect("a URL"),
            audience: AUDIENCE.to_owned(),
            tenant_claim: "/tenant".to_owned(),
            user_claim: "/sub".to_owned(),
            admin_claim: "/role".to_owned(),
            admin_value: "admin".to_owned(),
        };
        let outbound = Outbound::new().expect("a client");
        let rules =
            Rules { default_edition: Edition::Advanced, allowed_suffixes: AllowedSuffixes::default() };
        // No code gets so far that Slack would be asked.
        let (slack_url, public_url) = ("http://127.0.0.1:1/", "https://webhooks.example.com");
        let (slack_url, public_url) = (slack_url.parse().expect("a URL"), public_url.parse().expect("a URL"));
        let slack = Slack::new(outbound.clone(), Arc::new(NoApp), &slack_url, &public_url);
        let ports = Memory::new(Timestamp::parse(NOW).expect("a time"), 7).ports();
        let api = Api::new(ports, Authenticator::new(settings, outbound), slack, Page::new(&[], &[]), rules);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { runtime, router: router(api) }
    }

    fn show_tenant(&self, authorization: HeaderValue) -> Answer {
        let request = Request::get("/v1/tenant").header(AUTHORIZATION, authorization);
        self.ask(request.body(Body::empty()).expect("a request"))
    }

    fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            let (parts, body) = response.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("a body");
            let body = serde_json::from_slice(&bytes).unwrap_or_default();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }
}

fn service() -> &'static Service {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    SERVICE.get_or_init(Service::start)
}

/// Answers whoever asks with the keys; the address.
fn publish_keys() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            // The request is short, and what it says is known.
            let read = stream.read(&mut [0; 4_096]);
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length";
            let written = write!(stream, "{head}: {}\r\n\r\n{JWKS}", JWKS.len());
            assert!(read.is_ok() && written.is_ok());
        }
    });
    format!("http://{address}/")
}

struct NoApp;

#[async_trait]
impl SlackApp for NoApp {
    async fn account(&self) -> Result<Arc<SlackAppAccount>, BundleError> {
        let client_secret = SecretText::new("a secret".to_owned());
        Ok(Arc::new(SlackAppAccount { client_id: "1.2".to_owned(), client_secret }))
    }

    fn forget(&self) {}
}
