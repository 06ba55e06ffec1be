//! What copies leave behind.
use std::fs::File;
use std::path::Path;
use std::sync::mpsc::channel;

use zero_copy_rs::{CopyFile, Strategy, copy_file, probe};

use crate::support::bytes::random;
use crate::support::child;
use crate::support::fifo::Fifo;
use crate::support::pending::submit;
use crate::support::place::{Place, is_long};
use crate::support::process::{descriptors, status, until, workers};

/// A way to end for each part of the path: whole, refused, failed early, in the middle and late, stopped.
fn every_end(place: &Place, source: &Path) {
    let new = |destination: &Path| CopyFile::new(source, destination);
    let (copy, full) = (place.join("copy"), Path::new("/dev/full"));
    for &strategy in Strategy::ALL {
        let _ = new(&copy).strategy(strategy).run();
        let _ = new(&copy).strategies([strategy, Strategy::Splice]).run();
        let _ = new(full).strategy(strategy).run();
        every_fault(source, &copy, strategy);
        let stopped = new(&copy).strategy(strategy);
        stopped.handle().stop();
        stopped.run().unwrap_err();
    }
    copy_file(source, &copy).unwrap();
    copy_file(source, source).unwrap();
    copy_file("/proc/version", place.join("version")).unwrap();
    copy_file("/dev/null", place.join("nothing")).unwrap();
    CopyFile::from_file(File::open(source).unwrap(), &copy).unwrap().run().unwrap();
    new(&copy).overwrite(false).run().unwrap_err();
    new(&copy).offset(u64::MAX).run().unwrap_err();
    new(place).run().unwrap_err();
    copy_file(place.join("missing"), &copy).unwrap_err();
    drop(CopyFile::from_file(File::open(source).unwrap(), &copy).unwrap());
    probe(Some(place)).unwrap();
    probe(None).unwrap();
    for name in ["copy", "version", "nothing"] {
        std::fs::remove_file(place.join(name)).unwrap();
    }
}

/// Refused and failed in the middle.
#[cfg(feature = "faults")]
fn every_fault(source: &Path, copy: &Path, strategy: Strategy) {
    use zero_copy_rs::{Call, Faults};
    for call in Call::ALL {
        let failing = Faults::default().short(5000).fail(call, 3, libc::ENOSPC);
        let _ = CopyFile::new(source, copy).strategy(strategy).faults(failing).run();
        let refusing = Faults::default().short(5000).fail(call, 2, libc::EINVAL);
        let _ = CopyFile::new(source, copy).strategies([strategy, Strategy::ReadWrite]).faults(refusing).run();
    }
}

#[cfg(not(feature = "faults"))]
fn every_fault(_: &Path, _: &Path, _: Strategy) {}

#[test]
fn copies_leave_no_descriptor_whatever_became_of_them() {
    child::alone("leaks::copies_leave_no_descriptor_whatever_became_of_them", || {
        for file_system in ["ext4", "xfs", "tmpfs"] {
            let place = Place::preferably_on(file_system);
            let source = place.file("source", &random(1, 50_000));
            let before = descriptors();
            every_end(&place, &source);
            assert_eq!(descriptors(), before);
            assert_eq!(place.names(), ["source"]);
        }
    });
}

#[test]
fn copies_leave_no_memory() {
    child::alone("leaks::copies_leave_no_memory", || {
        let place = Place::preferably_on("tmpfs");
        let source = place.file("source", &random(1, 50_000));
        let many = |rounds| (0..rounds).for_each(|_| every_end(&place, &source));
        many(5); // what is allocated once
        let before = status("VmRSS");
        many(if is_long() { 200 } else { 20 });
        // 20 rounds are about 3,000 copies: a page of each would be 12 MB
        let grown = status("VmRSS").saturating_sub(before);
        assert!(grown < 2 << 20, "{grown} bytes more");
    });
}

#[test]
fn two_hundred_at_once_leave_everything_as_it_was() {
    child::alone("leaks::two_hundred_at_once_leave_everything_as_it_was", || {
        let place = Place::preferably_on("ext4");
        let content = random(1, 300_000);
        let source = place.file("source", &content);
        let all = || {
            let (sender, results) = channel();
            for n in 0..200 {
                let sender = sender.clone();
                let copy = CopyFile::new(&source, place.join(n.to_string()))
                    .strategies([Strategy::ALL[n % Strategy::ALL.len()], Strategy::Splice]);
                copy.submit(move |result| sender.send(result.map(|report| report.bytes)).unwrap()).unwrap();
            }
            drop(sender);
            let results: Vec<_> = results.iter().map(Result::unwrap).collect();
            assert_eq!(results, vec![300_000; 200]);
            for n in 0..200 {
                let path = place.join(n.to_string());
                assert!(std::fs::read(&path).unwrap() == content, "{n}");
                std::fs::remove_file(path).unwrap();
            }
        };
        let before = descriptors();
        all(); // starts the threads
        let resident = status("VmRSS");
        all();
        all();
        assert_eq!(descriptors(), before);
        assert!(workers() <= std::thread::available_parallelism().unwrap().get().min(4), "{}", workers());
        let grown = status("VmRSS").saturating_sub(resident);
        assert!(grown < 4 << 20, "{grown} bytes more");
    });
}

#[test]
fn two_hundred_that_are_stopped_leave_everything_as_it_was() {
    child::alone("leaks::two_hundred_that_are_stopped_leave_everything_as_it_was", || {
        let place = Place::preferably_on("ext4");
        let source = place.file("source", &random(1, 300_000));
        let before = descriptors();
        let (sender, results) = channel();
        let handles: Vec<_> = (0..200)
            .map(|n| {
                let sender = sender.clone();
                let copy = CopyFile::new(&source, place.join(n.to_string())).strategy(Strategy::Splice);
                copy.submit(move |result| sender.send(result.is_ok()).unwrap()).unwrap()
            })
            .collect();
        handles.iter().rev().for_each(|handle| handle.stop());
        drop(sender);
        let finished = results.iter().filter(|&finished| finished).count();
        assert_eq!(place.names().len(), finished + 1);
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn a_handle_that_is_kept_holds_no_descriptor() {
    child::alone("leaks::a_handle_that_is_kept_holds_no_descriptor", || {
        let place = Place::anywhere();
        let source = place.file("source", &[7; 1_000_000]);
        let mut fifo = Fifo::new(&place.join("fifo"));
        let before = descriptors();
        // a copy that had to wait
        let copy = CopyFile::new(&source, fifo.path());
        let (handle, result) = submit(copy);
        until("the pipe is full", || handle.bytes() >= 4096);
        fifo.read_exact(1_000_000);
        assert_eq!(result.wait().unwrap().bytes, 1_000_000);
        assert_eq!(descriptors(), before);
        drop(handle);
    });
}
