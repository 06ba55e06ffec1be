//! A stop ends what waits, whoever waits and for what, and is never lost.
use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use zero_copy_rs::{ErrorKind, Handle, ReceiveFile, Relay, SendFile};

use crate::Driver;
use crate::result;
use crate::support::bytes::{difference, random};
use crate::support::child::alone;
use crate::support::place::{Place, is_root};
use crate::support::process::{become_nobody, until};
use crate::support::sockets::{narrow, reader, tcp, tcp_for_reactor};

/// Stops it from another thread once it has moved `after` bytes.
fn stopper(handle: Handle, after: u64) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        until("it has moved something", || handle.bytes() >= after);
        handle.stop();
    })
}

#[test]
fn a_stop_ends_a_send_to_a_peer_that_stopped_reading_and_a_receive_from_one_that_says_nothing() {
    let place = Place::anywhere();
    let file = place.file("a", &random(1, 20_000_000));
    for driver in [Driver::Polling, Driver::Reactor] {
        let (near, far) = tcp_for_reactor();
        narrow(&near, &far);
        let request = SendFile::new(File::open(&file).unwrap(), &near).unwrap();
        let stopping = stopper(request.handle(), 1);
        let error = driver.send(request).unwrap_err();
        stopping.join().unwrap();
        assert_eq!(error.kind(), ErrorKind::Aborted, "{driver:?}");
        assert!(error.bytes() > 0);

        let (near, mut far) = tcp_for_reactor();
        far.write_all(b"begun").unwrap();
        let request = ReceiveFile::new(&near, place.join("b")).unwrap();
        let stopping = stopper(request.handle(), 5);
        let error = driver.receive(request).unwrap_err();
        stopping.join().unwrap();
        assert_eq!((error.kind(), error.bytes()), (ErrorKind::Aborted, 5), "{driver:?}");
        assert_eq!(place.names(), ["a"]);
    }
}

/// The call under way hears of nothing; what ends it is documented at `Handle::stop`.
#[test]
fn on_sockets_that_block_a_stop_is_heard_when_the_call_under_way_has_ended() {
    let place = Place::anywhere();
    let file = place.file("a", &random(1, 20_000_000));
    for shut in [false, true] {
        let (near, far) = tcp();
        narrow(&near, &far);
        let request = SendFile::new(File::open(&file).unwrap(), &near).unwrap();
        let (stopping, socket) = (stopper(request.handle(), 1), near.try_clone().unwrap());
        let peer = std::thread::spawn(move || {
            // so much that a call has come back
            let mut far = far;
            let mut begun = vec![0; 1 << 20];
            far.read_exact(&mut begun).unwrap();
            stopping.join().unwrap();
            if shut {
                socket.shutdown(Shutdown::Both).unwrap();
                return None;
            }
            drop(socket);
            Some((begun.len(), reader(far)))
        });
        let error = request.run().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Aborted, "{shut}: {error}");
        drop(near);
        let got = peer.join().unwrap().map(|(begun, got)| (begun + got.join().unwrap().len()) as u64);
        assert!(got.is_none_or(|got| got == error.bytes()), "{got:?}, {} were told", error.bytes());

        let (near, mut far) = tcp();
        far.write_all(b"begun").unwrap();
        let request = ReceiveFile::new(&near, place.join("b")).unwrap();
        let (stopping, socket) = (stopper(request.handle(), 5), near.try_clone().unwrap());
        let peer = std::thread::spawn(move || {
            stopping.join().unwrap();
            if shut { socket.shutdown(Shutdown::Both).unwrap() } else { far.write_all(b"more").unwrap() }
        });
        let error = request.run().unwrap_err();
        peer.join().unwrap();
        assert_eq!(error.kind(), ErrorKind::Aborted, "{shut}: {error}");
        assert_eq!(place.names(), ["a"]);
    }
}

#[test]
fn a_request_that_was_stopped_before_it_began_does_nothing() {
    let place = Place::anywhere();
    for driver in Driver::ALL {
        let (near, far) = tcp();
        near.set_nonblocking(!driver.may_block()).unwrap();
        let request = SendFile::from_path(place.join("not looked for"), &near).unwrap();
        request.handle().stop();
        assert_eq!(driver.send(request).unwrap_err().kind(), ErrorKind::Aborted, "{driver:?}");
        let request = ReceiveFile::new(&near, place.join("missing/a")).unwrap();
        request.handle().stop();
        assert_eq!(driver.receive(request).unwrap_err().kind(), ErrorKind::Aborted, "{driver:?}");
        drop((near, far));
    }
}

/// A receive is moved by a thread that may wait for the disk; what comes just when that thread hands it back must not
/// be overlooked.
#[test]
fn no_byte_is_overlooked_that_comes_while_another_thread_has_the_transfer() {
    let place = Place::anywhere();
    let (near, mut far) = tcp_for_reactor();
    far.set_nodelay(true).unwrap();
    let received = result::receive(ReceiveFile::new(&near, place.join("a")).unwrap());
    for n in 1..=20_000 {
        far.write_all(b"x").unwrap();
        until("the byte is in the file", || received.handle.bytes() == n);
    }
    drop(far);
    assert_eq!(received.result().unwrap().bytes, 20_000);
}

#[test]
fn no_stop_is_overlooked_that_comes_while_another_thread_has_the_transfer() {
    let place = Place::anywhere();
    for n in 0..2000 {
        let (near, mut far) = tcp_for_reactor();
        let received = result::receive(ReceiveFile::new(&near, place.join("a")).unwrap());
        far.write_all(b"x").unwrap();
        until("the byte is in the file", || received.handle.bytes() == 1);
        (0..n % 50).for_each(|_| std::hint::spin_loop());
        received.handle.stop();
        assert_eq!(received.result().unwrap_err().kind(), ErrorKind::Aborted);
    }
    assert!(place.names().is_empty());
}

#[test]
fn without_a_thread_a_transfer_fails_and_the_next_one_tries_again() {
    alone("stopping::without_a_thread_a_transfer_fails_and_the_next_one_tries_again", || {
        let place = Place::anywhere();
        let bytes = random(2, 5_000_000);
        let file = File::open(place.file("a", &bytes)).unwrap();
        // root has no such limit, and only this thread becomes another
        std::thread::scope(|scope| scope.spawn(|| without_and_with_threads(&file, &bytes)).join().unwrap());
    });
}

fn without_and_with_threads(file: &File, bytes: &[u8]) {
    if is_root() {
        become_nobody();
    }
    let send = |near: &dyn AsFd| result::send(SendFile::new(file, near.as_fd()).unwrap());
    let (soft, hard) = getrlimit(Resource::RLIMIT_NPROC).unwrap();
    setrlimit(Resource::RLIMIT_NPROC, 0, hard).unwrap();
    for _ in 0..2 {
        let (near, _far) = tcp_for_reactor();
        let error = send(&near).result().unwrap_err();
        assert_eq!((error.code().as_ref(), error.call()), ("EAGAIN", Some("clone3")));
    }
    setrlimit(Resource::RLIMIT_NPROC, soft, hard).unwrap();
    let (near, far) = tcp_for_reactor();
    let (got, sent) = (reader(far), send(&near));
    assert_eq!(sent.result().unwrap().bytes, bytes.len() as u64);
    drop(near);
    assert_eq!(difference(&got.join().unwrap(), bytes), None);
}

#[test]
fn a_relay_with_one_direction_left_can_still_be_stopped_by_either_handle_and_times_out() {
    for driver in Driver::ALL {
        for way in 0..3 {
            let ((a, left), (b, right)) = (tcp(), tcp());
            for socket in [&a, &b] {
                socket.set_nonblocking(!driver.may_block()).unwrap();
            }
            // the first direction ends well, and its end is seen by the peer
            left.shutdown(Shutdown::Write).unwrap();
            let mut request = Relay::new(&a, &b).unwrap();
            if way == 2 {
                request = request.idle_timeout(Duration::from_millis(20));
            }
            let handles = request.handles();
            let seen = right.try_clone().unwrap();
            let stopping = std::thread::spawn(move || {
                assert!(reader(seen).join().unwrap().is_empty());
                match way {
                    0 => handles.0.stop(),
                    1 => handles.1.stop(),
                    _ => {}
                }
            });
            let error = driver.relay(request).unwrap_err();
            stopping.join().unwrap();
            let expected = if way == 2 { "ETIMEDOUT" } else { "ABORT_ERR" };
            assert_eq!(error.code(), expected, "{driver:?} {way}");
            drop((left, right));
        }
    }
}
