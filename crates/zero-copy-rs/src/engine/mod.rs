//! Runs a plan. From the inside out, and each layer does one thing only:
//!
//! - a mover's `step`: one system call or two, no waiting, no counting;
//! - `Job::turn`: counts what a step moved, and falls back where the kernel refused;
//! - [`Job::burst`]: turns until the sink is full, the budget spent or the transfer over; reads the thread's usage before
//!   and after; looks at the stop flag, publishes progress;
//! - a driver: waits for readiness. [`blocking`] does it on the calling thread.
//!
//! [`workers`] are the parked threads on which whole requests run.
pub(crate) mod blocking;
mod cursor;
mod handle;
mod job;
mod receipt;
#[cfg(test)]
mod tests;
pub(crate) mod workers;

pub(crate) use cursor::Cursor;
pub use handle::Handle;
pub(crate) use job::{Job, Turn};
