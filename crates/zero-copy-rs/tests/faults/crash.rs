//! The machine crashes between any two system calls of a durable receive: what the disk has then is copied, and the file
//! system recovers from the copy. Of copies: `durable/crash.rs`.
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::killed::send;
use crate::support::bytes::random;
use crate::support::image::{BTRFS, EXT4, Image, Kind, XFS};
use crate::support::mount_namespace::within;
use crate::support::network::example;
use crate::support::place::{is_long, is_root};
use crate::support::stops::after_each_call_of;

const SIZE: usize = 500_003;

/// The states in which the disk was, the last of them that of the end.
fn states(image: &Image, bytes: &[u8]) -> Vec<PathBuf> {
    let mut receive = Command::new(example("receive"));
    receive.arg(image.directory.join("destination")).args(["127.0.0.1:0", "--durable"]);
    receive.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut states = Vec::new();
    let changed = || {
        let found = fs::metadata(&image.file).unwrap();
        (found.mtime(), found.mtime_nsec(), found.blocks())
    };
    let before = Cell::new(None);
    let mut look = || {
        let now = Some(changed());
        if before.replace(now) != now {
            states.push(image.copy(&format!("state-{}", states.len())));
        }
    };
    after_each_call_of(&mut receive, |child| send(child, bytes.to_vec()), &mut look);
    before.set(None);
    look();
    states
}

fn survives(kind: Kind, is_old: bool) {
    let image = Image::new(kind, 0);
    let (old, new) = (is_old.then(|| random(7, 100_003)), random(8, SIZE));
    let destination = image.directory.join("destination");
    old.iter().for_each(|old| fs::write(&destination, old).unwrap());
    nix::unistd::syncfs(fs::File::open(&image.directory).unwrap()).unwrap();
    let states = states(&image, &new);
    image.unmount();
    let content = |state| image.recovered(state, |directory| fs::read(directory.join("destination")).ok());
    let (last, before) = states.split_last().unwrap();
    for (n, state) in before.iter().enumerate() {
        let found = content(state);
        let is_whole = found == old || found.as_ref() == Some(&new);
        assert!(is_whole, "{}, state {n} of {}: {:?}", kind.name, states.len(), found.map(|found| found.len()));
    }
    assert!(states.len() > 1, "{}: the disk was never another", kind.name);
    assert!(content(last).as_ref() == Some(&new), "{}: it was said to be on the disk", kind.name);
}

#[test]
fn a_crash_during_a_durable_receive_leaves_the_old_file_or_the_new_one() {
    if !is_root() {
        return; // only root mounts
    }
    let all = [(EXT4, true), (XFS, false), (BTRFS, true), (EXT4, false), (XFS, true), (BTRFS, false)];
    for (kind, is_old) in all.into_iter().take(if is_long() { all.len() } else { 2 }) {
        within(|| survives(kind, is_old));
    }
}
