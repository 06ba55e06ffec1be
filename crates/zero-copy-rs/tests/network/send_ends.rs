//! Where a file can be sent to: sockets of three families, pipes, a device.
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, OwnedFd};

use zero_copy_rs::{SendFile, Strategy, send_file};

use crate::Driver;
use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::sockets::{Family, reader, set_nonblocking};

const STRATEGIES: [Strategy; 4] = [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice];

fn sinks() -> Vec<(String, OwnedFd, File)> {
    let sockets = Family::ALL.map(|family| {
        let (near, far) = family.pair();
        (format!("{family:?}"), near.into(), far)
    });
    let (read, write) = nix::unistd::pipe().unwrap();
    sockets.into_iter().chain([("a pipe".to_owned(), write, read.into())]).collect()
}

#[test]
fn every_strategy_sends_every_byte_to_every_sink_with_every_driver() {
    let place = Place::anywhere();
    let bytes = random(1, 2_000_001);
    let path = place.file("a", &bytes);
    for driver in Driver::ALL {
        for strategy in STRATEGIES {
            for (name, near, far) in sinks() {
                set_nonblocking(&near, !driver.may_block());
                let got = reader(far);
                let request = SendFile::from_path(&path, near.as_fd()).unwrap().strategy(strategy);
                let report = driver.send(request.buffer_size(100_000).offset(1)).unwrap();
                drop(near);
                assert_eq!(difference(&got.join().unwrap(), &bytes[1..]), None, "{driver:?} {strategy} {name}");
                assert_eq!((report.strategy, report.bytes), (Some(strategy), 2_000_000), "{driver:?} {name}");
                assert_eq!((report.atomic, report.durable, report.bytes_shared), (None, None, 0));
                let buffer = matches!(strategy, Strategy::ReadWrite | Strategy::MmapWrite).then_some(100_000);
                assert_eq!(report.buffer_size, buffer);
                assert!(report.cpu_copies.count.is_some() && report.total >= report.duration, "{report:?}");
            }
        }
    }
}

#[test]
fn a_device_takes_every_byte_and_is_no_socket() {
    let place = Place::anywhere();
    let path = place.file("a", &random(2, 300_000));
    let null = OpenOptions::new().write(true).open("/dev/null").unwrap();
    let report = send_file(File::open(path).unwrap(), &null).unwrap();
    assert_eq!(report.bytes, 300_000);
}

#[test]
fn the_files_own_position_is_neither_used_nor_moved() {
    use std::io::Seek;
    let place = Place::anywhere();
    let bytes = random(3, 300_000);
    let mut file = File::open(place.file("a", &bytes)).unwrap();
    file.seek(std::io::SeekFrom::Start(100)).unwrap();
    for strategy in STRATEGIES {
        for (name, near, far) in sinks() {
            let got = reader(far);
            SendFile::new(&file, near.as_fd()).unwrap().strategy(strategy).run().unwrap();
            drop(near);
            assert_eq!(difference(&got.join().unwrap(), &bytes), None, "{strategy} {name}");
            assert_eq!(file.stream_position().unwrap(), 100, "{strategy} {name}");
        }
    }
}

#[test]
fn whether_the_callers_descriptors_block_is_not_touched() {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let place = Place::anywhere();
    let path = place.file("a", &random(4, 300_000));
    for driver in Driver::ALL {
        for (name, near, far) in sinks() {
            set_nonblocking(&near, !driver.may_block());
            let got = reader(far);
            driver.send(SendFile::from_path(&path, near.as_fd()).unwrap()).unwrap();
            let flags = OFlag::from_bits_retain(fcntl(&near, FcntlArg::F_GETFL).unwrap());
            assert_eq!(flags.contains(OFlag::O_NONBLOCK), !driver.may_block(), "{driver:?} {name}");
            drop(near);
            assert_eq!(got.join().unwrap().len(), 300_000);
        }
    }
}
