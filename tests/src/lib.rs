//! What the tests over several crates share.

pub mod answer;
pub mod emulators;
pub mod functions;
pub mod person;
pub mod rig;
