//! A process that is stopped after each of its system calls, by
//! [`ptrace(2)`](https://man7.org/linux/man-pages/man2/ptrace.2.html), so that a test can look around meanwhile, or kill it.
#![allow(unsafe_code)] // ptrace, which nix has behind a feature that the crate does not use
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use nix::errno::Errno;

/// Runs `command` to its end, and calls `look` after each of its system calls; other threads of it are not waited for.
pub(crate) fn after_each_call(command: &mut Command, look: impl FnMut()) {
    after_each_call_of(command, |_| (), look);
}

/// As [`after_each_call`]; `begun` gets the process before its first.
pub(crate) fn after_each_call_of(command: &mut Command, begun: impl FnOnce(&mut Child), mut look: impl FnMut()) {
    while_it_lives(command, begun, || {
        look();
        true
    });
}

/// Runs `command`, and kills it with SIGKILL after its `nth` system call (from 1). `begun` gets the process before its
/// first. False: it has ended well before.
pub(crate) fn killed_after(command: &mut Command, nth: usize, begun: impl FnOnce(&mut Child)) -> bool {
    let mut calls = 0;
    while_it_lives(command, begun, || {
        calls += 1;
        calls < nth
    })
}

/// Until `goes_on` says no; that it did is the answer.
fn while_it_lives(command: &mut Command, begun: impl FnOnce(&mut Child), mut goes_on: impl FnMut() -> bool) -> bool {
    // SAFETY: between fork and exec it makes one system call, which touches no memory.
    unsafe {
        command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) {
            -1 => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    let mut child = command.spawn().unwrap();
    assert!(libc::WIFSTOPPED(wait(&child)), "it stops at exec");
    begun(&mut child);
    trace(&child, libc::PTRACE_SETOPTIONS, libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL);
    let (mut is_after, mut signal) = (false, 0);
    loop {
        trace(&child, libc::PTRACE_SYSCALL, signal);
        let status = wait(&child);
        if !libc::WIFSTOPPED(status) {
            assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{command:?} ended with {status:x}");
            break;
        }
        const CALL: i32 = libc::SIGTRAP | 0x80;
        signal = match libc::WSTOPSIG(status) {
            CALL => {
                if is_after && !goes_on() {
                    child.kill().unwrap();
                    while !libc::WIFSIGNALED(wait(&child)) {}
                    return true;
                }
                is_after = !is_after;
                0
            }
            other => other,
        };
    }
    let _ = child.try_wait(); // it is gone already
    false
}

fn trace(child: &Child, request: libc::c_uint, data: i32) {
    // SAFETY: of these requests none reads or writes memory of ours.
    let answer = unsafe { libc::ptrace(request, child.id() as libc::pid_t, 0, libc::c_long::from(data)) };
    assert_eq!(answer, 0, "ptrace {request}: {}", Errno::last());
}

fn wait(child: &Child) -> i32 {
    let mut status = 0;
    // SAFETY: it writes the status alone.
    let answer = unsafe { libc::waitpid(child.id() as libc::pid_t, &raw mut status, libc::__WALL) };
    assert_eq!(answer, child.id() as libc::pid_t, "waitpid: {}", Errno::last());
    status
}
