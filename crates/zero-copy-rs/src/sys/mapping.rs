//! A read-only window of a file. Rust never touches its bytes: they are only handed to `write`, which answers EFAULT
//! where touching them would raise SIGBUS (the file was truncated).
#![allow(unsafe_code)] // a write from a mapped address
use std::os::fd::{AsFd, AsRawFd};

use memmap2::{Advice, MmapOptions, MmapRaw};
use nix::errno::Errno;

use crate::endpoint::{End, Kind};

#[derive(Debug)]
pub(crate) struct Mapping {
    map: MmapRaw,
    /// Where in the file the window begins.
    pub(crate) offset: u64,
}

impl Mapping {
    /// `offset` must be a multiple of the page size. Populated: without it each page costs a fault (1.9x the time).
    ///
    /// Not by MAP_POPULATE: at a page that cannot be read it asks the disk again and again, and `mmap` never returns (seen
    /// on Linux 6.18). MADV_POPULATE_READ (Linux 5.14) stops there.
    pub(crate) fn new(file: &End, offset: u64, len: usize) -> nix::Result<Self> {
        let map = MmapOptions::new().offset(offset).len(len).map_raw_read_only(file.as_fd().as_raw_fd());
        let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::EINVAL, Errno::from_raw);
        let map = map.map_err(errno)?;
        // what it says is known to who reads the page; an older kernel maps each page as it is needed
        let _ = map.advise(Advice::PopulateRead);
        Ok(Self { map, offset })
    }

    pub(crate) fn contains(&self, at: u64) -> bool {
        (self.offset..self.offset + self.map.len() as u64).contains(&at)
    }

    /// Up to `len` bytes from `at`, a place in the file that the window contains.
    pub(crate) fn bytes(&self, at: u64, len: usize) -> Bytes<'_> {
        let from = usize::try_from(at - self.offset).map_or(self.map.len(), |from| from.min(self.map.len()));
        Bytes { map: &self.map, from, len: len.min(self.map.len() - from) }
    }
}

/// A part of a mapping: a place and a length, deliberately no slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a> {
    map: &'a MmapRaw,
    from: usize,
    pub(crate) len: usize,
}

impl Bytes<'_> {
    pub(super) fn write_to(self, to: &End, at: u64, len: usize) -> nix::Result<usize> {
        let len = len.min(self.len);
        let to_fd = to.as_fd().as_raw_fd();
        // SAFETY: `bytes` made sure that the part lies inside the mapping, which outlives the call.
        let written = unsafe {
            let start = self.map.as_ptr().add(self.from).cast();
            match to.kind {
                Kind::File => libc::pwrite64(to_fd, start, len, at as i64),
                Kind::Socket => libc::send(to_fd, start, len, libc::MSG_NOSIGNAL),
                Kind::Stream => libc::write(to_fd, start, len),
            }
        };
        Errno::result(written).map(|n| n as usize)
    }
}
