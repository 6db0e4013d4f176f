//! Additional headers and the authorization at the door: nothing passes that
//! could end a header and begin another one, take the place of a header of
//! ours, or be too large.

mod refused;

use serde_json::{Value, json};

use self::refused::{BAD_AUTHORIZATIONS, BAD_NAMES, BAD_VALUES, RESERVED};
use crate::world::{URL, World};

/// Part of the values that are refused; no answer may repeat it.
const CANARY: &str = "hunter2";

fn one(name: &str, value: &str) -> Value {
    json!([{"name": name, "value": value}])
}

/// So many headers with values of these lengths; a name has 4 bytes.
fn many(lengths: &[usize]) -> Value {
    let line = |(place, length): (usize, &usize)| json!({"name": format!("x-{place:02}"), "value": "v".repeat(*length)});
    lengths.iter().enumerate().map(line).collect()
}

fn refused() -> Vec<(Value, String)> {
    let mut cases = Vec::new();
    let mut add = |field: &str, value: Value, expected: &str| {
        cases.push((json!({field: value}), expected.to_owned()));
    };
    for name in BAD_NAMES {
        add("headers", one(name, "v"), "/headers/0/name invalid_header");
    }
    for value in BAD_VALUES {
        add("headers", one("X-A", value), "/headers/0/value invalid_header");
    }
    for name in RESERVED.iter().flatten() {
        add("headers", one(name, "v"), "/headers/0/name reserved_header");
    }
    for text in BAD_AUTHORIZATIONS {
        add("authorization", json!(text), "/authorization invalid_authorization");
    }
    add("authorization", json!(format!("B {}", "x".repeat(4_095))), "/authorization invalid_authorization");
    add("headers", many(&[1; 21]), "/headers invalid_header");
    add("headers", one(&"x".repeat(129), "v"), "/headers/0/name invalid_header");
    add("headers", one("X-A", &"v".repeat(4_097)), "/headers/0/value invalid_header");
    // The names count 20 bytes, and 16 in the second case.
    add("headers", many(&[4_096, 4_096, 4_096, 4_070, 7]), "/headers invalid_header");
    add("headers", many(&[4_096, 4_096, 4_096, 4_081]), "/headers invalid_header");
    let twice =
        json!([{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}, {"name": "X-B", "value": "3"}]);
    add("headers", twice, "/headers/1/name invalid_header");
    let each = json!([{"name": "Host", "value": "a\nb"}, {"name": "X-A", "value": "v"}, {"name": "X-A ", "value": ""}]);
    let all = "/headers/0/name reserved_header, /headers/0/value invalid_header, \
               /headers/2/name invalid_header, /headers/2/value invalid_header";
    add("headers", each, all);
    cases
}

#[tokio::test]
async fn no_header_is_injected_takes_a_place_of_ours_or_is_too_large() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let cases = refused();
    assert!(cases.len() >= 180, "{}", cases.len());
    for (fields, expected) in cases {
        let expected: Vec<&str> = expected.split(", ").collect();
        let mut body = json!({"displayName": "n", "url": URL});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        for answer in [world.create(&body).send().await, world.patch(&id, &fields).send().await] {
            assert_eq!(answer.faults(), expected, "{fields}");
            assert!(!answer.text.contains(CANARY), "{}", answer.text);
        }
    }
    assert_eq!(world.rows("acme").await.len(), 1);
    assert_eq!(world.row(&id).await.version, 1);
    assert!(world.memory.bundle_names().is_empty());
}

/// Names that are close to a reserved one, and all that a token may hold.
const GOOD_NAMES: &[&str] = &[
    "Content-Type",
    "content-encoding",
    "Accept",
    "Set-Cookie",
    "Cookie2",
    "Hosts",
    "X-Host",
    "X-Authorization",
    "Authorization-Info",
    "Dates",
    "TEx",
    "Trailers",
    "Expectation",
    "Upgrade-Insecure-Requests",
    "Keep-Alives",
    "Connections",
    "User-Agents",
    "Proxy",
    "Proxied-By",
    "X-Proxy-Id",
    "X-Soteri",
    "X-Soterix-A",
    "Webhook",
    "Webhooks-Id",
    "X-Webhook-Id",
    "X-Amz",
    "X-Amzn-Trace-Id",
    "X-Goog-Date",
    "!#$%&'*+-.^_`|~",
    "0",
];

#[tokio::test]
async fn headers_up_to_each_limit_pass_as_they_are() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let mut lists: Vec<Value> = GOOD_NAMES.iter().map(|name| one(name, "v")).collect();
    lists.extend(
        ["a b", "a  b", "!\"#~", "{\"a\": [1]}", "a:b,c;d=e", "\\r\\n", "%0d%0a"]
            .map(|value| one("X-A", value)),
    );
    lists.extend([one(&"x".repeat(128), "v"), one("X-A", &"v".repeat(4_096)), many(&[1; 20])]);
    lists.extend([many(&[4_096, 4_096, 4_096, 4_080]), many(&[4_096, 4_096, 4_096, 4_070, 6]), json!([])]);
    for list in lists {
        let answer = world.patch(&id, &json!({"headers": list})).send().await;
        assert_eq!(answer.status, 200, "{list}: {}", answer.text);
        let shown = answer.body["headers"].as_array().unwrap();
        for (line, given) in shown.iter().zip(list.as_array().unwrap()) {
            assert_eq!(line["name"], given["name"]);
            assert!(line["secret"] == true || line["value"] == given["value"], "{line}");
        }
        assert_eq!(shown.len(), list.as_array().unwrap().len());
    }
}

#[tokio::test]
async fn authorizations_up_to_the_limit_pass_and_show_their_scheme() {
    let world = World::new().await;
    let id = world.webhook(&json!({})).await;
    let longest = format!("B {}", "x".repeat(4_094));
    for (text, scheme) in [
        ("Bearer hunter2", "Bearer"),
        ("bearer hunter2", "bearer"),
        ("Splunk 11111111-2222-3333-4444-555555555555", "Splunk"),
        ("Basic dXNlcjpodW50ZXIy", "Basic"),
        ("SharedAccessSignature sr=https%3a%2f%2fns&sig=a%3D&se=1&skn=Root", "SharedAccessSignature"),
        ("Digest username=\"a\", realm=\"b c\"", "Digest"),
        ("!#$%&'*+-.^_`|~ hunter2", "!#$%&'*+-.^_`|~"),
        ("x y  z", "x"),
        (longest.as_str(), "B"),
    ] {
        let answer = world.patch(&id, &json!({"authorization": text})).send().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["authorization"]),
            (200, &json!({"scheme": scheme})),
            "{text}"
        );
        assert!(!answer.text.contains(CANARY));
    }
}
