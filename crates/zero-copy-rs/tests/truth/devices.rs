//! `deviceReads` and `deviceWrites`: was the source cold, and was anything written at all?
use std::fs::File;
use std::path::Path;

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
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
