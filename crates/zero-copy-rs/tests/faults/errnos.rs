//! What a call may answer.
use libc::{
    EACCES, EAGAIN, EBUSY, EDQUOT, EFBIG, EINTR, EINVAL, EIO, EMFILE, ENOMEM, ENOSPC, ENOSYS, EOPNOTSUPP, EPERM, EROFS,
    EXDEV,
};

use crate::support::place::is_long;

/// All that matter to some call.
const ALL: &[i32] = &[
    EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EPERM, ENOSYS, EOPNOTSUPP, EXDEV, EMFILE, ENOMEM, EFBIG, EROFS, EACCES, EBUSY,
];

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Fails(i32),
    /// It moves so many bytes at most.
    Short(usize),
}

impl Wrong {
    pub(crate) fn errno(self) -> Option<i32> {
        match self {
            Self::Fails(errno) => Some(errno),
            Self::Short(_) => None,
        }
    }
}

/// What may go wrong at `call`. `waits`: it may be told that it would have to wait.
pub(crate) fn of(call: &str, waits: bool) -> Vec<Wrong> {
    let usual: &[i32] = match call {
        "pread64" | "read" => &[EIO, EINTR, EINVAL, ENOMEM],
        "pwrite64" | "write" => &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EFBIG, EPERM, EROFS],
        "sendto" => &[EIO, EINTR, ENOMEM, EPERM],
        "copy_file_range" => {
            &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EPERM, ENOSYS, EOPNOTSUPP, EXDEV, EFBIG, ENOMEM, EACCES]
        }
        "sendfile" | "splice" => &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EPERM, ENOSYS, EFBIG, ENOMEM],
        "ioctl" => &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EPERM, EOPNOTSUPP, EXDEV],
        "lseek" => &[EIO, EINVAL, EINTR],
        "fallocate" => &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EPERM, ENOSYS, EOPNOTSUPP, EFBIG],
        "fsync" | "syncfs" => &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EROFS],
        "close" => &[EIO, ENOSPC, EDQUOT, EINTR],
        "openat" => &[EIO, ENOSPC, EDQUOT, EINTR, EINVAL, EPERM, EOPNOTSUPP, EMFILE, ENOMEM, EROFS, EACCES],
        "linkat" | "renameat" | "renameat2" => &[EIO, ENOSPC, EDQUOT, EINTR, EPERM, EXDEV, ENOMEM, EROFS, EBUSY],
        "fsetxattr" | "fremovexattr" | "fchown" => &[EIO, ENOSPC, EDQUOT, EINTR, EPERM, EOPNOTSUPP, EROFS],
        "pipe2" | "mmap" => &[EMFILE, ENOMEM, EPERM, ENOSYS],
        "preadv2" => &[EOPNOTSUPP, EINTR],
        _ => &[EIO, EINTR, EPERM, ENOMEM],
    };
    let errnos = if is_long() { ALL } else { usual };
    let mut all: Vec<_> = errnos.iter().map(|&errno| Wrong::Fails(errno)).collect();
    // of a splice only the half that has the socket may; the other end never waits
    if waits && matches!(call, "sendfile" | "sendto" | "read") {
        all.push(Wrong::Fails(EAGAIN));
    }
    if moves(call) {
        all.extend([1, 1001, 4096].map(Wrong::Short));
    }
    all
}

/// Whether it is told how many bytes to move.
fn moves(call: &str) -> bool {
    matches!(call, "pread64" | "read" | "pwrite64" | "write" | "sendto" | "copy_file_range" | "sendfile" | "splice")
}
