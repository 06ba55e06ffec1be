//! Shares the source's extents with [`ioctl_ficlone(2)`](https://man7.org/linux/man-pages/man2/ioctl_ficlone.2.html):
//! no byte is moved, and none is read, so a damaged source is cloned as it is.
//!
//! btrfs, xfs (made with reflink=1) and bcachefs have it; both ends must lie in one file system, and a range must begin
//! and end on block boundaries or at the end of the file. A refusal costs a few microseconds.
use super::{Fit, Mover, Span, Step, Tuning, between_files};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::sys::Sys;
use crate::sys::fiemap::{Shared, shared};
use crate::sys::file_system::Clones;
use crate::sys::usage::Usage;

pub(super) const BUFFER: Option<usize> = None;

/// `ended`: the source turned out shorter than the run.
struct Reflink {
    ended: bool,
}

pub(super) fn fits(pair: &Pair) -> Fit {
    match between_files(pair) {
        Fit::Yes if !pair.may_share() => Fit::Avoid("two file systems share no extents"),
        fit => fit,
    }
}

pub(super) fn mover(_: Tuning) -> nix::Result<Box<dyn Mover>> {
    Ok(Box::new(Reflink { ended: false }))
}

pub(super) fn copies(pair: &Pair, _: &Usage, bytes: u64) -> CpuCopies {
    match pair.sink.file_system.clones {
        Clones::Yes => CpuCopies::known(0, "FICLONE: the two files share their extents"),
        _ if shared(&pair.sink, bytes) == Some(Shared::All) => {
            CpuCopies::known(0, "FICLONE: FIEMAP says that all extents are shared")
        }
        _ => CpuCopies::unknown("FICLONE succeeded, but this file system may have copied behind it (openzfs#18219)"),
    }
}

impl Mover for Reflink {
    /// All of the run at once. The whole file as a whole: a range to its end would be refused if it grew meanwhile.
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        if self.ended {
            return Step::End;
        }
        let whole = span.from == 0 && span.to == 0 && span.run == pair.source.size;
        let answer = if whole {
            sys.ficlone(&pair.source, &pair.sink)
        } else {
            sys.ficlonerange(&pair.source, span.from, span.run, &pair.sink, span.to)
        };
        if let Err(fault) = answer {
            return Step::Stopped(fault);
        }
        // a source that shrank before the call had only that much to share
        let there = pair.source.size_now().unwrap_or(pair.source.size).saturating_sub(span.from).min(span.run);
        self.ended = there < span.run;
        if there == 0 { Step::End } else { Step::Shared(there) }
    }
}
