//! A file that has no name yet, or one of its own, and is given its name when it is whole.
//!
//! O_TMPFILE makes a file without a name: whatever kills us, nothing is left. To replace another it needs one for a
//! moment, because `rename` takes names only. Where there is no O_TMPFILE (NFS, most FUSE, overlayfs before Linux 6.3) it
//! has that name from the start.
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};

use super::place::Place;
use crate::error::{Error, Named};
use crate::sys::steps::Steps;
use crate::sys::{proc, rename};

const WRITING: OFlag = OFlag::O_WRONLY.union(OFlag::O_CLOEXEC);

/// A file system that refuses what it need not know says so by one of these.
pub(super) const REFUSED: [Errno; 5] = [Errno::EINVAL, Errno::ENOSYS, Errno::EOPNOTSUPP, Errno::EROFS, Errno::EPERM];

#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) place: Place,
    /// None: the file has none.
    name: Option<String>,
}

impl Temporary {
    pub(super) fn create(place: Place, mode: Mode, steps: &Steps) -> Result<(Self, OwnedFd), Refusal> {
        // without /proc it could not be given a name
        if proc::is_there() {
            match steps.make("openat", || openat(place.directory(), c".", WRITING | OFlag::O_TMPFILE, mode)) {
                Ok(file) => return Ok((Self { place, name: None }, file)),
                // EISDIR: a kernel, or a file system's own open, that does not know the flag
                Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::EINVAL) => {}
                Err(errno) => return Err(Refusal::of(errno)),
            }
        }
        Self { place, name: None }.named(mode, steps)
    }

    /// Another, that has a name from the start.
    pub(super) fn named(mut self, mode: Mode, steps: &Steps) -> Result<(Self, OwnedFd), Refusal> {
        let (name, file) = create_named(&self.place, mode, steps)?;
        self.name = Some(name);
        Ok((self, file))
    }

    pub(super) fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// Whether a name that must be new can be given, tried with another that nobody knows.
    pub(super) fn can_be_exclusive(&mut self, steps: &Steps) -> Result<bool, Error> {
        let Some(now) = self.name.clone() else { return Ok(true) };
        let other = some_name();
        match self.rename_to_new(&now, &*other, steps) {
            Ok(()) => {
                self.name = Some(other);
                Ok(true)
            }
            Err(errno) if REFUSED.contains(&errno) => Ok(false),
            Err(errno) => Err(Error::kernel("renameat2", errno)),
        }
    }

    /// Gives it a name that nothing has; EEXIST where something has.
    pub(super) fn link_new(&mut self, file: &impl AsFd, steps: &Steps) -> Result<(), (&'static str, Errno)> {
        let Some(now) = self.name.clone() else {
            return self.link(file, &*self.place.name, steps).map_err(|errno| ("linkat", errno));
        };
        let name = self.place.name.clone();
        self.rename_to_new(&now, &*name, steps).map_err(|errno| ("renameat2", errno))?;
        self.name = None;
        Ok(())
    }

    /// Puts it in the place of what has the name.
    pub(super) fn replace(&mut self, file: &impl AsFd, steps: &Steps) -> Result<(), Error> {
        let now = match &self.name {
            Some(name) => name.clone(),
            None => self.name_for_now(file, steps)?,
        };
        let directory = self.place.directory();
        steps.must("renameat", || renameat(directory, &*now, directory, &*self.place.name))?;
        self.name = None;
        Ok(())
    }

    fn name_for_now(&mut self, file: &impl AsFd, steps: &Steps) -> Result<String, Error> {
        loop {
            let name = some_name();
            match self.link(file, &*name, steps) {
                Err(Errno::EEXIST) => {}
                answer => {
                    answer.named("linkat")?;
                    self.name = Some(name.clone());
                    return Ok(name);
                }
            }
        }
    }

    /// By the descriptor, for who has CAP_DAC_READ_SEARCH and since Linux 6.10 for who has opened it; otherwise by its link
    /// in /proc.
    fn link<P: ?Sized + nix::NixPath>(&self, file: &impl AsFd, name: &P, steps: &Steps) -> nix::Result<()> {
        static REFUSED: AtomicBool = AtomicBool::new(false);
        let directory = self.place.directory();
        if !REFUSED.load(Ordering::Relaxed) {
            match steps.make("linkat", || linkat(file, c"", directory, name, AtFlags::AT_EMPTY_PATH)) {
                Err(Errno::ENOENT | Errno::EINVAL | Errno::EPERM) => REFUSED.store(true, Ordering::Relaxed),
                answer => return answer,
            }
        }
        let here = proc::link(file.as_fd().as_raw_fd());
        steps.make("linkat", || linkat(AT_FDCWD, &*here, directory, name, AtFlags::AT_SYMLINK_FOLLOW))
    }

    /// Not every file system can refuse to replace: a second name fails where there is one, and the first goes.
    fn rename_to_new<P: ?Sized + nix::NixPath>(&self, now: &str, name: &P, steps: &Steps) -> nix::Result<()> {
        let directory = self.place.directory();
        match steps.make("renameat2", || rename::to_new_name(directory, now, name)) {
            Err(refused) if REFUSED.contains(&refused) => {
                steps.make("linkat", || linkat(directory, now, directory, name, AtFlags::empty()))?;
                steps.make("unlinkat", || unlinkat(directory, now, UnlinkatFlags::NoRemoveDir))
            }
            answer => answer,
        }
    }

    pub(super) fn remove(&self) {
        if let Some(name) = &self.name {
            let _ = unlinkat(self.place.directory(), &**name, UnlinkatFlags::NoRemoveDir);
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Why no file can be made in a directory.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is the directory that does not allow it; what stands in it may be written all the same.
    Directory(Errno),
    Failure(Errno),
}

impl Refusal {
    fn of(errno: Errno) -> Self {
        match errno {
            // a file system of the kernel's own (procfs, sysfs, cgroup) has no files to be made
            Errno::EACCES | Errno::EPERM | Errno::EROFS | Errno::ENOENT | Errno::EOPNOTSUPP | Errno::ENOSYS => {
                Self::Directory(errno)
            }
            _ => Self::Failure(errno),
        }
    }

    pub(super) fn errno(&self) -> Errno {
        let (Self::Directory(errno) | Self::Failure(errno)) = self;
        *errno
    }
}

fn create_named(place: &Place, mode: Mode, steps: &Steps) -> Result<(String, OwnedFd), Refusal> {
    loop {
        let name = some_name();
        let flags = WRITING | OFlag::O_CREAT | OFlag::O_EXCL;
        match steps.make("openat", || openat(place.directory(), &*name, flags, mode)) {
            Err(Errno::EEXIST) => {}
            Err(errno) => return Err(Refusal::of(errno)),
            Ok(file) => return Ok((name, file)),
        }
    }
}

/// Not built from the destination's name, which may be as long as names can be.
fn some_name() -> String {
    format!(".zero-copy-rs-{:016x}", RandomState::new().build_hasher().finish())
}
