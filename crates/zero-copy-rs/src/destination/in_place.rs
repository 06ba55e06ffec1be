//! A destination that is written where it stands.
//!
//! It is never truncated before the first byte: until then an existing file keeps its content, and writing over cached
//! blocks is 5-8x faster than freeing and allocating them again. What is beyond the new length is cut off last.
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open as openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, stat};

use super::{Destination, Opening};
use crate::endpoint::{End, Identity, file_type};
use crate::error::{Error, Named};

/// O_NONBLOCK: a FIFO without a reader is ENXIO at once. O_NOCTTY: a terminal must not become ours.
const WRITING: OFlag = OFlag::O_WRONLY.union(OFlag::O_CLOEXEC).union(OFlag::O_NOCTTY).union(OFlag::O_NONBLOCK);

/// Nobody else reads a file that is not whole yet.
const PRIVATE: Mode = Mode::from_bits_truncate(0o600);

/// A name that we made.
#[derive(Debug)]
pub(super) struct Made {
    path: PathBuf,
    identity: Identity,
}

impl Made {
    /// Somebody may have put another file there meanwhile.
    pub(super) fn remove(&self) {
        if super::is_still(&self.path, self.identity) {
            let _ = nix::unistd::unlink(&self.path);
        }
    }
}

pub(super) fn open(path: &Path, overwrite: bool, source: &End) -> Result<Opening, Error> {
    match openat(path, WRITING | OFlag::O_CREAT | OFlag::O_EXCL, PRIVATE) {
        Ok(file) => new(file, path.to_owned(), source),
        Err(errno @ (Errno::EEXIST | Errno::EACCES | Errno::EROFS)) if overwrite => match stat(path) {
            Ok(stat) => existing(path, &stat, source),
            Err(Errno::ENOENT) if errno == Errno::EEXIST => through_dangling_link(path, source),
            // it is there, but the way to it is barred (ELOOP, EACCES)
            Err(barred) if errno == Errno::EEXIST => Err(Error::kernel("openat", barred)),
            Err(_) => Err(Error::kernel("openat", errno)),
        },
        Err(errno) => Err(Error::kernel("openat", errno)),
    }
}

/// Without a source of which it must not be another name.
pub(super) fn create(path: &Path, overwrite: bool, mode: Mode) -> Result<(Destination, End), Error> {
    let fresh = openat(path, WRITING | OFlag::O_CREAT | OFlag::O_EXCL, mode);
    if overwrite && matches!(fresh, Err(Errno::EEXIST)) {
        // O_CREAT: a dangling link makes its target
        let sink = End::new(openat(path, WRITING | OFlag::O_CREAT, mode).named("openat")?).named("fstat")?;
        return Ok((Destination::in_place(None), sink));
    }
    let sink = End::new(fresh.named("openat")?).named("fstat")?;
    Ok((Destination::in_place(Some(made(path.to_owned(), &sink))), sink))
}

fn made(path: PathBuf, sink: &End) -> Made {
    Made { path, identity: sink.identity }
}

fn new(file: OwnedFd, path: PathBuf, source: &End) -> Result<Opening, Error> {
    let sink = End::beside(Some(source), file).named("fstat")?;
    Ok(Opening::Open(Destination::in_place(Some(made(path, &sink))), sink))
}

/// The link stays, and its target is made; the kernel follows it, so that its rules for links hold.
fn through_dangling_link(path: &Path, source: &End) -> Result<Opening, Error> {
    let file = openat(path, WRITING | OFlag::O_CREAT, PRIVATE).named("openat")?;
    let name = std::fs::read_link(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd()));
    new(file, name.unwrap_or_else(|_| path.to_owned()), source)
}

fn existing(path: &Path, stat: &FileStat, source: &End) -> Result<Opening, Error> {
    // before it is opened for writing: that alone would be EBUSY or ETXTBSY for some files
    if Identity::of(stat) == source.identity {
        return Ok(Opening::Same);
    }
    if file_type(stat) == SFlag::S_IFDIR {
        return Err(Error::kernel("openat", Errno::EISDIR));
    }
    let file = match openat(path, WRITING, Mode::empty()) {
        // a lease on the file: its holder gives way, which may take a while
        Err(Errno::EWOULDBLOCK) => openat(path, WRITING.difference(OFlag::O_NONBLOCK), Mode::empty()),
        answer => answer,
    };
    let sink = End::beside(Some(source), file.named("openat")?).named("fstat")?;
    if sink.identity == source.identity {
        return Ok(Opening::Same);
    }
    if sink.is_regular() && super::attributes::mode(source, &sink) != sink.mode {
        // who may not change the mode hears of it before the first byte; this changes nothing
        fchmod(&sink, Mode::from_bits_truncate(sink.mode)).named("fchmod")?;
    }
    Ok(Opening::Open(Destination::in_place(None), sink))
}
