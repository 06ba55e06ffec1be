//! Who moves the bytes.
use std::sync::mpsc::sync_channel;

use zero_copy_rs::{Error, Handle};

use crate::support::process::LIMIT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    /// This thread, on descriptors that block.
    Thread,
    /// This thread, on descriptors that do not.
    Polling,
    /// The library's own threads, on descriptors that do not block.
    Reactor,
}

type Tell<T> = Box<dyn FnOnce(Result<T, Error>) + Send>;

impl Driver {
    pub(crate) const ALL: [Self; 3] = [Self::Thread, Self::Polling, Self::Reactor];

    pub(crate) fn may_block(self) -> bool {
        self == Self::Thread
    }

    pub(crate) fn run<R, T: Send + 'static>(
        self,
        request: R,
        run: impl FnOnce(R) -> Result<T, Error>,
        submit: impl FnOnce(R, Tell<T>) -> Result<Handle, Error>,
    ) -> Result<T, Error> {
        if self != Self::Reactor {
            return run(request);
        }
        let (tell, told) = sync_channel(1);
        submit(request, Box::new(move |result| drop(tell.send(result)))).unwrap();
        told.recv_timeout(LIMIT).expect("the transfer never ended")
    }
}
