//! A file copied to itself stays as it is, by whatever name: nothing is opened for writing, nothing is moved.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod support;

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zero_copy_rs::{CopyFile, Error, Report, Strategy, copy_file};

use support::bytes::random;
use support::place::Place;

/// A file, and other names of it: its own, a link, a hard link, a way around.
fn names(place: &Place) -> (PathBuf, Vec<PathBuf>) {
    let file = place.file("file", &random(1, 70_000));
    symlink("file", place.join("link")).unwrap();
    fs::hard_link(&file, place.join("hard-link")).unwrap();
    fs::create_dir(place.join("directory")).unwrap();
    let names = ["file", "link", "hard-link", "./file", "directory/../file"].map(|name| place.join(name));
    (file, names.to_vec())
}

fn untouched(file: &Path, result: Result<Report, Error>, how: &str) {
    let report = result.unwrap_or_else(|error| panic!("{how}: {error}"));
    assert_eq!((report.strategy, report.bytes, report.attempts.len()), (None, 0, 0), "{how}");
    assert_eq!((report.cpu_copies.count, report.bytes_per_second()), (None, None), "{how}");
    assert!(report.cpu_copies.basis.contains("same file"), "{how}");
    assert!(fs::read(file).unwrap() == random(1, 70_000), "{how}: the content changed");
}

#[test]
fn it_succeeds_with_nothing_moved_by_any_name() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let (file, names) = names(&place);
        for name in &names {
            untouched(&file, copy_file(&file, name), &format!("to {}", name.display()));
            untouched(&file, copy_file(name, &file), &format!("from {}", name.display()));
        }
    }
}

#[test]
fn it_succeeds_by_every_strategy_and_with_a_range() {
    let place = Place::anywhere();
    let (file, names) = names(&place);
    for &strategy in Strategy::ALL {
        let copy = CopyFile::new(&file, &names[2]).strategy(strategy).offset(5).length(10);
        untouched(&file, copy.run(), strategy.name());
    }
}

#[test]
fn it_succeeds_from_a_descriptor() {
    let place = Place::anywhere();
    let (file, names) = names(&place);
    for name in &names {
        untouched(&file, CopyFile::from_file(File::open(&file).unwrap(), name).unwrap().run(), "from a descriptor");
    }
}

/// A plain user could not open it for writing: so this shows that nobody tries.
#[test]
fn it_succeeds_where_it_could_not_be_written() {
    let place = Place::anywhere();
    let (file, names) = names(&place);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    for name in &names {
        untouched(&file, copy_file(&file, name), "a file of mode 0444");
    }
    // the kernel would refuse to open a running program for writing, to anybody (ETXTBSY)
    let program = place.join("cat");
    fs::copy("/bin/cat", &program).unwrap();
    fs::hard_link(&program, place.join("other-name")).unwrap();
    let mut running = Command::new(&program).stdin(Stdio::piped()).spawn().unwrap(); // until its input ends
    assert_eq!(File::options().write(true).open(&program).unwrap_err().raw_os_error(), Some(libc::ETXTBSY));
    let report = copy_file(&program, place.join("other-name"));
    drop(running.stdin.take());
    running.wait().unwrap();
    assert_eq!(report.unwrap().strategy, None);
}

#[test]
fn without_overwrite_it_exists() {
    let place = Place::anywhere();
    let (file, names) = names(&place);
    symlink("nowhere", place.join("dangling")).unwrap();
    for name in names.iter().chain([&place.join("dangling")]) {
        let error = CopyFile::new(&file, name).overwrite(false).run().unwrap_err();
        assert_eq!(error.code(), "EEXIST", "{}", name.display());
    }
    assert!(!place.join("nowhere").exists());
}

#[test]
fn the_change_time_is_untouched_too() {
    let place = Place::anywhere();
    let (file, names) = names(&place);
    let before = fs::metadata(&file).unwrap();
    names.iter().for_each(|name| untouched(&file, copy_file(&file, name), "copied to itself"));
    let after = fs::metadata(&file).unwrap();
    let times = |of: &fs::Metadata| (of.ctime(), of.ctime_nsec(), of.mtime(), of.mtime_nsec(), of.mode());
    assert_eq!(times(&before), times(&after));
}
