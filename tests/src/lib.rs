//! What the tests over several crates share.

pub mod answer;
pub mod emulators;
pub mod functions;
pub mod model;
pub mod person;
pub mod records;
pub mod rig;
