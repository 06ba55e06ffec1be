//! Keeps signals that report a failed write (SIGPIPE, SIGXFSZ) from ending the host: the errno says the same.
//!
//! They are blocked for the calling thread, not ignored: how the rest of the process treats them is the host's affair.
use std::cell::Cell;

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};

use crate::endpoint::End;

fn of_failed_writes() -> SigSet {
    let mut set = SigSet::empty();
    set.add(Signal::SIGPIPE);
    set.add(Signal::SIGXFSZ);
    set
}

thread_local!(static OURS: Cell<bool> = const { Cell::new(false) });

/// For a thread of ours, which never unblocks them.
pub(crate) fn block_for_good() {
    OURS.set(of_failed_writes().thread_block().is_ok());
}

/// For a caller's thread: as it was when this is dropped, and without a signal that our calls raised.
#[derive(Debug)]
pub(crate) struct Blocked {
    before: Option<SigSet>,
}

impl Blocked {
    /// A regular file raises only SIGXFSZ, and that only under a limit; anything else only SIGPIPE, which many hosts ignore
    /// (Node does). Then there is nothing to block.
    pub(crate) fn around(sink: &End) -> Self {
        let harmless = || if sink.is_regular() { is_unlimited() } else { is_ignored(Signal::SIGPIPE) };
        if OURS.get() || harmless() {
            return Self { before: None };
        }
        let mut before = SigSet::empty();
        let blocked = pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&of_failed_writes()), Some(&mut before));
        Self { before: blocked.is_ok().then_some(before) }
    }
}

fn is_unlimited() -> bool {
    getrlimit(Resource::RLIMIT_FSIZE).is_ok_and(|(soft, _)| soft == RLIM_INFINITY)
}

#[allow(unsafe_code)] // nix changes a disposition, and does not ask for it
fn is_ignored(signal: Signal) -> bool {
    let mut found = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: it changes nothing, and fills what it is given where it succeeds.
    unsafe {
        libc::sigaction(signal as i32, std::ptr::null(), found.as_mut_ptr()) == 0
            && found.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        let Some(before) = self.before else { return };
        for signal in [Signal::SIGPIPE, Signal::SIGXFSZ] {
            if !before.contains(signal) {
                take_pending(signal);
            }
        }
        let _ = before.thread_set_mask();
    }
}

/// A pending signal would be delivered at the moment it is unblocked.
#[allow(unsafe_code)] // sigpending and sigtimedwait, which nix lacks
fn take_pending(signal: Signal) {
    let mut pending = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    let mut one = SigSet::empty();
    one.add(signal);
    let no_time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: both sets and the time live on our stack; a null siginfo is allowed.
    unsafe {
        if libc::sigpending(pending.as_mut_ptr()) == 0 && libc::sigismember(pending.as_ptr(), signal as i32) == 1 {
            libc::sigtimedwait(one.as_ref(), std::ptr::null_mut(), &no_time);
        }
    }
}
