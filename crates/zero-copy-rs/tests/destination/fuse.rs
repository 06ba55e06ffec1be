//! On a file system that is a program: no file without a name there, and errors that come when a file is closed.
use std::fs;

use zero_copy_rs::Atomic;

use crate::fuse_server::{Manners, Mounted, Operation};
use crate::support::bytes::random;
use crate::support::mount_namespace::within;
use crate::support::place::{Place, is_root, skip};
use crate::{ASKED, Asked, Maker, is_unavailable};

const EXCLUSIVE: &str = "the file system cannot give a whole file a name that must be new";

/// A source, and a mounted file system. None, said to the test runner: there can be none.
fn mounted(test: &str, body: impl Fn(&std::path::Path, &std::path::Path, &Mounted) + Send + Sync) {
    if !is_root() {
        return; // only root mounts
    }
    if !std::path::Path::new("/dev/fuse").exists() {
        return skip(test, "there is no /dev/fuse");
    }
    let place = Place::anywhere();
    let source = place.file("source", &random(1, 300_000));
    let directory = place.join("mount");
    fs::create_dir(&directory).unwrap();
    within(|| {
        let mounted = Mounted::at(&directory);
        body(&source, &directory, &mounted);
    });
}

#[test]
fn a_file_has_another_name_until_it_is_whole() {
    mounted("a_file_has_another_name_until_it_is_whole", |source, directory, mounted| {
        for maker in Maker::BOTH {
            for (name, asked) in [("new", ASKED), ("old", ASKED), ("new", Asked { overwrite: false, ..ASKED })] {
                let destination = directory.join(name);
                let _ = fs::remove_file(&destination);
                if name == "old" {
                    fs::write(&destination, "old content").unwrap();
                }
                let report = maker.make(source, &destination, asked).unwrap();
                assert_eq!(report.atomic, Some(true), "{maker:?} {name}");
                assert!(fs::read(&destination).unwrap() == fs::read(source).unwrap());
                let wanted = if maker == Maker::Copy { source } else { &destination };
                let mode = |path: &std::path::Path| std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap());
                assert_eq!(mode(&destination), mode(wanted));
                assert_ne!(mode(&destination) & 0o777, 0o600, "it would be private for ever");
                fs::remove_file(&destination).unwrap();
                assert!(mounted.names().is_empty(), "{:?}", mounted.names());
            }
        }
    });
}

/// Each errno that says so, of either way.
#[test]
fn where_neither_links_nor_exclusive_renames_are_known_a_new_name_is_written_in_place() {
    let test = "where_neither_links_nor_exclusive_renames_are_known_a_new_name_is_written_in_place";
    mounted(test, |source, directory, mounted| {
        let destination = directory.join("new");
        // either is enough
        for (links, exclusive_renames) in [(None, Some(libc::EINVAL)), (Some(libc::EPERM), None)] {
            mounted.behave(Manners { links, exclusive_renames, fails: None });
            let asked = Asked { overwrite: false, atomic: Atomic::Always, ..ASKED };
            assert_eq!(Maker::Copy.make(source, &destination, asked).unwrap().atomic, Some(true));
            assert_eq!(mounted.names(), ["new"]);
            fs::remove_file(&destination).unwrap();
        }
        // ENOSYS last: the kernel does not ask again
        for errno in [libc::EINVAL, libc::EOPNOTSUPP, libc::EROFS, libc::EPERM, libc::ENOSYS] {
            mounted.behave(Manners { links: Some(errno), exclusive_renames: Some(errno), fails: None });
            for maker in Maker::BOTH {
                let asked = Asked { overwrite: false, atomic: Atomic::Always, ..ASKED };
                is_unavailable(&maker.make(source, &destination, asked).unwrap_err(), EXCLUSIVE);
                assert!(mounted.names().is_empty(), "{:?}", mounted.names());
                let asked = Asked { overwrite: false, ..ASKED };
                let report = maker.make(source, &destination, asked).unwrap();
                assert_eq!((report.atomic, report.atomic_reason), (Some(false), Some(EXCLUSIVE)), "{errno}");
                assert_eq!(mounted.names(), ["new"]);
                assert_eq!(maker.make(source, &destination, asked).unwrap_err().code(), "EEXIST");
                fs::remove_file(&destination).unwrap();
                // what may replace does so by the one rename that every file system has
                let report = maker.make(source, &destination, ASKED).unwrap();
                assert_eq!(report.atomic, Some(true), "{errno}");
                assert_eq!(mounted.names(), ["new"]);
                fs::remove_file(&destination).unwrap();
            }
        }
    });
}

#[test]
fn what_fails_at_any_point_leaves_the_old_file_and_nothing_else() {
    let test = "what_fails_at_any_point_leaves_the_old_file_and_nothing_else";
    mounted(test, |source, directory, mounted| {
        let destination = directory.join("old");
        fs::write(&destination, "old content").unwrap();
        for (operation, calls) in [
            (Operation::Create, &["openat"][..]),
            (Operation::Write, &["copy_file_range", "sendfile", "pwrite64", "splice", "write"]),
            (Operation::Flush, &["close"]),
            (Operation::Fsync, &["fsync"]),
            (Operation::Rename, &["renameat"]),
            (Operation::Setattr, &["fchmod"]),
        ] {
            for (errno, code) in [(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC"), (libc::EDQUOT, "EDQUOT")] {
                for maker in Maker::BOTH {
                    mounted.behave(Manners { fails: Some((operation, errno)), ..Manners::default() });
                    let asked = Asked { durable: operation == Operation::Fsync, ..ASKED };
                    let error = maker.make(source, &destination, asked).unwrap_err();
                    mounted.behave(Manners::default());
                    let context = format!("{maker:?} {operation:?}: {error}");
                    assert_eq!((&*error.code(), error.raw_os_error()), (code, Some(errno)), "{context}");
                    assert!(calls.contains(&error.call().unwrap()), "{context}, by {:?}", error.call());
                    assert_eq!(error.destination_path(), Some(&*destination), "{context}");
                    assert_eq!(mounted.names(), ["old"], "{context}");
                    assert_eq!(fs::read(&destination).unwrap(), b"old content", "{context}");
                }
            }
        }
    });
}

#[test]
fn in_place_an_error_of_close_is_an_error_and_a_new_name_goes() {
    let test = "in_place_an_error_of_close_is_an_error_and_a_new_name_goes";
    mounted(test, |source, directory, mounted| {
        mounted.behave(Manners { fails: Some((Operation::Flush, libc::EIO)), ..Manners::default() });
        for maker in Maker::BOTH {
            let asked = Asked { atomic: Atomic::Never, ..ASKED };
            let error = maker.make(source, &directory.join("new"), asked).unwrap_err();
            assert_eq!((&*error.code(), error.call(), error.bytes()), ("EIO", Some("close"), 300_000), "{maker:?}");
            assert!(mounted.names().is_empty(), "{maker:?}");
        }
    });
}
