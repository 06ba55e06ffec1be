//! Puts a file on the disk, and then its name, before anybody is told that it is there: see
//! [`fsync(2)`](https://man7.org/linux/man-pages/man2/fsync.2.html).
//!
//! First the file, with all that belongs to it (`fsync`, not `fdatasync`: also mode, owner and times); then the name;
//! then the directory that has the name. So whatever the machine is after a crash, the name leads to a whole file. An
//! error is told and never asked again: the kernel marks what it could not write as written, and the next answer is
//! success (LWN 752063).
use std::os::fd::AsFd;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag};
use nix::unistd::{fsync, syncfs};

use super::place::name_of;
use crate::endpoint::End;
use crate::error::Error;
use crate::sys::steps::Steps;

/// The file itself. False: it is on no disk (a terminal, the null device), so that nothing can be promised.
pub(super) fn file(sink: &End, steps: &Steps) -> Result<bool, Error> {
    let on_disk = matches!(sink.file_type, SFlag::S_IFREG | SFlag::S_IFBLK);
    if on_disk {
        steps.must("fsync", || fsync(sink))?;
    }
    Ok(on_disk)
}

/// The directory that has its name.
pub(super) fn directory(directory: impl AsFd, sink: &End, steps: &Steps) -> Result<(), Error> {
    match steps.make("fsync", || fsync(directory.as_fd())) {
        // it may be used but not read, so that it was opened with O_PATH (EBADF); or its file system knows no such thing
        // (EINVAL: CIFS): everything else of the file system goes along with it
        Err(Errno::EBADF | Errno::EINVAL) => steps.must("syncfs", || syncfs(sink)),
        Err(errno) => Err(Error::kernel("fsync", errno)),
        Ok(()) => Ok(()),
    }
}

/// Of a file that is written in place: its name may be as new as it is.
pub(super) fn directory_of_name(sink: &End, steps: &Steps) -> Result<(), Error> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let name = name_of(sink);
    let above = name.as_deref().and_then(Path::parent);
    match above.map(|above| steps.make("openat", || open(above, flags, Mode::empty()))) {
        Some(Ok(found)) => directory(found, sink, steps),
        // it may not be read, or the name has moved
        _ => steps.must("syncfs", || syncfs(sink)),
    }
}
