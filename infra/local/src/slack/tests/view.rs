//! The pages, the JSON and the buttons.

use super::*;

const HOSTILE: &str = "<script>alert(1)</script>\"' onload=x";

fn hostile_message() -> Value {
    let plain = json!({"type": "plain_text", "text": HOSTILE});
    let mrkdwn = |text: &str| json!({"type": "mrkdwn", "text": text});
    let link =
        format!("<https://example.com/{HOSTILE}|{HOSTILE}> <javascript:alert(1)|x> <!date^1|{HOSTILE}>");
    let image =
        json!({"type": "image", "image_url": format!("https://example.com/{HOSTILE}"), "alt_text": HOSTILE});
    json!({
        "text": HOSTILE,
        "blocks": [
            {"type": "header", "text": plain, "block_id": HOSTILE},
            {"type": "section", "text": mrkdwn(HOSTILE), "fields": [plain, mrkdwn(&link)]},
            {"type": "section", "text": mrkdwn(&format!("*{HOSTILE}* `{HOSTILE}` &lt;script&gt;"))},
            {"type": "context", "elements": [plain, mrkdwn(HOSTILE), image]},
            {"type": "divider"},
        ],
        "attachments": [{"text": HOSTILE}],
        "metadata": {"event_type": HOSTILE},
    })
}

#[tokio::test]
async fn hostile_messages_do_not_break_the_page() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    for body in [hostile_message(), text(HOSTILE), json!({"text": HOSTILE, "mrkdwn": false})] {
        assert_eq!(fixture.post(&url, &body).await, (200, "ok".to_owned()));
    }
    fixture.slack.fail_exchange(Some(ExchangeFailure::Code(HOSTILE.to_owned())));
    let (status, page) = fixture.get("/", "text/html").await;
    assert_eq!(status, 200);
    for bad in ["<script", "<img", "href=\"javascript", "\"' onload"] {
        assert!(!page.contains(bad), "{bad}: {page}");
    }
    assert!(page.matches("&lt;script&gt;").count() > 10, "{page}");
}

#[tokio::test]
async fn the_page_draws_messages_newest_first() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    let blocks = json!([
        {"type": "header", "text": {"type": "plain_text", "text": "Scan &amp; report"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Project*\nOne"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://example.com|Open> <!date^1^{date}|1970>"}]},
    ]);
    for body in [json!({"text": "Scan", "blocks": blocks}), text("the newest")] {
        assert_eq!(fixture.post(&url, &body).await.0, 200);
    }
    let (_, page) = fixture.get("/", "text/html").await;
    for part in [
        "<div class=\"text header\">Scan &amp; report</div>",
        "<div class=fields><div class=text><strong>Project</strong>\nOne</div></div>",
        ">Open</a> <time>1970</time>",
        "Notification: Scan",
        "http-equiv=refresh",
        "<small>Acme #audit, 2027-01-15T08:00:00Z, webhook B0",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.find("the newest") < page.find("Scan &amp; report"), "{page}");
}

#[tokio::test]
async fn programs_get_json_and_the_buttons_switch_what_it_says() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    assert_eq!(fixture.post(&url, &text("a")).await.0, 200);
    let channel = format!("/channels/{CHANNEL}");
    assert_eq!(fixture.press(&channel, &[("error", "channel_is_archived")]).await, 303);
    assert_eq!(fixture.post(&url, &text("b")).await.0, 410);
    let seen = fixture.json().await;
    let id = &fixture.slack.messages()[0].webhook_id;
    assert_eq!(
        seen["messages"],
        json!([{
            "at": "2027-01-15T08:00:00Z", "team": "T0ACME", "channel": CHANNEL, "webhookId": id,
            "body": {"text": "a"},
        }])
    );
    assert_eq!(
        seen["channels"][0],
        json!({
            "id": CHANNEL, "name": "#audit", "team": "T0ACME", "teamName": "Acme", "webhookIds": [id],
            "error": "channel_is_archived",
        })
    );
    assert_eq!(seen["channels"].as_array().unwrap().len(), 6);
    assert_eq!((&seen["refused"], &seen["refusals"]), (&json!(1), &json!({"channel_is_archived": 1})));
    assert_eq!((&seen["rateLimit"], &seen["exchange"]), (&json!(true), &Value::Null));

    assert!(fixture.get("/", "*/*").await.1.contains("Unarchive"));
    assert_eq!(fixture.press(&channel, &[("error", "")]).await, 303);
    assert_eq!(fixture.press(&channel, &[]).await, 400);
    assert_eq!(fixture.json().await["channels"][0]["error"], Value::Null);

    let messages = format!("{}/messages", fixture.slack.url());
    assert_eq!(fixture.http.delete(&messages).send().await.unwrap().status(), 204);
    let seen = fixture.json().await;
    assert_eq!((&seen["messages"], &seen["refused"]), (&json!([]), &json!(0)));
    assert_eq!(fixture.press("/messages/forget", &[]).await, 303);
}

#[tokio::test]
async fn a_channel_has_a_page_with_its_apps_and_answers() {
    let fixture = Fixture::start().await;
    fixture.slack.install(CHANNEL).unwrap();
    fixture.slack.fail_posts(CHANNEL, Some(PostError::NoService)).unwrap();
    let (status, page) = fixture.get(&format!("/channels/{CHANNEL}"), "text/html").await;
    assert_eq!(status, 200);
    for part in ["Acme #audit", "Soteri Security for Jira, webhook B0", "\"no_service\" selected"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("http-equiv=refresh"));
    assert_eq!(fixture.get("/channels/C0NONE", "text/html").await.0, 404);
}

#[tokio::test]
async fn it_forgets_when_it_is_told_to_and_stops_when_it_is_dropped() {
    let fixture = Fixture::start().await;
    let url = fixture.slack.install(CHANNEL).unwrap();
    assert_eq!(fixture.post(&url, &text("a")).await.0, 200);
    fixture.slack.clear();
    assert!(fixture.slack.messages().is_empty());
    let (address, Fixture { slack, http, .. }) = (fixture.slack.url(), fixture);
    drop(slack);
    // The listener goes with its task, which the runtime drops at the next turn.
    let refused = async {
        while http.get(&address).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
}
