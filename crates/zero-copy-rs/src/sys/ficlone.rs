//! [`ioctl_ficlone(2)`](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html): the destination shares the
//! source's extents.
#![allow(unsafe_code)] // two ioctls: descriptors borrowed for the call, and one struct that lives on our stack
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::sys::ioctl::ioctl_param_type;

nix::ioctl_write_int!(ficlone, 0x94, 9);
nix::ioctl_write_ptr!(ficlonerange, 0x94, 13, libc::file_clone_range);

pub(super) fn whole(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> nix::Result<usize> {
    // SAFETY: FICLONE takes a descriptor's number and touches no memory of ours.
    unsafe { ficlone(to.as_raw_fd(), from.as_raw_fd() as ioctl_param_type) }.map(|_| 0)
}

pub(super) fn range(from: BorrowedFd<'_>, at: u64, len: u64, to: BorrowedFd<'_>, to_at: u64) -> nix::Result<usize> {
    let range = libc::file_clone_range {
        src_fd: i64::from(from.as_raw_fd()),
        src_offset: at,
        src_length: len,
        dest_offset: to_at,
    };
    // SAFETY: `range` is initialised and outlives the call, which only reads it.
    unsafe { ficlonerange(to.as_raw_fd(), &range) }.map(|_| 0)
}
