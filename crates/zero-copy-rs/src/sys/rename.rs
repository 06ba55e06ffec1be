//! Gives a file a name that nothing has, by
//! [`renameat2(2)`](https://man7.org/linux/man-pages/man2/rename.2.html) with RENAME_NOREPLACE.
//!
//! By number: nix has the call for glibc alone.
#![allow(unsafe_code)] // a call that nix lacks on musl
use std::os::fd::{AsFd, AsRawFd};

use nix::NixPath;
use nix::errno::Errno;
use nix::libc;

/// Both names in one directory; EEXIST where `new` is there.
pub(crate) fn to_new_name<P: ?Sized + NixPath>(directory: impl AsFd, old: &str, new: &P) -> nix::Result<()> {
    let fd = directory.as_fd().as_raw_fd();
    let answer = old.with_nix_path(|old| {
        new.with_nix_path(|new| {
            // SAFETY: both names are C strings that outlive the call.
            unsafe { libc::syscall(libc::SYS_renameat2, fd, old.as_ptr(), fd, new.as_ptr(), libc::RENAME_NOREPLACE) }
        })
    })??;
    Errno::result(answer).map(drop)
}
