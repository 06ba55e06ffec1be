//! What a receipt looks like: one line in the original's manner, and all of it as data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;

use zero_copy_rs::{CopyFile, Report, Strategy, copy_file};

use support::bytes::random;
use support::place::{Place, has_mounts};

fn files(file_system: &str, size: usize) -> (Place, PathBuf, PathBuf) {
    let place = Place::preferably_on(file_system);
    let (source, destination) = (place.file("source", &random(1, size)), place.join("copy"));
    (place, source, destination)
}

/// `label`, seconds, perhaps a rate, copies.
fn parts(line: &str) -> Vec<String> {
    let (label, rest) = line.split_once(" = ").unwrap();
    [label].into_iter().chain(rest.split(", ")).map(str::to_owned).collect()
}

#[test]
fn it_is_one_line_in_the_originals_manner() {
    let (_place, source, destination) = files("ext4", 1_000_000);
    for (strategy, label, copies) in [
        (Strategy::ReadWrite, "read/write", "2 CPU copies"),
        (Strategy::MmapWrite, "mmap/write", "1 CPU copy"),
        (Strategy::Sendfile, "sendfile", "1 CPU copy"),
        (Strategy::Splice, "splice", "1 CPU copy"),
    ] {
        let line = CopyFile::new(&source, &destination).strategy(strategy).run().unwrap().to_string();
        let [found, seconds, rate, how_often] = &parts(&line)[..] else { panic!("{line}") };
        assert_eq!((&**found, &**how_often), (label, copies), "{line}");
        let seconds = seconds.strip_suffix(" sec").unwrap_or_else(|| panic!("{line}"));
        assert_eq!(seconds.split('.').nth(1).map(str::len), Some(3), "{line}");
        assert!(["GB/s", "MB/s", "kB/s"].iter().any(|unit| rate.ends_with(unit)), "{line}");
    }
}

#[test]
fn what_was_shared_or_empty_has_no_rate() {
    let (place, source, destination) = files("xfs", 1_000_000);
    if has_mounts() {
        let line = copy_file(&source, &destination).unwrap().to_string();
        assert_eq!(parts(&line)[2..], ["0 CPU copies"], "{line}");
        assert_eq!(parts(&line)[0], "reflink");
    }
    let empty = place.file("empty", b"");
    assert_eq!(copy_file(&empty, &destination).unwrap().to_string(), "nothing moved = 0.000 sec");
}

/// One that takes long enough for the ticks of RUSAGE_THREAD to say something.
fn long_copy(source: &Path, destination: &Path) -> Report {
    let copy = |bytes| CopyFile::new(source, destination).strategy(Strategy::ReadWrite).buffer_size(bytes).run();
    let mut reports = [64, 16, 4, 1].into_iter().map(|bytes| copy(bytes).unwrap());
    reports.find(|report| report.cpu.total >= TELLING).expect("no CPU copies a megabyte so fast byte by byte")
}

const TELLING: Duration = Duration::from_millis(100);

#[test]
fn the_clocks_agree_with_each_other() {
    let (_place, source, destination) = files("tmpfs", 1_000_000);
    let report = long_copy(&source, &destination);
    assert!(report.duration <= report.total);
    let cpu = report.cpu;
    let (user, system) = (cpu.user.unwrap(), cpu.system.unwrap());
    let ticks = Duration::from_millis(50);
    assert!((user + system).abs_diff(cpu.total) < ticks, "{cpu:?}");
    assert!(cpu.total < report.duration + ticks, "one thread cannot work longer than it takes: {report:?}");
    let rate = report.bytes_per_second().unwrap();
    assert!((rate * report.duration.as_secs_f64() / 1e6 - 1.0).abs() < 1e-9);
    let short = copy_file(&source, &destination).unwrap();
    assert_eq!(short.cpu.user.is_some(), short.cpu.total >= TELLING);
}

#[test]
fn names_are_those_of_the_interface_and_understood_again() {
    let names: Vec<_> = Strategy::ALL.iter().map(|strategy| strategy.name()).collect();
    assert_eq!(names, ["read_write", "mmap_write", "sendfile", "copy_file_range", "splice", "reflink", "direct"]);
    for &strategy in Strategy::ALL {
        assert_eq!(strategy.to_string().parse(), Ok(strategy));
        assert_eq!(format!("{strategy:>20}").len(), 20);
    }
    for wrong in ["", "auto", "ReadWrite", "read_write ", "1"] {
        let error = wrong.parse::<Strategy>().unwrap_err().to_string();
        assert!(error.contains(&format!("{wrong:?}")) && error.contains("copy_file_range"), "{error}");
    }
}

#[cfg(feature = "serde")]
mod as_data {
    use super::*;
    use serde_json::{Value, json};

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn sorted<const N: usize>(mut names: [&str; N]) -> Vec<&str> {
        names.sort_unstable();
        names.to_vec()
    }

    fn data(report: &Report) -> Value {
        serde_json::to_value(report).unwrap()
    }

    #[test]
    fn it_has_every_field_by_the_interfaces_names() {
        let (_place, source, destination) = files("ext4", 100_000);
        let report = copy_file(&source, &destination).unwrap();
        let data = data(&report);
        let names = [
            "strategy",
            "bytes",
            "bytesShared",
            "bytesSkipped",
            "bufferSize",
            "durationMs",
            "totalMs",
            "cpu",
            "bytesPerSecond",
            "syscalls",
            "contextSwitches",
            "pageFaults",
            "deviceReads",
            "deviceWrites",
            "cpuCopies",
            "attempts",
            "atomic",
            "atomicReason",
            "durable",
            "notPreserved",
        ];
        assert_eq!(keys(&data), sorted(names));
        assert_eq!(keys(&data["cpu"]), ["systemMs", "totalMs", "userMs"]);
        assert_eq!(keys(&data["contextSwitches"]), ["involuntary", "voluntary"]);
        assert_eq!(keys(&data["pageFaults"]), ["major", "minor"]);
        assert_eq!(keys(&data["cpuCopies"]), ["basis", "count"]);
        assert_eq!(data["bytes"], 100_000);
        assert_eq!((&data["atomic"], &data["atomicReason"]), (&json!(true), &Value::Null));
        assert_eq!(data["durable"], false);
        assert_eq!(data["totalMs"].as_f64().unwrap(), report.total.as_secs_f64() * 1e3);
        assert_eq!(data["cpu"]["userMs"], Value::Null, "ticks say nothing of so short a time");
        assert_eq!(data["bufferSize"], Value::Null);
    }

    #[test]
    fn attempts_have_a_code_only_where_the_kernel_answered() {
        let place = Place::anywhere();
        let list = [Strategy::CopyFileRange, Strategy::ReadWrite];
        // a device has no offsets, so the first is avoided; a file on another file system is refused
        let report = CopyFile::new("/dev/zero", place.join("copy")).length(10).strategies(list).run().unwrap();
        let attempts = &data(&report)["attempts"];
        assert_eq!(keys(&attempts[0]), sorted(["strategy", "bytes", "durationMs", "outcome", "reason"]));
        assert_eq!((&attempts[0]["outcome"], &attempts[0]["bytes"]), (&json!("avoided"), &json!(0)));
        assert_eq!((&attempts[1]["outcome"], &attempts[1]["reason"]), (&json!("finished"), &Value::Null));

        let list = [Strategy::Reflink, Strategy::ReadWrite];
        let report = CopyFile::new("/proc/version", place.join("copy")).strategies(list).run().unwrap();
        let refused = &data(&report)["attempts"][0];
        let names = ["strategy", "bytes", "durationMs", "outcome", "reason", "code", "errno", "syscall"];
        assert_eq!(keys(refused), sorted(names));
        assert_eq!((&refused["code"], &refused["syscall"]), (&json!("EXDEV"), &json!("ioctl")));
        assert_eq!((&refused["errno"], &refused["outcome"]), (&json!(-libc::EXDEV), &json!("refused")));
    }

    #[test]
    fn what_is_not_known_is_null() {
        let place = Place::anywhere();
        let report = copy_file("/dev/null", place.join("copy")).unwrap();
        let data = data(&report);
        let nulls = ["strategy", "bufferSize", "bytesPerSecond", "deviceReads", "deviceWrites"];
        nulls.iter().for_each(|name| assert_eq!(data[name], Value::Null, "{name}"));
        assert_eq!((&data["cpuCopies"]["count"], &data["attempts"]), (&Value::Null, &json!([])));
        assert_eq!(data["syscalls"], json!({}));
    }

    #[test]
    fn a_probe_is_data_too() {
        let found = serde_json::to_value(zero_copy_rs::probe(Some(&std::env::temp_dir())).unwrap()).unwrap();
        assert_eq!(keys(&found), ["kernel", "path", "route", "strategies"]);
        let names = Strategy::ALL.iter().map(|strategy| strategy.name());
        assert!(names.clone().all(|name| keys(&found["strategies"][name]) == ["available", "cpuCopies", "reason"]));
        assert_eq!(found["strategies"]["read_write"]["available"], "yes");
        assert_eq!(keys(&found["path"]), ["device", "fileSystem", "holes", "reflink"]);
    }
}
