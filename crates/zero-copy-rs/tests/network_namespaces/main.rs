//! What needs root, other programs or both: a wire between two network namespaces, `strace` as witness.
//!
//! The programs are the examples `send`, `receive` and `relay`, which print their receipts as JSON with the feature
//! `serde`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
#![cfg(feature = "serde")]
mod full_disk;
mod route;
#[path = "../support/mod.rs"]
mod support;
mod truth;
mod wire;
