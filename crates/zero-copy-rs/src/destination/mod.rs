//! The file being made, and the fate of its name.
//!
//! The descriptor is the job's (its pair's sink). This is everything else, in the order of the files:
//!
//! - [`wanted`]: what was asked, and the reasons for writing in place all the same;
//! - [`whole`]: a destination that appears when it is whole. It looks at what has the name now ([`old`]), in a directory
//!   that it holds open ([`place`]), makes a file without a name ([`temporary`]), gives it what the old one has
//!   ([`given`]), and when all bytes are there, the name ([`publish`]);
//! - [`in_place`]: a destination that is written where it stands;
//! - [`attributes`]: what it gets of the source besides its bytes, either way;
//! - [`durable`]: where it is asked for, the disk has all of it before the transfer is over.
pub(crate) mod attributes;
mod durable;
mod given;
mod in_place;
mod old;
mod place;
mod preserve;
mod publish;
mod temporary;
mod wanted;
mod whole;

use std::path::Path;

use nix::sys::stat::{Mode, fchmod};
use nix::unistd::ftruncate;

use crate::endpoint::End;
use crate::error::{Error, ErrorKind, Named};
use crate::sys::steps::Steps;
use in_place::{InPlace, Made};
pub use preserve::Preserve;
use publish::Whole;
pub use wanted::Atomic;
use wanted::why;
pub(crate) use wanted::{FileWish, Origin};
use whole::Found;

/// What opening a destination finds.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // one a request, for a moment
pub(crate) enum Opening {
    /// The source itself, by this or another name: there is nothing to do.
    Same,
    Open(Destination, End),
}

#[derive(Debug)]
pub(crate) struct Destination {
    fate: Fate,
    /// Permissions that it gets in the end, where they are not the source's.
    mode: Option<u32>,
    durable: bool,
    steps: Steps,
}

#[derive(Debug)]
enum Fate {
    /// `made`: the name would not be there without us.
    InPlace { made: Option<Made>, reason: &'static str },
    /// The file gets its name when it is whole.
    Whole(Whole),
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) atomic: bool,
    /// Why it was written in place.
    pub(crate) reason: Option<&'static str>,
    /// Everything is on the disk.
    pub(crate) durable: bool,
    pub(crate) not_preserved: Vec<&'static str>,
}

/// What the file is to be besides its bytes.
#[derive(Debug)]
pub(crate) struct Finish<'a> {
    /// A file that got extents instead of bytes may be longer: the source can have grown meanwhile.
    pub(crate) length: u64,
    pub(crate) cloned: bool,
    /// Whose attributes it gets, and which of them.
    pub(crate) source: Option<(&'a End, Preserve)>,
}

impl Destination {
    pub(crate) fn open(path: &Path, wish: FileWish, origin: Origin<'_>, steps: Steps) -> Result<Opening, Error> {
        let found = match wish.atomic {
            Atomic::Never => Found::InPlace(why::ASKED),
            Atomic::Auto | Atomic::Always => whole::Request { path, wish, origin, steps: &steps }.open()?,
        };
        let reason = match found {
            Found::Opening(opening) => return Ok(opening),
            Found::InPlace(reason) => reason,
        };
        if wish.atomic == Atomic::Always {
            return Err(Error::new(ErrorKind::AtomicUnavailable, reason));
        }
        let (made, sink) = match in_place::open(path, wish.overwrite, origin, &steps)? {
            InPlace::Same => return Ok(Opening::Same),
            InPlace::New(made, sink) => (Some(made), sink),
            InPlace::Old(sink) => (None, sink),
        };
        Ok(Opening::Open(Self { fate: Fate::InPlace { made, reason }, mode: None, durable: wish.durable, steps }, sink))
    }

    fn whole(whole: Whole, mode: Option<u32>, durable: bool, steps: &Steps) -> Self {
        Self { fate: Fate::Whole(whole), mode, durable, steps: steps.clone() }
    }

    /// Length, attributes, name, and where it is asked for the disk: in this order, each failure returned.
    pub(crate) fn commit(self, mut sink: End, finish: &Finish<'_>) -> Result<Finished, Error> {
        let Self { fate, mode, durable, steps } = self;
        if sink.is_regular() {
            // after a clone as it is now: on xfs, cutting a file to the size that it has unshares its last block
            let size = if finish.cloned { sink.size_now().named("fstat")? } else { sink.size };
            if size > finish.length {
                steps.must("ftruncate", || ftruncate(&sink, finish.length as i64))?;
            }
        }
        let not_preserved = match finish.source {
            Some((source, preserve)) => attributes::give(source, &mut sink, preserve, &steps)?,
            None => Vec::new(),
        };
        if let Some(mode) = mode.filter(|&mode| mode != sink.mode) {
            steps.must("fchmod", || fchmod(&sink, Mode::from_bits_truncate(mode)))?;
        }
        let durable = durable && durable::file(&sink, &steps)?;
        match fate {
            Fate::InPlace { mut made, reason } => {
                if durable {
                    durable::directory_of_name(&sink, &steps)?;
                }
                // some file systems say only now that there was no room
                steps.close(sink.into_fd())?;
                made.iter_mut().for_each(Made::keep);
                Ok(Finished { atomic: false, reason: Some(reason), durable, not_preserved })
            }
            Fate::Whole(mut whole) => {
                whole.publish(&mut sink, &steps)?;
                if durable {
                    durable::directory(whole.temporary.place.directory(), &sink, &steps)?;
                }
                Ok(Finished { atomic: true, reason: None, durable, not_preserved })
            }
        }
    }
}
