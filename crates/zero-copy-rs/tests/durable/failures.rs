//! A disk that does not take it is an error, and is not asked again until it says yes.
use std::fs;

use libc::{EDQUOT, EIO, ENOSPC};
use zero_copy_rs::{Atomic, CopyFile, Faults, ReceiveFile, Strategy};

use crate::support::bytes::random;
use crate::support::place::Place;
use crate::support::sockets::{tcp, writer};

const SIZE: usize = 300_003;

fn syncs(calls: &[&str]) -> usize {
    calls.iter().filter(|call| call.contains("sync")).count()
}

#[test]
fn a_file_that_does_not_get_to_the_disk_gets_no_name() {
    for name in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let Some(place) = Place::on(name) else { continue };
        let source = place.file("source", &random(1, SIZE));
        for strategy in [Strategy::Direct, Strategy::ReadWrite, Strategy::Sendfile] {
            for (errno, code) in [(EIO, "EIO"), (ENOSPC, "ENOSPC"), (EDQUOT, "EDQUOT")] {
                for old in [None, Some(random(2, 5000))] {
                    let destination = place.join("copy");
                    old.iter().for_each(|old| fs::write(&destination, old).unwrap());
                    let faults = Faults::default().fail_named("fsync", 1, errno);
                    let log = faults.log();
                    let copy = CopyFile::new(&source, &destination).strategy(strategy).durable(true);
                    let error = copy.faults(faults).run().unwrap_err();
                    assert_eq!((error.code(), error.call()), (code.into(), Some("fsync")), "{strategy} on {name}");
                    assert_eq!((error.bytes(), syncs(&log())), (SIZE as u64, 1), "{strategy} on {name}");
                    assert_eq!(fs::read(&destination).ok(), old, "{strategy} on {name}");
                    let _ = fs::remove_file(destination);
                    assert_eq!(place.names(), ["source"]);
                }
            }
        }
    }
}

#[test]
fn a_directory_that_does_not_get_to_the_disk_is_an_error() {
    let place = Place::preferably_on("ext4");
    let source = place.file("source", &random(1, SIZE));
    for atomic in [Atomic::Auto, Atomic::Never] {
        let faults = Faults::default().fail_named("fsync", 2, EIO);
        let log = faults.log();
        let copy = CopyFile::new(&source, place.join("copy")).atomic(atomic).durable(true).faults(faults);
        let error = copy.run().unwrap_err();
        assert_eq!((error.code(), error.call(), error.bytes()), ("EIO".into(), Some("fsync"), SIZE as u64));
        assert_eq!(syncs(&log()), 2, "{atomic:?}: it was asked again");
    }
}

#[test]
fn nor_is_a_whole_file_system_asked_twice() {
    let place = Place::preferably_on("ext4");
    let source = place.file("source", &random(1, SIZE));
    // as of a file system whose directories have nothing to synchronise, and which then fails
    let faults = Faults::default().fail_named("fsync", 2, libc::EINVAL).fail_named("syncfs", 1, EIO);
    let log = faults.log();
    let copy = CopyFile::new(&source, place.join("copy")).durable(true).faults(faults);
    let error = copy.run().unwrap_err();
    assert_eq!((error.code(), error.call()), ("EIO".into(), Some("syncfs")));
    assert_eq!(syncs(&log()), 3);
}

#[test]
fn what_is_received_and_does_not_get_to_the_disk_gets_no_name() {
    let place = Place::preferably_on("ext4");
    for old in [None, Some(random(2, 5000))] {
        let destination = place.join("received");
        old.iter().for_each(|old| fs::write(&destination, old).unwrap());
        let (near, far) = tcp();
        let sender = writer(&far, random(3, SIZE));
        drop(far);
        let receive = ReceiveFile::new(&near, &destination).unwrap().length(SIZE as u64).durable(true);
        let error = receive.faults(Faults::default().fail_named("fsync", 1, EIO)).run().unwrap_err();
        sender.join().unwrap();
        assert_eq!((error.code(), error.call(), error.bytes()), ("EIO".into(), Some("fsync"), SIZE as u64));
        assert_eq!(fs::read(&destination).ok(), old);
        assert_eq!(place.names().len(), usize::from(old.is_some()));
    }
}
