//! A fault at call N: every system call of a transfer fails in turn, with each errno that matters, is interrupted, or
//! does a part only; after each the promise of "nothing is lost" is checked. `README.md` beside this file says which
//! other tests produce which fault in earnest.
#![cfg(feature = "faults")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod aborts;
mod at_call;
mod companion;
mod copies;
mod crash;
mod driver;
mod errnos;
#[allow(dead_code)] // another test crate uses the rest
#[path = "../support/fuse.rs"]
mod fuse_server;
mod judge;
mod killed;
mod receives;
mod relays;
mod sends;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod under_way;
mod unreadable;

/// What one call moves: a transfer of `SIZE` bytes takes four.
const STEP: usize = 3 * 4096;
const SIZE: usize = 3 * STEP + 1234;
