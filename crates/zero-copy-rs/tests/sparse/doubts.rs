//! What the file system does not say plainly, or cannot do: then every byte is copied, and none is a foreign one.
use std::fs::{self, File};
use std::io::{Seek, SeekFrom};

use libc::{EINVAL, EIO, ENOSYS, ENXIO, EOPNOTSUPP, EPERM};
use zero_copy_rs::{Atomic, Call, CopyFile, Faults, Sparse, Strategy};

use crate::support::bytes::{difference, random, sparse};
use crate::support::place::Place;

const SIZE: u64 = 5_000_001;

struct Files {
    place: Place,
    content: Vec<u8>,
}

impl Files {
    fn new() -> Self {
        let place = Place::preferably_on("ext4");
        let (first, second) = (random(1, 100_000), random(2, 200_001));
        sparse(&place.join("source"), SIZE, &[(1_000_000, &first), (3_000_000, &second)]);
        let content = fs::read(place.join("source")).unwrap();
        Self { place, content }
    }

    /// Over a file of random bytes.
    fn over(&self) -> CopyFile {
        let destination = self.place.file("copy", &random(9, 4_000_000));
        CopyFile::new(self.place.join("source"), destination).atomic(Atomic::Never)
    }

    fn check(&self, what: &str) {
        let found = fs::read(self.place.join("copy")).unwrap();
        assert_eq!(difference(&found, &self.content), None, "{what}");
    }
}

#[test]
fn a_file_system_that_does_not_say_where_its_holes_are_has_none() {
    let files = Files::new();
    for strategy in [Strategy::CopyFileRange, Strategy::Sendfile, Strategy::ReadWrite, Strategy::Direct] {
        for errno in [EINVAL, ENOSYS, EPERM, EIO] {
            for nth in 1..=5 {
                // sendfile sets a position by the same call, and fails with it
                if strategy == Strategy::Sendfile && nth > 2 {
                    continue;
                }
                let faults = Faults::default().fail(Call::Lseek, nth, errno);
                let report = files.over().strategy(strategy).faults(faults).run().unwrap();
                files.check(&format!("{strategy}, call {nth}"));
                // of where data begins, and where they end: the first two calls say neither
                let whole = nth <= 2;
                assert_eq!(report.bytes_skipped == 0, whole, "{strategy}, call {nth}: {report:?}");
            }
        }
    }
}

/// ENXIO is its word for "nothing but a hole follows": only a file that has become shorter says so wrongly.
#[test]
fn a_hole_to_the_end_ends_with_the_file() {
    let files = Files::new();
    let report = files.over().faults(Faults::default().fail(Call::Lseek, 5, ENXIO)).run().unwrap();
    files.check("to the end");
    assert!(report.bytes_skipped > 4_600_000, "{report:?}");
}

#[test]
fn where_no_hole_can_be_made_zeroes_are_written() {
    let files = Files::new();
    for sparse in [Sparse::Auto, Sparse::Always] {
        for errno in [EOPNOTSUPP, ENOSYS, EPERM, EINVAL] {
            for nth in 1..=3 {
                let faults = Faults::default().fail(Call::Fallocate, nth, errno);
                let copy = files.over().sparse(sparse).strategy(Strategy::ReadWrite).faults(faults);
                let report = copy.run().unwrap();
                files.check(&format!("{sparse:?}, call {nth}"));
                // behind its old end there is nothing to take out
                assert!(report.bytes_skipped >= SIZE - 4_100_000, "{sparse:?}, call {nth}: {report:?}");
                if nth == 1 {
                    assert_eq!(report.syscalls.of(Call::Fallocate), 1, "it was not asked again");
                    assert!(report.bytes_moved() >= 3_900_000, "{sparse:?}: {report:?}");
                }
            }
        }
    }
}

#[test]
fn a_failure_to_make_a_hole_is_one_of_the_transfer() {
    let files = Files::new();
    let error = files.over().faults(Faults::default().fail(Call::Fallocate, 2, EIO)).run().unwrap_err();
    assert_eq!((error.code(), error.call()), ("EIO".into(), Some("fallocate")));
    assert!(error.bytes() > 0 && error.bytes() < SIZE);
}

#[test]
fn a_strategy_that_is_refused_has_made_no_hole_in_what_was_there() {
    let files = Files::new();
    for errno in [EINVAL, EPERM, ENOSYS] {
        let faults = Faults::default().fail(Call::CopyFileRange, 1, errno);
        let error = files.over().strategy(Strategy::CopyFileRange).faults(faults).run().unwrap_err();
        assert_eq!((error.code(), error.bytes()), ("ERR_STRATEGY_UNAVAILABLE".into(), 0));
        assert!(fs::read(files.place.join("copy")).unwrap() == random(9, 4_000_000), "it was touched");
    }
}

#[test]
fn the_next_strategy_goes_on_among_the_holes() {
    let files = Files::new();
    for (first, call, nth) in [
        (Strategy::CopyFileRange, Call::CopyFileRange, 2),
        (Strategy::Direct, Call::Pwrite64, 2),
        (Strategy::Splice, Call::Splice, 4),
    ] {
        let copy = files.over().strategies([first, Strategy::ReadWrite]);
        let report = copy.faults(Faults::default().fail(call, nth, EINVAL)).run().unwrap();
        files.check(first.name());
        assert_eq!(report.strategy, Some(Strategy::ReadWrite), "{first}");
        assert!(report.bytes_skipped > 4_000_000, "{first}: {report:?}");
    }
}

#[test]
fn a_callers_position_is_not_moved_by_looking_for_holes() {
    let files = Files::new();
    let mut source = File::open(files.place.join("source")).unwrap();
    source.seek(SeekFrom::Start(1234)).unwrap();
    let report = CopyFile::from_file(&source, files.place.join("copy")).unwrap().run().unwrap();
    files.check("from a descriptor");
    assert!(report.bytes_skipped > 4_600_000, "{report:?}");
    assert_eq!(source.stream_position().unwrap(), 1234);
}

#[test]
fn what_is_no_regular_file_gets_every_byte() {
    let files = Files::new();
    let device = files.place.null_device();
    for sparse in [Sparse::Auto, Sparse::Always] {
        let copy = CopyFile::new(files.place.join("source"), &device).sparse(sparse);
        let report = copy.run().unwrap();
        assert_eq!((report.bytes, report.bytes_skipped), (SIZE, 0));
    }
}
