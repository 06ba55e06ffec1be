//! Drives a job on the calling thread.
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::{Budget, Handle, Job, Turn};
use crate::error::Error;
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

/// Sleeps until the end is ready or the job is stopped; which of the two, the next burst finds out. The original's loop
/// waits inside its calls: what is waited here is part of the moving too.
fn wait(job: &mut Job, ready: Ready) -> Result<(), Error> {
    let began = Instant::now();
    let events = if ready == Ready::Readable { PollFlags::POLLIN } else { PollFlags::POLLOUT };
    let answer = sleep(job.end(ready).as_fd(), events, job.handle(), PollTimeout::NONE);
    job.has_waited(began.elapsed());
    answer.map(|_| ())
}

/// How soon a stop is seen where no descriptor is left that could wake.
const LOOK: Duration = Duration::from_millis(50);

/// Sleeps until one of `events`, a stop of `handle` or the end of `patience`; whether it was not the last.
pub(crate) fn sleep(
    end: BorrowedFd<'_>,
    events: PollFlags,
    handle: &Handle,
    patience: PollTimeout,
) -> Result<bool, Error> {
    let Ok(wake) = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).map(Arc::new) else {
        return look(end, events, handle, patience);
    };
    let waker = wake.clone();
    handle.on_stop(move || {
        let _ = waker.write(1);
    });
    let answer = poll(&mut [PollFd::new(end, events), PollFd::new(wake.as_fd(), PollFlags::POLLIN)], patience);
    handle.is_awake();
    woken(answer)
}

/// As [`sleep`], out of descriptors: looks now and then whether it is stopped.
fn look(end: BorrowedFd<'_>, events: PollFlags, handle: &Handle, patience: PollTimeout) -> Result<bool, Error> {
    // nix 0.31 panics where NONE is asked for its milliseconds
    let until = patience
        .is_some()
        .then(|| patience.as_millis())
        .flatten()
        .map(|ms| Instant::now() + Duration::from_millis(ms.into()));
    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let nap = left.map_or(LOOK, |left| left.min(LOOK));
        let ready = woken(poll(&mut [PollFd::new(end, events)], nap.as_millis() as u16))?;
        if ready || handle.stopped() {
            return Ok(true);
        }
        if left.is_some_and(|left| left <= nap) {
            return Ok(false);
        }
    }
}

fn woken(answer: nix::Result<i32>) -> Result<bool, Error> {
    match answer {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::EINTR) => Ok(true),
        Err(errno) => Err(Error::kernel("poll", errno)),
    }
}
