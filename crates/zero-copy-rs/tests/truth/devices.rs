//! `deviceReads` and `deviceWrites`: was the source cold, and was anything written at all?
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use zero_copy_rs::{CopyFile, Strategy, copy_file};

use crate::support::bytes::random;
use crate::support::place::Place;

const SIZE: usize = 3_000_000;

/// Out of the page cache, which keeps only what is not on the device yet.
fn cool(path: &Path) {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED).unwrap();
}

#[test]
fn a_cold_source_is_read_from_the_device_and_a_hot_one_is_not() {
    for name in ["ext4", "xfs", "btrfs"] {
        let Some(place) = Place::on(name) else { continue };
        let (source, destination) = (place.file("source", &random(1, SIZE)), place.join("copy"));
        for strategy in [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice] {
            cool(&source);
            let copy = || CopyFile::new(&source, &destination).strategy(strategy).run().unwrap();
            let (cold, hot) = (copy(), copy());
            assert!(cold.device_reads >= Some(SIZE as u64), "{strategy} on {name}: {:?}", cold.device_reads);
            assert_eq!(hot.device_reads, Some(0), "{strategy} on {name}");
        }
    }
}

#[test]
fn what_is_shared_is_neither_read_nor_written() {
    for name in ["xfs", "btrfs"] {
        let Some(place) = Place::on(name) else { continue };
        let (source, destination) = (place.file("source", &random(1, SIZE)), place.join("copy"));
        cool(&source);
        let report = copy_file(&source, &destination).unwrap();
        assert_eq!(report.strategy, Some(Strategy::Reflink));
        // metadata may be
        assert!(report.device_reads < Some(SIZE as u64 / 10), "{name}: {:?}", report.device_reads);
        assert!(report.device_writes < Some(SIZE as u64 / 10), "{name}: {:?}", report.device_writes);
    }
}

#[test]
fn memory_has_no_device() {
    for (from, to) in [("tmpfs", "tmpfs"), ("tmpfs", "ext4"), ("ext4", "tmpfs")] {
        let (Some(from_place), Some(to_place)) = (Place::on(from), Place::on(to)) else { continue };
        let report = copy_file(from_place.file("source", &random(1, SIZE)), to_place.join("copy")).unwrap();
        assert_eq!(report.device_reads.is_some(), from == "ext4", "{from} to {to}");
        assert_eq!(report.device_writes.is_some(), to == "ext4", "{from} to {to}");
        assert!(report.device_writes.is_none_or(|bytes| bytes >= SIZE as u64), "{report:?}");
    }
}

/// What the whole call cost this thread, asked by the test itself: a report's numbers are a part of it.
#[test]
fn what_is_reported_is_within_what_the_thread_has_consumed() {
    for (name, strategy) in [
        ("ext4", Strategy::ReadWrite),
        ("ext4", Strategy::MmapWrite),
        ("ext4", Strategy::Sendfile),
        ("ext4", Strategy::Splice),
        ("ext4", Strategy::CopyFileRange),
        ("xfs", Strategy::CopyFileRange),
        ("btrfs", Strategy::CopyFileRange),
        ("xfs", Strategy::Reflink),
        ("btrfs", Strategy::Reflink),
    ] {
        let Some(place) = Place::on(name) else { continue };
        let (source, destination) = (place.file("source", &random(1, SIZE)), place.join("copy"));
        cool(&source);
        let before = Usage::now();
        let report = CopyFile::new(&source, &destination).strategy(strategy).run().unwrap();
        let consumed = before.since();
        let reported = Usage {
            reads: report.device_reads.unwrap(),
            writes: report.device_writes.unwrap(),
            minor_faults: report.minor_page_faults,
            major_faults: report.major_page_faults,
            voluntary: report.voluntary_context_switches,
            involuntary: report.involuntary_context_switches,
            cpu: report.cpu.total,
        };
        let what = format!("{strategy} on {name}: {reported:?} of {consumed:?}");
        assert!(reported.is_within(&consumed), "{what}");
        // opening and closing write next to nothing: so what was written, was written by the copy
        assert_eq!(consumed.writes >= SIZE as u64, reported.writes >= SIZE as u64, "{what}");
        assert_eq!(consumed.reads >= SIZE as u64, reported.reads >= SIZE as u64, "{what}");
    }
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    reads: u64,
    writes: u64,
    minor_faults: u64,
    major_faults: u64,
    voluntary: u64,
    involuntary: u64,
    cpu: Duration,
}

impl Usage {
    fn now() -> Self {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
        Self {
            reads: usage.block_reads() as u64 * 512,
            writes: usage.block_writes() as u64 * 512,
            minor_faults: usage.minor_page_faults() as u64,
            major_faults: usage.major_page_faults() as u64,
            voluntary: usage.voluntary_context_switches() as u64,
            involuntary: usage.involuntary_context_switches() as u64,
            cpu: clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into(),
        }
    }

    fn since(self) -> Self {
        let now = Self::now();
        Self {
            reads: now.reads - self.reads,
            writes: now.writes - self.writes,
            minor_faults: now.minor_faults - self.minor_faults,
            major_faults: now.major_faults - self.major_faults,
            voluntary: now.voluntary - self.voluntary,
            involuntary: now.involuntary - self.involuntary,
            cpu: now.cpu - self.cpu,
        }
    }

    fn is_within(&self, all: &Self) -> bool {
        let pairs = [
            (self.reads, all.reads),
            (self.writes, all.writes),
            (self.minor_faults, all.minor_faults),
            (self.major_faults, all.major_faults),
            (self.voluntary, all.voluntary),
            (self.involuntary, all.involuntary),
        ];
        pairs.iter().all(|(part, all)| part <= all) && self.cpu <= all.cpu
    }
}
