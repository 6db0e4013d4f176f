//! A model of SQS, Lambda and receivers around the real dispatcher, in virtual
//! time: months pass in a second, and all that may go wrong does, by chance
//! that follows from a seed.
//!
//! | part | here |
//! |---|---|
//! | the queues: delays, visibility, receive counts, duplicates, lost wake-ups | [`queue`] |
//! | function environments: caches of their own, calls that take time and fail, death at any await, time-out, a freeze past the lease | [`lambda`] |
//! | receivers: well, broken, hanging, slow, gone, refusing | [`receivers`] |
//! | admins: pause, resume, edit, delete, redelivery, each of which may die half-way | [`admin`] |
//! | environments that take what the queues hand out | [`service`] |
//! | the course of a history, and its end, in which everything is well again | [`history`] |
//! | what must hold then | [`judge`] |
//! | what a tenant notices of the others | [`load`] |

mod admin;
mod chance;
mod history;
mod judge;
mod lambda;
mod load;
mod queue;
mod receivers;
mod service;
mod wire;
mod world;

pub use self::history::{Kind, Summary, play};
pub use self::load::{Neighbors, waits_of_a_quiet_tenant};
