//! From file to file.
use std::collections::BTreeMap;

use zero_copy_rs::benchmark::{Row, WarningKind};
use zero_copy_rs::{Benchmark, Call, Strategy};

use crate::run;
use crate::support::bytes::random;
use crate::support::place::Place;

const SIZE: u64 = 10_000;

fn of(rows: &[Row], strategy: Strategy, buffer: Option<usize>) -> &Row {
    rows.iter().find(|row| row.strategy == Some(strategy) && row.buffer_size == buffer).unwrap()
}

#[test]
fn the_originals_modes_take_each_buffer_and_count_its_calls() {
    let place = Place::preferably_on("ext4");
    let mut series =
        Benchmark::new().sizes([SIZE]).buffers([32, 512]).iterations(3).directory(&*place).begin().unwrap();
    let runs = run(&mut series);
    let rows = series.rows();
    for buffer in [32, 512] {
        let calls = SIZE.div_ceil(buffer) as f64;
        let asked = Some(buffer as usize);
        assert_eq!(
            of(rows, Strategy::ReadWrite, asked).syscalls,
            [(Call::Pread64, calls), (Call::Pwrite64, calls)],
            "{buffer}"
        );
        assert_eq!(of(rows, Strategy::MmapWrite, asked).syscalls, [(Call::Pwrite64, calls)], "{buffer}");
        assert_eq!(of(rows, Strategy::Sendfile, asked).syscalls, [(Call::Sendfile, 1.0), (Call::Lseek, 1.0)]);
    }
    let names: Vec<_> = rows.iter().map(|row| (row.strategy.map_or("auto", Strategy::name), row.buffer_size)).collect();
    let modes = ["read_write", "mmap_write", "sendfile"].map(|name| [(name, Some(32)), (name, Some(512))]).concat();
    let others = ["copy_file_range", "splice", "reflink", "direct", "auto"].map(|name| (name, None));
    assert_eq!(names, [&modes[..], &others].concat());

    // every run is told once, with how many there will be; what is unavailable is asked once
    let ran = runs.iter().filter(|run| run.sample.is_some());
    assert_eq!(ran.count(), series.samples().len());
    let last = runs.last().unwrap();
    assert_eq!((last.done, last.total), (series.samples().len() as u64, series.samples().len() as u64));
    for row in rows {
        assert_eq!(row.runs, if row.unavailable.is_some() { 0 } else { 3 }, "{row:?}");
        assert_eq!(row.ran.is_some(), row.unavailable.is_none());
        assert_eq!(row.duration_ms.is_some(), row.unavailable.is_none());
    }
    assert!(of(rows, Strategy::Splice, None).duration_ms.unwrap().median > 0.0);
    series.finish().unwrap();
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn what_cannot_run_here_says_why_and_is_asked_once() {
    let Some(place) = Place::on("tmpfs") else { return };
    let strategies = [Some(Strategy::Reflink), Some(Strategy::Sendfile)];
    let request = Benchmark::new().sizes([SIZE]).buffers([64]).strategies(strategies).iterations(2);
    let mut series = request.directory(&*place).begin().unwrap();
    let runs = run(&mut series);
    assert_eq!(
        runs.iter().map(|run| (run.row, run.done, run.total)).collect::<Vec<_>>(),
        [(0, 0, 2), (1, 1, 2), (1, 2, 2)]
    );
    assert!(
        series.rows()[0].unavailable.as_ref().is_some_and(|why| why.contains("file system")),
        "{:?}",
        series.rows()[0]
    );
    assert_eq!(series.rows()[0].ran, None);
}

#[test]
fn each_size_is_measured_with_its_own_file() {
    let place = Place::anywhere();
    let strategies = [Some(Strategy::ReadWrite), None];
    let request = Benchmark::new().sizes([5000, 70_000]).buffers([1000]).strategies(strategies).iterations(2);
    let mut series = request.directory(&*place).begin().unwrap();
    run(&mut series);
    let moved =
        series.samples().iter().map(|sample| (sample.row, sample.round, sample.report.bytes)).collect::<Vec<_>>();
    let of_size = |first, size| [(first, 1, size), (first + 1, 1, size), (first + 1, 2, size), (first, 2, size)];
    assert_eq!(moved, [of_size(0, 5000), of_size(2, 70_000)].concat());
}

#[test]
fn a_file_of_the_callers_is_moved_and_stays_as_it_was() {
    let place = Place::anywhere();
    let content = random(3, 123_457);
    let file = place.file("mine", &content);
    let mut series = Benchmark::new().file(&file).buffers([4096]).iterations(1).directory(&*place).begin().unwrap();
    run(&mut series);
    assert!(series.samples().iter().all(|sample| sample.report.bytes == 123_457));
    drop(series);
    assert_eq!(place.names(), ["mine"]);
    assert!(std::fs::read(file).unwrap() == content);
}

#[test]
fn a_cold_source_is_read_from_its_device_in_every_run() {
    let Some(place) = Place::on("ext4") else { return };
    let request = Benchmark::new().sizes([3_000_000]).buffers([65_536]).iterations(2).cold(true).directory(&*place);
    let mut series = request.begin().unwrap();
    run(&mut series);
    for sample in series.samples() {
        assert!(sample.report.device_reads >= Some(3_000_000), "{:?}", sample.report);
    }
    assert!(series.warnings().iter().all(|warning| warning.kind != WarningKind::Cached), "{:?}", series.warnings());
}

#[test]
fn where_nobody_accounts_device_reads_a_cold_source_is_doubted() {
    let Some(place) = Place::on("tmpfs") else { return };
    let request = Benchmark::new().sizes([SIZE]).buffers([64]).strategies([Some(Strategy::Sendfile)]).cold(true);
    let mut series = request.iterations(1).directory(&*place).begin().unwrap();
    run(&mut series);
    let warnings = series.warnings();
    let cached = warnings.iter().find(|warning| warning.kind == WarningKind::Cached).unwrap();
    assert_eq!(cached.rows, [0]);
    assert!(cached.message.contains("does not account"), "{}", cached.message);
}

#[test]
fn what_is_over_at_once_is_too_short_to_time() {
    let place = Place::anywhere();
    let request = Benchmark::new().sizes([1]).buffers([1]).strategies([Some(Strategy::ReadWrite)]).iterations(5);
    let mut series = request.directory(&*place).begin().unwrap();
    run(&mut series);
    let kinds: BTreeMap<_, _> =
        series.warnings().into_iter().map(|warning| (format!("{:?}", warning.kind), warning.rows)).collect();
    assert_eq!(kinds.get("Short"), Some(&vec![0]));
}

#[test]
fn the_environment_is_this_machines() {
    let Some(place) = Place::on("xfs") else { return };
    let series = Benchmark::new().sizes([SIZE]).directory(&*place).begin().unwrap();
    let found = series.environment();
    assert_eq!(found.file_system, "xfs");
    assert!(found.device.starts_with("/dev/loop"), "{}", found.device);
    assert_eq!(found.kernel, nix::sys::utsname::uname().unwrap().release().to_str().unwrap());
    assert!(found.cores > 0 && found.memory_bytes > 1 << 20 && !found.cpu.is_empty());
    assert_eq!(found.route, None);
}

#[cfg(feature = "serde")]
#[test]
fn rows_and_warnings_are_data_with_the_names_of_the_npm_package() {
    let place = Place::anywhere();
    let strategies = [Some(Strategy::ReadWrite), None];
    let request = Benchmark::new().sizes([1000]).buffers([100]).strategies(strategies).iterations(1);
    let mut series = request.directory(&*place).begin().unwrap();
    run(&mut series);
    let row = serde_json::to_value(&series.rows()[0]).unwrap();
    assert_eq!(row["strategy"], "read_write");
    assert_eq!(row["bufferSize"], 100);
    assert_eq!(row["syscalls"], serde_json::json!({ "pread64": 10.0, "pwrite64": 10.0 }));
    assert!(row["durationMs"]["median"].is_f64());
    assert_eq!(row["deliveredMs"], serde_json::Value::Null);
    assert_eq!(serde_json::to_value(&series.rows()[1]).unwrap()["strategy"], "auto");
    let warnings = serde_json::to_value(series.warnings()).unwrap();
    let kinds: Vec<_> = warnings.as_array().unwrap().iter().map(|warning| &warning["kind"]).collect();
    assert!(kinds.contains(&&"short".into()), "{warnings}");
}
