//! Cases x strategies x file systems: every way of copying gives every file exactly, or says why it cannot, and its
//! receipt is complete. A new strategy is tested by being in [`Strategy::ALL`] and in [`expected::answer`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod cases;
mod expected;
mod generated;
mod large;
mod receipt;
#[path = "../support/mod.rs"]
mod support;

use zero_copy_rs::{CopyFile, ErrorKind, Strategy};

use support::place::Place;

/// How the caller may choose.
fn ways() -> Vec<Vec<Strategy>> {
    let each = Strategy::ALL.iter().map(|&strategy| vec![strategy]);
    let lists = [vec![], vec![Strategy::Reflink, Strategy::CopyFileRange, Strategy::Splice]]; // none: auto
    each.chain(lists).collect()
}

/// From one file system to another, or within one.
struct Route {
    from: Place,
    to: Place,
    sharing: Sharing,
    beside_the_cache: Beside,
}

/// Whether the destination's file system takes bytes without copying them into the page cache.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Yes,
    /// There is nothing but the page cache.
    No,
    /// It depends on what it keeps of them (btrfs: checksums).
    Unknown,
}

/// Whether the two files can share extents.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Works,
    /// This kind of file system has it, this one was made without.
    Refused,
    /// The file system has nothing of the kind.
    Unheard,
    /// They lie on two file systems.
    Apart,
}

impl Route {
    fn new(from: &str, to: &str) -> Option<Self> {
        let sharing = match from {
            _ if from != to => Sharing::Apart,
            "xfs" | "btrfs" => Sharing::Works,
            "xfs-noreflink" => Sharing::Refused,
            _ => Sharing::Unheard,
        };
        let beside_the_cache = match to {
            "tmpfs" => Beside::No,
            "btrfs" => Beside::Unknown,
            _ => Beside::Yes,
        };
        Some(Self { from: Place::on(from)?, to: Place::on(to)?, sharing, beside_the_cache })
    }
}

macro_rules! routes {
    ($($name:ident: $from:literal => $to:literal;)*) => {
        $(mod $name {
            use super::{Route, cases, large};

            #[test]
            fn every_way_copies_every_case() {
                let Some(route) = Route::new($from, $to) else { return };
                cases::run(&route);
            }

            #[test]
            fn every_way_copies_what_lies_behind_4_gib() {
                let Some(route) = Route::new($from, $to) else { return };
                large::ranges(&route);
            }
        })*
    };
}

routes! {
    ext4_to_itself: "ext4" => "ext4";
    xfs_to_itself: "xfs" => "xfs";
    xfs_without_reflinks_to_itself: "xfs-noreflink" => "xfs-noreflink";
    btrfs_to_itself: "btrfs" => "btrfs";
    tmpfs_to_itself: "tmpfs" => "tmpfs";
    ext4_to_another_ext4: "ext4" => "ext4b";
    ext4_to_tmpfs: "ext4" => "tmpfs";
    tmpfs_to_xfs: "tmpfs" => "xfs";
    btrfs_to_ext4: "btrfs" => "ext4";
    xfs_to_btrfs: "xfs" => "btrfs";
}

#[test]
fn an_empty_list_of_strategies_is_no_strategy() {
    let place = Place::anywhere();
    let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
    let error = CopyFile::new(&source, &old).strategies([]).run().unwrap_err();
    assert_eq!((error.kind(), error.description()), (ErrorKind::StrategyUnavailable, "no strategy was named"));
    assert_eq!(std::fs::read(old).unwrap(), b"old content");
}

#[test]
fn a_strategy_that_is_named_twice_is_tried_once() {
    let place = Place::anywhere();
    // another file system, so that it is refused
    let list = [Strategy::CopyFileRange, Strategy::CopyFileRange, Strategy::ReadWrite, Strategy::CopyFileRange];
    let report = CopyFile::new("/proc/version", place.join("copy")).strategies(list).run().unwrap();
    let tried: Vec<_> = report.attempts.iter().map(|attempt| attempt.strategy).collect();
    assert_eq!(tried, [Strategy::CopyFileRange, Strategy::ReadWrite]);
}

/// Without fresh file systems at least this.
#[test]
fn every_way_copies_every_case_in_the_temporary_directory() {
    if support::place::has_mounts() {
        return; // the others do more
    }
    let (Some(from), Some(to)) = (Place::without_clones(), Place::without_clones()) else { return };
    let kind = nix::sys::statfs::statfs(&*to).unwrap().filesystem_type();
    let beside_the_cache = if kind == nix::sys::statfs::TMPFS_MAGIC { Beside::No } else { Beside::Yes };
    let route = Route { from, to, sharing: Sharing::Unheard, beside_the_cache };
    cases::run(&route);
    large::ranges(&route);
}
