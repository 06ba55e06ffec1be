//! Whether a file may be written, asked of the file itself, by
//! [`faccessat2(2)`](https://man7.org/linux/man-pages/man2/access.2.html).
#![allow(unsafe_code)] // with AT_EMPTY_PATH, which nix does not pass
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::libc;
use nix::unistd::{AccessFlags, faccessat};

/// As opening it for writing would answer: EACCES, EPERM for an immutable file, EROFS. A descriptor that was opened with
/// O_PATH will do.
pub(crate) fn may_write(file: impl AsFd) -> nix::Result<()> {
    let fd = file.as_fd().as_raw_fd();
    let flags = libc::AT_EACCESS | libc::AT_EMPTY_PATH;
    // SAFETY: the path is a C string.
    let answer = unsafe { libc::syscall(libc::SYS_faccessat2, fd, c"".as_ptr(), libc::W_OK, flags) };
    match Errno::result(answer) {
        Ok(_) => Ok(()),
        // before Linux 5.8, or a seccomp filter that does not know it: through the link in /proc
        Err(Errno::ENOSYS | Errno::EPERM) => {
            faccessat(AT_FDCWD, &*super::proc::link(fd), AccessFlags::W_OK, AtFlags::AT_EACCESS)
        }
        Err(errno) => Err(errno),
    }
}
