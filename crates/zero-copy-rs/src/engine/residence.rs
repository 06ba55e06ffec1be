//! Keeps a thread that serves many transfers from waiting for a disk: sendfile on pages that are not in the page cache
//! does, and everybody else's transfer with it (a cold stream took the others from 4,400 to 60 requests a second).
use nix::errno::Errno;
use std::os::fd::AsFd;

use crate::endpoint::End;
use crate::strategy::Span;
use crate::sys::{Fault, Sys, resident};

/// Looked at by its first and its last byte: the kernel reads ahead in one piece.
const WINDOW: u64 = 128 << 10;

/// Pages leave the cache in long runs. So while nothing is cold, longer windows are looked at: 12 % of what a send of a hot
/// file costs was looking.
const LARGEST: u64 = 1 << 20;

/// What of a source is known to be in the page cache: everything before `until`.
#[derive(Debug)]
pub(super) struct Residence {
    until: u64,
    window: u64,
}

impl Default for Residence {
    fn default() -> Self {
        Self { until: 0, window: WINDOW }
    }
}

impl Residence {
    /// The part of `span` that can be moved without waiting; none: its first bytes are cold.
    pub(super) fn limit(&mut self, sys: &mut Sys, source: &End, span: Span) -> Option<Span> {
        let end = span.from + span.len as u64;
        self.until = self.until.max(span.from);
        // the first byte of a window is asked for only where its neighbour, the last byte of the one before, was not
        let mut is_next_to_warm = false;
        while self.until < end {
            let window_end = self.window_end(end);
            if is_next_to_warm || is_warm(sys, source, self.until) {
                if is_warm(sys, source, window_end - 1) {
                    (self.until, is_next_to_warm) = (window_end, true);
                    self.window = LARGEST.min(self.window * 2);
                    continue;
                }
                if self.window > WINDOW {
                    self.window = WINDOW; // a part of it may be warm
                    continue;
                }
            }
            self.window = WINDOW;
            break;
        }
        let warm = self.until.min(end) - span.from;
        (warm > 0).then_some(Span { len: warm as usize, ..span })
    }

    /// Fetches the whole of `span`, and waits until its first window at least is there.
    pub(super) fn fetch(&mut self, sys: &mut Sys, source: &End, span: Span) {
        let begin = self.until.max(span.from);
        let end = span.from + span.len as u64;
        resident::fetch(source.as_fd(), begin, (end - begin) as usize);
        self.until = begin;
        let window_end = self.window_end(end);
        for at in [begin, window_end - 1] {
            // an error, and the end of the file, come back from the call that moves
            let _ = sys.read(source, at, &mut [0]);
        }
        self.until = window_end;
    }

    /// Of the window that `until` lies in.
    fn window_end(&self, end: u64) -> u64 {
        end.min(self.until - self.until % self.window + self.window)
    }
}

/// Where the kernel cannot say (a file system without RWF_NOWAIT), it is taken for cold: reading it then finds out.
fn is_warm(sys: &mut Sys, source: &End, at: u64) -> bool {
    match sys.is_resident(source, at) {
        Ok(_) => true,
        Err(Fault { errno: Errno::EAGAIN | Errno::EOPNOTSUPP | Errno::ENOSYS, .. }) => false,
        Err(_) => true,
    }
}
