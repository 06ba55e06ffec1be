//! The measuring core: what it runs, counts and warns of, and what it leaves behind (nothing).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod experiment;
mod refused;
mod sent;
mod stopped;
#[path = "../support/mod.rs"]
mod support;

use zero_copy_rs::Error;
use zero_copy_rs::benchmark::{Run, Series};

/// All of it, and the number of runs as each was told.
fn run(series: &mut Series) -> Vec<Run> {
    std::iter::from_fn(|| series.next_run().unwrap()).collect()
}

/// Until it fails.
fn failure(series: &mut Series) -> Error {
    loop {
        match series.next_run() {
            Ok(run) => assert!(run.is_some(), "it was measured to the end"),
            Err(error) => return error,
        }
    }
}
