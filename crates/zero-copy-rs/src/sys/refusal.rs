//! What an errno means for the plan: may another strategy go on from here, or is the transfer over?
//!
//! One table, because the kernel's answers are not documented in one place. A row applies to the calls that it names;
//! the first row that matches decides; an errno in no row is a failure.
use super::Fault;
use super::call::Call::{self, CopyFileRange, Fallocate, Ioctl, Mmap, Openat, Pipe2, Pwrite64, Sendfile, Splice};
use nix::errno::Errno;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The kernel will not do it this way for these files: the next strategy may.
    Refused,
    /// As refused while a strategy is left. A real failure looks the same, so the last strategy's is taken for one.
    Doubtful,
    /// It would fail whichever way.
    Failed,
}
use Meaning::{Doubtful, Failed, Refused};

const KERNEL: &[Call] = &[CopyFileRange, Sendfile, Splice, Ioctl];

type Row = (&'static [Call], Errno, Meaning, &'static str);

#[rustfmt::skip]
static TABLE: &[Row] = &[
    // what must never be retried another way
    (&[Ioctl],                Errno::ENOSPC,     Failed,   "a clone that ran out of space may have shared some extents (coreutils NEWS 9.2)"),
    (&[Ioctl],                Errno::EDQUOT,     Failed,   "as ENOSPC"),
    (&[Ioctl],                Errno::EIO,        Failed,   "a copy over a damaged clone would hide the damage"),
    // "this way is not there"
    (KERNEL,                  Errno::ENOSYS,     Refused,  "the kernel is too old, or a seccomp filter hides the call"),
    (KERNEL,                  Errno::EPERM,      Refused,  "a seccomp filter forbids the call"),
    (KERNEL,                  Errno::EINVAL,     Refused,  "the file system, or this range, lacks the operation"),
    (KERNEL,                  Errno::EOPNOTSUPP, Refused,  "the file system lacks the operation"),
    (&[CopyFileRange, Ioctl], Errno::EXDEV,      Refused,  "the files lie on two file systems"),
    (&[Ioctl],                Errno::ENOTTY,     Refused,  "the file system has no FICLONE"),
    (&[Ioctl],                Errno::EISDIR,     Refused,  "overlayfs cannot clone between these layers"),
    (&[Ioctl, CopyFileRange], Errno::ETXTBSY,    Refused,  "a swap file is readable but not shareable"),
    (&[CopyFileRange],        Errno::EBADF,      Refused,  "the output appends (golang/go#60181)"),
    (&[CopyFileRange],        Errno::EIO,        Doubtful, "CIFS answers so (golang/go#42334); a real error comes back from read"),
    (&[CopyFileRange],        Errno::ENOENT,     Refused,  "CIFS answers so"),
    (&[CopyFileRange],        Errno::EACCES,     Refused,  "old CephFS and fuse-overlayfs answer so"),
    (&[CopyFileRange],        Errno::EFBIG,      Doubtful, "6.17 answers so at the end of a file; a real limit comes back from write"),
    (&[CopyFileRange],        Errno::EOVERFLOW,  Refused,  "offset and length together outgrow the type"),
    (&[CopyFileRange],        Errno::ENODATA,    Doubtful, "Lustre answers so (python/cpython#139416)"),
    (&[Sendfile, Splice],     Errno::ESPIPE,     Refused,  "an end has no offsets"),
    (&[Sendfile],             Errno::EOVERFLOW,  Refused,  "the offset outgrows the type"),
    (&[Mmap],                 Errno::ENODEV,     Refused,  "the file system cannot map files"),
    (&[Mmap, Pipe2],          Errno::EPERM,      Refused,  "a seccomp filter, or the file's seal, forbids it"),
    (&[Mmap, Pipe2],          Errno::ENOSYS,     Refused,  "a seccomp filter hides the call"),
    (&[Pipe2],                Errno::EMFILE,     Doubtful, "no descriptor is left for a pipe, and reading and writing needs none"),
    (&[Pipe2],                Errno::ENFILE,     Doubtful, "as EMFILE, of the whole machine"),
    // O_DIRECT
    (&[Openat],               Errno::EINVAL,     Refused,  "the file system has no O_DIRECT"),
    (&[Openat],               Errno::ENOENT,     Refused,  "there is no /proc, by which the destination is opened once more"),
    (&[Openat],               Errno::EACCES,     Refused,  "the destination may not be opened once more"),
    (&[Openat],               Errno::EPERM,      Refused,  "the destination may not be opened once more"),
    (&[Pwrite64],             Errno::EINVAL,     Doubtful, "O_DIRECT that asks for larger blocks, or is not there after all; what is wrong otherwise, the next write says again"),
    // of allocating ahead it means: go on without; of a hole: write zeroes
    (&[Fallocate],            Errno::EOPNOTSUPP, Refused,  "the file system lacks the operation"),
    (&[Fallocate],            Errno::ENOSYS,     Refused,  "the kernel is too old, or a seccomp filter hides the call"),
    (&[Fallocate],            Errno::EPERM,      Refused,  "a seccomp filter forbids the call"),
    (&[Fallocate],            Errno::EINVAL,     Refused,  "the file system lacks the operation"),
];

/// What `fault` means, and why in words.
pub(crate) fn meaning(fault: Fault) -> (Meaning, Option<&'static str>) {
    let row = TABLE.iter().find(|(calls, errno, ..)| *errno == fault.errno && calls.contains(&fault.call));
    row.map_or((Failed, None), |&(_, _, meaning, why)| (meaning, Some(why)))
}

#[cfg(test)]
mod tests {
    use super::{Call, Errno, Fault, Meaning, meaning};

    #[test]
    fn no_space_is_a_failure_whatever_the_call() {
        for call in Call::ALL {
            for errno in [Errno::ENOSPC, Errno::EDQUOT] {
                assert_eq!(meaning(Fault { call, errno }).0, Meaning::Failed, "{call:?} {errno}");
            }
        }
    }

    #[test]
    fn reading_and_writing_are_never_refused() {
        for call in [Call::Pread64, Call::Pwrite64, Call::Read, Call::Write] {
            for errno in [Errno::EIO, Errno::EPERM, Errno::ENOSYS] {
                assert_eq!(meaning(Fault { call, errno }).0, Meaning::Failed, "{call:?} {errno}");
            }
            let invalid = meaning(Fault { call, errno: Errno::EINVAL }).0;
            // a write may be one of O_DIRECT
            let doubtful = call == Call::Pwrite64;
            assert_eq!(invalid, if doubtful { Meaning::Doubtful } else { Meaning::Failed }, "{call:?}");
        }
    }
}
