//! Connects two sockets: what comes from one goes to the other, in both directions.
use std::future::IntoFuture;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{Shutdown, shutdown};

use crate::endpoint::{End, Pair};
use crate::engine::reactor::{Reactor, Ring};
use crate::engine::{Cursor, Handle, Job, workers};
use crate::error::{Error, ErrorKind, Named};
use crate::plan::{Choice, Plan, Terms};
use crate::report::Report;

use super::relay_threads;

/// Moves bytes between two sockets, in both directions, until both have ended.
///
/// When one end is done writing, the other is told so (a half-close) and the opposite direction goes on.
///
/// # Errors
///
/// Every error of [`Relay::run`].
pub fn relay(a: impl AsFd, b: impl AsFd) -> Result<RelayReport, Error> {
    Relay::new(a, b)?.run()
}

/// The receipts of both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayReport {
    /// From the first socket to the second.
    pub a_to_b: Report,
    /// From the second socket to the first.
    pub b_to_a: Report,
    /// The whole call.
    pub total: Duration,
}

/// A line for each direction.
impl std::fmt::Display for RelayReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a to b: {}\nb to a: {}", self.a_to_b, self.b_to_a)
    }
}

/// Two sockets to be connected. Awaited, it needs no thread of the caller's; dropping the future stops it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is run or awaited"]
pub struct Relay {
    pub(super) a_to_b: Direction,
    pub(super) b_to_a: Direction,
    pub(super) buffer_size: Option<usize>,
    pub(super) idle: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Direction {
    pair: Pair,
    prefix: Vec<u8>,
    handle: Handle,
    #[cfg(any(test, feature = "faults"))]
    faults: crate::Faults,
}

impl Direction {
    fn between(source: &impl AsFd, sink: &impl AsFd) -> Result<Self, Error> {
        let end = |socket: std::os::fd::BorrowedFd<'_>| End::duplicate(socket).named("fcntl").map_err(Error::of_relay);
        Ok(Self {
            pair: Pair { source: end(source.as_fd())?, sink: end(sink.as_fd())? },
            prefix: Vec::new(),
            handle: Handle::default(),
            #[cfg(any(test, feature = "faults"))]
            faults: crate::Faults::default(),
        })
    }

    pub(super) fn source(&self) -> &End {
        &self.pair.source
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    pub(super) fn job(self, buffer_size: Option<usize>) -> Result<Job, Error> {
        let plan = Plan::new(&Choice::Auto, Terms::default(), &self.pair)?;
        #[allow(unused_mut)]
        let mut job = Job::new(self.pair, plan, Cursor::new(0, None), buffer_size, self.handle).after(self.prefix);
        #[cfg(any(test, feature = "faults"))]
        {
            job.sys.faults = self.faults;
        }
        Ok(job)
    }
}

impl Relay {
    /// Between two sockets, whose descriptors are duplicated.
    ///
    /// # Errors
    ///
    /// When a descriptor cannot be duplicated (EMFILE).
    pub fn new(a: impl AsFd, b: impl AsFd) -> Result<Self, Error> {
        Ok(Self {
            a_to_b: Direction::between(&a, &b)?,
            b_to_a: Direction::between(&b, &a)?,
            buffer_size: None,
            idle: None,
        })
    }

    /// Bytes, at least 1, of the user buffer, where splice is refused.
    pub fn buffer_size(mut self, bytes: usize) -> Self {
        self.buffer_size = Some(bytes.max(1));
        self
    }

    /// ETIMEDOUT when for so long no byte went either way.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle = Some(time);
        self
    }

    /// Bytes that somebody has read from the sockets already: they go first.
    pub fn prefixes(mut self, from_a: Vec<u8>, from_b: Vec<u8>) -> Self {
        self.a_to_b.prefix = from_a;
        self.b_to_a.prefix = from_b;
        self
    }

    /// See how far each direction is (a to b, b to a). Stopping one stops both.
    pub fn handles(&self) -> (Handle, Handle) {
        (self.a_to_b.handle.clone(), self.b_to_a.handle.clone())
    }

    /// What shall go wrong, each way (tests of this project alone).
    #[cfg(any(test, feature = "faults"))]
    pub fn faults(mut self, a_to_b: crate::Faults, b_to_a: crate::Faults) -> Self {
        self.a_to_b.faults = a_to_b;
        self.b_to_a.faults = b_to_a;
        self
    }

    /// Relays until both directions have ended; this thread waits.
    ///
    /// # Errors
    ///
    /// What the kernel said of either direction, which ends both; [`ErrorKind::Aborted`]. Sockets that may block are shut
    /// down then, because nothing else ends a blocking call.
    pub fn run(self) -> Result<RelayReport, Error> {
        if self.may_block() {
            return relay_threads::run(self);
        }
        let (send, receive) = mpsc::sync_channel(1);
        self.submit(move |result| drop(send.send(result)))?;
        receive.recv().unwrap_or_else(|_| Err(Error::panicked()))
    }

    /// Relays on the library's reactor thread, and calls `done` there.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit(self, done: impl FnOnce(Result<RelayReport, Error>) + Send + 'static) -> Result<Handle, Error> {
        let handle = self.a_to_b.handle.clone();
        if self.may_block() {
            workers::COPIERS.submit(Box::new(move || done(self.run())))?;
            return Ok(handle);
        }
        let reactor = Reactor::get()?;
        let both = Arc::new(Both::new(&self, done));
        if let Some(idle) = self.idle {
            both.clone().expect_motion(reactor, idle, None);
        }
        for (nth, direction) in [self.a_to_b, self.b_to_a].into_iter().enumerate() {
            let both = both.clone();
            match direction.job(self.buffer_size) {
                Ok(job) => reactor.add(job, Box::new(move |job, result| both.ended(nth, settle(job, result)))),
                Err(error) => both.ended(nth, Err(error)),
            }
        }
        Ok(handle)
    }

    fn may_block(&self) -> bool {
        let ends = [&self.a_to_b.pair.source, &self.b_to_a.pair.source];
        ends.into_iter().any(|end| end.may_block().unwrap_or(true))
    }
}

/// The end of one direction is told to its receiver, who may go on sending.
pub(super) fn settle(job: Job, result: Result<(), Error>) -> Result<Report, Error> {
    let (report, pair) = job.finish(result)?;
    // a peer that is gone already need not be told
    let _ = shutdown(pair.sink.as_fd().as_raw_fd(), Shutdown::Write);
    Ok(Report { atomic: None, durable: None, ..report })
}

pub(super) type Outcome = Option<Result<Report, Error>>;

/// What both directions share.
struct Both<F> {
    called: Instant,
    handles: [Handle; 2],
    state: Mutex<State<F>>,
}

struct State<F> {
    outcomes: [Outcome; 2],
    timed_out: bool,
    /// The next look at whether anything moves.
    look: Option<(&'static Reactor, Ring)>,
    done: Option<F>,
}

impl<F: FnOnce(Result<RelayReport, Error>) + Send + 'static> Both<F> {
    fn new(relay: &Relay, done: F) -> Self {
        let state = State { outcomes: [None, None], timed_out: false, look: None, done: Some(done) };
        let called = Instant::now();
        Self { called, handles: [relay.a_to_b.handle.clone(), relay.b_to_a.handle.clone()], state: Mutex::new(state) }
    }

    fn ended(&self, nth: usize, outcome: Result<Report, Error>) {
        let other = self.handles[1 - nth].clone();
        let failed = outcome.is_err();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.outcomes[nth] = Some(outcome);
        if state.outcomes.iter().all(Option::is_some) {
            let (outcomes, timed_out) = (std::mem::take(&mut state.outcomes), state.timed_out);
            if let Some((reactor, ring)) = state.look.take() {
                reactor.call_off(ring);
            }
            if let Some(done) = state.done.take() {
                drop(state);
                done(joined(outcomes, timed_out, self.called));
            }
            return;
        }
        drop(state);
        match failed {
            true => other.stop(),
            // who stops this one means the relay
            false => self.handles[nth].on_stop(move || other.stop()),
        }
    }

    /// `before`: how many bytes had gone at the last look.
    fn expect_motion(self: Arc<Self>, reactor: &'static Reactor, idle: Duration, before: Option<u64>) {
        let gone = self.handles.iter().map(Handle::bytes).sum();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.done.is_none() {
            return;
        }
        if before == Some(gone) {
            state.timed_out = true;
            drop(state);
            return self.handles.iter().for_each(Handle::stop);
        }
        let again = self.clone();
        let look = Box::new(move || again.expect_motion(reactor, idle, Some(gone)));
        // a time that no clock reaches is never over
        state.look = Instant::now().checked_add(idle).map(|time| (reactor, reactor.at(time, look)));
    }
}

/// The error that came first counts: that the other direction was stopped is its consequence.
pub(super) fn joined(outcomes: [Outcome; 2], timed_out: bool, called: Instant) -> Result<RelayReport, Error> {
    let [Some(a_to_b), Some(b_to_a)] = outcomes else { return Err(Error::panicked()) };
    match (a_to_b, b_to_a) {
        (Ok(a_to_b), Ok(b_to_a)) => Ok(RelayReport { a_to_b, b_to_a, total: called.elapsed() }),
        (Err(error), _) | (_, Err(error)) if timed_out => {
            Err(Error::kernel(None, Errno::ETIMEDOUT).after(error.bytes(), error.attempts().to_vec()).of_relay())
        }
        (Err(error), Err(cause)) if error.kind() == ErrorKind::Aborted => Err(cause.of_relay()),
        (Err(error), _) | (_, Err(error)) => Err(error.of_relay()),
    }
}

impl IntoFuture for Relay {
    type Output = Result<RelayReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        super::pending::Pending::start(|done| self.submit(done))
    }
}
