//! Where it was measured: all that could change a result, and nothing that names the machine or its owner.
use std::fs::{File, read_to_string};
use std::net::SocketAddr;
use std::time::SystemTime;

use crate::route::Route;
use crate::sys::file_system::FileSystem;
use crate::sys::{kernel, mount};

/// Where a benchmark was measured.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Environment {
    /// When it began.
    pub began: SystemTime,
    /// The kernel's release.
    pub kernel: &'static str,
    /// As the CPU names itself; where it does not, its architecture.
    pub cpu: String,
    /// That this process may use.
    pub cores: usize,
    /// Of the machine.
    pub memory_bytes: u64,
    /// Of the test files, or of the source, as the mount table names it: `ext4`.
    pub file_system: String,
    /// As the mount table names it: `/dev/vda1`.
    pub device: String,
    /// Of one minute, when it began.
    pub load_average: f64,
    /// Of this crate.
    pub version: &'static str,
    /// Where the bytes go. None from file to file.
    pub peer: Option<SocketAddr>,
    /// By which device they leave.
    pub route: Option<Route>,
}

impl Environment {
    /// `file` is on the file system that counts.
    pub(super) fn of(file: &File, peer: Option<SocketAddr>, route: Option<Route>) -> Self {
        let text = |path| read_to_string(path).unwrap_or_default();
        let mount = mount::of(file);
        let file_system =
            mount.as_ref().map_or_else(|| FileSystem::of(file).name.to_owned(), |mount| mount.file_system.clone());
        Self {
            began: SystemTime::now(),
            kernel: kernel::release(),
            cpu: cpu(&text("/proc/cpuinfo")).unwrap_or(std::env::consts::ARCH).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory_bytes: memory(&text("/proc/meminfo")).unwrap_or_default(),
            file_system,
            device: mount.map_or_else(|| "unknown".to_owned(), |mount| mount.device),
            load_average: text("/proc/loadavg")
                .split(' ')
                .next()
                .and_then(|word| word.parse().ok())
                .unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION"),
            peer,
            route,
        }
    }
}

/// x86 has a name there, most of ARM none.
fn cpu(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

fn memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::{cpu, memory};

    #[test]
    fn the_kernels_tables_are_read() {
        assert_eq!(cpu("processor\t: 0\nmodel name\t: A CPU @ 2.10GHz\nflags\t: a b\n"), Some("A CPU @ 2.10GHz"));
        assert_eq!(cpu("processor\t: 0\nCPU part\t: 0xd40\n"), None);
        assert_eq!(memory("MemTotal:        8025860 kB\nMemFree: 1 kB\n"), Some(8_025_860 * 1024));
    }
}
