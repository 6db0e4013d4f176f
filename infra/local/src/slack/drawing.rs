//! A message as Slack would draw it. It is total: what is not known is left out,
//! for `blocks` has judged the message already.

use serde_json::Value;

use super::html::escaped;
use super::mrkdwn;

pub(super) fn message(body: &Value) -> String {
    let text = body.get("text").and_then(Value::as_str).unwrap_or_default();
    let blocks = list(body, "blocks");
    let mut html: String = blocks.iter().map(block).collect();
    if blocks.is_empty() {
        let is_plain = body.get("mrkdwn") == Some(&Value::Bool(false));
        let drawn = if is_plain { mrkdwn::plain(text) } else { mrkdwn::html(text) };
        html.push_str(&format!("<div class=text>{drawn}</div>"));
    } else if !text.is_empty() {
        // Slack shows it in notifications and to screen readers.
        html.push_str(&format!("<p><small>Notification: {}</small></p>", mrkdwn::html(text)));
    }
    for attachment in list(body, "attachments") {
        html.push_str(&format!("<pre>{}</pre>", escaped(&attachment.to_string())));
    }
    html
}

fn block(block: &Value) -> String {
    match block.get("type").and_then(Value::as_str) {
        Some("header") => format!("<div class=\"text header\">{}</div>", text(block.get("text"))),
        Some("section") => section(block),
        Some("context") => {
            let elements = list(block, "elements").iter().map(element);
            format!("<div class=\"text context\">{}</div>", elements.collect::<String>())
        }
        Some("divider") => "<hr>".to_owned(),
        _ => String::new(),
    }
}

fn section(block: &Value) -> String {
    let mut html = String::new();
    if let Some(given) = block.get("text") {
        html.push_str(&format!("<div class=text>{}</div>", text(Some(given))));
    }
    let fields = list(block, "fields");
    if !fields.is_empty() {
        let fields = fields.iter().map(|field| format!("<div class=text>{}</div>", text(Some(field))));
        html.push_str(&format!("<div class=fields>{}</div>", fields.collect::<String>()));
    }
    html
}

/// An image is described and not loaded: its address is the sender's.
fn element(element: &Value) -> String {
    match element.get("alt_text").and_then(Value::as_str) {
        Some(alt) => format!("<span>[{}]</span>", mrkdwn::plain(alt)),
        None => format!("<span>{}</span>", text(Some(element))),
    }
}

fn text(object: Option<&Value>) -> String {
    let string = |key: &str| object.and_then(|object| object.get(key)).and_then(Value::as_str);
    let text = string("text").unwrap_or_default();
    if string("type") == Some("mrkdwn") { mrkdwn::html(text) } else { mrkdwn::plain(text) }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
