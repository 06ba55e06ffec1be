//! Whether pages of a file are in the page cache, by
//! [`preadv2(2)`](https://man7.org/linux/man-pages/man2/preadv2.2.html) with RWF_NOWAIT.
#![allow(unsafe_code)] // a call that nix lacks
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// The byte at `at`: 1, 0 at the end of the file, EAGAIN where reading it would wait for the disk.
pub(super) fn read_byte(file: BorrowedFd<'_>, at: u64) -> nix::Result<usize> {
    let mut byte = 0u8;
    let into = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: one vector over one byte of our stack, which outlives the call.
    // By number: musl has no wrapper. The offset is given as two halves, of which a 64-bit kernel reads the first.
    let read = unsafe {
        libc::syscall(libc::SYS_preadv2, file.as_raw_fd(), &raw const into, 1usize, at as i64, 0i64, libc::RWF_NOWAIT)
    };
    Errno::result(read).map(|n| n as usize)
}

/// Asks the kernel to fetch a range; it does not wait until the range is there.
pub(crate) fn fetch(file: BorrowedFd<'_>, at: u64, len: usize) {
    // SAFETY: a descriptor and two numbers; no memory of ours is touched.
    unsafe { libc::readahead(file.as_raw_fd(), at as i64, len) };
}
