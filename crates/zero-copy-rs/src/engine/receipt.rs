//! From counted facts to what a receipt says of them.
use std::time::Duration;

use crate::endpoint::Pair;
use crate::report::{Attempt, CpuCopies, CpuTime, Report};
use crate::sys::usage::Usage;

/// RUSAGE_THREAD divides the CPU time in ticks of 1-10 ms: of less than this it says nothing.
const DIVISIBLE: Duration = Duration::from_millis(100);

/// How often each byte was copied, if it was the same for all.
pub(super) fn copies(attempts: &[Attempt], pair: &Pair, usage: &Usage) -> CpuCopies {
    // of all bytes: what one strategy wrote must not vouch for what another cloned
    let bytes = attempts.iter().map(|attempt| attempt.bytes).sum();
    let moving = attempts.iter().filter(|attempt| attempt.bytes > 0);
    let mut of_each = moving.map(|attempt| attempt.strategy.copies(pair, usage, bytes));
    let Some(first) = of_each.next() else { return CpuCopies::unknown("nothing was moved") };
    if of_each.all(|copies| copies.count == first.count) {
        return first;
    }
    CpuCopies::unknown("several strategies moved a part each, with different numbers of copies")
}

/// No copy from file to file: the extents are shared, whichever call did it. Where nobody can tell, as the call said.
pub(super) fn shared(copies: CpuCopies, pair: &Pair, bytes: u64, said: u64) -> u64 {
    match copies.count {
        Some(0) if pair.files() => bytes,
        Some(_) => 0,
        None => said,
    }
}

pub(super) fn with_usage(report: Report, usage: &Usage, pair: &Pair) -> Report {
    let divided = usage.cpu >= DIVISIBLE;
    Report {
        cpu: CpuTime { total: usage.cpu, user: divided.then_some(usage.user), system: divided.then_some(usage.system) },
        voluntary_context_switches: usage.voluntary,
        involuntary_context_switches: usage.involuntary,
        minor_page_faults: usage.minor_faults,
        major_page_faults: usage.major_faults,
        device_reads: pair.source.file_system.accounted.then_some(usage.device_reads),
        device_writes: pair.sink.file_system.accounted.then_some(usage.device_writes),
        ..report
    }
}
