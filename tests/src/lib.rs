//! What the tests over several crates share.

pub mod answer;
pub mod emulators;
pub mod functions;
pub mod model;
pub mod name_server;
pub mod person;
pub mod records;
pub mod rig;
pub mod soak;
pub mod trap;
