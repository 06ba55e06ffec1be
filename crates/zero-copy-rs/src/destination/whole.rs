//! A destination that appears under its name when it is whole: what has to be known before the first byte.
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{Mode, SFlag, fchmod};

use super::old::Old;
use super::place::{Place, end_of, name_of};
use super::publish::Whole;
use super::temporary::{Refusal, Temporary};
use super::wanted::{FileWish, Origin, why};
use super::{Destination, Opening, given, in_place};
use crate::endpoint::{End, Identity};
use crate::error::{Error, ErrorKind};
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
        let Some(there) = Old::at(AT_FDCWD, self.path, false, self.steps)? else { return self.make(self.path) };
        if !self.wish.overwrite {
            return Err(Error::kernel("openat", Errno::EEXIST));
        }
        if !there.is(SFlag::S_IFLNK) {
            return self.replace(&there, self.path);
        }
        // the kernel follows it, so that its rules for links hold; a link stays
        let Some(target) = Old::at(AT_FDCWD, self.path, true, self.steps)? else {
            return self.make(&end_of(self.path)?);
        };
        match name_of(&target) {
            Some(name) if self.is_still(&target, &name)? => self.replace(&target, &name),
            _ if target.is(SFlag::S_IFREG) => Ok(Found::InPlace(why::LINK)),
            _ => self.replace(&target, self.path),
        }
    }

    /// A file that has lost its name is known to the kernel by one that it never had.
    fn is_still(&self, target: &Old, name: &Path) -> Result<bool, Error> {
        let there = Old::at(AT_FDCWD, name, false, self.steps)?;
        Ok(there.is_some_and(|there| there.identity() == target.identity()))
    }

    fn place(&self, path: &Path) -> Result<Option<Place>, Error> {
        Place::of(path, self.wish.durable, self.steps)
    }

    /// Nothing has the name.
    fn make(&self, path: &Path) -> Result<Found, Error> {
        let Some(place) = self.place(path)? else {
            // what ends in a slash is a directory's name, and opening it says so
            let refused = in_place::open(path, self.wish.overwrite, self.origin, self.steps).err();
            return Err(refused.unwrap_or_else(|| Error::new(ErrorKind::AtomicUnavailable, why::KIND)));
        };
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
    fn replace(&self, old: &Old, name: &Path) -> Result<Found, Error> {
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
        let Some(place) = self.place(name)? else { return Ok(Found::InPlace(why::KIND)) };
        if let Some(reason) = old.is_held_at(&place, self.steps)? {
            return Ok(Found::InPlace(reason));
        }
        let (temporary, mut sink) = match self.create(place, PRIVATE) {
            Ok(made) => made,
            Err(Refusal::Directory(_)) => return Ok(Found::InPlace(why::DIRECTORY)),
            Err(Refusal::Failure(errno)) => return Err(Error::kernel("openat", errno)),
        };
        if let Some(reason) = given::give(old, &mut sink, self.steps)? {
            return Ok(Found::InPlace(reason));
        }
        Ok(self.whole(temporary, sink, Some(old.identity()), old.permissions()))
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

    fn whole(&self, temporary: Temporary, sink: End, old: Option<Identity>, permissions: u32) -> Found {
        let whole = Whole { temporary, old, overwrite: self.wish.overwrite };
        let mode = self.origin.source().is_none().then_some(permissions);
        Found::Opening(Opening::Open(Destination::whole(whole, mode, self.wish.durable, self.steps), sink))
    }
}
