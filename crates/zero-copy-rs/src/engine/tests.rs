//! The engine from the inside: what can't be arranged from outside, because it happens between opening and copying.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod carry;
mod changing_source;
mod cursor;
mod handle;
mod refusal;
mod timers;
#[allow(dead_code)] // the integration tests use the rest
#[path = "../../tests/support"]
mod support {
    pub(crate) mod bytes;
    pub(crate) mod place;
}

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Budget, Cursor, Handle, Job, Turn, blocking};
use crate::destination::{Destination, FileWish, Finish, Opening, Origin, Preserve};
use crate::endpoint::{End, Pair};
use crate::error::Error;
use crate::plan::Plan;
use crate::report::Report;
use crate::strategy::Strategy;
use crate::sys::faults::Faults;
use crate::sys::steps::Steps;
use support::bytes::random;
use support::place::Place;

/// A source of random bytes, and a name for its copy.
struct Files {
    place: Place,
    source: PathBuf,
    destination: PathBuf,
    content: Vec<u8>,
}

impl Files {
    fn new(file_system: &str, size: usize) -> Self {
        let place = Place::preferably_on(file_system);
        let content = random(1, size);
        Self { source: place.file("source", &content), destination: place.join("copy"), place, content }
    }

    fn source(&self) -> End {
        End::new(File::open(&self.source).unwrap().into()).unwrap()
    }

    /// Opened, and nothing copied yet.
    fn open(&self, order: &[Strategy], faults: Faults) -> (Job, Destination) {
        self.open_range(order, faults, Cursor::new(0, Some(self.content.len() as u64)))
    }

    fn open_range(&self, order: &[Strategy], faults: Faults, cursor: Cursor) -> (Job, Destination) {
        let source = self.source();
        let (wish, steps) = (FileWish::default(), Steps { faults: faults.shared() });
        let opening = Destination::open(&self.destination, wish, Origin::File(&source), steps).unwrap();
        let Opening::Open(destination, sink) = opening else { panic!("the destination is the source") };
        (job(Pair { source, sink }, order, cursor, faults), destination)
    }
}

fn job(pair: Pair, order: &[Strategy], cursor: Cursor, faults: Faults) -> Job {
    let plan = Plan { order: order.to_vec(), avoided: Vec::new() };
    let mut job = Job::new(pair, plan, cursor, None, Handle::default());
    job.sys.faults = faults;
    job
}

/// From here to its end, and the destination's.
fn finish(mut job: Job, destination: Destination) -> Result<Report, Error> {
    let result = blocking::drive(&mut job);
    let (report, pair) = job.finish(result)?;
    let cloned = report.syscalls.of(crate::Call::Ioctl) > 0;
    let source = Some((&pair.source, Preserve::default()));
    let finished = destination.commit(pair.sink, &Finish { length: report.bytes, cloned, source })?;
    Ok(report.made(finished))
}

fn content(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn a_burst_ends_with_its_budget_and_the_next_goes_on() {
    for &strategy in Strategy::ALL.iter().filter(|&&strategy| strategy != Strategy::Reflink) {
        let files = Files::new("ext4", 50_000);
        let (mut job, destination) = files.open(&[strategy], Faults::default().short(1000));
        let mut reached = vec![0];
        while let Turn::More = job.burst(Budget::bytes(7000)) {
            reached.push(job.handle().bytes());
        }
        // a step too far at most
        assert!(reached.windows(2).all(|pair| (7000..8000).contains(&(pair[1] - pair[0]))), "{strategy}: {reached:?}");
        assert_eq!(finish(job, destination).unwrap().bytes, 50_000);
        assert!(content(&files.destination) == files.content, "{strategy}");
    }
}

#[test]
fn a_budget_that_is_just_enough_ends_the_transfer() {
    for &strategy in Strategy::ALL.iter().filter(|&&strategy| strategy != Strategy::Reflink) {
        let files = Files::new("ext4", 50_000);
        let (mut job, _destination) = files.open(&[strategy], Faults::default());
        assert!(matches!(job.burst(Budget::bytes(50_000)), Turn::Done(Ok(()))), "{strategy}");
    }
}

#[test]
fn a_burst_that_has_no_time_left_takes_one_step() {
    let files = Files::new("ext4", 50_000);
    let (mut job, _destination) = files.open(&[Strategy::Sendfile], Faults::default());
    let budget = Budget { bytes: u64::MAX, step: 20_000, time: Some(std::time::Duration::ZERO) };
    assert!(matches!(job.burst(budget), Turn::More));
    assert_eq!(job.handle().bytes(), 20_000);
}

#[test]
fn the_time_of_the_attempts_is_the_time_of_the_transfer() {
    let files = Files::new("ext4", 50_000);
    let faults = Faults::default().short(5000).fail(crate::Call::Splice, 4, libc::EINVAL);
    let (job, destination) = files.open(&[Strategy::Splice, Strategy::ReadWrite], faults);
    let report = finish(job, destination).unwrap();
    assert_eq!(report.attempts.iter().map(|attempt| attempt.elapsed).sum::<std::time::Duration>(), report.duration);
}
