//! A source that gives its bytes when the test says so: a terminal. So a copy can be looked at half-way.
#![allow(unsafe_code)] // openpty, cfmakeraw: nix has them behind a feature that the crate does not use
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::PathBuf;

/// Both ends; `path` names the one that is read.
#[derive(Debug)]
pub(crate) struct Terminal {
    master: File,
    _slave: OwnedFd,
    pub(crate) path: PathBuf,
}

impl Terminal {
    pub(crate) fn open() -> Self {
        let (mut master, mut slave) = (-1, -1);
        let nothing = std::ptr::null_mut();
        // SAFETY: two integers of ours are filled; the rest is not asked for.
        let answer = unsafe { libc::openpty(&raw mut master, &raw mut slave, nothing, nothing.cast(), nothing.cast()) };
        assert_eq!(answer, 0, "openpty: {}", std::io::Error::last_os_error());
        // SAFETY: both were just opened, and nobody else has them.
        let (master, slave) = unsafe { (File::from_raw_fd(master), OwnedFd::from_raw_fd(slave)) };
        make_raw(&slave);
        let path = std::fs::read_link(format!("/proc/self/fd/{}", slave.as_raw_fd())).unwrap();
        Self { master, _slave: slave, path }
    }

    /// At most 4095 bytes before they are read.
    pub(crate) fn send(&self, bytes: &[u8]) {
        (&self.master).write_all(bytes).unwrap();
    }
}

/// Bytes pass as they are, one by one.
fn make_raw(slave: &OwnedFd) {
    let mut settings = std::mem::MaybeUninit::<libc::termios>::uninit();
    // SAFETY: the settings are filled before they are changed and given back.
    let answer = unsafe {
        libc::tcgetattr(slave.as_raw_fd(), settings.as_mut_ptr());
        libc::cfmakeraw(settings.as_mut_ptr());
        libc::tcsetattr(slave.as_raw_fd(), libc::TCSANOW, settings.as_ptr())
    };
    assert_eq!(answer, 0, "tcsetattr: {}", std::io::Error::last_os_error());
}
