//! Where a source has holes, as [`lseek(2)`](https://man7.org/linux/man-pages/man2/lseek.2.html) says: they are not read.
//!
//! It is asked an extent at a time, as the transfer comes to it. What it does not say plainly is taken for data.
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

use crate::endpoint::End;
use crate::sys::Sys;

/// What comes next, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Data(u64),
    Hole(u64),
}

#[derive(Debug)]
pub(super) struct Holes {
    /// Opened once more: SEEK_DATA moves the position, which a duplicate shares with its owner's.
    file: OwnedFd,
    /// The data that come next; a hole lies before them.
    data: Range<u64>,
    /// The file system's word is not relied on any more.
    silent: bool,
}

impl Holes {
    /// None: there are none, or nobody who can say where.
    pub(super) fn of(source: &End) -> Option<Self> {
        if !source.is_regular() || source.allocated >= source.size || !source.file_system.tells_holes {
            return None;
        }
        let link = format!("/proc/self/fd/{}", source.as_fd().as_raw_fd());
        let file = open(&*link, OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK, Mode::empty()).ok()?;
        Some(Self { file, data: 0..0, silent: false })
    }

    /// What lies in `range`, at its beginning.
    pub(super) fn next(&mut self, sys: &mut Sys, source: &End, range: Range<u64>) -> Next {
        if !self.silent && self.data.end <= range.start {
            match self.find(sys, source, &range) {
                Some(data) => self.data = data,
                None => self.silent = true,
            }
        }
        let length = range.end - range.start;
        match self.data.start.checked_sub(range.start) {
            _ if self.silent => Next::Data(length),
            Some(hole @ 1..) => Next::Hole(hole.min(length)),
            _ => Next::Data((self.data.end - range.start).min(length)),
        }
    }

    fn find(&self, sys: &mut Sys, source: &End, range: &Range<u64>) -> Option<Range<u64>> {
        let data = match sys.seek_data(&self.file, range.start) {
            Ok(data) => data,
            // nothing but a hole, unless the file has become shorter: that, reading finds out
            Err(fault) if fault.errno == Errno::ENXIO => {
                return source.size_now().is_ok_and(|size| size >= range.end).then_some(range.end..range.end);
            }
            Err(_) => return None,
        };
        if data >= range.end {
            return Some(range.end..range.end);
        }
        let end = sys.seek_hole(&self.file, data).ok()?;
        (data >= range.start && end > data).then_some(data..end)
    }
}
