//! What a probe says of a place, and that nobody sees it there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zero_copy_rs::{Available, Capabilities, Capability, ErrorKind, Strategy, probe};

use support::place::{Place, is_root};
use support::process::{become_nobody, descriptors};
use support::{child, seccomp};

fn of(found: &Capabilities, strategy: Strategy) -> &Capability {
    found.strategies.iter().find(|found| found.strategy == strategy).unwrap()
}

/// As the mount table says it: by the longest mount point above `path`.
fn mount_of(path: &Path) -> (String, String) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let mounts = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let above = mounts.filter(|words| path.starts_with(words[1])).max_by_key(|words| words[1].len()).unwrap();
    (above[2].to_owned(), above[0].to_owned())
}

/// On a thread that may do nothing that is root's.
fn as_nobody<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    let run = || {
        if is_root() {
            become_nobody();
        }
        body()
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap())
}

#[test]
fn each_file_system_is_named_and_says_what_it_can() {
    for (name, reflink) in
        [("ext4", false), ("ext4b", false), ("xfs", true), ("xfs-noreflink", false), ("btrfs", true), ("tmpfs", false)]
    {
        let Some(place) = Place::on(name) else { continue };
        let found = probe(Some(&place)).unwrap();
        let path = found.path.as_ref().unwrap();
        assert_eq!((path.file_system.clone(), path.device.clone()), mount_of(&place));
        assert!(name.starts_with(&path.file_system), "{path:?}");
        assert_eq!((path.reflink, path.holes), (Some(reflink), Some(true)), "{name}");
        let wanted = if reflink { Available::Yes } else { Available::Unsupported };
        assert_eq!(of(&found, Strategy::Reflink).available, wanted, "{name}");
        assert_eq!(of(&found, Strategy::Reflink).cpu_copies.count, reflink.then_some(0), "{name}");
        for (strategy, copies) in [(Strategy::ReadWrite, 2), (Strategy::Sendfile, 1), (Strategy::Splice, 1)] {
            assert_eq!(of(&found, strategy).available, Available::Yes, "{strategy} on {name}");
            assert_eq!(of(&found, strategy).cpu_copies.count, Some(copies), "{strategy} on {name}");
        }
        assert_eq!(of(&found, Strategy::CopyFileRange).available, Available::Yes, "{name}");
    }
}

#[test]
fn every_strategy_is_there_in_order_with_a_basis_and_a_reason_where_it_cannot_be_used() {
    for found in [probe(None).unwrap(), probe(Some(&std::env::temp_dir())).unwrap()] {
        let strategies: Vec<_> = found.strategies.iter().map(|found| found.strategy).collect();
        assert_eq!(strategies, Strategy::ALL);
        for found in &found.strategies {
            assert!(found.available == Available::Yes || found.reason.is_some(), "{found:?}");
            assert!(!found.cpu_copies.basis.is_empty());
        }
    }
}

#[test]
fn without_a_place_the_machine_alone_is_described() {
    let found = probe(None).unwrap();
    assert_eq!(found.path, None);
    assert_eq!(found.kernel, fs::read_to_string("/proc/sys/kernel/osrelease").unwrap().trim());
    assert_eq!(of(&found, Strategy::ReadWrite).available, Available::Yes);
    assert_eq!(of(&found, Strategy::Reflink).available, Available::Unknown, "it depends on the file system");
}

#[test]
fn a_file_stands_for_its_directory() {
    let place = Place::anywhere();
    let file = place.file("file", b"content");
    std::os::unix::fs::symlink("file", place.join("link")).unwrap();
    let directory = probe(Some(&place)).unwrap();
    for path in [&file, &place.join("link"), &place.join(".")] {
        assert_eq!(probe(Some(path)).unwrap(), directory, "{}", path.display());
    }
}

#[test]
fn a_relative_name_is_found_from_the_working_directory() {
    child::alone("a_relative_name_is_found_from_the_working_directory", || {
        let place = Place::anywhere();
        place.file("file", b"content");
        std::env::set_current_dir(&*place).unwrap();
        let wanted = probe(Some(&place)).unwrap();
        for path in [".", "file", "./file"] {
            assert_eq!(probe(Some(Path::new(path))).unwrap(), wanted, "{path}");
        }
        std::env::set_current_dir("/").unwrap();
    });
}

#[test]
fn what_is_not_there_is_enoent_with_its_path() {
    let place = Place::anywhere();
    let file = place.file("file", b"content");
    for (path, code) in [(place.join("missing"), "ENOENT"), (file.join("below"), "ENOTDIR"), ("".into(), "ENOENT")] {
        let error = probe(Some(&path)).unwrap_err();
        assert_eq!((error.kind(), &*error.code()), (ErrorKind::Kernel, code), "{}", path.display());
        assert_eq!((error.source_path(), error.destination_path()), (Some(&*path), None));
        assert!(error.to_string().contains(", probe '"), "{error}");
    }
}

#[test]
fn what_may_not_be_looked_at_is_eacces() {
    let place = Place::anywhere();
    let hidden = place.join("hidden");
    fs::create_dir_all(hidden.join("inside")).unwrap();
    fs::set_permissions(&*place, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&hidden, fs::Permissions::from_mode(0o600)).unwrap();
    let error = as_nobody(|| probe(Some(&hidden.join("inside"))).unwrap_err());
    assert_eq!(error.code(), "EACCES");
    fs::set_permissions(&hidden, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn where_it_may_not_write_what_depends_on_the_file_system_is_unknown() {
    for (name, known) in [("xfs", None), ("btrfs", None), ("ext4", Some(false)), ("tmpfs", Some(false))] {
        let Some(place) = Place::on(name) else { continue };
        let here = place.join("here");
        fs::create_dir(&here).unwrap();
        fs::set_permissions(&here, fs::Permissions::from_mode(0o555)).unwrap();
        fs::set_permissions(&*place, fs::Permissions::from_mode(0o755)).unwrap();
        let found = as_nobody(|| probe(Some(&here)).unwrap());
        let path = found.path.as_ref().unwrap();
        assert_eq!((path.reflink, path.holes), (known, None), "{name}");
        assert_eq!((path.file_system.clone(), path.device.clone()), mount_of(&place));
        let wanted = if known.is_some() { Available::Unsupported } else { Available::Unknown };
        assert_eq!(of(&found, Strategy::Reflink).available, wanted, "{name}");
        assert_eq!(of(&found, Strategy::ReadWrite).available, Available::Yes, "{name}");
    }
}

#[test]
fn a_file_system_without_files_of_ours_is_named_all_the_same() {
    let found = probe(Some(Path::new("/proc"))).unwrap();
    let path = found.path.as_ref().unwrap();
    assert_eq!((&*path.file_system, path.reflink, path.holes), ("proc", Some(false), None));
}

#[test]
fn a_filter_of_system_calls_is_found_out() {
    for errno in [libc::EPERM, libc::ENOSYS] {
        let under = || {
            let place = Place::anywhere();
            seccomp::forbid(&[(libc::SYS_copy_file_range, errno), (libc::SYS_splice, errno)]);
            let found = probe(Some(&place)).unwrap();
            for strategy in [Strategy::CopyFileRange, Strategy::Splice] {
                assert_eq!(of(&found, strategy).available, Available::Unsupported, "{strategy}");
                assert!(of(&found, strategy).reason.is_some_and(|reason| reason.contains("seccomp")), "{strategy}");
            }
            assert_eq!(of(&found, Strategy::Sendfile).available, Available::Yes);
        };
        std::thread::scope(|scope| scope.spawn(under).join().unwrap());
    }
}

#[test]
fn nobody_sees_it() {
    child::alone("nobody_sees_it", || {
        for name in ["ext4", "xfs", "btrfs", "tmpfs"] {
            let place = Place::preferably_on(name);
            place.file("file", b"content");
            let (names, open) = (place.names(), descriptors());
            let modified = fs::metadata(&*place).unwrap().modified().unwrap();
            probe(Some(&place)).unwrap();
            assert_eq!(fs::metadata(&*place).unwrap().modified().unwrap(), modified, "{name}: no name came or went");
            assert_eq!((place.names(), descriptors()), (names, open), "{name}");
        }
    });
}
