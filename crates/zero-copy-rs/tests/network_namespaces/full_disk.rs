//! A disk that is full before the file is whole.
use std::fs;
use std::path::Path;

use zero_copy_rs::{Atomic, ReceiveFile};

use crate::support::bytes::random;
use crate::support::mount_namespace::{mount_tmpfs, within};
use crate::support::place::{Place, is_root, skip};
use crate::support::sockets::{tcp, writer};

#[test]
fn a_full_disk_leaves_nothing_behind_and_the_old_file_whole() {
    if !is_root() {
        return skip("a full disk", "mounting needs root");
    }
    // mounts that only this thread sees: so it receives itself
    within(|| {
        let place = Place::anywhere();
        for may_block in [true, false] {
            for (nth, (atomic, old)) in
                [(Atomic::Auto, true), (Atomic::Always, false), (Atomic::Never, false)].into_iter().enumerate()
            {
                let small = place.join(format!("{may_block}-{nth}"));
                fs::create_dir(&small).unwrap();
                mount_tmpfs(&small, c"size=64k");
                if old {
                    fs::write(small.join("a"), "old").unwrap();
                }
                full(&small, may_block, atomic);
                let names: Vec<_> = fs::read_dir(&small).unwrap().map(|entry| entry.unwrap().file_name()).collect();
                assert_eq!(names.len(), usize::from(old), "{names:?}");
                assert!(!old || fs::read(small.join("a")).unwrap() == b"old");
                // lazily: a child that another test is just making may hold a descriptor of ours until it becomes its program
                assert!(std::process::Command::new("umount").arg("-l").arg(&small).status().unwrap().success());
            }
        }
    });
}

fn full(small: &Path, may_block: bool, atomic: Atomic) {
    let (near, far) = tcp();
    near.set_nonblocking(!may_block).unwrap();
    let sender = writer(&far, random(4, 300_000));
    let error = ReceiveFile::new(&near, small.join("a")).unwrap().atomic(atomic).run().unwrap_err();
    assert_eq!(error.code(), "ENOSPC", "{atomic:?}: {error}");
    assert!(error.bytes() > 0 && error.bytes() < 300_000);
    drop((near, far));
    sender.join().unwrap();
}
