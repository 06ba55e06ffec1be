//! What cannot be measured, and what then stays behind: nothing.
use std::fs::OpenOptions;
use std::io::Write;

use zero_copy_rs::{Benchmark, ErrorKind, Strategy};

use crate::failure;
use crate::support::bytes::random;
use crate::support::mount_namespace::{mount_tmpfs, within};
use crate::support::place::{Place, is_root, skip};

#[test]
fn what_is_no_measurement_is_refused_before_anything_is_made() {
    let place = Place::anywhere();
    let plain = || Benchmark::new().sizes([1000]).directory(&*place);
    for (request, words) in [
        (plain().sizes([]), "A size"),
        (plain().sizes([5, 0]), "A size"),
        (plain().buffers([32, 0]), "A buffer"),
        (plain().buffers([(8 << 20) + 1]), "A buffer"),
        (plain().buffers([]), "A buffer"),
        (plain().strategies([]), "no strategy"),
        (plain().iterations(0), "at least once"),
        (plain().file(place.file("empty", b"")), "empty"),
    ] {
        let error = request.begin().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange, "{error}");
        assert!(error.description().contains(words), "{error}");
    }
    assert_eq!(place.names(), ["empty"]);
}

#[test]
fn a_source_or_a_directory_that_cannot_be_used_is_named() {
    let place = Place::anywhere();
    let file = place.file("file", b"x");
    let fifo = place.join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let nowhere = place.join("nowhere");
    for (request, code, path) in [
        (Benchmark::new().file(&nowhere).directory(&*place), "ENOENT", &nowhere),
        (Benchmark::new().file(&*place).directory(&*place), "EISDIR", &place.to_path_buf()),
        (Benchmark::new().file(&fifo).directory(&*place), "EINVAL", &fifo),
        (Benchmark::new().directory(&nowhere), "ENOENT", &nowhere),
        (Benchmark::new().directory(&file), "ENOTDIR", &file),
    ] {
        let error = request.begin().unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(error.source_path(), Some(&**path), "{error}");
        assert!(error.to_string().contains(", benchmark '"), "{error}");
    }
    assert_eq!(place.names(), ["fifo", "file"]);
}

#[test]
fn without_room_for_the_files_nothing_is_made() {
    if !is_root() {
        return skip("a small file system", "mounting needs root");
    }
    within(|| {
        let place = Place::anywhere();
        mount_tmpfs(&place, c"size=1m");
        let size = 600_000;
        let error = Benchmark::new().sizes([10, size]).directory(&*place).begin().unwrap_err();
        assert_eq!(error.code(), "ENOSPC", "{error}");
        assert_eq!(
            error.detail(),
            Some("two test files of 600000 bytes need 1200000 bytes, 1048576 are free"),
            "{error}"
        );
        assert_eq!(place.names(), Vec::<String>::new());
        // sent, it needs only its source
        let request = Benchmark::new().sizes([size]).strategies([None]).iterations(1).loopback();
        let mut series = request.directory(&*place).begin().unwrap();
        assert!(series.next_run().unwrap().is_some());
        series.finish().unwrap();
        assert!(std::process::Command::new("umount").arg(&*place).status().unwrap().success());
    });
}

#[test]
fn a_disk_that_fills_up_meanwhile_ends_it_and_is_left_as_it_was() {
    if !is_root() {
        return skip("a small file system", "mounting needs root");
    }
    within(|| {
        let place = Place::anywhere();
        mount_tmpfs(&place, c"size=1m");
        let request = Benchmark::new().sizes([400_000]).strategies([Some(Strategy::Sendfile)]).buffers([64]);
        let mut series = request.directory(&*place).begin().unwrap();
        series.next_run().unwrap();
        place.file("somebody else's", &random(1, 500_000));
        let error = failure(&mut series);
        assert_eq!(error.code(), "ENOSPC", "{error}");
        assert_eq!(series.samples().len(), 1);
        drop(series);
        assert_eq!(place.names(), ["somebody else's"]);
        assert!(std::process::Command::new("umount").arg(&*place).status().unwrap().success());
    });
}

#[test]
fn a_file_that_changes_meanwhile_ends_it_however_it_changes() {
    let append = |place: &Place| {
        let mut file = OpenOptions::new().append(true).open(place.join("mine")).unwrap();
        file.write_all(b"more").unwrap();
    };
    let overwrite = |place: &Place| {
        let mut file = OpenOptions::new().write(true).open(place.join("mine")).unwrap();
        file.write_all(b"other").unwrap();
    };
    let shrink = |place: &Place| OpenOptions::new().write(true).open(place.join("mine")).unwrap().set_len(7).unwrap();
    let replace = |place: &Place| {
        place.file("new", &random(2, 50_000));
        std::fs::rename(place.join("new"), place.join("mine")).unwrap();
    };
    let remove = |place: &Place| std::fs::remove_file(place.join("mine")).unwrap();
    type Change<'a> = &'a dyn Fn(&Place);
    let changes: [(&str, Change<'_>); 5] = [
        ("appended to", &append),
        ("overwritten", &overwrite),
        ("shortened", &shrink),
        ("replaced", &replace),
        ("removed", &remove),
    ];
    for (how, change) in changes {
        let place = Place::anywhere();
        let file = place.file("mine", &random(1, 50_000));
        let request = Benchmark::new().file(&file).buffers([4096]).strategies([Some(Strategy::ReadWrite)]);
        let mut series = request.directory(&*place).begin().unwrap();
        series.next_run().unwrap();
        change(&place);
        let error = failure(&mut series);
        assert_eq!(error.code(), "ERR_SOURCE_CHANGED", "{how}: {error}");
        assert_eq!(error.source_path(), Some(&*file));
        assert_eq!(series.samples().len(), 1, "{how}");
        drop(series);
        assert!(place.names().iter().all(|name| name == "mine"), "{how}: {:?}", place.names());
    }
}
