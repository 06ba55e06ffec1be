//! Peers that reset, close or half-close at many points, or stop reading.
use std::fs::File;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use zero_copy_rs::{Error, ReceiveFile, Report, SendFile, Strategy};

use crate::Driver;
use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::sockets::{narrow, reader, reset, tcp};

const LENGTH: usize = 2_000_000;

fn sockets(driver: Driver) -> (TcpStream, TcpStream) {
    let (near, far) = tcp();
    near.set_nonblocking(!driver.may_block()).unwrap();
    narrow(&near, &far);
    (near, far)
}

fn is_gone(error: &Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ECONNRESET | libc::EPIPE))
}

#[test]
fn a_peer_that_resets_while_it_is_sent_to_is_an_error_at_whatever_point() {
    let place = Place::anywhere();
    let file = place.file("a", &random(1, LENGTH));
    for driver in Driver::ALL {
        for strategy in [Strategy::Sendfile, Strategy::Splice, Strategy::ReadWrite, Strategy::MmapWrite] {
            for point in [0, 1, 65_537, 400_000, 1_000_000] {
                let (near, mut far) = sockets(driver);
                let peer = std::thread::spawn(move || {
                    far.read_exact(&mut vec![0; point]).unwrap();
                    reset(far);
                });
                let request = SendFile::new(File::open(&file).unwrap(), &near).unwrap().strategy(strategy);
                let error = driver.send(request).unwrap_err();
                peer.join().unwrap();
                assert!(is_gone(&error), "{driver:?} {strategy} {point}: {error}");
                assert!(
                    (point..LENGTH).contains(&(error.bytes() as usize)),
                    "{driver:?} {strategy}: {}",
                    error.bytes()
                );
            }
        }
    }
}

#[test]
fn a_peer_that_is_done_writing_gets_every_byte() {
    let place = Place::anywhere();
    let bytes = random(2, LENGTH);
    let file = place.file("a", &bytes);
    for driver in Driver::ALL {
        for early in [true, false] {
            let (near, mut far) = sockets(driver);
            if early {
                far.shutdown(Shutdown::Write).unwrap();
            }
            let peer = std::thread::spawn(move || {
                let mut got = vec![0; 300_000];
                far.read_exact(&mut got).unwrap();
                far.shutdown(Shutdown::Write).unwrap();
                far.read_to_end(&mut got).unwrap();
                got
            });
            let request = SendFile::new(File::open(&file).unwrap(), &near).unwrap();
            assert_eq!(driver.send(request).unwrap().bytes, LENGTH as u64);
            drop(near);
            assert_eq!(difference(&peer.join().unwrap(), &bytes), None, "{driver:?} {early}");
        }
    }
}

fn receive(driver: Driver, strategy: Strategy, place: &Place, near: &TcpStream) -> Result<Report, Error> {
    driver.receive(ReceiveFile::new(near, place.join("a")).unwrap().strategy(strategy))
}

#[test]
fn a_sender_that_resets_is_an_error_and_no_file_at_whatever_point() {
    let bytes = random(3, LENGTH);
    for driver in Driver::ALL {
        for strategy in [Strategy::Splice, Strategy::ReadWrite] {
            for point in [0, 1, 65_537, 400_000, LENGTH] {
                for old in [None, Some(b"old")] {
                    let place = Place::anywhere();
                    old.map(|old| place.file("a", old));
                    let (near, mut far) = sockets(driver);
                    let part = bytes[..point].to_vec();
                    let peer = std::thread::spawn(move || {
                        far.write_all(&part).unwrap();
                        reset(far);
                    });
                    let error = receive(driver, strategy, &place, &near).unwrap_err();
                    peer.join().unwrap();
                    assert_eq!(error.code(), "ECONNRESET", "{driver:?} {strategy} {point}");
                    assert!(error.bytes() <= point as u64);
                    assert_eq!(place.names().len(), old.iter().len(), "{:?}", place.names());
                    assert_eq!(std::fs::read(place.join("a")).ok().as_deref(), old.map(|old| &old[..]));
                }
            }
        }
    }
}

#[test]
fn a_reset_that_came_before_the_receive_is_found_too() {
    for driver in Driver::ALL {
        let place = Place::anywhere();
        let (near, mut far) = sockets(driver);
        far.write_all(b"begun").unwrap();
        reset(far);
        assert_eq!(receive(driver, Strategy::Splice, &place, &near).unwrap_err().code(), "ECONNRESET", "{driver:?}");
        assert!(place.names().is_empty());
    }
}

#[test]
fn a_sender_that_closes_ends_the_file_and_one_that_half_closes_can_still_be_answered() {
    let bytes = random(4, 300_000);
    for driver in Driver::ALL {
        for point in [0, 1, 65_536, 300_000] {
            let place = Place::anywhere();
            let (mut near, mut far) = sockets(driver);
            let part = bytes[..point].to_vec();
            let peer = std::thread::spawn(move || {
                far.write_all(&part).unwrap();
                far.shutdown(Shutdown::Write).unwrap();
                reader(far).join().unwrap()
            });
            assert_eq!(receive(driver, Strategy::Splice, &place, &near).unwrap().bytes, point as u64);
            assert_eq!(difference(&std::fs::read(place.join("a")).unwrap(), &bytes[..point]), None);
            near.set_nonblocking(false).unwrap();
            near.write_all(b"thanks").unwrap();
            drop(near);
            assert_eq!(peer.join().unwrap(), b"thanks", "{driver:?} {point}");
        }
    }
}
