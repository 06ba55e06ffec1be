//! Links to open files, in [`/proc/self/fd`](https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html).
use std::os::fd::RawFd;
use std::sync::OnceLock;

/// Leads to the file itself, whatever its name is now.
pub(crate) fn link(fd: RawFd) -> String {
    format!("/proc/self/fd/{fd}")
}

/// Some containers have none. Asked once a process.
pub(crate) fn is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| std::path::Path::new("/proc/self/fd").is_dir())
}
