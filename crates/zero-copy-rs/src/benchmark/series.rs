//! A benchmark under way: one run at a time, each when it is asked for.
use super::copying;
use super::environment::Environment;
use super::order::{Case, Order, Turn};
use super::place::Place;
use super::restraint::Restraint;
use super::row::{Row, Sample};
use super::sending::Peer;
use super::source::Source;
use super::warning::{Warning, warnings};
use crate::engine::{Handle, workers};
use crate::error::{Error, ErrorKind};

/// What came of one run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// Which row is now another.
    pub row: usize,
    /// None: its strategy cannot be used here, as the row says.
    pub sample: Option<Sample>,
    /// How many runs are over.
    pub done: u64,
    /// How many there will be; fewer once a strategy turned out to be unavailable.
    pub total: u64,
}

/// A benchmark under way. Dropped, it removes its test files; [`finish`](Self::finish) also says whether it could.
#[derive(Debug)]
pub struct Series {
    cases: Vec<Case>,
    order: Order,
    iterations: u32,
    is_cold: bool,
    /// Of the size under way; a file of the caller's is all of them.
    source: Option<Source>,
    place: Option<Place>,
    peer: Option<Peer>,
    environment: Environment,
    before: Restraint,
    rows: Vec<Row>,
    samples: Vec<Sample>,
    done: u64,
    total: u64,
    is_prepared: bool,
    handle: Handle,
}

impl Series {
    pub(super) fn new(
        cases: Vec<Case>,
        sizes: usize,
        iterations: u32,
        is_cold: bool,
        (source, place, peer): (Option<Source>, Option<Place>, Option<Peer>),
        environment: Environment,
        handle: Handle,
    ) -> Self {
        let of_each = cases.len() / sizes.max(1);
        Self {
            order: Order::new(vec![of_each; sizes], iterations),
            iterations,
            is_cold,
            source,
            place,
            peer,
            environment,
            before: Restraint::now(),
            rows: cases.iter().map(|&case| Row::new(case)).collect(),
            samples: Vec::new(),
            done: 0,
            total: cases.len() as u64 * u64::from(iterations),
            is_prepared: false,
            cases,
            handle,
        }
    }

    /// Measures once more. None: everything was measured.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SourceChanged`], [`ErrorKind::Aborted`], and every error of a copy or a send, but that a strategy cannot be
    /// used here: that is the row's.
    pub fn next_run(&mut self) -> Result<Option<Run>, Error> {
        let Some(turn) = self.turn() else { return Ok(None) };
        if self.handle.stopped() {
            return Err(Error::aborted().of_benchmark(None));
        }
        self.prepare(turn)?;
        let measured = self.measure(turn);
        if let Some(source) = &self.source {
            source.is_as_it_was().map_err(|error| error.of_benchmark(Some(source.path())))?;
        }
        let (case, row) = (self.cases[turn.case], turn.case);
        let sample = match measured {
            Ok(sample) => {
                self.done += 1;
                self.samples.push(sample.clone());
                let of_row: Vec<_> = self.samples.iter().filter(|sample| sample.row == row).collect();
                self.rows[row] = Row::with(case, &of_row);
                Some(sample)
            }
            Err(error) if error.kind() == ErrorKind::StrategyUnavailable => {
                self.total -= u64::from(self.iterations - turn.round + 1);
                self.rows[row].unavailable = Some(reason(&error));
                None
            }
            Err(error) => return Err(error.of_benchmark(self.source.as_ref().map(Source::path))),
        };
        Ok(Some(Run { row, sample, done: self.done, total: self.total }))
    }

    /// Measures once more on one of the library's own threads, and calls `done` there. Where even the series is lost (a
    /// defect of this library, contained), its files are gone.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit_next(
        mut self,
        done: impl FnOnce(Result<(Self, Result<Option<Run>, Error>), Error>) + Send + 'static,
    ) -> Result<Handle, Error> {
        let handle = self.handle();
        let task = move || {
            let run = move || {
                let run = self.next_run();
                (self, run)
            };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            done(result.map_err(|_| Error::panicked()));
        };
        workers::COPIERS.submit_stoppable(&handle, Box::new(task))?;
        Ok(handle)
    }

    /// Removes the test files.
    ///
    /// # Errors
    ///
    /// When that cannot be done.
    pub fn finish(self) -> Result<(), Error> {
        let Self { source, place, .. } = self;
        drop(source);
        place.map_or(Ok(()), Place::remove).map_err(|error| error.of_benchmark(None))
    }

    /// Finishes on one of the library's own threads, and calls `done` there with what makes the numbers doubtful.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit_finish(self, done: impl FnOnce(Result<Vec<Warning>, Error>) + Send + 'static) -> Result<(), Error> {
        let task = move || {
            let finish = move || {
                let warnings = self.warnings();
                self.finish().map(|()| warnings)
            };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(finish));
            done(result.unwrap_or_else(|_| Err(Error::panicked())));
        };
        workers::COPIERS.submit(Box::new(task))
    }

    /// Stops it, from any thread.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// All rows: by size, then strategy, then buffer.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Every run, in the order in which they ran.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// What makes the numbers doubtful, until now.
    pub fn warnings(&self) -> Vec<Warning> {
        warnings(&self.rows, &self.samples, self.is_cold, self.before.until(&Restraint::now()))
    }

    /// Where it is measured.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    fn turn(&mut self) -> Option<Turn> {
        let rows = &self.rows;
        self.order.find(|turn| rows[turn.case].unavailable.is_none())
    }

    /// The source of this size, in the state that was asked for.
    fn prepare(&mut self, turn: Turn) -> Result<(), Error> {
        let size = self.cases[turn.case].size;
        if self.source.as_ref().is_none_or(|source| source.size() != size) {
            self.is_prepared = false;
            self.generate(size)?;
        }
        let Some(source) = &self.source else { return Ok(()) };
        let prepared = match (self.is_cold, self.is_prepared) {
            (true, _) => source.chill(),
            (false, false) => source.warm(&self.handle),
            (false, true) => Ok(()),
        };
        self.is_prepared = true;
        prepared.map_err(|error| error.of_benchmark(Some(source.path())))
    }

    fn generate(&mut self, size: u64) -> Result<(), Error> {
        let Some(place) = &self.place else { return Ok(()) };
        let path = place.source();
        self.source = None;
        let _ = std::fs::remove_file(&path);
        let made = Source::generate(&path, size, &self.handle).and_then(|source| place.sync().map(|()| source));
        self.source = Some(made.map_err(|error| error.of_benchmark(Some(&path)))?);
        Ok(())
    }

    fn measure(&self, turn: Turn) -> Result<Sample, Error> {
        let case = &self.cases[turn.case];
        let Turn { case: row, round } = turn;
        let copied = |report| Sample { round, row, delivered: None, receiver_cpu: None, report };
        match (&self.source, &self.peer, &self.place) {
            (Some(source), Some(peer), _) => peer.send(case, source, &self.handle).map(|sent| Sample {
                delivered: Some(sent.delivered),
                receiver_cpu: sent.receiver_cpu,
                ..copied(sent.report)
            }),
            (Some(source), None, Some(place)) => copying::run(case, source, place, &self.handle).map(copied),
            _ => Err(Error::new(ErrorKind::OutOfRange, "There is nothing to measure")),
        }
    }
}

/// The words of the attempt; of the error, where there was none.
fn reason(error: &Error) -> String {
    let told = error.attempts().iter().rev().find_map(|attempt| attempt.reason);
    told.unwrap_or(error.description()).to_owned()
}
