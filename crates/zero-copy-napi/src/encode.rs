//! From an outcome to numbers and words. lib/numbers.ts reads them; the two are one format.
use crate::benchmark::{Began, encode_began, encode_run, encode_warnings};
use zero_copy_rs::benchmark::{Row, Run, Warning};
use zero_copy_rs::{Attempt, Available, Call, Capabilities, Error, Outcome as Fate, RelayReport, Report, Strategy};

pub(crate) enum Outcome {
    Report(Box<Report>),
    Capabilities(Capabilities),
    Relay(Box<RelayReport>),
    /// A benchmark's beginning.
    Began(Box<Began>),
    /// One of its runs, and its row; None: there is none left.
    Run(Option<Box<(Run, Row)>>),
    /// Its end.
    Warnings(Vec<Warning>),
    Error(Error),
}

impl From<Result<RelayReport, Error>> for Outcome {
    fn from(result: Result<RelayReport, Error>) -> Self {
        result.map_or_else(Self::Error, |report| Self::Relay(Box::new(report)))
    }
}

impl From<Result<Report, Error>> for Outcome {
    fn from(result: Result<Report, Error>) -> Self {
        result.map_or_else(Self::Error, |report| Self::Report(Box::new(report)))
    }
}

impl From<Result<Capabilities, Error>> for Outcome {
    fn from(result: Result<Capabilities, Error>) -> Self {
        result.map_or_else(Self::Error, Self::Capabilities)
    }
}

/// Fills an array from the front.
pub(crate) struct Numbers<'a> {
    slots: std::slice::IterMut<'a, f64>,
}

impl<'a> Numbers<'a> {
    pub(crate) fn new(array: &'a mut [f64]) -> Self {
        Self { slots: array.iter_mut() }
    }

    /// The array is made for the longest report; what would not fit is left out rather than written elsewhere.
    pub(crate) fn push(&mut self, number: f64) {
        if let Some(slot) = self.slots.next() {
            *slot = number;
        }
    }

    pub(crate) fn push_or_null(&mut self, number: Option<f64>) {
        self.push(number.unwrap_or(f64::NAN));
    }

    pub(crate) fn push_all(&mut self, numbers: impl IntoIterator<Item = f64>) {
        numbers.into_iter().for_each(|number| self.push(number));
    }
}

/// Pieces of text with a NUL between them: none of them has one inside.
#[derive(Default)]
pub(crate) struct Words(String);

impl Words {
    pub(crate) fn push(&mut self, word: &str) {
        self.0.push_str(word);
        self.0.push('\0');
    }
}

pub(crate) fn ms(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(crate) fn strategy_index(strategy: Strategy) -> f64 {
    Strategy::ALL.iter().position(|&each| each == strategy).map_or(f64::NAN, |index| index as f64)
}

pub(crate) fn call_index(call: Call) -> f64 {
    Call::ALL.iter().position(|&each| each == call).map_or(f64::NAN, |index| index as f64)
}

pub(crate) fn settled(numbers: &mut Numbers<'_>, id: u32, outcome: &Outcome) -> String {
    let mut words = Words::default();
    numbers.push(f64::from(id));
    match outcome {
        Outcome::Report(report) => {
            numbers.push(0.0);
            encode_report(numbers, &mut words, report);
        }
        Outcome::Error(error) => {
            numbers.push(1.0);
            encode_error(numbers, &mut words, error);
        }
        Outcome::Capabilities(found) => {
            numbers.push(2.0);
            encode_capabilities(numbers, &mut words, found);
        }
        Outcome::Relay(report) => {
            numbers.push_all([3.0, ms(report.total)]);
            encode_report(numbers, &mut words, &report.a_to_b);
            encode_report(numbers, &mut words, &report.b_to_a);
        }
        Outcome::Began(began) => {
            numbers.push(4.0);
            encode_began(numbers, &mut words, began);
        }
        Outcome::Run(run) => {
            numbers.push_all([5.0, f64::from(u8::from(run.is_some()))]);
            if let Some(run) = run {
                encode_run(numbers, &mut words, &run.0, &run.1);
            }
        }
        Outcome::Warnings(warnings) => {
            numbers.push(6.0);
            encode_warnings(numbers, &mut words, warnings);
        }
    }
    words.0
}

pub(crate) fn encode_report(numbers: &mut Numbers<'_>, words: &mut Words, report: &Report) {
    let whole = |number: Option<u64>| number.map_or(f64::NAN, |number| number as f64);
    let flag = |flag: Option<bool>| flag.map_or(f64::NAN, |flag| f64::from(u8::from(flag)));
    let cpu = report.cpu;
    numbers.push_all([
        report.strategy.map_or(f64::NAN, strategy_index),
        report.bytes as f64,
        report.bytes_shared as f64,
        report.bytes_skipped as f64,
        whole(report.buffer_size.map(|bytes| bytes as u64)),
        ms(report.duration),
        ms(report.total),
        ms(cpu.total),
        cpu.user.map_or(f64::NAN, ms),
        cpu.system.map_or(f64::NAN, ms),
        report.voluntary_context_switches as f64,
        report.involuntary_context_switches as f64,
        report.minor_page_faults as f64,
        report.major_page_faults as f64,
        whole(report.device_reads),
        whole(report.device_writes),
        report.cpu_copies.count.map_or(f64::NAN, f64::from),
        flag(report.atomic),
        flag(report.durable),
    ]);
    numbers.push(report.syscalls.iter().count() as f64);
    numbers.push_all(report.syscalls.iter().flat_map(|(call, count)| [call_index(call), count as f64]));
    words.push(report.cpu_copies.basis);
    words.push(&report.not_preserved.join(","));
    words.push(report.atomic_reason.unwrap_or_default());
    encode_attempts(numbers, words, &report.attempts);
}

fn encode_attempts(numbers: &mut Numbers<'_>, words: &mut Words, attempts: &[Attempt]) {
    numbers.push(attempts.len() as f64);
    for attempt in attempts {
        let fate = match attempt.outcome {
            Fate::Finished => 0.0,
            Fate::Refused => 1.0,
            Fate::Avoided => 2.0,
            _ => 3.0,
        };
        numbers.push_all([
            strategy_index(attempt.strategy),
            attempt.bytes as f64,
            ms(attempt.elapsed),
            fate,
            attempt.errno.map_or(f64::NAN, f64::from),
            attempt.call.map_or(f64::NAN, call_index),
        ]);
        words.push(attempt.reason.unwrap_or_default());
    }
}

fn encode_error(numbers: &mut Numbers<'_>, words: &mut Words, error: &Error) {
    let refusal = error.refusal().and_then(|refusal| refusal.raw_os_error());
    numbers.push_all([
        error.raw_os_error().map_or(f64::NAN, f64::from),
        error.strategy().map_or(f64::NAN, strategy_index),
        error.bytes() as f64,
        refusal.map_or(f64::NAN, f64::from),
        refusal
            .and(error.call())
            .and_then(|name| Call::ALL.into_iter().find(|call| call.name() == name))
            .map_or(f64::NAN, call_index),
    ]);
    words.push(&error.code());
    words.push(error.description());
    words.push(error.call().unwrap_or_default());
    words.push(error.detail().unwrap_or_default());
    words.push(&error.source_path().map_or_else(Default::default, |path| path.to_string_lossy()));
    encode_attempts(numbers, words, error.attempts());
}

fn encode_capabilities(numbers: &mut Numbers<'_>, words: &mut Words, found: &Capabilities) {
    let flag = |flag: Option<bool>| flag.map_or(f64::NAN, |flag| f64::from(u8::from(flag)));
    let place = found.path.as_ref();
    words.push(found.kernel);
    words.push(place.map_or("", |place| &place.file_system));
    words.push(place.map_or("", |place| &place.device));
    numbers.push(found.strategies.len() as f64);
    for each in &found.strategies {
        let available = match each.available {
            Available::Yes => 0.0,
            Available::No => 1.0,
            Available::Avoided => 2.0,
            Available::Unsupported => 3.0,
            _ => 4.0,
        };
        numbers.push_all([available, each.cpu_copies.count.map_or(f64::NAN, f64::from)]);
        words.push(each.reason.unwrap_or_default());
        words.push(each.cpu_copies.basis);
    }
    numbers.push_all([
        f64::from(u8::from(place.is_some())),
        place.map_or(f64::NAN, |place| flag(place.reflink)),
        place.map_or(f64::NAN, |place| flag(place.holes)),
    ]);
    let route = found.route.as_ref();
    numbers.push(f64::from(u8::from(route.is_some())));
    numbers.push(route.map_or(f64::NAN, |route| flag(route.scatter_gather)));
    numbers.push(route.map_or(f64::NAN, |route| flag(route.checksum_offload)));
    words.push(&route.map_or_else(String::new, |route| route.address.to_string()));
    words.push(route.map_or("", |route| &route.interface));
}
