//! Every answer that means "not this way", row by row.
use libc::{
    EACCES, EBADF, EFBIG, EINVAL, EIO, EISDIR, ENODATA, ENOENT, ENOSYS, ENOTTY, EOPNOTSUPP, EOVERFLOW, EPERM, ESPIPE,
    ETXTBSY, EXDEV,
};
use zero_copy_rs::{Call, ErrorKind, Outcome, Strategy};

use crate::{Files, SIZE, STEP, brief, refusing};

/// What an operation is refused with, and what of it could be a failure as well: the last strategy's is taken for one.
struct Row {
    call: Call,
    strategy: Strategy,
    refused: &'static [i32],
    doubtful: &'static [i32],
}

const ROWS: [Row; 4] = [
    Row {
        call: Call::CopyFileRange,
        strategy: Strategy::CopyFileRange,
        refused: &[ENOSYS, EPERM, EINVAL, EOPNOTSUPP, EXDEV, ETXTBSY, EBADF, ENOENT, EACCES, EOVERFLOW],
        doubtful: &[EIO, EFBIG, ENODATA],
    },
    Row {
        call: Call::Sendfile,
        strategy: Strategy::Sendfile,
        refused: &[ENOSYS, EPERM, EINVAL, EOPNOTSUPP, ESPIPE, EOVERFLOW],
        doubtful: &[],
    },
    Row {
        call: Call::Splice,
        strategy: Strategy::Splice,
        refused: &[ENOSYS, EPERM, EINVAL, EOPNOTSUPP, ESPIPE],
        doubtful: &[],
    },
    Row {
        call: Call::Ioctl,
        strategy: Strategy::Reflink,
        refused: &[ENOSYS, EPERM, EINVAL, EOPNOTSUPP, EXDEV, ENOTTY, EISDIR, ETXTBSY],
        doubtful: &[],
    },
];

impl Row {
    fn answers(&self) -> impl Iterator<Item = i32> + '_ {
        self.refused.iter().chain(self.doubtful).copied()
    }

    /// The calls to refuse, and the bytes that were moved before. A clone is one call; splice makes two for each step.
    fn moments(&self) -> Vec<(u64, u64)> {
        let step = STEP as u64;
        match self.call {
            Call::Ioctl => vec![(1, 0)],
            Call::Splice => vec![(1, 0), (2, 0), (3, step), (4, step), (7, 3 * step)],
            _ => vec![(1, 0), (2, step), (3, 2 * step), (5, 4 * step)],
        }
    }
}

#[test]
fn a_list_goes_on_at_the_byte_reached_whatever_the_answer() {
    let files = Files::anywhere();
    for row in &ROWS {
        for (nth, reached) in row.moments() {
            for errno in row.answers() {
                let list = [row.strategy, Strategy::ReadWrite];
                let report = files.exact(|copy| copy.strategies(list).faults(refusing(row.call, nth, errno)));
                let refused = (row.strategy, Outcome::Refused, reached, Some(row.call), Some(errno));
                let finished = (Strategy::ReadWrite, Outcome::Finished, SIZE as u64 - reached, None, None);
                assert_eq!(brief(&report.attempts), [refused, finished], "call {nth}");
                assert!(report.attempts[0].reason.is_some());
                assert_eq!(report.syscalls.of(row.call), nth);
            }
        }
    }
}

#[test]
fn auto_goes_on_at_the_byte_reached_whatever_the_answer() {
    let Some(files) = Files::where_extents_can_be_shared() else { return };
    let no_clone = (Strategy::Reflink, Outcome::Refused, 0, Some(Call::Ioctl), Some(ENOTTY));
    let [of_copy_file_range, of_sendfile, ..] = &ROWS;
    for (nth, reached) in of_copy_file_range.moments() {
        for errno in of_copy_file_range.answers() {
            let faults = refusing(Call::CopyFileRange, nth, errno).fail(Call::Ioctl, 1, ENOTTY);
            let report = files.exact(|copy| copy.faults(faults.clone()));
            let refused = (Strategy::CopyFileRange, Outcome::Refused, reached, Some(Call::CopyFileRange), Some(errno));
            let finished = (Strategy::Sendfile, Outcome::Finished, SIZE as u64 - reached, None, None);
            assert_eq!(brief(&report.attempts), [no_clone, refused, finished], "call {nth}");
        }
    }
    for (nth, reached) in of_sendfile.moments() {
        for errno in of_sendfile.answers() {
            let faults = refusing(Call::Sendfile, nth, errno).fail(Call::Ioctl, 1, ENOTTY);
            let faults = faults.fail(Call::CopyFileRange, 2, EXDEV);
            let report = files.exact(|copy| copy.faults(faults.clone()));
            let step = STEP as u64;
            let first = (Strategy::CopyFileRange, Outcome::Refused, step, Some(Call::CopyFileRange), Some(EXDEV));
            let left = SIZE as u64 - step;
            // one call less is needed, so the fifth is never made
            let moved = reached.min(left);
            let mut wanted = vec![no_clone, first];
            if moved < left {
                wanted.push((Strategy::Sendfile, Outcome::Refused, moved, Some(Call::Sendfile), Some(errno)));
                wanted.push((Strategy::ReadWrite, Outcome::Finished, left - moved, None, None));
            } else {
                wanted.push((Strategy::Sendfile, Outcome::Finished, left, None, None));
            }
            assert_eq!(brief(&report.attempts), wanted, "call {nth}");
        }
    }
}

#[test]
fn auto_goes_on_after_every_refusal_of_a_clone() {
    let Some(files) = Files::where_extents_can_be_shared() else { return };
    for errno in ROWS[3].answers() {
        let report = files.exact(|copy| copy.faults(refusing(Call::Ioctl, 1, errno)));
        let refused = (Strategy::Reflink, Outcome::Refused, 0, Some(Call::Ioctl), Some(errno));
        assert_eq!(brief(&report.attempts)[0], refused);
        assert_eq!(report.strategy, Some(Strategy::CopyFileRange));
    }
}

#[test]
fn one_strategy_by_name_is_an_error_with_the_kernels_answer() {
    let files = Files::anywhere();
    for row in &ROWS {
        for (nth, reached) in row.moments() {
            for errno in row.answers() {
                let error = files.fails(|copy| copy.strategy(row.strategy).faults(refusing(row.call, nth, errno)));
                let is_refusal = row.refused.contains(&errno);
                let kind = if is_refusal { ErrorKind::StrategyUnavailable } else { ErrorKind::Kernel };
                assert_eq!(error.kind(), kind, "{error}");
                assert_eq!(error.refusal().and_then(|refusal| refusal.raw_os_error()), is_refusal.then_some(errno));
                assert_eq!(error.raw_os_error(), (!is_refusal).then_some(errno));
                assert_eq!((error.bytes(), error.call()), (reached, Some(row.call.name())));
                let outcome = if is_refusal { Outcome::Refused } else { Outcome::Failed };
                let attempt = (row.strategy, outcome, reached, Some(row.call), Some(errno));
                assert_eq!(brief(error.attempts()), [attempt]);
            }
        }
    }
}

#[test]
fn a_refusal_by_the_first_call_leaves_an_old_file_as_it_was() {
    let files = Files::anywhere();
    for row in &ROWS {
        for &errno in row.refused {
            let old = files.place.file("old", b"old content");
            let copy = zero_copy_rs::CopyFile::new(&files.source, &old).strategy(row.strategy);
            copy.faults(refusing(row.call, 1, errno)).run().unwrap_err();
            assert_eq!(std::fs::read(old).unwrap(), b"old content", "{} {errno}", row.strategy);
        }
    }
}
