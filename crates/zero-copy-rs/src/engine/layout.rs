//! What becomes of the sink besides what movers write into it: room ahead of the first byte, holes where nothing is
//! written, and no more of either than the transfer came to.
use super::holes::{Holes, Next};
use crate::endpoint::{End, Pair};
use crate::plan::Sparse;
use crate::strategy::{Span, Strategy};
use crate::sys::refusal::{Meaning, meaning};
use crate::sys::{Fault, Sys};

/// Less is not worth a call: the file system finds room for so much at once anyway.
const WORTH_ALLOCATING: u64 = 1 << 20;

/// One call's share of a hole: taking blocks out of a file takes time.
const PUNCHED: u64 = 1 << 30;

/// What is written of a hole to see whether the strategy works.
const BLOCK: u64 = 4096;

/// Where no hole can be made, so much of it is written at once.
const WRITTEN: u64 = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Layout {
    sparse: Sparse,
    has_begun: bool,
    holes: Option<Holes>,
    /// Room was made, or the size set, ahead of the bytes.
    is_ahead: bool,
    /// Until where.
    reserved: u64,
    /// The file system cannot take bytes out of a file.
    keeps_bytes: bool,
}

impl Layout {
    pub(super) fn new(sparse: Sparse) -> Self {
        Self { sparse, ..Self::default() }
    }

    /// Whether blocks of zeroes are to become holes.
    pub(super) fn skips_zeroes(&self, pair: &Pair) -> bool {
        self.sparse == Sparse::Always && pair.sink.is_regular()
    }

    /// Before the first step of a strategy: the first that writes needs to know. Who shares extents shares holes too.
    pub(super) fn begin(&mut self, strategy: Strategy, sys: &mut Sys, pair: &Pair, span: Span) -> Result<(), Fault> {
        // it moves the end of the file beyond the bytes
        self.is_ahead |= strategy == Strategy::Direct;
        // what a block device has where the source has a hole is somebody's
        if self.has_begun || !strategy.writes() || !pair.sink.is_regular() {
            return Ok(());
        }
        self.has_begun = true;
        if self.sparse != Sparse::Never {
            self.holes = Holes::of(&pair.source);
        }
        if self.holes.is_some() || self.sparse == Sparse::Always {
            return self.set_size(sys, pair, span);
        }
        self.allocate(sys, pair, span)
    }

    /// Ahead of the bytes: xfs speculates on more room behind the end of a file that grows, and what a hole at the end then
    /// makes part of the file it keeps.
    fn set_size(&mut self, sys: &Sys, pair: &Pair, span: Span) -> Result<(), Fault> {
        let end = span.to.saturating_add(span.run);
        if end > pair.sink.size && Self::is_known(pair, span) {
            sys.cut(&pair.sink, end)?;
            self.is_ahead = true;
        }
        Ok(())
    }

    /// Whether the source had so much when it was opened.
    fn is_known(pair: &Pair, span: Span) -> bool {
        pair.source.is_regular() && pair.source.size >= span.from.saturating_add(span.run)
    }

    /// In one piece, and now: what there is no room for is known before an old byte is touched.
    fn allocate(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Result<(), Fault> {
        let (sink, end) = (&pair.sink, span.to.saturating_add(span.run));
        let begin = sink.size.max(span.to);
        if !Self::is_known(pair, span) || !sink.file_system.allocates || end.saturating_sub(begin) < WORTH_ALLOCATING {
            return Ok(());
        }
        let answer = sys.allocate(sink, begin, end - begin);
        if let Err(fault) = answer {
            // what it had before there was no more
            let _ = sys.cut(sink, sink.size);
            return if meaning(fault).0 == Meaning::Refused { Ok(()) } else { Err(fault) };
        }
        (self.is_ahead, self.reserved) = (true, end);
        Ok(())
    }

    /// What lies at the beginning of `span`.
    pub(super) fn next(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Next {
        let Some(holes) = &mut self.holes else { return Next::Data(span.run) };
        let next = holes.next(sys, &pair.source, span.from..span.from + span.run);
        match next {
            // no old byte goes before the strategy has shown that it works
            Next::Hole(length) if span.to == 0 && Self::is_old(pair, span) => Next::Data(length.min(BLOCK)),
            Next::Hole(length) if Self::is_old(pair, span) => {
                Next::Hole(if self.keeps_bytes { Self::written(pair, span, length) } else { length.min(PUNCHED) })
            }
            next => next,
        }
    }

    /// Whether the sink may have had other bytes there.
    fn is_old(pair: &Pair, span: Span) -> bool {
        span.to < pair.sink.size
    }

    /// How much of a hole is written at once where none can be made: nothing behind what was there.
    pub(super) fn written(pair: &Pair, span: Span, length: u64) -> u64 {
        length.min(WRITTEN).min(pair.sink.size - span.to)
    }

    /// Makes a hole of `length` bytes. False: it has to be written.
    pub(super) fn hole(&mut self, sys: &mut Sys, pair: &Pair, span: Span, length: u64) -> Result<bool, Fault> {
        if !Self::is_old(pair, span) {
            return Ok(true);
        }
        let length = length.min(pair.sink.size - span.to);
        if self.keeps_bytes {
            return Ok(false);
        }
        match sys.punch(&pair.sink, span.to, length) {
            Ok(_) => Ok(true),
            Err(fault) if meaning(fault).0 == Meaning::Refused => {
                self.keeps_bytes = true;
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }

    /// All is moved, `length` bytes in the sink: a hole at the end is one by the size alone. The answer is the sink's size
    /// now; what there is too much of is the destination's to cut off.
    pub(super) fn end(&self, sys: &Sys, sink: &End, length: u64, skipped: u64) -> Result<u64, Fault> {
        if !sink.is_regular() || !self.is_ahead && skipped == 0 {
            return Ok(sink.size);
        }
        let size = sink.size_now().unwrap_or(sink.size);
        if size < length {
            sys.cut(sink, length)?;
        }
        Ok(size.max(self.reserved))
    }

    /// The transfer has failed: what was meant for the rest is given back.
    pub(super) fn give_up(&self, sys: &Sys, sink: &End, length: u64) {
        if self.is_ahead && sink.is_regular() {
            let _ = sys.cut(sink, sink.size.max(length));
        }
    }
}
