//! Copies beside the test, on a thread of the library's or on one of its own. What never comes is a failure, not a hang.
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use zero_copy_rs::{CopyFile, Error, Handle, Report};

use super::process::LIMIT;

/// What becomes of it.
#[derive(Debug)]
pub(crate) struct Pending(Receiver<Result<Report, Error>>);

impl Pending {
    pub(crate) fn wait(&self) -> Result<Report, Error> {
        self.0.recv_timeout(LIMIT).expect("the copy did not end")
    }

    /// None: it is under way.
    pub(crate) fn now(&self) -> Option<Result<Report, Error>> {
        self.0.try_recv().ok()
    }

    /// Whether nothing more can come.
    pub(crate) fn is_over(&self) -> bool {
        self.0.recv_timeout(LIMIT).is_err_and(|error| error == RecvTimeoutError::Disconnected)
    }
}

/// On one of the library's threads.
pub(crate) fn submit(copy: CopyFile) -> (Handle, Pending) {
    let (sender, receiver) = channel();
    let handle = copy.submit(move |result| sender.send(result).unwrap()).unwrap();
    (handle, Pending(receiver))
}

/// On a thread of its own, as a caller's.
pub(crate) fn run(copy: CopyFile) -> (Handle, Pending) {
    let (sender, receiver) = channel();
    let handle = copy.handle();
    std::thread::spawn(move || sender.send(copy.run()).unwrap());
    (handle, Pending(receiver))
}
