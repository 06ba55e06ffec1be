//! Destinations that are no files: FIFOs and devices. They get the bytes, and nothing else is done to them.
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use zero_copy_rs::{CopyFile, ErrorKind, Strategy, copy_file};

use crate::support::bytes::{difference, random};
use crate::support::child;
use crate::support::pending::{run, submit};
use crate::support::place::Place;
use crate::support::process::{signal_by_default, until};
use crate::{chmod, mode_of};

/// Those that can write to a pipe; None: the library's choice.
const WAYS: [Option<Strategy>; 5] =
    [None, Some(Strategy::ReadWrite), Some(Strategy::MmapWrite), Some(Strategy::Sendfile), Some(Strategy::Splice)];

fn fifo(place: &Place) -> PathBuf {
    let path = place.join("fifo");
    let _ = fs::remove_file(&path);
    mkfifo(&path, Mode::S_IRWXU).unwrap();
    chmod(&path, 0o622);
    path
}

fn copy(source: &Path, destination: &Path, way: Option<Strategy>) -> CopyFile {
    let copy = CopyFile::new(source, destination);
    if let Some(strategy) = way { copy.strategy(strategy) } else { copy }
}

/// A reader that does not wait for a writer.
fn reader(fifo: &Path) -> File {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(fifo).unwrap()
}

#[test]
fn a_fifo_without_a_reader_is_enxio_at_once() {
    let place = Place::anywhere();
    let (source, fifo) = (place.file("source", b"content"), fifo(&place));
    for way in WAYS {
        assert_eq!(copy(&source, &fifo, way).run().unwrap_err().code(), "ENXIO", "{way:?}");
    }
    assert_eq!(mode_of(&fifo), 0o622);
}

#[test]
fn a_socket_is_enxio() {
    let place = Place::anywhere();
    let source = place.file("source", b"content");
    let _listener = std::os::unix::net::UnixListener::bind(place.join("socket")).unwrap();
    for way in WAYS {
        assert_eq!(copy(&source, &place.join("socket"), way).run().unwrap_err().code(), "ENXIO", "{way:?}");
    }
}

#[test]
fn a_fifo_with_a_reader_gets_every_byte_and_keeps_its_mode() {
    let place = Place::anywhere();
    let content = random(1, 1_000_003);
    let source = place.file("source", &content);
    chmod(&source, 0o4755);
    for way in WAYS {
        let fifo = fifo(&place);
        let mut reader = reader(&fifo);
        nix::fcntl::fcntl(&reader, nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::empty())).unwrap();
        let (handle, result) = run(copy(&source, &fifo, way));
        // before there is a writer, a reader finds the end
        until("a byte is there", || handle.bytes() > 0);
        let mut received = vec![0; content.len()];
        reader.read_exact(&mut received).unwrap();
        let report = result.wait().unwrap();
        assert_eq!(difference(&received, &content), None, "{way:?}");
        assert_eq!((report.bytes, report.bytes_shared), (1_000_003, 0), "{way:?}");
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "{way:?}: nothing more, and the writer is gone");
        assert_eq!(mode_of(&fifo), 0o622, "{way:?}");
        assert_eq!(report.not_preserved, [""; 0], "{way:?}");
    }
}

#[test]
fn strategies_between_files_refuse_a_fifo_before_it_gets_a_byte() {
    let place = Place::anywhere();
    let (source, fifo) = (place.file("source", b"content"), fifo(&place));
    let mut reader = reader(&fifo);
    for strategy in [Strategy::CopyFileRange, Strategy::Reflink] {
        let error = copy(&source, &fifo, Some(strategy)).run().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StrategyUnavailable, "{strategy}: {error}");
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0, "{strategy}");
    }
    assert!(fifo.exists());
}

#[test]
fn a_reader_that_leaves_is_epipe_and_no_signal_ends_the_process() {
    child::alone("fifo::a_reader_that_leaves_is_epipe_and_no_signal_ends_the_process", || {
        signal_by_default(Signal::SIGPIPE);
        let place = Place::anywhere();
        let source = place.file("source", &random(1, 1_000_003));
        for way in WAYS {
            for on_a_worker in [false, true] {
                let fifo = fifo(&place);
                let reader = reader(&fifo);
                let copy = copy(&source, &fifo, way);
                let (handle, result) = if on_a_worker { submit(copy) } else { run(copy) };
                until("the pipe is full", || handle.bytes() >= 4096);
                drop(reader);
                let error = result.wait().unwrap_err();
                assert_eq!(error.code(), "EPIPE", "{way:?}");
                assert!((4096..1_000_003).contains(&error.bytes()), "{way:?}: {}", error.bytes());
                assert!(fifo.exists(), "{way:?}: what was there before stays");
            }
        }
    });
}

#[test]
fn a_signal_that_a_copy_raised_does_not_come_later() {
    child::alone("fifo::a_signal_that_a_copy_raised_does_not_come_later", || {
        let place = Place::anywhere();
        let source = place.file("source", &random(1, 1_000_003));
        let path = fifo(&place);
        let reader = reader(&path);
        signal_by_default(Signal::SIGPIPE);
        let copy = copy(&source, &path, Some(Strategy::ReadWrite));
        let handle = copy.handle();
        let thread = std::thread::spawn(move || {
            assert_eq!(copy.run().unwrap_err().code(), "EPIPE");
            // this thread's own mask is as it was, and nothing is pending: otherwise the process ends here
            let mask = nix::sys::signal::SigSet::thread_get_mask().unwrap();
            assert!(!mask.contains(Signal::SIGPIPE));
        });
        until("the pipe is full", || handle.bytes() >= 4096);
        drop(reader);
        thread.join().unwrap();
    });
}

#[test]
fn the_null_device_takes_everything_and_is_never_changed() {
    let place = Place::anywhere();
    let source = place.file("source", &random(1, 300_000));
    chmod(&source, 0o700);
    let null = place.null_device();
    for way in WAYS {
        let report = copy(&source, &null, way).run().unwrap();
        assert_eq!((report.bytes, report.device_writes.unwrap_or(0)), (300_000, 0), "{way:?}");
        assert_eq!(mode_of(&null), 0o666, "{way:?}");
    }
}

#[test]
fn a_device_that_is_full_is_enospc() {
    let place = Place::anywhere();
    let source = place.file("source", &random(1, 300_000));
    let error = copy_file(&source, "/dev/full").unwrap_err();
    assert_eq!((&*error.code(), error.call(), error.bytes()), ("ENOSPC", Some("write"), 0));
    assert_eq!(error.strategy(), Some(Strategy::ReadWrite));
}
