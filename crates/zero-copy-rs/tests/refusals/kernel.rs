//! Real refusals: a filter as containers have it, and calls that strace lets fail.
use std::path::Path;

use zero_copy_rs::{CopyFile, ErrorKind, Outcome, Strategy, copy_file};

use crate::support::bytes::{difference, random, sparse};
use crate::support::place::Place;
use crate::support::seccomp::forbid;
use crate::support::{child, strace};

/// More than one step of the kernel's strategies, which is 64 MiB. With holes, so that it costs little.
fn large(place: &Place) -> std::path::PathBuf {
    let source = place.join("source");
    let pieces = [0, (64 << 20) - 2500, 100_000_000, 150_000_000].map(|at| (at, random(at, 5000)));
    sparse(&source, 150_005_000, &pieces.each_ref().map(|(at, bytes)| (*at, &bytes[..])));
    source
}

fn same(a: &Path, b: &Path) {
    assert_eq!(difference(&std::fs::read(a).unwrap(), &std::fs::read(b).unwrap()), None);
}

#[test]
fn under_a_filter_auto_goes_on_and_a_name_is_an_error() {
    for errno in [libc::EPERM, libc::ENOSYS] {
        let filters = [
            (vec![libc::SYS_copy_file_range], Strategy::Sendfile),
            (vec![libc::SYS_copy_file_range, libc::SYS_sendfile], Strategy::ReadWrite),
        ];
        for (calls, way_out) in filters {
            // the filter is the thread's, and ends with it
            let under = move || {
                let Some(place) = Place::without_clones() else { return };
                let (source, old) = (place.file("source", &random(1, 300_000)), place.file("old", b"old content"));
                forbid(&calls.iter().map(|&call| (call, errno)).collect::<Vec<_>>());
                let error = CopyFile::new(&source, &old).strategy(Strategy::CopyFileRange).run().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::StrategyUnavailable);
                assert_eq!(error.refusal().unwrap().raw_os_error(), Some(errno));
                assert_eq!(std::fs::read(&old).unwrap(), b"old content");
                let report = copy_file(&source, &old).unwrap();
                assert_eq!(report.strategy, Some(way_out));
                same(&source, &old);
                let refused = report.attempts.iter().filter(|attempt| attempt.outcome == Outcome::Refused);
                assert!(refused.clone().all(|attempt| attempt.errno == Some(errno)));
                assert_eq!(refused.count(), calls.len());
            };
            std::thread::spawn(under).join().unwrap();
        }
    }
}

#[test]
fn under_a_filter_of_splice_and_pipes_the_next_strategy_does_it() {
    child::alone("kernel::under_a_filter_of_splice_and_pipes_the_next_strategy_does_it", || {
        for call in [libc::SYS_splice, libc::SYS_pipe2, libc::SYS_mmap] {
            let under = move || {
                let place = Place::preferably_on("ext4");
                let source = place.file("source", &random(1, 300_000));
                let copy = CopyFile::new(&source, place.join("copy"));
                let copy = copy.strategies([Strategy::Splice, Strategy::MmapWrite, Strategy::ReadWrite]);
                forbid(&[(call, libc::EPERM)]);
                let report = copy.run().unwrap();
                same(&source, &place.join("copy"));
                let by_splice = call == libc::SYS_mmap;
                assert_eq!(report.strategy, Some(if by_splice { Strategy::Splice } else { Strategy::MmapWrite }));
                let refused = report.attempts.first().map(|first| (first.outcome, first.errno));
                assert_eq!(refused == Some((Outcome::Refused, Some(libc::EPERM))), !by_splice);
            };
            std::thread::spawn(under).join().unwrap();
        }
    });
}

/// One `--inject` for each, and what the report must say of its attempts: strategy and outcome.
fn injected(options: &[&str], inject: &[&str], wanted: &[(&str, &str)]) {
    if !strace::is_there("injected refusals") {
        return;
    }
    let Some(place) = Place::without_clones() else { return };
    let source = large(&place);
    let flags: Vec<_> = inject.iter().flat_map(|what| ["-e", what]).collect();
    let traced = strace::copy(&source, &place.join("copy"), options, &flags);
    let report = traced.report();
    same(&source, &place.join("copy"));
    assert_eq!(report["bytes"], 150_005_000);
    let attempts = report["attempts"].as_array().unwrap().iter();
    let attempts = attempts.filter(|attempt| attempt["outcome"] != "avoided");
    let attempts: Vec<_> = attempts.map(|tried| (tried["strategy"].as_str(), tried["outcome"].as_str())).collect();
    let wanted: Vec<_> = wanted.iter().map(|&(strategy, outcome)| (Some(strategy), Some(outcome))).collect();
    assert_eq!(attempts, wanted);
    let counted = serde_json::to_value(&traced.counts).unwrap();
    assert_eq!(report["syscalls"], counted);
}

#[test]
fn copy_file_range_that_is_refused_in_the_middle_is_followed_by_sendfile() {
    injected(
        &[],
        &["inject=copy_file_range:error=EINVAL:when=2+"],
        &[("copy_file_range", "refused"), ("sendfile", "finished")],
    );
}

#[test]
fn sendfile_that_is_refused_in_the_middle_too_is_followed_by_reading_and_writing() {
    injected(
        &[],
        &["inject=copy_file_range:error=EXDEV:when=2+", "inject=sendfile:error=ENOSYS:when=2+"],
        &[("copy_file_range", "refused"), ("sendfile", "refused"), ("read_write", "finished")],
    );
}

#[test]
fn splice_that_is_refused_with_bytes_in_the_pipe_loses_none() {
    injected(
        &["--strategy", "splice", "--strategy", "sendfile"],
        &["inject=splice:error=EINVAL:when=6+"],
        &[("splice", "refused"), ("sendfile", "finished")],
    );
}

#[test]
fn interrupted_calls_are_made_again() {
    injected(
        &["--strategy", "copy_file_range"],
        &["inject=copy_file_range:error=EINTR:when=1..2"],
        &[("copy_file_range", "finished")],
    );
}
