//! A destination that appears under its name when it is whole: what has to be known before the first byte.
use std::path::Path;

use nix::errno::Errno;
use nix::sys::stat::{Mode, SFlag, fchmod};

use super::old::Old;
use super::place::{Place, end_of, name_of};
use super::publish::Whole;
use super::temporary::{Refusal, Temporary};
use super::wanted::{FileWish, Origin, why};
use super::{Destination, Opening, given, in_place};
use crate::endpoint::End;
use crate::error::{Error, ErrorKind};
use crate::sys::proc;
use crate::sys::steps::Steps;

/// Nobody else reads a file that is not whole yet.
const PRIVATE: Mode = Mode::from_bits_truncate(0o600);

#[allow(clippy::large_enum_variant)] // one a request, for a moment
pub(super) enum Found {
    Opening(Opening),
    /// It has to be written in place, for this reason.
    InPlace(&'static str),
}

pub(super) struct Request<'a> {
    pub(super) path: &'a Path,
    pub(super) wish: FileWish,
    pub(super) origin: Origin<'a>,
    pub(super) steps: &'a Steps,
}

impl Request<'_> {
    pub(super) fn open(&self) -> Result<Found, Error> {
        let Some(place) = self.place(self.path)? else {
            // what ends in a slash is a directory's name, and opening it says so
            let refused = in_place::open(self.path, self.wish.overwrite, self.origin, self.steps).err();
            return Err(refused.unwrap_or_else(|| Error::new(ErrorKind::AtomicUnavailable, why::KIND)));
        };
        let Some(there) = Old::at(&place, false, self.steps)? else { return self.make(place) };
        if !self.wish.overwrite {
            return Err(Error::kernel("openat", Errno::EEXIST));
        }
        if !there.is(SFlag::S_IFLNK) {
            return self.replace(there, |_| Ok(Some(place)));
        }
        // the kernel follows it, so that its rules for links hold; a link stays
        match Old::at(&place, true, self.steps)? {
            Some(target) => self.replace(target, |target| self.place_of(target)),
            None => match self.place(&end_of(self.path)?)? {
                Some(end) => self.make(end),
                None => Err(Error::kernel("openat", Errno::EISDIR)),
            },
        }
    }

    fn place(&self, path: &Path) -> Result<Option<Place>, Error> {
        Place::of(path, self.wish.durable, self.steps)
    }

    /// Where a link leads. A file that has lost its name is known to the kernel by one that it never had.
    fn place_of(&self, target: &Old) -> Result<Option<Place>, Error> {
        let Some(name) = name_of(target) else { return Ok(None) };
        let Some(place) = self.place(&name)? else { return Ok(None) };
        Ok((place.identity(self.steps)? == Some(target.identity())).then_some(place))
    }

    /// Nothing has the name.
    fn make(&self, place: Place) -> Result<Found, Error> {
        let mode = self.origin.creation_mode();
        let (mut temporary, mut sink) = match self.create(place, mode) {
            Ok(made) => made,
            Err(refusal) => return Err(Error::kernel("openat", refusal.errno())),
        };
        if !self.wish.overwrite && !temporary.can_be_exclusive(self.steps)? {
            return Ok(Found::InPlace(why::EXCLUSIVE));
        }
        let permissions = sink.mode;
        if temporary.is_named() && permissions & 0o177 != 0 {
            self.steps.must("fchmod", || fchmod(&sink, PRIVATE))?;
            sink.mode = PRIVATE.bits();
        }
        Ok(self.whole(temporary, sink, None, permissions))
    }

    /// Something has the name, and the right to write it decides.
    fn replace(&self, old: Old, place: impl FnOnce(&Old) -> Result<Option<Place>, Error>) -> Result<Found, Error> {
        if old.is(SFlag::S_IFDIR) {
            return Err(Error::kernel("openat", Errno::EISDIR));
        }
        if self.origin.source().is_some_and(|source| source.identity == old.identity()) {
            return Ok(Found::Opening(Opening::Same));
        }
        if !old.is(SFlag::S_IFREG) {
            return Ok(Found::InPlace(why::KIND));
        }
        old.may_be_written(self.steps)?;
        if !proc::is_there() {
            return Ok(Found::InPlace(why::PROC));
        }
        let Some(place) = place(&old)? else { return Ok(Found::InPlace(why::LINK)) };
        if let Some(reason) = old.is_held_at(&place, self.steps)? {
            return Ok(Found::InPlace(reason));
        }
        let (temporary, mut sink) = match self.create(place, PRIVATE) {
            Ok(made) => made,
            Err(Refusal::Directory(_)) => return Ok(Found::InPlace(why::DIRECTORY)),
            Err(Refusal::Failure(errno)) => return Err(Error::kernel("openat", errno)),
        };
        if let Some(reason) = given::give(&old, &mut sink, self.steps)? {
            return Ok(Found::InPlace(reason));
        }
        let permissions = old.permissions();
        Ok(self.whole(temporary, sink, Some(old), permissions))
    }

    /// Where links may be refused, a file without a name might never get one.
    fn create(&self, place: Place, mode: Mode) -> Result<(Temporary, End), Refusal> {
        let end = |file| End::beside(self.origin.source(), file).map_err(Refusal::Failure);
        let (temporary, file) = Temporary::create(place, mode, self.steps)?;
        let sink = end(file)?;
        if temporary.is_named() || sink.file_system.links_what_has_no_name() {
            return Ok((temporary, sink));
        }
        let (temporary, file) = temporary.named(mode, self.steps)?;
        Ok((temporary, end(file)?))
    }

    fn whole(&self, temporary: Temporary, sink: End, old: Option<Old>, permissions: u32) -> Found {
        let whole = Whole { temporary, old, overwrite: self.wish.overwrite };
        let mode = self.origin.source().is_none().then_some(permissions);
        Found::Opening(Opening::Open(Destination::whole(whole, mode, self.wish.durable, self.steps), sink))
    }
}
