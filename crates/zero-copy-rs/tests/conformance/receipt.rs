//! Whether a receipt says what happened, and all of it.
use zero_copy_rs::{Atomic, Attempt, Error, ErrorKind, Outcome, Report, Strategy};

use crate::Route;
use crate::cases::Case;
use crate::expected::{Tried, copies};

/// `holes`: how many of the `bytes` are in the source's.
pub(crate) fn check(
    report: &Report,
    attempts: &[Tried],
    case: &Case,
    (bytes, holes): (u64, u64),
    route: &Route,
) -> Result<(), String> {
    let tried: Vec<_> = report.attempts.iter().map(tried).collect();
    equal("attempts", &tried[..], attempts)?;
    let strategy = match attempts.last() {
        Some(Tried::Finished(strategy)) => Some(*strategy),
        _ => None,
    };
    equal("strategy", report.strategy, strategy)?;
    equal("bytes", report.bytes, bytes)?;
    equal("bytes skipped", report.bytes_skipped, if strategy == Some(Strategy::Reflink) { 0 } else { holes })?;
    equal("bytes of the attempts", report.attempts.iter().map(|attempt| attempt.bytes).sum(), bytes)?;
    equal("buffer", report.buffer_size, strategy.and_then(|strategy| buffer(strategy, case)))?;
    equal("not preserved", &report.not_preserved[..], &[])?;
    equal("rate known", report.bytes_per_second().is_some(), report.bytes_moved() > 0)?;
    if report.total < report.duration {
        return Err("the moving took longer than the call".into());
    }
    strategy.map_or(Ok(()), |strategy| check_copies(report, strategy, route))
}

/// In place only where that was asked for, and then it says so.
pub(crate) fn check_atomic(report: &Report, atomic: Atomic) -> Result<(), String> {
    let in_place = atomic == Atomic::Never;
    equal("atomic", report.atomic, Some(!in_place))?;
    equal("why it is not", report.atomic_reason, in_place.then_some("atomic: false was asked for"))
}

fn check_copies(report: &Report, strategy: Strategy, route: &Route) -> Result<(), String> {
    let claimed = report.cpu_copies;
    if !copies(strategy, route, report.bytes).contains(&claimed.count) || claimed.basis.is_empty() {
        return Err(format!("{strategy} claims {claimed:?}"));
    }
    // what is shared was not copied, and the other way round
    let there = report.bytes - report.bytes_skipped;
    equal("bytes shared", report.bytes_shared, if claimed.count == Some(0) { there } else { 0 })
}

pub(crate) fn check_ruled_out(error: &Error) -> Result<(), String> {
    equal("kind", error.kind(), ErrorKind::StrategyUnavailable)?;
    equal("refusal", error.refusal().is_some(), false)?;
    equal("avoided attempts only", error.attempts().iter().all(|attempt| attempt.outcome == Outcome::Avoided), true)
}

pub(crate) fn check_refusal(error: &Error, errno: i32) -> Result<(), String> {
    equal("kind", error.kind(), ErrorKind::StrategyUnavailable)?;
    equal("code", error.code(), "ERR_STRATEGY_UNAVAILABLE".into())?;
    equal("refusal", error.refusal().and_then(|refusal| refusal.raw_os_error()), Some(errno))?;
    equal("bytes", error.bytes(), 0)?;
    equal("refused attempts only", error.attempts().iter().all(|attempt| attempt.outcome == Outcome::Refused), true)?;
    equal("the strategy", error.strategy(), error.attempts().last().map(|attempt| attempt.strategy))
}

fn tried(attempt: &Attempt) -> Tried {
    match (attempt.outcome, attempt.errno) {
        (Outcome::Finished, None) => Tried::Finished(attempt.strategy),
        (Outcome::Refused, Some(errno)) if attempt.reason.is_some() => Tried::Refused(attempt.strategy, errno),
        (Outcome::Avoided, None) if attempt.reason.is_some() => Tried::Avoided(attempt.strategy),
        _ => panic!("{attempt:?} is no attempt of a report"),
    }
}

fn buffer(strategy: Strategy, case: &Case) -> Option<usize> {
    match strategy {
        Strategy::ReadWrite => Some(case.buffer.unwrap_or(256 << 10)),
        Strategy::MmapWrite => Some(case.buffer.unwrap_or(1 << 20)),
        // whole blocks
        Strategy::Direct => Some(case.buffer.unwrap_or(2 << 20).next_multiple_of(4096)),
        _ => None,
    }
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?}, not {wanted:?}")) }
}
