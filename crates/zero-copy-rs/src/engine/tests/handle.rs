//! What a stop does, and when.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Budget, Files, Handle, finish};
use crate::error::ErrorKind;
use crate::strategy::Strategy;
use crate::sys::faults::Faults;

/// How often it was woken, and by which of its closures.
fn counter(handle: &Handle) -> Arc<AtomicUsize> {
    let woken = Arc::new(AtomicUsize::new(0));
    let also = woken.clone();
    handle.on_stop(move || {
        also.fetch_add(1, Ordering::Relaxed);
    });
    woken
}

#[test]
fn a_stop_wakes_once_and_who_comes_later_at_once() {
    let handle = Handle::default();
    let woken = counter(&handle);
    assert!(!handle.stopped() && woken.load(Ordering::Relaxed) == 0);
    handle.stop();
    handle.stop();
    assert!(handle.stopped());
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert_eq!(counter(&handle).load(Ordering::Relaxed), 1);
}

#[test]
fn the_last_word_is_the_one_that_counts() {
    let handle = Handle::default();
    let (first, second) = (counter(&handle), counter(&handle));
    handle.stop();
    assert_eq!((first.load(Ordering::Relaxed), second.load(Ordering::Relaxed)), (0, 1));
}

#[test]
fn who_is_awake_is_not_woken_and_holds_nothing() {
    let handle = Handle::default();
    let woken = counter(&handle);
    handle.is_awake();
    assert_eq!(Arc::strong_count(&woken), 1);
    handle.stop();
    assert_eq!(woken.load(Ordering::Relaxed), 0);
}

#[test]
fn what_wakes_may_stop_again() {
    let handle = Handle::default();
    let same = handle.clone();
    handle.on_stop(move || same.stop());
    handle.stop();
    assert!(handle.stopped());
}

#[test]
fn a_stop_comes_before_the_next_call() {
    for &strategy in Strategy::ALL {
        let files = Files::new("ext4", 50_000);
        let (mut job, destination) = files.open(&[strategy], Faults::default().short(1000));
        if strategy != Strategy::Reflink {
            job.burst(Budget::bytes(5000));
        }
        let (before, reached) = (job.sys.counts, job.handle().bytes());
        job.handle().stop();
        assert!(matches!(job.burst(Budget::UNLIMITED), super::Turn::Done(Err(_))), "{strategy}");
        assert_eq!(job.sys.counts, before, "{strategy} made a call more");
        let error = finish(job, destination).unwrap_err();
        assert_eq!((error.kind(), error.bytes()), (ErrorKind::Aborted, reached));
        assert!(!files.destination.exists());
    }
}
