//! What a webhook takes, what it refuses, and how fast.

use super::*;

#[tokio::test]
async fn a_message_is_kept_as_it_came() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install("C0GLOBEXSECURITY").unwrap();
    let body = json!({
        "text": "a", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "A"}}],
    });
    assert_eq!(fixture.post(&url, &body).await, (200, "ok".to_owned()));
    let [message] = &fixture.slack.wait_for(1, PATIENCE).await[..] else { panic!("one message") };
    assert_eq!((message.team.as_str(), message.channel.as_str()), ("T0GLOBEX", "C0GLOBEXSECURITY"));
    assert_eq!((&message.body, message.at.as_second()), (&body, 1_800_000_000));
    assert!(url.contains(&message.webhook_id) && message.webhook_id.starts_with('B'));
}

#[tokio::test]
async fn a_bad_message_is_refused_in_plain_text() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    for (body, expected) in [
        (json!([]), "invalid_payload"),
        (json!({"text": "a", "unknown": 1}), "invalid_payload"),
        (json!({}), "no_text"),
        (json!({"blocks": [{"type": "poll"}]}), "invalid_blocks"),
    ] {
        assert_eq!(fixture.post(&url, &body).await, (400, expected.to_owned()));
        fixture.pass(Duration::from_secs(1));
    }
    let answer = fixture.http.post(&url).headers(form_type()).body("{\"text\":\"a\"}").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(read(answer).await, (400, "invalid_payload".to_owned()));
    assert_eq!(fixture.http.get(&url).send().await.unwrap().status(), 405);
    assert!(fixture.slack.messages().is_empty());
    assert_eq!(fixture.json().await["refused"], 5);
    let expected = [(PostError::InvalidPayload, 3), (PostError::NoText, 1), (PostError::InvalidBlocks, 1)];
    assert_eq!(fixture.slack.refusals(), expected.into());
}

#[tokio::test]
async fn another_url_is_no_webhook() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    let (prefix, token) = url.rsplit_once('/').unwrap();
    let cut = &url[..url.len() - 1];
    for (url, status, expected) in [
        (format!("{prefix}/{}", token.to_uppercase() + "0"), 403, "invalid_token"),
        (cut.to_owned(), 403, "invalid_token"),
        (prefix.to_owned(), 403, "invalid_token"),
        (format!("{url}/more"), 403, "invalid_token"),
        (url.replace("/B", "/B1"), 404, "no_service"),
        (url.replace("T0ACME", "T0GLOBEX"), 404, "no_service"),
        (url.replace("T0ACME", "T0NONE"), 404, "no_team"),
        ("https://hooks.slack.com/services".to_owned(), 404, "no_service"),
        ("https://hooks.slack.com/".to_owned(), 404, "no_service"),
    ] {
        assert_eq!(fixture.post(&url, &text("a")).await, (status, expected.to_owned()), "{url}");
    }
    assert!(fixture.slack.install("C0NONE").is_err() && fixture.slack.archive("C0NONE").is_err());
}

#[tokio::test]
async fn every_error_is_answered_on_demand_with_its_status() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    let other = fixture.slack.install("C0ACMESECURITY").unwrap();
    for (status, code) in [
        (400, "invalid_payload"),
        (400, "no_text"),
        (400, "invalid_blocks"),
        (400, "user_not_found"),
        (403, "action_prohibited"),
        (403, "posting_to_general_channel_denied"),
        (403, "invalid_token"),
        (404, "channel_not_found"),
        (404, "no_service"),
        (404, "no_active_hooks"),
        (404, "no_team"),
        (404, "team_disabled"),
        (410, "channel_is_archived"),
        (429, "rate_limited"),
        (500, "rollup_error"),
    ] {
        let body = json!({ "error": code }).to_string();
        assert_eq!(fixture.put(&format!("/channels/{CHANNEL}"), &body).await, 204);
        assert_eq!(fixture.post(&url, &text("a")).await, (status, code.to_owned()));
        fixture.slack.fail_posts(CHANNEL, None).unwrap();
        fixture.slack.fail_posts(CHANNEL, PostError::parse(code)).unwrap();
        assert_eq!(fixture.post(&url, &text("a")).await.0, status);
    }
    assert_eq!(fixture.post(&other, &text("a")).await.0, 200);
    assert_eq!(fixture.put(&format!("/channels/{CHANNEL}"), r#"{"error":null}"#).await, 204);
    assert_eq!(fixture.post(&url, &text("a")).await.0, 200);

    for (path, body, status) in [
        ("/channels/C0NONE", r#"{"error":null}"#, 404),
        ("/channels/C0ACMEAUDIT", r#"{"error":"no_such"}"#, 422),
        ("/channels/C0ACMEAUDIT", "{}", 400),
        ("/channels/C0ACMEAUDIT", r#"{"error":null,"x":1}"#, 400),
    ] {
        assert_eq!(fixture.put(path, body).await, status, "{path} {body}");
    }
}

#[tokio::test]
async fn an_archived_channel_is_answered_410_until_it_is_back() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    fixture.slack.archive(CHANNEL).unwrap();
    assert_eq!(fixture.post(&url, &text("a")).await, (410, "channel_is_archived".to_owned()));
    fixture.slack.unarchive(CHANNEL).unwrap();
    assert_eq!(fixture.post(&url, &text("a")).await.0, 200);
}

#[tokio::test]
async fn a_webhook_takes_a_few_at_once_then_one_a_second() {
    let fixture = Fixture::start().await;
    let (one, two) = (fixture.slack.install(CHANNEL).unwrap(), fixture.slack.install(CHANNEL).unwrap());
    for _ in 0..pace::BURST {
        assert_eq!(fixture.post(&one, &text("a")).await.0, 200);
    }
    let request = fixture.http.post(&one).json(&text("a"));
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    assert_eq!(read(answer).await.1, "rate_limited");
    assert_eq!(fixture.post(&two, &text("a")).await.0, 200);
    fixture.pass(Duration::from_secs(1));
    assert_eq!(fixture.post(&one, &text("a")).await.0, 200);
    assert_eq!(fixture.post(&one, &text("a")).await.0, 429);
    assert_eq!(fixture.slack.refusals(), [(PostError::RateLimited, 2)].into());

    fixture.slack.set_rate_limit(false);
    assert_eq!(fixture.post(&one, &text("a")).await.0, 200);
    assert_eq!(fixture.put("/rate-limit", r#"{"enabled":true}"#).await, 204);
    assert_eq!(fixture.post(&one, &text("a")).await.0, 429);
    assert_eq!(fixture.put("/rate-limit", "{}").await, 400);
    assert_eq!(fixture.press("/rate-limit", &[("enabled", "false")]).await, 303);
    assert_eq!(fixture.json().await["rateLimit"], false);
    assert_eq!(fixture.press("/rate-limit", &[]).await, 400);
}
