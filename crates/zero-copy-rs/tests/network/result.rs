//! Where a submitted request says how it ended.
use std::cell::RefCell;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use zero_copy_rs::{Error, Handle, ReceiveFile, Relay, RelayReport, Report, SendFile};

/// A request under way.
#[derive(Debug)]
pub(crate) struct Submitted<T> {
    pub(crate) handle: Handle,
    told: Receiver<Result<T, Error>>,
    kept: RefCell<Option<Result<T, Error>>>,
}

type Done<T> = Box<dyn FnOnce(Result<T, Error>) + Send>;

impl<T: Send + 'static> Submitted<T> {
    fn new(submit: impl FnOnce(Done<T>) -> Result<Handle, Error>) -> Self {
        let (tell, told) = sync_channel(1);
        let handle = submit(Box::new(move |result| drop(tell.send(result)))).unwrap();
        Self { handle, told, kept: RefCell::new(None) }
    }

    /// It must end, however slow the machine is: a test that hangs says nothing.
    pub(crate) fn result(&self) -> Result<T, Error> {
        let kept = self.kept.borrow_mut().take();
        kept.unwrap_or_else(|| self.told.recv_timeout(Duration::from_secs(60)).expect("the transfer never ended"))
    }

    pub(crate) fn has_ended(&self) -> bool {
        let mut kept = self.kept.borrow_mut();
        *kept = kept.take().or_else(|| self.told.try_recv().ok());
        kept.is_some()
    }
}

pub(crate) fn send(request: SendFile) -> Submitted<Report> {
    Submitted::new(|done| request.submit(done))
}

pub(crate) fn receive(request: ReceiveFile) -> Submitted<Report> {
    Submitted::new(|done| request.submit(done))
}

pub(crate) fn relay(request: Relay) -> Submitted<RelayReport> {
    Submitted::new(|done| request.submit(done))
}
