//! Sends by the short form, many at once, and sockets with a time limit of their own.
use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use zero_copy_rs::{ErrorKind, SendFile, send_file};

use crate::result;
use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::sockets::{narrow, reader, tcp, tcp_for_reactor};

#[test]
fn the_short_form_sends_an_open_file_to_a_connection() {
    let place = Place::anywhere();
    let bytes = random(1, 1_000_001);
    let (near, far) = tcp();
    let got = reader(far);
    let report = send_file(File::open(place.file("a", &bytes)).unwrap(), &near).unwrap();
    drop(near);
    assert_eq!((report.bytes, difference(&got.join().unwrap(), &bytes)), (1_000_001, None));
    assert!(report.to_string().starts_with("sendfile = "), "{report}");
}

#[test]
fn the_reactor_sends_many_at_once_while_one_is_stalled() {
    let place = Place::anywhere();
    let bytes = random(2, 9_000_001);
    let path = place.file("a", &bytes);
    let (stalled, peer) = tcp_for_reactor();
    let stalled = result::send(SendFile::from_path(&path, &stalled).unwrap());
    let sent: Vec<_> = (0..20)
        .map(|_| {
            let (near, far) = tcp_for_reactor();
            (reader(far), result::send(SendFile::from_path(&path, &near).unwrap()))
        })
        .collect();
    for (got, sent) in sent {
        assert_eq!(sent.result().unwrap().bytes, 9_000_001);
        assert_eq!(difference(&got.join().unwrap(), &bytes), None);
    }
    assert!(!stalled.has_ended());
    stalled.handle.stop();
    assert_eq!(stalled.result().unwrap_err().kind(), ErrorKind::Aborted);
    drop(peer);
}

#[test]
fn two_sends_to_one_connection_come_one_after_the_other_as_they_were_waited_for() {
    let place = Place::anywhere();
    let bytes = random(3, 3_000_000);
    let path = place.file("a", &bytes);
    let (near, far) = tcp_for_reactor();
    let got = reader(far);
    for part in 0..3 {
        let request = SendFile::from_path(&path, &near).unwrap().offset(part * 1_000_000).length(1_000_000);
        result::send(request).result().unwrap();
    }
    drop(near);
    assert_eq!(difference(&got.join().unwrap(), &bytes), None);
}

#[test]
fn a_time_limit_that_the_callers_socket_has_ends_the_send() {
    let place = Place::anywhere();
    let path = place.file("a", &random(4, 5_000_000));
    let (near, far) = tcp();
    narrow(&near, &far);
    near.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
    let error = SendFile::from_path(&path, &near).unwrap().run().unwrap_err();
    assert!(["EAGAIN", "ETIMEDOUT"].contains(&&*error.code()), "{error}");
    drop(far);
}

#[test]
fn what_it_waits_for_its_peer_is_part_of_the_time_that_it_moves() {
    let place = Place::anywhere();
    let path = place.file("a", &random(4, 20_000_000));
    for (near, mut far) in [tcp(), tcp_for_reactor()] {
        let sent = result::send(SendFile::from_path(&path, &near).unwrap());
        drop(near);
        far.read_exact(&mut [0]).unwrap();
        let stalled = Instant::now();
        std::thread::sleep(Duration::from_millis(60)); // what it takes is what is measured
        let stalled = stalled.elapsed();
        far.read_to_end(&mut Vec::new()).unwrap();
        let report = sent.result().unwrap();
        assert!(report.duration >= stalled, "{:?} of {stalled:?}", report.duration);
        assert!(report.total >= report.duration);
        assert_eq!(report.attempts.iter().map(|attempt| attempt.elapsed).sum::<Duration>(), report.duration);
    }
}
