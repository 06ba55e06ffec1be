//! Our side of `bench/`: one copy through the public API, and how long it took. `bench/loops.c` is the other side, with
//! the same arguments and the same output.
//!
//! ```text
//! bench_copy STRATEGY BUFFER_SIZE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION
//! ```
//!
//! STRATEGY `auto` and BUFFER_SIZE 0 leave the choice to the library. The small warm file is copied first, untimed, so
//! that code and buffer are resident.
use zero_copy_rs::{CopyFile, Report};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [strategy, buffer_size, source, destination, warm_source, warm_destination] = &arguments[..] else {
        return Err("usage: STRATEGY BUFFER_SIZE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION".into());
    };
    let copy = |source, destination| copy(strategy, buffer_size.parse()?, source, destination);
    copy(warm_source, warm_destination)?;
    std::fs::remove_file(warm_destination)?;
    let report = copy(source, destination)?;
    println!("{{\"moving\":{},\"total\":{}}}", report.duration.as_nanos(), report.total.as_nanos());
    Ok(())
}

fn copy(strategy: &str, buffer_size: usize, source: &str, destination: &str) -> Result<Report, Failure> {
    let mut request = CopyFile::new(source, destination).overwrite(false);
    if strategy != "auto" {
        request = request.strategy(strategy.parse()?);
    }
    if buffer_size > 0 {
        request = request.buffer_size(buffer_size);
    }
    Ok(request.run()?)
}
