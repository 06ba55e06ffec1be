//! A destination that appears, or is replaced, whole.
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use zero_copy_rs::{Atomic, CopyFile, ReceiveFile, Strategy};

use crate::support::bytes::random;
use crate::support::child;
use crate::support::pending::{run, submit};
use crate::support::place::Place;
use crate::support::process::{descriptors, until};
use crate::support::sockets::tcp_for_reactor;
use crate::support::terminal::Terminal;
use crate::{ASKED, Asked, Maker, snapshot};

const PLACES: [&str; 4] = ["ext4", "xfs", "btrfs", "tmpfs"];

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn another_file_takes_the_name_and_whoever_has_the_old_one_keeps_it() {
    for file_system in PLACES {
        for maker in Maker::BOTH {
            for atomic in [Atomic::Auto, Atomic::Always] {
                let place = Place::preferably_on(file_system);
                let source = place.file("source", &random(1, 100_000));
                let old = place.file("old", b"old content");
                fs::hard_link(&old, place.join("link")).unwrap();
                let (mut open, before) = (File::open(&old).unwrap(), inode(&old));
                let report = maker.make(&source, &old, Asked { atomic, ..ASKED }).unwrap();
                assert_eq!((report.atomic, report.atomic_reason, report.bytes), (Some(true), None, 100_000));
                assert_ne!(inode(&old), before, "{file_system} {maker:?}");
                assert_eq!(fs::read(&old).unwrap(), fs::read(&source).unwrap());
                let mut content = String::new();
                open.read_to_string(&mut content).unwrap();
                assert_eq!((&*content, &*fs::read(place.join("link")).unwrap()), ("old content", &b"old content"[..]));
                assert_eq!(place.names(), ["link", "old", "source"]);
            }
        }
    }
}

#[test]
fn a_name_appears_when_the_file_is_whole_and_an_old_one_is_there_until_then() {
    for file_system in PLACES {
        for old in [None, Some(b"old content")] {
            let (place, terminal) = (Place::preferably_on(file_system), Terminal::open());
            let destination = place.join("copy");
            old.iter().for_each(|content| fs::write(&destination, content).unwrap());
            let before = snapshot::of(&place);
            let (handle, result) = run(CopyFile::new(&terminal.path, &destination).length(10));
            terminal.send(b"half ");
            until("half is there", || handle.bytes() == 5);
            assert_eq!(snapshot::of(&place), before, "{file_system}");
            terminal.send(b"whole");
            assert_eq!(result.wait().unwrap().bytes, 10);
            assert_eq!(fs::read(&destination).unwrap(), b"half whole");
            assert_eq!(place.names(), ["copy"]);
        }
    }
}

/// Until it is whole, a received file is nobody else's either.
#[test]
fn what_is_received_over_a_file_is_private_until_it_has_its_permissions() {
    let place = Place::preferably_on("ext4");
    let old = place.file("old", b"old content");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o646)).unwrap();
    let (near, mut far) = tcp_for_reactor();
    let (handle, result) = {
        let (sender, receiver) = std::sync::mpsc::channel();
        let done = move |result| sender.send(result).unwrap();
        (ReceiveFile::new(&near, &old).unwrap().submit(done).unwrap(), receiver)
    };
    far.write_all(b"half").unwrap();
    until("half is there", || handle.bytes() == 4);
    let half = descriptors().into_iter().find(|(_, file)| file.parent() == Some(&*place) && *file != old);
    let half = half.unwrap().0;
    let mode = |path: PathBuf| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(format!("/proc/self/fd/{half}").into()), 0o600);
    assert_eq!(fs::read(&old).unwrap(), b"old content");
    drop(far);
    assert_eq!(result.recv().unwrap().unwrap().bytes, 4);
    assert_eq!((fs::read(&old).unwrap(), mode(old)), (b"half".to_vec(), 0o646));
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_replaced_or_made() {
    for maker in Maker::BOTH {
        let place = Place::preferably_on("ext4");
        let source = place.file("source", b"new");
        fs::create_dir(place.join("far")).unwrap();
        fs::write(place.join("far/target"), "old content").unwrap();
        let absolute = place.join("link");
        let links = [("link", "far/target"), ("twice", "link"), ("thrice", absolute.to_str().unwrap())];
        let dangling = [("dangling", "far/new"), ("dangling-twice", "dangling")];
        for (name, to) in links.into_iter().chain(dangling) {
            symlink(to, place.join(name)).unwrap();
            let path = place.join(name);
            let target = place.join(if name.starts_with("dangling") { "far/new" } else { "far/target" });
            let before = target.exists().then(|| inode(&target));
            let report = maker.make(&source, &path, ASKED).unwrap();
            assert_eq!(report.atomic, Some(true), "{maker:?} {name}");
            assert_eq!(fs::read_link(&path).unwrap(), Path::new(to), "{maker:?} {name}");
            assert_eq!(fs::read(&target).unwrap(), b"new", "{maker:?} {name}");
            assert_ne!(before, Some(inode(&target)), "{maker:?} {name}");
            if name.starts_with("dangling") {
                fs::remove_file(&target).unwrap();
            }
        }
        assert_eq!(fs::read_dir(place.join("far")).unwrap().count(), 1);
    }
}

#[test]
fn a_name_may_be_as_long_as_names_can_be_relative_and_no_text() {
    use std::os::unix::ffi::OsStrExt;
    child::alone("whole::a_name_may_be_as_long_as_names_can_be_relative_and_no_text", || {
        let place = Place::preferably_on("ext4");
        let source = place.file("source", b"new");
        std::env::set_current_dir(&*place).unwrap();
        fs::create_dir("directory").unwrap();
        let long = "n".repeat(255);
        for name in [long.as_bytes(), b"name", b"./name", b"directory/name", b"directory/../other", b"\xff\xfe", b" "] {
            let path = Path::new(std::ffi::OsStr::from_bytes(name));
            for maker in Maker::BOTH {
                for nth in 0..2 {
                    let report = maker.make(&source, path, ASKED).unwrap();
                    assert_eq!(report.atomic, Some(true), "{maker:?} {nth} {path:?}");
                    assert_eq!(fs::read(path).unwrap(), b"new");
                }
                fs::remove_file(path).unwrap();
            }
        }
        assert_eq!(place.names(), ["directory", "source"]);
        std::env::set_current_dir("/").unwrap();
    });
}

#[test]
fn without_overwrite_a_name_is_given_to_what_is_whole_and_to_nothing_that_came_later() {
    for file_system in PLACES {
        let (place, terminal) = (Place::preferably_on(file_system), Terminal::open());
        let destination = place.join("copy");
        let copy = || CopyFile::new(&terminal.path, &destination).length(4).overwrite(false);
        let (handle, result) = submit(copy());
        terminal.send(b"ab");
        until("the half is there", || handle.bytes() == 2);
        fs::write(&destination, "somebody's").unwrap();
        let before = snapshot::of(&place);
        terminal.send(b"cd");
        let error = result.wait().unwrap_err();
        assert_eq!((&*error.code(), error.call(), error.bytes()), ("EEXIST", Some("linkat"), 4), "{file_system}");
        assert_eq!(snapshot::of(&place), before);
        fs::remove_file(&destination).unwrap();
        let (_, result) = submit(copy());
        terminal.send(b"abcd");
        assert_eq!(result.wait().unwrap().atomic, Some(true));
        assert_eq!(fs::read(&destination).unwrap(), b"abcd");
    }
}

#[test]
fn every_strategy_writes_into_a_file_without_a_name() {
    for file_system in PLACES {
        for &strategy in Strategy::ALL {
            let place = Place::preferably_on(file_system);
            let (source, old) = (place.file("source", &random(1, 3_000_001)), place.file("old", b"old content"));
            let before = snapshot::of(&place);
            match CopyFile::new(&source, &old).strategy(strategy).atomic(Atomic::Always).run() {
                Ok(report) => {
                    assert_eq!((report.strategy, report.atomic), (Some(strategy), Some(true)), "{file_system}");
                    assert!(fs::read(&old).unwrap() == fs::read(&source).unwrap(), "{strategy} on {file_system}");
                }
                Err(error) => {
                    assert_eq!(error.code(), "ERR_STRATEGY_UNAVAILABLE", "{strategy} on {file_system}: {error}");
                    assert_eq!(snapshot::of(&place), before);
                }
            }
            assert_eq!(place.names(), ["old", "source"], "{strategy} on {file_system}");
        }
    }
}
