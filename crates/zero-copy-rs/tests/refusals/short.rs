//! Calls that are interrupted, or do less than they were asked.
use libc::{EINTR, EINVAL};
use zero_copy_rs::{Call, CopyFile, Faults, Outcome, Strategy};

use crate::support::bytes::{difference, oracle, random};
use crate::{Files, SIZE, STEP, brief};

/// Those of a strategy that move bytes.
fn calls(strategy: Strategy) -> &'static [Call] {
    match strategy {
        Strategy::ReadWrite => &[Call::Pread64, Call::Pwrite64],
        Strategy::MmapWrite => &[Call::Pwrite64],
        Strategy::Sendfile => &[Call::Sendfile, Call::Lseek],
        Strategy::CopyFileRange => &[Call::CopyFileRange],
        Strategy::Splice => &[Call::Splice],
        Strategy::Reflink => &[Call::Ioctl],
        Strategy::Direct => &[Call::Pread64, Call::Pwrite64],
        _ => unreachable!("a new strategy: say here which calls it makes"),
    }
}

/// Each on a file system that has it.
fn home(strategy: Strategy) -> Option<Files> {
    if strategy == Strategy::Reflink { Files::where_extents_can_be_shared() } else { Some(Files::anywhere()) }
}

#[test]
fn short_calls_give_exact_bytes_by_every_strategy() {
    for &strategy in Strategy::ALL.iter().filter(|&&strategy| strategy != Strategy::Reflink) {
        let files = Files::anywhere();
        for (bytes, offset, length) in [(1, 45_000, 5000), (7, 1001, 20_000), (4096, 0, 50_000), (49_999, 0, 50_000)] {
            let path = files.place.join("copy");
            let copy = CopyFile::new(&files.source, &path).strategy(strategy).offset(offset).length(length);
            let report = copy.faults(Faults::default().short(bytes)).run().unwrap();
            let wanted = oracle(&files.source, offset, Some(length));
            assert_eq!(difference(&std::fs::read(&path).unwrap(), &wanted), None, "{strategy} by {bytes}");
            assert_eq!(report.bytes, length);
            let least = length.div_ceil(bytes as u64);
            let made = report.syscalls.of(calls(strategy)[0]);
            assert!(made >= least && made <= 2 * least, "{strategy} by {bytes}: {made} calls");
        }
    }
}

#[test]
fn interrupted_calls_are_repeated_and_counted() {
    for &strategy in Strategy::ALL {
        let Some(files) = home(strategy) else { continue };
        for &call in calls(strategy) {
            let plain = files.exact(|copy| copy.strategy(strategy).faults(Faults::default().short(STEP)));
            let often = [1, 2, 4, 5]
                .into_iter()
                .fold(Faults::default().short(STEP), |faults, nth| faults.fail(call, nth, EINTR));
            let report = files.exact(|copy| copy.strategy(strategy).faults(often.clone()));
            // a strategy that makes the call once is interrupted twice: the first and the second time
            let made = plain.syscalls.of(call);
            let interrupted = if made == 1 { 2 } else { 4 };
            assert_eq!(report.syscalls.of(call), made + interrupted, "{strategy} {}", call.name());
            assert_eq!(brief(&report.attempts), [(strategy, Outcome::Finished, SIZE as u64, None, None)]);
        }
    }
}

#[test]
fn what_was_in_the_pipe_is_written_before_the_next_strategy_begins() {
    let files = Files::anywhere();
    let nexts = [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::CopyFileRange];
    for next in nexts {
        // the second half of the first, second and third step
        for nth in [2, 4, 6] {
            let faults = Faults::default().short(STEP).fail(Call::Splice, nth, EINVAL);
            let report = files.exact(|copy| copy.strategies([Strategy::Splice, next]).faults(faults.clone()));
            let moved = (nth / 2 - 1) * STEP as u64;
            let refused = (Strategy::Splice, Outcome::Refused, moved, Some(Call::Splice), Some(EINVAL));
            let finished = (next, Outcome::Finished, SIZE as u64 - moved, None, None);
            assert_eq!(brief(&report.attempts), [refused, finished]);
            assert_eq!(report.syscalls.of(Call::Read), 1, "what was taken back from the pipe");
        }
    }
}

#[test]
fn what_was_in_the_pipe_may_be_read_and_written_in_pieces() {
    let files = Files::anywhere();
    // the pipe is filled by one call, then everything is interrupted
    let faults = Faults::default().short(STEP).fail(Call::Splice, 2, EINVAL);
    let faults = faults.fail(Call::Read, 1, EINTR).fail(Call::Pwrite64, 1, EINTR).fail(Call::Pwrite64, 3, EINTR);
    let report = files.exact(|copy| copy.strategies([Strategy::Splice, Strategy::Sendfile]).faults(faults.clone()));
    assert_eq!((report.syscalls.of(Call::Read), report.syscalls.of(Call::Pwrite64)), (2, 2));
}

#[test]
fn a_fallback_may_be_refused_too() {
    let files = Files::anywhere();
    let list = [Strategy::Splice, Strategy::CopyFileRange, Strategy::Sendfile, Strategy::MmapWrite];
    let faults = Faults::default().short(STEP).fail(Call::Splice, 4, EINVAL).fail(Call::CopyFileRange, 1, EINVAL);
    let faults = faults.fail(Call::Sendfile, 2, EINVAL);
    let report = files.exact(|copy| copy.strategies(list).faults(faults.clone()));
    let bytes: Vec<_> = report.attempts.iter().map(|attempt| (attempt.strategy, attempt.bytes)).collect();
    // the second strategy's are those that were in the pipe
    let step = STEP as u64;
    assert_eq!(bytes, [(list[0], step), (list[1], step), (list[2], step), (list[3], SIZE as u64 - 3 * step)]);
    assert_eq!(report.cpu_copies.count, Some(1));
}

#[test]
fn parts_by_strategies_with_different_copies_have_no_one_count() {
    let files = Files::anywhere();
    let faults = Faults::default().short(STEP).fail(Call::Sendfile, 3, EINVAL);
    let list = [Strategy::Sendfile, Strategy::ReadWrite];
    let report = files.exact(|copy| copy.strategies(list).faults(faults.clone()));
    assert_eq!(report.cpu_copies.count, None);
    assert!(report.cpu_copies.basis.contains("several strategies"));
    // one that moved nothing does not count
    let faults = Faults::default().fail(Call::Sendfile, 1, EINVAL);
    let report = files.exact(|copy| copy.strategies(list).faults(faults.clone()));
    assert_eq!(report.cpu_copies.count, Some(2));
    assert_eq!(random(1, SIZE), files.content);
}
