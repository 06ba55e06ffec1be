//! The kernel says no, says it in the middle, or does less than it was asked: `auto` and lists go on at the byte
//! reached, one strategy by name is an error, and not a byte is lost or written twice.
#![cfg(feature = "faults")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod failures;
mod kernel;
mod rows;
mod short;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;

use zero_copy_rs::{Attempt, Call, CopyFile, Error, Faults, Outcome, Report, Strategy};

use support::bytes::{difference, random};
use support::place::Place;

const SIZE: usize = 50_000;
/// What one call moves, so that a copy takes five. Whole pages: copy_file_range on xfs would do less otherwise.
const STEP: usize = 3 * 4096;

/// A source, and where its copies go.
struct Files {
    place: Place,
    content: Vec<u8>,
    source: PathBuf,
}

impl Files {
    fn anywhere() -> Self {
        Self::at(Place::preferably_on("ext4"))
    }

    /// Where `auto` begins with copy_file_range. None, said to the test runner: there is no such file system.
    fn without_clones() -> Option<Self> {
        Place::without_clones().map(Self::at)
    }

    /// Where a clone is tried. None, said to the test runner: there is no such file system.
    fn where_extents_can_be_shared() -> Option<Self> {
        Place::on("xfs").map(Self::at)
    }

    fn at(place: Place) -> Self {
        let content = random(1, SIZE);
        Self { source: place.file("source", &content), place, content }
    }

    fn copy(&self) -> CopyFile {
        CopyFile::new(&self.source, self.place.join("copy"))
    }

    /// The copy is exact, to a new name and over a longer file, by the same attempts. The new one's report.
    fn exact(&self, copy: impl Fn(CopyFile) -> CopyFile) -> Report {
        let reports = [None, Some(2 * SIZE)].map(|before| {
            let path = self.place.join("copy");
            let _ = std::fs::remove_file(&path);
            before.into_iter().for_each(|len| std::fs::write(&path, random(2, len)).unwrap());
            let report = copy(self.copy()).run().unwrap();
            assert_eq!(difference(&std::fs::read(&path).unwrap(), &self.content), None, "{report:?}");
            assert_eq!(report.bytes, SIZE as u64);
            report
        });
        let [one, other] = &reports;
        assert_eq!(brief(&one.attempts), brief(&other.attempts));
        reports.into_iter().next().unwrap()
    }

    /// The copy fails, and its new name does not stay.
    fn fails(&self, copy: impl Fn(CopyFile) -> CopyFile) -> Error {
        let _ = std::fs::remove_file(self.place.join("copy"));
        let error = copy(self.copy()).run().unwrap_err();
        assert_eq!(self.place.names(), ["source"], "{error}");
        error
    }
}

type Brief = (Strategy, Outcome, u64, Option<Call>, Option<i32>);

fn brief(attempts: &[Attempt]) -> Vec<Brief> {
    attempts.iter().map(|tried| (tried.strategy, tried.outcome, tried.bytes, tried.call, tried.errno)).collect()
}

/// Every call moves `STEP` bytes, and the `nth` of its kind is answered with `errno`.
fn refusing(call: Call, nth: u64, errno: i32) -> Faults {
    Faults::default().short(STEP).fail(call, nth, errno)
}
