//! What is sent when the source changes, has no size, or is none.
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use nix::sys::stat::Mode;
use zero_copy_rs::{ErrorKind, Report, SendFile, Strategy};

use crate::Driver;
use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::process::until;
use crate::support::sockets::{narrow, reader, tcp};

const LENGTH: usize = 3_000_000;
const SHARE: usize = 1_300_000;
const STRATEGIES: [Strategy; 4] = [Strategy::Sendfile, Strategy::Splice, Strategy::ReadWrite, Strategy::MmapWrite];

fn sockets(driver: Driver) -> (TcpStream, TcpStream) {
    let (near, far) = tcp();
    near.set_nonblocking(!driver.may_block()).unwrap();
    narrow(&near, &far);
    (near, far)
}

/// Sends `a` while `change` is made to it half-way, and answers what came.
fn send_while(
    driver: Driver,
    strategy: Strategy,
    path: &Path,
    change: impl FnOnce(&File) + Send,
) -> (Result<Report, zero_copy_rs::Error>, Vec<u8>) {
    let (near, mut far) = sockets(driver);
    let request = SendFile::from_path(path, &near).unwrap().strategy(strategy);
    let handle = request.handle();
    std::thread::scope(|scope| {
        let got = scope.spawn(move || {
            // a call that blocks says nothing until it has moved all of its share
            let mut got = vec![0; SHARE];
            far.read_exact(&mut got).unwrap();
            until("it has begun", || handle.bytes() > 0);
            change(&OpenOptions::new().append(true).open(path).unwrap());
            far.read_to_end(&mut got).unwrap();
            got
        });
        let result = driver.send(request);
        drop(near);
        (result, got.join().unwrap())
    })
}

#[test]
fn a_source_that_shrinks_is_an_error_and_what_came_is_its_beginning() {
    let bytes = random(1, LENGTH);
    for driver in Driver::ALL {
        for strategy in STRATEGIES {
            let place = Place::anywhere();
            let path = place.file("a", &bytes);
            let (result, got) = send_while(driver, strategy, &path, |file| file.set_len(LENGTH as u64 - 4096).unwrap());
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SourceTruncated, "{driver:?} {strategy}: {error}");
            assert!(error.bytes() <= LENGTH as u64 - 4096, "{driver:?} {strategy}: {}", error.bytes());
            assert_eq!(error.source_path(), Some(&*path));
            // what the socket still held of the pages that went is not our affair
            assert_eq!(difference(&got[..SHARE], &bytes[..SHARE]), None);
        }
    }
}

#[test]
fn what_is_appended_meanwhile_is_not_sent() {
    let bytes = random(2, LENGTH);
    for driver in Driver::ALL {
        for strategy in STRATEGIES {
            let place = Place::anywhere();
            let path = place.file("a", &bytes);
            let (result, got) = send_while(driver, strategy, &path, |mut file| file.write_all(&[1; 50_000]).unwrap());
            assert_eq!(result.unwrap().bytes, LENGTH as u64);
            assert_eq!(difference(&got, &bytes), None, "{driver:?} {strategy}");
        }
    }
}

fn send(
    driver: Driver,
    prepare: impl FnOnce(&TcpStream) -> SendFile,
) -> (Result<Report, zero_copy_rs::Error>, Vec<u8>) {
    let (near, far) = sockets(driver);
    let got = reader(far);
    let result = driver.send(prepare(&near));
    drop(near);
    (result, got.join().unwrap())
}

#[test]
fn a_generated_file_is_sent_to_its_end_whatever_its_size_says() {
    for path in ["/proc/version", "/proc/filesystems", "/sys/devices/system/cpu/online"] {
        for driver in Driver::ALL {
            let (result, got) = send(driver, |near| SendFile::from_path(path, near).unwrap());
            let report = result.unwrap();
            assert_eq!(got, std::fs::read(path).unwrap(), "{path} {driver:?}");
            assert_eq!(report.bytes, got.len() as u64, "{path} {driver:?}");
            assert!(report.strategy == Some(Strategy::ReadWrite) || path.starts_with("/sys"), "{report:?}");
        }
    }
}

#[test]
fn a_generated_file_that_ends_before_the_length_asked_for_is_truncated() {
    for driver in Driver::ALL {
        let (result, got) = send(driver, |near| SendFile::from_path("/proc/version", near).unwrap().length(4000));
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.bytes()),
            (ErrorKind::SourceTruncated, got.len() as u64),
            "{driver:?}: {error}"
        );
    }
}

#[test]
fn an_empty_file_and_an_empty_range_send_nothing() {
    let place = Place::anywhere();
    let (empty, file) = (place.file("empty", b""), place.file("a", b"12345"));
    for driver in Driver::ALL {
        for (path, offset, length) in [(&empty, 0, None), (&file, 5, None), (&file, 2, Some(0))] {
            let (result, got) = send(driver, |near| {
                let request = SendFile::from_path(path, near).unwrap().offset(offset);
                length.into_iter().fold(request, SendFile::length)
            });
            let report = result.unwrap();
            assert_eq!((report.strategy, report.bytes, report.atomic), (None, 0, None));
            assert!(report.attempts.is_empty() && got.is_empty());
        }
    }
}

#[test]
fn a_range_is_sent_exactly_and_one_beyond_the_end_is_refused_before_the_first_byte() {
    let place = Place::anywhere();
    let bytes = random(3, 1_000_000);
    let file = place.file("a", &bytes);
    let sent = |driver, offset, length: Option<u64>| {
        send(driver, |near| {
            let request = SendFile::new(File::open(&file).unwrap(), near).unwrap().offset(offset);
            length.into_iter().fold(request, SendFile::length)
        })
    };
    for driver in Driver::ALL {
        for (offset, length) in
            [(0, Some(1)), (4095, Some(2)), (999_999, None), (1, Some(999_999)), (131_071, Some(131_074))]
        {
            let (result, got) = sent(driver, offset, length);
            let end = length.map_or(bytes.len(), |length| (offset + length) as usize);
            assert_eq!(result.unwrap().bytes, got.len() as u64);
            assert_eq!(difference(&got, &bytes[offset as usize..end]), None, "{driver:?} {offset} {length:?}");
        }
        for (offset, length) in
            [(1_000_001, None), (0, Some(1_000_001)), (1_000_000, Some(1)), (u64::MAX, Some(u64::MAX))]
        {
            let (result, got) = sent(driver, offset, length);
            assert_eq!(result.unwrap_err().kind(), ErrorKind::OutOfRange, "{driver:?} {offset} {length:?}");
            assert!(got.is_empty());
        }
    }
}

#[test]
fn what_is_no_file_is_refused_before_the_first_byte() {
    let place = Place::anywhere();
    nix::unistd::mkfifo(&place.join("fifo"), Mode::S_IRWXU).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.join("socket")).unwrap();
    for driver in Driver::ALL {
        for (name, code) in [("fifo", "EINVAL"), ("socket", "EINVAL"), (".", "EISDIR"), ("missing", "ENOENT")] {
            let (result, got) = send(driver, |near| SendFile::from_path(place.join(name), near).unwrap());
            let error = result.unwrap_err();
            assert_eq!(error.code(), code, "{driver:?} {name}");
            assert!(error.to_string().contains(", sendfile '"), "{error}");
            assert!(got.is_empty());
        }
    }
}

#[test]
fn a_device_is_sent_as_long_as_it_was_asked_for() {
    for driver in Driver::ALL {
        let (result, got) = send(driver, |near| SendFile::from_path("/dev/zero", near).unwrap().length(1_000_001));
        assert_eq!((result.unwrap().bytes, got), (1_000_001, vec![0; 1_000_001]), "{driver:?}");
        let (result, _) = send(driver, |near| SendFile::from_path("/dev/zero", near).unwrap());
        assert_eq!(result.unwrap_err().code(), "EINVAL");
    }
}
