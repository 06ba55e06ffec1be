//! How much of a thread one transfer may have at a time.
use std::time::{Duration, Instant};

/// What one burst may use up before others have their turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) bytes: u64,
    /// One step moves no more than that.
    pub(crate) step: usize,
    /// Looked at after each step; none: as long as it takes.
    pub(crate) time: Option<Duration>,
}

impl Budget {
    pub(crate) const fn bytes(bytes: u64) -> Self {
        Self { bytes, step: usize::MAX, time: None }
    }

    /// Until there is something to wait for.
    pub(crate) const UNLIMITED: Self = Self::bytes(u64::MAX);

    #[inline]
    pub(super) fn has_time(&self, since: Instant) -> bool {
        self.time.is_none_or(|most| since.elapsed() < most)
    }
}
