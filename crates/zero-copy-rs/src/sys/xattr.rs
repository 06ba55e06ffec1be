//! Whether a file has extended attributes, by
//! [`flistxattr(2)`](https://man7.org/linux/man-pages/man2/flistxattr.2.html).
#![allow(unsafe_code)] // a call that nix lacks
use std::os::fd::{AsFd, AsRawFd};

/// A security module's label is the system's, not the file's content: it does not count.
pub(crate) fn has_attributes(file: impl AsFd) -> bool {
    let fd = file.as_fd().as_raw_fd();
    // SAFETY: a null list of length 0 asks for the length alone.
    let length = unsafe { libc::flistxattr(fd, std::ptr::null_mut(), 0) };
    let Ok(length @ 1..) = usize::try_from(length) else { return false };
    let mut names = vec![0u8; length];
    // SAFETY: `names` is as long as the call is told.
    let filled = unsafe { libc::flistxattr(fd, names.as_mut_ptr().cast(), length) };
    names.truncate(usize::try_from(filled).unwrap_or(0));
    names.split(|&byte| byte == 0).any(|name| !name.is_empty() && name != b"security.selinux")
}
