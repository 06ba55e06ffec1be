//! The calls that make a file and give it its name: each through one place, so that a test can make any of them fail.
//!
//! They move no bytes, so no report counts them. In a release this is nothing at all.
use std::os::fd::OwnedFd;

use nix::errno::Errno;

use crate::error::{Error, Named};

#[derive(Debug, Default)]
pub(crate) struct Steps {
    #[cfg(any(test, feature = "faults"))]
    pub(crate) faults: super::faults::Faults,
}

/// Of the same transfer.
impl Clone for Steps {
    fn clone(&self) -> Self {
        Self {
            #[cfg(any(test, feature = "faults"))]
            faults: self.faults.shared(),
        }
    }
}

impl Steps {
    /// Makes the call that `strace` names so. EINTR is no answer: it is made again.
    #[inline]
    pub(crate) fn make<T>(&self, call: &'static str, mut f: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
        loop {
            let answer = self.injected(call).map_or_else(&mut f, Err);
            if !matches!(answer, Err(Errno::EINTR)) {
                return answer;
            }
        }
    }

    /// As [`make`](Self::make), for a call whose every failure is the transfer's.
    #[inline]
    pub(crate) fn must<T>(&self, call: &'static str, f: impl FnMut() -> nix::Result<T>) -> Result<T, Error> {
        self.make(call, f).named(call)
    }

    /// It is closed whatever the answer is, and must not be closed again (`close(2)`): EINTR is none.
    pub(crate) fn close(&self, fd: OwnedFd) -> Result<(), Error> {
        let answer = nix::unistd::close(fd);
        match self.injected("close").map_or(answer, Err) {
            Ok(()) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(Error::kernel("close", errno)),
        }
    }

    #[inline]
    #[allow(clippy::unused_self)] // in a release there is nothing to look at
    fn injected(&self, _call: &'static str) -> Option<Errno> {
        #[cfg(any(test, feature = "faults"))]
        return self.faults.due_step(_call);
        #[cfg(not(any(test, feature = "faults")))]
        None
    }
}
