//! Receives: every byte, in a file that appears whole.
use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use zero_copy_rs::{ErrorKind, ReceiveFile, Strategy, receive_file};

use crate::Driver;
use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::sockets::{Family, set_nonblocking, tcp, tcp_for_reactor, writer};

#[test]
fn every_strategy_receives_every_byte_from_every_family_with_every_driver() {
    let place = Place::anywhere();
    let bytes = random(1, 2_000_001);
    for driver in Driver::ALL {
        for strategy in [Strategy::Splice, Strategy::ReadWrite] {
            for family in Family::ALL {
                let (near, mut far) = family.pair();
                set_nonblocking(&near, !driver.may_block());
                let sent = bytes.clone();
                let sender = std::thread::spawn(move || far.write_all(&sent).unwrap());
                let request = ReceiveFile::new(near.as_fd(), place.join("a")).unwrap().strategy(strategy);
                let report = driver.receive(request.buffer_size(50_000).prefix(b"before".to_vec())).unwrap();
                sender.join().unwrap();
                let context = format!("{driver:?} {strategy} {family:?}");
                assert_eq!((report.strategy, report.bytes), (Some(strategy), 2_000_007), "{context}");
                assert_eq!((report.atomic, report.durable), (Some(true), Some(false)), "{context}");
                let got = fs::read(place.join("a")).unwrap();
                assert_eq!((&got[..6], difference(&got[6..], &bytes)), (&b"before"[..], None), "{context}");
                assert_eq!(place.names(), ["a"]);
            }
        }
    }
}

#[test]
fn the_short_form_receives_until_the_end_of_the_stream() {
    let place = Place::anywhere();
    let (near, far) = tcp();
    let sender = writer(&far, b"a file".to_vec());
    assert_eq!(receive_file(&near, place.join("a")).unwrap().bytes, 6);
    assert_eq!(fs::read(place.join("a")).unwrap(), b"a file");
    sender.join().unwrap();
}

#[test]
fn a_file_that_is_not_whole_yet_is_not_there_yet() {
    let place = Place::anywhere();
    let path = place.file("a", b"old");
    let (near, mut far) = tcp_for_reactor();
    let received = crate::result::receive(ReceiveFile::new(&near, &path).unwrap());
    far.write_all(b"new").unwrap();
    crate::support::process::until("it has come", || received.handle.bytes() == 3);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert!(!received.has_ended());
    drop(far);
    assert_eq!(received.result().unwrap().bytes, 3);
    assert_eq!((fs::read(&path).unwrap(), place.names()), (b"new".to_vec(), vec!["a".to_owned()]));
}

#[test]
fn a_stream_that_ends_before_its_length_leaves_the_old_file_and_nothing_else() {
    for driver in Driver::ALL {
        for strategy in [Strategy::Splice, Strategy::ReadWrite] {
            let place = Place::anywhere();
            let path = place.file("a", b"old");
            let (near, far) = tcp();
            near.set_nonblocking(!driver.may_block()).unwrap();
            let sender = writer(&far, b"12345".to_vec());
            let request = ReceiveFile::new(&near, &path).unwrap().strategy(strategy).length(6);
            let error = driver.receive(request).unwrap_err();
            assert_eq!((error.kind(), error.bytes()), (ErrorKind::SourceTruncated, 5), "{driver:?} {strategy}");
            assert_eq!((fs::read(&path).unwrap(), place.names()), (b"old".to_vec(), vec!["a".to_owned()]));
            sender.join().unwrap();
        }
    }
}

#[test]
fn with_a_length_later_bytes_stay_in_the_socket() {
    for driver in Driver::ALL {
        for strategy in [Strategy::Splice, Strategy::ReadWrite] {
            let place = Place::anywhere();
            let (mut near, mut far) = tcp();
            near.set_nonblocking(!driver.may_block()).unwrap();
            far.write_all(b"12345678").unwrap();
            let request = ReceiveFile::new(&near, place.join("a")).unwrap().strategy(strategy).length(5);
            assert_eq!(driver.receive(request).unwrap().bytes, 5);
            assert_eq!(fs::read(place.join("a")).unwrap(), b"12345");
            near.set_nonblocking(false).unwrap();
            let mut rest = [0; 3];
            near.read_exact(&mut rest).unwrap();
            assert_eq!(&rest, b"678", "{driver:?} {strategy}");
        }
    }
}

#[test]
fn a_time_limit_that_the_callers_socket_has_ends_the_receive() {
    let place = Place::anywhere();
    let (near, _far) = tcp();
    near.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    for strategy in [Strategy::Splice, Strategy::ReadWrite] {
        let error = ReceiveFile::new(&near, place.join("a")).unwrap().strategy(strategy).run().unwrap_err();
        assert!(["EAGAIN", "ETIMEDOUT"].contains(&&*error.code()), "{error}");
        assert!(place.names().is_empty());
    }
}

/// ext4 writes out a file that replaces another: whoever waits for that, it is not the thread of all transfers.
#[test]
fn the_file_gets_its_name_on_a_thread_that_may_wait_for_the_disk() {
    let place = Place::anywhere();
    let (near, mut far) = tcp_for_reactor();
    let (tell, told) = sync_channel(1);
    let request = ReceiveFile::new(&near, place.join("a")).unwrap();
    let who = move |result: Result<_, _>| tell.send((result.is_ok(), std::thread::current().name().map(str::to_owned)));
    request.submit(move |result| who(result).unwrap()).unwrap();
    far.write_all(b"a file").unwrap();
    drop(far);
    assert_eq!(told.recv().unwrap(), (true, Some("zero-copy-disk".to_owned())));
}
