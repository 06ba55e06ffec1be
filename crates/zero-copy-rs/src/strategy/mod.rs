//! The ways of moving bytes: one file and one line each.
//!
//! A strategy is three functions: `fits` (does it suit this pair, without a system call), `mover` (a fresh, stateful
//! mover for one attempt) and `copies` (how many CPU copies, and how we know).
use crate::endpoint::{Kind, Pair};
use crate::report::CpuCopies;
use crate::sys::usage::Usage;
use crate::sys::{Answer, Fault, Sys};
use nix::errno::Errno;

/// One transfer's way of moving bytes. It makes one bounded step and says what came of it; it neither counts nor waits,
/// and never decides what to do about an errno.
pub(crate) trait Mover: Send {
    /// Moves up to `span.len` bytes.
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step;

    /// Bytes taken from the source and not yet accepted by the sink. Asked once, when another strategy takes over.
    fn held(&mut self, _sys: &mut Sys) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }

    /// What other threads have spent on its steps since it was asked last.
    fn spent(&mut self) -> Usage {
        Usage::default()
    }
}

/// Where to move from and to, and how much; an end without offsets ignores its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// All that is left of the run.
    pub(crate) run: u64,
    /// What one step may move: `run`, but bounded.
    pub(crate) len: usize,
}

impl Span {
    /// What follows its first `length` bytes.
    pub(crate) fn behind(self, length: u64) -> Self {
        let rest = Self { from: self.from + length, to: self.to + length, run: self.run - length, len: self.len };
        rest.within(rest.run)
    }

    /// No more than so many bytes of it.
    pub(crate) fn within(self, length: u64) -> Self {
        let run = self.run.min(length);
        Self { run, len: usize::try_from(run).map_or(self.len, |run| run.min(self.len)), ..self }
    }
}

#[derive(Debug)]
pub(crate) enum Step {
    /// The sink accepted so many bytes, at least one.
    Moved(u64),
    /// The sink shares so many of the source's bytes, at least one; none was moved.
    Shared(u64),
    /// So many bytes are zeroes that need not be written, at least one.
    Skipped(u64),
    /// The source has no more.
    End,
    Wait(Ready),
    /// A call was not carried out. What follows from it, the engine decides.
    Stopped(Fault),
}

/// Which end, and for what, a mover would have to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Readable,
    Writable,
}

impl Step {
    /// The answer of a call that would wait for `ready`.
    pub(crate) fn of(answer: Answer, ready: Ready) -> Self {
        match answer {
            Ok(0) => Self::End,
            Ok(n) => Self::Moved(n as u64),
            Err(Fault { errno: Errno::EAGAIN, .. }) => Self::Wait(ready),
            Err(fault) => Self::Stopped(fault),
        }
    }
}

/// Whether a strategy suits a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Yes,
    /// It would be a bad choice, or refused: `auto` does without it; who names it gets it.
    Avoid(&'static str),
    /// It cannot work.
    No(&'static str),
}

/// What the caller may set about a mover.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// None: the strategy's own choice.
    pub(crate) buffer_size: Option<usize>,
    /// How many threads may be at work, this one among them. None: as many as pay.
    pub(crate) threads: Option<usize>,
    /// The most that one step moves, so that no buffer is larger than what goes through it.
    pub(crate) step: usize,
    /// Whether blocks of zeroes are told to the engine, which makes holes of them.
    pub(crate) skips_zeroes: bool,
}

impl Tuning {
    /// The size of the buffer that a strategy has.
    fn buffer(self, own: Option<OwnBuffer>) -> usize {
        own.map_or(1, |own| own.or(self.buffer_size))
    }

    /// What to allocate for a buffer of `size`.
    pub(crate) fn fitted(self, size: usize) -> usize {
        size.min(self.step.max(1))
    }
}

/// A strategy's user buffer.
#[derive(Clone, Copy, Debug)]
struct OwnBuffer {
    /// What it has if the caller says nothing.
    size: usize,
    /// What is asked for is rounded up to a multiple of this.
    unit: usize,
}

impl OwnBuffer {
    const fn of(size: usize) -> Self {
        Self { size, unit: 1 }
    }

    fn or(self, asked: Option<usize>) -> usize {
        asked.map_or(self.size, |asked| asked.checked_next_multiple_of(self.unit).unwrap_or(asked))
    }
}

mod zeroes;

macro_rules! strategies {
    ($($(#[$doc:meta])* $variant:ident = $module:ident, $label:literal;)*) => {
        $(mod $module;)*

        /// A way of moving bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Strategy { $($(#[$doc])* $variant),* }

        impl Strategy {
            /// All that this version knows, those of the original's `-m 1`, `-m 2` and `-m 3` first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that reports and options use.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => stringify!($module)),* } }

            /// The name in a receipt's one line, as the original printed it.
            pub fn label(self) -> &'static str { match self { $(Self::$variant => $label),* } }

            pub(crate) fn fits(self, pair: &Pair) -> Fit { match self { $(Self::$variant => $module::fits(pair)),* } }

            pub(crate) fn mover(self, tuning: Tuning) -> nix::Result<Box<dyn Mover>> {
                match self { $(Self::$variant => $module::mover(tuning)),* }
            }

            pub(crate) fn copies(self, pair: &Pair, usage: &Usage, bytes: u64) -> CpuCopies {
                match self { $(Self::$variant => $module::copies(pair, usage, bytes)),* }
            }

            /// The buffer it uses, `asked` or its own; None where it has none.
            pub(crate) fn buffer_size(self, asked: Option<usize>) -> Option<usize> {
                match self { $(Self::$variant => $module::BUFFER.map(|own| own.or(asked))),* }
            }
        }
    };
}

// A new strategy: its file, and its line here.
strategies! {
    /// `pread64` and `pwrite64` through a user buffer: two copies, and it always works.
    ReadWrite = read_write, "read/write";
    /// `pwrite64` from a mapping of the source: one copy.
    MmapWrite = mmap_write, "mmap/write";
    /// `sendfile`: one copy, no user buffer.
    Sendfile = sendfile, "sendfile";
    /// `copy_file_range`: one copy, or none where the file system clones.
    CopyFileRange = copy_file_range, "copy_file_range";
    /// `splice` through a pipe: one copy.
    Splice = splice, "splice";
    /// `FICLONE`: the files share their extents, no copy.
    Reflink = reflink, "reflink";
    /// Buffered `pread64`, `pwrite64` past the page cache (O_DIRECT): one copy, for what is to be on disk at once.
    Direct = direct, "direct";
}

impl Strategy {
    /// Whether the sink is written: the others give it extents.
    pub(crate) fn writes(self) -> bool {
        self != Self::Reflink
    }
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no strategy's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStrategy(String);

impl std::fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unknown strategy {:?}, expected one of:", self.0)?;
        Strategy::ALL.iter().try_for_each(|strategy| write!(f, " {strategy}"))
    }
}

impl std::error::Error for UnknownStrategy {}

impl std::str::FromStr for Strategy {
    type Err = UnknownStrategy;
    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        let found = Self::ALL.iter().copied().find(|strategy| strategy.name() == name);
        found.ok_or_else(|| UnknownStrategy(name.to_owned()))
    }
}

/// For the strategies that the kernel offers from file to file alone.
fn between_files(pair: &Pair) -> Fit {
    match (pair.source.kind, pair.sink.kind) {
        (Kind::File, Kind::File) => Fit::Yes,
        (Kind::File, _) => Fit::No("the destination has no offsets"),
        _ => Fit::No("the source has no offsets"),
    }
}
