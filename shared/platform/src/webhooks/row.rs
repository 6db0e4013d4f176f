//! A webhook's row as an item. What the protocol's conditions ask is an
//! attribute each; the settings, which are always read and written whole, are
//! one JSON text.

use domain::health::{DisabledReason, Health};
use domain::ids::{AccountId, TenantId, WakeToken, WebhookId};
use domain::ports::PortResult;
use domain::row::{BacklogKey, BundleName, Stamp, Status, Wake, WebhookKey, WebhookRow};
use domain::webhook::Settings;

use crate::error::unreadable;
use crate::fields::Fields;
use crate::item::{Item, number, text, time, unwritable};
use crate::tables::{self, PK, SK, WEBHOOK};

/// The attributes of a row. Health, wake-up and all that is optional is left
/// out when there is none.
pub(super) mod names {
    pub(crate) const SETTINGS: &str = "settings";
    pub(crate) const BUNDLE: &str = "bundle";
    pub(crate) const VERSION: &str = "version";
    /// `on`, `paused` or `disabled`.
    pub(crate) const STATUS: &str = "status";
    pub(crate) const REASON: &str = "reason";
    pub(crate) const SINCE: &str = "since";
    /// There while the webhook is failing, and `probes` with it.
    pub(crate) const FAILING_SINCE: &str = "failing_since";
    pub(crate) const PROBES: &str = "probes";
    pub(crate) const LAST_OK: &str = "last_ok";
    pub(crate) const AFTER: &str = "after";
    pub(crate) const HELD_BEFORE: &str = "held_before";
    pub(crate) const WAKE_TOKEN: &str = "wake_token";
    pub(crate) const WAKE_AT: &str = "wake_at";
    pub(crate) const WAKE_BUSY: &str = "wake_busy";
    pub(crate) const PACED_UNTIL: &str = "paced_until";
    pub(crate) const TESTED_AT: &str = "tested_at";
    pub(crate) const CREATED_AT: &str = "created_at";
    pub(crate) const CREATED_BY: &str = "created_by";
    pub(crate) const UPDATED_AT: &str = "updated_at";
    pub(crate) const UPDATED_BY: &str = "updated_by";
}

pub(super) const ON: &str = "on";
pub(super) const PAUSED: &str = "paused";
pub(super) const DISABLED: &str = "disabled";

/// The item of a row.
pub(super) fn write(row: &WebhookRow) -> PortResult<Item> {
    let mut item = tables::webhook(&row.key).into_item();
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set(names::SETTINGS, text(settings_text(&row.settings)?));
    set(names::VERSION, number(row.version));
    set(names::STATUS, text(status_word(row.status)));
    set(names::SINCE, time(row.since));
    set(names::CREATED_AT, time(row.created.at));
    set(names::CREATED_BY, text(row.created.by.as_str()));
    set(names::UPDATED_AT, time(row.updated.at));
    set(names::UPDATED_BY, text(row.updated.by.as_str()));
    if let Status::Disabled(reason) = row.status {
        set(names::REASON, text(reason.as_str()));
    }
    if let Health::Failing { since, probes } = row.health {
        set(names::FAILING_SINCE, time(since));
        set(names::PROBES, number(probes));
    }
    if let Some(wake) = &row.wake {
        set(names::WAKE_TOKEN, text(wake.token.as_str()));
        set(names::WAKE_AT, time(wake.at));
        set(names::WAKE_BUSY, aws_sdk_dynamodb::types::AttributeValue::Bool(wake.busy));
    }
    let optional = [
        (names::BUNDLE, row.bundle.as_ref().map(|bundle| text(&bundle.0))),
        (names::LAST_OK, row.last_ok.map(time)),
        (names::AFTER, row.after.as_ref().map(|after| text(after.as_str()))),
        (names::HELD_BEFORE, row.held_before.map(time)),
        (names::PACED_UNTIL, row.paced_until.map(time)),
        (names::TESTED_AT, row.tested_at.map(time)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            set(name, value);
        }
    }
    Ok(item)
}

/// The row of an item.
pub(crate) fn read(fields: Fields<'_>) -> PortResult<WebhookRow> {
    Ok(WebhookRow {
        key: WebhookKey {
            tenant: fields.parsed(PK, TenantId::parse)?,
            webhook: fields
                .parsed(SK, |sk| WebhookId::parse(sk.strip_prefix(WEBHOOK).unwrap_or_default()))?,
        },
        settings: fields.parsed(names::SETTINGS, |text| serde_json::from_str::<Settings>(text))?,
        bundle: fields.maybe_text(names::BUNDLE)?.map(|name| BundleName(name.to_owned())),
        version: fields.number(names::VERSION)?,
        status: status(&fields)?,
        since: fields.time(names::SINCE)?,
        health: health(&fields)?,
        last_ok: fields.maybe_time(names::LAST_OK)?,
        after: fields.maybe_parsed(names::AFTER, BacklogKey::parse)?,
        held_before: fields.maybe_time(names::HELD_BEFORE)?,
        wake: wake(&fields)?,
        paced_until: fields.maybe_time(names::PACED_UNTIL)?,
        tested_at: fields.maybe_time(names::TESTED_AT)?,
        created: Stamp {
            at: fields.time(names::CREATED_AT)?,
            by: fields.parsed(names::CREATED_BY, AccountId::parse)?,
        },
        updated: Stamp {
            at: fields.time(names::UPDATED_AT)?,
            by: fields.parsed(names::UPDATED_BY, AccountId::parse)?,
        },
    })
}

pub(super) fn settings_text(settings: &Settings) -> PortResult<String> {
    serde_json::to_string(settings).map_err(|_| unwritable(names::SETTINGS))
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::On => ON,
        Status::Paused => PAUSED,
        Status::Disabled(_) => DISABLED,
    }
}

fn status(fields: &Fields<'_>) -> PortResult<Status> {
    match fields.text(names::STATUS)? {
        ON => Ok(Status::On),
        PAUSED => Ok(Status::Paused),
        DISABLED => {
            let reason = fields.parsed(names::REASON, |code| DisabledReason::parse(code).ok_or(()))?;
            Ok(Status::Disabled(reason))
        }
        _ => Err(unreadable(names::STATUS)),
    }
}

fn health(fields: &Fields<'_>) -> PortResult<Health> {
    Ok(match fields.maybe_time(names::FAILING_SINCE)? {
        None => Health::Healthy,
        Some(since) => Health::Failing { since, probes: fields.number(names::PROBES)? },
    })
}

fn wake(fields: &Fields<'_>) -> PortResult<Option<Wake>> {
    let Some(token) = fields.maybe_parsed(names::WAKE_TOKEN, WakeToken::parse)? else { return Ok(None) };
    Ok(Some(Wake { token, at: fields.time(names::WAKE_AT)?, busy: fields.flag(names::WAKE_BUSY)? }))
}
