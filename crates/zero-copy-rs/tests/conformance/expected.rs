//! What each strategy does on each file system, in one place.
use zero_copy_rs::Strategy::{self, CopyFileRange, MmapWrite, ReadWrite, Reflink, Sendfile, Splice};

use crate::cases::Case;
use crate::{Route, Sharing};

/// What becomes of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// With these attempts. None at all: there was nothing to move.
    Done(Vec<Tried>),
    /// The only strategy, or the last of a list, with this errno.
    Refused(i32),
}

/// One attempt of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    Finished(Strategy),
    Refused(Strategy, i32),
    /// `auto` knew better than to ask.
    Avoided(Strategy),
}

const AUTO: &[Strategy] = &[Reflink, CopyFileRange, Sendfile, ReadWrite];

pub(crate) fn expected(route: &Route, case: &Case, bytes: u64, way: &[Strategy]) -> Expected {
    if bytes == 0 {
        return Expected::Done(vec![]);
    }
    let is_auto = way.is_empty();
    let mut tried = Vec::new();
    for &strategy in if is_auto { AUTO } else { way } {
        match answer(route, case, bytes, strategy) {
            Ok(()) => {
                tried.push(Tried::Finished(strategy));
                return Expected::Done(tried);
            }
            Err(_) if is_auto && matches!(route.sharing, Sharing::Unheard | Sharing::Apart) => {
                tried.push(Tried::Avoided(strategy))
            }
            Err(errno) => tried.push(Tried::Refused(strategy, errno)),
        }
    }
    match tried.last() {
        Some(Tried::Refused(_, errno)) => Expected::Refused(*errno),
        _ => unreachable!("auto always finds a way"),
    }
}

/// What the kernel says to a strategy.
fn answer(route: &Route, case: &Case, bytes: u64, strategy: Strategy) -> Result<(), i32> {
    match strategy {
        ReadWrite | MmapWrite | Sendfile | Splice => Ok(()),
        CopyFileRange | Reflink if route.sharing == Sharing::Apart => Err(libc::EXDEV),
        CopyFileRange => Ok(()),
        Reflink if route.sharing != Sharing::Works => Err(libc::EOPNOTSUPP),
        Reflink if !is_of_blocks(case, bytes) => Err(libc::EINVAL),
        Reflink => Ok(()),
        _ => unreachable!("a new strategy: say here what the kernel answers to it"),
    }
}

/// A range can be shared if it begins with a block, and ends with one or with the source.
fn is_of_blocks(case: &Case, bytes: u64) -> bool {
    const BLOCK: u64 = 4096;
    let is_the_end = case.offset + bytes == case.size as u64;
    case.offset.is_multiple_of(BLOCK) && (bytes.is_multiple_of(BLOCK) || is_the_end)
}

/// The CPU copies that a receipt may claim; those of copy_file_range depend on the file system's mood.
pub(crate) fn copies(strategy: Strategy, sharing: Sharing, bytes: u64) -> &'static [Option<u8>] {
    // btrfs keeps so small a file in its inode, where there is nothing to share
    const INLINE: u64 = 2048;
    match strategy {
        ReadWrite => &[Some(2)],
        MmapWrite | Sendfile | Splice => &[Some(1)],
        CopyFileRange if sharing == Sharing::Works => &[Some(0), Some(1), None],
        CopyFileRange => &[Some(1)],
        Reflink if bytes <= INLINE => &[Some(0), Some(1)],
        Reflink => &[Some(0)],
        _ => unreachable!("a new strategy: say here how many copies it makes"),
    }
}
