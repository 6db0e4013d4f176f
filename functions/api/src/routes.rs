//! The routes: each reads its request in the order in which faults are
//! answered, then does one thing.

pub(crate) mod catalogue;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
pub(crate) mod edit;
pub(crate) mod page;
pub(crate) mod redeliver;
pub(crate) mod service;
pub(crate) mod signing_secrets;
pub(crate) mod slack;
pub(crate) mod summary;
pub(crate) mod tenant;
pub(crate) mod test_event;
pub(crate) mod webhooks;
