//! Receives one file from whoever connects: `receive FILE HOST:PORT [--strategy NAME]… [--buffer N] [--length N]
//! [--max-bytes N] [--reactor]`, and prints the receipt.
//!
//! The address that it listens on is the first line of its standard error: port 0 is any free one. The file appears when
//! it is whole.
use std::error::Error;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::mpsc;

use zero_copy_rs::{ReceiveFile, Report, Strategy};

fn main() -> ExitCode {
    match receive(std::env::args().skip(1)).and_then(print) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("receive: {error}");
            ExitCode::FAILURE
        }
    }
}

fn receive(mut arguments: impl Iterator<Item = String>) -> Result<Report, Box<dyn Error>> {
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: receive FILE HOST:PORT [--strategy NAME]… [--buffer N] [--length N] [--max-bytes N]".into());
    };
    let listener = TcpListener::bind(address)?;
    eprintln!("{}", listener.local_addr()?);
    let socket = listener.accept()?.0;
    let mut request = ReceiveFile::new(&socket, file)?;
    let mut strategies = Vec::<Strategy>::new();
    let mut reactor = false;
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{option} needs a value"));
        match option.as_str() {
            "--reactor" => reactor = true,
            "--strategy" => strategies.push(value()?.parse()?),
            "--buffer" => request = request.buffer_size(value()?.parse()?),
            "--length" => request = request.length(value()?.parse()?),
            "--max-bytes" => request = request.max_bytes(value()?.parse()?),
            _ => return Err(format!("unknown option {option}").into()),
        }
    }
    if !strategies.is_empty() {
        request = request.strategies(strategies);
    }
    if !reactor {
        return Ok(request.run()?);
    }
    socket.set_nonblocking(true)?;
    let (tell, told) = mpsc::channel();
    request.submit(move |result| drop(tell.send(result)))?;
    Ok(told.recv()??)
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
