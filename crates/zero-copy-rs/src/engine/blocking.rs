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

/// Sleeps until the end is ready or the job is stopped; which of the two, the next burst finds out.
fn wait(job: &Job, ready: Ready) -> Result<(), Error> {
    let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).named("eventfd2")?);
    let waker = wake.clone();
    job.handle().on_stop(move || {
        let _ = waker.write(1);
    });
    let events = if ready == Ready::Readable { PollFlags::POLLIN } else { PollFlags::POLLOUT };
    let ends = &mut [PollFd::new(job.end(ready).as_fd(), events), PollFd::new(wake.as_fd(), PollFlags::POLLIN)];
    let answer = poll(ends, PollTimeout::NONE);
    job.handle().is_awake();
    match answer {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::kernel("poll", errno)),
    }
}
