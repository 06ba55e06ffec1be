//! Reports as data, in the shape of the npm package: the same names, milliseconds, `null` for what is not known.
use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::report::{Attempt, CpuTime, Report};
use crate::request::probe::{Capabilities, Capability};
use crate::request::relay::RelayReport;
use crate::strategy::Strategy;
use crate::sys::call::{Call, Counts};

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

impl Serialize for Strategy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

pub(crate) fn strategy_or_auto<S: Serializer>(strategy: &Option<Strategy>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(strategy.map_or("auto", Strategy::name))
}

pub(crate) fn counts<S: Serializer>(counts: &[(Call, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().copied())
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for CpuTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CpuTime", 3)?;
        object.serialize_field("totalMs", &ms(self.total))?;
        object.serialize_field("userMs", &self.user.map(ms))?;
        object.serialize_field("systemMs", &self.system.map(ms))?;
        object.end()
    }
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("strategy", &self.strategy)?;
        object.serialize_entry("bytes", &self.bytes)?;
        object.serialize_entry("durationMs", &ms(self.elapsed))?;
        object.serialize_entry("outcome", &self.outcome)?;
        object.serialize_entry("reason", &self.reason)?;
        if let Some(errno) = self.errno {
            object.serialize_entry("code", &format!("{:?}", nix::errno::Errno::from_raw(errno)))?;
            object.serialize_entry("errno", &-errno)?;
        }
        if let Some(call) = self.call {
            object.serialize_entry("syscall", &call)?;
        }
        object.end()
    }
}

#[derive(serde::Serialize)]
struct Switches {
    voluntary: u64,
    involuntary: u64,
}

#[derive(serde::Serialize)]
struct Faults {
    minor: u64,
    major: u64,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let switches =
            Switches { voluntary: self.voluntary_context_switches, involuntary: self.involuntary_context_switches };
        let faults = Faults { minor: self.minor_page_faults, major: self.major_page_faults };
        let mut object = serializer.serialize_struct("Report", 20)?;
        object.serialize_field("strategy", &self.strategy)?;
        object.serialize_field("bytes", &self.bytes)?;
        object.serialize_field("bytesShared", &self.bytes_shared)?;
        object.serialize_field("bytesSkipped", &self.bytes_skipped)?;
        object.serialize_field("bufferSize", &self.buffer_size)?;
        object.serialize_field("durationMs", &ms(self.duration))?;
        object.serialize_field("totalMs", &ms(self.total))?;
        object.serialize_field("cpu", &self.cpu)?;
        object.serialize_field("bytesPerSecond", &self.bytes_per_second())?;
        object.serialize_field("syscalls", &self.syscalls)?;
        object.serialize_field("contextSwitches", &switches)?;
        object.serialize_field("pageFaults", &faults)?;
        object.serialize_field("deviceReads", &self.device_reads)?;
        object.serialize_field("deviceWrites", &self.device_writes)?;
        object.serialize_field("cpuCopies", &self.cpu_copies)?;
        object.serialize_field("attempts", &self.attempts)?;
        object.serialize_field("atomic", &self.atomic)?;
        object.serialize_field("atomicReason", &self.atomic_reason)?;
        object.serialize_field("durable", &self.durable)?;
        object.serialize_field("notPreserved", &self.not_preserved)?;
        object.end()
    }
}

impl Serialize for RelayReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("RelayReport", 3)?;
        object.serialize_field("aToB", &self.a_to_b)?;
        object.serialize_field("bToA", &self.b_to_a)?;
        object.serialize_field("totalMs", &ms(self.total))?;
        object.end()
    }
}

impl Serialize for Capability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Capability", 3)?;
        object.serialize_field("available", &self.available)?;
        object.serialize_field("reason", &self.reason)?;
        object.serialize_field("cpuCopies", &self.cpu_copies)?;
        object.end()
    }
}

struct ByStrategy<'a>(&'a [Capability]);

impl Serialize for ByStrategy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|found| (found.strategy, found)))
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Capabilities", 4)?;
        object.serialize_field("kernel", &self.kernel)?;
        object.serialize_field("strategies", &ByStrategy(&self.strategies))?;
        object.serialize_field("path", &self.path)?;
        object.serialize_field("route", &self.route)?;
        object.end()
    }
}
