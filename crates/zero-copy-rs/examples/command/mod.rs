//! What the examples have in common: how they are asked, and how they answer.
use std::error::Error;
use std::process::ExitCode;
use std::sync::mpsc;

use pico_args::Arguments;
use zero_copy_rs::{Handle, Report, Strategy};

pub(crate) type Answer<T> = Result<T, Box<dyn Error>>;

/// Prints what `run` answers: with the feature `serde` as JSON, otherwise as text.
pub(crate) fn main<T: Printed>(usage: &str, run: impl FnOnce(Arguments) -> Answer<T>) -> ExitCode {
    match run(Arguments::from_env()).and_then(|answer| answer.print()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let usage = if error.is::<pico_args::Error>() { format!("\nusage: {usage}") } else { String::new() };
            eprintln!("{error}{usage}");
            ExitCode::FAILURE
        }
    }
}

/// Every `--strategy`, in their order; none: the library chooses.
#[allow(dead_code)] // not by each example
pub(crate) fn strategies(arguments: &mut Arguments) -> Answer<Option<Vec<Strategy>>> {
    let named: Vec<_> = arguments.values_from_str("--strategy")?;
    Ok((!named.is_empty()).then_some(named))
}

/// The two words that each example needs, once all options are read; whatever is left is a mistake.
pub(crate) fn words(mut arguments: Arguments) -> Answer<(String, String)> {
    let words = (arguments.free_from_str()?, arguments.free_from_str()?);
    match arguments.finish().first() {
        None => Ok(words),
        Some(word) => Err(format!("not understood: {}", word.display()).into()),
    }
}

/// Waits for a transfer that the library's own thread makes.
#[allow(dead_code)] // not by each example
pub(crate) fn waited(
    submit: impl FnOnce(Box<dyn FnOnce(Result<Report, zero_copy_rs::Error>) + Send>) -> Result<Handle, zero_copy_rs::Error>,
) -> Answer<Report> {
    let (tell, told) = mpsc::channel();
    submit(Box::new(move |result| drop(tell.send(result))))?;
    Ok(told.recv()??)
}

#[cfg(feature = "serde")]
pub(crate) trait Printed: serde::Serialize + Sized {
    fn print(self) -> Answer<()> {
        println!("{}", serde_json::to_string_pretty(&self)?);
        Ok(())
    }
}

#[cfg(not(feature = "serde"))]
pub(crate) trait Printed: std::fmt::Display + Sized {
    fn print(self) -> Answer<()> {
        println!("{self}");
        Ok(())
    }
}

impl Printed for Report {}
