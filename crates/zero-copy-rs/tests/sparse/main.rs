//! Holes: which are kept, made and filled, that nothing else is in them, and the room that is made where there are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod doubts;
mod layouts;
mod room;
#[path = "../support/mod.rs"]
mod support;
