//! A request under way, as a plain future: for any runtime, because it needs none.
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::engine::Handle;
use crate::error::Error;

/// Dropping it stops the transfer.
pub(super) struct Pending<T> {
    slot: Arc<Mutex<Slot<T>>>,
    handle: Option<Handle>,
}

struct Slot<T> {
    outcome: Option<Result<T, Error>>,
    waker: Option<Waker>,
}

type Done<T> = Box<dyn FnOnce(Result<T, Error>) + Send>;

impl<T: Send + 'static> Pending<T> {
    pub(super) fn start(
        submit: impl FnOnce(Done<T>) -> Result<Handle, Error>,
    ) -> Pin<Box<dyn Future<Output = Result<T, Error>> + Send>> {
        let slot = Arc::new(Mutex::new(Slot { outcome: None, waker: None }));
        let filled = slot.clone();
        let done = move |result| {
            let mut slot = filled.lock().unwrap_or_else(PoisonError::into_inner);
            slot.outcome = Some(result);
            let waker = slot.waker.take();
            drop(slot);
            waker.into_iter().for_each(Waker::wake);
        };
        let handle = match submit(Box::new(done)) {
            Ok(handle) => Some(handle),
            Err(error) => {
                slot.lock().unwrap_or_else(PoisonError::into_inner).outcome = Some(Err(error));
                None
            }
        };
        Box::pin(Self { slot, handle })
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.waker = Some(context.waker().clone());
        slot.outcome.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.stop();
        }
    }
}
