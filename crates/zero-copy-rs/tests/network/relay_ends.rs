//! Relays that end before their peers do: resets, stops and silence. The others go on.
use std::io::{Read, Write};
use std::time::Duration;

use zero_copy_rs::{ErrorKind, Relay};

use crate::Driver;
use crate::result;
use crate::support::bytes::{difference, random};
use crate::support::process::until;
use crate::support::sockets::{reader, reset, tcp, tcp_for_reactor, writer};

#[test]
fn a_reset_of_one_side_ends_both_directions_and_no_other_relay() {
    let bytes = random(1, 3_000_000);
    let ((c, other_left), (d, other_right)) = (tcp_for_reactor(), tcp_for_reactor());
    let unharmed = result::relay(Relay::new(&c, &d).unwrap());
    for driver in Driver::ALL {
        for begun in [false, true] {
            let ((a, mut left), (b, mut right)) = (tcp(), tcp());
            for socket in [&a, &b] {
                socket.set_nonblocking(!driver.may_block()).unwrap();
            }
            let request = Relay::new(&a, &b).unwrap();
            let resetting = std::thread::spawn(move || {
                if begun {
                    left.write_all(b"there").unwrap();
                    right.read_exact(&mut [0; 5]).unwrap();
                    right.write_all(b"back").unwrap();
                    left.read_exact(&mut [0; 4]).unwrap();
                }
                reset(left);
                right
            });
            let error = driver.relay(request).unwrap_err();
            assert_eq!(error.code(), "ECONNRESET", "{driver:?} {begun}: {error}");
            assert!(error.to_string().ends_with(", relay"), "{error}");
            drop(resetting.join().unwrap());
        }
    }
    assert!(!unharmed.has_ended());
    let (writers, got) = ([writer(&other_left, bytes.clone()), writer(&other_right, Vec::new())], reader(other_right));
    assert_eq!(unharmed.result().unwrap().a_to_b.bytes, 3_000_000);
    drop((c, d));
    assert_eq!(difference(&got.join().unwrap(), &bytes), None);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

/// One side sends so many bytes to the other, and one of them ends the connection.
#[test]
fn a_side_that_resets_or_half_closes_does_so_at_whatever_point() {
    let bytes = random(2, 1_000_000);
    for driver in Driver::ALL {
        for point in [0, 1, 65_537, 400_000, 1_000_000] {
            for (resets, by_sender) in [(true, true), (true, false), (false, true)] {
                let context = format!("{driver:?} {point} {resets} {by_sender}");
                let ((a, mut left), (b, mut right)) = (tcp(), tcp());
                for socket in [&a, &b] {
                    socket.set_nonblocking(!driver.may_block()).unwrap();
                }
                let request = Relay::new(&a, &b).unwrap();
                let (sent, expected) = (bytes[..point].to_vec(), bytes[..point].to_vec());
                let peers = std::thread::spawn(move || {
                    let mut writing = left.try_clone().unwrap();
                    let writer = std::thread::spawn(move || writing.write_all(&sent).unwrap());
                    let mut got = vec![0; point];
                    right.read_exact(&mut got).unwrap();
                    writer.join().unwrap();
                    assert_eq!(difference(&got, &expected), None);
                    if !resets {
                        left.shutdown(std::net::Shutdown::Write).unwrap();
                        assert_eq!(right.read(&mut [0]).unwrap(), 0);
                        right.write_all(b"answer").unwrap();
                        drop(right);
                        got.clear();
                        left.read_to_end(&mut got).unwrap();
                        assert_eq!(got, b"answer");
                        return None;
                    }
                    // the other stays until the relay has ended
                    let (gone, stays) = if by_sender { (left, right) } else { (right, left) };
                    reset(gone);
                    Some(stays)
                });
                let result = driver.relay(request);
                drop((a, b));
                drop(peers.join().unwrap());
                match result {
                    Ok(report) => assert_eq!((resets, report.b_to_a.bytes), (false, 6), "{context}"),
                    Err(error) => {
                        assert_eq!((resets, error.code().as_ref()), (true, "ECONNRESET"), "{context}: {error}")
                    }
                }
            }
        }
    }
}

#[test]
fn a_receiver_that_is_gone_ends_the_relay_of_a_sender_that_writes_on() {
    for driver in Driver::ALL {
        let ((a, mut left), (b, right)) = (tcp(), tcp());
        for socket in [&a, &b] {
            socket.set_nonblocking(!driver.may_block()).unwrap();
        }
        let request = Relay::new(&a, &b).unwrap();
        drop(right);
        let writing = std::thread::spawn(move || while left.write_all(&[7; 10_000]).is_ok() {});
        let error = driver.relay(request).unwrap_err();
        assert!(["EPIPE", "ECONNRESET"].contains(&&*error.code()), "{driver:?}: {error}");
        drop((a, b));
        writing.join().unwrap();
    }
}

#[test]
fn either_handle_stops_both_directions_whatever_they_wait_for() {
    for driver in Driver::ALL {
        for second in [false, true] {
            for full in [false, true] {
                let ((a, left), (b, right)) = (tcp(), tcp());
                for socket in [&a, &b] {
                    socket.set_nonblocking(!driver.may_block()).unwrap();
                }
                let request = Relay::new(&a, &b).unwrap();
                let handles = request.handles();
                let writing = full.then(|| writer(&left, vec![7; 30_000_000]));
                let stopping = std::thread::spawn(move || {
                    if full {
                        until("bytes have gone", || handles.0.bytes() > 500_000);
                    }
                    if second { handles.1.stop() } else { handles.0.stop() }
                });
                let error = driver.relay(request).unwrap_err();
                stopping.join().unwrap();
                assert_eq!(error.kind(), ErrorKind::Aborted, "{driver:?} {second} {full}: {error}");
                drop((a, b, right));
                writing.into_iter().for_each(|writing| writing.join().unwrap());
            }
        }
    }
}

#[test]
fn silence_times_out_and_talk_does_not() {
    const IDLE: Duration = Duration::from_millis(50);
    for driver in Driver::ALL {
        let ((a, mut left), (b, mut right)) = (tcp(), tcp());
        for socket in [&a, &b] {
            socket.set_nonblocking(!driver.may_block()).unwrap();
        }
        let request = Relay::new(&a, &b).unwrap().idle_timeout(IDLE);
        let talking = std::thread::spawn(move || {
            let began = std::time::Instant::now();
            while began.elapsed() < 4 * IDLE {
                left.write_all(b"x").unwrap();
                right.read_exact(&mut [0]).unwrap();
            }
            (left, right)
        });
        let error = driver.relay(request).unwrap_err();
        // it was not before the talk was over
        let _peers = talking.join().expect("it was ended while it was used");
        assert_eq!(error.code(), "ETIMEDOUT", "{driver:?}: {error}");
        assert!(error.bytes() > 0);
    }
}

#[test]
fn a_timeout_longer_than_time_is_none() {
    for driver in Driver::ALL {
        let ((a, left), (b, right)) = (tcp(), tcp());
        for socket in [&a, &b] {
            socket.set_nonblocking(!driver.may_block()).unwrap();
        }
        let request = Relay::new(&a, &b).unwrap().idle_timeout(Duration::MAX);
        let writers = [writer(&left, vec![7; 1000]), writer(&right, Vec::new())];
        assert_eq!(driver.relay(request).unwrap().a_to_b.bytes, 1000, "{driver:?}");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
}
