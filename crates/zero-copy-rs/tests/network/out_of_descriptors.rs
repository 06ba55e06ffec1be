//! No descriptor is left: who needs one hears EMFILE, the others go on.
use std::fs::File;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use zero_copy_rs::{Atomic, Call, ErrorKind, Outcome, ReceiveFile, Relay, RelayReport, Report, SendFile, Strategy};

use crate::result::{self, Submitted};
use crate::support::bytes::{difference, random};
use crate::support::child::alone;
use crate::support::place::Place;
use crate::support::process::{descriptors, until};
use crate::support::sockets::{narrow, reader, tcp_for_reactor, writer};

#[test]
fn who_needs_one_hears_it_and_the_others_go_on() {
    alone("out_of_descriptors::who_needs_one_hears_it_and_the_others_go_on", || {
        let place = Place::anywhere();
        let bytes = random(1, 5_000_000);
        let path = place.file("a", &bytes);
        let ((near, far), (second, from)) = (tcp_for_reactor(), tcp_for_reactor());
        let sent = result::send(SendFile::from_path(&path, &near).unwrap());
        let received = result::receive(ReceiveFile::new(&second, place.join("b")).unwrap());
        let writing = writer(&from, bytes.clone());
        assert_eq!(received.result().unwrap().bytes, 5_000_000);
        // a request that has its duplicates, and opens its file when there is no descriptor any more
        let (third, _peer) = tcp_for_reactor();
        let late = SendFile::from_path(&path, &third).unwrap();
        // without a pipe it could go on with what the failed send has given back
        let late_receive = ReceiveFile::new(&third, place.join("c")).unwrap().strategy(Strategy::Splice);
        let relay = Relay::new(&second, &third).unwrap();

        let none = NoneLeft::now();
        assert_eq!(SendFile::from_path(&path, &near).unwrap_err().code(), "EMFILE");
        assert_eq!(SendFile::new(near.as_fd(), &near).unwrap_err().code(), "EMFILE");
        assert_eq!(ReceiveFile::new(&near, place.join("b")).unwrap_err().code(), "EMFILE");
        assert_eq!(Relay::new(&near, &second).unwrap_err().code(), "EMFILE");
        assert_eq!(result::send(late).result().unwrap_err().code(), "EMFILE");
        assert_eq!(result::receive(late_receive).result().unwrap_err().code(), "EMFILE");
        drop(relay);
        // what is under way needs no more
        let got = reader(far);
        assert_eq!(sent.result().unwrap().bytes, 5_000_000);
        drop((near, none));
        assert_eq!(difference(&got.join().unwrap(), &bytes), None);
        writing.join().unwrap();
        assert_eq!(place.names(), ["a", "b"]);
    });
}

/// As long as it lives no descriptor is left.
struct NoneLeft {
    limits: (u64, u64),
    _open: Vec<OwnedFd>,
}

impl NoneLeft {
    fn now() -> Self {
        let limits = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let used = descriptors().iter().map(|(number, _)| *number as u64 + 1).max().unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, used + 1, limits.1).unwrap();
        let any = std::io::stdin();
        Self { limits, _open: std::iter::from_fn(|| any.as_fd().try_clone_to_owned().ok()).collect() }
    }
}

impl Drop for NoneLeft {
    fn drop(&mut self) {
        setrlimit(Resource::RLIMIT_NOFILE, self.limits.0, self.limits.1).unwrap();
    }
}

fn went_on_without_a_pipe(report: &Report) -> bool {
    let refused = report.attempts.first().is_some_and(|first| {
        (first.outcome, first.call, first.errno) == (Outcome::Refused, Some(Call::Pipe2), Some(libc::EMFILE))
    });
    refused && report.strategy == Some(Strategy::ReadWrite)
}

#[test]
fn what_is_under_way_needs_no_pipe_to_go_on_unless_splice_was_named() {
    alone("out_of_descriptors::what_is_under_way_needs_no_pipe_to_go_on_unless_splice_was_named", || {
        let place = Place::anywhere();
        let bytes = random(2, 3_000_000);
        let others = pipes();
        let (mut to_any, mut to_named) = (tcp_for_reactor(), tcp_for_reactor());
        let any = result::receive(ReceiveFile::new(&to_any.0, place.join("any")).unwrap().atomic(Atomic::Never));
        let named = ReceiveFile::new(&to_named.0, place.join("named"))
            .unwrap()
            .strategy(Strategy::Splice)
            .atomic(Atomic::Never);
        let named = result::receive(named);
        // in place a name tells that it has begun
        until("both have their files", || place.names().len() == 2);
        // every pipe of the pool is held by a relay whose receiver does not read
        const RELAYS: usize = 8;
        let mut relays: Vec<_> = (0..RELAYS).map(|_| stalled()).collect();
        until("each holds one", || {
            for (_, [_, left, ..]) in &mut relays {
                let _ = left.write(&bytes);
            }
            pipes() == others + 2 * RELAYS
        });

        let none = NoneLeft::now();
        to_any.1.write_all(&bytes).unwrap();
        to_any.1.shutdown(Shutdown::Write).unwrap();
        let report = any.result().unwrap();
        assert!(went_on_without_a_pipe(&report), "{:?}", report.attempts);
        // what has ended gave its own back
        let none_again = NoneLeft::now();
        to_named.1.write_all(b"begun").unwrap();
        let error = named.result().unwrap_err();
        assert_eq!((error.code().as_ref(), error.call(), error.bytes()), ("EMFILE", Some("pipe2"), 0));
        drop(none_again);
        drop(none);
        assert_eq!(difference(&std::fs::read(place.join("any")).unwrap(), &bytes), None);
        assert_eq!(place.names(), ["any"]);
        for (relay, _) in relays {
            relay.handle.stop();
            assert_eq!(relay.result().unwrap_err().kind(), ErrorKind::Aborted);
        }
    });
}

fn stalled() -> (Submitted<RelayReport>, [TcpStream; 4]) {
    let ((a, left), (b, right)) = (tcp_for_reactor(), tcp_for_reactor());
    narrow(&b, &right);
    left.set_nonblocking(true).unwrap();
    (result::relay(Relay::new(&a, &b).unwrap()), [a, left, b, right])
}

/// Descriptors, two for each.
fn pipes() -> usize {
    descriptors().iter().filter(|(_, target)| target.to_string_lossy().starts_with("pipe:")).count()
}

#[test]
fn a_thread_that_waits_for_a_peer_needs_none_to_be_woken() {
    alone("out_of_descriptors::a_thread_that_waits_for_a_peer_needs_none_to_be_woken", || {
        let place = Place::anywhere();
        let bytes = random(3, 20_000_000);
        let file = File::open(place.file("a", &bytes)).unwrap();
        for stopped in [false, true] {
            let (near, far) = tcp_for_reactor();
            narrow(&near, &far);
            let request = SendFile::new(&file, &near).unwrap();
            let handle = request.handle();
            let none = NoneLeft::now();
            let peer = std::thread::spawn(move || {
                until("it waits", || handle.bytes() > 0);
                if stopped {
                    handle.stop();
                    return None;
                }
                Some(reader(far))
            });
            let result = request.run();
            drop((none, near));
            match peer.join().unwrap() {
                Some(got) => assert_eq!(difference(&got.join().unwrap(), &bytes), None),
                None => assert_eq!(result.as_ref().unwrap_err().kind(), ErrorKind::Aborted),
            }
            assert_eq!(result.is_ok(), !stopped, "{result:?}");
        }
    });
}
