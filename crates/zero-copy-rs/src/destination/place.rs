//! A name in a directory that is held open: whatever becomes of the way to it meanwhile, it stays this one.
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, fstatat};

use crate::endpoint::Identity;
use crate::error::{Error, Named};
use crate::sys::steps::Steps;

#[derive(Debug)]
pub(super) struct Place {
    directory: OwnedFd,
    pub(super) name: OsString,
}

const DIRECTORY: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_CLOEXEC);

impl Place {
    /// None: it can only be a directory. `durable`: one that can be synchronised.
    pub(super) fn of(path: &Path, durable: bool, steps: &Steps) -> Result<Option<Self>, Error> {
        let bytes = path.as_os_str().as_bytes();
        let slash = bytes.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (way, name) = bytes.split_at(slash);
        if matches!(name, b"" | b"." | b"..") {
            return Ok(None);
        }
        let way = if way.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(way) };
        // to be synchronised a directory has to be read, to be used not
        let access = if durable { OFlag::O_RDONLY } else { OFlag::O_PATH };
        let opened = match steps.make("openat", || openat(AT_FDCWD, way, DIRECTORY | access, Mode::empty())) {
            Err(Errno::EACCES) if durable => {
                steps.make("openat", || openat(AT_FDCWD, way, DIRECTORY | OFlag::O_PATH, Mode::empty()))
            }
            answer => answer,
        };
        Ok(Some(Self { directory: opened.named("openat")?, name: OsStr::from_bytes(name).to_owned() }))
    }

    pub(super) fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }

    /// What has this name now; None: nothing.
    pub(super) fn identity(&self, steps: &Steps) -> Result<Option<Identity>, Error> {
        let found = steps.make("newfstatat", || fstatat(&self.directory, &*self.name, AtFlags::AT_SYMLINK_NOFOLLOW));
        match found {
            Ok(stat) => Ok(Some(Identity::of(&stat))),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::kernel("newfstatat", errno)),
        }
    }
}

/// The name of an open file, as the kernel knows it; it may have lost it by now.
pub(super) fn name_of(file: &impl AsFd) -> Option<PathBuf> {
    std::fs::read_link(crate::sys::proc::link(file.as_fd().as_raw_fd())).ok().filter(|path| path.is_absolute())
}

/// Where a link leads that dangles. The kernel has followed it before, so that its rules for links hold.
pub(super) fn end_of(link: &Path) -> Result<PathBuf, Error> {
    const LINKS: usize = 40; // as many as the kernel follows
    let mut path = link.to_owned();
    for _ in 0..LINKS {
        match std::fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(Error::kernel("openat", Errno::ELOOP))
}
