//! Too few descriptors, and too little room for pipes.
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::mpsc::channel;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use zero_copy_rs::{Call, CopyFile, ErrorKind, Strategy, copy_file};

use crate::support::bytes::{difference, random};
use crate::support::child;
use crate::support::pending::submit;
use crate::support::place::{Place, is_root};
use crate::support::process::{LIMIT, become_nobody, descriptors, status, until, workers};

/// Only `more` descriptors can be opened from here on.
fn allow(more: u64) {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    // among the free numbers may be some that are not: what this process was given by its parent
    let taken: Vec<_> = (0..=more).map(|_| File::open("/dev/null").unwrap()).collect();
    let limit = taken.last().unwrap().as_raw_fd() as u64;
    drop(taken);
    setrlimit(Resource::RLIMIT_NOFILE, limit, hard).unwrap();
}

fn two_hundred(copy: impl Fn(usize) -> CopyFile) {
    let (sender, results) = channel();
    for n in 0..200 {
        let sender = sender.clone();
        copy(n).submit(move |result| sender.send(result.map(|report| report.bytes)).unwrap()).unwrap();
    }
    drop(sender);
    let results: Vec<_> = results.iter().map(Result::unwrap).collect();
    assert_eq!(results, vec![100_000; 200]);
}

#[test]
fn two_hundred_at_once_pass_with_512_descriptors() {
    child::alone("limits::two_hundred_at_once_pass_with_512_descriptors", || {
        let place = Place::preferably_on("ext4");
        let source = place.file("source", &random(1, 100_000));
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, 512, hard).unwrap();
        let before = descriptors();
        two_hundred(|n| CopyFile::new(&source, place.join(n.to_string())).strategy(Strategy::Splice));
        // each holds the duplicate of what it was given, and nothing else while it waits
        let file = File::open(&source).unwrap();
        two_hundred(|n| CopyFile::from_file(&file, place.join(n.to_string())).unwrap());
        drop(file);
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn no_descriptor_left_is_emfile_and_nothing_is_left_behind() {
    child::alone("limits::no_descriptor_left_is_emfile_and_nothing_is_left_behind", || {
        let place = Place::preferably_on("ext4");
        let (source, file) = (place.file("source", b"content"), File::open("/dev/null").unwrap());
        let fails = |more, strategy: Option<Strategy>, call| {
            allow(more);
            let copy = CopyFile::new(&source, place.join("copy"));
            let copy = if let Some(strategy) = strategy { copy.strategy(strategy) } else { copy };
            let error = copy.run().unwrap_err();
            assert_eq!((error.kind(), &*error.code()), (ErrorKind::Kernel, "EMFILE"), "{more} more: {error}");
            assert_eq!(error.call(), Some(call), "{more} more");
            allow(10);
            assert_eq!(place.names(), ["source"], "{more} more");
        };
        fails(0, None, "openat"); // the source
        fails(1, None, "openat"); // the destination's directory
        fails(2, None, "openat"); // the destination
        fails(3, Some(Strategy::Splice), "pipe2");
        fails(4, Some(Strategy::Splice), "pipe2");
        allow(3);
        assert_eq!(copy_file(&source, place.join("copy")).unwrap().bytes, 7);
        // what is replaced is held, so that no other file gets its inode number
        allow(3);
        let error = copy_file(&source, place.join("copy")).unwrap_err();
        assert_eq!((&*error.code(), error.call()), ("EMFILE", Some("openat")));
        allow(6);
        let splice = CopyFile::new(&source, place.join("copy")).strategy(Strategy::Splice);
        assert_eq!(splice.run().unwrap().bytes, 7);
        allow(0);
        let error = CopyFile::from_file(&file, place.join("other")).unwrap_err();
        assert_eq!((&*error.code(), error.call()), ("EMFILE", Some("fcntl")));
        allow(10);
    });
}

/// A step moves no more than 64 MiB, so no buffer need be larger, however much the caller asks for.
#[test]
fn a_buffer_is_never_larger_than_what_goes_through_it_at_once() {
    child::alone("limits::a_buffer_is_never_larger_than_what_goes_through_it_at_once", || {
        const BUFFER: usize = 8 << 30;
        setrlimit(Resource::RLIMIT_AS, 2 << 30, 2 << 30).unwrap();
        let place = Place::anywhere();
        // of unknown length
        let version = CopyFile::new("/proc/version", place.join("version")).buffer_size(BUFFER);
        assert_eq!(version.run().unwrap().buffer_size, Some(BUFFER));
        assert_eq!(std::fs::read(place.join("version")).unwrap(), std::fs::read("/proc/version").unwrap());
        // long
        let endless = CopyFile::new("/dev/zero", place.null_device()).length(1 << 40).buffer_size(BUFFER);
        let (handle, result) = submit(endless);
        until("a step is made", || handle.bytes() > 0 || result.now().is_some_and(|result| panic!("{result:?}")));
        handle.stop();
        assert_eq!(result.wait().unwrap_err().kind(), ErrorKind::Aborted);
        assert!(status("VmHWM") < 200 << 20, "{} bytes were resident", status("VmHWM"));
    });
}

/// For this thread's user: root has no limit.
fn allow_threads(yes: bool) {
    let (_, hard) = getrlimit(Resource::RLIMIT_NPROC).unwrap();
    setrlimit(Resource::RLIMIT_NPROC, if yes { hard } else { 0 }, hard).unwrap();
}

fn with_few_threads() {
    if is_root() {
        become_nobody();
    }
    let place = Place::anywhere();
    let source = place.file("source", b"content");
    let (sender, results) = channel();
    let submit = |name: &str| {
        let sender = sender.clone();
        CopyFile::new(&source, place.join(name)).submit(move |result| sender.send(result).unwrap())
    };
    allow_threads(false);
    let error = submit("first").unwrap_err();
    assert_eq!((&*error.code(), error.call()), ("EAGAIN", Some("clone3")));
    assert!(results.try_recv().is_err(), "it is not done");
    allow_threads(true);
    submit("second").unwrap();
    assert_eq!(results.recv_timeout(LIMIT).unwrap().unwrap().bytes, 7);
    // the one that is there does it all
    allow_threads(false);
    for name in ["third", "fourth", "fifth"] {
        submit(name).unwrap();
    }
    results.iter().take(3).for_each(|result| assert_eq!(result.unwrap().bytes, 7));
    allow_threads(true);
    assert_eq!(workers(), 1);
    assert_eq!(place.names(), ["fifth", "fourth", "second", "source", "third"]);
}

#[test]
fn no_thread_to_be_had_is_eagain_unless_there_is_one() {
    let name = "limits::no_thread_to_be_had_is_eagain_unless_there_is_one";
    child::with_environment(name, &[("ZERO_COPY_RS_THREADS", "2")], || {
        std::thread::spawn(with_few_threads).join().unwrap(); // which becomes a user for good
    });
}

/// Until the user's allowance is used up, and a new pipe holds 8 KiB.
fn use_up_the_room_for_pipes() -> Vec<(OwnedFd, OwnedFd)> {
    let soft: usize = std::fs::read_to_string("/proc/sys/fs/pipe-user-pages-soft").unwrap().trim().parse().unwrap();
    assert!(soft > 0, "this machine allows any number");
    let mut pipes = Vec::new();
    // 1 MiB each while they are allowed, then 64 KiB each
    for _ in 0..soft / 256 + 256 / 16 + 1 {
        let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC).unwrap();
        let capacity = fcntl(&write, FcntlArg::F_GETPIPE_SZ).unwrap();
        let enlarged = fcntl(&write, FcntlArg::F_SETPIPE_SZ(1 << 20));
        pipes.push((read, write));
        if capacity <= 8192 {
            assert_eq!(enlarged, Err(Errno::EPERM));
            return pipes;
        }
    }
    panic!("the allowance was not used up")
}

fn with_tiny_pipes() {
    if is_root() {
        become_nobody(); // root has no allowance
    }
    let place = Place::preferably_on("ext4");
    let content = random(1, 300_003);
    let source = place.file("source", &content);
    let copied = |to: &Path| {
        let report = CopyFile::new(&source, to).strategy(Strategy::Splice).run().unwrap();
        assert_eq!(difference(&std::fs::read(to).unwrap(), &content), None);
        report.syscalls.of(Call::Splice)
    };
    // 300,003 bytes through 256 KiB, twice each
    assert_eq!(copied(&place.join("before")), 4);
    let pipes = use_up_the_room_for_pipes();
    assert_eq!(copied(&place.join("after")), 2 * 300_003_u64.div_ceil(8192));
    drop(pipes);
}

#[test]
fn splice_copies_exactly_where_pipes_are_tiny() {
    child::alone("limits::splice_copies_exactly_where_pipes_are_tiny", || {
        std::thread::spawn(with_tiny_pipes).join().unwrap(); // which becomes a user for good
    });
}
