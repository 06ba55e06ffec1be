//! What each end of a transfer is.
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc::dev_t;
use nix::sys::stat::{FileStat, SFlag, fstat};
use nix::sys::time::TimeSpec;

use crate::sys::file_system::FileSystem;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Has offsets: a regular file or a block device.
    File,
    Socket,
    /// Bytes in order, no offsets: a pipe, a terminal, a character device.
    Stream,
}

/// A descriptor of ours, and what was true of it when it was opened.
#[derive(Debug)]
pub(crate) struct End {
    fd: OwnedFd,
    pub(crate) kind: Kind,
    pub(crate) file_type: SFlag,
    pub(crate) file_system: FileSystem,
    /// 0 also for files that are generated as they are read (procfs, sysfs).
    pub(crate) size: u64,
    /// Bytes that have blocks: fewer than `size` where the file has holes, or is compressed.
    pub(crate) allocated: u64,
    /// Which device node it is, for a device.
    pub(crate) rdev: dev_t,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) accessed: TimeSpec,
    pub(crate) modified: TimeSpec,
    pub(crate) identity: Identity,
}

/// Two names of one file have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: dev_t,
    inode: u64,
}

impl Identity {
    pub(crate) fn new(device: dev_t, inode: u64) -> Self {
        Self { device, inode }
    }

    pub(crate) fn of(stat: &FileStat) -> Self {
        Self::new(stat.st_dev, stat.st_ino)
    }
}

pub(crate) fn file_type(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits())
}

impl End {
    pub(crate) fn new(fd: OwnedFd) -> nix::Result<Self> {
        Self::beside(None, fd)
    }

    /// A private duplicate: the caller may close his own while we work. The status flags are shared, and not touched.
    pub(crate) fn duplicate(fd: impl AsFd) -> nix::Result<Self> {
        let duplicate = fd.as_fd().try_clone_to_owned();
        Self::new(duplicate.map_err(|error| error.raw_os_error().map_or(Errno::EMFILE, Errno::from_raw))?)
    }

    /// Whether a call on it may wait.
    pub(crate) fn may_block(&self) -> nix::Result<bool> {
        fcntl(&self.fd, FcntlArg::F_GETFL).map(|flags| !OFlag::from_bits_truncate(flags).contains(OFlag::O_NONBLOCK))
    }

    /// What is on one device is on one file system: it need not be asked twice.
    pub(crate) fn beside(other: Option<&Self>, fd: OwnedFd) -> nix::Result<Self> {
        let stat = fstat(&fd)?;
        let near = other.filter(|other| other.identity.device == stat.st_dev);
        let file_type = file_type(&stat);
        let kind = match file_type {
            SFlag::S_IFREG | SFlag::S_IFBLK => Kind::File,
            SFlag::S_IFSOCK => Kind::Socket,
            _ => Kind::Stream,
        };
        Ok(Self {
            kind,
            file_type,
            file_system: match near {
                Some(other) => other.file_system,
                None if kind == Kind::Socket => FileSystem::UNKNOWN,
                None => FileSystem::of(&fd),
            },
            size: stat.st_size as u64,
            // in units of 512 bytes, whatever the block
            allocated: stat.st_blocks as u64 * 512,
            rdev: stat.st_rdev,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            accessed: TimeSpec::new(stat.st_atime, stat.st_atime_nsec),
            modified: TimeSpec::new(stat.st_mtime, stat.st_mtime_nsec),
            identity: Identity::of(&stat),
            fd,
        })
    }

    pub(crate) fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    pub(crate) fn is_regular(&self) -> bool {
        self.file_type == SFlag::S_IFREG
    }

    pub(crate) fn is_fifo(&self) -> bool {
        self.file_type == SFlag::S_IFIFO
    }

    /// An offset to pass to a call, for the ends that have one.
    pub(crate) fn at(&self, offset: u64) -> Option<u64> {
        self.is_file().then_some(offset)
    }

    /// What the kernel reads as it is written (procfs) takes no offsets, whatever its type says.
    pub(crate) fn written(self) -> Self {
        if self.file_system.name == "proc" { Self { kind: Kind::Stream, ..self } } else { self }
    }

    /// As if it lay on another file system, for a probe that may not write there.
    pub(crate) fn elsewhere(self, file_system: FileSystem) -> Self {
        Self { file_system, ..self }
    }

    /// For what the file system has to say at the last moment.
    pub(crate) fn into_fd(self) -> OwnedFd {
        self.fd
    }

    /// Another descriptor of the same open file.
    pub(crate) fn another(&self) -> nix::Result<OwnedFd> {
        self.fd.try_clone().map_err(|error| error.raw_os_error().map_or(Errno::EMFILE, Errno::from_raw))
    }

    /// The size by now, where it can be asked.
    pub(crate) fn size_now(&self) -> nix::Result<u64> {
        fstat(&self.fd).map(|stat| stat.st_size as u64)
    }
}

impl AsFd for End {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Both ends. A job owns them, so that it can go to any thread.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) source: End,
    pub(crate) sink: End,
}

impl Pair {
    pub(crate) fn files(&self) -> bool {
        self.source.is_file() && self.sink.is_file()
    }

    /// Whether extents could be shared: on one device, or between the subvolumes of one file system.
    pub(crate) fn may_share(&self) -> bool {
        let (a, b) = (&self.source, &self.sink);
        a.identity.device == b.identity.device || (a.file_system == b.file_system && a.file_system.subvolumes)
    }
}
