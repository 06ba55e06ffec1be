//! Files that the kernel generates as they are read: their size is 0 (procfs) or a page (sysfs), and neither is true.
use std::path::Path;

use zero_copy_rs::{CopyFile, ErrorKind, Report, Strategy};

use crate::support::place::Place;

const CPUS: &str = "/proc/cpuinfo";
const MAPPINGS: &str = "/proc/self/maps";
const ONLINE: &str = "/sys/devices/system/cpu/online";
const HUGE_PAGES: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// What does not change from one look to the next: clock rates do, and addresses do.
fn steady(path: &str, content: &[u8]) -> String {
    let text = String::from_utf8(content.to_vec()).unwrap();
    match path {
        CPUS => text.lines().filter(|line| !line.contains("MHz")).map(|line| format!("{line}\n")).collect(),
        // not the same number of lines for long: that it goes on to the last must do
        MAPPINGS => text.lines().last().unwrap_or_default().to_owned(),
        _ => text,
    }
}

/// The whole file; the copy is removed, for a plain user may not write over it: its mode is 0444.
fn check(source: &str, destination: &Path, report: &Report) {
    let (found, wanted) = (std::fs::read(destination).unwrap(), std::fs::read(source).unwrap());
    let strategy = report.strategy;
    assert_eq!(steady(source, &found), steady(source, &wanted), "{source} by {strategy:?}");
    assert_eq!(report.bytes, found.len() as u64, "{source} by {strategy:?}");
    assert!(!found.is_empty(), "{source} by {strategy:?}");
    std::fs::remove_file(destination).unwrap();
}

fn places() -> impl Iterator<Item = Place> {
    ["ext4", "tmpfs", "xfs", "btrfs"].map(Place::preferably_on).into_iter()
}

fn sources() -> impl Iterator<Item = &'static str> {
    [CPUS, MAPPINGS, ONLINE, HUGE_PAGES].into_iter().filter(|path| Path::new(path).exists())
}

#[test]
fn auto_copies_generated_files_whole() {
    for place in places() {
        for source in sources() {
            let destination = place.join("copy");
            let report = CopyFile::new(source, &destination).run().unwrap();
            check(source, &destination, &report);
            if std::fs::metadata(source).unwrap().len() == 0 {
                assert_eq!(report.strategy, Some(Strategy::ReadWrite), "{source}: nothing else finds its end");
            }
        }
    }
}

#[test]
fn reading_by_name_copies_generated_files_whole() {
    for place in places() {
        for source in sources() {
            for bytes in [1, 100, 1 << 20] {
                let destination = place.join("copy");
                let copy = CopyFile::new(source, &destination).strategy(Strategy::ReadWrite).buffer_size(bytes);
                check(source, &destination, &copy.run().unwrap());
            }
        }
    }
}

#[test]
fn any_other_strategy_by_name_copies_generated_files_whole_or_says_that_it_cannot() {
    let mut wrong = Vec::new();
    for place in places() {
        for source in sources() {
            for &strategy in Strategy::ALL {
                let destination = place.join(strategy.name());
                match CopyFile::new(source, &destination).strategy(strategy).run() {
                    Ok(report) if report.bytes > 0 => check(source, &destination, &report),
                    Err(error) if error.kind() == ErrorKind::StrategyUnavailable => {
                        assert!(!destination.exists(), "{source} by {strategy}: a refusal left a name");
                    }
                    result => wrong.push(format!("{source} by {strategy} in {}: {result:?}", place.display())),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_range_of_a_generated_file_is_that_range() {
    let place = Place::anywhere();
    let whole = std::fs::read("/proc/version").unwrap();
    let copy = CopyFile::new("/proc/version", place.join("a")).offset(3).length(10);
    assert_eq!(copy.run().unwrap().bytes, 10);
    assert_eq!(std::fs::read(place.join("a")).unwrap(), whole[3..13]);
    let rest = CopyFile::new("/proc/version", place.join("b")).offset(3).run().unwrap();
    assert_eq!(rest.bytes as usize, whole.len() - 3);
    assert_eq!(std::fs::read(place.join("b")).unwrap(), whole[3..]);
}
