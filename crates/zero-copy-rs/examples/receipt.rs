//! Copies a file and prints the receipt.
//!
//! Several `--strategy` are tried in their order; without any the library chooses. With the feature `serde` the receipt
//! is JSON, otherwise one line.
use std::process::ExitCode;

use pico_args::Arguments;
use zero_copy_rs::{CopyFile, Report};

mod command;

fn main() -> ExitCode {
    command::main("receipt SRC DST [--strategy NAME]… [--buffer N] [--offset N] [--length N]", copy)
}

fn copy(mut arguments: Arguments) -> command::Answer<Report> {
    let strategies = command::strategies(&mut arguments)?;
    let buffer = arguments.opt_value_from_str("--buffer")?;
    let offset = arguments.opt_value_from_str("--offset")?;
    let length = arguments.opt_value_from_str("--length")?;
    let (source, destination) = command::words(arguments)?;
    let mut copy = CopyFile::new(source, destination).offset(offset.unwrap_or(0));
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
