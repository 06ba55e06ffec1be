//! What each strategy does on each file system, in one place.
use zero_copy_rs::Sparse;
use zero_copy_rs::Strategy::{self, CopyFileRange, Direct, MmapWrite, ReadWrite, Reflink, Sendfile, Splice};

use crate::cases::{Case, Wish};
use crate::{Beside, Route, Sharing};

/// What becomes of a copy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// With these attempts. None at all: there was nothing to move.
    Done(Vec<Tried>),
    /// The only strategy, or the last of a list, with this errno.
    Refused(i32),
    /// What is asked for rules out each strategy that was named.
    RuledOut,
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
const DURABLE: &[Strategy] = &[Reflink, Direct, CopyFileRange, Sendfile, ReadWrite];

/// What `auto` tries: past the page cache only what is worth it.
fn auto(route: &Route, case: &Case, bytes: u64, durable: bool) -> &'static [Strategy] {
    let pays = durable && bytes >= 16 << 20 && !case.is_sparse && route.beside_the_cache == Beside::Yes;
    if pays { DURABLE } else { AUTO }
}

pub(crate) fn expected(route: &Route, case: &Case, bytes: u64, way: &[Strategy], wish: Wish) -> Expected {
    if bytes == 0 {
        return Expected::Done(vec![]);
    }
    let is_auto = way.is_empty();
    // what is not tried is told first, whatever comes of the others
    let knows = is_auto && matches!(route.sharing, Sharing::Unheard | Sharing::Apart);
    let candidates = if is_auto { auto(route, case, bytes, wish.durable) } else { way };
    let is_avoided = |strategy: &Strategy| {
        is_ruled_out(route, *strategy, wish.sparse) || knows && answer(route, case, bytes, *strategy).is_err()
    };
    let (avoided, others): (Vec<_>, Vec<_>) = candidates.iter().copied().partition(is_avoided);
    let mut tried: Vec<_> = avoided.into_iter().map(Tried::Avoided).collect();
    for strategy in others {
        match answer(route, case, bytes, strategy) {
            Ok(()) => {
                tried.push(Tried::Finished(strategy));
                return Expected::Done(tried);
            }
            Err(errno) => tried.push(Tried::Refused(strategy, errno)),
        }
    }
    match tried.last() {
        Some(Tried::Refused(_, errno)) => Expected::Refused(*errno),
        _ if is_auto => unreachable!("auto always finds a way"),
        _ => Expected::RuledOut,
    }
}

/// To find zeroes a strategy has to look at them, to write every byte it has to write.
fn is_ruled_out(route: &Route, strategy: Strategy, sparse: Sparse) -> bool {
    let may_share = matches!(route.sharing, Sharing::Works | Sharing::Refused);
    match sparse {
        Sparse::Always => strategy != ReadWrite,
        Sparse::Never => strategy == Reflink || strategy == CopyFileRange && may_share,
        _ => false,
    }
}

/// What the kernel says to a strategy.
fn answer(route: &Route, case: &Case, bytes: u64, strategy: Strategy) -> Result<(), i32> {
    match strategy {
        ReadWrite | MmapWrite | Sendfile | Splice | Direct => Ok(()),
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
pub(crate) fn copies(strategy: Strategy, route: &Route, bytes: u64) -> &'static [Option<u8>] {
    // btrfs keeps so small a file in its inode, where there is nothing to share
    const INLINE: u64 = 2048;
    match strategy {
        ReadWrite => &[Some(2)],
        MmapWrite | Sendfile | Splice => &[Some(1)],
        CopyFileRange if route.sharing == Sharing::Works => &[Some(0), Some(1), None],
        CopyFileRange => &[Some(1)],
        Reflink if bytes <= INLINE => &[Some(0), Some(1)],
        Reflink => &[Some(0)],
        Direct => match route.beside_the_cache {
            Beside::Yes => &[Some(1)],
            Beside::No => &[Some(2)],
            Beside::Unknown => &[None],
        },
        _ => unreachable!("a new strategy: say here how many copies it makes"),
    }
}
