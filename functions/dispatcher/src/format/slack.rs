//! Format `slack`: an event as a message of Slack's Block Kit. What happened
//! is its header; below stand who did it, when and where; then the details,
//! each a label and a value side by side.
//!
//! Any event makes a message that Slack takes. All text goes through
//! [`Escaped`], so that nothing in an event can mention anybody, and what does
//! not fit is clipped or counted in the last line.

mod block;
mod details;
mod label;
mod site;
mod text;
mod value;

use bytes::Bytes;
use domain::catalogue::{find, label_of};
use domain::message::{Actor, AuditEvent};
use domain::time::Timestamp;

use self::block::{ALL_BLOCKS, Block, FIELDS, HEADER, Message, Text, units_of};
use self::details::Details;
use self::site::Site;
use self::text::{Escaped, Pen, is_blank};

/// The details that are shown at most: nobody reads more, and they take 10 of
/// the 50 blocks that Slack allows.
const SHOWN: usize = 50;
/// The units of a name: of a person, a tenant, a host.
const NAME: usize = 300;
/// What a section's braces, and the comma before them, take.
const SECTION: usize = r#",{"type":"section","fields":[]}"#.len();
/// The last second of a 32-bit clock, in 2106. Slack names no bound; an event
/// beyond this one has a wrong time anyway.
const LAST_DATE: i64 = u32::MAX as i64;

/// The event as a Slack message.
pub(super) fn body(event: &AuditEvent<'_>, site_url: Option<&str>) -> Bytes {
    let site = site_url.and_then(Site::parse);
    let who = who(event.actor.as_ref());
    let mut blocks = vec![
        header(event),
        Block::Context {
            elements: vec![
                Text::plain(who.clone()),
                when(event.occurred_at.at()),
                place(event, site.as_ref()),
            ],
        },
    ];
    let closing = units_of(&left_out(usize::MAX)) + 1;
    let room = ALL_BLOCKS.saturating_sub(units_of(&blocks) + closing);
    let details = Details::of(event);
    let shown = fields(&details, site.as_ref(), room);
    let rest = details.len().saturating_sub(shown.len());
    blocks.extend(sections(shown));
    if rest > 0 {
        blocks.push(left_out(rest));
    }
    let text = notification(event, &who, site.as_ref());
    let message = Message { text, blocks, unfurl_links: false, unfurl_media: false };
    // Writing strings into memory cannot fail.
    serde_json::to_vec(&message).map(Bytes::from).unwrap_or_default()
}

/// What happened, behind the sign of its kind.
fn header(event: &AuditEvent<'_>) -> Block {
    let mut pen = Pen::new(HEADER);
    pen.write(icon(event));
    pen.write(" ");
    pen.write_line(label_of(event.event_type.as_str()));
    Block::Header { text: Text::PlainText { text: pen.finish(), emoji: true } }
}

fn icon(event: &AuditEvent<'_>) -> &'static str {
    if event.is_test() {
        return "🧪";
    }
    match find(event.event_type.as_str()).map(|entry| entry.category) {
        Some("Scanning") => "🔍",
        Some("Findings") => "🚩",
        Some("Rules") => "📐",
        Some("Settings") => "🔧",
        Some("Webhooks") => "📡",
        Some(_) | None => "📋",
    }
}

/// "By" the name, or the account when it has none, or the system.
fn who(actor: Option<&Actor<'_>>) -> Escaped {
    let name = actor.map_or("System", |actor| match &actor.display_name {
        Some(name) if !is_blank(name) => name,
        Some(_) | None => &actor.account_id,
    });
    let mut pen = Pen::new(NAME);
    pen.write("By ");
    pen.write_line(name);
    pen.finish()
}

/// The time where the reader is; in UTC when Slack cannot tell.
fn when(at: Timestamp) -> Text {
    let (at, unix) = (at.to_string(), at.as_seconds());
    let utc = format!("{} UTC", at.trim_end_matches('Z').replace('T', " "));
    if (0..=LAST_DATE).contains(&unix) {
        Text::mrkdwn(Escaped::date(unix, &utc))
    } else {
        Text::plain(Escaped::line(&utc, NAME))
    }
}

/// The tenant's Jira, as a link; the tenant's id when its address is unknown.
fn place(event: &AuditEvent<'_>, site: Option<&Site>) -> Text {
    match site {
        Some(site) => Text::mrkdwn(site.link()),
        None => Text::plain(Escaped::line(event.tenant.as_str(), NAME)),
    }
}

/// What a phone shows of the message. Its parts are short: Slack asks for less
/// than 4,000 units (docs.slack.dev/reference/methods/chat.postMessage).
fn notification(event: &AuditEvent<'_>, who: &Escaped, site: Option<&Site>) -> Escaped {
    let label = Escaped::line(label_of(event.event_type.as_str()), HEADER);
    let place = Escaped::line(site.map_or(event.tenant.as_str(), Site::host), NAME);
    Escaped::joined(&[&label, who, &place])
}

/// The first details, as many as there is room for.
fn fields(details: &Details<'_>, site: Option<&Site>, mut room: usize) -> Vec<[Text; 2]> {
    let mut shown = Vec::new();
    for (key, raw) in details.iter().take(SHOWN) {
        let pair = [label::of(key), value::of(raw, site)];
        // The brackets around the pair stand for the commas between fields.
        let opens = if shown.len() % (FIELDS / 2) == 0 { SECTION } else { 0 };
        let units = units_of(&pair) + opens;
        if units > room {
            break;
        }
        room -= units;
        shown.push(pair);
    }
    shown
}

fn sections(pairs: Vec<[Text; 2]>) -> impl Iterator<Item = Block> {
    let mut fields = pairs.into_iter().flatten();
    std::iter::from_fn(move || {
        let fields: Vec<_> = fields.by_ref().take(FIELDS).collect();
        (!fields.is_empty()).then_some(Block::Section { fields })
    })
}

fn left_out(count: usize) -> Block {
    let fields = if count == 1 { "field" } else { "fields" };
    let text = Escaped::line(&format!("and {count} more {fields}"), NAME);
    Block::Context { elements: vec![Text::plain(text)] }
}

#[cfg(test)]
mod tests;
