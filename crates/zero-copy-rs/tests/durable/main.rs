//! What is said to be durable is on the disk: in which order it gets there, what a crash leaves, and which failures are
//! told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
#[cfg(feature = "serde")] // the example's receipt is read as JSON
mod crash;
mod failures;
mod order;
#[path = "../support/mod.rs"]
mod support;
