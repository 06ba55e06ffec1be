//! The file being made, and the fate of its name.
//!
//! The descriptor is the job's (its pair's sink). This is everything else: how it is opened ([`in_place`]), what it gets
//! besides its bytes ([`attributes`]), and what becomes of it when the transfer does not finish.
mod attributes;
mod in_place;

use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::ftruncate;

use crate::endpoint::{End, Pair};
use crate::error::{Error, Named};
use in_place::Made;

/// What opening a destination finds.
#[derive(Debug)]
pub(crate) enum Opening {
    /// The source itself, by this or another name: there is nothing to do.
    Same,
    Open(Destination, End),
}

#[derive(Debug)]
pub(crate) struct Destination {
    /// The name that would not be there without us. It is removed again unless the transfer finishes.
    made: Option<Made>,
}

impl Destination {
    pub(crate) fn open(path: &Path, overwrite: bool, source: &End) -> Result<Opening, Error> {
        in_place::open(path, overwrite, source)
    }

    /// Length, mode, close: in this order, each failure returned. Answers what of the source was not preserved.
    ///
    /// A file that got extents instead of bytes may be longer than `length`: the source can have grown meanwhile.
    pub(crate) fn commit(mut self, pair: Pair, length: u64, shared: bool) -> Result<Vec<&'static str>, Error> {
        let Pair { source, sink } = pair;
        let mut lost = Vec::new();
        if sink.is_regular() {
            // after a clone as it is now: on xfs, cutting a file to the size that it has unshares its last block
            let size = if shared { sink.size_now().named("fstat")? } else { sink.size };
            if size > length {
                ftruncate(&sink, length as i64).named("ftruncate")?;
            }
            let mode = attributes::mode(&source, &sink);
            // the kernel takes set-id bits from a file that a user writes to
            if mode != sink.mode || mode & attributes::SET_ID != 0 {
                nix::sys::stat::fchmod(&sink, Mode::from_bits_truncate(mode)).named("fchmod")?;
            }
            lost = attributes::not_preserved(&source, &sink, mode);
        }
        // some file systems say only now that there was no room
        sink.close().named("close")?;
        self.made = None;
        Ok(lost)
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if let Some(made) = self.made.take() {
            made.remove();
        }
    }
}
