//! What is accepted and what is refused, each at its limit and one beyond.

use std::slice;

use serde_json::json;

use super::*;

fn refusal(message: &Value) -> Option<PostError> {
    read(message.to_string().as_bytes()).err()
}

/// Not one byte a character.
fn long(characters: usize) -> String {
    "é".repeat(characters)
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text})
}

fn image(url: &str, alt: &str) -> Value {
    json!({"type": "image", "image_url": url, "alt_text": alt})
}

fn header(text: &Value) -> Value {
    json!({"type": "header", "text": text})
}

fn section(text: &Value) -> Value {
    json!({"type": "section", "text": text})
}

fn fields(fields: &[Value]) -> Value {
    json!({"type": "section", "fields": fields})
}

fn context(elements: &[Value]) -> Value {
    json!({"type": "context", "elements": elements})
}

#[test]
fn good_blocks_pass_up_to_their_limits() {
    let divider = json!({"type": "divider"});
    for blocks in [
        json!([header(&plain("a"))]),
        json!([header(&plain(&long(150)))]),
        json!([header(&json!({"type": "plain_text", "text": "a", "emoji": false}))]),
        json!([section(&plain("a")), section(&mrkdwn(&long(3000)))]),
        json!([section(&json!({"type": "mrkdwn", "text": "a", "verbatim": true}))]),
        json!([fields(&vec![mrkdwn("a"); 10])]),
        json!([fields(&[plain(&long(2000))])]),
        json!([{"type": "section", "text": plain("a"), "fields": [plain("b")], "expand": true}]),
        json!([context(&vec![plain("a"); 10])]),
        json!([context(&[mrkdwn(&long(3000)), image("https://example.com/a.png", "A")])]),
        json!([{"type": "divider", "block_id": long(255)}]),
        json!(vec![divider; 50]),
        json!(vec![section(&plain(&long(3000))); 4]),
    ] {
        assert_eq!(refusal(&json!({ "blocks": blocks })), None, "{blocks}");
    }
}

#[test]
fn bad_blocks_are_refused() {
    let divider = json!({"type": "divider"});
    for blocks in [
        json!({}),
        json!("a"),
        json!(null),
        json!([1]),
        json!([null]),
        json!([{}]),
        json!([{"type": 1}]),
        json!([{"type": "rich_text"}]),
        json!([{"type": "actions", "elements": []}]),
        json!([{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"}]),
        json!(vec![divider; 51]),
        json!([{"type": "divider", "text": plain("a")}]),
        json!([{"type": "divider", "block_id": ""}]),
        json!([{"type": "divider", "block_id": 1}]),
        json!([{"type": "divider", "block_id": long(256)}]),
        json!([{"type": "header"}]),
        json!([header(&mrkdwn("a"))]),
        json!([header(&plain(""))]),
        json!([header(&plain(&long(151)))]),
        json!([{"type": "header", "text": plain("a"), "level": 1}]),
        json!([{"type": "section"}]),
        json!([section(&json!("a"))]),
        json!([section(&plain(""))]),
        json!([section(&mrkdwn(&long(3001)))]),
        json!([{"type": "section", "text": plain("a"), "accessory": image("https://example.com/a", "A")}]),
        json!([{"type": "section", "text": plain("a"), "expand": 1}]),
        json!([fields(&[])]),
        json!([fields(&vec![plain("a"); 11])]),
        json!([fields(&[plain(&long(2001))])]),
        json!([fields(&[mrkdwn("")])]),
        json!([{"type": "section", "fields": "a"}]),
        json!([{"type": "section", "text": null, "fields": [plain("a")]}]),
        json!([{"type": "context"}]),
        json!([context(&[])]),
        json!([context(&vec![plain("a"); 11])]),
        json!([context(&[plain("")])]),
        json!([context(&[mrkdwn(&long(3001))])]),
        json!([context(&[json!({"type": "button"})])]),
        json!([context(&[image("ftp://example.com/a.png", "A")])]),
        json!([context(&[image("https://example.com/a.png", "")])]),
        json!([context(&[json!({"type": "image", "image_url": "https://example.com/a.png"})])]),
        json!(vec![section(&plain(&long(2401))); 5]),
    ] {
        assert_eq!(refusal(&json!({ "blocks": blocks })), Some(PostError::InvalidBlocks), "{blocks}");
    }
}

#[test]
fn a_text_object_has_its_keys_and_no_others() {
    for text in [
        json!({"type": "plain_text"}),
        json!({"type": "plain_text", "text": 1}),
        json!({"type": "plain_text", "text": null}),
        json!({"text": "a"}),
        json!({"type": "markdown", "text": "a"}),
        json!({"type": "plain_text", "text": "a", "verbatim": true}),
        json!({"type": "mrkdwn", "text": "a", "emoji": true}),
        json!({"type": "plain_text", "text": "a", "emoji": "yes"}),
        json!({"type": "mrkdwn", "text": "a", "verbatim": null}),
        json!({"type": "mrkdwn", "text": "a", "style": {}}),
    ] {
        for block in [section(&text), fields(slice::from_ref(&text)), context(slice::from_ref(&text))] {
            let message = json!({"text": "fallback", "blocks": [block]});
            assert_eq!(refusal(&message), Some(PostError::InvalidBlocks), "{message}");
        }
    }
}

#[test]
fn the_message_itself_is_judged_too() {
    let all = json!({
        "text": "a", "attachments": [], "unfurl_links": false, "unfurl_media": false, "mrkdwn": true,
        "thread_ts": "1.2", "response_type": "in_channel", "replace_original": false,
        "delete_original": false, "metadata": {}, "blocks": [],
    });
    use PostError::{InvalidPayload, NoText};
    for (message, expected) in [
        (all, None),
        (json!({"text": "a"}), None),
        (json!({"text": long(40_000)}), None),
        (json!({"text": long(40_001)}), Some(InvalidPayload)),
        (json!({"text": 1}), Some(InvalidPayload)),
        (json!({"text": null}), Some(InvalidPayload)),
        (json!({"text": "a", "channel": "#other"}), Some(InvalidPayload)),
        (json!({"text": "a", "unfurl_links": "no"}), Some(InvalidPayload)),
        (json!({"text": "a", "response_type": "loud"}), Some(InvalidPayload)),
        (json!({"text": "a", "metadata": []}), Some(InvalidPayload)),
        (json!([]), Some(InvalidPayload)),
        (json!("a"), Some(InvalidPayload)),
        (json!({}), Some(NoText)),
        (json!({"text": ""}), Some(NoText)),
        (json!({"blocks": []}), Some(NoText)),
        (json!({"attachments": [{"text": "a"}]}), Some(NoText)),
    ] {
        assert_eq!(refusal(&message), expected, "{message}");
    }
    for body in ["", "{", "text=a", "{\"text\":\"a\"} {}"] {
        assert_eq!(read(body.as_bytes()), Err(PostError::InvalidPayload), "{body}");
    }
    let large = json!({"text": "a", "metadata": {"a": "a".repeat(1 << 20)}});
    assert_eq!(refusal(&large), Some(InvalidPayload));
}
