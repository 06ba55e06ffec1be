//! What a handle shows of a copy under way.
use zero_copy_rs::CopyFile;

use crate::Stuck;
use crate::support::bytes::difference;
use crate::support::pending::submit;
use crate::support::place::Place;
use crate::support::process::until;

#[test]
fn bytes_grow_to_the_total_and_never_shrink() {
    let mut stuck = Stuck::new();
    let copy = stuck.copy();
    let total = stuck.content.len() as u64;
    assert_eq!((copy.handle().bytes(), copy.handle().total()), (0, None));
    let (handle, result) = submit(copy);
    until("the pipe is full", || handle.bytes() >= 4096);
    assert_eq!(handle.total(), Some(total));
    let (mut seen, mut received) = (vec![handle.bytes()], Vec::new());
    while received.len() < stuck.content.len() {
        received.extend(stuck.fifo.read(10_000));
        seen.push(handle.bytes());
        // what was read must have been counted by now, or be counted in the step that is under way
        assert!(handle.bytes() <= total);
    }
    let report = result.wait().unwrap();
    assert_eq!(difference(&received, &stuck.content), None);
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(seen.iter().any(|bytes| (1..total).contains(bytes)), "seen under way");
    assert_eq!((handle.bytes(), handle.total(), report.bytes), (total, Some(total), total));
}

#[test]
fn a_range_counts_from_its_own_beginning() {
    let place = Place::anywhere();
    let source = place.file("source", &[7; 10_000]);
    let copy = CopyFile::new(&source, place.join("copy")).offset(1000).length(5000);
    let handle = copy.handle();
    copy.run().unwrap();
    assert_eq!((handle.bytes(), handle.total()), (5000, Some(5000)));
}

#[test]
fn what_cannot_be_known_beforehand_has_no_total() {
    let place = Place::anywhere();
    let copy = CopyFile::new("/proc/version", place.join("copy"));
    let handle = copy.handle();
    let report = copy.run().unwrap();
    assert_eq!((handle.bytes(), handle.total()), (report.bytes, None));
}
