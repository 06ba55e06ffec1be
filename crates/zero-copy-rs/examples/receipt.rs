//! Copies a file and prints the receipt. [`USAGE`] has the options.
//!
//! Several `--strategy` are tried in their order; without any the library chooses. With the feature `serde` the receipt
//! is JSON, otherwise one line.
use std::error::Error;
use std::process::ExitCode;

use zero_copy_rs::{Atomic, CopyFile, Report, Sparse, Strategy};

const USAGE: &str = "usage: receipt SRC DST [--strategy NAME]… [--buffer N] [--offset N] [--length N] [--atomic WHEN] \
                     [--sparse WHEN] [--durable BOOL]";

fn main() -> ExitCode {
    match copy(std::env::args().skip(1)).and_then(print) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("receipt: {error}");
            ExitCode::FAILURE
        }
    }
}

fn copy(mut arguments: impl Iterator<Item = String>) -> Result<Report, Box<dyn Error>> {
    let (Some(source), Some(destination)) = (arguments.next(), arguments.next()) else {
        return Err(USAGE.into());
    };
    let mut copy = CopyFile::new(source, destination);
    let mut strategies = Vec::<Strategy>::new();
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--strategy" => strategies.push(value.parse()?),
            "--buffer" => copy = copy.buffer_size(value.parse()?),
            "--offset" => copy = copy.offset(value.parse()?),
            "--length" => copy = copy.length(value.parse()?),
            "--atomic" => copy = copy.atomic(atomic(&value)?),
            "--sparse" => copy = copy.sparse(sparse(&value)?),
            "--durable" => copy = copy.durable(value.parse()?),
            _ => return Err(format!("unknown option {option}").into()),
        }
    }
    if !strategies.is_empty() {
        copy = copy.strategies(strategies);
    }
    Ok(copy.run()?)
}

fn atomic(when: &str) -> Result<Atomic, Box<dyn Error>> {
    match when {
        "auto" => Ok(Atomic::Auto),
        "always" => Ok(Atomic::Always),
        "never" => Ok(Atomic::Never),
        _ => Err(format!("--atomic cannot be {when}").into()),
    }
}

fn sparse(when: &str) -> Result<Sparse, Box<dyn Error>> {
    match when {
        "auto" => Ok(Sparse::Auto),
        "always" => Ok(Sparse::Always),
        "never" => Ok(Sparse::Never),
        _ => Err(format!("--sparse cannot be {when}").into()),
    }
}

#[cfg(feature = "serde")]
fn print(report: Report) -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

#[cfg(not(feature = "serde"))]
fn print(report: Report) -> Result<(), Box<dyn Error>> {
    println!("{report}");
    Ok(())
}
