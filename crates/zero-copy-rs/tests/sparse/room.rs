//! The room that is made ahead of the first byte: where, when, and that no more of it stays than is used.
use std::fs;
use std::os::unix::fs::MetadataExt;

use libc::{EDQUOT, EINTR, EINVAL, ENOSPC, ENOSYS, EOPNOTSUPP, EPERM};
use zero_copy_rs::{Atomic, Call, CopyFile, Faults, Reflinks, Sparse, Strategy};

use crate::support::bytes::{difference, random};
use crate::support::holes::allocated;
use crate::support::image::{EXT4, Image, XFS};
use crate::support::mount_namespace::within;
use crate::support::place::{Place, is_root, skip};

const MIB: usize = 1 << 20;

#[test]
fn it_is_made_on_ext4_and_xfs_from_a_mebibyte_on_and_nowhere_else() {
    for (name, makes) in [("ext4", true), ("xfs", true), ("xfs-noreflink", true), ("btrfs", false), ("tmpfs", false)] {
        let Some(place) = Place::on(name) else { continue };
        for (size, is_large) in [(1, false), (MIB - 1, false), (MIB, true), (3 * MIB + 17, true)] {
            let source = place.file("source", &random(1, size));
            for &strategy in Strategy::ALL.iter().filter(|&&strategy| strategy != Strategy::Reflink) {
                for atomic in [Atomic::Always, Atomic::Never] {
                    let destination = place.join("copy");
                    let copy = CopyFile::new(&source, &destination).strategy(strategy).atomic(atomic);
                    let report = copy.run().unwrap();
                    let what = format!("{size} bytes by {strategy}, {atomic:?} on {name}");
                    assert_eq!(report.syscalls.of(Call::Fallocate), u64::from(makes && is_large), "{what}");
                    assert_eq!(fs::metadata(&destination).unwrap().len(), size as u64, "{what}");
                    fs::remove_file(destination).unwrap();
                }
            }
        }
    }
}

#[test]
fn a_clone_needs_none() {
    let Some(place) = Place::on("xfs") else { return };
    let source = place.file("source", &random(1, 3 * MIB));
    let report = CopyFile::new(&source, place.join("copy")).run().unwrap();
    assert_eq!((report.strategy, report.syscalls.of(Call::Fallocate)), (Some(Strategy::Reflink), 0));
    // refused, it needs some
    let faults = Faults::default().fail(Call::Ioctl, 1, EOPNOTSUPP);
    let report = CopyFile::new(&source, place.join("other")).faults(faults).run().unwrap();
    assert_eq!((report.strategy, report.syscalls.of(Call::Fallocate)), (Some(Strategy::CopyFileRange), 1));
}

/// Only for what is new: blocks that are there are written over.
#[test]
fn over_an_old_file_it_is_made_for_what_is_longer() {
    let place = Place::preferably_on("ext4");
    let source = place.file("source", &random(1, 4 * MIB));
    for (before, expected) in [(MIB, 1), (4 * MIB - 5000, 0), (4 * MIB, 0), (6 * MIB, 0)] {
        let destination = place.file("copy", &random(2, before));
        let report = CopyFile::new(&source, &destination).atomic(Atomic::Never).run().unwrap();
        assert_eq!(report.syscalls.of(Call::Fallocate), if cfg_allocates(&place) { expected } else { 0 }, "{before}");
        assert_eq!(difference(&fs::read(&destination).unwrap(), &random(1, 4 * MIB)), None);
        assert!(allocated(&destination) < 4 * MIB as u64 + (64 << 10), "{}", allocated(&destination));
    }
}

fn cfg_allocates(place: &Place) -> bool {
    use nix::sys::statfs::{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, statfs};
    [EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC].contains(&statfs(&**place).unwrap().filesystem_type())
}

#[test]
fn a_kernel_that_makes_none_is_done_without() {
    let Some(place) = Place::on("ext4") else { return };
    let source = place.file("source", &random(1, 3 * MIB));
    for errno in [EOPNOTSUPP, ENOSYS, EPERM, EINVAL, EINTR] {
        for strategy in [Strategy::CopyFileRange, Strategy::Direct] {
            let copy = CopyFile::new(&source, place.join("copy")).strategy(strategy);
            let report = copy.faults(Faults::default().fail(Call::Fallocate, 1, errno)).run().unwrap();
            assert_eq!(report.syscalls.of(Call::Fallocate), if errno == EINTR { 2 } else { 1 });
            assert_eq!(difference(&fs::read(place.join("copy")).unwrap(), &random(1, 3 * MIB)), None);
        }
    }
}

#[test]
fn where_there_is_none_no_byte_is_moved() {
    let Some(place) = Place::on("ext4") else { return };
    let (source, old) = (place.file("source", &random(1, 3 * MIB)), random(2, 5000));
    for (errno, code) in [(ENOSPC, "ENOSPC"), (EDQUOT, "EDQUOT")] {
        for atomic in [Atomic::Auto, Atomic::Never] {
            let destination = place.file("copy", &old);
            let copy = CopyFile::new(&source, &destination).atomic(atomic);
            let error = copy.faults(Faults::default().fail(Call::Fallocate, 1, errno)).run().unwrap_err();
            assert_eq!((error.code(), error.call(), error.bytes()), (code.into(), Some("fallocate"), 0));
            assert!(fs::read(&destination).unwrap() == old, "{atomic:?}");
            assert_eq!(place.names(), ["copy", "source"]);
        }
    }
}

/// The real thing: a disk with less room than the file needs.
#[test]
fn a_disk_that_is_too_small_says_so_before_the_first_byte_and_keeps_nothing_of_it() {
    if !is_root() {
        return skip("a disk that is too small", "mounting needs root");
    }
    let from = Place::anywhere();
    // allocated, not written: room that costs nothing
    let source = from.join("source");
    let file = fs::File::create(&source).unwrap();
    nix::fcntl::fallocate(&file, nix::fcntl::FallocateFlags::empty(), 0, 400 << 20).unwrap();
    for kind in [EXT4, XFS] {
        within(|| {
            let image = Image::new(kind, 0);
            let destination = image.directory.join("copy");
            fs::write(&destination, random(3, 100_000)).unwrap();
            let before = fs::metadata(&destination).unwrap().blocks();
            for (atomic, strategy) in
                [(Atomic::Auto, None), (Atomic::Never, None), (Atomic::Auto, Some(Strategy::Direct))]
            {
                let copy = CopyFile::new(&source, &destination).atomic(atomic);
                let copy = if let Some(strategy) = strategy { copy.strategy(strategy) } else { copy };
                let error = copy.run().unwrap_err();
                let what = format!("{atomic:?} on {}", kind.name);
                assert_eq!((error.code(), error.call()), ("ENOSPC".into(), Some("fallocate")), "{what}");
                assert_eq!(error.bytes(), 0, "{what}");
                assert!(fs::read(&destination).unwrap() == random(3, 100_000), "{what}");
                // ext4 keeps the block of its map
                let now = fs::metadata(&destination).unwrap().blocks();
                assert!(now <= before + 8, "{what}: of the room {now} blocks stayed, there were {before}");
                assert_eq!(
                    fs::read_dir(&image.directory)
                        .unwrap()
                        .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.') })
                        .count(),
                    0,
                    "{what}"
                );
            }
        });
    }
}

#[test]
fn with_every_byte_written_it_is_made_for_holes_too() {
    let Some(place) = Place::on("ext4") else { return };
    let source = place.join("source");
    fs::File::create(&source).unwrap().set_len(3 << 20).unwrap();
    let never =
        |sparse| CopyFile::new(&source, place.join("copy")).sparse(sparse).reflinks(Reflinks::Never).run().unwrap();
    assert_eq!(never(Sparse::Auto).syscalls.of(Call::Fallocate), 0);
    assert_eq!(never(Sparse::Never).syscalls.of(Call::Fallocate), 1);
    assert!(allocated(&place.join("copy")) >= 3 << 20);
}
