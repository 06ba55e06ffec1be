//! Copies a file and prints the receipt.
//!
//! Several `--strategy` are tried in their order; without any the library chooses. With the feature `serde` the receipt
//! is JSON, otherwise one line.
use std::process::ExitCode;

use pico_args::Arguments;
use zero_copy_rs::{Atomic, CopyFile, Report, Sparse};

mod command;

fn main() -> ExitCode {
    let usage = "receipt SRC DST [--strategy NAME]… [--buffer N] [--offset N] [--length N] [--atomic WHEN] [--sparse WHEN] \
                 [--durable]";
    command::main(usage, copy)
}

fn copy(mut arguments: Arguments) -> command::Answer<Report> {
    let strategies = command::strategies(&mut arguments)?;
    let buffer = arguments.opt_value_from_str("--buffer")?;
    let offset = arguments.opt_value_from_str("--offset")?;
    let length = arguments.opt_value_from_str("--length")?;
    let atomic = arguments.opt_value_from_fn("--atomic", atomic)?;
    let sparse = arguments.opt_value_from_fn("--sparse", sparse)?;
    let durable = arguments.contains("--durable");
    let (source, destination) = command::words(arguments)?;
    let mut copy = CopyFile::new(source, destination).offset(offset.unwrap_or(0)).durable(durable);
    copy = copy.atomic(atomic.unwrap_or_default()).sparse(sparse.unwrap_or_default());
    if let Some(strategies) = strategies {
        copy = copy.strategies(strategies);
    }
    if let Some(bytes) = buffer {
        copy = copy.buffer_size(bytes);
    }
    if let Some(bytes) = length {
        copy = copy.length(bytes);
    }
    Ok(copy.run()?)
}

fn atomic(when: &str) -> Result<Atomic, &'static str> {
    match when {
        "auto" => Ok(Atomic::Auto),
        "always" => Ok(Atomic::Always),
        "never" => Ok(Atomic::Never),
        _ => Err("auto, always or never"),
    }
}

fn sparse(when: &str) -> Result<Sparse, &'static str> {
    match when {
        "auto" => Ok(Sparse::Auto),
        "always" => Ok(Sparse::Always),
        "never" => Ok(Sparse::Never),
        _ => Err("auto, always or never"),
    }
}
