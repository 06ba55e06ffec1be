//! What happened, from counted facts.
use std::time::Duration;

use crate::destination::Finished;
use crate::strategy::Strategy;
use crate::sys::call::{Call, Counts};

/// How often the CPU copied each byte on this host, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CpuCopies {
    /// None: nobody can tell, or not the same for every byte.
    pub count: Option<u8>,
    /// Why, in a sentence.
    pub basis: &'static str,
}

impl CpuCopies {
    pub(crate) fn known(count: u8, basis: &'static str) -> Self {
        Self { count: Some(count), basis }
    }
    pub(crate) fn unknown(basis: &'static str) -> Self {
        Self { count: None, basis }
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Outcome {
    /// It moved the last byte.
    Finished,
    /// The kernel would not do it this way; the next strategy went on at the byte reached.
    Refused,
    /// Not tried, by choice: an option, the environment, what the ends are.
    Avoided,
    /// The transfer ended here. Only in an error's attempts.
    Failed,
}

/// One strategy's part in a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Which.
    pub strategy: Strategy,
    /// Bytes that it moved or shared.
    pub bytes: u64,
    /// How long its steps took.
    pub elapsed: Duration,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it did not finish.
    pub reason: Option<&'static str>,
    /// The call that did not succeed.
    pub call: Option<Call>,
    /// What the kernel answered, as a positive number.
    pub errno: Option<i32>,
}

/// CPU time of the threads that moved the bytes, while they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CpuTime {
    /// By CLOCK_THREAD_CPUTIME_ID.
    pub total: Duration,
    /// By RUSAGE_THREAD, which counts in ticks of 1-10 ms; None under 100 ms in all.
    pub user: Option<Duration>,
    /// As `user`.
    pub system: Option<Duration>,
}

/// The receipt of a transfer. Every number was counted or read from the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The one that finished; None: there was nothing to move (an empty source, the same file).
    pub strategy: Option<Strategy>,
    /// Bytes of the range: moved, shared and skipped.
    pub bytes: u64,
    /// Of these, by sharing extents.
    pub bytes_shared: u64,
    /// Of these, as holes.
    pub bytes_skipped: u64,
    /// None: this strategy has no user buffer.
    pub buffer_size: Option<usize>,
    /// The moving loops of all attempts: no queueing, open, sync, close.
    pub duration: Duration,
    /// The whole call.
    pub total: Duration,
    /// What the CPU spent.
    pub cpu: CpuTime,
    /// Every call that moved, shared, allocated or probed bytes, whatever it returned.
    pub syscalls: Counts,
    /// Context switches of the moving threads, because they waited.
    pub voluntary_context_switches: u64,
    /// Context switches of the moving threads, because others had to run.
    pub involuntary_context_switches: u64,
    /// Page faults without input or output.
    pub minor_page_faults: u64,
    /// Page faults that read from a device.
    pub major_page_faults: u64,
    /// Bytes read from the source's device (`ru_inblock`): was it cold? None where they are not accounted (tmpfs).
    pub device_reads: Option<u64>,
    /// Bytes dirtied for the destination's device (`ru_oublock`). None where they are not accounted.
    pub device_writes: Option<u64>,
    /// How often the CPU copied each byte.
    pub cpu_copies: CpuCopies,
    /// Every strategy that was considered, in order.
    pub attempts: Vec<Attempt>,
    /// Whether the destination appeared, or was replaced, whole; None for what has no name.
    pub atomic: Option<bool>,
    /// Why it was written in place. None where it was not.
    pub atomic_reason: Option<&'static str>,
    /// Whether everything is on disk; None for what has no disk.
    pub durable: Option<bool>,
    /// What of the source the destination did not get: "ownership", "xattrs", "setuid", "setgid", "sticky", and
    /// "timestamps" where they were asked for.
    pub not_preserved: Vec<&'static str>,
}

impl Report {
    /// The receipt of a copy in place that moved nothing.
    pub(crate) fn new(cpu_copies: CpuCopies, syscalls: Counts) -> Self {
        Self {
            strategy: None,
            bytes: 0,
            bytes_shared: 0,
            bytes_skipped: 0,
            buffer_size: None,
            duration: Duration::ZERO,
            total: Duration::ZERO,
            cpu: CpuTime::default(),
            syscalls,
            voluntary_context_switches: 0,
            involuntary_context_switches: 0,
            minor_page_faults: 0,
            major_page_faults: 0,
            device_reads: None,
            device_writes: None,
            cpu_copies,
            attempts: Vec::new(),
            atomic: Some(false),
            atomic_reason: None,
            durable: Some(false),
            not_preserved: Vec::new(),
        }
    }

    /// With what became of the destination.
    pub(crate) fn made(self, Finished { atomic, reason, durable, not_preserved }: Finished) -> Self {
        Self { atomic: Some(atomic), atomic_reason: reason, durable: Some(durable), not_preserved, ..self }
    }

    /// Bytes that went through the CPU or a device: neither shared nor skipped.
    pub fn bytes_moved(&self) -> u64 {
        self.bytes - self.bytes_shared - self.bytes_skipped
    }

    /// Moved bytes over [`duration`](Self::duration); None when none were moved: sharing has no rate.
    pub fn bytes_per_second(&self) -> Option<f64> {
        let seconds = self.duration.as_secs_f64();
        (self.bytes_moved() > 0 && seconds > 0.0).then(|| self.bytes_moved() as f64 / seconds)
    }
}

/// One line in the original's manner: `sendfile = 0.123 sec, 1.2 GB/s, 1 CPU copy`.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let label = self.strategy.map_or("nothing moved", Strategy::label);
        write!(f, "{label} = {:.3} sec", self.duration.as_secs_f64())?;
        if let Some(rate) = self.bytes_per_second() {
            write!(f, ", {}", Rate(rate))?;
        }
        match self.cpu_copies.count {
            _ if self.strategy.is_none() => Ok(()),
            Some(1) => f.write_str(", 1 CPU copy"),
            Some(count) => write!(f, ", {count} CPU copies"),
            None => f.write_str(", CPU copies unknown"),
        }
    }
}

/// Bytes per second in units of 1000, one decimal.
struct Rate(f64);

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [(1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s")];
        match units.into_iter().find(|&(size, _)| self.0 >= size) {
            Some((size, unit)) => write!(f, "{:.1} {unit}", self.0 / size),
            None => write!(f, "{:.0} B/s", self.0),
        }
    }
}
