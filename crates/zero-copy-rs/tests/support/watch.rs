//! A witness of openings: [`inotify`](https://man7.org/linux/man-pages/man7/inotify.7.html).
#![allow(unsafe_code)] // nix has inotify behind a feature that the crate does not use
use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Who opened a file since.
#[derive(Debug)]
pub(crate) struct Opens(File);

impl Opens {
    pub(crate) fn of(path: &Path) -> Self {
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: a new descriptor, checked before it is owned; the name is a C string that outlives the call.
        unsafe {
            let fd = libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC);
            assert!(fd >= 0, "inotify: {}", std::io::Error::last_os_error());
            let watch = Self(File::from_raw_fd(fd));
            let answer = libc::inotify_add_watch(watch.0.as_raw_fd(), name.as_ptr(), libc::IN_OPEN);
            assert!(answer >= 0, "inotify: {}", std::io::Error::last_os_error());
            watch
        }
    }

    /// How many openings were seen since the last look. Events without a name are 16 bytes long.
    pub(crate) fn count(&self) -> usize {
        let mut events = [0; 16 * 64];
        (&self.0).read(&mut events).map_or(0, |bytes| bytes / 16)
    }
}
