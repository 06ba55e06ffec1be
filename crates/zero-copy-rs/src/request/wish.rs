//! What may be said of more than one request, each written once: how the bytes are moved, and what becomes of a file.
pub(super) use crate::destination::FileWish;
use crate::endpoint::Pair;
use crate::engine::{Cursor, Handle, Job};
use crate::plan::{Choice, Plan};
use crate::sys::Sys;
use crate::sys::steps::Steps;

/// Of every transfer.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) choice: Choice,
    pub(crate) buffer_size: Option<usize>,
    pub(crate) threads: Option<usize>,
    pub(crate) offset: u64,
    pub(crate) length: Option<u64>,
    pub(crate) handle: Handle,
    #[cfg(any(test, feature = "faults"))]
    pub(crate) faults: crate::Faults,
}

impl Wish {
    /// The one that makes the transfer's calls.
    pub(crate) fn sys(&self) -> Sys {
        Sys {
            #[cfg(any(test, feature = "faults"))]
            faults: self.faults.shared(),
            ..Sys::default()
        }
    }

    /// The one that makes the calls for the file and its name.
    pub(crate) fn steps(&self) -> Steps {
        Steps {
            #[cfg(any(test, feature = "faults"))]
            faults: self.faults.shared(),
        }
    }

    /// The transfer that was wished for.
    pub(crate) fn job(&self, pair: Pair, plan: Plan, cursor: Cursor, sys: Sys) -> Job {
        let mut job = Job::new(pair, plan, cursor, self.buffer_size, self.handle.clone()).threads(self.threads);
        job.sys = sys;
        job
    }
}

/// The methods of a request that has a `wish`; what an offset and a length mean is its own to say.
macro_rules! transfer_methods {
    ($request:ty, $(offset = $offset:literal,)? length = $length:literal) => {
        impl $request {
            /// This strategy or an error; never another.
            pub fn strategy(self, strategy: $crate::Strategy) -> Self {
                self.strategies([strategy])
            }

            /// These strategies, tried in this order, or an error.
            pub fn strategies(mut self, strategies: impl IntoIterator<Item = $crate::Strategy>) -> Self {
                self.wish.choice = $crate::plan::Choice::these(strategies);
                self
            }

            /// Bytes, at least 1, of the user buffer, or of one write from a mapping. Strategies without one ignore it.
            pub fn buffer_size(mut self, bytes: usize) -> Self {
                self.wish.buffer_size = Some(bytes.max(1));
                self
            }

            /// At most so many threads, at least 1, for one transfer: by default as many as pay. Only
            /// [`Direct`]($crate::Strategy::Direct) uses more than one.
            pub fn threads(mut self, threads: usize) -> Self {
                self.wish.threads = Some(threads.max(1));
                self
            }

            $(
                #[doc = $offset]
                pub fn offset(mut self, bytes: u64) -> Self {
                    self.wish.offset = bytes;
                    self
                }
            )?

            #[doc = $length]
            pub fn length(mut self, bytes: u64) -> Self {
                self.wish.length = Some(bytes);
                self
            }

            /// Sees how far it is, and stops it, from any thread.
            pub fn handle(&self) -> $crate::Handle {
                self.wish.handle.clone()
            }

            /// Seen and stopped by this one, which others have already.
            #[allow(dead_code)] // not by each request
            pub(crate) fn watched_by(mut self, handle: &$crate::Handle) -> Self {
                self.wish.handle = handle.clone();
                self
            }

            /// What shall go wrong (tests of this project alone).
            #[cfg(any(test, feature = "faults"))]
            pub fn faults(mut self, faults: $crate::Faults) -> Self {
                self.wish.faults = faults;
                self
            }
        }
    };
}
pub(crate) use transfer_methods;

/// The methods of a request that has a `file` wish.
macro_rules! file_methods {
    ($request:ty) => {
        impl $request {
            /// Whether an existing destination is replaced (true), or EEXIST; a dangling link exists.
            pub fn overwrite(mut self, yes: bool) -> Self {
                self.file.overwrite = yes;
                self
            }

            /// Whether the file is to appear as a whole.
            pub fn atomic(mut self, atomic: $crate::Atomic) -> Self {
                self.file.atomic = atomic;
                self
            }

            /// Whether the bytes, what belongs to them and the name are on disk before it is over (see `fsync(2)`).
            pub fn durable(mut self, yes: bool) -> Self {
                self.file.durable = yes;
                self
            }
        }
    };
}
pub(crate) use file_methods;
