//! One transfer under way. It alone counts bytes, and it alone falls back.
use std::time::{Duration, Instant};

use super::holes::Next;
use super::layout::Layout;
use super::residence::Residence;
use super::{Budget, Cursor, Handle, receipt};
use crate::endpoint::{End, Pair};
use crate::error::{Error, ErrorKind};
use crate::plan::{Plan, Sparse};
use crate::report::{Attempt, Outcome, Report};
use crate::strategy::{Mover, Ready, Span, Step, Strategy, Tuning};
use crate::sys::Sys;
use crate::sys::usage::Usage;

#[derive(Debug)]
pub(crate) enum Turn {
    More,
    Wait(Ready),
    /// The next bytes are not in the page cache: [`Job::warm`] fetches them, and waits for the disk.
    Cold,
    Done(Result<(), Error>),
}

pub(crate) struct Job {
    pub(crate) pair: Pair,
    pub(crate) sys: Sys,
    pub(super) cursor: Cursor,
    /// The one at work, and those that may follow it.
    pub(super) strategy: Option<Strategy>,
    pub(super) rest: std::vec::IntoIter<Strategy>,
    pub(super) mover: Option<Box<dyn Mover>>,
    /// What the previous strategy had taken from the source when it was refused.
    pub(super) carry: Vec<u8>,
    /// A source that ends before the length is an error, whatever its size was.
    pub(crate) promised: bool,
    tuning: Tuning,
    quantum: usize,
    pub(super) layout: Layout,
    /// For a job that must not wait for a disk: what of the source is known to be in the page cache.
    residence: Option<Residence>,
    pub(super) attempts: Vec<Attempt>,
    /// Bytes moved and time spent before the attempt under way.
    pub(super) before: (u64, Duration),
    /// Since the first burst, at the end of the last: what the transfer waited for its ends in between is part of it.
    pub(super) elapsed: Duration,
    began: Option<Instant>,
    shared: u64,
    pub(super) skipped: u64,
    pub(super) usage: Usage,
    handle: Handle,
}

/// One step of a kernel strategy: short enough to stop and to share the thread, long enough to cost nothing.
const FILE_QUANTUM: usize = 64 << 20;
const SOCKET_QUANTUM: usize = 1 << 20;

impl Job {
    pub(crate) fn new(pair: Pair, plan: Plan, cursor: Cursor, buffer_size: Option<usize>, handle: Handle) -> Self {
        handle.expect(cursor.total());
        let quantum = if pair.files() { FILE_QUANTUM } else { SOCKET_QUANTUM };
        let mut rest = plan.order.into_iter();
        Self {
            pair,
            sys: Sys::default(),
            strategy: rest.next(),
            rest,
            mover: None,
            carry: Vec::new(),
            promised: false,
            tuning: Tuning {
                buffer_size,
                threads: None,
                step: cursor.span(quantum).map_or(0, |span| span.len),
                skips_zeroes: false,
            },
            layout: Layout::default(),
            cursor,
            quantum,
            residence: None,
            attempts: plan.avoided,
            before: (0, Duration::ZERO),
            elapsed: Duration::ZERO,
            began: None,
            shared: 0,
            skipped: 0,
            usage: Usage::default(),
            handle,
        }
    }

    /// Bytes of the source that somebody else has taken from it: they go first.
    pub(crate) fn after(mut self, prefix: Vec<u8>) -> Self {
        self.carry = prefix;
        self
    }

    /// At most so many.
    pub(crate) fn threads(mut self, threads: Option<usize>) -> Self {
        self.tuning.threads = threads;
        self
    }

    /// What becomes of holes and zeroes; those of the source stay holes otherwise.
    pub(crate) fn sparse(mut self, sparse: Sparse) -> Self {
        self.layout = Layout::new(sparse);
        self.tuning.skips_zeroes = self.layout.skips_zeroes(&self.pair);
        self
    }

    pub(crate) fn done(&self) -> u64 {
        self.cursor.done()
    }

    /// Steps until there is a reason to do something else: an end to wait for, the budget used up, or the end.
    pub(crate) fn burst(&mut self, budget: Budget) -> Turn {
        let usage = Usage::now();
        let entered = Instant::now();
        self.began.get_or_insert(entered);
        let goal = self.cursor.done().saturating_add(budget.bytes);
        let step = self.quantum.min(budget.step);
        let turn = loop {
            if self.handle.stopped() {
                break Turn::Done(Err(Error::aborted()));
            }
            match self.turn(step) {
                Turn::More if self.cursor.span(1).is_none() => break Turn::Done(Ok(())),
                Turn::More if self.cursor.done() < goal && budget.has_time(entered) => {}
                turn => break turn,
            }
        };
        self.look_at_the_clock();
        self.usage += Usage::now() - usage;
        if let Some(mover) = &mut self.mover {
            self.usage += mover.spent();
        }
        turn
    }

    pub(super) fn look_at_the_clock(&mut self) {
        self.elapsed = self.began.map_or(Duration::ZERO, |began| began.elapsed());
    }

    fn turn(&mut self, step: usize) -> Turn {
        let Some(span) = self.cursor.span(step) else { return Turn::Done(Ok(())) };
        let span = match self.residence.as_mut().map(|known| known.limit(&mut self.sys, &self.pair.source, span)) {
            Some(None) => return Turn::Cold,
            Some(Some(span)) => span,
            None => span,
        };
        let step = if self.carry.is_empty() { self.step(span) } else { self.deliver(span) };
        match step {
            Ok(Step::Moved(n)) => self.advance(n),
            Ok(Step::Shared(n)) => {
                self.shared += n;
                self.advance(n)
            }
            Ok(Step::Skipped(n)) => {
                self.skipped += n;
                self.advance(n)
            }
            Ok(Step::Wait(ready)) => Turn::Wait(ready),
            Ok(Step::End) => self.ended(),
            Ok(Step::Stopped(fault)) => self.stopped(fault),
            Err(error) => Turn::Done(Err(error)),
        }
    }

    fn advance(&mut self, n: u64) -> Turn {
        self.cursor.advance(n);
        self.handle.publish(self.cursor.done());
        Turn::More
    }

    fn step(&mut self, span: Span) -> Result<Step, Error> {
        if self.mover.is_none() {
            let Some(strategy) = self.strategy else { return Err(Error::unavailable("no strategy is left", None)) };
            self.layout.begin(strategy, &mut self.sys, &self.pair, span).map_err(Error::fault)?;
            self.mover = Some(strategy.mover(self.tuning).map_err(|errno| Error::kernel(None, errno))?);
        }
        let (span, leading) = match self.layout.next(&mut self.sys, &self.pair, span) {
            Next::Data(length) => (span.within(length), 0),
            // that it was refused must be known while nothing has become of the transfer yet
            Next::Hole(length) if self.cursor.done() == 0 && length < span.run => (span.behind(length), length),
            Next::Hole(length) => return self.hole(span, length),
        };
        let span = match self.layout.next(&mut self.sys, &self.pair, span) {
            Next::Data(length) | Next::Hole(length) => span.within(length),
        };
        let Some(mover) = &mut self.mover else { return Ok(Step::End) };
        let step = mover.step(&mut self.sys, &self.pair, span);
        if let Step::Moved(_) | Step::Skipped(_) = step {
            self.skipped += leading;
            self.cursor.advance(leading);
        }
        match step {
            Step::Skipped(length) => self.hole(span, length),
            step => Ok(step),
        }
    }

    /// Where no hole can be made, zeroes are what comes next.
    fn hole(&mut self, span: Span, length: u64) -> Result<Step, Error> {
        match self.layout.hole(&mut self.sys, &self.pair, span, length) {
            Ok(true) => Ok(Step::Skipped(length)),
            Ok(false) => {
                let length = Layout::written(&self.pair, span, length);
                self.carry = vec![0; length as usize];
                self.deliver(span.within(length))
            }
            Err(fault) => Ok(Step::Stopped(fault)),
        }
    }

    /// Writes what the previous strategy held, before the next one's first step.
    fn deliver(&mut self, span: Span) -> Result<Step, Error> {
        let step = Step::of(
            self.sys.write(&self.pair.sink, span.to, &self.carry[..self.carry.len().min(span.len)]),
            Ready::Writable,
        );
        if let Step::Moved(n) = step {
            self.carry.drain(..n as usize);
        }
        Ok(step)
    }

    /// From now on no turn waits for a disk: what is not in the page cache is [`Turn::Cold`].
    pub(crate) fn never_wait_for_disk(&mut self) {
        if self.pair.source.is_regular() {
            self.residence.get_or_insert_default();
        }
    }

    /// Whether a turn may wait for a disk to take what is written.
    pub(crate) fn writes_to_disk(&self) -> bool {
        self.pair.sink.is_file()
    }

    /// Fetches what the next turn needs. This thread may wait.
    pub(crate) fn warm(&mut self) {
        let usage = Usage::now();
        if let (Some(known), Some(span)) = (&mut self.residence, self.cursor.span(self.quantum)) {
            known.fetch(&mut self.sys, &self.pair.source, span);
        }
        self.usage += Usage::now() - usage;
    }

    /// A driver has waited for an end, between two bursts.
    pub(crate) fn has_waited(&mut self, time: Duration) {
        self.elapsed += time;
    }

    /// The end that `ready` speaks of.
    pub(crate) fn end(&self, ready: Ready) -> &End {
        if ready == Ready::Readable { &self.pair.source } else { &self.pair.sink }
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Ends the last attempt as `result` says, and gives the receipt and the ends.
    pub(crate) fn finish(mut self, result: Result<(), Error>) -> Result<(Report, Pair), Error> {
        drop(self.mover.take());
        let bytes = self.cursor.done();
        let sink = &self.pair.sink;
        let laid_out =
            result.and_then(|()| self.layout.end(&self.sys, sink, bytes, self.skipped).map_err(Error::fault));
        let size = match laid_out {
            Ok(size) => size,
            Err(error) => {
                self.layout.give_up(&self.sys, &self.pair.sink, bytes);
                let refused = error.kind() == ErrorKind::StrategyUnavailable;
                let (outcome, why) = if refused { (Outcome::Refused, error.reason()) } else { (Outcome::Failed, None) };
                self.close(outcome, why, error.moving_fault());
                return Err(error.after(bytes, self.attempts));
            }
        };
        self.close(Outcome::Finished, None, None);
        // which asks what the sink was before
        let copies = receipt::copies(&self.attempts, &self.pair, &self.usage);
        let report = Report {
            strategy: self.strategy,
            bytes,
            bytes_shared: receipt::shared(copies, &self.pair, bytes - self.skipped, self.shared),
            bytes_skipped: self.skipped,
            buffer_size: self.strategy.and_then(|strategy| strategy.buffer_size(self.tuning.buffer_size)),
            duration: self.elapsed,
            attempts: self.attempts,
            ..Report::new(copies, self.sys.counts)
        };
        let report = receipt::with_usage(report, &self.usage, &self.pair);
        self.pair.sink.size = size;
        Ok((report, self.pair))
    }
}
