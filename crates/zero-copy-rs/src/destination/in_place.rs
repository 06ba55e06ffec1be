//! A destination that is written where it stands.
//!
//! It is never truncated before the first byte: until then an existing file keeps its content, and writing over cached
//! blocks is 5-8x faster than freeing and allocating them again. What is beyond the new length is cut off last.
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open as openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, stat};

use super::attributes;
use super::place::name_of;
use super::wanted::Origin;
use crate::endpoint::{End, Identity, file_type};
use crate::error::{Error, Named};
use crate::sys::steps::Steps;

/// O_NONBLOCK: a FIFO without a reader is ENXIO at once. O_NOCTTY: a terminal must not become ours.
const WRITING: OFlag = OFlag::O_WRONLY.union(OFlag::O_CLOEXEC).union(OFlag::O_NOCTTY).union(OFlag::O_NONBLOCK);

/// A name that we made. It is removed unless it is kept.
#[derive(Debug)]
pub(super) struct Made {
    path: PathBuf,
    identity: Identity,
    is_kept: bool,
}

impl Made {
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // somebody may have put another file there meanwhile
        if !self.is_kept && nix::sys::stat::lstat(&self.path).is_ok_and(|stat| Identity::of(&stat) == self.identity) {
            let _ = nix::unistd::unlink(&self.path);
        }
    }
}

pub(super) enum InPlace {
    /// The source itself.
    Same,
    /// The name would not be there without us.
    New(Made, End),
    Old(End),
}

pub(super) fn open(path: &Path, overwrite: bool, origin: Origin<'_>, steps: &Steps) -> Result<InPlace, Error> {
    let (flags, mode) = (WRITING | OFlag::O_CREAT | OFlag::O_EXCL, origin.creation_mode());
    match steps.make("openat", || openat(path, flags, mode)) {
        Ok(file) => new(file, path.to_owned(), origin),
        Err(errno @ (Errno::EEXIST | Errno::EACCES | Errno::EROFS)) if overwrite => match stat(path) {
            Ok(stat) => existing(path, &stat, origin, steps),
            Err(Errno::ENOENT) if errno == Errno::EEXIST => through_dangling_link(path, origin, steps),
            // it is there, but the way to it is barred (ELOOP, EACCES)
            Err(barred) if errno == Errno::EEXIST => Err(Error::kernel("openat", barred)),
            Err(_) => Err(Error::kernel("openat", errno)),
        },
        Err(errno) => Err(Error::kernel("openat", errno)),
    }
}

fn new(file: OwnedFd, path: PathBuf, origin: Origin<'_>) -> Result<InPlace, Error> {
    let sink = End::beside(origin.source(), file).named("fstat")?;
    Ok(InPlace::New(Made { path, identity: sink.identity, is_kept: false }, sink))
}

/// The link stays, and its target is made; the kernel follows it, so that its rules for links hold.
fn through_dangling_link(path: &Path, origin: Origin<'_>, steps: &Steps) -> Result<InPlace, Error> {
    let file = steps.must("openat", || openat(path, WRITING | OFlag::O_CREAT, origin.creation_mode()))?;
    let name = name_of(&file.as_fd());
    new(file, name.unwrap_or_else(|| path.to_owned()), origin)
}

fn existing(path: &Path, stat: &FileStat, origin: Origin<'_>, steps: &Steps) -> Result<InPlace, Error> {
    let is_same = |identity| origin.source().is_some_and(|source| source.identity == identity);
    // before it is opened for writing: that alone would be EBUSY or ETXTBSY for some files
    if is_same(Identity::of(stat)) {
        return Ok(InPlace::Same);
    }
    if file_type(stat) == SFlag::S_IFDIR {
        return Err(Error::kernel("openat", Errno::EISDIR));
    }
    let file = match steps.make("openat", || openat(path, WRITING, Mode::empty())) {
        // a lease on the file: its holder gives way, which may take a while
        Err(Errno::EWOULDBLOCK) => {
            steps.make("openat", || openat(path, WRITING.difference(OFlag::O_NONBLOCK), Mode::empty()))
        }
        answer => answer,
    };
    let sink = End::beside(origin.source(), file.named("openat")?).named("fstat")?.written();
    if is_same(sink.identity) {
        return Ok(InPlace::Same);
    }
    let another = |source| attributes::mode(source, &sink) != sink.mode;
    if sink.is_regular() && origin.source().is_some_and(another) {
        // who may not change the mode hears of it before the first byte; this changes nothing
        steps.must("fchmod", || fchmod(&sink, Mode::from_bits_truncate(sink.mode)))?;
    }
    Ok(InPlace::Old(sink))
}
