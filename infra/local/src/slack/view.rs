//! What was received: a page for people, JSON for programs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::html::{escaped, page};
use super::refusal::{ExchangeFailure, PostError};
use super::workspaces::{Place, place, places};
use super::world::{RateLimit, SlackMessage, World};
use super::{APP, Shared, drawing};

/// So many messages are on the page, the newest.
const SHOWN: usize = 100;

pub(super) async fn all(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let world = shared.world();
    if accept.contains("application/json") {
        return Json(as_json(&world)).into_response();
    }
    let content = format!(
        "<h1>Slack, a stand-in</h1>{}{}<h2>Messages</h2>{}",
        counts(&world),
        channels(&world),
        messages(&world)
    );
    page(StatusCode::OK, "Slack, a stand-in", "<meta http-equiv=refresh content=2>", &content)
}

/// A channel with its switches. Unlike the list it does not refresh itself, so
/// that one can choose at leisure.
pub(super) async fn channel(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let Some(place) = place(&id) else {
        return page(StatusCode::NOT_FOUND, "No such channel", "", "<h1>No such channel</h1>");
    };
    let world = shared.world();
    let webhooks = webhooks(&world, place).map(|id| format!("<li>{APP}, webhook {}</li>", escaped(id)));
    let chosen = world.errors.get(place.channel.id).copied();
    let option = |value: &str, label: &str, selected: bool| {
        let selected = if selected { " selected" } else { "" };
        format!("<option value=\"{value}\"{selected}>{label}</option>")
    };
    let errors = PostError::ALL.map(|error| {
        option(error.code(), &format!("{} {}", error.status(), error.code()), chosen == Some(error))
    });
    let content = format!(
        "<p><a href=/>All channels</a></p><h1>{}</h1><h2>Apps that post here</h2><ul>{}</ul>\
         <h2>What a message is answered</h2><form method=post action=\"/channels/{}\">\
         <select name=error aria-label=Answer>{}{}</select> <button class=go>Save</button></form>",
        title(place),
        webhooks.collect::<String>(),
        place.channel.id,
        option("", "200 ok", chosen.is_none()),
        errors.concat(),
    );
    page(StatusCode::OK, place.channel.name, "", &content)
}

fn as_json(world: &World) -> Value {
    let message = |message: &SlackMessage| {
        json!({
            "at": message.at.to_string(), "team": message.team, "channel": message.channel,
            "webhookId": message.webhook_id, "body": message.body,
        })
    };
    let channel = |place: Place| {
        json!({
            "id": place.channel.id, "name": place.channel.name, "team": place.workspace.id,
            "teamName": place.workspace.name, "webhookIds": webhooks(world, place).collect::<Vec<_>>(),
            "error": world.errors.get(place.channel.id).map(|error| error.code()),
        })
    };
    let refusals = world.refusals.iter().map(|(error, count)| (error.code().to_owned(), json!(count)));
    json!({
        "messages": world.messages.iter().map(message).collect::<Vec<_>>(),
        "channels": places().map(channel).collect::<Vec<_>>(),
        "refused": world.refused(),
        "refusals": refusals.collect::<serde_json::Map<_, _>>(),
        "rateLimit": world.rate_limit == RateLimit::On,
        "exchange": world.exchange.as_ref().map(failure),
    })
}

fn failure(failure: &ExchangeFailure) -> Value {
    match failure {
        ExchangeFailure::Code(code) => json!({ "error": code }),
        ExchangeFailure::Status(status) => json!({ "status": status }),
        ExchangeFailure::Hang => json!({ "hang": true }),
    }
}

fn counts(world: &World) -> String {
    let reasons = world.refusals.iter().map(|(error, count)| format!("{count} {}", error.code()));
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let (state, switch) = match world.rate_limit {
        RateLimit::On => ("about one message a second to each webhook", button("false", "No limit")),
        RateLimit::Off => ("no rate limit", button("true", "Limit the rate")),
    };
    let exchange = world.exchange.as_ref().map_or_else(String::new, |given| {
        format!(
            "<div>The token exchange fails: <code>{}</code> \
             <form method=post action=/exchange/mend><button>Mend it</button></form></div>",
            escaped(&failure(given).to_string())
        )
    });
    format!(
        "<div>{} kept, {} refused{}{reasons} \
         <form method=post action=/messages/forget><button>Forget them</button></form></div>\
         <div>{state} <form method=post action=/rate-limit>{switch}</form></div>{exchange}",
        world.messages.len(),
        world.refused(),
        if reasons.is_empty() { "" } else { ": " },
    )
}

fn button(value: &str, label: &str) -> String {
    format!("<button name=enabled value={value}>{label}</button>")
}

fn channels(world: &World) -> String {
    let row = |place: Place| {
        let id = place.channel.id;
        let error = world.errors.get(id).copied();
        let (value, label) = match error {
            None => (PostError::ChannelIsArchived.code(), "Archive"),
            Some(PostError::ChannelIsArchived) => ("", "Unarchive"),
            Some(_) => ("", "Answer ok"),
        };
        format!(
            "<tr><td><a href=\"/channels/{id}\">{}</a></td><td>{}</td><td>{}</td><td>\
             <form method=post action=\"/channels/{id}\"><button name=error value=\"{value}\">{label}</button>\
             </form></td></tr>",
            title(place),
            webhooks(world, place).count(),
            error.map_or("ok", PostError::code),
        )
    };
    format!(
        "<table><thead><tr><th>Channel</th><th>Webhooks</th><th>Answer</th><th></th></tr></thead>\
         <tbody>{}</tbody></table>",
        places().map(row).collect::<String>()
    )
}

fn messages(world: &World) -> String {
    if world.messages.is_empty() {
        return "<p class=soft>None yet.</p>".to_owned();
    }
    let shown = |message: &SlackMessage| {
        let whither = place(&message.channel).map(title).unwrap_or_default();
        let webhook = escaped(&message.webhook_id);
        let drawn = drawing::message(&message.body);
        format!("<article><small>{whither}, {}, webhook {webhook}</small>{drawn}</article>", message.at)
    };
    world.messages.iter().rev().take(SHOWN).map(shown).collect()
}

/// The webhooks that post in a channel.
fn webhooks(world: &World, place: Place) -> impl Iterator<Item = &str> {
    world.webhooks.iter().filter(move |(_, webhook)| webhook.place == place).map(|(id, _)| id.as_str())
}

fn title(place: Place) -> String {
    format!("{} {}", escaped(place.workspace.name), escaped(place.channel.name))
}
