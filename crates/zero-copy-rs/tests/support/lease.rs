//! A [lease](https://man7.org/linux/man-pages/man2/F_GETLEASE.2const.html): who opens the file otherwise has to wait
//! until its holder gives way.
#![allow(unsafe_code)] // two fcntls that nix lacks
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease(File);

impl Lease {
    pub(crate) fn take(path: &Path) -> Self {
        let file = File::options().read(true).write(true).open(path).unwrap();
        // SAFETY: numbers alone are passed.
        let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) };
        assert_eq!(answer, 0, "F_SETLEASE: {}", std::io::Error::last_os_error());
        Self(file)
    }

    /// Somebody opens the file: then the answer is what the lease has to become.
    pub(crate) fn is_wanted(&self) -> bool {
        // SAFETY: numbers alone are passed.
        let becomes = unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_GETLEASE) };
        becomes != libc::F_WRLCK
    }
}
