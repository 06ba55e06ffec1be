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
    cut: Vec<(usize, usize)>,
    short: Option<usize>,
    watch: Watch,
    seen: Arc<Mutex<Seen>>,
}

/// Told of every call before it is made: which of all it is, and its name.
#[derive(Clone, Default)]
struct Watch(Option<Arc<Told>>);

type Told = dyn Fn(usize, &'static str) + Send + Sync;

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "watched" } else { "unwatched" })
    }
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

    /// The `nth` of all calls (from 1) is given no more than `bytes`.
    #[must_use]
    pub fn cut_at(mut self, nth: usize, bytes: usize) -> Self {
        self.cut.push((nth, bytes));
        self
    }

    /// Before each call `look` is told which of all it is (from 1), and its name: there a test looks around, or does what
    /// somebody else might do at this moment.
    #[must_use]
    pub fn watched(mut self, look: impl Fn(usize, &'static str) + Send + Sync + 'static) -> Self {
        self.watch = Watch(Some(Arc::new(look)));
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
        let (planned, at, cut) = (self.planned.clone(), self.at.clone(), self.cut.clone());
        Self { planned, at, cut, short: self.short, watch: self.watch.clone(), seen: self.seen.clone() }
    }

    pub(super) fn due(&self, call: Call, len: usize) -> (usize, Option<Errno>) {
        let (nth, errno) = self.next(call.name());
        let cut = self.cut.iter().find(|&&(n, _)| n == nth).map(|&(_, bytes)| bytes);
        (cut.or(self.short).map_or(len, |most| len.min(most)), errno)
    }

    pub(super) fn due_step(&self, call: &'static str) -> Option<Errno> {
        self.next(call).1
    }

    fn next(&self, call: &'static str) -> (usize, Option<Errno>) {
        let next = self.count(call);
        if let Some(look) = &self.watch.0 {
            look(next.0, call);
        }
        next
    }

    fn count(&self, call: &'static str) -> (usize, Option<Errno>) {
        let mut log = self.seen();
        log.order.push(call);
        let all = log.order.len();
        let nth = log.of_each.entry(call).or_default();
        *nth += 1;
        let at = self.at.iter().find(|&&(n, _)| n == all).map(|&(_, errno)| errno);
        let planned = || self.planned.iter().find(|&&(each, n, _)| each == call && n == *nth);
        (all, at.or_else(|| planned().map(|&(.., errno)| errno)))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
