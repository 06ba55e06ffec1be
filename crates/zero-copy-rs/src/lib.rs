//! Moves bytes between files with as few CPU copies as the kernel allows, and says truthfully how it did so.
pub use engine::Handle;
pub use error::{Error, ErrorKind};
pub use plan::Reflinks;
pub use report::{Attempt, CpuCopies, CpuTime, Outcome, Report};
pub use request::copy::{CopyFile, copy_file};
pub use request::probe::{Available, Capabilities, Capability, Place, Probe, probe};
pub use strategy::{Strategy, UnknownStrategy};
pub use sys::call::{Call, Counts};
#[cfg(any(test, feature = "faults"))]
pub use sys::faults::Faults;

mod destination;
mod endpoint;
mod engine;
mod error;
#[cfg(feature = "serde")]
mod json;
mod plan;
mod report;
mod request;
mod strategy;
mod sys;
