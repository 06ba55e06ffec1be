//! The kernel refuses a call in the middle, interrupts it, or does only a part: nothing is lost, nothing comes twice.
use std::fs::File;
use std::net::TcpStream;

use zero_copy_rs::{Attempt, Call, Error, ErrorKind, Faults, Outcome, ReceiveFile, Relay, Report, SendFile, Strategy};

use crate::Driver;
use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::sockets::{reader, tcp, writer};

const LENGTH: usize = 100_001;
/// What one call moves at most, so that a hundred are made.
const SHORT: usize = 1000;
/// The first calls, and one far from the beginning.
const NTH: [u64; 9] = [1, 2, 3, 4, 5, 6, 7, 80, 81];

fn sockets(driver: Driver) -> (TcpStream, TcpStream) {
    let (near, far) = tcp();
    near.set_nonblocking(!driver.may_block()).unwrap();
    (near, far)
}

/// Sends with the faults given, and answers what came to the peer as well.
fn send(driver: Driver, bytes: &[u8], order: &[Strategy], faults: Faults) -> (Result<Report, Error>, Vec<u8>) {
    let place = Place::anywhere();
    let (near, far) = sockets(driver);
    let got = reader(far);
    let request = SendFile::new(File::open(place.file("a", bytes)).unwrap(), &near).unwrap();
    let result = driver.send(request.strategies(order.iter().copied()).faults(faults));
    drop(near);
    (result, got.join().unwrap())
}

fn receive(driver: Driver, bytes: &[u8], order: &[Strategy], faults: Faults) -> (Result<Report, Error>, Vec<u8>) {
    let place = Place::anywhere();
    let (near, far) = sockets(driver);
    let sender = writer(&far, bytes.to_vec());
    let request = ReceiveFile::new(&near, place.join("a")).unwrap().strategies(order.iter().copied());
    let result = driver.receive(request.faults(faults));
    if result.is_err() {
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
    drop((near, far));
    sender.join().unwrap();
    (result, std::fs::read(place.join("a")).unwrap_or_default())
}

/// The first was refused, the second finished; between them they moved everything.
fn assert_fell_back(attempts: &[Attempt], call: Call, errno: i32, context: &str) {
    let [refused, finished] = attempts else { panic!("{context}: {attempts:?}") };
    assert_eq!((refused.outcome, finished.outcome), (Outcome::Refused, Outcome::Finished), "{context}");
    assert_eq!((refused.call, refused.errno), (Some(call), Some(errno)), "{context}");
    assert_eq!(refused.bytes + finished.bytes, LENGTH as u64, "{context}");
    assert!(refused.reason.is_some(), "{context}");
}

#[test]
fn a_send_that_is_refused_goes_on_at_the_byte_reached() {
    let bytes = random(1, LENGTH);
    for (first, call) in [(Strategy::Sendfile, Call::Sendfile), (Strategy::Splice, Call::Splice)] {
        for driver in Driver::ALL {
            for (nth, errno) in NTH.into_iter().zip([libc::EINVAL, libc::ENOSYS, libc::EPERM].into_iter().cycle()) {
                let context = format!("{driver:?} {call:?} {nth}");
                let faults = Faults::default().short(SHORT).fail(call, nth, errno);
                let (result, got) = send(driver, &bytes, &[first, Strategy::ReadWrite], faults);
                let report = result.unwrap();
                assert_eq!(difference(&got, &bytes), None, "{context}");
                assert_fell_back(&report.attempts, call, errno, &context);
                // of splice's two calls a step each second one moves to the socket
                let steps = if call == Call::Splice { (nth - 1) / 2 } else { nth - 1 };
                assert_eq!(report.attempts[0].bytes, steps * SHORT as u64, "{context}");
            }
        }
    }
}

#[test]
fn a_receive_that_is_refused_loses_nothing_that_is_in_the_pipe() {
    let bytes = random(2, LENGTH);
    for driver in Driver::ALL {
        for nth in NTH {
            let context = format!("{driver:?} {nth}");
            let faults = Faults::default().short(SHORT).fail(Call::Splice, nth, libc::EINVAL);
            let (result, got) = receive(driver, &bytes, &[Strategy::Splice, Strategy::ReadWrite], faults);
            let report = result.unwrap();
            assert_eq!(difference(&got, &bytes), None, "{context}");
            assert_fell_back(&report.attempts, Call::Splice, libc::EINVAL, &context);
        }
    }
}

#[test]
fn a_relay_that_is_refused_in_either_direction_loses_nothing() {
    let (there, back) = (random(3, LENGTH), random(4, LENGTH));
    for driver in Driver::ALL {
        for nth in NTH {
            let faults = |nth| Faults::default().short(SHORT).fail(Call::Splice, nth, libc::EPERM);
            let ((a, left), (b, right)) = (sockets(driver), sockets(driver));
            let writers = [writer(&left, there.clone()), writer(&right, back.clone())];
            let readers = [reader(right), reader(left)];
            let relay = Relay::new(&a, &b).unwrap().faults(faults(nth), faults(nth + 1));
            let report = driver.relay(relay).unwrap();
            drop((a, b));
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            let [at_right, at_left] = readers.map(|reader| reader.join().unwrap());
            let context = format!("{driver:?} {nth}");
            assert_eq!((difference(&at_right, &there), difference(&at_left, &back)), (None, None), "{context}");
            assert_fell_back(&report.a_to_b.attempts, Call::Splice, libc::EPERM, &context);
            assert_fell_back(&report.b_to_a.attempts, Call::Splice, libc::EPERM, &context);
        }
    }
}

#[test]
fn a_strategy_that_was_named_is_never_replaced() {
    let bytes = random(5, LENGTH);
    for driver in Driver::ALL {
        for (strategy, call) in [(Strategy::Sendfile, Call::Sendfile), (Strategy::Splice, Call::Splice)] {
            for nth in NTH {
                let faults = || Faults::default().short(SHORT).fail(call, nth, libc::EPERM);
                let check = |result: Result<Report, Error>| {
                    let error = result.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::StrategyUnavailable, "{driver:?} {nth}: {error}");
                    assert_eq!(error.refusal().unwrap().raw_os_error(), Some(libc::EPERM));
                    assert_eq!((error.call(), error.strategy()), (Some(call.name()), Some(strategy)));
                    error
                };
                let (result, got) = send(driver, &bytes, &[strategy], faults());
                let error = check(result);
                assert_eq!(error.bytes(), got.len() as u64, "{driver:?} {nth}");
                assert!(bytes.starts_with(&got));
                if strategy == Strategy::Splice {
                    check(receive(driver, &bytes, &[strategy], faults()).0);
                }
            }
        }
    }
}

#[test]
fn interrupted_and_short_calls_are_made_again_and_counted() {
    let bytes = random(6, LENGTH);
    let interrupted = |call| (1..40).step_by(3).fold(Faults::default().short(997), |f, n| f.fail(call, n, libc::EINTR));
    for driver in Driver::ALL {
        for (strategy, call, short_calls) in [
            (Strategy::Sendfile, Call::Sendfile, 101),
            (Strategy::Splice, Call::Splice, 202),
            (Strategy::ReadWrite, Call::Sendto, 101),
            (Strategy::MmapWrite, Call::Sendto, 101),
        ] {
            let (result, got) = send(driver, &bytes, &[strategy], interrupted(call));
            let report = result.unwrap();
            assert_eq!(difference(&got, &bytes), None, "{driver:?} {strategy}");
            assert!(report.syscalls.of(call) >= short_calls + 13, "{driver:?} {strategy}: {:?}", report.syscalls);
        }
        for (strategy, call) in [(Strategy::Splice, Call::Splice), (Strategy::ReadWrite, Call::Read)] {
            let (result, got) = receive(driver, &bytes, &[strategy], interrupted(call));
            let report = result.unwrap();
            assert_eq!(difference(&got, &bytes), None, "{driver:?} {strategy}");
            assert!(report.syscalls.of(call) >= 101 + 13, "{driver:?} {strategy}: {:?}", report.syscalls);
        }
    }
}

#[test]
fn a_failure_that_is_no_refusal_ends_the_transfer_at_once() {
    let bytes = random(7, LENGTH);
    for driver in Driver::ALL {
        for nth in [1, 2, 5] {
            let faults = Faults::default().short(SHORT).fail(Call::Sendfile, nth, libc::EIO);
            let (result, got) = send(driver, &bytes, &[Strategy::Sendfile, Strategy::ReadWrite], faults);
            let error = result.unwrap_err();
            assert_eq!((error.raw_os_error(), error.bytes()), (Some(libc::EIO), got.len() as u64), "{driver:?} {nth}");
            let faults = Faults::default().short(SHORT).fail(Call::Splice, nth, libc::ENOSPC);
            let (result, _) = receive(driver, &bytes, &[Strategy::Splice, Strategy::ReadWrite], faults);
            assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::ENOSPC), "{driver:?} {nth}");
        }
    }
}

#[test]
fn a_pipe_that_cannot_be_emptied_is_an_error_and_no_gap() {
    let bytes = random(8, LENGTH);
    for driver in Driver::ALL {
        let refused = Faults::default().short(SHORT).fail(Call::Splice, 4, libc::EINVAL);
        let (result, _) =
            receive(driver, &bytes, &[Strategy::Splice, Strategy::ReadWrite], refused.fail(Call::Read, 1, libc::EIO));
        let error = result.expect_err("bytes were lost in the pipe, and nobody heard of it");
        assert_eq!((error.raw_os_error(), error.call()), (Some(libc::EIO), Some("read")), "{driver:?}");
    }
}
