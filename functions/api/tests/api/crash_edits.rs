//! Edits of secrets in which one call fails: before and after the retry, the row
//! names the secrets of its settings, and in the end those of the edit.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::trial::{Trial, orphans, with_each_call_failing};
use crate::world::World;

/// An edit of [`before`], and what it comes to.
struct Edit {
    name: &'static str,
    /// `{1}` and `{2}` are the ids of the stored signing secrets.
    patch: &'static str,
    signing: &'static [&'static str],
    authorization: Option<&'static str>,
    /// The values of the secret headers.
    headers: &'static [&'static str],
    /// Members of the webhook as it is shown.
    shown: &'static str,
}

const ONE: &str = "hunter2-signing-1";
const TWO: &str = "hunter2-signing-2";
const NEW: &str = "hunter2-signing-new";
const OLD: Option<&str> = Some("Splunk hunter2-old");
const OLD_HEADER: &[&str] = &["hunter2-header-old"];

const EDITS: &[Edit] = &[
    Edit {
        name: "another name",
        patch: r#"{"displayName": "new"}"#,
        signing: &[ONE, TWO],
        authorization: OLD,
        headers: OLD_HEADER,
        shown: r#"{"displayName": "new"}"#,
    },
    Edit {
        name: "a pause",
        patch: r#"{"enabled": false}"#,
        signing: &[ONE, TWO],
        authorization: OLD,
        headers: OLD_HEADER,
        shown: r#"{"enabled": false}"#,
    },
    Edit {
        name: "other signing secrets",
        patch: r#"{"signingSecrets": [{"value": "hunter2-signing-new"}]}"#,
        signing: &[NEW],
        authorization: OLD,
        headers: OLD_HEADER,
        shown: "{}",
    },
    Edit {
        name: "a rotation that begins",
        patch: r#"{"signingSecrets": [{"value": "hunter2-signing-new"}, {"id": "{1}"}, {"id": "{2}"}]}"#,
        signing: &[NEW, ONE, TWO],
        authorization: OLD,
        headers: OLD_HEADER,
        shown: "{}",
    },
    Edit {
        name: "a rotation that ends",
        patch: r#"{"signingSecrets": [{"id": "{2}"}]}"#,
        signing: &[TWO],
        authorization: OLD,
        headers: OLD_HEADER,
        shown: "{}",
    },
    Edit {
        name: "another order of signing secrets",
        patch: r#"{"signingSecrets": [{"id": "{2}"}, {"id": "{1}"}]}"#,
        signing: &[TWO, ONE],
        authorization: OLD,
        headers: OLD_HEADER,
        shown: "{}",
    },
    Edit {
        name: "another authorization",
        patch: r#"{"authorization": "Bearer hunter2-new"}"#,
        signing: &[ONE, TWO],
        authorization: Some("Bearer hunter2-new"),
        headers: OLD_HEADER,
        shown: r#"{"authorization": {"scheme": "Bearer"}}"#,
    },
    Edit {
        name: "another header",
        patch: r#"{"headers": [{"name": "X-Key", "secret": true}, {"name": "X-Token", "value": "hunter2-new"}]}"#,
        signing: &[ONE, TWO],
        authorization: OLD,
        headers: &["hunter2-header-old", "hunter2-new"],
        shown: r#"{"headers": [{"name": "X-Key", "secret": true}, {"name": "X-Token", "secret": true}]}"#,
    },
    Edit {
        name: "a move with new credentials",
        patch: r#"{"url": "https://new.example.com/", "authorization": "A hunter2-new", "headers": []}"#,
        signing: &[ONE, TWO],
        authorization: Some("A hunter2-new"),
        headers: &[],
        shown: r#"{"url": "https://new.example.com/", "headers": []}"#,
    },
    Edit {
        name: "no secrets any more",
        patch: r#"{"signingSecrets": null, "authorization": null, "headers": null, "displayName": "bare"}"#,
        signing: &[],
        authorization: None,
        headers: &[],
        shown: r#"{"displayName": "bare", "authorization": null, "signingSecrets": [], "headers": []}"#,
    },
];

fn before() -> Value {
    json!({
        "signingSecrets": [{"value": ONE}, {"value": TWO}], "authorization": OLD,
        "headers": [{"name": "X-Key", "value": OLD_HEADER[0]}],
    })
}

impl Edit {
    fn patch(&self, ids: &[String]) -> Value {
        serde_json::from_str(&self.patch.replace("{1}", &ids[0]).replace("{2}", &ids[1])).unwrap()
    }

    /// The one webhook there is shows the edit, and names the secrets of it.
    async fn assert_done(&self, world: &World, at: &str) {
        let at = format!("{}, {at}", self.name);
        let rows = world.rows("acme").await;
        assert_eq!(rows.len(), 1, "{at}");
        assert_eq!(rows[0].version, 2, "{at}");
        let shown = world.get(&format!("/v1/webhooks/{}", rows[0].key.webhook)).send().await;
        let expected: Value = serde_json::from_str(self.shown).unwrap();
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(shown.body[field], *value, "{at}");
        }
        let (signing, authorization, headers) = stored(world).await;
        assert_eq!(signing, self.signing, "{at}");
        assert_eq!(authorization.as_deref(), self.authorization, "{at}");
        assert_eq!(headers, self.headers, "{at}");
    }
}

/// The values that the webhook's row leads to.
async fn stored(world: &World) -> (Vec<String>, Option<String>, Vec<String>) {
    let Some(name) = world.rows("acme").await.remove(0).bundle else { return Default::default() };
    let bundle = world.memory.ports().secrets.read(&name).await.unwrap();
    let signing = bundle.signing_secrets.iter().map(|(_, key)| key.secret().expose().to_owned()).collect();
    let authorization = bundle.authorization.as_ref().map(|value| value.expose().to_owned());
    let headers = bundle.headers.iter().map(|(_, value)| value.expose().to_owned()).collect();
    (signing, authorization, headers)
}

async fn try_edit(trial: &Trial, edit: &Edit) {
    let (world, at) = (&trial.world, &trial.at);
    let id = world.webhook(&before()).await;
    let row = world.row(&id).await;
    let ids: Vec<_> = row.settings.signing_secrets.iter().map(|secret| secret.id.to_string()).collect();
    let request = || world.patch(&id, &edit.patch(&ids)).header("if-match", "\"1\"").send();
    let first = trial.attempt(request()).await.map(|answer| answer.status);
    if first == Some(StatusCode::OK) {
        edit.assert_done(world, at).await;
    } else {
        assert!(!trial.is_undisturbed(), "{}, {at}", edit.name);
        assert!(
            matches!(first, None | Some(StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE)),
            "{at}: {first:?}"
        );
        let again = request().await;
        // Refused only if the first one got through after all.
        assert!(matches!(again.problem(), (200, "") | (412, "precondition_failed")), "{at}: {}", again.text);
        edit.assert_done(world, at).await;
    }
    // Edited once more, the webhook leads on to new secrets again.
    let orphaned = orphans(world).await;
    let last =
        world.patch(&id, &json!({"authorization": "Last hunter2"})).header("if-match", "\"2\"").send().await;
    assert_eq!(last.status, StatusCode::OK, "{at}: {}", last.text);
    assert_eq!(orphans(world).await, orphaned, "{at}");
}

#[tokio::test]
async fn an_edit_in_which_a_call_fails_is_whole_and_comes_to_the_same_when_repeated() {
    let mut cases = 0;
    for edit in EDITS {
        cases += with_each_call_failing(async |trial| try_edit(trial, edit).await).await;
    }
    assert!(cases >= 400, "{cases}");
}

#[tokio::test]
async fn a_creation_in_which_a_call_fails_keeps_its_secrets() {
    let cases = with_each_call_failing(async |trial| {
        let (world, at) = (&trial.world, &trial.at);
        let mut body = before();
        body.as_object_mut()
            .unwrap()
            .extend(json!({"displayName": "n", "url": crate::world::URL}).as_object().unwrap().clone());
        let request = || world.create(&body).header("idempotency-key", "k").send();
        trial.attempt(request()).await;
        world.memory.advance(std::time::Duration::from_secs(60));
        let again = request().await;
        assert_eq!(again.status, StatusCode::CREATED, "{at}: {}", again.text);
        assert_eq!(world.rows("acme").await.len(), 1, "{at}");
        let expected =
            (vec![ONE.to_owned(), TWO.to_owned()], OLD.map(str::to_owned), vec![OLD_HEADER[0].to_owned()]);
        assert_eq!(stored(world).await, expected, "{at}");
    })
    .await;
    assert!(cases >= 40, "{cases}");
}

#[tokio::test]
async fn a_deletion_in_which_a_call_fails_leaves_no_row_that_names_what_is_gone() {
    for tag in ["\"1\"", "*"] {
        let cases = with_each_call_failing(async |trial| {
            let (world, at) = (&trial.world, &trial.at);
            let id = world.webhook(&before()).await;
            let request = || world.delete(&format!("/v1/webhooks/{id}")).header("if-match", tag).send();
            let first = trial.attempt(request()).await.map(|answer| answer.status);
            let again = request().await.status;
            assert!(matches!(again.as_u16(), 204 | 404), "{at}: {again}");
            assert!(first == Some(StatusCode::NO_CONTENT) || !trial.is_undisturbed(), "{at}");
            assert!(world.rows("acme").await.is_empty(), "{at}");
        })
        .await;
        assert!(cases >= 20, "{cases}");
    }
}
