//! File systems without room, or without room for another file.
use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use zero_copy_rs::{Atomic, CopyFile, Error, Strategy};

use crate::support::bytes::random;
use crate::support::mount_namespace::{make_read_only, mount_tmpfs, unmount, within};
use crate::support::place::{Place, is_root};
use crate::support::process::{descriptors, ignore_signal, signal_by_default};
use crate::support::{child, strace};
use crate::{ASKED, Asked, Maker, snapshot};

/// It fails with `code`, and the directory is as it was.
fn fails(maker: Maker, source: &Path, destination: &Path, asked: Asked, code: &str) -> Error {
    let directory = destination.parent().unwrap();
    let (before, open) = (snapshot::of(directory), descriptors());
    let error = maker.make(source, destination, asked).unwrap_err();
    assert_eq!(error.code(), code, "{maker:?} {asked:?}: {error}");
    assert_eq!(error.destination_path(), Some(destination));
    assert_eq!(snapshot::of(directory), before, "{maker:?} {asked:?}: {error}");
    assert_eq!(descriptors(), open, "{maker:?} {asked:?}: {error}");
    error
}

#[test]
fn no_room_is_an_error_and_never_a_reason_to_write_over_the_old_file() {
    if !is_root() {
        return; // only root mounts
    }
    child::alone("full::no_room_is_an_error_and_never_a_reason_to_write_over_the_old_file", || {
        let place = Place::anywhere();
        let source = place.file("source", &random(1, 700_000));
        let small = place.join("small");
        fs::create_dir(&small).unwrap();
        within(|| {
            mount_tmpfs(&small, c"size=1m");
            fs::write(small.join("old"), random(2, 600_000)).unwrap();
            for maker in Maker::BOTH {
                for atomic in [Atomic::Auto, Atomic::Always] {
                    for name in ["old", "new"] {
                        let asked = Asked { atomic, ..ASKED };
                        let error = fails(maker, &source, &small.join(name), asked, "ENOSPC");
                        assert!(error.bytes() < 700_000);
                    }
                }
                // in place the room of the old one is enough
                let asked = Asked { atomic: Atomic::Never, ..ASKED };
                assert_eq!(maker.make(&source, &small.join("old"), asked).unwrap().bytes, 700_000);
                fs::write(small.join("old"), random(2, 600_000)).unwrap();
            }
            unmount(&small);
        });
    });
}

#[test]
fn no_inode_is_enospc() {
    if !is_root() {
        return; // only root mounts
    }
    child::alone("full::no_inode_is_enospc", || {
        let place = Place::anywhere();
        let source = place.file("source", b"new content");
        let small = place.join("small");
        fs::create_dir(&small).unwrap();
        within(|| {
            // the root's, and one for the old file
            mount_tmpfs(&small, c"size=1m,nr_inodes=2");
            fs::write(small.join("old"), "old content").unwrap();
            for maker in Maker::BOTH {
                for name in ["old", "new"] {
                    let error = fails(maker, &source, &small.join(name), ASKED, "ENOSPC");
                    assert_eq!((error.call(), error.bytes()), (Some("openat"), 0), "{maker:?} {name}");
                }
            }
            unmount(&small);
        });
    });
}

#[test]
fn a_quota_that_is_used_up_is_edquot() {
    child::alone("full::a_quota_that_is_used_up_is_edquot", || {
        if !is_root() {
            return; // only root sets one
        }
        let Some(place) = Place::on("btrfs") else { return };
        let volume = place.join("volume");
        let btrfs = |args: &[&str]| {
            let output = Command::new("btrfs").args(args).output().unwrap();
            assert!(output.status.success(), "btrfs {args:?}: {}", child::text(&output));
        };
        btrfs(&["subvolume", "create", volume.to_str().unwrap()]);
        btrfs(&["quota", "enable", place.to_str().unwrap()]);
        btrfs(&["qgroup", "limit", "4m", volume.to_str().unwrap()]);
        let source = Place::anywhere();
        let source = source.file("source", &random(1, 20_000_000));
        fs::write(volume.join("old"), "old content").unwrap();
        for maker in Maker::BOTH {
            for name in ["old", "new"] {
                let asked = Asked { durable: true, ..ASKED };
                fails(maker, &source, &volume.join(name), asked, "EDQUOT");
            }
        }
        btrfs(&["subvolume", "delete", volume.to_str().unwrap()]);
        btrfs(&["quota", "disable", place.to_str().unwrap()]);
    });
}

#[test]
fn a_read_only_file_system_is_erofs() {
    if !is_root() {
        return; // only root mounts
    }
    let place = Place::anywhere();
    let source = place.file("source", b"new content");
    fs::create_dir(place.join("directory")).unwrap();
    fs::write(place.join("directory/old"), "old content").unwrap();
    within(|| {
        make_read_only(&place.join("directory"));
        for maker in Maker::BOTH {
            for atomic in [Atomic::Auto, Atomic::Always, Atomic::Never] {
                for name in ["old", "new"] {
                    let asked = Asked { atomic, ..ASKED };
                    let path = place.join("directory").join(name);
                    let error = maker.make(&source, &path, asked).unwrap_err();
                    assert_eq!((&*error.code(), error.call()), ("EROFS", Some("openat")), "{maker:?} {asked:?} {name}");
                }
            }
        }
    });
    assert_eq!(fs::read(place.join("directory/old")).unwrap(), b"old content");
}

#[test]
fn a_file_larger_than_its_user_may_have_is_efbig_and_no_signal() {
    child::alone("full::a_file_larger_than_its_user_may_have_is_efbig_and_no_signal", || {
        let place = Place::preferably_on("ext4");
        let (source, old) = (place.file("source", &random(1, 300_000)), place.file("old", b"old content"));
        signal_by_default(nix::sys::signal::Signal::SIGXFSZ);
        let (_, hard) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
        setrlimit(Resource::RLIMIT_FSIZE, 100_000, hard).unwrap();
        for maker in Maker::BOTH {
            let error = fails(maker, &source, &old, ASKED, "EFBIG");
            assert!(error.bytes() <= 100_000, "{maker:?}");
        }
        for &strategy in Strategy::ALL.iter().filter(|&&strategy| strategy != Strategy::Reflink) {
            let before = snapshot::of(&place);
            let error = CopyFile::new(&source, &old).strategy(strategy).run().unwrap_err();
            assert!(["EFBIG", "ERR_STRATEGY_UNAVAILABLE"].contains(&&*error.code()), "{strategy}: {error}");
            assert_eq!(snapshot::of(&place), before, "{strategy}");
        }
        setrlimit(Resource::RLIMIT_FSIZE, hard, hard).unwrap();
        ignore_signal(nix::sys::signal::Signal::SIGXFSZ);
    });
}

/// What the file system answers to each call of the destination's, as strace makes it answer: in a process that was built
/// as it is published.
#[test]
fn each_call_that_the_kernel_fails_is_told_with_its_name() {
    if !strace::is_there("each_call_that_the_kernel_fails_is_told_with_its_name") {
        return;
    }
    let place = Place::preferably_on("ext4");
    let (source, old) = (place.file("source", &random(1, 50_000)), place.file("old", b"old content"));
    for (call, code) in [
        ("linkat", "EIO"),
        ("linkat", "ENOSPC"),
        ("linkat", "EDQUOT"),
        ("renameat", "EIO"),
        ("renameat", "EBUSY"),
        ("fchmod", "EIO"),
        ("faccessat2", "EIO"),
        ("copy_file_range", "ENOSPC"),
    ] {
        let before = snapshot::of(&place);
        let flags = ["-e".to_owned(), format!("inject={call}:error={code}"), "-e".to_owned(), format!("trace={call}")];
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null"]).args(&flags).arg(strace::example());
        command.args([&source, &old]).args(["--strategy", "copy_file_range"]);
        let output = command.output().unwrap();
        let said = child::text(&output);
        assert!(!output.status.success(), "{call} {code}: {said}");
        assert!(said.contains(code), "{call} {code}: {said}");
        assert_eq!(snapshot::of(&place), before, "{call} {code}");
    }
}
