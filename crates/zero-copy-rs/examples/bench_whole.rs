//! Our side, and Rust's own, of the tables in `bench/` that measure whole calls: one copy, how long it took, and the CPU time
//! of all threads of the process meanwhile. `bench/peers/copies.c` and `bench/node-copy.mjs` are the other sides, with the same
//! arguments and the same output.
//!
//! ```text
//! bench_whole SIDE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION
//! ```
//!
//! The small warm file is copied first, untimed, so that code is resident.
use std::path::Path;
use std::time::Instant;

use nix::time::{ClockId, clock_gettime};
use zero_copy_rs::{Atomic, CopyFile};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [side, source, destination, warm_source, warm_destination] = &arguments[..] else {
        return Err("usage: SIDE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION".into());
    };
    let copy = copy_of(side)?;
    copy(warm_source.as_ref(), warm_destination.as_ref())?;
    let (called, cpu) = (Instant::now(), cpu()?);
    copy(source.as_ref(), destination.as_ref())?;
    let total = called.elapsed();
    println!("{{\"total\":{},\"cpu\":{}}}", total.as_nanos(), (self::cpu()? - cpu).as_nanos());
    Ok(())
}

type Copy = fn(&Path, &Path) -> Result<u64, Failure>;

fn copy_of(side: &str) -> Result<Copy, Failure> {
    Ok(match side {
        "atomic" => |from, to| Ok(CopyFile::new(from, to).atomic(Atomic::Always).run()?.bytes),
        "durable" => |from, to| Ok(CopyFile::new(from, to).atomic(Atomic::Always).durable(true).run()?.bytes),
        "std" => |from, to| Ok(std::fs::copy(from, to)?),
        _ => return Err(format!("no side: {side}").into()),
    })
}

/// Of all threads.
fn cpu() -> Result<std::time::Duration, Failure> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}
