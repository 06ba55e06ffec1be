//! What this process holds, as /proc says; and what else a test may have to say of a process.
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// Every open descriptor and what it is, but the one that lists them.
pub(crate) fn descriptors() -> Vec<(i32, PathBuf)> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap());
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, std::fs::read_link(entry.path()).ok()?)))
        .filter(|(_, target)| !target.ends_with(format!("{}/fd", std::process::id())))
        .collect();
    found.sort();
    found
}

/// The names of its threads.
pub(crate) fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect()
}

/// How many of them are the library's.
pub(crate) fn workers() -> usize {
    threads().iter().filter(|name| *name == "zero-copy").count()
}

/// A field of /proc/self/status that counts KiB, in bytes.
pub(crate) fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// It only makes a defect a failure instead of a hang.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Yields until `condition` holds.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LIMIT, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

/// This thread alone: other threads of the process stay root's.
#[allow(unsafe_code)] // the C library changes all threads, which is too much
pub(crate) fn become_nobody() {
    const NOBODY: libc::uid_t = 65534;
    // SAFETY: numbers alone are passed.
    let answers = unsafe {
        [
            libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>()),
            libc::syscall(libc::SYS_setresgid, NOBODY, NOBODY, NOBODY),
            libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY),
        ]
    };
    assert_eq!(answers, [0, 0, 0], "{}", std::io::Error::last_os_error());
}

/// As in a program that is not Rust's: Rust ignores SIGPIPE from the start.
pub(crate) fn signal_by_default(signal: Signal) {
    handle_signal(signal, SigHandler::SigDfl);
}

pub(crate) fn ignore_signal(signal: Signal) {
    handle_signal(signal, SigHandler::SigIgn);
}

#[allow(unsafe_code)] // neither way runs code of ours
fn handle_signal(signal: Signal, handler: SigHandler) {
    // SAFETY: no handler is installed.
    unsafe { sigaction(signal, &SigAction::new(handler, SaFlags::empty(), SigSet::empty())) }.unwrap();
}
