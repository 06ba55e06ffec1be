//! The machine crashes between any two system calls of a durable copy: what the disk has then is copied, and the file
//! system recovers from the copy.
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::bytes::random;
use crate::support::image::{BTRFS, EXT4, Image, Kind, XFS};
use crate::support::mount_namespace::within;
use crate::support::place::{is_root, skip};
use crate::support::stops::after_each_call;
use crate::support::strace::example;

/// So little `auto` moves through the page cache; by name it goes past it, too.
const SIZE: usize = 3_000_003;

struct Crash {
    image: Image,
    old: Option<Vec<u8>>,
    new: Vec<u8>,
}

impl Crash {
    /// A source, and if `is_old` a destination, both on the disk.
    fn new(kind: Kind, is_old: bool) -> Self {
        let image = Image::new(kind, 0);
        let (old, new) = (is_old.then(|| random(7, 1_000_003)), random(8, SIZE));
        std::fs::write(image.directory.join("source"), &new).unwrap();
        if let Some(old) = &old {
            std::fs::write(image.directory.join("destination"), old).unwrap();
        }
        nix::unistd::syncfs(std::fs::File::open(&image.directory).unwrap()).unwrap();
        Self { image, old, new }
    }

    /// Copies, and answers the different states in which the disk was meanwhile, the last of them that of the end.
    fn copy(&self, options: &[&str]) -> Vec<PathBuf> {
        let mut states: Vec<PathBuf> = Vec::new();
        let mut copy = Command::new(example());
        copy.args(["source", "destination"].map(|name| self.image.directory.join(name)));
        copy.args(options).stdout(std::process::Stdio::null());
        let mut written = None;
        let mut look = || {
            // most calls write nothing to the disk
            if written.replace(self.image.written()) == Some(self.image.written()) {
                return;
            }
            let state = self.image.copy(&format!("state-{}", states.len()));
            match states.last().filter(|last| is_same(last, &state)) {
                Some(_) => std::fs::remove_file(state).unwrap(),
                None => states.push(state),
            }
        };
        after_each_call(&mut copy, &mut look);
        look();
        states
    }

    fn content(&self, state: &Path) -> Option<Vec<u8>> {
        self.image.recovered(state, |directory| std::fs::read(directory.join("destination")).ok())
    }

    /// In each state it is the old file or the new one, in the last the new one.
    fn check(&self, states: &[PathBuf], what: &str) {
        self.image.unmount();
        let (last, before) = states.split_last().unwrap();
        for (n, state) in before.iter().enumerate() {
            let found = self.content(state);
            let is_whole = found == self.old || found.as_ref() == Some(&self.new);
            assert!(is_whole, "{what}, state {n} of {}: {:?} bytes", states.len(), found.map(|found| found.len()));
        }
        assert!(self.content(last).as_ref() == Some(&self.new), "{what}: it was said to be on the disk");
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    Command::new("cmp").arg("--silent").args([a, b]).status().unwrap().success()
}

fn survives(kind: Kind) {
    if !is_root() {
        return skip(&format!("a crash on {}", kind.name), "mounting needs root");
    }
    for (is_old, strategy) in [(false, "direct"), (true, "direct"), (false, "sendfile"), (true, "reflink")] {
        if strategy == "reflink" && kind.name == "ext4" {
            continue; // it has none
        }
        within(|| {
            let crash = Crash::new(kind, is_old);
            let states = crash.copy(&["--durable", "--atomic", "always", "--strategy", strategy]);
            crash.check(&states, &format!("{strategy} on {}, {}", kind.name, if is_old { "replaced" } else { "new" }));
        });
    }
}

#[test]
fn a_crash_on_ext4_leaves_the_old_file_or_the_new_one() {
    survives(EXT4);
}

#[test]
fn a_crash_on_xfs_leaves_the_old_file_or_the_new_one() {
    survives(XFS);
}

#[test]
fn a_crash_on_btrfs_leaves_the_old_file_or_the_new_one() {
    survives(BTRFS);
}

/// In place a part of it may be there before; when it is said to be durable, it is all there, and so is its name.
#[test]
fn what_was_written_in_place_is_on_the_disk_in_the_end() {
    if !is_root() {
        return skip("a crash after a copy in place", "mounting needs root");
    }
    for (kind, is_old) in [(EXT4, false), (EXT4, true), (XFS, false), (BTRFS, true)] {
        within(|| {
            let crash = Crash::new(kind, is_old);
            let states = crash.copy(&["--durable", "--atomic", "never"]);
            crash.check(&states[states.len() - 1..], &format!("in place on {}", kind.name));
        });
    }
}
