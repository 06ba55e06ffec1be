//! Lets a test make the nth call of a kind fail, interrupt it, or cut every call short. Not compiled into a release.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Call;
use nix::errno::Errno;

/// What shall go wrong. `Faults::default()` is nothing.
///
/// A clone counts anew.
#[derive(Debug, Default)]
pub struct Faults {
    planned: Vec<(&'static str, u64, Errno)>,
    at: Vec<(usize, Errno)>,
    short: Option<usize>,
    seen: Arc<Mutex<Seen>>,
}

impl Clone for Faults {
    fn clone(&self) -> Self {
        Self { seen: Arc::default(), ..self.shared() }
    }
}

#[derive(Debug, Default)]
struct Seen {
    order: Vec<&'static str>,
    of_each: BTreeMap<&'static str, u64>,
}

/// Kept in every binary that has this seam, whether it is used or not: a test looks for it in the release.
#[used]
static MARK: &str = Faults::MARK;

impl Faults {
    /// In no published binary.
    pub const MARK: &str = "zero-copy-rs was built with the feature faults";

    /// The `nth` call (from 1) answers `errno` without being made. EINTR is repeated, as the kernel's own is.
    #[must_use]
    pub fn fail(self, call: Call, nth: u64, errno: i32) -> Self {
        self.fail_named(call.name(), nth, errno)
    }

    /// As [`fail`](Self::fail), also for the calls that make a file and its name, which no report counts: as `strace`
    /// names them.
    #[must_use]
    pub fn fail_named(mut self, call: &'static str, nth: u64, errno: i32) -> Self {
        self.planned.push((call, nth, Errno::from_raw(errno)));
        self
    }

    /// The `nth` of all calls (from 1) answers `errno`, whichever it is.
    #[must_use]
    pub fn fail_at(mut self, nth: usize, errno: i32) -> Self {
        self.at.push((nth, Errno::from_raw(errno)));
        self
    }

    /// No call is given more than `bytes` at once, so that each is answered short.
    #[must_use]
    pub fn short(mut self, bytes: usize) -> Self {
        self.short = Some(bytes);
        self
    }

    /// Asks, also when the transfer is over, for its calls so far: in order, those that failed among them.
    pub fn log(&self) -> impl Fn() -> Vec<&'static str> + Send + use<> {
        let this = self.shared();
        move || this.seen().order.clone()
    }

    /// For another part of the same transfer, which counts together with this one.
    pub(crate) fn shared(&self) -> Self {
        let (planned, at, seen) = (self.planned.clone(), self.at.clone(), self.seen.clone());
        Self { planned, at, short: self.short, seen }
    }

    pub(super) fn due(&self, call: Call, len: usize) -> (usize, Option<Errno>) {
        (self.short.map_or(len, |short| len.min(short)), self.due_step(call.name()))
    }

    pub(super) fn due_step(&self, call: &'static str) -> Option<Errno> {
        let mut log = self.seen();
        log.order.push(call);
        let all = log.order.len();
        let nth = log.of_each.entry(call).or_default();
        *nth += 1;
        let at = self.at.iter().find(|&&(n, _)| n == all).map(|&(_, errno)| errno);
        let planned = || self.planned.iter().find(|&&(each, n, _)| each == call && n == *nth);
        at.or_else(|| planned().map(|&(.., errno)| errno))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
