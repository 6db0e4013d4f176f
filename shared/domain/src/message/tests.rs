use super::*;
use crate::ids::RedeliveryId;
use crate::ids::{WakeToken, WebhookId};
use crate::redelivery::{Kept, Redelivery};
use crate::row::WebhookKey;
use crate::sweep::{Place, Sweep};

const EVENT: &str = r#"{"version":1,"kind":"auditEvent","id":"01J","tenantId":"acme","type":"project_scan.finished","occurredAt":"2026-11-23T15:40:00.123+01:00","actor":{"accountId":"5b10","displayName":"Ä"},"details":{"projectId":"10001", "n":1.50}}"#;

fn event(text: &str) -> AuditEvent<'_> {
    match EventsMessage::parse(text) {
        Ok(EventsMessage::AuditEvent(event)) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_passes_through_as_it_came() {
    let event = event(EVENT);
    assert_eq!(event.details.get(), r#"{"projectId":"10001", "n":1.50}"#);
    assert_eq!(event.occurred_at.as_str(), "2026-11-23T15:40:00.123+01:00");
    assert_eq!(event.occurred_at.at().to_string(), "2026-11-23T14:40:00Z");
    assert_eq!(event.to_message(), EVENT);
}

#[test]
fn a_name_that_was_cut_within_an_emoji_is_read() {
    let name = |written: &str| {
        let text = EVENT.replace(r#""Ä""#, written);
        event(&text).actor.unwrap().display_name.map(|name| name.into_owned())
    };
    assert_eq!(name(r#""Jo \ud83d""#).as_deref(), Some("Jo \u{fffd}"));
    assert_eq!(name(r#""\udd0d\n\ud83d\ud83d\udd0d""#).as_deref(), Some("\u{fffd}\n\u{fffd}\u{1f50d}"));
    assert_eq!(name(r#""\ud83d\udd0d \u00e4""#).as_deref(), Some("\u{1f50d} ä"));
    assert_eq!(name("null"), None);
    for no_text in ["1", "{}", r#"["a"]"#] {
        let text = EVENT.replace(r#""Ä""#, no_text);
        assert!(matches!(EventsMessage::parse(&text), Err(Unreadable::NotJson)), "{no_text}");
    }
}

#[test]
fn a_missing_or_null_actor_is_the_system() {
    let with_null = EVENT.replace(r#"{"accountId":"5b10","displayName":"Ä"}"#, "null");
    assert_eq!(event(&with_null).actor, None);
    let without = EVENT.replace(r#""actor":{"accountId":"5b10","displayName":"Ä"},"#, "");
    assert_eq!(event(&without).actor, None);
}

#[test]
fn a_message_that_breaks_a_rule_is_refused_with_its_field() {
    use Unreadable::{BadField, NotJson, TooLarge, UnknownKind, UnknownVersion};
    for (from, to, why) in [
        (r#""version":1"#, r#""version":2"#, UnknownVersion),
        ("auditEvent", "somethingElse", UnknownKind),
        (r#""01J""#, r#""a b""#, BadField("id")),
        (r#""id":"01J","#, "", BadField("id")),
        (r#""acme""#, r#""""#, BadField("tenantId")),
        ("project_scan.finished", "Project", BadField("type")),
        ("2026-11-23T15:40:00.123+01:00", "yesterday", BadField("occurredAt")),
        (r#"{"projectId":"10001", "n":1.50}"#, "[1]", BadField("details")),
        (r#""5b10""#, r#""""#, BadField("actor")),
        (r#""5b10""#, "7", NotJson),
        (r#""version":1"#, r#""version":1,"version":1"#, NotJson),
        (r#"}}"#, "}", NotJson),
    ] {
        let text = EVENT.replace(from, to);
        assert_ne!(text, EVENT, "{from}");
        assert_eq!(EventsMessage::parse(&text).err(), Some(why), "{text}");
    }
    let large = EVENT.replace("10001", &"x".repeat(MAX_MESSAGE_BYTES));
    assert_eq!(EventsMessage::parse(&large).err(), Some(TooLarge));
}

#[test]
fn a_site_is_an_https_origin() {
    let message = |site: &str| {
        format!(
            r#"{{"version":1,"kind":"tenantUpdated","tenantId":"acme","edition":"advanced","siteUrl":"{site}","updatedAt":"2026-11-23T15:40:00Z"}}"#
        )
    };
    for good in ["https://acme.atlassian.net", "https://acme.atlassian.net/", "https://acme.example:8443"] {
        assert!(EventsMessage::parse(&message(good)).is_ok(), "{good}");
    }
    for bad in [
        "http://acme.atlassian.net",
        "https://acme.atlassian.net/x",
        "https://u@acme.atlassian.net",
        "acme",
        "",
    ] {
        assert_eq!(EventsMessage::parse(&message(bad)).err(), Some(Unreadable::BadField("siteUrl")), "{bad}");
    }
    let edition = message("https://a.example").replace("advanced", "gold");
    assert!(EventsMessage::parse(&edition).is_err());
}

#[test]
fn an_event_about_a_webhook_names_it() {
    let id = WebhookId::new(Timestamp::from_millis(0), 1);
    let text = EVENT
        .replace("project_scan.finished", "webhook.updated")
        .replace(r#""projectId":"10001""#, &format!(r#""webhookId":"{id}""#));
    assert_eq!(event(&text).subject(), Some(id.clone()));
    for odd in [r#"{"\ud800":1,"webhookId":"#, r#"{"webhookId":"x","webhookId":"#, r#"{"webhook\u0049d":"#] {
        let text = text.replace(r#"{"webhookId":"#, odd);
        assert_eq!(event(&text).subject(), Some(id.clone()), "{odd}");
    }
    assert_eq!(event(EVENT).subject(), None);
}

#[test]
fn the_deliveries_queue_carries_what_it_was_given() {
    let now = Timestamp::from_millis(5);
    let (webhook, token) = (WebhookId::new(now, 1), WakeToken::new(now, 2));
    let tenant = TenantId::parse("acme").unwrap();
    let text = DeliveriesMessage::wake_up(&tenant, &webhook, &token);
    assert!(matches!(DeliveriesMessage::parse(&text),
        Ok(DeliveriesMessage::WakeUp { tenant: t, webhook: w, token: k }) if t == tenant && w == webhook && k == token));

    let text = DeliveriesMessage::test(&webhook, &event(EVENT));
    assert!(matches!(DeliveriesMessage::parse(&text),
        Ok(DeliveriesMessage::Test { webhook: w, event_text, .. }) if w == webhook && event_text == EVENT));

    let foreign = text.replacen("acme", "other", 1);
    assert_eq!(DeliveriesMessage::parse(&foreign).err(), Some(Unreadable::BadField("event")));
    assert_eq!(DeliveriesMessage::parse(EVENT).err(), Some(Unreadable::BadField("webhookId")));
    assert_eq!(EventsMessage::parse(&text).err(), Some(Unreadable::UnknownKind));
}

#[test]
fn a_sweep_reads_back_and_the_schedule_s_own_message_begins_one() {
    let place = || Some(Place("{\"pk\":\"acme\"}".to_owned()));
    for sweep in [Sweep::START, Sweep::Webhooks(place()), Sweep::Bundles(None), Sweep::Bundles(place())] {
        let text = DeliveriesMessage::sweep(&sweep);
        let Ok(DeliveriesMessage::Sweep(read)) = DeliveriesMessage::parse(&text) else { panic!("{text}") };
        assert_eq!(read, sweep);
    }
    let Ok(DeliveriesMessage::Sweep(read)) = DeliveriesMessage::parse(r#"{"version":1,"kind":"sweep"}"#)
    else {
        panic!("the schedule's message")
    };
    assert_eq!(read, Sweep::START);
    let (webhook, token) =
        (WebhookId::new(Timestamp::from_millis(5), 1), WakeToken::new(Timestamp::from_millis(5), 2));
    let nobody_s = format!(r#"{{"version":1,"kind":"wakeUp","webhookId":"{webhook}","token":"{token}"}}"#);
    assert_eq!(DeliveriesMessage::parse(&nobody_s).err(), Some(Unreadable::BadField("tenantId")));
}

#[test]
fn a_redelivery_reads_back_from_the_queue() {
    let now = Timestamp::from_millis(5);
    let key = WebhookKey { tenant: TenantId::parse("acme").unwrap(), webhook: WebhookId::new(now, 1) };
    let delivery = event(EVENT).delivery_to(&key.webhook);
    let redelivery = Redelivery { id: RedeliveryId::new(now, 3), at: now };
    let one = DeliveriesMessage::redeliver(&key, &delivery, &redelivery);
    let Ok(DeliveriesMessage::Redeliver { key: k, delivery: d, redelivery: r }) =
        DeliveriesMessage::parse(&one)
    else {
        panic!("{one}")
    };
    assert_eq!((k, d, r), (key.clone(), delivery.clone(), redelivery.clone()));
    let all = DeliveriesMessage::redeliver_all(&key, Kept::Held, &delivery, &redelivery);
    let Ok(DeliveriesMessage::RedeliverAll { key: k, what, behind, redelivery: r }) =
        DeliveriesMessage::parse(&all)
    else {
        panic!("{all}")
    };
    assert_eq!((k, what, behind, r), (key, Kept::Held, delivery, redelivery));
    for (field, text) in
        [("deliveryId", one.replace("dlv_", "dl_")), ("redeliveryId", one.replace("rd_", "r_"))]
    {
        assert_eq!(DeliveriesMessage::parse(&text).err(), Some(Unreadable::BadField(field)));
    }
}
