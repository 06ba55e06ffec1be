//! What stands at a name before it is replaced.
//!
//! `rename` asks only the directory. So the file itself is asked what opening it for writing would ask, through a
//! descriptor that cannot become another file's meanwhile.
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, SFlag};
use nix::unistd::geteuid;

use super::place::Place;
use super::wanted::why;
use crate::endpoint::Identity;
use crate::error::{Error, Named};
use crate::sys::statx::{Facts, facts};
use crate::sys::steps::Steps;
use crate::sys::{access, capability, mount};

/// Nothing is done to the file: a FIFO's writer is not released, a device not woken.
const LOOKING: OFlag = OFlag::O_PATH.union(OFlag::O_CLOEXEC);

#[derive(Debug)]
pub(super) struct Old {
    file: OwnedFd,
    pub(super) facts: Facts,
}

impl Old {
    /// What is there: of a link, the link itself or where it leads. None: nothing.
    pub(super) fn at(place: &Place, follow: bool, steps: &Steps) -> Result<Option<Self>, Error> {
        let flags = if follow { LOOKING } else { LOOKING | OFlag::O_NOFOLLOW };
        let file = match steps.make("openat", || openat(place.directory(), &*place.name, flags, Mode::empty())) {
            Err(Errno::ENOENT) => return Ok(None),
            answer => answer.named("openat")?,
        };
        let facts = steps.must("statx", || facts(&file))?;
        Ok(Some(Self { file, facts }))
    }

    pub(super) fn identity(&self) -> Identity {
        self.facts.identity
    }

    pub(super) fn permissions(&self) -> u32 {
        self.facts.mode & 0o777
    }

    pub(super) fn is(&self, kind: SFlag) -> bool {
        self.facts.mode & SFlag::S_IFMT.bits() == kind.bits()
    }

    /// As opening it for writing would answer.
    pub(super) fn may_be_written(&self, steps: &Steps) -> Result<(), Error> {
        if self.facts.appends {
            return Err(Error::kernel("openat", Errno::EPERM));
        }
        steps.make("faccessat2", || access::may_write(&self.file)).named("openat")
    }

    /// Why the kernel would not let another file take the name; known before a byte is written.
    pub(super) fn is_held_at(&self, place: &Place, steps: &Steps) -> Result<Option<&'static str>, Error> {
        let is_mount_root = self.facts.is_mount_root.unwrap_or_else(|| {
            // Linux before 5.8: the file lies on another mount than its directory
            mount::id(&self.file) != mount::id(place.directory())
        });
        if is_mount_root {
            return Ok(Some(why::MOUNT));
        }
        let directory = steps.must("statx", || facts(place.directory()))?;
        let is_sticky = directory.mode & 0o1000 != 0;
        let owns = |uid: u32| geteuid().as_raw() == uid;
        let may_go = || owns(self.facts.uid) || owns(directory.uid) || capability::may_act_as_owner();
        Ok((directory.appends || is_sticky && !may_go()).then_some(why::STICKY))
    }
}

impl AsFd for Old {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
