//! What held the CPU back: a cgroup's quota, the CPU's own temperature, the hypervisor. Counters of the kernel's, read
//! before and after.
use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// Below this share of the time the hypervisor's part is no news.
const STOLEN: f64 = 0.02;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Restraint {
    /// Periods in which a quota of ours was used up; `cpu.stat` of cgroup2.
    quota: u64,
    /// How often a core was slowed down because it was too hot.
    heat: u64,
    /// In ticks, all cores: what the hypervisor gave to others, and everything.
    stolen: u64,
    all: u64,
}

impl Restraint {
    /// What cannot be read restrains nobody.
    pub(super) fn now() -> Self {
        let (stolen, all) = read_to_string("/proc/stat").ok().and_then(|text| ticks(&text)).unwrap_or_default();
        Self { quota: quota(), heat: heat(), stolen, all }
    }

    /// What happened until `now`, a sentence each.
    pub(super) fn until(&self, now: &Self) -> Vec<String> {
        let [quota, heat, stolen, all] =
            [(self.quota, now.quota), (self.heat, now.heat), (self.stolen, now.stolen), (self.all, now.all)]
                .map(|(before, after)| after.saturating_sub(before));
        let mut told = Vec::new();
        if quota > 0 {
            told.push(format!("a CPU quota (cgroup) was used up in {quota} periods"));
        }
        if heat > 0 {
            told.push(format!("the CPU was slowed down {heat} times because it was too hot"));
        }
        let share = stolen as f64 / all.max(1) as f64;
        if share > STOLEN {
            told.push(format!("the hypervisor gave {:.0} % of the CPU time to others", share * 100.0));
        }
        told
    }
}

/// `steal` and the sum of the first line of /proc/stat; `guest` and `guest_nice` are part of `user` and `nice`.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    const STEAL: usize = 7;
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let numbers: Vec<u64> = numbers.take(STEAL + 1).map_while(|number| number.parse().ok()).collect();
    Some((*numbers.get(STEAL)?, numbers.iter().sum()))
}

/// Of our cgroup and all above it: each may have a quota.
fn quota() -> u64 {
    let ours = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let Some(path) = ours.lines().find_map(|line| line.strip_prefix("0::/")) else { return 0 };
    let directory = Path::new("/sys/fs/cgroup").join(path);
    let above = directory.ancestors().take_while(|path| path.starts_with("/sys/fs/cgroup"));
    above.filter_map(|path| throttled(&read_to_string(path.join("cpu.stat")).ok()?)).sum()
}

fn throttled(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("nr_throttled "))?.trim().parse().ok()
}

fn heat() -> u64 {
    let count = |core: std::fs::DirEntry| {
        let text = read_to_string(core.path().join("thermal_throttle/core_throttle_count")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    read_dir("/sys/devices/system/cpu").into_iter().flatten().flatten().filter_map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::{Restraint, throttled, ticks};

    #[test]
    fn the_kernels_counters_are_read() {
        assert_eq!(ticks("cpu  10 1 20 300 5 0 2 7 99 98\ncpu0 1 2\n"), Some((7, 345)));
        assert_eq!(ticks("cpu  10 1 20 300\n"), None);
        assert_eq!(throttled("usage_usec 1\nnr_periods 9\nnr_throttled 4\nthrottled_usec 8\n"), Some(4));
        assert_eq!(throttled("usage_usec 1\n"), None);
    }

    #[test]
    fn what_grew_is_told_and_nothing_else() {
        let before = Restraint { quota: 3, heat: 1, stolen: 10, all: 1000 };
        assert_eq!(before.until(&Restraint { stolen: 20, all: 2000, ..before }), Vec::<String>::new());
        let after = Restraint { quota: 5, heat: 4, stolen: 60, all: 2000 };
        assert_eq!(
            before.until(&after),
            [
                "a CPU quota (cgroup) was used up in 2 periods",
                "the CPU was slowed down 3 times because it was too hot",
                "the hypervisor gave 5 % of the CPU time to others"
            ]
        );
    }
}
