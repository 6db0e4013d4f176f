//! A webhook that moves to another origin takes no stored credential with it:
//! whoever may edit a webhook could otherwise read them at a receiver of their own.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::interleavings::{Chance, Request, in_turns, interleave};
use crate::world::{URL, World};

/// Ways to another origin. The scheme is always https.
const AWAY: &[(&str, &str)] = &[
    ("another host", "https://hec.example.org:8088/services/collector/raw"),
    ("a host above", "https://example.com:8088/services/collector/raw"),
    ("a host below", "https://a.hec.example.com:8088/services/collector/raw"),
    ("another port", "https://hec.example.com:8089/services/collector/raw"),
    ("the default port", "https://hec.example.com/services/collector/raw"),
    ("host and port", "https://evil.example.net/"),
];

/// Spellings and paths of the same origin.
const HERE: &[(&str, &str)] = &[
    ("the same", URL),
    ("another path", "https://hec.example.com:8088/elsewhere?x=1"),
    ("no path", "https://hec.example.com:8088"),
    ("capitals", "HTTPS://HEC.Example.COM:8088/services/collector/raw"),
    ("zeros before the port", "https://hec.example.com:08088/"),
];

const SIGNING: &str = "hunter2-signing-secret";

/// What is stored before the move; every value says `old`.
#[derive(Clone, Copy, Debug)]
struct Stored {
    authorization: bool,
    secret_header: bool,
    plain_header: bool,
}

impl Stored {
    fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|bits| Self {
            authorization: bits & 1 != 0,
            secret_header: bits & 2 != 0,
            plain_header: bits & 4 != 0,
        })
    }

    fn has_headers(self) -> bool {
        self.secret_header || self.plain_header
    }

    fn fields(self) -> Value {
        let mut headers = Vec::new();
        if self.secret_header {
            headers.push(json!({"name": "X-Key", "value": "hunter2-old-key"}));
        }
        if self.plain_header {
            headers.push(json!({"name": "X-Source", "value": "old-source"}));
        }
        let authorization = self.authorization.then_some("Splunk hunter2-old");
        json!({"headers": headers, "authorization": authorization, "signingSecrets": [{"value": SIGNING}]})
    }
}

/// What the move says of the authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Authorization {
    Anew,
    Null,
    LeftOut,
}

/// What the move says of the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Headers {
    Anew,
    /// Others than before.
    Others,
    Empty,
    Null,
    LeftOut,
    /// The secret one without its value.
    Kept,
    /// As `Kept`, behind a new one, in another spelling.
    KeptBehind,
}

const AUTHORIZATIONS: [Authorization; 3] = [Authorization::Anew, Authorization::Null, Authorization::LeftOut];
const HEADERS: [Headers; 7] = [
    Headers::Anew,
    Headers::Others,
    Headers::Empty,
    Headers::Null,
    Headers::LeftOut,
    Headers::Kept,
    Headers::KeptBehind,
];

const NEW_AUTHORIZATION: &str = "Bearer hunter2-new";

fn patch(url: &str, authorization: Authorization, headers: Headers) -> Value {
    let mut patch = json!({"url": url});
    match authorization {
        Authorization::Anew => patch["authorization"] = json!(NEW_AUTHORIZATION),
        Authorization::Null => patch["authorization"] = Value::Null,
        Authorization::LeftOut => {}
    }
    let source = json!({"name": "X-Source", "value": "new-source"});
    match headers {
        Headers::Anew => patch["headers"] = json!([{"name": "X-Key", "value": "hunter2-new-key"}, source]),
        Headers::Others => patch["headers"] = json!([{"name": "X-Token", "value": "hunter2-new-token"}]),
        Headers::Empty => patch["headers"] = json!([]),
        Headers::Null => patch["headers"] = Value::Null,
        Headers::LeftOut => {}
        Headers::Kept => patch["headers"] = json!([{"name": "X-Key", "secret": true}]),
        Headers::KeptBehind => patch["headers"] = json!([source, {"name": "x-kEY", "secret": true}]),
    }
    patch
}

/// What a move must be refused for.
fn missing(stored: Stored, authorization: Authorization, headers: Headers) -> Vec<String> {
    let mut missing = Vec::new();
    if stored.authorization && authorization == Authorization::LeftOut {
        missing.push("/authorization credentials_required".to_owned());
    }
    match headers {
        Headers::LeftOut if stored.has_headers() => missing.push("/headers credentials_required".to_owned()),
        Headers::Kept => missing.push("/headers/0 credentials_required".to_owned()),
        Headers::KeptBehind => missing.push("/headers/1 credentials_required".to_owned()),
        Headers::LeftOut | Headers::Anew | Headers::Others | Headers::Empty | Headers::Null => {}
    }
    missing
}

/// Every value that a request to the receiver would carry: of the authorization, and of each header.
async fn sent(world: &World, id: &str) -> (Option<String>, Vec<String>) {
    let row = world.row(id).await;
    let bundle = world.memory.ports().secrets.read(&row.bundle.unwrap()).await.unwrap();
    let signing: Vec<_> = bundle.signing_secrets.iter().map(|(_, key)| key.secret().expose()).collect();
    assert_eq!(signing, [SIGNING], "signing secrets may stay");
    let headers = row.settings.headers.iter().map(|line| match &line.value {
        Some(plain) => plain.clone(),
        None => bundle.header(&line.name).unwrap().expose().to_owned(),
    });
    (bundle.authorization.as_ref().map(|value| value.expose().to_owned()), headers.collect())
}

fn given(authorization: Authorization, headers: Headers) -> (Option<String>, Vec<String>) {
    let headers: &[&str] = match headers {
        Headers::Anew => &["hunter2-new-key", "new-source"],
        Headers::Others => &["hunter2-new-token"],
        Headers::Empty | Headers::Null | Headers::LeftOut | Headers::Kept | Headers::KeptBehind => &[],
    };
    let is_given = authorization == Authorization::Anew;
    (is_given.then(|| NEW_AUTHORIZATION.to_owned()), headers.iter().map(|&value| value.to_owned()).collect())
}

/// Every move of a webhook with these credentials; how many there were.
async fn try_moves(world: &World, stored: Stored) -> usize {
    let mut cases = 0;
    for (name, url) in AWAY {
        for authorization in AUTHORIZATIONS {
            for headers in HEADERS {
                let keeps = matches!(headers, Headers::Kept | Headers::KeptBehind);
                if keeps && !stored.secret_header {
                    continue;
                }
                let at = format!("{name}, {stored:?}, authorization {authorization:?}, headers {headers:?}");
                try_move(world, stored, url, (authorization, headers), &at).await;
                cases += 1;
            }
        }
    }
    cases
}

async fn try_move(
    world: &World,
    stored: Stored,
    url: &str,
    (authorization, headers): (Authorization, Headers),
    at: &str,
) {
    let id = world.webhook(&stored.fields()).await;
    let (before, held) = (sent(world, &id).await, world.memory.fingerprint());
    let answer = world.patch(&id, &patch(url, authorization, headers)).send().await;
    let missing = missing(stored, authorization, headers);
    if missing.is_empty() {
        assert_eq!(
            (answer.status, &answer.body["url"]),
            (StatusCode::OK, &json!(url)),
            "{at}: {}",
            answer.text
        );
        let now = sent(world, &id).await;
        assert_eq!(now, given(authorization, headers), "{at}");
        assert!(!format!("{now:?}").contains("old"), "{at}");
        assert_eq!(world.memory.bundle_names(), [world.row(&id).await.bundle.unwrap()], "{at}");
    } else {
        assert_eq!(answer.faults(), missing, "{at}");
        assert_eq!(sent(world, &id).await, before, "{at}");
        assert_eq!(world.memory.fingerprint(), held, "{at}: a refused move changes nothing");
    }
    world.delete(&format!("/v1/webhooks/{id}")).header("if-match", "*").send().await;
}

#[tokio::test]
async fn no_stored_credential_moves_to_another_origin() {
    let mut cases = 0;
    for stored in Stored::all() {
        cases += try_moves(&World::new().await, stored).await;
    }
    assert!(cases >= 850, "{cases}");
}

#[tokio::test]
async fn within_the_same_origin_all_credentials_stay() {
    let world = World::new().await;
    let mut cases = 0;
    for stored in Stored::all() {
        for (name, url) in HERE {
            let id = world.webhook(&stored.fields()).await;
            let before = sent(&world, &id).await;
            let answer = world.patch(&id, &json!({"url": url})).send().await;
            assert_eq!(answer.status, StatusCode::OK, "{name}, {stored:?}: {}", answer.text);
            assert_eq!(sent(&world, &id).await, before, "{name}, {stored:?}");
            world.delete(&format!("/v1/webhooks/{id}")).header("if-match", "*").send().await;
            cases += 1;
        }
    }
    assert!(cases >= 40, "{cases}");
}

#[tokio::test]
async fn the_scheme_cannot_change_and_a_detour_leads_nowhere() {
    let world = World::new().await;
    let stored = Stored { authorization: true, secret_header: true, plain_header: true };
    let id = world.webhook(&stored.fields()).await;
    let before = sent(&world, &id).await;
    for url in ["http://hec.example.com:8088/", "wss://hec.example.com:8088/", "ftp://hec.example.com:8088/"]
    {
        let answer = world.patch(&id, &json!({"url": url})).send().await;
        assert!(answer.faults().contains(&"/url https_required".to_owned()), "{url}: {}", answer.text);
    }
    // Whatever else a move brings along, and whatever else is wrong with it.
    for more in [
        json!({"displayName": "n", "enabled": false, "format": "json", "eventTypes": ["*"]}),
        json!({"signingSecrets": []}),
        json!({"headers": [{"name": "X-Key", "secret": true}, {"name": "X-Key", "value": "v"}]}),
        json!({"authorization": "x", "headers": [{"name": "Host", "value": "v"}]}),
        json!({"authorization": 1, "headers": 1}),
    ] {
        let mut patch = json!({"url": AWAY[0].1});
        patch.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = world.patch(&id, &patch).send().await;
        assert!(!answer.faults().is_empty(), "{more}");
        assert_eq!((world.row(&id).await.version, sent(&world, &id).await), (1, before.clone()), "{more}");
    }
}

#[tokio::test]
async fn a_move_that_comes_behind_new_credentials_is_judged_anew() {
    let (world, mut refused) = (in_turns().await, 0);
    for seed in 0..100 {
        let id = world.webhook(&json!({})).await;
        let moving: Request<'_> = Box::pin(world.patch(&id, &json!({"url": AWAY[0].1})).send());
        let storing: Request<'_> =
            Box::pin(world.patch(&id, &json!({"authorization": NEW_AUTHORIZATION})).send());
        let (answers, order) = interleave(&mut Chance(seed), vec![moving, storing]).await;
        assert_eq!(answers[1].status, StatusCode::OK, "{order:?}");
        if answers[0].status == StatusCode::OK {
            assert_eq!(
                answers[1].header("etag"),
                Some("\"3\""),
                "{order:?}: they were stored after the move"
            );
        } else {
            assert_eq!(answers[0].faults(), ["/authorization credentials_required"], "{order:?}");
            assert_eq!(world.row(&id).await.settings.target.url().unwrap().as_str(), URL, "{order:?}");
            refused += 1;
        }
        world.delete(&format!("/v1/webhooks/{id}")).header("if-match", "*").send().await;
    }
    assert!((10..=90).contains(&refused), "{refused}");
}
