//! What admins do meanwhile, as the protocol has it: one write, then a message.
//! The function may die between the two.

use std::time::Duration;

use domain::ids::{AccountId, DeliveryId, RedeliveryId, WakeToken};
use domain::message::DeliveriesMessage;
use domain::ports::{PortResult, Ports, Updated};
use domain::redelivery::{Kept, Redelivery};
use domain::row::{Change, Guard, Stamp, Status, Wake, WebhookKey, WebhookRow};

/// What an admin asks for.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Edit,
    Pause,
    Resume,
    Delete,
    Redeliver(DeliveryId),
    RedeliverHeld,
}

/// Does it, however it ends.
pub(super) async fn act(ports: Ports, key: WebhookKey, deed: Deed) -> PortResult<()> {
    match deed {
        Deed::Edit => save(&ports, &key, None).await,
        Deed::Pause => save(&ports, &key, Some(false)).await,
        Deed::Resume => save(&ports, &key, Some(true)).await,
        Deed::Delete => ports.webhooks.delete(&key, None).await.map(drop),
        Deed::Redeliver(delivery) => {
            let message = DeliveriesMessage::redeliver(&key, &delivery, &redelivery(&ports));
            ports.queue.send_delivery(&key.tenant, &message, Duration::ZERO).await
        }
        Deed::RedeliverHeld => {
            let redelivery = redelivery(&ports);
            let all = DeliveryId::before_all_of(redelivery.at.minus(Duration::from_secs(30 * 24 * 60 * 60)));
            let message = DeliveriesMessage::redeliver_all(&key, Kept::Held, &all, &redelivery);
            ports.queue.send_delivery(&key.tenant, &message, Duration::ZERO).await
        }
    }
}

fn redelivery(ports: &Ports) -> Redelivery {
    let at = ports.clock.now();
    Redelivery { id: RedeliveryId::new(at, ports.dice.roll()), at }
}

async fn save(ports: &Ports, key: &WebhookKey, enabled: Option<bool>) -> PortResult<()> {
    let Some(read) = ports.webhooks.get(key).await? else { return Ok(()) };
    let mut row = read.clone();
    for _ in 0..5 {
        let now = ports.clock.now();
        let is_on = enabled.unwrap_or(row.status == Status::On);
        let is_busy = Guard::Busy(now).holds(&row);
        let wake = (is_on && !is_busy).then(|| Wake {
            token: WakeToken::new(now, ports.dice.roll()),
            at: now,
            busy: false,
        });
        let mut guards =
            vec![Guard::Version(read.version), if row.status == Status::On { Guard::On } else { Guard::Off }];
        if is_on {
            guards.push(if is_busy { Guard::Busy(now) } else { Guard::Idle(now) });
        }
        match ports.webhooks.update(key, &guards, &changes(&row, enabled, wake.clone(), ports)).await? {
            Updated::Done(_) => {
                let Some(wake) = wake else { return Ok(()) };
                let message = DeliveriesMessage::wake_up(&key.tenant, &key.webhook, &wake.token);
                return ports.queue.send_delivery(&key.tenant, &message, Duration::ZERO).await;
            }
            Updated::Refused(standing) if standing.version == read.version => row = *standing,
            Updated::Refused(_) | Updated::Absent => return Ok(()),
        }
    }
    Ok(())
}

fn changes(row: &WebhookRow, enabled: Option<bool>, wake: Option<Wake>, ports: &Ports) -> Vec<Change> {
    let now = ports.clock.now();
    let mut changes = vec![Change::Settings {
        settings: Box::new(row.settings.clone()),
        bundle: row.bundle.clone(),
        updated: Stamp { at: now, by: AccountId::parse("admin").unwrap() },
    }];
    match (row.status, enabled) {
        (Status::Paused | Status::Disabled(_), Some(true)) => changes.push(Change::Enable(now)),
        (Status::On | Status::Disabled(_), Some(false)) => changes.push(Change::Pause(now)),
        (Status::On, Some(true)) | (Status::Paused, Some(false)) | (_, None) => {}
    }
    changes.extend(wake.map(Change::Wake));
    changes
}
