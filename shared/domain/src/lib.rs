//! What the webhook integration knows and decides, without doing anything.
//!
//! Every type here can only be made by parsing, every decision takes values
//! and returns values; time and chance are arguments. The stores and queues
//! that the functions need are described in [`ports`].

pub mod address;
pub mod attempt;
pub mod catalogue;
pub mod delivery;
pub mod fault;
pub mod health;
pub mod ids;
pub mod installation;
pub mod json;
#[cfg(feature = "memory")]
pub mod memory;
pub mod message;
pub mod ports;
pub mod redelivery;
pub mod row;
pub mod secret;
pub mod signature;
pub mod sweep;
pub mod tenant;
pub mod time;
pub mod webhook;
