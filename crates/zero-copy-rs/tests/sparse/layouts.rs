//! Layouts x what was there before x strategies x file systems.
use std::fs;
use std::path::Path;

use zero_copy_rs::{Atomic, CopyFile, Report, Sparse, Strategy};

use crate::support::bytes::{difference, random, sparse};
use crate::support::holes::{allocated, holes};
use crate::support::place::Place;

const FILE_SYSTEMS: [&str; 5] = ["ext4", "xfs", "xfs-noreflink", "btrfs", "tmpfs"];

/// How long a file is, and where it has data.
struct Layout {
    name: &'static str,
    size: u64,
    data: &'static [(u64, usize)],
}

const LAYOUTS: &[Layout] = &[
    Layout { name: "nothing but a hole", size: 3_000_000, data: &[] },
    Layout { name: "a hole in less than a block", size: 100, data: &[] },
    Layout { name: "a hole at the beginning", size: 2_000_000, data: &[(1_900_000, 100_000)] },
    Layout { name: "a hole at the end", size: 2_000_000, data: &[(0, 100_000)] },
    Layout { name: "a hole in the middle", size: 2_000_000, data: &[(0, 50_000), (1_950_000, 50_000)] },
    Layout { name: "a byte in the middle", size: 2_000_001, data: &[(1_000_000, 1)] },
    Layout {
        name: "block for block",
        size: 40_960,
        data: &[(4096, 4096), (12_288, 4096), (20_480, 4096), (36_864, 4096)],
    },
    Layout { name: "large extents", size: 9_000_000, data: &[(1 << 20, 3 << 20), (6 << 20, 1_000_001)] },
    Layout { name: "no hole", size: 700_001, data: &[(0, 700_001)] },
];

/// Those that look for holes: who shares extents shares holes as well.
fn strategies() -> impl Iterator<Item = Strategy> {
    Strategy::ALL.iter().copied().filter(|&strategy| strategy != Strategy::Reflink)
}

fn make(source: &Path, layout: &Layout) -> Vec<u8> {
    let bytes: Vec<_> = layout.data.iter().map(|&(at, len)| (at, random(at + 1, len))).collect();
    let islands: Vec<_> = bytes.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
    sparse(source, layout.size, &islands);
    fs::read(source).unwrap()
}

/// Over what, and how.
const BEFORE: [(Atomic, Option<usize>); 6] = [
    (Atomic::Always, None),
    (Atomic::Always, Some(2_500_000)),
    (Atomic::Never, None),
    (Atomic::Never, Some(300)),
    (Atomic::Never, Some(1_500_000)),
    (Atomic::Never, Some(10_000_000)),
];

fn each(sparse: Sparse, check: impl Fn(&str, &Layout, &Path, &Path, &Report, usize)) {
    for place in FILE_SYSTEMS.into_iter().filter_map(Place::on) {
        for layout in LAYOUTS {
            for strategy in strategies() {
                for (atomic, before) in BEFORE {
                    let (source, destination) = (place.join("source"), place.join("copy"));
                    let content = make(&source, layout);
                    before.iter().for_each(|&len| fs::write(&destination, random(99, len)).unwrap());
                    let what =
                        format!("{} by {strategy}, {atomic:?} over {before:?}, {}", layout.name, place.display());
                    let copy = CopyFile::new(&source, &destination).sparse(sparse).atomic(atomic).strategy(strategy);
                    match copy.run() {
                        Ok(report) => {
                            assert_eq!(difference(&fs::read(&destination).unwrap(), &content), None, "{what}");
                            assert_eq!(report.bytes, layout.size, "{what}");
                            let over = before.filter(|_| atomic == Atomic::Never).unwrap_or(0);
                            check(&what, layout, &source, &destination, &report, over);
                        }
                        Err(error) => assert_eq!(error.code(), "ERR_STRATEGY_UNAVAILABLE", "{what}: {error}"),
                    }
                    let _ = fs::remove_file(&destination);
                    fs::remove_file(&source).unwrap();
                }
            }
        }
    }
}

/// A file system rounds to its blocks, has some for the map of the others, and where many bytes were, keeps a little more.
const SLACK: u64 = 64 << 10;

#[test]
fn holes_stay_holes_whatever_was_there_before() {
    each(Sparse::Auto, |what, layout, source, destination, report, over| {
        // over old bytes a block of the first hole shows whether the strategy works
        let tried = if over > 0 && report.bytes_skipped < layout.size { 4096 } else { 0 };
        let has_holes = report.bytes_skipped > 0;
        if has_holes {
            let skipped = holes(source, 0..layout.size);
            assert!((skipped.saturating_sub(tried)..=skipped).contains(&report.bytes_skipped), "{what}: {report:?}");
        }
        let (had, has) = (allocated(source), allocated(destination));
        // xfs takes back what it has speculated on behind a file that was written and closed before, but later
        let speculated = if over > 0 && what.contains("/xfs") { layout.size } else { 0 };
        assert!(has <= had + SLACK + speculated, "{what}: {has} bytes have blocks, {had} had");
    });
}

#[test]
fn every_byte_is_written_where_that_is_asked_for() {
    each(Sparse::Never, |what, layout, _, destination, report, _| {
        assert_eq!((report.bytes_skipped, report.bytes_shared), (0, 0), "{what}");
        assert_eq!(report.bytes_moved(), layout.size, "{what}");
        // btrfs has small files in their inodes
        let has = allocated(destination);
        assert!(has >= layout.size || layout.size < 4096, "{what}: {has} bytes have blocks");
        assert_eq!(holes(destination, 0..layout.size), 0, "{what}");
    });
}

#[test]
fn zeroes_become_holes_where_that_is_asked_for() {
    each(Sparse::Always, |what, layout, source, destination, report, _| {
        assert_eq!(report.strategy, Some(Strategy::ReadWrite), "{what}");
        let skipped = holes(source, 0..layout.size);
        assert!(report.bytes_skipped >= skipped, "{what}: {report:?}");
        let (had, has) = (allocated(source), allocated(destination));
        assert!(has <= had + SLACK, "{what}: {has} bytes have blocks, {had} had");
    });
}

#[test]
fn zeroes_that_were_written_become_holes_too() {
    for place in FILE_SYSTEMS.into_iter().filter_map(Place::on) {
        for (atomic, before) in BEFORE {
            let mut content = vec![0; 5_000_001];
            content[2_000_000..2_100_000].copy_from_slice(&random(1, 100_000));
            let (source, destination) = (place.file("source", &content), place.join("copy"));
            before.iter().for_each(|&len| fs::write(&destination, random(99, len)).unwrap());
            let copy = CopyFile::new(&source, &destination).sparse(Sparse::Always).atomic(atomic);
            let report = copy.run().unwrap();
            let what = format!("{atomic:?} over {before:?} on {}", place.display());
            assert_eq!(difference(&fs::read(&destination).unwrap(), &content), None, "{what}");
            // the blocks that hold the data: from 1_998_848 to 2_101_248
            assert_eq!((report.bytes, report.bytes_skipped), (5_000_001, 5_000_001 - 102_400), "{what}");
            assert!(allocated(&destination) <= 102_400 + SLACK, "{what}: {}", allocated(&destination));
            let _ = fs::remove_file(destination);
        }
    }
}

#[test]
fn a_range_of_a_sparse_file_keeps_its_holes() {
    for place in FILE_SYSTEMS.into_iter().filter_map(Place::on) {
        let source = place.join("source");
        let content = make(&source, &LAYOUTS[7]);
        for (offset, length) in [(0, 500_000), (500_000, 2_000_000), (1_048_575, 5_000_000), (4_194_304, 4_805_696)] {
            for (atomic, before) in BEFORE {
                let destination = place.join("copy");
                before.iter().for_each(|&len| fs::write(&destination, random(99, len)).unwrap());
                let copy = CopyFile::new(&source, &destination).offset(offset).length(length).atomic(atomic);
                // what shares extents shares the holes, and looks for none
                let report = copy.strategy(Strategy::Sendfile).run().unwrap();
                let wanted = &content[offset as usize..(offset + length) as usize];
                let what = format!("{length} from {offset}, {atomic:?} over {before:?}, {}", place.display());
                assert_eq!(difference(&fs::read(&destination).unwrap(), wanted), None, "{what}");
                let skipped = holes(&source, offset..offset + length);
                assert!(skipped - report.bytes_skipped <= 4096, "{what}: {skipped}, {report:?}");
                let _ = fs::remove_file(destination);
            }
        }
    }
}
