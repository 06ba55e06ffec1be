//! Nothing is left behind: descriptors, threads and memory are as they were, whatever became of the copies; and what
//! happens where there are too few. Each test has a process of its own. Run as root and as a plain user.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod leaks;
mod limits;
#[path = "../support/mod.rs"]
mod support;
