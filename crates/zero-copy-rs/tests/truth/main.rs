//! Receipts are true: what they count is what `strace` counts, and what they claim of CPU copies is what the file
//! system's own map of the extents (FIEMAP) says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
#[cfg(feature = "serde")] // the example's receipt is read as JSON
mod calls;
mod devices;
mod extents;
#[path = "../support/mod.rs"]
mod support;
