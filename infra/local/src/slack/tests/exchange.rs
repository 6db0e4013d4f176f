//! A code becomes a webhook, once.

use super::*;

fn refused(code: &str) -> Value {
    json!({"ok": false, "error": code})
}

#[tokio::test]
async fn a_code_brings_a_webhook_that_takes_a_message() {
    let fixture = Fixture::start().await;
    let answer = fixture.exchange(&fixture.code().await).await;
    for (pointer, expected) in [
        ("/ok", json!(true)),
        ("/scope", json!("incoming-webhook")),
        ("/token_type", json!("bot")),
        ("/team", json!({"id": "T0ACME", "name": "Acme"})),
        ("/enterprise", Value::Null),
        ("/is_enterprise_install", json!(false)),
        ("/incoming_webhook/channel", json!("#audit")),
        ("/incoming_webhook/channel_id", json!(CHANNEL)),
    ] {
        assert_eq!(answer.pointer(pointer), Some(&expected), "{answer}");
    }
    for pointer in ["/app_id", "/authed_user/id", "/access_token", "/bot_user_id"] {
        assert!(answer.pointer(pointer).is_some_and(Value::is_string), "{answer}");
    }
    let url = answer["incoming_webhook"]["url"].as_str().unwrap();
    let parts: Vec<_> = url.split('/').collect();
    assert_eq!(parts[..5], ["https:", "", "hooks.slack.com", "services", "T0ACME"], "{url}");
    assert_eq!((parts.len(), parts[6].len()), (7, 24), "{url}");
    let configuration = format!("https://acme.slack.com/services/{}", parts[5]);
    assert_eq!(answer["incoming_webhook"]["configuration_url"], configuration);

    assert_eq!(fixture.post(url, &text("a")).await, (200, "ok".to_owned()));
    let message = &fixture.slack.wait_for(1, PATIENCE).await[0];
    assert_eq!((message.channel.as_str(), message.webhook_id.as_str()), (CHANNEL, parts[5]));
}

#[tokio::test]
async fn a_code_is_good_once_and_for_ten_minutes() {
    let fixture = Fixture::start().await;
    let (used, late, old) = (fixture.code().await, fixture.code().await, fixture.code().await);
    assert_eq!(fixture.exchange(&used).await["ok"], true);
    assert_eq!(fixture.exchange(&used).await, refused("invalid_code"));
    fixture.pass(Duration::from_secs(599));
    assert_eq!(fixture.exchange(&late).await["ok"], true);
    fixture.pass(Duration::from_secs(1));
    assert_eq!(fixture.exchange(&old).await, refused("invalid_code"));
    assert_eq!(fixture.exchange("unknown").await, refused("invalid_code"));
}

#[tokio::test]
async fn an_exchange_is_refused_with_slacks_reason() {
    let fixture = Fixture::start().await;
    let code = fixture.code().await;
    let right = form(&[("code", &code), ("redirect_uri", REDIRECT)]);
    let elsewhere = form(&[("code", &code), ("redirect_uri", "http://localhost:8080/")]);
    let unsaid = form(&[("code", &code)]);
    let id = SlackStandIn::CLIENT_ID;
    for (credentials, body, expected) in [
        (None, &right, "invalid_client_id"),
        (Some(("other", SlackStandIn::CLIENT_SECRET)), &right, "invalid_client_id"),
        (Some((id, "wrong")), &right, "bad_client_secret"),
        (Some((id, "")), &right, "bad_client_secret"),
        (Some((id, SlackStandIn::CLIENT_SECRET)), &elsewhere, "bad_redirect_uri"),
        (Some((id, SlackStandIn::CLIENT_SECRET)), &unsaid, "bad_redirect_uri"),
        (Some((id, SlackStandIn::CLIENT_SECRET)), &String::new(), "invalid_code"),
    ] {
        let mut request = fixture.exchange_request().headers(form_type()).body(body.clone());
        if let Some((id, secret)) = credentials {
            request = request.basic_auth(id, Some(secret));
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(json_of(answer).await, refused(expected), "{credentials:?} {body}");
    }
    let request = fixture.exchange_request().basic_auth(id, secret());
    let unformed = request.json(&json!({ "code": code })).send().await.unwrap();
    assert_eq!(json_of(unformed).await, refused("invalid_form_data"));
    // None of it has used the code up.
    assert_eq!(fixture.exchange(&code).await["ok"], true);
}

#[tokio::test]
async fn the_exchange_fails_on_demand() {
    let fixture = Fixture::start().await;
    let code = fixture.code().await;
    fixture.slack.fail_exchange(Some(ExchangeFailure::Code("team_access_not_granted".to_owned())));
    assert_eq!(fixture.exchange(&code).await, refused("team_access_not_granted"));
    assert_eq!(fixture.put("/exchange", r#"{"error":"fatal_error"}"#).await, 204);
    assert_eq!(fixture.exchange(&code).await, refused("fatal_error"));

    let send = async || fixture.exchange_request().send().await.unwrap();
    assert_eq!(fixture.put("/exchange", r#"{"status":429}"#).await, 204);
    let answer = send().await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    fixture.slack.fail_exchange(Some(ExchangeFailure::Status(500)));
    assert_eq!(read(send().await).await, (500, "Internal Server Error".to_owned()));

    assert_eq!(fixture.put("/exchange", r#"{"hang":true}"#).await, 204);
    // Others are answered meanwhile.
    tokio::select! {
        biased;
        answer = send() => panic!("{answer:?}"),
        seen = fixture.json() => assert_eq!(seen["exchange"], json!({"hang": true})),
    }
    assert!(fixture.get("/", "text/html").await.1.contains("Mend it"));
    assert_eq!(fixture.press("/exchange/mend", &[]).await, 303);
    assert_eq!(fixture.exchange(&code).await["ok"], true);

    for (body, status) in [("{\"status\":200}", 422), ("{}", 400), ("{\"eror\":null}", 400), ("", 400)] {
        assert_eq!(fixture.put("/exchange", body).await, status, "{body}");
    }
    assert_eq!(fixture.put("/exchange", r#"{"error":null}"#).await, 204);
}
