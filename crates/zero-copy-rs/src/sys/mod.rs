//! The system calls that move bytes, and the resources that they need: one call or one resource a file.
//!
//! Every call that moves, shares, allocates or probes bytes is made through [`Sys`], which counts it. So a report's
//! `syscalls` are what `strace` counts, and a test can make the nth call fail.

pub(crate) mod access;
pub(crate) mod buffer;
pub(crate) mod call;
pub(crate) mod capability;
pub(crate) mod ethtool;
#[cfg(any(test, feature = "faults"))]
pub(crate) mod faults;
pub(crate) mod ficlone;
pub(crate) mod fiemap;
pub(crate) mod file_system;
pub(crate) mod kernel;
pub(crate) mod linger;
pub(crate) mod mapping;
pub(crate) mod mount;
pub(crate) mod netlink;
pub(crate) mod pages;
pub(crate) mod pipe;
pub(crate) mod proc;
pub(crate) mod refusal;
pub(crate) mod rename;
pub(crate) mod resident;
pub(crate) mod signals;
pub(crate) mod statx;
pub(crate) mod steps;
pub(crate) mod usage;
pub(crate) mod xattr;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{self, FallocateFlags, SpliceFFlags};
use nix::sys::{sendfile, socket, uio};
use nix::unistd::{self, Whence};

use crate::endpoint::{End, Kind};
use call::{Call, Counts};

/// A call that did not succeed, and what the kernel said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    pub(crate) errno: Errno,
}

/// What a call moved, or why it did not.
pub(crate) type Answer = Result<usize, Fault>;

/// One a job and thread: makes the calls and counts them.
#[derive(Debug, Default)]
pub(crate) struct Sys {
    pub(crate) counts: Counts,
    #[cfg(any(test, feature = "faults"))]
    pub(crate) faults: faults::Faults,
}

impl Sys {
    /// EINTR is no answer: the call is made, and counted, again.
    #[inline]
    fn make(&mut self, call: Call, len: usize, mut f: impl FnMut(usize) -> nix::Result<usize>) -> Answer {
        loop {
            self.counts.add(call);
            #[cfg(any(test, feature = "faults"))]
            let (len, injected) = self.faults.due(call, len);
            #[cfg(any(test, feature = "faults"))]
            if let Some(errno) = injected {
                if errno == Errno::EINTR {
                    continue;
                }
                return Err(Fault { call, errno });
            }
            match f(len) {
                Err(Errno::EINTR) => {}
                answer => return answer.map_err(|errno| Fault { call, errno }),
            }
        }
    }

    pub(crate) fn read(&mut self, from: &End, at: u64, buffer: &mut [u8]) -> Answer {
        match from.kind {
            Kind::File => self.make(Call::Pread64, buffer.len(), |n| uio::pread(from, &mut buffer[..n], at as i64)),
            _ => self.make(Call::Read, buffer.len(), |n| unistd::read(from, &mut buffer[..n])),
        }
    }

    /// A socket is written with `send`, so that a vanished peer is EPIPE and never a signal.
    pub(crate) fn write(&mut self, to: &End, at: u64, bytes: &[u8]) -> Answer {
        match to.kind {
            Kind::File => self.make(Call::Pwrite64, bytes.len(), |n| uio::pwrite(to, &bytes[..n], at as i64)),
            Kind::Socket => self.make(Call::Sendto, bytes.len(), |n| {
                socket::send(to.as_fd().as_raw_fd(), &bytes[..n], socket::MsgFlags::MSG_NOSIGNAL)
            }),
            Kind::Stream => self.make(Call::Write, bytes.len(), |n| unistd::write(to, &bytes[..n])),
        }
    }

    /// Whole units, past the page cache: nothing else is ever written of them.
    pub(crate) fn write_units(&mut self, to: &End, at: u64, bytes: &[u8], unit: usize) -> Answer {
        let whole = |n: usize| n.next_multiple_of(unit).min(bytes.len());
        self.make(Call::Pwrite64, bytes.len(), |n| uio::pwrite(to, &bytes[..whole(n)], at as i64))
    }

    pub(crate) fn write_mapped(&mut self, to: &End, at: u64, bytes: mapping::Bytes<'_>) -> Answer {
        let call = match to.kind {
            Kind::File => Call::Pwrite64,
            Kind::Socket => Call::Sendto,
            Kind::Stream => Call::Write,
        };
        self.make(call, bytes.len, |n| bytes.write_to(to, at, n))
    }

    /// The output has no offset argument: a file's own position is used, so the mover sets it first with [`Sys::seek`].
    pub(crate) fn sendfile(&mut self, to: &End, from: &End, at: u64, len: usize) -> Answer {
        self.make(Call::Sendfile, len, |n| sendfile::sendfile64(to, from, Some(&mut (at as i64)), n))
    }

    pub(crate) fn seek(&mut self, end: &End, at: u64) -> Answer {
        self.make(Call::Lseek, 0, |_| unistd::lseek(end, at as i64, Whence::SeekSet).map(|_| 0))
    }

    /// By number, not through the C library, whose wrapper was wrong in glibc 2.41 and 2.42 (glibc PR 33245).
    pub(crate) fn copy_file_range(&mut self, from: &End, at: u64, to: &End, to_at: u64, len: usize) -> Answer {
        self.make(Call::CopyFileRange, len, |n| {
            fcntl::copy_file_range(from, Some(&mut (at as i64)), to, Some(&mut (to_at as i64)), n)
        })
    }

    /// What is about to happen to a call that another thread makes in this one's stead: how much of `len` it may move.
    #[allow(unused_variables, clippy::unused_self)] // in a release there is nothing to look at
    pub(crate) fn foresee(&mut self, call: Call, len: usize) -> Answer {
        #[cfg(any(test, feature = "faults"))]
        loop {
            match self.faults.due(call, len) {
                (len, None) => return Ok(len),
                (_, Some(Errno::EINTR)) => self.counts.add(call),
                (_, Some(errno)) => {
                    self.counts.add(call);
                    return Err(Fault { call, errno });
                }
            }
        }
        #[cfg(not(any(test, feature = "faults")))]
        Ok(len)
    }

    /// The first byte at `at` or behind it that is in no hole: ENXIO where nothing but a hole follows. It sets the
    /// position of `file`, which must be nobody else's.
    pub(crate) fn seek_data(&mut self, file: impl AsFd, at: u64) -> Result<u64, Fault> {
        self.find(file, at, Whence::SeekData)
    }

    /// The first byte of the next hole; the end of a file counts as one.
    pub(crate) fn seek_hole(&mut self, file: impl AsFd, at: u64) -> Result<u64, Fault> {
        self.find(file, at, Whence::SeekHole)
    }

    fn find(&mut self, file: impl AsFd, at: u64, what: Whence) -> Result<u64, Fault> {
        let mut found = 0;
        self.make(Call::Lseek, 0, |_| unistd::lseek(&file, at as i64, what).map(|at| found = at).map(|()| 0))?;
        Ok(found as u64)
    }

    /// Room for so many bytes; the size stays. `fallocate` itself, not `posix_fallocate`: the C library would write
    /// zeroes where the kernel refuses.
    pub(crate) fn allocate(&mut self, file: &End, at: u64, len: u64) -> Answer {
        self.fallocate(file, FallocateFlags::FALLOC_FL_KEEP_SIZE, at, len)
    }

    /// Takes bytes out of a file: a hole is left, which reads as zeroes.
    pub(crate) fn punch(&mut self, file: &End, at: u64, len: u64) -> Answer {
        let mode = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        self.fallocate(file, mode, at, len)
    }

    fn fallocate(&mut self, file: &End, mode: FallocateFlags, at: u64, len: u64) -> Answer {
        self.make(Call::Fallocate, 0, |_| fcntl::fallocate(file, mode, at as i64, len as i64).map(|()| 0))
    }

    /// Not counted: it moves nothing.
    pub(crate) fn prepare<T>(&self, call: Call, mut f: impl FnMut() -> nix::Result<T>) -> Result<T, Fault> {
        loop {
            #[cfg(any(test, feature = "faults"))]
            let answer = self.faults.due_step(call.name()).map_or_else(&mut f, Err);
            #[cfg(not(any(test, feature = "faults")))]
            let answer = f();
            match answer {
                Err(Errno::EINTR) => {}
                answer => return answer.map_err(|errno| Fault { call, errno }),
            }
        }
    }

    pub(crate) fn cut(&self, end: &End, length: u64) -> Answer {
        self.prepare(Call::Ftruncate, || unistd::ftruncate(end, length as i64)).map(|()| 0)
    }

    pub(crate) fn splice(
        &mut self,
        (from, from_at): (BorrowedFd<'_>, Option<u64>),
        (to, to_at): (BorrowedFd<'_>, Option<u64>),
        len: usize,
        more: bool,
    ) -> Answer {
        // MORE holds a last, partial segment back for 200 ms: only while more is certain to come (golang/go#61530)
        let flags = if more { SpliceFFlags::SPLICE_F_MORE } else { SpliceFFlags::empty() };
        self.make(Call::Splice, len, |n| {
            let (mut from_at, mut to_at) = (from_at.map(|at| at as i64), to_at.map(|at| at as i64));
            fcntl::splice(from, from_at.as_mut(), to, to_at.as_mut(), n, flags)
        })
    }

    /// Whether the byte at `at` is in the page cache: EAGAIN where it is not.
    pub(crate) fn is_resident(&mut self, file: &End, at: u64) -> Answer {
        self.make(Call::Preadv2, 1, |_| resident::read_byte(file.as_fd(), at))
    }

    /// Takes back what a pipe of ours holds.
    pub(crate) fn drain(&mut self, pipe: &pipe::Pipe, buffer: &mut [u8]) -> Answer {
        self.make(Call::Read, buffer.len(), |n| unistd::read(&pipe.read, &mut buffer[..n]))
    }

    pub(crate) fn ficlone(&mut self, from: &End, to: &End) -> Answer {
        self.make(Call::Ioctl, 0, |_| ficlone::whole(from.as_fd(), to.as_fd()))
    }

    /// `len` 0 is the kernel's word for "until the end of the source".
    pub(crate) fn ficlonerange(&mut self, from: &End, at: u64, len: u64, to: &End, to_at: u64) -> Answer {
        self.make(Call::Ioctl, 0, |_| ficlone::range(from.as_fd(), at, len, to.as_fd(), to_at))
    }
}
