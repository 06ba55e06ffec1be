//! Drives a job on the calling thread.
use std::os::fd::AsFd;
use std::sync::Arc;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::{Budget, Job, Turn};
use crate::error::{Error, Named};
use crate::strategy::Ready;

pub(crate) fn drive(job: &mut Job) -> Result<(), Error> {
    loop {
        match job.burst(Budget::UNLIMITED) {
            Turn::More => {}
            Turn::Cold => job.warm(),
            // a descriptor that waits by itself did so as long as its owner allows (SO_RCVTIMEO, SO_SNDTIMEO)
            Turn::Wait(ready) if job.end(ready).may_block().unwrap_or(false) => {
                return Err(Error::kernel(None, Errno::EAGAIN));
            }
            Turn::Wait(ready) => wait(job, ready)?,
            Turn::Done(result) => return result,
        }
    }
}

/// As [`drive`], where an end is a socket: what a call answers once the transfer was stopped is not the peer's word. It
/// may have been shut down so that the call ends.
pub(crate) fn drive_socket(job: &mut Job) -> Result<(), Error> {
    let result = drive(job);
    if job.handle().stopped() { Err(Error::aborted()) } else { result }
}

/// How soon a stop is seen where no descriptor is left that could wake.
const LOOK_MS: u16 = 50;

/// Sleeps until the end is ready or the job is stopped; which of the two, the next burst finds out.
fn wait(job: &Job, ready: Ready) -> Result<(), Error> {
    let wake = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).ok().map(Arc::new);
    if let Some(waker) = wake.clone() {
        job.handle().on_stop(move || {
            let _ = waker.write(1);
        });
    }
    let events = if ready == Ready::Readable { PollFlags::POLLIN } else { PollFlags::POLLOUT };
    let mut ends = vec![PollFd::new(job.end(ready).as_fd(), events)];
    ends.extend(wake.as_ref().map(|wake| PollFd::new(wake.as_fd(), PollFlags::POLLIN)));
    let answer = poll(&mut ends, if wake.is_some() { PollTimeout::NONE } else { LOOK_MS.into() });
    job.handle().is_awake();
    match answer {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::kernel("poll", errno)),
    }
}
