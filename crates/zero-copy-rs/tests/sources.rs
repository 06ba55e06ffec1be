//! What may be a source, and what each other thing gets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod support;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::BorrowedFd;
use std::path::Path;

use nix::sys::stat::{Mode, SFlag, mknod};
use nix::unistd::mkfifo;
use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Strategy, copy_file};

use support::bytes::random;
use support::child;
use support::lease::Lease;
use support::pending::run;
use support::place::{Place, is_root};
use support::process::{ignore_signal, until};
use support::watch::Opens;

/// The copy fails with `code` before the destination is touched: a new name does not appear, an old file stays.
fn refused(place: &Place, code: &str, copy: impl Fn(&Path) -> Result<CopyFile, Error>) -> Error {
    let (new, old) = (place.join("new"), place.file("old", b"old content"));
    let error = copy(&new).and_then(CopyFile::run).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(!new.exists(), "{error}");
    assert_eq!(copy(&old).and_then(CopyFile::run).unwrap_err().code(), code);
    assert_eq!(fs::read(old).unwrap(), b"old content");
    error
}

fn refused_by_path(code: &str, source: &Path) -> Error {
    refused(&Place::anywhere(), code, |destination| Ok(CopyFile::new(source, destination)))
}

#[test]
fn a_missing_source_is_enoent_with_both_paths() {
    let place = Place::anywhere();
    let error = refused_by_path("ENOENT", &place.join("missing"));
    assert_eq!(error.kind(), ErrorKind::Kernel);
    assert_eq!((error.raw_os_error(), error.call()), (Some(libc::ENOENT), Some("openat")));
    assert_eq!(error.source_path(), Some(&*place.join("missing")));
    assert!(error.destination_path().is_some_and(|path| path.ends_with("new")));
    assert!(error.to_string().starts_with("ENOENT: No such file or directory, copyfile '"), "{error}");
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn other_ways_that_lead_nowhere_have_the_kernels_code() {
    let place = Place::anywhere();
    let file = place.file("file", b"");
    std::os::unix::fs::symlink("loop", place.join("loop")).unwrap();
    std::os::unix::fs::symlink("missing", place.join("dangling")).unwrap();
    refused_by_path("ENOTDIR", &file.join("below"));
    refused_by_path("ELOOP", &place.join("loop"));
    refused_by_path("ENOENT", &place.join("dangling"));
    refused_by_path("ENOENT", Path::new(""));
    refused_by_path("ENAMETOOLONG", &place.join("n".repeat(256)));
}

#[test]
fn a_directory_is_eisdir() {
    let place = Place::anywhere();
    refused_by_path("EISDIR", &place);
    refused(&place, "EISDIR", |destination| CopyFile::from_file(File::open(&*place).unwrap(), destination));
}

#[test]
fn a_file_that_may_not_be_read_is_eacces_for_a_user() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::anywhere();
    let secret = place.file("secret", b"secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o200)).unwrap();
    if is_root() {
        assert_eq!(copy_file(&secret, place.join("copy")).unwrap().bytes, 6);
    } else {
        refused_by_path("EACCES", &secret);
    }
}

#[test]
fn a_fifo_is_einval_at_once_and_its_waiting_writer_is_not_released() {
    let place = Place::anywhere();
    let fifo = place.join("fifo");
    mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    let path = fifo.clone();
    let writer = std::thread::spawn(move || OpenOptions::new().write(true).open(path).unwrap());
    // the writer waits for somebody who opens it: nobody does
    let opens = Opens::of(&fifo);
    let error = refused_by_path("EINVAL", &fifo);
    assert_eq!(error.detail(), Some("the source is a FIFO"));
    assert_eq!(opens.count(), 0);
    let reader = File::open(&fifo).unwrap();
    writer.join().unwrap();
    assert!(opens.count() > 0, "the witness sees an opening");
    refused(&place, "EINVAL", |destination| CopyFile::from_file(&reader, destination));
}

#[test]
fn a_socket_is_einval() {
    let place = Place::anywhere();
    let _listener = std::os::unix::net::UnixListener::bind(place.join("socket")).unwrap();
    refused_by_path("EINVAL", &place.join("socket"));
    let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    refused(&place, "EINVAL", |destination| CopyFile::from_file(&one, destination));
}

#[test]
fn a_block_device_is_einval() {
    let place = Place::anywhere();
    if is_root() {
        // a number that no driver has: it is not even opened
        let node = place.join("device");
        mknod(&node, SFlag::S_IFBLK, Mode::S_IRUSR, nix::sys::stat::makedev(259, 0x3_fff0)).unwrap();
        refused_by_path("EINVAL", &node);
    }
    for device in ["/dev/loop0", "/dev/loop1"].map(Path::new) {
        if device.exists() {
            refused_by_path("EINVAL", device);
        }
        if let Ok(file) = File::open(device) {
            refused(&place, "EINVAL", |destination| CopyFile::from_file(&file, destination));
        }
    }
}

#[test]
fn the_null_device_copies_as_an_empty_file() {
    let place = Place::anywhere();
    let report = copy_file("/dev/null", place.join("new")).unwrap();
    assert_eq!((report.bytes, report.strategy), (0, None));
    assert_eq!(fs::read(place.join("new")).unwrap(), b"");
    let old = place.file("old", b"old content");
    CopyFile::from_file(File::open("/dev/null").unwrap(), &old).unwrap().run().unwrap();
    assert_eq!(fs::read(old).unwrap(), b"");
}

#[test]
fn any_other_character_device_needs_a_length() {
    let place = Place::anywhere();
    refused_by_path("EINVAL", Path::new("/dev/zero"));
    refused(&place, "EINVAL", |to| Ok(CopyFile::new("/dev/zero", to).offset(1).length(1)));
    for length in [1, 4096, 1_000_001] {
        let report = CopyFile::new("/dev/zero", place.join("zeros")).length(length).run().unwrap();
        assert_eq!((report.bytes, report.cpu_copies.count), (length, Some(2)));
        assert_eq!(fs::read(place.join("zeros")).unwrap(), vec![0; length as usize]);
    }
    let report = CopyFile::new("/dev/zero", place.join("none")).length(0).run().unwrap();
    assert_eq!((report.bytes, report.strategy), (0, None));
}

#[test]
fn a_character_device_by_name_is_copied_or_refused_and_never_in_part() {
    let place = Place::anywhere();
    for &strategy in Strategy::ALL {
        let to = place.join(strategy.name());
        match CopyFile::new("/dev/zero", &to).length(70_000).strategy(strategy).run() {
            Ok(report) => assert_eq!((report.bytes, fs::read(&to).unwrap()), (70_000, vec![0; 70_000]), "{strategy}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::StrategyUnavailable, "{strategy}: {error}");
                assert!(!to.exists(), "{strategy}");
            }
        }
    }
    assert!(place.join("read_write").exists());
}

#[test]
fn a_descriptor_stays_open_and_where_it_was() {
    let place = Place::anywhere();
    let content = random(1, 300_000);
    let source = place.file("source", &content);
    for &strategy in Strategy::ALL {
        let mut file = File::open(&source).unwrap();
        file.seek(SeekFrom::Start(12_345)).unwrap();
        let copy = CopyFile::from_file(&file, place.join("copy")).unwrap().strategy(strategy);
        match copy.run() {
            Ok(report) => assert_eq!(report.bytes, 300_000, "from the beginning, wherever the position is"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::StrategyUnavailable, "{error}"),
        }
        assert_eq!(file.stream_position().unwrap(), 12_345, "{strategy}");
        let mut next = [0; 5];
        file.read_exact(&mut next).unwrap();
        assert_eq!(next, content[12_345..12_350], "{strategy}");
    }
}

#[test]
fn the_descriptor_may_be_closed_before_the_copy_runs() {
    let place = Place::anywhere();
    let file = File::open(place.file("source", b"still there")).unwrap();
    let copy = CopyFile::from_file(&file, place.join("copy")).unwrap();
    drop(file);
    assert_eq!(copy.run().unwrap().bytes, 11);
}

#[test]
#[allow(unsafe_code)] // a descriptor that safe code cannot make
fn a_closed_descriptor_is_ebadf() {
    let place = Place::anywhere();
    // SAFETY: none is open with this number: it is beyond any limit (fs.nr_open). The library must find that out.
    let closed = unsafe { BorrowedFd::borrow_raw(i32::MAX) };
    let error = refused(&place, "EBADF", |destination| CopyFile::from_file(closed, destination));
    assert_eq!(error.destination_path(), Some(&*place.join("new")));
}

#[test]
fn a_descriptor_that_cannot_be_read_is_ebadf() {
    let place = Place::anywhere();
    let path = place.file("source", b"unreadable through this");
    let file = OpenOptions::new().write(true).open(path).unwrap();
    refused(&place, "EBADF", |destination| Ok(CopyFile::from_file(&file, destination)?.strategy(Strategy::ReadWrite)));
    refused(&place, "EBADF", |destination| CopyFile::from_file(&file, destination));
}

#[test]
fn a_name_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::anywhere();
    let [source, copy] = [&b"so\xffurce\n"[..], b"c\x80py"].map(|name| place.join(OsStr::from_bytes(name)));
    fs::write(&source, b"content").unwrap();
    assert_eq!(copy_file(&source, &copy).unwrap().bytes, 7);
    assert_eq!(fs::read(&copy).unwrap(), b"content");
    let error = copy_file(&source, place.join(OsStr::from_bytes(b"\xff/below"))).unwrap_err();
    assert_eq!(error.source_path(), Some(&*source), "as it was given");
    let nul = copy_file(OsStr::from_bytes(b"a\0b"), &copy).unwrap_err();
    assert_eq!(nul.code(), "EINVAL");
}

#[test]
fn a_descriptors_name_in_proc_is_that_file() {
    use std::os::fd::AsRawFd;
    let place = Place::anywhere();
    let path = place.file("source", b"content");
    let file = File::open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let report = copy_file(format!("/proc/self/fd/{}", file.as_raw_fd()), place.join("copy")).unwrap();
    assert_eq!((report.bytes, fs::read(place.join("copy")).unwrap()), (7, b"content".to_vec()));
}

/// Who holds a lease is asked to give way, and is waited for.
#[test]
fn a_lease_on_either_end_is_waited_for() {
    child::alone("a_lease_on_either_end_is_waited_for", || {
        ignore_signal(nix::sys::signal::Signal::SIGIO); // "give way": it would end the process
        let place = Place::anywhere();
        let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
        for (leased, atomic) in [(&source, Atomic::Never), (&old, Atomic::Never), (&source, Atomic::Auto)] {
            let lease = Lease::take(leased);
            let (_, result) = run(CopyFile::new(&source, &old).atomic(atomic));
            until("the lease is wanted", || lease.is_wanted());
            drop(lease);
            assert_eq!(result.wait().unwrap().bytes, 3);
        }
        // a file that is replaced stays with who has a lease on it
        let lease = Lease::take(&old);
        assert_eq!(CopyFile::new(&source, &old).run().unwrap().bytes, 3);
        assert!(!lease.is_wanted());
    });
}

#[test]
fn a_range_beyond_the_end_is_out_of_range_before_anything_is_touched() {
    let place = Place::anywhere();
    let source = place.file("source", &random(1, 1000));
    let empty = place.file("empty", b"");
    for (source, offset, length) in [
        (&source, 1001, None),
        (&source, 0, Some(1001)),
        (&source, 1000, Some(1)),
        (&source, u64::MAX, None),
        (&source, 1, Some(u64::MAX)),
        (&source, u64::MAX, Some(u64::MAX)),
        (&empty, 1, None),
        (&empty, 0, Some(1)),
    ] {
        let error = refused(&place, "ERR_OUT_OF_RANGE", |to| {
            let copy = CopyFile::new(source, to).offset(offset);
            Ok(if let Some(length) = length { copy.length(length) } else { copy })
        });
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
    }
}
