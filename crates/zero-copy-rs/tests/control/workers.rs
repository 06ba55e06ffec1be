//! The threads that copies run on: few, parked, and not to be lost.
use std::fs;
use std::sync::mpsc::channel;

use zero_copy_rs::{CopyFile, ErrorKind, probe};

use crate::Stuck;
use crate::support::bytes::difference;
use crate::support::child;
use crate::support::fifo::Fifo;
use crate::support::pending::submit;
use crate::support::place::Place;
use crate::support::process::{LIMIT, descriptors, until, workers};
use crate::support::watch::Opens;

const THREADS: &str = "ZERO_COPY_RS_THREADS";

#[test]
fn a_copy_that_waits_for_a_thread_stops_at_once_and_opens_nothing() {
    let name = "workers::a_copy_that_waits_for_a_thread_stops_at_once_and_opens_nothing";
    child::with_environment(name, &[(THREADS, "1")], || {
        let mut stuck = Stuck::new();
        let (busy, first) = submit(stuck.copy());
        until("the only thread is busy", || busy.bytes() >= 4096);
        let place = Place::anywhere();
        let source = place.file("source", b"content");
        let opens = Opens::of(&source);
        let (second_handle, second) = submit(CopyFile::new(&source, place.join("second")));
        let (_, third) = submit(CopyFile::new(&source, place.join("third")));
        second_handle.stop();
        // the thread is busy still, so it ended right here
        assert_eq!(second.now().unwrap().unwrap_err().kind(), ErrorKind::Aborted);
        assert_eq!(opens.count(), 0);
        assert!(third.now().is_none());
        let received = stuck.fifo.read_exact(stuck.content.len());
        assert_eq!(difference(&received, &stuck.content), None);
        assert_eq!(first.wait().unwrap().bytes, received.len() as u64);
        assert_eq!(third.wait().unwrap().bytes, 7);
        assert_eq!(place.names(), ["source", "third"]);
        assert_eq!(workers(), 1);
    });
}

#[test]
fn a_copy_that_is_stopped_before_it_waits_for_a_thread_does_not_wait() {
    let name = "workers::a_copy_that_is_stopped_before_it_waits_for_a_thread_does_not_wait";
    child::with_environment(name, &[(THREADS, "1")], || {
        let stuck = Stuck::new();
        let (busy, first) = submit(stuck.copy());
        until("the only thread is busy", || busy.bytes() >= 4096);
        let copy = CopyFile::new(stuck.place.join("source"), stuck.place.join("copy"));
        copy.handle().stop();
        assert_eq!(submit(copy).1.now().unwrap().unwrap_err().kind(), ErrorKind::Aborted);
        busy.stop();
        assert_eq!(first.wait().unwrap_err().kind(), ErrorKind::Aborted);
    });
}

/// As many copies as `limit` begin, the others hold no descriptor until it is their turn.
fn so_many_at_once(limit: usize) {
    let place = Place::anywhere();
    let source = place.file("source", &[7; 1_000_000]);
    let before = descriptors().len();
    let fifos: Vec<_> = (0..limit + 5).map(|n| Fifo::new(&place.join(n.to_string()))).collect();
    let copies: Vec<_> = fifos.iter().map(|fifo| submit(CopyFile::new(&source, fifo.path()))).collect();
    let begun = || copies.iter().filter(|(handle, _)| handle.bytes() >= 4096).count();
    until("all threads are busy", || begun() == limit);
    assert_eq!(workers(), limit);
    // both ends of each that began, and what it waits with
    let held = descriptors().len() - before - fifos.len();
    assert!((2 * limit..=3 * limit).contains(&held), "{held} descriptors for {limit} copies");
    // the last first: one that waits must not begin because another ended
    for (handle, result) in copies.iter().rev() {
        handle.stop();
        assert_eq!(result.wait().unwrap_err().kind(), ErrorKind::Aborted);
    }
    assert_eq!(copies.iter().filter(|(handle, _)| handle.bytes() > 0).count(), limit);
}

#[test]
fn the_environment_sets_how_many_there_are() {
    let name = "workers::the_environment_sets_how_many_there_are";
    child::with_environment(name, &[(THREADS, " 3 ")], || so_many_at_once(3));
}

#[test]
fn there_are_no_more_than_four_by_themselves() {
    let name = "workers::there_are_no_more_than_four_by_themselves";
    let own = std::thread::available_parallelism().unwrap().get().min(4);
    child::with_environment(name, &[], || so_many_at_once(own));
}

#[test]
fn a_number_that_is_none_is_ignored() {
    let name = "workers::a_number_that_is_none_is_ignored";
    let own = std::thread::available_parallelism().unwrap().get().min(4);
    child::with_environment(name, &[(THREADS, "0")], || so_many_at_once(own));
}

#[test]
fn a_panic_of_the_callers_own_costs_no_worker() {
    let name = "workers::a_panic_of_the_callers_own_costs_no_worker";
    child::with_environment(name, &[(THREADS, "1")], || {
        let place = Place::anywhere();
        let source = place.file("source", b"content");
        for round in 0..10 {
            let copy = CopyFile::new(&source, place.join("copy"));
            copy.submit(|_| panic!("the caller's own")).unwrap();
            let (_, result) = submit(CopyFile::new(&source, place.join(round.to_string())));
            assert_eq!(result.wait().unwrap().bytes, 7);
        }
        assert_eq!(workers(), 1);
    });
}

#[test]
fn a_copy_may_be_submitted_where_another_is_done() {
    let place = Place::anywhere();
    let source = place.file("source", b"content");
    let (sender, result) = channel();
    let next = CopyFile::new(place.join("first"), place.join("second"));
    let first = CopyFile::new(&source, place.join("first"));
    let done = move |_| drop(next.submit(move |result| sender.send(result).unwrap()).unwrap());
    first.submit(done).unwrap();
    assert_eq!(result.recv_timeout(LIMIT).unwrap().unwrap().bytes, 7);
    assert_eq!(fs::read(place.join("second")).unwrap(), b"content");
}

#[test]
fn a_probe_runs_on_them_too() {
    let place = Place::anywhere();
    let (sender, result) = channel();
    let done = move |found| sender.send((found, std::thread::current().name().map(str::to_owned))).unwrap();
    zero_copy_rs::Probe::new(Some(&place)).submit(done).unwrap();
    let (found, thread) = result.recv_timeout(LIMIT).unwrap();
    assert_eq!(found.unwrap(), probe(Some(&place)).unwrap());
    assert_eq!(thread.as_deref(), Some("zero-copy"));
}
