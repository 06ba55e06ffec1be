//! From runs to what is said of them.
use std::time::Duration;

use super::order::Case;
use super::statistics::{Spread, median};
use crate::report::{CpuCopies, Report};
use crate::strategy::Strategy;
use crate::sys::call::Call;

/// One run, raw.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// From 1: each round runs everything once, each in another order.
    pub round: u32,
    /// Its row's index.
    pub row: usize,
    /// Until the peer had all and had closed. None from file to file.
    pub delivered: Option<Duration>,
    /// CPU time of the thread that discards (loopback).
    pub receiver_cpu: Option<Duration>,
    /// The receipt.
    pub report: Report,
}

/// Median numbers a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ContextSwitches {
    /// Because it waited.
    pub voluntary: f64,
    /// Because others had to run.
    pub involuntary: f64,
}

/// Median numbers a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PageFaults {
    /// Without input or output.
    pub minor: f64,
    /// That read from a device.
    pub major: f64,
}

/// All runs of one size, strategy and buffer.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Row {
    /// Bytes.
    pub size: u64,
    /// None: auto.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::strategy_or_auto"))]
    pub strategy: Option<Strategy>,
    /// What finished the last run. None: nothing ran.
    pub ran: Option<Strategy>,
    /// What was asked for. None: nothing.
    pub buffer_size: Option<usize>,
    /// How many samples there are.
    pub runs: usize,
    /// The moving loop alone. As the other spreads None where nothing ran.
    pub duration_ms: Option<Spread>,
    /// The whole call.
    pub total_ms: Option<Spread>,
    /// Until the peer had all and had closed; None from file to file.
    pub delivered_ms: Option<Spread>,
    /// Of the thread that moved the bytes.
    pub cpu_ms: Option<Spread>,
    /// Of the thread that discards; None where it is not ours.
    pub receiver_cpu_ms: Option<Spread>,
    /// Moved bytes over `duration_ms`; None also where none were moved.
    pub bytes_per_second: Option<Spread>,
    /// Medians a run, of each call that was made in any.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::json::counts"))]
    pub syscalls: Vec<(Call, f64)>,
    /// Of the thread that moved the bytes.
    pub context_switches: ContextSwitches,
    /// Of the thread that moved the bytes.
    pub page_faults: PageFaults,
    /// Bytes, median a run. None where not accounted.
    pub device_reads: Option<f64>,
    /// Bytes, median a run. None where not accounted.
    pub device_writes: Option<f64>,
    /// Of the last run.
    pub cpu_copies: CpuCopies,
    /// Why it could not run here.
    pub unavailable: Option<String>,
}

impl Row {
    /// Before anything ran.
    pub(super) fn new(case: Case) -> Self {
        let Case { size, strategy, buffer_size } = case;
        Self {
            size,
            strategy,
            ran: None,
            buffer_size,
            runs: 0,
            duration_ms: None,
            total_ms: None,
            delivered_ms: None,
            cpu_ms: None,
            receiver_cpu_ms: None,
            bytes_per_second: None,
            syscalls: Vec::new(),
            context_switches: ContextSwitches::default(),
            page_faults: PageFaults::default(),
            device_reads: None,
            device_writes: None,
            cpu_copies: CpuCopies::unknown("it did not run"),
            unavailable: None,
        }
    }

    /// With these samples, all of it.
    pub(super) fn with(case: Case, samples: &[&Sample]) -> Self {
        let Some(last) = samples.last() else { return Self::new(case) };
        let spread = |value: fn(&Sample) -> Option<f64>| Spread::of(samples.iter().filter_map(|sample| value(sample)));
        let middle = |value: fn(&Report) -> u64| {
            median(samples.iter().map(|sample| value(&sample.report) as f64)).unwrap_or_default()
        };
        let bytes = |value: fn(&Report) -> Option<u64>| {
            median(samples.iter().filter_map(|sample| value(&sample.report)).map(|bytes| bytes as f64))
        };
        Self {
            ran: last.report.strategy,
            runs: samples.len(),
            duration_ms: spread(|sample| Some(ms(sample.report.duration))),
            total_ms: spread(|sample| Some(ms(sample.report.total))),
            delivered_ms: spread(|sample| sample.delivered.map(ms)),
            cpu_ms: spread(|sample| Some(ms(sample.report.cpu.total))),
            receiver_cpu_ms: spread(|sample| sample.receiver_cpu.map(ms)),
            bytes_per_second: spread(|sample| sample.report.bytes_per_second()),
            syscalls: syscalls(samples),
            context_switches: ContextSwitches {
                voluntary: middle(|report| report.voluntary_context_switches),
                involuntary: middle(|report| report.involuntary_context_switches),
            },
            page_faults: PageFaults {
                minor: middle(|report| report.minor_page_faults),
                major: middle(|report| report.major_page_faults),
            },
            device_reads: bytes(|report| report.device_reads),
            device_writes: bytes(|report| report.device_writes),
            cpu_copies: last.report.cpu_copies,
            ..Self::new(case)
        }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A run that did not make a call made it 0 times.
fn syscalls(samples: &[&Sample]) -> Vec<(Call, f64)> {
    let of = |call| median(samples.iter().map(|sample| sample.report.syscalls.of(call) as f64));
    let made = |call: &Call| samples.iter().any(|sample| sample.report.syscalls.of(*call) > 0);
    Call::ALL.into_iter().filter(made).filter_map(|call| Some((call, of(call)?))).collect()
}
