//! Extended attributes: the standard library has none.
#![allow(unsafe_code)] // fsetxattr, fgetxattr
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

/// None: it has no such attribute.
pub(crate) fn get(path: &Path, name: &CStr) -> Option<Vec<u8>> {
    let file = File::open(path).unwrap();
    let mut value = vec![0; 4096];
    // SAFETY: the name outlives the call, and `value` is as long as it is told.
    let answer = unsafe { libc::fgetxattr(file.as_raw_fd(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()) };
    value.truncate(usize::try_from(answer).ok()?);
    Some(value)
}
