//! What can go wrong, and what can come between two calls.

use std::collections::{HashMap, HashSet};
use std::sync::MutexGuard;

use super::{Held, Memory};
use crate::ids::{TenantId, WebhookId};
use crate::ports::{PortError, PortResult};
use crate::row::{WebhookKey, WebhookRow};

/// What is to happen.
#[derive(Default)]
pub(super) struct Faults {
    throttled_calls: u32,
    failing_calls: u32,
    calls_until_crash: Option<u32>,
    pub(super) hidden: HashSet<TenantId>,
    closed: HashMap<WebhookId, Closed>,
    interrupts: Vec<Interrupt>,
}

/// A change of a row by somebody else, after so many calls.
struct Interrupt {
    calls: u32,
    key: WebhookKey,
    change: Box<dyn FnOnce(&mut WebhookRow) + Send>,
}

/// How the store of a webhook fails that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// With an error.
    Fails,
    /// It asks for fewer calls.
    Throttles,
    /// It never answers.
    Hangs,
}

impl Memory {
    /// The next so many calls are throttled.
    pub fn throttle_next(&self, calls: u32) {
        self.held().faults.throttled_calls = calls;
    }

    /// The next so many calls fail.
    pub fn fail_next(&self, calls: u32) {
        self.held().faults.failing_calls = calls;
    }

    /// From now on the rosters of these tenants cannot be read, those of all others can.
    pub fn hide(&self, tenants: impl IntoIterator<Item = TenantId>) {
        self.held().faults.hidden = tenants.into_iter().collect();
    }

    /// From now on nothing is written into the logs of these webhooks, nor read from
    /// their backlogs; of all others it is.
    pub fn close(&self, webhooks: impl IntoIterator<Item = WebhookId>, how: Closed) {
        self.held().faults.closed = webhooks.into_iter().map(|webhook| (webhook, how)).collect();
    }

    /// After so many more calls every call fails: who makes them has died, and
    /// what it does from then on leaves no trace.
    pub fn crash_after(&self, calls: u32) {
        self.held().faults.calls_until_crash = Some(calls);
    }

    /// Whether the crash has come.
    pub fn has_crashed(&self) -> bool {
        self.held().faults.calls_until_crash == Some(0)
    }

    /// Calls succeed again.
    pub fn recover(&self) {
        self.held().faults.calls_until_crash = None;
    }

    /// After so many more calls somebody else changes a webhook's row so, if it is there.
    pub fn change_after(
        &self,
        calls: u32,
        key: &WebhookKey,
        change: impl FnOnce(&mut WebhookRow) + Send + 'static,
    ) {
        let interrupt = Interrupt { calls, key: key.clone(), change: Box::new(change) };
        self.held().faults.interrupts.push(interrupt);
    }

    /// As `held`, for a port's call, which may be throttled or fail.
    pub(super) fn call(&self, service: &'static str) -> PortResult<MutexGuard<'_, Held>> {
        let mut held = self.held();
        match &mut held.faults.calls_until_crash {
            None => {}
            Some(0) => return Err(PortError::Failed("crashed".to_owned())),
            Some(calls) => *calls -= 1,
        }
        if held.faults.throttled_calls > 0 {
            held.faults.throttled_calls -= 1;
            return Err(PortError::Throttled { service });
        }
        if held.faults.failing_calls > 0 {
            held.faults.failing_calls -= 1;
            return Err(PortError::Failed("told to".to_owned()));
        }
        held.interrupt();
        Ok(held)
    }

    /// Goes on unless the webhook is closed.
    pub(super) async fn open(&self, webhook: &WebhookId) -> PortResult<()> {
        let closed = self.held().faults.closed.get(webhook).copied();
        match closed {
            Some(closed) => closed.fail().await,
            None => Ok(()),
        }
    }
}

impl Held {
    /// Before a call that takes place.
    fn interrupt(&mut self) {
        for mut interrupt in std::mem::take(&mut self.faults.interrupts) {
            if interrupt.calls > 0 {
                interrupt.calls -= 1;
                self.faults.interrupts.push(interrupt);
            } else if let Some(row) = self.rows.get_mut(&(interrupt.key.tenant, interrupt.key.webhook)) {
                (interrupt.change)(row);
            }
        }
    }
}

impl Closed {
    async fn fail<T>(self) -> PortResult<T> {
        match self {
            Self::Fails => Err(PortError::Failed("closed".to_owned())),
            Self::Throttles => Err(PortError::Throttled { service: "dynamodb" }),
            Self::Hangs => std::future::pending().await,
        }
    }
}
