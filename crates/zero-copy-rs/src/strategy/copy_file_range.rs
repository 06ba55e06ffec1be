//! Moves bytes inside the kernel with
//! [`copy_file_range(2)`](https://man7.org/linux/man-pages/man2/copy_file_range.2.html), from file to file.
//!
//! The file system chooses how: btrfs and xfs clone aligned ranges, NFS and CIFS may let the server copy, the others
//! copy page cache to page cache. The call does not say which; the blocks that it dirtied do, or FIEMAP does.
use super::{Fit, Mover, OwnBuffer, Ready, Span, Step, Tuning, between_files};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::sys::fiemap::{Shared, shared};
use crate::sys::file_system::Clones;
use crate::sys::usage::Usage;
use crate::sys::{Sys, kernel};

pub(super) const BUFFER: Option<OwnBuffer> = None;

struct CopyFileRange;

pub(super) fn fits(pair: &Pair) -> Fit {
    match between_files(pair) {
        Fit::Yes if !kernel::has_sound_copy_file_range() => Fit::No("copy_file_range loses data on kernels before 5.3"),
        Fit::Yes if !pair.may_share() => Fit::Avoid("the files lie on two file systems"),
        fit => fit,
    }
}

pub(super) fn mover(_: Tuning) -> nix::Result<Box<dyn Mover>> {
    Ok(Box::new(CopyFileRange))
}

pub(super) fn copies(pair: &Pair, usage: &Usage, bytes: u64) -> CpuCopies {
    if pair.sink.file_system.clones == Clones::No {
        return CpuCopies::known(1, "copy_file_range copies page cache to page cache: this file system shares no extents");
    }
    // metadata is written too: only of a large file does it say that the data was
    const LARGE: u64 = 1 << 20;
    let shares = pair.sink.file_system.clones == Clones::Yes;
    match shared(&pair.sink, bytes) {
        // what is still to be written out is not in FIEMAP: it tells of the extents that an old file shared before
        Some(Shared::All) if pair.sink.size > 0 || usage.device_writes >= bytes => {
            CpuCopies::unknown("copy_file_range may have cloned: FIEMAP may tell of extents that were shared before")
        }
        Some(Shared::All) => CpuCopies::known(0, "copy_file_range cloned: FIEMAP says that all extents are shared"),
        Some(Shared::Nothing) if shares => CpuCopies::known(
            1,
            "copy_file_range copied page cache to page cache: FIEMAP says that no extent is shared",
        ),
        _ if !shares && bytes >= LARGE && usage.device_writes >= bytes => CpuCopies::known(
            1,
            "copy_file_range copied page cache to page cache: every block was written by this thread",
        ),
        Some(_) => CpuCopies::unknown("copy_file_range may have cloned a part: FIEMAP does not say that all is shared"),
        None => CpuCopies::unknown(
            "copy_file_range may have cloned or copied remotely, and this file system does not tell",
        ),
    }
}

impl Mover for CopyFileRange {
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        Step::of(sys.copy_file_range(&pair.source, span.from, &pair.sink, span.to, span.len), Ready::Writable)
    }
}
