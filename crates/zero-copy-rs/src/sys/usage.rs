//! What this thread has consumed: [`getrusage(2)`](https://man7.org/linux/man-pages/man2/getrusage.2.html) and its CPU clock.
//!
//! RUSAGE_THREAD's times advance in ticks of 1-10 ms, so they only divide the clock's total; its counts are exact.
use std::ops::{AddAssign, Sub};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CLOCK_THREAD_CPUTIME_ID.
    pub(crate) cpu: Duration,
    pub(crate) user: Duration,
    pub(crate) system: Duration,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
    pub(crate) voluntary: u64,
    pub(crate) involuntary: u64,
    /// Bytes fetched from a device for this thread.
    pub(crate) device_reads: u64,
    /// Bytes that this thread made dirty in page caches which a device backs.
    pub(crate) device_writes: u64,
}

impl Usage {
    pub(crate) const NONE: Self = Self {
        cpu: Duration::ZERO,
        user: Duration::ZERO,
        system: Duration::ZERO,
        minor_faults: 0,
        major_faults: 0,
        voluntary: 0,
        involuntary: 0,
        device_reads: 0,
        device_writes: 0,
    };

    pub(crate) fn now() -> Self {
        let cpu = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from);
        let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else { return Self { cpu, ..Self::default() } };
        let time = |t: TimeVal| Duration::new(t.tv_sec() as u64, t.tv_usec() as u32 * 1000);
        Self {
            cpu,
            user: time(usage.user_time()),
            system: time(usage.system_time()),
            minor_faults: usage.minor_page_faults() as u64,
            major_faults: usage.major_page_faults() as u64,
            voluntary: usage.voluntary_context_switches() as u64,
            involuntary: usage.involuntary_context_switches() as u64,
            // counted in units of 512 bytes, whatever the device's block
            device_reads: usage.block_reads() as u64 * 512,
            device_writes: usage.block_writes() as u64 * 512,
        }
    }
}

impl Sub for Usage {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            user: self.user.saturating_sub(before.user),
            system: self.system.saturating_sub(before.system),
            minor_faults: self.minor_faults.saturating_sub(before.minor_faults),
            major_faults: self.major_faults.saturating_sub(before.major_faults),
            voluntary: self.voluntary.saturating_sub(before.voluntary),
            involuntary: self.involuntary.saturating_sub(before.involuntary),
            device_reads: self.device_reads.saturating_sub(before.device_reads),
            device_writes: self.device_writes.saturating_sub(before.device_writes),
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.cpu += more.cpu;
        self.user += more.user;
        self.system += more.system;
        self.minor_faults += more.minor_faults;
        self.major_faults += more.major_faults;
        self.voluntary += more.voluntary;
        self.involuntary += more.involuntary;
        self.device_reads += more.device_reads;
        self.device_writes += more.device_writes;
    }
}
