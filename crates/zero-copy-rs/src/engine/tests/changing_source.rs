//! Sources that become shorter or longer between opening and copying, or in the middle of it.
use std::fs::OpenOptions;
use std::io::Write;

use super::{Budget, Cursor, Files, content, finish};
use crate::error::{Error, ErrorKind};
use crate::report::Report;
use crate::strategy::Strategy;
use crate::sys::faults::Faults;

const SIZE: u64 = 300_000;
/// A page fault behind the end of a file in memory is filled with zeroes, and hides the bug that is looked for.
const FILE_SYSTEMS: [&str; 3] = ["ext4", "xfs", "btrfs"];

fn truncate(files: &Files, size: u64) {
    OpenOptions::new().write(true).open(&files.source).unwrap().set_len(size).unwrap();
}

/// Every strategy alone, and `auto`'s order.
fn orders() -> Vec<Vec<Strategy>> {
    let auto = vec![Strategy::Reflink, Strategy::CopyFileRange, Strategy::Sendfile, Strategy::ReadWrite];
    Strategy::ALL.iter().map(|&strategy| vec![strategy]).chain([auto]).collect()
}

/// After `sizes` bytes.
fn is_truncated(result: Result<Report, Error>, sizes: std::ops::RangeInclusive<u64>, what: &str) {
    let error = result.map(|report| panic!("{what}: {report:?}")).unwrap_or_else(|error| error);
    if error.kind() == ErrorKind::StrategyUnavailable && what.contains("[Reflink]") {
        return; // on a file system that has none
    }
    assert_eq!(error.kind(), ErrorKind::SourceTruncated, "{what}: {error}");
    assert_eq!(error.code(), "ERR_SOURCE_TRUNCATED");
    assert!(sizes.contains(&error.bytes()), "{what}: {} bytes", error.bytes());
}

#[test]
fn a_source_that_shrank_before_the_first_byte_is_truncated() {
    for file_system in FILE_SYSTEMS {
        for order in orders() {
            for size in [0, 1, 4096, 5000, 262_144, 299_999] {
                let files = Files::new(file_system, SIZE as usize);
                let (job, destination) = files.open(&order, Faults::default());
                truncate(&files, size);
                is_truncated(finish(job, destination), size..=size, &format!("{order:?} to {size} on {file_system}"));
                assert!(!files.destination.exists(), "the new name is gone");
            }
        }
    }
}

#[test]
fn a_source_that_shrinks_in_the_middle_is_truncated() {
    for file_system in FILE_SYSTEMS {
        for order in orders() {
            for size in [0, 70_000, 131_072, 299_999] {
                let files = Files::new(file_system, SIZE as usize);
                // whole pages: copy_file_range on btrfs and xfs does less otherwise
                let (mut job, destination) = files.open(&order, Faults::default().short(65_536));
                if order.contains(&Strategy::Reflink) {
                    continue; // it shares all at once
                }
                job.burst(Budget::bytes(65_536));
                truncate(&files, size);
                let reached = size.max(65_536);
                let sizes = if order == [Strategy::MmapWrite] {
                    // the rest of the last page reads as zeroes, and a call that may have written them does not count
                    reached - 65_536..=reached.next_multiple_of(4096)
                } else if order == [Strategy::Direct] {
                    // it had read ahead, as far as writes may be under way
                    reached.max(4 * 65_536)..=reached.max(4 * 65_536)
                } else {
                    reached..=reached
                };
                is_truncated(finish(job, destination), sizes, &format!("{order:?} to {size} on {file_system}"));
            }
        }
    }
}

#[test]
fn a_source_that_shrank_behind_the_range_is_copied_exactly() {
    for file_system in FILE_SYSTEMS {
        for order in orders() {
            let files = Files::new(file_system, SIZE as usize);
            let range = Cursor::new(4096, Some(8192));
            let (job, destination) = files.open_range(&order, Faults::default(), range);
            truncate(&files, 4096 + 8192);
            match finish(job, destination) {
                Ok(report) => assert_eq!(report.bytes, 8192),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::StrategyUnavailable);
                    continue;
                }
            }
            assert!(content(&files.destination) == files.content[4096..4096 + 8192], "{order:?} on {file_system}");
        }
    }
}

#[test]
fn what_is_appended_meanwhile_is_not_copied() {
    // the smaller lies in its inode on btrfs, and a clone of it is a copy
    for (file_system, size) in
        ["ext4", "xfs", "btrfs", "tmpfs"].into_iter().flat_map(|name| [(name, 100), (name, SIZE)])
    {
        for order in orders() {
            let files = Files::new(file_system, size as usize);
            let (job, destination) = files.open(&order, Faults::default());
            let mut source = OpenOptions::new().append(true).open(&files.source).unwrap();
            source.write_all(&[7; 1000]).unwrap();
            match finish(job, destination) {
                Ok(report) => assert_eq!(report.bytes, size),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::StrategyUnavailable, "{order:?}: {error}");
                    continue;
                }
            }
            assert!(content(&files.destination) == files.content, "{size} bytes by {order:?} on {file_system}");
        }
    }
}
