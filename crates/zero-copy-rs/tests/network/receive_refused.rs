//! What a received file may become, and what each other destination gets.
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::sys::stat::Mode;
use zero_copy_rs::{Atomic, Error, ErrorKind, ReceiveFile, Report, SendFile};

use crate::Driver;
use crate::support::bytes::random;
use crate::support::child::alone;
use crate::support::place::Place;
use crate::support::process::until;
use crate::support::sockets::{tcp, writer};

/// What comes is `bytes`.
fn receive(
    driver: Driver,
    bytes: &[u8],
    to: &Path,
    prepare: impl FnOnce(ReceiveFile) -> ReceiveFile,
) -> Result<Report, Error> {
    let (near, far) = tcp();
    near.set_nonblocking(!driver.may_block()).unwrap();
    let sender = writer(&far, bytes.to_vec());
    let result = driver.receive(prepare(ReceiveFile::new(&near, to).unwrap()));
    drop((near, far));
    sender.join().unwrap();
    result
}

const ATOMICS: [Atomic; 3] = [Atomic::Auto, Atomic::Always, Atomic::Never];

#[test]
fn so_many_bytes_are_allowed_and_not_one_more() {
    for driver in Driver::ALL {
        for atomic in ATOMICS {
            let place = Place::anywhere();
            let bytes = random(1, 100_000);
            let limited =
                |most| receive(driver, &bytes, &place.join("a"), |request| request.max_bytes(most).atomic(atomic));
            let error = limited(99_999).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::SizeExceeded, "ERR_SIZE_EXCEEDED".into()));
            assert!(place.names().is_empty(), "{:?}", place.names());
            assert_eq!(limited(100_000).unwrap().bytes, 100_000, "{driver:?} {atomic:?}");
            assert_eq!(limited(u64::MAX).unwrap().bytes, 100_000);
            assert!(fs::read(place.join("a")).unwrap() == bytes);
            assert_eq!(limited(0).unwrap_err().kind(), ErrorKind::SizeExceeded);
        }
    }
}

#[test]
fn an_empty_stream_is_an_empty_file() {
    for driver in Driver::ALL {
        let place = Place::anywhere();
        let path = place.file("a", b"old");
        let report = receive(driver, b"", &path, |request| request.max_bytes(0)).unwrap();
        assert_eq!((report.bytes, fs::read(path).unwrap().len()), (0, 0), "{driver:?}");
    }
}

#[test]
fn a_new_file_has_the_mode_asked_for_less_the_umask_and_an_old_one_keeps_its_own() {
    alone("receive_refused::a_new_file_has_the_mode_asked_for_less_the_umask_and_an_old_one_keeps_its_own", || {
        nix::sys::stat::umask(Mode::from_bits_truncate(0o027));
        for driver in Driver::ALL {
            for atomic in ATOMICS {
                let place = Place::anywhere();
                let mode = |name: &str| fs::metadata(place.join(name)).unwrap().mode() & 0o7777;
                receive(driver, b"1", &place.join("a"), |request| request.atomic(atomic)).unwrap();
                receive(driver, b"1", &place.join("b"), |request| request.atomic(atomic).mode(0o755)).unwrap();
                let old = place.file("c", b"old");
                fs::set_permissions(&old, PermissionsExt::from_mode(0o604)).unwrap();
                receive(driver, b"1", &old, |request| request.atomic(atomic).mode(0o777)).unwrap();
                assert_eq!((mode("a"), mode("b"), mode("c")), (0o640, 0o750, 0o604), "{driver:?} {atomic:?}");
            }
        }
    });
}

#[test]
fn an_old_file_is_replaced_whole_or_written_in_place_as_asked() {
    for driver in Driver::ALL {
        for (atomic, replaced) in [(Atomic::Auto, true), (Atomic::Always, true), (Atomic::Never, false)] {
            let place = Place::anywhere();
            let path = place.file("a", b"old, and longer than the new one");
            fs::hard_link(&path, place.join("link")).unwrap();
            let report = receive(driver, b"new", &path, |request| request.atomic(atomic)).unwrap();
            assert_eq!(report.atomic, Some(replaced));
            assert_eq!(fs::read(&path).unwrap(), b"new");
            let other = fs::read(place.join("link")).unwrap();
            assert_eq!(other == b"new", !replaced, "{driver:?} {atomic:?}");
            assert_eq!(place.names(), ["a", "link"]);
        }
    }
}

#[test]
fn without_overwriting_whatever_has_the_name_stays() {
    for driver in Driver::ALL {
        for atomic in ATOMICS {
            let place = Place::anywhere();
            place.file("a", b"old");
            symlink("missing", place.join("dangling")).unwrap();
            for name in ["a", "dangling"] {
                let keep = |request: ReceiveFile| request.overwrite(false).atomic(atomic);
                let error = receive(driver, b"new", &place.join(name), keep).unwrap_err();
                assert_eq!(error.code(), "EEXIST", "{driver:?} {atomic:?} {name}");
            }
            assert_eq!(fs::read(place.join("a")).unwrap(), b"old");
            receive(driver, b"new", &place.join("b"), |request| request.overwrite(false).atomic(atomic)).unwrap();
            assert_eq!(place.names(), ["a", "b", "dangling"]);
        }
    }
}

#[test]
fn a_symbolic_link_stays_one_and_its_target_gets_the_bytes() {
    for driver in Driver::ALL {
        for atomic in ATOMICS {
            let place = Place::anywhere();
            fs::create_dir(place.join("far")).unwrap();
            fs::write(place.join("far/target"), "old").unwrap();
            for (name, to) in [("link", "far/target"), ("twice", "link"), ("dangling", "far/new")] {
                symlink(to, place.join(name)).unwrap();
                let report = receive(driver, name.as_bytes(), &place.join(name), |request| request.atomic(atomic));
                let context = format!("{driver:?} {atomic:?} {name}: {report:?}");
                assert!(report.is_ok(), "{context}");
                assert!(fs::symlink_metadata(place.join(name)).unwrap().is_symlink(), "{context}");
                assert_eq!(fs::read(place.join(name)).unwrap(), name.as_bytes(), "{context}");
            }
            assert_eq!(place.names(), ["dangling", "far", "link", "twice"]);
        }
    }
}

#[test]
fn a_name_that_cannot_be_is_refused_before_the_first_byte_is_taken() {
    for driver in Driver::ALL {
        for atomic in ATOMICS {
            let place = Place::anywhere();
            let file = place.file("file", b"");
            for (path, code) in [
                (place.to_owned(), "EISDIR"),
                (place.join("missing/a"), "ENOENT"),
                (file.join("below"), "ENOTDIR"),
                (place.join("n".repeat(256)), "ENAMETOOLONG"),
                (place.join("new/"), "EISDIR"),
                ("".into(), "ENOENT"),
            ] {
                let (mut near, far) = tcp();
                near.set_nonblocking(!driver.may_block()).unwrap();
                writer(&far, b"untouched".to_vec()).join().unwrap();
                let error = driver.receive(ReceiveFile::new(&near, &path).unwrap().atomic(atomic)).unwrap_err();
                let context = format!("{driver:?} {atomic:?} {}: {error}", path.display());
                if code == "EISDIR" && error.kind() == ErrorKind::AtomicUnavailable {
                    assert_eq!(atomic, Atomic::Always, "{context}");
                } else {
                    assert_eq!(error.code(), code, "{context}");
                }
                assert_eq!(error.destination_path(), Some(&*path), "{context}");
                let mut left = String::new();
                near.set_nonblocking(false).unwrap();
                near.read_to_string(&mut left).unwrap();
                assert_eq!(left, "untouched", "{context}");
                assert_eq!(place.names(), ["file"], "{context}");
            }
        }
    }
}

#[test]
fn a_device_and_a_fifo_are_written_to_and_cannot_be_replaced() {
    for driver in Driver::ALL {
        let place = Place::anywhere();
        let report = receive(driver, &random(2, 300_000), Path::new("/dev/null"), |request| request).unwrap();
        assert_eq!((report.bytes, report.atomic), (300_000, Some(false)), "{driver:?}");
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let fifo = place.join("fifo");
        nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        let whole = receive(driver, b"1", &fifo, |request| request.atomic(Atomic::Always)).unwrap_err();
        assert_eq!(whole.kind(), ErrorKind::AtomicUnavailable);
        let opening = fifo.clone();
        let reader = std::thread::spawn(move || fs::read(opening).unwrap());
        let bytes = random(3, 300_000);
        let mut result = receive(driver, &bytes, &fifo, |request| request);
        // nobody has opened it yet
        until("the reader is there", || {
            if result.as_ref().is_err_and(|error| error.code() == "ENXIO") {
                result = receive(driver, &bytes, &fifo, |request| request);
            }
            !result.as_ref().is_err_and(|error| error.code() == "ENXIO")
        });
        assert_eq!(result.unwrap().bytes, 300_000, "{driver:?}");
        assert!(reader.join().unwrap() == bytes, "{driver:?}");
        assert_eq!(place.names(), ["fifo"]);
    }
}

#[test]
fn what_is_no_connection_is_an_error_of_the_kernels() {
    let place = Place::anywhere();
    let file = place.file("a", &random(5, 100_000));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let unconnected = socket(AddressFamily::Inet, SockType::Stream, SockFlag::empty(), None).unwrap();
    for (what, end) in [("listening", File::from(std::os::fd::OwnedFd::from(listener))), ("new", unconnected.into())] {
        let error = ReceiveFile::new(&end, place.join("b")).unwrap().run().unwrap_err();
        assert_eq!(error.code(), "ENOTCONN", "{what}");
        let error = SendFile::from_path(&file, &end).unwrap().run().unwrap_err();
        assert!(["ENOTCONN", "EPIPE"].contains(&&*error.code()), "{what}: {error}");
        assert_eq!(error.bytes(), 0);
    }
    assert_eq!(place.names(), ["a"]);
    let closed = File::open(&file).unwrap();
    let error = SendFile::from_path(&file, &closed).unwrap().run().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EBADF), "a file that is not open for writing: {error}");
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let error = SendFile::from_path(&file, &datagrams).unwrap().run().unwrap_err();
    assert!(error.raw_os_error().is_some() || error.kind() == ErrorKind::StrategyUnavailable, "{error}");
}

#[test]
fn a_socket_is_left_to_its_owner_after_an_error() {
    for driver in Driver::ALL {
        let place = Place::anywhere();
        let (mut near, mut far) = tcp();
        near.set_nonblocking(!driver.may_block()).unwrap();
        far.write_all(b"12345678").unwrap();
        let error = driver.receive(ReceiveFile::new(&near, place.join("a")).unwrap().max_bytes(3)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SizeExceeded);
        near.set_nonblocking(false).unwrap();
        near.write_all(b"too many").unwrap();
        drop(near);
        let mut answer = Vec::new();
        let _ = far.read_to_end(&mut answer); // bytes that nobody took make it end with a reset
        assert_eq!(answer, b"too many");
    }
}
