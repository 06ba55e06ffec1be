//! Extended attributes, access control lists among them: see
//! [`xattr(7)`](https://man7.org/linux/man-pages/man7/xattr.7.html).
#![allow(unsafe_code)] // calls that nix lacks
use std::ffi::{CStr, CString, c_char, c_void};
use std::os::fd::{AsFd, AsRawFd, RawFd};

use nix::errno::Errno;
use nix::libc;

/// POSIX access control list.
pub(crate) const ACL: &CStr = c"system.posix_acl_access";
/// A security module's label is the system's, not the file's content.
pub(crate) const SELINUX: &CStr = c"security.selinux";

/// Who has them.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    Open(RawFd),
    /// Opened with O_PATH, which these calls do not take: by its link in /proc.
    Place(CString),
}

impl Holder {
    pub(crate) fn open(file: &impl AsFd) -> Self {
        Self::Open(file.as_fd().as_raw_fd())
    }

    pub(crate) fn place(file: &impl AsFd) -> Self {
        Self::Place(CString::new(super::proc::link(file.as_fd().as_raw_fd())).unwrap_or_default())
    }

    fn list(&self, buffer: &mut [u8]) -> nix::Result<usize> {
        let (into, len) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len());
        // SAFETY: `buffer` is as long as the call is told, and a path is a C string.
        let answer = unsafe {
            match self {
                Self::Open(fd) => libc::flistxattr(*fd, into, len),
                Self::Place(link) => libc::listxattr(link.as_ptr(), into, len),
            }
        };
        Errno::result(answer).map(|length| length as usize)
    }

    fn get(&self, name: &CStr, buffer: &mut [u8]) -> nix::Result<usize> {
        let (into, len) = (buffer.as_mut_ptr().cast::<c_void>(), buffer.len());
        // SAFETY: as in `list`; the name is a C string.
        let answer = unsafe {
            match self {
                Self::Open(fd) => libc::fgetxattr(*fd, name.as_ptr(), into, len),
                Self::Place(link) => libc::getxattr(link.as_ptr(), name.as_ptr(), into, len),
            }
        };
        Errno::result(answer).map(|length| length as usize)
    }

    /// Empty where the file system has none.
    pub(crate) fn names(&self) -> nix::Result<Vec<CString>> {
        match filled(|buffer| self.list(buffer)) {
            Err(Errno::EOPNOTSUPP) => Ok(Vec::new()),
            Err(errno) => Err(errno),
            Ok(list) => Ok(list.split(|&byte| byte == 0).filter_map(named).collect()),
        }
    }

    /// None: it has no such attribute.
    pub(crate) fn value(&self, name: &CStr) -> nix::Result<Option<Vec<u8>>> {
        match filled(|buffer| self.get(name, buffer)) {
            Err(Errno::ENODATA | Errno::EOPNOTSUPP) => Ok(None),
            answer => answer.map(Some),
        }
    }
}

fn named(bytes: &[u8]) -> Option<CString> {
    (!bytes.is_empty()).then(|| CString::new(bytes).ok()).flatten()
}

/// Most have none, or few: without a second call then.
fn filled(ask: impl Fn(&mut [u8]) -> nix::Result<usize>) -> nix::Result<Vec<u8>> {
    let mut few = [0; 256];
    loop {
        match ask(&mut few) {
            Err(Errno::ERANGE) => {}
            answer => return answer.map(|length| few[..length].to_vec()),
        }
        let mut all = vec![0; ask(&mut [])?];
        match ask(&mut all) {
            // it has grown meanwhile
            Err(Errno::ERANGE) => {}
            Err(errno) => return Err(errno),
            Ok(length) => {
                all.truncate(length);
                return Ok(all);
            }
        }
    }
}

pub(crate) fn set(file: impl AsFd, name: &CStr, value: &[u8]) -> nix::Result<()> {
    let fd = file.as_fd().as_raw_fd();
    // SAFETY: the name is a C string, and `value` as long as the call is told.
    Errno::result(unsafe { libc::fsetxattr(fd, name.as_ptr(), value.as_ptr().cast(), value.len(), 0) }).map(drop)
}

/// It need not be there.
pub(crate) fn remove(file: impl AsFd, name: &CStr) -> nix::Result<()> {
    // SAFETY: the name is a C string.
    match Errno::result(unsafe { libc::fremovexattr(file.as_fd().as_raw_fd(), name.as_ptr()) }) {
        Ok(_) | Err(Errno::ENODATA | Errno::EOPNOTSUPP) => Ok(()),
        Err(errno) => Err(errno),
    }
}
