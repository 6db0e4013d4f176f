//! What `make bench` measures, one file a subject.

pub mod answer;
pub mod api;
pub mod batches;
pub mod calls;
pub mod dead;
pub mod delivery;
pub mod load;
pub mod signing;
pub mod size;
pub mod start;
