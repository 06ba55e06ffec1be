//! The file to copy from: what may be one, and how much of it there is.
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::libc::{major, minor};
use nix::sys::stat::{Mode, SFlag, stat};

use crate::endpoint::{End, file_type};
use crate::error::{Error, ErrorKind, Named};
use crate::sys::{Fault, Sys};

/// Of `linux/openat2.h`; the libraries know only its older neighbours.
const RESOLVE_CACHED: u64 = 0x20;

const READING: OFlag = OFlag::O_RDONLY.union(OFlag::O_CLOEXEC).union(OFlag::O_NOCTTY);

#[derive(Debug)]
pub(crate) enum Source {
    Path(PathBuf),
    /// A duplicate, until it is opened: the caller's own stays open.
    Descriptor(Option<OwnedFd>),
    /// A path that has been opened already.
    Opened(PathBuf, Option<End>),
}

/// How much there is to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Empty,
    Bytes(u64),
    /// A file that is generated as it is read has no size before that.
    UntilEnd,
}

impl Extent {
    pub(crate) fn length(self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(length) => Some(length),
            Self::UntilEnd => None,
        }
    }
}

impl Source {
    pub(crate) fn duplicate(file: impl AsFd) -> Result<Self, Error> {
        let duplicate = file.as_fd().try_clone_to_owned();
        let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::EMFILE, Errno::from_raw);
        duplicate.map(|fd| Self::Descriptor(Some(fd))).map_err(errno).named("fcntl")
    }

    /// Opens it, if that waits for no disk and no server; whether it is open now.
    ///
    /// RESOLVE_CACHED (Linux 5.12) finds a path in memory or not at all. What is no regular file, and every error, is left
    /// to [`open`](Self::open).
    pub(crate) fn open_if_cached(&mut self) -> bool {
        let Self::Path(path) = self else { return true };
        let cached = |path: &Path, flags| {
            let how =
                OpenHow::new().flags(flags | OFlag::O_CLOEXEC).resolve(ResolveFlag::from_bits_retain(RESOLVE_CACHED));
            openat2(AT_FDCWD, path, how).ok()
        };
        let Some(place) = cached(path, OFlag::O_PATH).and_then(|place| End::new(place).ok()) else { return false };
        if !(place.is_regular() && place.file_system.is_local) {
            return false;
        }
        let file = cached(path, READING | OFlag::O_NONBLOCK).and_then(|file| End::beside(Some(&place), file).ok());
        match file {
            Some(file) => *self = Self::Opened(std::mem::take(path), Some(file)),
            None => return false,
        }
        true
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) | Self::Opened(path, _) => Some(path),
            Self::Descriptor(_) => None,
        }
    }

    /// A path is looked at before it is opened: opening a FIFO would release its waiting writer.
    pub(crate) fn open(&mut self) -> Result<End, Error> {
        let path = match self {
            Self::Descriptor(fd) => {
                let fd = fd.take().ok_or(Errno::EBADF).named("fstat")?;
                return admit(End::new(fd).named("fstat")?);
            }
            Self::Opened(_, file) => return admit(file.take().ok_or(Errno::EBADF).named("fstat")?),
            Self::Path(path) => path,
        };
        if let Ok(stat) = stat(&*path) {
            admitted(file_type(&stat))?;
        }
        // O_NONBLOCK: it may have become a FIFO since
        let file = match open(&*path, READING | OFlag::O_NONBLOCK, Mode::empty()) {
            // a lease on the file: its holder gives way, which may take a while
            Err(Errno::EWOULDBLOCK) => open(&*path, READING, Mode::empty()),
            answer => answer,
        };
        admit(End::new(file.named("openat")?).named("fstat")?)
    }
}

fn admit(end: End) -> Result<End, Error> {
    admitted(end.file_type).map(|()| end)
}

fn admitted(file_type: SFlag) -> Result<(), Error> {
    let invalid = |why| Err(Error::kernel(None, Errno::EINVAL).because(why));
    match file_type {
        SFlag::S_IFREG | SFlag::S_IFCHR => Ok(()),
        SFlag::S_IFDIR => Err(Error::kernel(None, Errno::EISDIR)),
        SFlag::S_IFIFO => invalid("the source is a FIFO"),
        SFlag::S_IFSOCK => invalid("the source is a socket"),
        SFlag::S_IFBLK => invalid("the source is a block device"),
        _ => invalid("the source is no regular file"),
    }
}

/// The range from `offset`, `length` long or to the end that the source has now.
pub(crate) fn extent(source: &End, offset: u64, length: Option<u64>, sys: &mut Sys) -> Result<Extent, Error> {
    let beyond = |what| Err(Error::new(ErrorKind::OutOfRange, what));
    if source.file_type == SFlag::S_IFCHR {
        return of_character_device(source, offset, length);
    }
    let wanted = |length: u64| if length == 0 { Extent::Empty } else { Extent::Bytes(length) };
    if source.size == 0 {
        return match sys.read(source, 0, &mut [0]) {
            Ok(0) if offset > 0 => beyond("The offset lies beyond the end of the source, which is empty"),
            Ok(0) if length.unwrap_or(0) > 0 => beyond("The length lies beyond the end of the source, which is empty"),
            Ok(0) => Ok(Extent::Empty),
            // something to read, now or later: its size is not what the file system says
            Ok(_) | Err(Fault { errno: Errno::EAGAIN, .. }) => Ok(length.map_or(Extent::UntilEnd, wanted)),
            Err(fault) => Err(Error::fault(fault)),
        };
    }
    let Some(left) = source.size.checked_sub(offset) else {
        return beyond("The offset lies beyond the end of the source");
    };
    match length {
        Some(length) if length > left => beyond("Offset and length reach beyond the end of the source"),
        _ => Ok(wanted(length.unwrap_or(left))),
    }
}

fn of_character_device(source: &End, offset: u64, length: Option<u64>) -> Result<Extent, Error> {
    const NULL: (u32, u32) = (1, 3);
    let invalid = |why| Err(Error::kernel(None, Errno::EINVAL).because(why));
    match length {
        _ if (major(source.rdev), minor(source.rdev)) == NULL => Ok(Extent::Empty),
        _ if offset > 0 => invalid("a character device has no offsets"),
        None => invalid("a character device needs a length"),
        Some(0) => Ok(Extent::Empty),
        Some(length) => Ok(Extent::Bytes(length)),
    }
}
