//! What others may see and say of a transfer.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Sees how far a transfer is, and stops it, from any thread.
#[derive(Clone, Default)]
pub struct Handle(Arc<Shared>);

struct Shared {
    moved: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
    on_stop: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

const UNKNOWN: u64 = u64::MAX;

impl Default for Shared {
    fn default() -> Self {
        Self {
            moved: AtomicU64::new(0),
            total: AtomicU64::new(UNKNOWN),
            stop: AtomicBool::new(false),
            on_stop: Mutex::new(None),
        }
    }
}

impl Handle {
    /// Bytes moved or shared so far.
    pub fn bytes(&self) -> u64 {
        self.0.moved.load(Ordering::Relaxed)
    }

    /// How many there will be; None while that is not known.
    pub fn total(&self) -> Option<u64> {
        Some(self.0.total.load(Ordering::Relaxed)).filter(|&total| total != UNKNOWN)
    }

    /// Ends the transfer with [`ErrorKind::Aborted`](crate::ErrorKind::Aborted): at once while it waits for a thread or
    /// an end, otherwise before its next system call.
    ///
    /// On a socket or pipe without `O_NONBLOCK` the system call itself waits, and hears of nothing: a send or a receive
    /// ends when that call does, as soon as the peer has read or written something, has closed, or the socket's own
    /// timeout (`SO_SNDTIMEO`, `SO_RCVTIMEO`) is over. No flag of `sendfile` makes it wait less. Who needs a stop to be
    /// heard sets `O_NONBLOCK` before, or calls [`shutdown(2)`](https://man7.org/linux/man-pages/man2/shutdown.2.html)
    /// after it, which [`Relay`](crate::Relay) does by itself.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::SeqCst);
        // taken out first: what it does may come back here
        let wake = self.waker().take();
        if let Some(wake) = wake {
            wake();
        }
    }

    pub(crate) fn stopped(&self) -> bool {
        self.0.stop.load(Ordering::SeqCst)
    }

    pub(crate) fn publish(&self, moved: u64) {
        self.0.moved.store(moved, Ordering::Relaxed);
    }

    pub(crate) fn expect(&self, total: Option<u64>) {
        self.0.total.store(total.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    /// What a stop shall do; at once, if it has come already.
    pub(crate) fn on_stop(&self, wake: impl FnOnce() + Send + 'static) {
        *self.waker() = Some(Box::new(wake));
        if self.stopped() {
            self.stop();
        }
    }

    /// Nobody is to be woken any more. What `wake` held is let go, however long the handle is kept.
    pub(crate) fn is_awake(&self) {
        drop(self.waker().take());
    }

    #[cfg(test)]
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    fn waker(&self) -> std::sync::MutexGuard<'_, Option<Box<dyn FnOnce() + Send>>> {
        self.0.on_stop.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("bytes", &self.bytes()).field("total", &self.total()).finish_non_exhaustive()
    }
}
