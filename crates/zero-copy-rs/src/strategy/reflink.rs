//! Shares the source's extents with [`ioctl_ficlone(2)`](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html):
//! no byte is moved, and none is read, so a damaged source is cloned as it is.
//!
//! btrfs, xfs (made with reflink=1) and bcachefs have it; both ends must lie in one file system, and a range must begin
//! and end on block boundaries or at the end of the file. A refusal costs a few microseconds.
use nix::errno::Errno;

use super::{Fit, Mover, OwnBuffer, Span, Step, Tuning, between_files};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::sys::{Answer, Sys};
use crate::sys::fiemap::{Shared, shared};
use crate::sys::file_system::Clones;
use crate::sys::usage::Usage;

pub(super) const BUFFER: Option<OwnBuffer> = None;

/// No file system has larger blocks; a multiple of it begins a block.
const ALIGNED: u64 = 1 << 20;

/// `ended`: the source turned out shorter than the run.
struct Reflink {
    ended: bool,
}

pub(super) fn fits(pair: &Pair) -> Fit {
    match between_files(pair) {
        Fit::Yes if !pair.may_share() => Fit::Avoid("two file systems share no extents"),
        Fit::Yes if pair.sink.file_system.clones == Clones::No => Fit::Avoid("this file system shares no extents"),
        fit => fit,
    }
}

pub(super) fn mover(_: Tuning) -> nix::Result<Box<dyn Mover>> {
    Ok(Box::new(Reflink { ended: false }))
}

pub(super) fn copies(pair: &Pair, _: &Usage, bytes: u64) -> CpuCopies {
    // what lies in the inode itself has no extent to share
    const INLINE: u64 = 64 << 10;
    let shares = pair.sink.file_system.clones == Clones::Yes;
    if shares && bytes > INLINE {
        return CpuCopies::known(0, "FICLONE: the two files share their extents");
    }
    match shared(&pair.sink, bytes) {
        Some(Shared::All) => CpuCopies::known(0, "FICLONE: FIEMAP says that all extents are shared"),
        Some(Shared::Nothing) if shares => {
            CpuCopies::known(1, "FICLONE copied: so small a file lies in its inode, which has no extent to share")
        }
        None if shares => CpuCopies::known(0, "FICLONE: the two files share their extents"),
        _ => CpuCopies::unknown("FICLONE succeeded, but this file system may have copied behind it (openzfs#18219)"),
    }
}

impl Mover for Reflink {
    /// All of the run at once. The whole file as a whole: a range to its end would be refused if it grew meanwhile.
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        if self.ended {
            return Step::End;
        }
        if let Err(fault) = make_way(sys, pair, span).and_then(|_| clone(sys, pair, span)) {
            // a range beyond the end of a source that has become shorter is refused as any that it has not
            let shrank = || pair.source.size_now().is_ok_and(|size| size < span.from + span.run);
            return if fault.errno == Errno::EINVAL && shrank() { Step::End } else { Step::Stopped(fault) };
        }
        // a source that shrank before the call had only that much to share
        let there = pair.source.size_now().unwrap_or(pair.source.size).saturating_sub(span.from).min(span.run);
        self.ended = there < span.run;
        if there == 0 { Step::End } else { Step::Shared(there) }
    }
}

fn clone(sys: &mut Sys, pair: &Pair, span: Span) -> Answer {
    if span.from == 0 && span.to == 0 && span.run == pair.source.size {
        sys.ficlone(&pair.source, &pair.sink)
    } else {
        sys.ficlonerange(&pair.source, span.from, span.run, &pair.sink, span.to)
    }
}

/// The source's last block, if it is not full, can only become the sink's last: a longer sink is EINVAL. It is cut, but
/// not before the kernel has shown that it clones here, with that very block, behind the sink's end.
fn make_way(sys: &mut Sys, pair: &Pair, span: Span) -> Answer {
    let (end, length) = (span.from + span.run, span.to + span.run);
    if pair.sink.size <= length || end != pair.source.size || end % ALIGNED == 0 {
        return Ok(0);
    }
    let last = (end - end % ALIGNED).max(span.from);
    sys.ficlonerange(&pair.source, last, end - last, &pair.sink, pair.sink.size.next_multiple_of(ALIGNED))?;
    sys.cut(&pair.sink, length).inspect_err(|_| {
        // what was tried behind its end is none of it
        let _ = sys.cut(&pair.sink, pair.sink.size);
    })
}
