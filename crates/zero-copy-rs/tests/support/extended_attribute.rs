//! Extended attributes: the standard library has none.
#![allow(unsafe_code)] // fsetxattr
use std::ffi::CStr;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;

pub(crate) fn set(path: &Path, name: &CStr, value: &[u8]) {
    let file = File::open(path).unwrap();
    // SAFETY: name and value outlive the call, and the value is as long as it is told.
    let answer = unsafe { libc::fsetxattr(file.as_raw_fd(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
    assert_eq!(answer, 0, "fsetxattr: {}", std::io::Error::last_os_error());
}
