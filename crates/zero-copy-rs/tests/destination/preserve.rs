//! What a copy gets of its source besides bytes and permissions, and that it says what it did not get.
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use zero_copy_rs::{Atomic, CopyFile, Preserve, Report};

use crate::given::setfacl;
use crate::support::extended_attribute::{get, set};
use crate::support::place::{Place, is_root};
use crate::support::process::become_nobody;

const PLACES: [&str; 4] = ["ext4", "xfs", "btrfs", "tmpfs"];
const ACL: &std::ffi::CStr = c"system.posix_acl_access";

fn only(choose: impl FnOnce(&mut Preserve)) -> Preserve {
    let mut preserve = Preserve::default();
    choose(&mut preserve);
    preserve
}

fn copy(source: &Path, destination: &Path, preserve: Preserve, atomic: Atomic) -> Report {
    CopyFile::new(source, destination).preserve(preserve).atomic(atomic).run().unwrap()
}

/// To a new name and over an old file, whole and in place.
fn everywhere(source: &Path, preserve: Preserve, check: impl Fn(&Path, &Report)) {
    let place = source.parent().unwrap();
    for atomic in [Atomic::Auto, Atomic::Never] {
        for name in ["new", "old"] {
            let destination: PathBuf = place.join(name);
            if name == "old" {
                fs::write(&destination, "old content, a little longer").unwrap();
            }
            let report = copy(source, &destination, preserve, atomic);
            assert_eq!(report.atomic, Some(atomic == Atomic::Auto));
            check(&destination, &report);
            fs::remove_file(&destination).unwrap();
        }
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn timestamps_to_the_nanosecond() {
    for file_system in PLACES {
        let place = Place::preferably_on(file_system);
        let source = place.file("source", b"content");
        let time = |seconds, nanoseconds| UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        let (read, written) = (time(1_000_000_000, 123_456_789), time(981_173_106, 987_654_321));
        let times = fs::FileTimes::new().set_accessed(read).set_modified(written);
        for content in [&b"content"[..], b""] {
            fs::write(&source, content).unwrap();
            File::options().write(true).open(&source).unwrap().set_times(times).unwrap();
            everywhere(&source, only(|preserve| preserve.timestamps = true), |destination, report| {
                let found = fs::metadata(destination).unwrap();
                assert_eq!(found.modified().unwrap(), written, "{file_system}");
                assert_eq!(found.accessed().unwrap(), read, "{file_system}");
                assert_eq!(report.not_preserved, [""; 0]);
                File::options().write(true).open(&source).unwrap().set_times(times).unwrap();
            });
        }
        // by default they are when it was copied
        copy(&source, &place.join("copy"), Preserve::default(), Atomic::Auto);
        assert!(fs::metadata(place.join("copy")).unwrap().modified().unwrap() > read);
    }
}

#[test]
fn ownership_and_with_it_what_is_above_the_permissions() {
    if !is_root() {
        return; // only root gives files away
    }
    for file_system in PLACES {
        let place = Place::preferably_on(file_system);
        let source = place.file("source", b"a user's program");
        chown(&source, Some(1234), Some(5678)).unwrap();
        chmod(&source, 0o6751);
        everywhere(&source, only(|preserve| preserve.ownership = true), |destination, report| {
            let found = fs::metadata(destination).unwrap();
            assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (1234, 5678, 0o6751), "{file_system}");
            assert_eq!(report.not_preserved, [""; 0]);
        });
        everywhere(&source, Preserve::default(), |destination, report| {
            let found = fs::metadata(destination).unwrap();
            assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (0, 0, 0o751), "{file_system}");
            assert_eq!(report.not_preserved, ["ownership", "setuid", "setgid"]);
        });
    }
}

#[test]
fn extended_attributes_and_access_control_lists() {
    for file_system in PLACES {
        let place = Place::preferably_on(file_system);
        let source = place.file("source", b"content");
        set(&source, c"user.origin", b"somewhere");
        set(&source, c"user.empty", b"");
        chmod(&source, 0o640);
        setfacl("u:1000:rw", &source);
        everywhere(&source, only(|preserve| preserve.xattrs = true), |destination, report| {
            assert_eq!(get(destination, c"user.origin").as_deref(), Some(&b"somewhere"[..]), "{file_system}");
            assert_eq!(get(destination, c"user.empty").as_deref(), Some(&b""[..]), "{file_system}");
            assert_eq!(get(destination, ACL), get(&source, ACL), "{file_system}");
            assert_eq!(fs::metadata(destination).unwrap().mode(), fs::metadata(&source).unwrap().mode());
            assert_eq!(report.not_preserved, [""; 0]);
        });
        everywhere(&source, Preserve::default(), |destination, report| {
            assert_eq!(get(destination, c"user.origin"), None, "{file_system}");
            assert_eq!(report.not_preserved, ["xattrs"]);
        });
    }
}

#[test]
fn where_the_source_has_no_list_the_copy_has_none_either() {
    for atomic in [Atomic::Auto, Atomic::Never] {
        let place = Place::preferably_on("ext4");
        let (source, old) = (place.file("source", b"content"), place.file("old", b"old content"));
        setfacl("u:1000:rw", &old);
        setfacl("d:u:1000:rwx", &place);
        for destination in [old, place.join("new")] {
            let report = copy(&source, &destination, only(|preserve| preserve.xattrs = true), atomic);
            assert_eq!((get(&destination, ACL), report.not_preserved), (None, vec![]), "{atomic:?}");
        }
    }
}

#[test]
fn what_cannot_be_preserved_is_named_and_no_error() {
    if !is_root() {
        return; // files of others are needed
    }
    let place = Place::preferably_on("ext4");
    chmod(&place, 0o777);
    let source = place.file("source", b"root's program");
    set(&source, c"user.origin", b"somewhere");
    set(&source, c"trusted.origin", b"root alone sees it");
    chmod(&source, 0o4755);
    let theirs = place.file("theirs", b"old content");
    chmod(&theirs, 0o777);
    let everything: PathBuf = place.join("everything");
    std::thread::scope(|scope| {
        let nobody = || {
            become_nobody();
            let report = copy(&source, &everything, Preserve::ALL, Atomic::Auto);
            assert_eq!(report.not_preserved, ["ownership", "setuid"]);
            let found = fs::metadata(&everything).unwrap();
            assert_eq!((found.uid(), found.mode() & 0o7777), (65534, 0o755));
            assert_eq!(found.mtime_nsec(), fs::metadata(&source).unwrap().mtime_nsec());
            assert_eq!(get(&everything, c"user.origin").as_deref(), Some(&b"somewhere"[..]));
        };
        scope.spawn(nobody).join().unwrap();
    });
    // trusted attributes are seen by root, and not by every file system
    let report = copy(&source, &place.join("by-root"), Preserve::ALL, Atomic::Auto);
    assert_eq!(report.not_preserved, [""; 0]);
    assert!(get(&place.join("by-root"), c"trusted.origin").is_some());
}

#[test]
fn an_attribute_that_the_other_file_system_does_not_know_is_named() {
    // procfs takes none, and has none to be listed: the destination is what refuses
    let Some((from, to)) = Place::on("xfs").zip(Place::on("ext4")) else { return };
    let source = from.file("source", b"content");
    // larger than a block of ext4, which has one for all attributes of a file
    set(&source, c"user.large", &[7; 20_000]);
    let report = copy(&source, &to.join("copy"), only(|preserve| preserve.xattrs = true), Atomic::Auto);
    assert_eq!(report.not_preserved, ["xattrs"]);
    assert_eq!(get(&to.join("copy"), c"user.large"), None);
    assert_eq!(fs::read(to.join("copy")).unwrap(), b"content");
}
