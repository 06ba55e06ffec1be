//! The engine does what the table says, for every call and every errno there is.
use nix::errno::Errno;

use super::{Files, content, finish};
use crate::error::ErrorKind;
use crate::report::Outcome;
use crate::strategy::Strategy;
use crate::sys::Fault;
use crate::sys::call::Call;
use crate::sys::faults::Faults;
use crate::sys::refusal::{Meaning, meaning};

/// A strategy for each call that a mover makes.
const MADE_BY: [(Call, Strategy); 7] = [
    (Call::Pread64, Strategy::ReadWrite),
    (Call::Pwrite64, Strategy::ReadWrite),
    (Call::Sendfile, Strategy::Sendfile),
    (Call::Lseek, Strategy::Sendfile),
    (Call::CopyFileRange, Strategy::CopyFileRange),
    (Call::Splice, Strategy::Splice),
    (Call::Ioctl, Strategy::Reflink),
];

/// Every errno but those that are no answer: the call is made again.
fn errnos() -> impl Iterator<Item = Errno> {
    let known = (1..=133).map(Errno::from_raw).filter(|&errno| errno != Errno::UnknownErrno);
    known.filter(|errno| ![Errno::EINTR, Errno::EAGAIN].contains(errno))
}

#[test]
fn every_answer_means_to_the_engine_what_the_table_says() {
    let files = Files::new("tmpfs", 9000);
    for (call, strategy) in MADE_BY {
        for errno in errnos() {
            let faults = Faults::default().short(5000).fail(call, 1, errno as i32);
            let (job, destination) = files.open(&[strategy, Strategy::MmapWrite], faults);
            let result = finish(job, destination);
            let means = meaning(Fault { call, errno }).0;
            match result {
                Ok(report) => {
                    assert_ne!(means, Meaning::Failed, "{call:?} {errno}");
                    assert!(content(&files.destination) == files.content, "{call:?} {errno}");
                    let refused = &report.attempts[0];
                    assert_eq!((refused.outcome, refused.errno), (Outcome::Refused, Some(errno as i32)));
                    std::fs::remove_file(&files.destination).unwrap();
                }
                Err(error) => {
                    assert_eq!(means, Meaning::Failed, "{call:?} {errno}");
                    assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Kernel, Some(errno as i32)));
                    assert!(!files.destination.exists());
                }
            }
        }
    }
}

#[test]
fn the_last_strategys_answer_is_an_error_either_way() {
    let files = Files::new("tmpfs", 9000);
    for (call, strategy) in MADE_BY {
        for errno in errnos() {
            let faults = Faults::default().fail(call, 1, errno as i32);
            let (job, destination) = files.open(&[strategy], faults);
            let error = finish(job, destination).unwrap_err();
            let refused = meaning(Fault { call, errno }).0 == Meaning::Refused;
            let kind = if refused { ErrorKind::StrategyUnavailable } else { ErrorKind::Kernel };
            assert_eq!((error.kind(), error.bytes()), (kind, 0), "{call:?} {errno}");
            assert_eq!(error.call(), Some(call.name()));
            assert_eq!(files.place.names(), ["source"]);
        }
    }
}
