//! Permission bits are the source's; those above them only where owner and group are the source's too.
use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use nix::sys::stat::{Mode, umask};
use zero_copy_rs::{Atomic, CopyFile, Report, Strategy, copy_file};

use crate::support::bytes::random;
use crate::support::pending::run;
use crate::support::place::{Place, is_root};
use crate::support::process::{descriptors, until};
use crate::support::terminal::Terminal;
use crate::support::{child, extended_attribute};
use crate::{chmod, mode_of};

/// A source of mode `mode`, copied to a new name and over a file of mode `over`.
fn copied(place: &Path, mode: u32, over: u32) -> [Report; 2] {
    let (source, new, old) = (place.join("source"), place.join("new"), place.join("old"));
    [&source, &new, &old].into_iter().for_each(|path| drop(fs::remove_file(path)));
    fs::write(&source, random(1, 10_000)).unwrap();
    fs::write(&old, random(2, 20_000)).unwrap();
    chmod(&source, mode);
    chmod(&old, over);
    [new, old].map(|destination| copy_file(&source, destination).unwrap())
}

#[test]
fn permissions_are_the_sources_whatever_the_umask() {
    // the umask is the whole process's
    child::alone("modes::permissions_are_the_sources_whatever_the_umask", || {
        for mode in [0o400, 0o444, 0o600, 0o640, 0o644, 0o751, 0o777] {
            for mask in [0o000, 0o022, 0o077, 0o777] {
                let place = Place::anywhere();
                let (source, old) = (place.file("source", b"content"), place.file("old", b"old content"));
                chmod(&source, mode);
                chmod(&old, 0o606);
                let before = umask(Mode::from_bits_truncate(mask));
                for destination in [old, place.join("new")] {
                    let report = copy_file(&source, &destination).unwrap();
                    assert_eq!(mode_of(&destination), mode, "umask {mask:o}");
                    assert_eq!(report.not_preserved, [""; 0]);
                }
                umask(before);
            }
        }
    });
}

#[test]
fn permissions_are_the_sources_for_an_empty_file_and_every_strategy() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let (full, empty) = (place.file("full", &random(1, 5000)), place.file("empty", b""));
        chmod(&full, 0o741);
        chmod(&empty, 0o604);
        for &strategy in Strategy::ALL {
            if CopyFile::new(&full, place.join("copy")).strategy(strategy).run().is_ok() {
                assert_eq!(mode_of(&place.join("copy")), 0o741, "{strategy} on {file_system}");
            }
            CopyFile::new(&empty, place.join("copy")).strategy(strategy).run().unwrap();
            assert_eq!(mode_of(&place.join("copy")), 0o604, "{strategy} on {file_system}");
            fs::remove_file(place.join("copy")).unwrap();
        }
    }
}

#[test]
fn special_bits_stay_where_owner_and_group_are_the_same() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        for mode in [0o4755, 0o2755, 0o1644, 0o6711, 0o7777] {
            // the kernel takes them from a file that a user writes to, so they must be set afterwards
            for over in [0o600, 0o755, mode] {
                let reports = copied(&place, mode, over);
                let modes = ["source", "new", "old"].map(|name| mode_of(&place.join(name)));
                assert_eq!(modes, [mode; 3], "{mode:o} over {over:o} on {file_system}");
                reports.iter().for_each(|report| assert_eq!(report.not_preserved, [""; 0]));
            }
        }
    }
}

/// A set-user-id program of one user must not become another's.
#[test]
fn special_bits_do_not_pass_to_another_owner() {
    if !is_root() {
        // root's program, copied by a user
        let place = Place::anywhere();
        let found = ["/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/usr/bin/mount"].map(Path::new);
        let program = found.into_iter().find(|path| path.exists() && mode_of(path) & 0o6000 != 0);
        if let Some(program) = program {
            let report = copy_file(program, place.join("copy")).unwrap();
            assert_eq!(mode_of(&place.join("copy")), mode_of(program) & 0o777);
            assert_eq!(report.not_preserved, ["ownership", "setuid"]);
        }
        return;
    }
    let place = Place::anywhere();
    let source = place.file("source", b"a user's program");
    for (owner, group) in [(Some(1000), None), (None, Some(1000)), (Some(1000), Some(1000))] {
        chown(&source, owner, group).unwrap();
        chmod(&source, 0o7755);
        let over = place.file("over", b"root's file");
        for destination in [over, place.join("new")] {
            let report = copy_file(&source, &destination).unwrap();
            assert_eq!(mode_of(&destination), 0o755, "{owner:?} {group:?}");
            assert_eq!(report.not_preserved, ["ownership", "setuid", "setgid", "sticky"]);
        }
        chown(&source, Some(0), Some(0)).unwrap();
        fs::remove_file(place.join("new")).unwrap();
    }
    // over a file of the same owner they stay
    let theirs = place.file("theirs", b"that user's own file");
    [&source, &theirs].into_iter().for_each(|path| chown(path, Some(1000), Some(1000)).unwrap());
    chmod(&source, 0o4755);
    let report = copy_file(&source, &theirs).unwrap();
    assert_eq!((mode_of(&theirs), report.not_preserved), (0o4755, vec![]));
}

#[test]
fn what_is_lost_is_named() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let source = place.file("source", b"content");
        assert_eq!(copy_file(&source, place.join("copy")).unwrap().not_preserved, [""; 0]);
        extended_attribute::set(&source, c"user.origin", b"somewhere");
        assert_eq!(copy_file(&source, place.join("copy")).unwrap().not_preserved, ["xattrs"], "{file_system}");
        // an empty source has them too
        let empty = place.file("empty", b"");
        extended_attribute::set(&empty, c"user.origin", b"somewhere");
        assert_eq!(copy_file(&empty, place.join("copy")).unwrap().not_preserved, ["xattrs"], "{file_system}");
    }
}

#[test]
fn nobody_else_reads_a_file_that_is_not_whole_yet() {
    for atomic in [Atomic::Auto, Atomic::Never] {
        let (place, terminal) = (Place::anywhere(), Terminal::open());
        let destination = place.join("copy");
        let (handle, result) = run(CopyFile::new(&terminal.path, &destination).length(10).atomic(atomic));
        terminal.send(b"half ");
        until("half is there", || handle.bytes() == 5);
        assert_eq!(destination.exists(), atomic == Atomic::Never, "a name appears when the file is whole");
        let half = descriptors().into_iter().find(|(_, file)| file.parent() == Some(&*place)).unwrap().0;
        assert_eq!(mode_of(Path::new(&format!("/proc/self/fd/{half}"))), 0o600, "{atomic:?}");
        terminal.send(b"whole");
        assert_eq!(result.wait().unwrap().bytes, 10);
        assert_eq!(fs::read(&destination).unwrap(), b"half whole");
        assert_eq!(mode_of(&destination), mode_of(&terminal.path) & 0o777);
    }
}

#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let place = Place::anywhere();
    let (source, target) = (place.file("source", b"new"), place.file("target", b"old content"));
    chmod(&source, 0o640);
    symlink("target", place.join("link")).unwrap();
    symlink("made", place.join("dangling")).unwrap();
    copy_file(&source, place.join("link")).unwrap();
    copy_file(&source, place.join("dangling")).unwrap();
    for name in ["link", "dangling"] {
        assert!(fs::symlink_metadata(place.join(name)).unwrap().is_symlink(), "{name}");
    }
    for path in [target, place.join("made")] {
        assert_eq!((fs::read(&path).unwrap(), mode_of(&path)), (b"new".to_vec(), 0o640));
    }
    // what was made through a link is removed again with a copy that fails
    symlink("unmade", place.join("dangling-too")).unwrap();
    let failing = CopyFile::new("/dev/zero", place.join("dangling-too")).length(5).strategy(Strategy::CopyFileRange);
    failing.run().unwrap_err();
    assert!(!place.join("unmade").exists() && fs::symlink_metadata(place.join("dangling-too")).is_ok());
}
