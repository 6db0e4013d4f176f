//! What Slack refuses of a message, for the kinds of block that we send. It is
//! stricter than Slack where Slack lets pass what it then does not show: a key
//! that is not known here is refused, and so is a kind of block.
//! (docs.slack.dev/reference/block-kit/blocks, …/composition-objects/text-object)

use serde_json::{Map, Value};

use super::refusal::PostError;

type Object = Map<String, Value>;

/// Bytes after which a body is not read: far above any message within the limits.
const LONGEST_BODY: usize = 1 << 20;
/// Of the `text` beside the blocks, in characters as all that follow.
const LONGEST_TEXT: usize = 40_000;
const MOST_BLOCKS: usize = 50;
/// Of all texts of all blocks.
const LONGEST_BLOCKS: usize = 12_000;
const LONGEST_BLOCK_ID: usize = 255;
const LONGEST_HEADER: usize = 150;
const LONGEST_SECTION: usize = 3_000;
const MOST_FIELDS: usize = 10;
const LONGEST_FIELD: usize = 2_000;
const MOST_ELEMENTS: usize = 10;
const LONGEST_ELEMENT: usize = 3_000;
const LONGEST_IMAGE_URL: usize = 3_000;
const LONGEST_ALT_TEXT: usize = 2_000;

/// A block is wrong; which, Slack does not say either.
struct Wrong;

type Checked<T> = Result<T, Wrong>;

/// The message of a body.
pub(super) fn read(body: &[u8]) -> Result<Value, PostError> {
    if body.len() > LONGEST_BODY {
        return Err(PostError::InvalidPayload);
    }
    let message: Value = serde_json::from_slice(body).map_err(|_| PostError::InvalidPayload)?;
    let top = message.as_object().ok_or(PostError::InvalidPayload)?;
    if !top.iter().all(|(key, value)| is_top_level(key, value)) {
        return Err(PostError::InvalidPayload);
    }
    let text = top.get("text").and_then(Value::as_str).unwrap_or_default();
    let blocks = match top.get("blocks") {
        None => &[][..],
        Some(blocks) => blocks.as_array().ok_or(PostError::InvalidBlocks)?.as_slice(),
    };
    if text.is_empty() && blocks.is_empty() {
        return Err(PostError::NoText);
    }
    check(blocks).map_err(|Wrong| PostError::InvalidBlocks)?;
    Ok(message)
}

/// Whether an incoming webhook takes this key, with such a value. `blocks` has an
/// answer of its own.
fn is_top_level(key: &str, value: &Value) -> bool {
    match key {
        "text" => value.as_str().is_some_and(|text| length(text) <= LONGEST_TEXT),
        "blocks" => true,
        "attachments" => value.is_array(),
        "unfurl_links" | "unfurl_media" | "mrkdwn" | "replace_original" | "delete_original" => {
            value.is_boolean()
        }
        "thread_ts" => value.is_string(),
        "response_type" => matches!(value.as_str(), Some("in_channel" | "ephemeral")),
        "metadata" => value.is_object(),
        _ => false,
    }
}

fn check(blocks: &[Value]) -> Checked<()> {
    ensure(blocks.len() <= MOST_BLOCKS)?;
    let lengths = blocks.iter().map(block).collect::<Checked<Vec<usize>>>()?;
    ensure(lengths.iter().sum::<usize>() <= LONGEST_BLOCKS)
}

/// The characters of a block's texts.
fn block(value: &Value) -> Checked<usize> {
    let block = value.as_object().ok_or(Wrong)?;
    if let Some(id) = block.get("block_id") {
        string(Some(id), LONGEST_BLOCK_ID)?;
    }
    match block.get("type").and_then(Value::as_str) {
        Some("header") => header(block),
        Some("section") => section(block),
        Some("context") => context(block),
        Some("divider") => only(block, &["type", "block_id"]).map(|()| 0),
        _ => Err(Wrong),
    }
}

fn header(block: &Object) -> Checked<usize> {
    only(block, &["type", "block_id", "text"])?;
    let text = block.get("text").ok_or(Wrong)?;
    ensure(text.get("type").and_then(Value::as_str) == Some("plain_text"))?;
    text_object(text, LONGEST_HEADER)
}

fn section(block: &Object) -> Checked<usize> {
    only(block, &["type", "block_id", "text", "fields", "expand"])?;
    ensure(block.get("expand").is_none_or(Value::is_boolean))?;
    ensure(block.contains_key("text") || block.contains_key("fields"))?;
    let text = block.get("text").map_or(Ok(0), |text| text_object(text, LONGEST_SECTION))?;
    let Some(fields) = block.get("fields") else { return Ok(text) };
    Ok(text + list(fields, MOST_FIELDS, |field| text_object(field, LONGEST_FIELD))?)
}

fn context(block: &Object) -> Checked<usize> {
    only(block, &["type", "block_id", "elements"])?;
    list(block.get("elements").ok_or(Wrong)?, MOST_ELEMENTS, |element| {
        match element.get("type").and_then(Value::as_str) {
            Some("image") => image(element.as_object().ok_or(Wrong)?),
            _ => text_object(element, LONGEST_ELEMENT),
        }
    })
}

fn image(element: &Object) -> Checked<usize> {
    only(element, &["type", "image_url", "alt_text"])?;
    let url = string(element.get("image_url"), LONGEST_IMAGE_URL)?;
    ensure(url.starts_with("https://") || url.starts_with("http://"))?;
    string(element.get("alt_text"), LONGEST_ALT_TEXT).map(length)
}

fn text_object(value: &Value, longest: usize) -> Checked<usize> {
    let object = value.as_object().ok_or(Wrong)?;
    let switch = match object.get("type").and_then(Value::as_str) {
        Some("plain_text") => "emoji",
        Some("mrkdwn") => "verbatim",
        _ => return Err(Wrong),
    };
    only(object, &["type", "text", switch])?;
    ensure(object.get(switch).is_none_or(Value::is_boolean))?;
    string(object.get("text"), longest).map(length)
}

/// 1 to `most` items; the characters of all.
fn list(value: &Value, most: usize, item: impl Fn(&Value) -> Checked<usize>) -> Checked<usize> {
    let items = value.as_array().ok_or(Wrong)?;
    ensure(!items.is_empty() && items.len() <= most)?;
    Ok(items.iter().map(item).collect::<Checked<Vec<usize>>>()?.iter().sum())
}

/// A string of 1 to `longest` characters.
fn string(value: Option<&Value>, longest: usize) -> Checked<&str> {
    let text = value.and_then(Value::as_str).ok_or(Wrong)?;
    ensure(!text.is_empty() && length(text) <= longest)?;
    Ok(text)
}

fn only(object: &Object, known: &[&str]) -> Checked<()> {
    ensure(object.keys().all(|key| known.contains(&key.as_str())))
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn ensure(holds: bool) -> Checked<()> {
    if holds { Ok(()) } else { Err(Wrong) }
}

#[cfg(test)]
mod tests;
