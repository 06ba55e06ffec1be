//! `cpuCopies` and `bytesShared` against FIEMAP, on file systems that can share extents.
use std::path::Path;
use std::process::Command;

use zero_copy_rs::{CopyFile, ErrorKind, Outcome, Reflinks, Report, Strategy, copy_file};

use crate::support::bytes::random;
use crate::support::child;
use crate::support::extents::Extents;
use crate::support::place::Place;

const SIZES: [usize; 8] = [1, 2000, 4095, 4096, 4097, 16_384, 100_000, 3_000_003];

fn file_systems() -> impl Iterator<Item = Place> {
    ["xfs", "btrfs"].into_iter().filter_map(Place::on)
}

/// What the report claims is what the file system says.
fn check(report: &Report, destination: &Path, what: &str) {
    let extents = Extents::of(destination);
    let what = format!("{what}: {extents:?}, {:?}", report.cpu_copies);
    match report.cpu_copies.count {
        Some(0) => {
            assert!(extents.own == 0 && extents.shared > 0, "{what}");
            assert_eq!(report.bytes_shared, report.bytes, "{what}");
            assert_eq!(report.bytes_per_second(), None, "{what}: sharing has no rate");
        }
        Some(_) => {
            assert_eq!((extents.shared, report.bytes_shared), (0, 0), "{what}");
            let written = report.device_writes >= Some(report.bytes);
            assert!(written || extents.inline > 0, "{what}: {:?}", report.device_writes);
        }
        None => {
            assert!(extents.shared > 0 && extents.own > 0, "{what}: it could have been known");
            assert_eq!(report.bytes_shared, 0, "{what}");
        }
    }
}

#[test]
fn every_strategy_claims_what_the_file_system_says() {
    for place in file_systems() {
        for &strategy in Strategy::ALL {
            for size in SIZES {
                let (source, destination) = (place.file("source", &random(1, size)), place.join("copy"));
                let report = CopyFile::new(&source, &destination).strategy(strategy).run().unwrap();
                // whether btrfs copies once more depends on what it keeps of the bytes (checksums), and it does not tell
                let untold = strategy == Strategy::Direct && place.to_string_lossy().contains("btrfs");
                if untold {
                    assert_eq!((report.cpu_copies.count, report.bytes_shared), (None, 0));
                } else {
                    check(&report, &destination, &format!("{strategy}, {size} bytes, {}", place.display()));
                }
                std::fs::remove_file(destination).unwrap();
            }
        }
    }
}

#[test]
fn auto_shares_whole_files_and_says_so() {
    for place in file_systems() {
        for size in SIZES {
            let (source, destination) = (place.file("source", &random(1, size)), place.join("copy"));
            let report = copy_file(&source, &destination).unwrap();
            // what lies in the metadata itself can't be shared, only be copied there by the clone
            let is_inline = Extents::of(&destination).inline > 0;
            assert!(!is_inline || size < 4096);
            let shared = if is_inline { 0 } else { size as u64 };
            assert_eq!((report.strategy, report.bytes_shared), (Some(Strategy::Reflink), shared));
            assert_eq!(
                (report.cpu_copies.count, report.bytes_moved()),
                (Some(u8::from(is_inline)), size as u64 - shared)
            );
            check(&report, &destination, &format!("auto, {size} bytes, {}", place.display()));
            let _ = std::fs::remove_file(destination);
        }
    }
}

#[test]
fn ranges_claim_what_the_file_system_says() {
    for place in file_systems() {
        let source = place.file("source", &random(1, 1_000_003));
        for (offset, length) in
            [(0, 8192), (4096, 400_000), (4096, 409_600), (1, 409_600), (1000, 999_003), (409_600, 590_403)]
        {
            for strategy in [None, Some(Strategy::CopyFileRange)] {
                let destination = place.join("copy");
                let copy = CopyFile::new(&source, &destination).offset(offset).length(length);
                let copy = if let Some(strategy) = strategy { copy.strategy(strategy) } else { copy };
                let report = copy.run().unwrap();
                check(&report, &destination, &format!("{strategy:?}, {length} from {offset}, {}", place.display()));
                std::fs::remove_file(destination).unwrap();
            }
        }
    }
}

#[test]
fn with_reflinks_forbidden_nothing_is_shared_by_any_strategy() {
    for place in file_systems() {
        let source = place.file("source", &random(1, 1_000_003));
        let ways = Strategy::ALL.iter().map(|&strategy| vec![strategy]);
        for way in ways.chain([vec![], vec![Strategy::Reflink, Strategy::CopyFileRange, Strategy::Splice]]) {
            let destination = place.join("copy");
            let copy = CopyFile::new(&source, &destination).reflinks(Reflinks::Never);
            let copy = if way.is_empty() { copy } else { copy.strategies(way.iter().copied()) };
            let could_share = matches!(way[..], [Strategy::Reflink | Strategy::CopyFileRange]);
            match copy.run() {
                Ok(report) if !could_share => {
                    let extents = Extents::of(&destination);
                    assert_eq!((extents.shared, report.bytes_shared), (0, 0), "{way:?} on {}", place.display());
                    let avoided = report.attempts.iter().filter(|attempt| attempt.outcome == Outcome::Avoided);
                    assert_eq!(avoided.count(), if way.len() == 1 { 0 } else { 2 }, "{way:?}");
                    std::fs::remove_file(destination).unwrap();
                }
                Err(error) if could_share => {
                    assert_eq!(error.kind(), ErrorKind::StrategyUnavailable, "{way:?}: {error}");
                    assert!(error.refusal().is_none(), "{way:?}: the kernel was not even asked");
                    assert!(!destination.exists(), "{way:?}");
                }
                result => panic!("{way:?} on {}: {result:?}", place.display()),
            }
        }
        assert_eq!(Extents::of(&source).shared, 0);
    }
}

/// Subvolumes have device numbers of their own, but one set of extents.
#[test]
fn subvolumes_of_one_file_system_share() {
    let Some(place) = Place::on("btrfs") else { return };
    let subvolume = place.join("subvolume");
    let made = Command::new("btrfs").args(["subvolume", "create"]).arg(&subvolume).output().unwrap();
    assert!(made.status.success(), "{}", child::text(&made));
    let source = place.file("source", &random(1, 1_000_003));
    let report = copy_file(&source, subvolume.join("copy")).unwrap();
    assert_eq!((report.strategy, report.bytes_shared), (Some(Strategy::Reflink), 1_000_003));
    check(&report, &subvolume.join("copy"), "into a subvolume");
    let back = CopyFile::new(subvolume.join("copy"), place.join("back")).strategy(Strategy::CopyFileRange);
    check(&back.run().unwrap(), &place.join("back"), "out of a subvolume");
    // one that is not empty can't be removed as a directory
    std::fs::remove_file(subvolume.join("copy")).unwrap();
}

/// For who demands them the kernel's own word counts, not ours.
#[test]
fn with_reflinks_demanded_it_is_shared_or_the_kernels_own_error() {
    for place in file_systems() {
        let source = place.file("source", &random(1, 1_000_003));
        let always = |to: &Path| CopyFile::new(&source, to).reflinks(Reflinks::Always);
        let report = always(&place.join("copy")).run().unwrap();
        check(&report, &place.join("copy"), "demanded");
        assert_eq!(report.strategy, Some(Strategy::Reflink));
        // whatever strategy is named
        let report = always(&place.join("copy")).strategy(Strategy::Sendfile).run().unwrap();
        assert_eq!(report.strategy, Some(Strategy::Reflink));
        let error = always(&place.join("odd")).offset(1).run().unwrap_err();
        assert_eq!((error.kind(), &*error.code()), (ErrorKind::Kernel, "EINVAL"));
        for (other, code) in [("ext4", "EXDEV"), ("tmpfs", "EXDEV")] {
            let Some(other) = Place::on(other) else { continue };
            let error = always(&other.join("copy")).run().unwrap_err();
            assert_eq!((&*error.code(), error.call(), error.bytes()), (code, Some("ioctl"), 0));
            assert!(other.names().is_empty());
        }
    }
    for name in ["ext4", "tmpfs", "xfs-noreflink"] {
        let Some(place) = Place::on(name) else { continue };
        let (source, old) = (place.file("source", b"content"), place.file("old", b"old content"));
        let error = CopyFile::new(&source, &old).reflinks(Reflinks::Always).run().unwrap_err();
        assert_eq!((error.kind(), &*error.code()), (ErrorKind::Kernel, "EOPNOTSUPP"), "{name}");
        assert_eq!(std::fs::read(&old).unwrap(), b"old content");
    }
}

#[test]
fn what_cannot_share_claims_one_copy_and_the_blocks_that_it_wrote() {
    for name in ["ext4", "xfs-noreflink", "tmpfs"] {
        let Some(place) = Place::on(name) else { continue };
        for size in SIZES {
            let (source, destination) = (place.file("source", &random(1, size)), place.join("copy"));
            let report = CopyFile::new(&source, &destination).strategy(Strategy::CopyFileRange).run().unwrap();
            assert_eq!((report.cpu_copies.count, report.bytes_shared), (Some(1), 0), "{size} bytes on {name}");
            let accounted = name != "tmpfs";
            assert_eq!(report.device_writes.is_some(), accounted, "{name}");
            assert!(!accounted || report.device_writes >= Some(size as u64), "{size} bytes on {name}");
            std::fs::remove_file(destination).unwrap();
        }
    }
}

/// A part that was written must not vouch for a part that was cloned.
#[test]
#[cfg(feature = "faults")]
fn parts_that_were_copied_and_parts_that_were_cloned_have_no_one_count() {
    use zero_copy_rs::{Call, Faults};
    const STEP: usize = 1 << 20;
    for place in file_systems() {
        for copied in 1..4 {
            let (source, destination) = (place.file("source", &random(1, 4 * STEP)), place.join("copy"));
            let list = [Strategy::Sendfile, Strategy::CopyFileRange];
            let faults = Faults::default().short(STEP).fail(Call::Sendfile, copied + 1, libc::EINVAL);
            let report = CopyFile::new(&source, &destination).strategies(list).faults(faults).run().unwrap();
            check(&report, &destination, &format!("{copied} of 4 parts copied, {}", place.display()));
            assert_eq!(report.cpu_copies.count, None);
            std::fs::remove_file(destination).unwrap();
        }
    }
}
