//! Which bytes are still to be moved, and where they go.
use crate::strategy::Span;

/// A range of the source that lands at the beginning of the sink.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    offset: u64,
    next: u64,
    /// None: until the source ends.
    length: Option<u64>,
    /// No more than that in any case.
    most: u64,
}

impl Cursor {
    pub(crate) fn new(offset: u64, length: Option<u64>) -> Self {
        // a file's offsets end at i64::MAX
        Self { offset, next: offset, length, most: length.unwrap_or(i64::MAX as u64 - offset) }
    }

    /// Until the source ends, or so many bytes have come.
    pub(crate) fn until(most: u64) -> Self {
        Self { most: most.min(i64::MAX as u64), ..Self::new(0, None) }
    }

    pub(crate) fn total(&self) -> Option<u64> {
        self.length
    }

    pub(crate) fn done(&self) -> u64 {
        self.next - self.offset
    }

    #[inline]
    pub(crate) fn advance(&mut self, n: u64) {
        self.next += n;
    }

    /// The next bytes to move, at most `limit` in one step; none: all are moved.
    #[inline]
    pub(crate) fn span(&self, limit: usize) -> Option<Span> {
        let run = self.most - self.done();
        let len = usize::try_from(run).map_or(limit, |run| run.min(limit));
        (run > 0).then_some(Span { from: self.next, to: self.done(), run, len })
    }
}
