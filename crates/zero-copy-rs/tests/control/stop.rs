//! `Handle::stop`, before a copy, while it waits, and in its middle.
use std::fs;

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Outcome, Strategy};

use crate::Stuck;
use crate::support::bytes::{difference, random};
use crate::support::pending::{run, submit};
use crate::support::place::{Place, is_long};
use crate::support::process::until;
use crate::support::terminal::Terminal;
use crate::support::watch::Opens;

fn is_aborted(error: &Error) {
    assert_eq!((error.kind(), &*error.code(), error.raw_os_error()), (ErrorKind::Aborted, "ABORT_ERR", None));
    assert!(error.source_path().is_some() && error.destination_path().is_some());
}

#[test]
fn a_copy_that_is_stopped_before_it_begins_opens_nothing() {
    let place = Place::anywhere();
    let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
    let opens = [Opens::of(&source), Opens::of(&old)];
    for destination in [old.clone(), place.join("new")] {
        let copy = CopyFile::new(&source, &destination);
        copy.handle().stop();
        is_aborted(&copy.run().unwrap_err());
        let copy = CopyFile::new(&source, &destination);
        copy.handle().stop();
        is_aborted(&submit(copy).1.wait().unwrap_err());
    }
    assert_eq!(opens.map(|opens| opens.count()), [0, 0]);
    assert_eq!(fs::read(old).unwrap(), b"old content");
    assert_eq!(place.names(), ["old", "source"]);
}

#[test]
fn a_copy_that_waits_for_its_destination_stops_at_once() {
    for strategy in [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice] {
        for on_a_worker in [true, false] {
            let stuck = Stuck::new();
            let copy = stuck.copy().strategy(strategy);
            let (handle, result) = if on_a_worker { submit(copy) } else { run(copy) };
            until("the pipe is full", || handle.bytes() >= 4096);
            handle.stop();
            let error = result.wait().unwrap_err();
            is_aborted(&error);
            assert_eq!((error.bytes(), error.strategy()), (handle.bytes(), Some(strategy)));
            let attempts: Vec<_> = error.attempts().iter().map(|a| (a.strategy, a.outcome, a.bytes)).collect();
            assert_eq!(attempts, [(strategy, Outcome::Failed, handle.bytes())]);
            assert!(stuck.fifo.path().exists(), "what was there before stays");
        }
    }
}

#[test]
fn a_copy_that_waits_for_its_source_stops_at_once_and_takes_its_new_name_along() {
    let (place, terminal) = (Place::anywhere(), Terminal::open());
    let (handle, result) = submit(CopyFile::new(&terminal.path, place.join("new")).length(100));
    terminal.send(b"a part");
    until("the part is there", || handle.bytes() == 6);
    handle.stop();
    let error = result.wait().unwrap_err();
    is_aborted(&error);
    assert_eq!((error.bytes(), handle.total()), (6, Some(100)));
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[test]
fn what_was_there_before_stays_when_a_copy_over_it_stops() {
    // in place: its name alone, and what is behind the part is not cut off
    for (atomic, left) in [(Atomic::Auto, b"old content"), (Atomic::Never, b"new content")] {
        let (place, terminal) = (Place::anywhere(), Terminal::open());
        let old = place.file("old", b"old content");
        let (handle, result) = submit(CopyFile::new(&terminal.path, &old).length(100).atomic(atomic));
        terminal.send(b"new");
        until("the part is there", || handle.bytes() == 3);
        handle.stop();
        is_aborted(&result.wait().unwrap_err());
        assert_eq!(fs::read(old).unwrap(), left);
        assert_eq!(place.names(), ["old"]);
    }
}

#[test]
fn to_stop_twice_or_too_late_changes_nothing() {
    let place = Place::anywhere();
    let source = place.file("source", b"content");
    let (handle, result) = submit(CopyFile::new(&source, place.join("copy")));
    assert_eq!(result.wait().unwrap().bytes, 7);
    handle.stop();
    handle.stop();
    assert_eq!(fs::read(place.join("copy")).unwrap(), b"content");
    assert!(result.is_over(), "it is done once");
}

#[test]
fn who_holds_any_clone_of_the_handle_can_stop() {
    let stuck = Stuck::new();
    let copy = stuck.copy();
    let early = copy.handle();
    let (late, result) = submit(copy);
    until("the pipe is full", || late.bytes() >= 4096);
    assert_eq!((early.bytes(), early.total()), (late.bytes(), late.total()));
    std::thread::spawn(move || early.stop()).join().unwrap();
    is_aborted(&result.wait().unwrap_err());
}

/// Wherever it hits, the copy is whole or gone.
#[test]
fn a_copy_that_is_stopped_at_any_moment_is_whole_or_gone() {
    let place = Place::preferably_on("ext4");
    let content = random(1, 3_000_001);
    let source = place.file("source", &content);
    let (mut stopped, mut finished) = (0, 0);
    for round in 0..if is_long() { 4000 } else { 400 } {
        let destination = place.join(format!("copy-{round}"));
        let strategy = Strategy::ALL[round % Strategy::ALL.len()];
        let copy = CopyFile::new(&source, &destination).strategies([strategy, Strategy::ReadWrite]).buffer_size(5000);
        let (handle, result) = submit(copy);
        let enough = (round * 7919) as u64 % 3_500_000;
        let ended = || handle.bytes() >= enough.min(3_000_001);
        until("enough is copied", ended);
        handle.stop();
        match result.wait() {
            Ok(report) => {
                finished += 1;
                assert_eq!(report.bytes, 3_000_001);
                assert_eq!(difference(&fs::read(&destination).unwrap(), &content), None, "{strategy}");
                fs::remove_file(&destination).unwrap();
            }
            Err(error) => {
                stopped += 1;
                is_aborted(&error);
                assert!(!destination.exists(), "{strategy}");
            }
        }
    }
    assert!(stopped > 0 && finished > 0, "{stopped} stopped, {finished} finished");
}
