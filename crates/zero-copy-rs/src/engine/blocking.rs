//! Drives a job on the calling thread.
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::{Budget, Handle, Job, Turn};
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

/// Sleeps until the end is ready or the job is stopped; which of the two, the next burst finds out. The original's loop
/// waits inside its calls: what is waited here is part of the moving too.
fn wait(job: &mut Job, ready: Ready) -> Result<(), Error> {
    let began = Instant::now();
    let events = if ready == Ready::Readable { PollFlags::POLLIN } else { PollFlags::POLLOUT };
    let answer = sleep(job.end(ready).as_fd(), events, job.handle(), PollTimeout::NONE);
    job.has_waited(began.elapsed());
    answer.map(|_| ())
}

/// Sleeps until one of `events`, a stop of `handle` or the end of `patience`; whether it was not the last.
pub(crate) fn sleep(
    end: BorrowedFd<'_>,
    events: PollFlags,
    handle: &Handle,
    patience: PollTimeout,
) -> Result<bool, Error> {
    let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).named("eventfd2")?);
    let waker = wake.clone();
    handle.on_stop(move || {
        let _ = waker.write(1);
    });
    let ends = &mut [PollFd::new(end, events), PollFd::new(wake.as_fd(), PollFlags::POLLIN)];
    let answer = poll(ends, patience);
    handle.is_awake();
    match answer {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::EINTR) => Ok(true),
        Err(errno) => Err(Error::kernel("poll", errno)),
    }
}
