//! Sends a file to whoever listens there: `send FILE HOST:PORT [--strategy NAME]… [--buffer N] [--offset N] [--length N]
//! [--reactor]`, and prints the receipt.
//!
//! The bytes go as they are, and the end of the stream is the end of the file. With `--reactor` the library's own thread
//! sends them, without waiting for the peer.
use std::error::Error;
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::mpsc;

use zero_copy_rs::{Report, SendFile, Strategy};

fn main() -> ExitCode {
    match send(std::env::args().skip(1)).and_then(print) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("send: {error}");
            ExitCode::FAILURE
        }
    }
}

fn send(mut arguments: impl Iterator<Item = String>) -> Result<Report, Box<dyn Error>> {
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: send FILE HOST:PORT [--strategy NAME]… [--buffer N] [--offset N] [--length N]".into());
    };
    let socket = TcpStream::connect(address)?;
    let mut request = SendFile::from_path(file, &socket)?;
    let mut strategies = Vec::<Strategy>::new();
    let mut reactor = false;
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{option} needs a value"));
        match option.as_str() {
            "--reactor" => reactor = true,
            "--strategy" => strategies.push(value()?.parse()?),
            "--buffer" => request = request.buffer_size(value()?.parse()?),
            "--offset" => request = request.offset(value()?.parse()?),
            "--length" => request = request.length(value()?.parse()?),
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
