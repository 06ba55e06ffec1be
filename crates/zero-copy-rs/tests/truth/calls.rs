//! `syscalls` against strace.
use std::path::Path;

use zero_copy_rs::Strategy;

use crate::support::bytes::{difference, random};
use crate::support::place::{Place, has_mounts};
use crate::support::strace;

/// The receipt of one copy, whose `syscalls` are what strace saw.
fn traced(source: &Path, destination: &Path, options: &[&str], flags: &[&str]) -> serde_json::Value {
    let traced = strace::copy(source, destination, options, flags);
    let report = traced.report();
    let counts = serde_json::to_value(&traced.counts).unwrap();
    assert_eq!(report["syscalls"], counts, "{} by {options:?}", source.display());
    report
}

fn exact(source: &Path, destination: &Path, options: &[&str], flags: &[&str]) -> serde_json::Value {
    let report = traced(source, destination, options, flags);
    let (found, wanted) = (std::fs::read(destination).unwrap(), std::fs::read(source).unwrap());
    assert_eq!(difference(&found, &wanted), None);
    assert_eq!(report["bytes"], wanted.len());
    report
}

#[test]
fn every_strategy_counts_what_strace_counts() {
    if !strace::is_there("every_strategy_counts_what_strace_counts") {
        return;
    }
    for &strategy in Strategy::ALL {
        let place = Place::preferably_on(if strategy == Strategy::Reflink { "xfs" } else { "ext4" });
        for size in [1, 4096, 100_001, 20_000_001] {
            if strategy == Strategy::Reflink && !has_mounts() {
                continue; // refused: the other tests have that
            }
            let source = place.file("source", &random(1, size));
            let report = exact(&source, &place.join("copy"), &["--strategy", strategy.name()], &[]);
            assert!(report["syscalls"].as_object().is_some_and(|calls| !calls.is_empty()), "{strategy}");
        }
    }
}

#[test]
fn sizes_that_are_no_multiple_of_the_buffer_count_the_rest_too() {
    if !strace::is_there("sizes_that_are_no_multiple_of_the_buffer_count_the_rest_too") {
        return;
    }
    let place = Place::preferably_on("ext4");
    for strategy in ["read_write", "mmap_write"] {
        for (size, buffer) in [(700, 64), (10_001, 512), (99_999, 10_000), (5000, 7000)] {
            let source = place.file("source", &random(1, size));
            let options = ["--strategy", strategy, "--buffer", &buffer.to_string()];
            let report = exact(&source, &place.join("copy"), &options, &[]);
            assert_eq!(report["syscalls"]["pwrite64"], size.div_ceil(buffer), "{strategy} {size} by {buffer}");
        }
    }
}

#[test]
fn auto_counts_what_strace_counts_on_each_file_system() {
    if !strace::is_there("auto_counts_what_strace_counts_on_each_file_system") {
        return;
    }
    let names = ["ext4", "ext4b", "xfs", "xfs-noreflink", "btrfs", "tmpfs"];
    let places = names.map(Place::preferably_on);
    for from in &places {
        let source = from.file("source", &random(1, 1_000_003));
        for to in &places {
            exact(&source, &to.join("copy"), &[], &[]);
            // and over a longer file
            let long = to.file("long", &random(2, 2_000_000));
            exact(&source, &long, &[], &[]);
            std::fs::remove_file(to.join("copy")).unwrap();
        }
        std::fs::remove_file(source).unwrap();
    }
}

#[test]
fn a_refusal_in_the_middle_is_counted() {
    if !strace::is_there("a_refusal_in_the_middle_is_counted") {
        return;
    }
    let place = Place::preferably_on("xfs");
    let source = place.file("source", &random(1, 1_000_003));
    for (options, inject) in [
        (&[][..], &["inject=ioctl:error=EOPNOTSUPP"][..]),
        (&[], &["inject=ioctl:error=ENOTTY", "inject=copy_file_range:error=ENOSYS"]),
        (&[], &["inject=ioctl:error=ENOTTY", "inject=copy_file_range:error=EXDEV", "inject=sendfile:error=EINVAL"]),
        (&["--strategy", "splice", "--strategy", "read_write"], &["inject=splice:error=EINVAL:when=4"]),
        (&["--strategy", "splice", "--strategy", "copy_file_range"], &["inject=splice:error=EPERM:when=3"]),
        (&["--strategy", "splice", "--strategy", "sendfile"], &["inject=pipe2:error=EPERM"]),
        (&["--strategy", "copy_file_range"], &["inject=copy_file_range:error=EINTR:when=1"]),
    ] {
        let flags: Vec<_> = inject.iter().flat_map(|inject| ["-e", inject]).collect();
        exact(&source, &place.join("copy"), options, &flags);
    }
    // the dynamic linker uses pread64 as well: only calls on these two files are looked at
    let destination = place.join("copy");
    let paths = ["-P", source.to_str().unwrap(), "-P", destination.to_str().unwrap()];
    let interrupted = ["-e", "inject=pread64:error=EINTR:when=2", "-e", "inject=pwrite64:error=EINTR:when=1+2"];
    let options = ["--strategy", "read_write", "--atomic", "never"]; // a file without a name has no path
    let report = exact(&source, &destination, &options, &[paths, interrupted].concat());
    assert_eq!(report["syscalls"], serde_json::json!({ "pread64": 5, "pwrite64": 8 }));
}

#[test]
fn what_is_asked_of_odd_sources_is_counted() {
    if !strace::is_there("what_is_asked_of_odd_sources_is_counted") {
        return;
    }
    let place = Place::preferably_on("ext4");
    let empty = place.file("empty", b"");
    assert_eq!(exact(&empty, &place.join("copy"), &[], &[])["syscalls"], serde_json::json!({ "pread64": 1 }));
    for (n, source) in ["/proc/version", "/proc/cpuinfo", "/sys/devices/system/cpu/online"].into_iter().enumerate() {
        traced(Path::new(source), &place.join(format!("by-auto-{n}")), &[], &[]);
        traced(Path::new(source), &place.join(format!("by-splice-{n}")), &["--strategy", "splice"], &[]);
    }
    traced(Path::new("/dev/zero"), &place.join("zeroes"), &["--length", "1000001"], &[]);
    traced(&place.file("source", &random(1, 300_000)), &place.null_device(), &[], &[]);
}
