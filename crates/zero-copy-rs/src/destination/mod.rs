//! The file being made, and the fate of its name.
//!
//! The descriptor is the job's (its pair's sink). This is everything else: how it is opened ([`in_place`], or under a
//! [`temporary`] name), what it gets besides its bytes ([`attributes`]), and what becomes of it when the transfer does not
//! finish.
pub(crate) mod attributes;
mod in_place;
mod preserve;
mod temporary;

use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::ftruncate;

use crate::endpoint::{End, Identity};
use crate::error::{Error, Named};
use in_place::Made;
pub use preserve::Preserve;
use temporary::Temporary;

/// What opening a destination finds.
#[derive(Debug)]
pub(crate) enum Opening {
    /// The source itself, by this or another name: there is nothing to do.
    Same,
    Open(Destination, End),
}

#[derive(Debug)]
pub(crate) struct Destination {
    fate: Fate,
}

#[derive(Debug)]
enum Fate {
    /// The name stays, whatever happens: it was there before, or the file is whole.
    Stays,
    /// The name would not be there without us: it goes, unless the transfer finishes.
    Made(Made),
    /// The file gets its name when it is whole.
    Temporary(Temporary),
}

/// Whether a destination is to appear as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Atomic {
    /// Where it can.
    #[default]
    Auto,
    /// Or an error, before anything is touched.
    Always,
    /// It is written in place.
    Never,
}

impl Destination {
    /// For a copy: written in place.
    pub(crate) fn open(path: &Path, overwrite: bool, source: &End) -> Result<Opening, Error> {
        in_place::open(path, overwrite, source)
    }

    /// For bytes from elsewhere; `mode` is less the umask.
    pub(crate) fn create(path: &Path, overwrite: bool, mode: u32, atomic: Atomic) -> Result<(Self, End), Error> {
        let mode = Mode::from_bits_truncate(mode);
        match (atomic, temporary::is_replaceable(path)) {
            (Atomic::Auto | Atomic::Always, Ok(())) => temporary::open(path, overwrite, mode),
            (Atomic::Always, Err(reason)) => Err(Error::new(crate::ErrorKind::AtomicUnavailable, reason)),
            _ => in_place::create(path, overwrite, mode),
        }
    }

    fn in_place(made: Option<Made>) -> Self {
        Self { fate: made.map_or(Fate::Stays, Fate::Made) }
    }

    fn temporary(temporary: Temporary) -> Self {
        Self { fate: Fate::Temporary(temporary) }
    }

    pub(crate) fn is_atomic(&self) -> bool {
        matches!(self.fate, Fate::Temporary(_))
    }

    /// Length, mode, close, name: in this order, each failure returned.
    ///
    /// A file that got extents instead of bytes may be longer than `length`: the source can have grown meanwhile. `mode`:
    /// none is as it was made.
    pub(crate) fn commit(mut self, sink: End, length: u64, shared: bool, mode: Option<u32>) -> Result<(), Error> {
        if sink.is_regular() {
            // after a clone as it is now: on xfs, cutting a file to the size that it has unshares its last block
            let size = if shared { sink.size_now().named("fstat")? } else { sink.size };
            if size > length {
                ftruncate(&sink, length as i64).named("ftruncate")?;
            }
            // the kernel takes set-id bits from a file that a user writes to
            if let Some(mode) = mode.filter(|&mode| mode != sink.mode || mode & attributes::SET_ID != 0) {
                nix::sys::stat::fchmod(&sink, Mode::from_bits_truncate(mode)).named("fchmod")?;
            }
        }
        // some file systems say only now that there was no room
        sink.close().named("close")?;
        if let Fate::Temporary(temporary) = &self.fate {
            temporary.publish()?;
        }
        self.fate = Fate::Stays;
        Ok(())
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        match &self.fate {
            Fate::Stays => {}
            Fate::Made(made) => made.remove(),
            Fate::Temporary(temporary) => temporary.remove(),
        }
    }
}

/// Another file's identity is no reason to remove a name.
fn is_still(path: &Path, identity: Identity) -> bool {
    nix::sys::stat::lstat(path).is_ok_and(|stat| Identity::of(&stat) == identity)
}
