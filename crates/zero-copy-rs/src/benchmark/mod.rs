//! Measures what each strategy costs on this machine: the experiment that this project grew from, and more.
//!
//! ```no_run
//! use zero_copy_rs::Benchmark;
//!
//! let mut series = Benchmark::new().begin()?; // 10 MB, disk to disk, in the working directory
//! while let Some(run) = series.next_run()? {
//!     println!("{} of {}", run.done, run.total);
//! }
//! for row in series.rows() {
//!     println!("{:?} {:?}: {:?} ms", row.strategy, row.buffer_size, row.duration_ms.map(|spread| spread.median));
//! }
//! series.finish()?;
//! # Ok::<(), zero_copy_rs::Error>(())
//! ```
//!
//! [`Benchmark`] says what is to be measured; [`Series`] does it, a run at a time, each when it is asked for, so that
//! whoever saves or draws what was found does it while nothing is measured.
mod copying;
mod discard;
mod environment;
mod order;
mod place;
mod request;
mod restraint;
mod row;
mod sending;
mod series;
mod source;
mod statistics;
mod warning;

pub use environment::Environment;
pub use request::Benchmark;
pub use row::{ContextSwitches, PageFaults, Row, Sample};
pub use series::{Run, Series};
pub use statistics::Spread;
pub use warning::{Warning, WarningKind};
