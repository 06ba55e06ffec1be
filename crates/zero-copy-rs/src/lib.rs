//! Moves bytes between files with as few CPU copies as the kernel allows, and says truthfully how it did so.
//!
//! # Copying a file
//!
//! ```no_run
//! let report = zero_copy_rs::copy_file("source", "destination")?;
//! println!("{report}"); // copy_file_range = 0.003 sec, 3.5 GB/s, 1 CPU copy
//! # Ok::<(), zero_copy_rs::Error>(())
//! ```
//!
//! [`copy_file`] picks the fastest correct way for this pair of files, and falls back, at the byte it has reached, where
//! the kernel refuses one. The [`Report`] says which [`Strategy`] finished, what every attempt came to, how often the
//! CPU copied each byte and how that is known, and what it cost: time, CPU, system calls, page faults, context switches,
//! bytes read from and written to devices. Each number was counted or read from the kernel.
//!
//! # Choosing the way
//!
//! [`CopyFile`] has the options. A strategy that is named is never replaced by another: it runs, or the copy fails with
//! [`ErrorKind::StrategyUnavailable`] and leaves an existing destination as it was.
//!
//! ```no_run
//! use zero_copy_rs::{CopyFile, ErrorKind, Strategy};
//!
//! match CopyFile::new("source", "destination").strategy(Strategy::Reflink).run() {
//!     Ok(report) => assert_eq!(report.cpu_copies.count, Some(0)),
//!     Err(error) if error.kind() == ErrorKind::StrategyUnavailable => eprintln!("no reflinks here: {error}"),
//!     Err(error) => return Err(error),
//! }
//! # Ok::<(), zero_copy_rs::Error>(())
//! ```
//!
//! # Stopping and watching
//!
//! A [`Handle`] sees how far a copy is and stops it, from any thread. [`CopyFile::submit`] runs a copy on the library's
//! own parked threads instead of the caller's.
//!
//! ```no_run
//! use std::sync::mpsc;
//! use zero_copy_rs::CopyFile;
//!
//! let (send, receive) = mpsc::channel();
//! let handle = CopyFile::new("source", "destination").submit(move |result| drop(send.send(result)))?;
//! println!("{} of {:?} bytes", handle.bytes(), handle.total());
//! handle.stop();
//! let stopped = receive.recv().expect("`done` is always called");
//! # drop(stopped);
//! # Ok::<(), zero_copy_rs::Error>(())
//! ```
//!
//! # What this machine can do
//!
//! [`probe`] tries every strategy, where it is told to, and says why the others cannot be used.
//!
//! # What a strategy costs here
//!
//! [`Benchmark`] measures: the original's experiment, or one of your own.
//!
//! # How it is built
//!
//! One path, one direction: a request ([`CopyFile`]) says what is asked; the plan orders strategies, each with its
//! reason; the engine runs them, one bounded step at a time; the report says what happened. Linux 4.18 or newer; calls
//! that are newer are tried, never assumed.

#[cfg(not(target_os = "linux"))]
compile_error!("zero-copy-rs 0.x builds on Linux alone: its strategies are Linux system calls");

pub mod benchmark;
mod destination;
mod endpoint;
mod engine;
mod error;
#[cfg(feature = "serde")]
mod json;
mod plan;
mod report;
mod request;
mod route;
mod strategy;
mod sys;

pub use benchmark::Benchmark;
pub use destination::{Atomic, Preserve};
pub use engine::Handle;
pub use error::{Error, ErrorKind};
pub use plan::{Reflinks, Sparse};
pub use report::{Attempt, CpuCopies, CpuTime, Outcome, Report};
pub use request::copy::{CopyFile, copy_file};
pub use request::probe::{Available, Capabilities, Capability, Place, Probe, probe};
pub use request::probe_route::{probe_link_route, probe_route};
pub use request::receive::{ReceiveFile, receive_file};
pub use request::relay::{Relay, RelayReport, relay};
pub use request::send::{SendFile, send_file};
pub use route::Route;
pub use strategy::{Strategy, UnknownStrategy};
pub use sys::call::{Call, Counts};
#[cfg(any(test, feature = "faults"))]
pub use sys::faults::Faults;
pub use sys::linger::set_linger;
