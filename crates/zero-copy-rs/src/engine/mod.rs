//! Runs a plan. From the inside out, and each layer does one thing only:
//!
//! - a mover's `step`: one system call or two, no waiting, no counting;
//! - `Job::turn`: counts what a step moved, and falls back where the kernel refused;
//! - [`Job::burst`]: turns until the sink is full, the budget spent or the transfer over; reads the thread's usage before
//!   and after; looks at the stop flag, publishes progress;
//! - a driver: waits for readiness and shares the thread. [`blocking`] does it on the calling thread, for one job;
//!   [`reactor`] on a thread of its own, for thousands.
//!
//! [`workers`] are the parked threads on which whole requests run, and what would make the reactor wait for a disk.
pub(crate) mod blocking;
mod budget;
mod cursor;
mod ending;
mod handle;
mod holes;
mod job;
mod layout;
pub(crate) mod reactor;
mod receipt;
mod residence;
#[cfg(test)]
mod tests;
pub(crate) mod workers;

pub(crate) use budget::Budget;
pub(crate) use cursor::Cursor;
pub use handle::Handle;
pub(crate) use job::{Job, Turn};
