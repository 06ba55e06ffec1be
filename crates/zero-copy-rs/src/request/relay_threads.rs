//! A relay whose sockets may block: a thread a direction, and this one to watch both.
//!
//! A thread inside a blocking call hears of nothing. What ends the relay, other than the peers, shuts both sockets down:
//! then the kernel answers, whatever was waited for.
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{Shutdown, shutdown};

use super::relay::{Direction, Outcome, Relay, RelayReport, joined, settle};
use crate::engine::{Handle, blocking};
use crate::error::{Error, Named};
use crate::report::Report;
use crate::sys::signals;

enum Told {
    Stop,
    Ended(usize, Box<Result<Report, Error>>),
}

pub(super) fn run(relay: Relay) -> Result<RelayReport, Error> {
    let called = Instant::now();
    let Relay { a_to_b, b_to_a, buffer_size, idle } = relay;
    let sockets = [a_to_b.socket()?, b_to_a.socket()?];
    let handles = [a_to_b.handle(), b_to_a.handle()];
    let (tell, told) = channel();
    for handle in &handles {
        let tell = tell.clone();
        handle.on_stop(move || drop(tell.send(Told::Stop)));
    }
    std::thread::scope(|scope| {
        for (nth, direction) in [a_to_b, b_to_a].into_iter().enumerate() {
            drive(scope, nth, direction, buffer_size, tell.clone());
        }
        let (outcomes, timed_out) = Watch { sockets, handles, idle, timed_out: false }.until_both_ended(&told);
        joined(outcomes, timed_out, called)
    })
}

fn drive<'scope>(
    scope: &'scope Scope<'scope, '_>,
    nth: usize,
    direction: Direction,
    buffer_size: Option<usize>,
    tell: Sender<Told>,
) {
    let teller = tell.clone();
    let moving = move || {
        let mut job = direction.job(buffer_size)?;
        signals::block_for_good();
        let result = blocking::drive_socket(&mut job);
        settle(job, result)
    };
    let thread = move || {
        let ended = catch_unwind(AssertUnwindSafe(moving)).unwrap_or_else(|_| Err(Error::panicked()));
        let _ = teller.send(Told::Ended(nth, Box::new(ended)));
    };
    if let Err(error) = Builder::new().name("zero-copy-relay".into()).spawn_scoped(scope, thread) {
        let errno = error.raw_os_error().map_or(Errno::EAGAIN, Errno::from_raw);
        let _ = tell.send(Told::Ended(nth, Box::new(Err(Error::kernel("clone3", errno)))));
    }
}

struct Watch {
    sockets: [OwnedFd; 2],
    handles: [Handle; 2],
    idle: Option<Duration>,
    timed_out: bool,
}

impl Watch {
    fn until_both_ended(mut self, told: &Receiver<Told>) -> ([Outcome; 2], bool) {
        let mut outcomes = [None, None];
        let mut before = None;
        while outcomes.iter().any(Option::is_none) {
            let next = match self.idle {
                Some(idle) => told.recv_timeout(idle),
                None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(Told::Ended(nth, outcome)) => {
                    if outcome.is_err() {
                        self.end();
                    }
                    outcomes[nth] = Some(*outcome);
                }
                Ok(Told::Stop) => self.end(),
                Err(RecvTimeoutError::Timeout) => {
                    let gone = self.handles.iter().map(Handle::bytes).sum::<u64>();
                    if before.replace(gone) == Some(gone) {
                        self.timed_out = true;
                        self.end();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        (outcomes, self.timed_out)
    }

    /// Each handle's stop is told to us again, so once is enough.
    fn end(&mut self) {
        self.idle = None;
        for (handle, socket) in self.handles.iter().zip(&self.sockets) {
            if !handle.stopped() {
                handle.stop();
            }
            let _ = shutdown(socket.as_raw_fd(), Shutdown::Both);
        }
    }
}

impl Direction {
    /// Another descriptor of what it reads.
    fn socket(&self) -> Result<OwnedFd, Error> {
        let duplicate = self.source().as_fd().try_clone_to_owned();
        let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::EMFILE, Errno::from_raw);
        duplicate.map_err(errno).named("fcntl").map_err(Error::of_relay)
    }
}
