//! Which strategies to try, in which order, and why not the others.
use std::sync::OnceLock;

use crate::endpoint::{Kind, Pair};
use crate::error::Error;
use crate::report::{Attempt, Outcome};
use crate::strategy::{Fit, Strategy};
use crate::sys::file_system::Clones;

/// Which strategies the caller allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The fastest correct one for this pair, with fallbacks.
    #[default]
    Auto,
    /// These, in this order, and no other.
    These(Vec<Strategy>),
}

impl Choice {
    pub(crate) fn these(strategies: impl IntoIterator<Item = Strategy>) -> Self {
        let mut list = Vec::new();
        for strategy in strategies {
            if !list.contains(&strategy) {
                list.push(strategy);
            }
        }
        Self::These(list)
    }

    /// Whether a strategy is left that is neither switched off nor forbidden: known before anything is opened.
    pub(crate) fn is_possible(&self, reflinks: Reflinks) -> Result<(), Error> {
        let Self::These(list) = self else { return Ok(()) };
        let avoided = |&strategy: &Strategy| Some(Attempt::avoided(strategy, forbidden(strategy, reflinks)?));
        let Some(attempts) = list.iter().map(avoided).collect::<Option<Vec<_>>>() else { return Ok(()) };
        let reason = attempts.first().and_then(|attempt| attempt.reason).unwrap_or("no strategy was named");
        Err(Error::unavailable(reason, None).after(0, attempts))
    }
}

/// Whether the destination may, or must, share the source's extents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reflinks {
    /// Where the file system can.
    #[default]
    Auto,
    /// Or an error, with the kernel's own code.
    Always,
    /// By no strategy.
    Never,
}

/// What becomes of a source's holes, and of its zeroes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sparse {
    /// A source with fewer blocks than its size keeps its holes, where what the file system says of them can be relied on:
    /// not on ZFS, nor on network file systems.
    #[default]
    Auto,
    /// Blocks of 4096 zeroes become holes too: [`ReadWrite`](Strategy::ReadWrite) finds them, the others do not look.
    Always,
    /// Every byte is written, and no extent shared.
    Never,
}

/// What decides besides the two ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) reflinks: Reflinks,
    pub(crate) sparse: Sparse,
    /// Everything is to be on disk when it ends.
    pub(crate) durable: bool,
    /// How many bytes there are to move, where that is known.
    pub(crate) length: Option<u64>,
}

/// Whether writing past the page cache pays: measured from 16 MiB on, where 1.2 times as fast, with 64 MiB 1.5 times. Runs
/// of data between holes are too short.
fn direct_pays(pair: &Pair, terms: Terms) -> bool {
    const LARGE: u64 = 16 << 20;
    let whole = pair.source.is_regular() && pair.source.allocated >= pair.source.size;
    let there = pair.sink.is_regular() && pair.sink.file_system.allocates;
    terms.durable && whole && there && terms.length.is_some_and(|length| length >= LARGE)
}

/// `auto`: the fastest first, for what the ends are.
fn order(pair: &Pair, terms: Terms) -> &'static [Strategy] {
    match (pair.source.kind, pair.sink.kind) {
        (Kind::File, Kind::File) if direct_pays(pair, terms) => {
            use Strategy::{CopyFileRange, Direct, ReadWrite, Reflink, Sendfile};
            &[Reflink, Direct, CopyFileRange, Sendfile, ReadWrite]
        }
        (Kind::File, Kind::File) => {
            &[Strategy::Reflink, Strategy::CopyFileRange, Strategy::Sendfile, Strategy::ReadWrite]
        }
        (Kind::File, _) => &[Strategy::Sendfile, Strategy::ReadWrite],
        (Kind::Socket, _) => &[Strategy::Splice, Strategy::ReadWrite],
        (Kind::Stream, _) => &[Strategy::ReadWrite],
    }
}

/// What to try, in order, and what was left out.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) order: Vec<Strategy>,
    pub(crate) avoided: Vec<Attempt>,
}

impl Plan {
    /// Fails where nothing is left to try.
    pub(crate) fn new(choice: &Choice, terms: Terms, pair: &Pair) -> Result<Self, Error> {
        let (candidates, named) = match choice {
            _ if terms.reflinks == Reflinks::Always => (&[Strategy::Reflink][..], true),
            Choice::Auto => (order(pair, terms), false),
            Choice::These(list) => (&list[..], true),
        };
        let mut plan = Self { order: Vec::with_capacity(candidates.len()), avoided: Vec::new() };
        for &strategy in candidates {
            match objection(strategy, named, terms, pair) {
                None => plan.order.push(strategy),
                Some(reason) => plan.avoided.push(Attempt::avoided(strategy, reason)),
            }
        }
        match plan.avoided.first().and_then(|attempt| attempt.reason) {
            Some(reason) if plan.order.is_empty() => Err(Error::unavailable(reason, None).after(0, plan.avoided)),
            _ => Ok(plan),
        }
    }
}

/// Why `strategy` is not to be tried.
fn objection(strategy: Strategy, named: bool, terms: Terms, pair: &Pair) -> Option<&'static str> {
    if let Some(reason) = forbidden(strategy, terms.reflinks).or_else(|| leaves_holes_to_chance(strategy, terms.sparse))
    {
        return Some(reason);
    }
    if strategy == Strategy::CopyFileRange && pair.sink.file_system.clones != Clones::No && pair.may_share() {
        if terms.reflinks == Reflinks::Never {
            return Some("reflinks are forbidden, and copy_file_range could make one on this file system");
        }
        if terms.sparse == Sparse::Never {
            return Some("every byte is to be written, and copy_file_range could share extents on this file system");
        }
    }
    let generated = pair.source.is_regular() && pair.source.size == 0;
    if generated && !named && strategy != Strategy::ReadWrite {
        return Some("the source is generated as it is read: only reading finds its end");
    }
    match strategy.fits(pair) {
        Fit::No(reason) => Some(reason),
        // who names a strategy gets the kernel's own answer
        Fit::Avoid(reason) if !named => Some(reason),
        Fit::Yes | Fit::Avoid(_) => None,
    }
}

/// Who makes holes of zeroes has to see them; who writes every byte shares no extent.
fn leaves_holes_to_chance(strategy: Strategy, sparse: Sparse) -> Option<&'static str> {
    match sparse {
        Sparse::Always if strategy != Strategy::ReadWrite => {
            Some("zeroes are to become holes, and it does not look at the bytes")
        }
        Sparse::Never if !strategy.writes() => Some("every byte is to be written, and it writes none"),
        _ => None,
    }
}

/// What can be said before the files are opened.
pub(crate) fn forbidden(strategy: Strategy, reflinks: Reflinks) -> Option<&'static str> {
    if is_disabled(strategy) {
        return Some("switched off by ZERO_COPY_RS_DISABLE");
    }
    (strategy == Strategy::Reflink && reflinks == Reflinks::Never).then_some("reflinks are forbidden")
}

/// Read once: changing the environment while other threads read it is not safe.
fn is_disabled(strategy: Strategy) -> bool {
    static DISABLED: OnceLock<Vec<Strategy>> = OnceLock::new();
    let disabled = DISABLED.get_or_init(|| {
        let names = std::env::var("ZERO_COPY_RS_DISABLE").unwrap_or_default();
        // a name of a later version is no error
        names.split(',').filter_map(|name| name.trim().parse().ok()).collect()
    });
    disabled.contains(&strategy)
}

impl Attempt {
    fn avoided(strategy: Strategy, reason: &'static str) -> Self {
        let elapsed = std::time::Duration::ZERO;
        Self { strategy, bytes: 0, elapsed, outcome: Outcome::Avoided, reason: Some(reason), call: None, errno: None }
    }
}
