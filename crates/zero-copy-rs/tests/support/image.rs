//! A file system in a file: small enough to be filled, and to be looked at as a crash would leave it. For root, in a mount
//! namespace of the thread's own ([`within`](super::mount_namespace::within)).
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::Place;
use super::process::until;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    mkfs: &'static [&'static str],
    /// No smaller one can be made.
    pub(crate) least: u64,
}

pub(crate) const EXT4: Kind = Kind { name: "ext4", mkfs: &["mkfs.ext4", "-q", "-F"], least: 64 << 20 };
pub(crate) const XFS: Kind = Kind { name: "xfs", mkfs: &["mkfs.xfs", "-q"], least: 300 << 20 };
pub(crate) const BTRFS: Kind = Kind { name: "btrfs", mkfs: &["mkfs.btrfs", "-q"], least: 128 << 20 };

/// Mounted as long as it lives.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) kind: Kind,
    place: Place,
    pub(crate) file: PathBuf,
    pub(crate) directory: PathBuf,
}

impl Image {
    pub(crate) fn new(kind: Kind, size: u64) -> Self {
        let place = Place::anywhere();
        let file = place.join("image");
        File::create(&file).unwrap().set_len(size.max(kind.least)).unwrap();
        run(Command::new(kind.mkfs[0]).args(&kind.mkfs[1..]).arg(&file));
        let directory = place.join("mounted");
        std::fs::create_dir(&directory).unwrap();
        mount(&file, &directory);
        Self { kind, place, file, directory }
    }

    /// When its disk was last written to.
    pub(crate) fn written(&self) -> std::time::SystemTime {
        std::fs::metadata(&self.file).unwrap().modified().unwrap()
    }

    /// What is on the disk at this moment, whatever is still in memory.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        let copy = self.place.join(name);
        run(Command::new("cp").args(["--sparse=always", "--reflink=never"]).args([&self.file, &copy]));
        copy
    }

    /// Looks into a copy, after the file system has recovered by itself. Two with one name are never mounted at once.
    pub(crate) fn recovered<T>(&self, copy: &Path, look: impl FnOnce(&Path) -> T) -> T {
        mount(copy, &self.directory);
        let found = look(&self.directory);
        self.unmount();
        found
    }

    pub(crate) fn unmount(&self) {
        // a child of another test may hold our descriptors, until it has become its program
        let unmounted = || Command::new("umount").arg(&self.directory).output().unwrap().status.success();
        until("it is unmounted", unmounted);
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy", "--quiet"]).arg(&self.directory).status();
    }
}

fn mount(image: &Path, directory: &Path) {
    run(Command::new("mount").args(["-o", "loop"]).args([image, directory]));
}

fn run(command: &mut Command) {
    // where Debian keeps mkfs, which not every shell has in its path
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output = command.env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", super::child::text(&output));
}
