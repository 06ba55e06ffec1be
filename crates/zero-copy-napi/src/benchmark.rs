//! Benchmarks: begun, told to go on after each run, and ended. In between JavaScript saves and shows what was found, and
//! nothing is measured. lib/benchmark-numbers.ts reads what is written here; the two are one format.
use std::net::SocketAddr;
use std::time::UNIX_EPOCH;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use zero_copy_rs::benchmark::{Environment, Row, Run, Series, Spread, Warning, WarningKind};
use zero_copy_rs::{Benchmark, Handle, Strategy};

use crate::encode::{Numbers, Outcome, Words, call_index, encode_report, ms, strategy_index};
use crate::request::path;
use crate::transfers::{Answer, Slots, Transfers};

/// What is known before anything is measured.
pub(crate) struct Began {
    environment: Environment,
    rows: Vec<Row>,
}

impl From<Answer<Began>> for Outcome {
    fn from(result: Answer<Began>) -> Self {
        result.map_or_else(Self::Error, |began| Self::Began(Box::new(began)))
    }
}

/// None: everything was measured.
type Measured = Option<(Run, Row)>;

/// As `begin` gives it.
type Done<T> = Box<dyn FnOnce(Answer<T>) + Send>;

impl From<Answer<Measured>> for Outcome {
    fn from(result: Answer<Measured>) -> Self {
        result.map_or_else(Self::Error, |run| Self::Run(run.map(Box::new)))
    }
}

impl From<Answer<Vec<Warning>>> for Outcome {
    fn from(result: Answer<Vec<Warning>>) -> Self {
        result.map_or_else(Self::Error, Self::Warnings)
    }
}

#[napi]
impl Transfers {
    /// Begins a benchmark: `peer` null: from file to file, empty: over loopback, else an address with its port.
    #[napi(catch_unwind)]
    pub fn benchmark(
        &self,
        env: &Env,
        id: u32,
        #[napi(ts_arg_type = "string | Uint8Array | null")] file: Option<Either<String, &[u8]>>,
        #[napi(ts_arg_type = "string | Uint8Array")] directory: Either<String, &[u8]>,
        peer: Option<String>,
        #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    ) -> Result<bool> {
        let mut request = asked(options).directory(path(&directory));
        if let Some(file) = &file {
            request = request.file(path(file));
        }
        request = match peer.as_deref() {
            None => request,
            Some("") => request.loopback(),
            Some(peer) => {
                request.peer(peer.parse::<SocketAddr>().map_err(|error| Error::from_reason(error.to_string()))?)
            }
        };
        let mailbox = self.mailbox.clone();
        self.begin(env, id, |done: Done<Began>| {
            let begun = move |series: Answer<Series>| {
                done(series.map(|series| {
                    let began = Began { environment: series.environment().clone(), rows: series.rows().to_vec() };
                    mailbox.keep(id, series);
                    began
                }));
            };
            request.submit(begun).map(Into::into)
        })
    }

    /// Measures once more, in the benchmark with this number.
    #[napi(catch_unwind)]
    pub fn benchmark_run(&self, env: &Env, id: u32, benchmark: u32) -> Result<bool> {
        let mailbox = self.mailbox.clone();
        self.begin(env, id, |done: Done<Measured>| {
            let Some(series) = mailbox.kept(benchmark) else {
                done(Ok(None));
                return Ok(Handle::default().into());
            };
            let measured = move |told: Answer<(Series, Answer<Option<Run>>)>| {
                done(told.and_then(|(series, run)| {
                    let with_row = run.map(|run| run.and_then(|run| Some((series.rows().get(run.row)?.clone(), run))));
                    mailbox.keep(benchmark, series);
                    with_row.map(|found| found.map(|(row, run)| (run, row)))
                }));
            };
            series.submit_next(measured).map(Into::into)
        })
    }

    /// Removes the benchmark's files.
    #[napi(catch_unwind)]
    pub fn benchmark_end(&self, env: &Env, id: u32, benchmark: u32) -> Result<bool> {
        self.begin(env, id, |done: Done<Vec<Warning>>| {
            match self.mailbox.kept(benchmark) {
                Some(series) => series.submit_finish(done)?,
                None => done(Ok(Vec::new())),
            }
            Ok(Handle::default().into())
        })
    }
}

/// `options`: iterations, cold; then the sizes, the buffers and the strategies, each with their number before them. A
/// strategy of NaN is ours to choose.
fn asked(options: &[f64]) -> Benchmark {
    let mut rest = options.iter().copied();
    let mut next = || rest.next().unwrap_or_default();
    let (iterations, is_cold) = (next() as u32, next() == 1.0);
    let mut list = || {
        let count = next() as usize;
        (0..count).map(|_| next()).collect::<Vec<_>>()
    };
    let (sizes, buffers, strategies) = (list(), list(), list());
    Benchmark::new()
        .iterations(iterations)
        .cold(is_cold)
        .sizes(sizes.into_iter().map(|bytes| bytes as u64))
        .buffers(buffers.into_iter().map(|bytes| bytes as usize))
        .strategies(strategies.into_iter().map(|index| {
            let known = Strategy::ALL.get(index as usize).copied();
            known.filter(|_| !index.is_nan())
        }))
}

pub(crate) fn encode_began(numbers: &mut Numbers<'_>, words: &mut Words, Began { environment, rows }: &Began) {
    let flag = |flag: Option<bool>| flag.map_or(f64::NAN, |flag| f64::from(u8::from(flag)));
    let route = environment.route.as_ref();
    numbers.push_all([
        environment.began.duration_since(UNIX_EPOCH).map_or(f64::NAN, ms),
        environment.cores as f64,
        environment.memory_bytes as f64,
        environment.load_average,
        environment.peer.map_or(f64::NAN, |peer| f64::from(peer.port())),
        route.map_or(f64::NAN, |route| flag(route.scatter_gather)),
        route.map_or(f64::NAN, |route| flag(route.checksum_offload)),
    ]);
    for word in
        [environment.kernel, &environment.cpu, &environment.file_system, &environment.device, environment.version]
    {
        words.push(word);
    }
    words.push(&route.map_or_else(String::new, |route| route.address.to_string()));
    words.push(route.map_or("", |route| &route.interface));
    // any number of them: not in the array
    for row in rows {
        let strategy = row.strategy.map_or(f64::NAN, strategy_index);
        let buffer = row.buffer_size.map_or(f64::NAN, |bytes| bytes as f64);
        words.push(&format!("{} {strategy} {buffer}", row.size));
    }
}

pub(crate) fn encode_run(numbers: &mut Numbers<'_>, words: &mut Words, run: &Run, row: &Row) {
    numbers.push_all([run.row as f64, run.done as f64, run.total as f64]);
    encode_row(numbers, words, row);
    numbers.push(f64::from(u8::from(run.sample.is_some())));
    if let Some(sample) = &run.sample {
        numbers.push(f64::from(sample.round));
        numbers.push_or_null(sample.delivered.map(ms));
        numbers.push_or_null(sample.receiver_cpu.map(ms));
        encode_report(numbers, words, &sample.report);
    }
}

fn encode_row(numbers: &mut Numbers<'_>, words: &mut Words, row: &Row) {
    numbers.push_all([row.ran.map_or(f64::NAN, strategy_index), row.runs as f64]);
    for spread in
        [row.duration_ms, row.total_ms, row.delivered_ms, row.cpu_ms, row.receiver_cpu_ms, row.bytes_per_second]
    {
        encode_spread(numbers, spread);
    }
    numbers.push_all([
        row.context_switches.voluntary,
        row.context_switches.involuntary,
        row.page_faults.minor,
        row.page_faults.major,
    ]);
    numbers.push_or_null(row.device_reads);
    numbers.push_or_null(row.device_writes);
    numbers.push_or_null(row.cpu_copies.count.map(f64::from));
    numbers.push(row.syscalls.len() as f64);
    numbers.push_all(row.syscalls.iter().flat_map(|&(call, count)| [call_index(call), count]));
    words.push(row.cpu_copies.basis);
    words.push(row.unavailable.as_deref().unwrap_or_default());
}

fn encode_spread(numbers: &mut Numbers<'_>, spread: Option<Spread>) {
    let of = |value: fn(&Spread) -> f64| spread.as_ref().map_or(f64::NAN, value);
    numbers.push_all([
        of(|spread| spread.median),
        of(|spread| spread.mad),
        of(|spread| spread.p10),
        of(|spread| spread.p90),
        of(|spread| spread.min),
        of(|spread| spread.max),
    ]);
}

pub(crate) fn encode_warnings(numbers: &mut Numbers<'_>, words: &mut Words, warnings: &[Warning]) {
    numbers.push(warnings.len() as f64);
    for warning in warnings {
        numbers.push(match warning.kind {
            WarningKind::Noisy => 0.0,
            WarningKind::Throttled => 1.0,
            WarningKind::Cached => 2.0,
            _ => 3.0,
        });
        words.push(&warning.message);
        let rows: Vec<_> = warning.rows.iter().map(ToString::to_string).collect();
        words.push(&rows.join(","));
    }
}
