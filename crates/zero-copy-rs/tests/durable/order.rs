//! In which order it gets to the disk, as the seam over the calls and `strace` see it.
use std::fs;
use std::path::Path;

use zero_copy_rs::{Atomic, CopyFile, Faults, ReceiveFile, Report, Strategy};

use crate::support::bytes::random;
use crate::support::place::{Place, is_root};
use crate::support::process::become_nobody;
use crate::support::sockets::{tcp, writer};

const SIZE: usize = 300_003;

/// The calls that decide, of those that were made.
fn seen(calls: &[&'static str]) -> Vec<&'static str> {
    const DECIDING: [&str; 10] = [
        "pwrite64",
        "sendfile",
        "copy_file_range",
        "splice",
        "ioctl",
        "fsync",
        "syncfs",
        "linkat",
        "renameat",
        "fchmod",
    ];
    let mut calls: Vec<_> = calls.iter().copied().filter(|call| DECIDING.contains(call)).collect();
    calls.dedup();
    calls
}

fn places() -> impl Iterator<Item = (&'static str, Place)> {
    ["ext4", "xfs", "btrfs", "tmpfs"].into_iter().filter_map(|name| Some((name, Place::on(name)?)))
}

fn copy(place: &Place, change: impl Fn(CopyFile) -> CopyFile) -> (Report, Vec<&'static str>) {
    let source = place.file("source", &random(1, SIZE));
    let faults = Faults::default();
    let log = faults.log();
    let copy = CopyFile::new(source, place.join("copy")).durable(true).strategy(Strategy::ReadWrite);
    let report = change(copy.faults(faults)).run().unwrap();
    assert_eq!(report.durable, Some(true));
    assert_eq!(fs::read(place.join("copy")).unwrap(), random(1, SIZE));
    (report, seen(&log()))
}

#[test]
fn first_the_file_then_its_name_then_the_directory() {
    for (name, place) in places() {
        let (_, calls) = copy(&place, |copy| copy);
        assert_eq!(calls, ["pwrite64", "fchmod", "fsync", "linkat", "fsync"], "a new name on {name}");
        let (_, calls) = copy(&place, |copy| copy);
        assert_eq!(calls, ["pwrite64", "fchmod", "fsync", "linkat", "renameat", "fsync"], "replaced on {name}");
    }
}

#[test]
fn in_place_the_name_may_be_as_new_as_the_file() {
    for (name, place) in places() {
        let (report, calls) = copy(&place, |copy| copy.atomic(Atomic::Never));
        assert_eq!((report.atomic, calls), (Some(false), vec!["pwrite64", "fchmod", "fsync"]), "new on {name}");
        fs::write(place.join("copy"), random(2, SIZE + 1)).unwrap();
        let (_, calls) = copy(&place, |copy| copy.atomic(Atomic::Never));
        assert_eq!(calls.last(), Some(&"fsync"), "over another on {name}");
    }
}

#[test]
fn every_strategy_can_be_durable() {
    for (name, place) in places() {
        let source = place.file("source", &random(1, SIZE));
        for &strategy in Strategy::ALL {
            for atomic in [Atomic::Always, Atomic::Never] {
                let faults = Faults::default();
                let log = faults.log();
                let copy = CopyFile::new(&source, place.join("copy")).strategy(strategy).atomic(atomic);
                match copy.durable(true).faults(faults).run() {
                    Ok(report) => assert_eq!(report.durable, Some(true)),
                    Err(error) => {
                        assert_eq!(error.code(), "ERR_STRATEGY_UNAVAILABLE", "{strategy} on {name}: {error}");
                        continue;
                    }
                }
                let syncs = log().iter().filter(|call| **call == "fsync").count();
                assert_eq!(syncs, 2, "{strategy} on {name}");
                assert_eq!(fs::read(place.join("copy")).unwrap(), random(1, SIZE), "{strategy} on {name}");
            }
        }
    }
}

#[test]
fn what_was_not_asked_for_is_not_done() {
    let place = Place::preferably_on("ext4");
    let source = place.file("source", &random(1, SIZE));
    let faults = Faults::default();
    let log = faults.log();
    let report = CopyFile::new(source, place.join("copy")).faults(faults).run().unwrap();
    assert_eq!(report.durable, Some(false));
    assert!(!log().iter().any(|call| call.contains("sync")), "{:?}", log());
}

#[test]
fn an_empty_file_is_durable_too() {
    let place = Place::preferably_on("ext4");
    let faults = Faults::default();
    let log = faults.log();
    let copy = CopyFile::new(place.file("empty", b""), place.join("copy")).durable(true).faults(faults);
    assert_eq!(copy.run().unwrap().durable, Some(true));
    assert_eq!(seen(&log()).iter().filter(|call| **call == "fsync").count(), 2);
}

#[test]
fn what_is_received_is_durable_as_what_is_copied() {
    for (name, place) in places() {
        for (atomic, old) in [(Atomic::Auto, false), (Atomic::Auto, true), (Atomic::Never, false)] {
            let (near, far) = tcp();
            let destination = place.join("received");
            let _ = fs::remove_file(&destination);
            if old {
                fs::write(&destination, "old").unwrap();
            }
            let sender = writer(&far, random(3, SIZE));
            drop(far);
            let faults = Faults::default();
            let log = faults.log();
            let receive = ReceiveFile::new(&near, &destination).unwrap().atomic(atomic).durable(true);
            let report = receive.length(SIZE as u64).faults(faults).run().unwrap();
            sender.join().unwrap();
            assert_eq!((report.durable, report.bytes), (Some(true), SIZE as u64), "{name}");
            let calls = seen(&log());
            let last: &[&str] = match (atomic, old) {
                (Atomic::Never, _) => &["fsync"],
                (_, false) => &["fsync", "linkat", "fsync"],
                (_, true) => &["fsync", "linkat", "renameat", "fsync"],
            };
            assert!(calls.ends_with(last), "{atomic:?} on {name}: {calls:?}");
        }
    }
}

#[test]
fn a_device_is_no_disk_and_nothing_is_promised() {
    let place = Place::anywhere();
    let source = place.file("source", &random(1, SIZE));
    let report = CopyFile::new(source, place.null_device()).durable(true).run().unwrap();
    assert_eq!((report.bytes, report.durable), (SIZE as u64, Some(false)));
}

/// It may be written and passed through, not read: so it can't be synchronised by itself.
#[test]
fn a_directory_that_may_not_be_read_is_synchronised_with_its_file_system() {
    use std::os::unix::fs::PermissionsExt;
    let Some(place) = Place::on("ext4") else { return };
    let shut = place.join("shut");
    fs::create_dir(&shut).unwrap();
    let source = place.file("source", &random(1, SIZE));
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(&place, 0o755);
    open(&source, 0o644);
    open(&shut, 0o333);
    let body = || {
        if is_root() {
            become_nobody();
        }
        for atomic in [Atomic::Always, Atomic::Never] {
            let faults = Faults::default();
            let log = faults.log();
            let copy = CopyFile::new(&source, shut.join(format!("{atomic:?}"))).atomic(atomic).durable(true);
            assert_eq!(copy.faults(faults).run().unwrap().durable, Some(true));
            assert_eq!(seen(&log()).last(), Some(&"syncfs"), "{atomic:?}: {:?}", log());
        }
    };
    std::thread::scope(|scope| scope.spawn(body).join().unwrap());
    open(&shut, 0o755);
}
