//! Sends a file to whoever listens there, and prints the receipt.
//!
//! The bytes go as they are, and the end of the stream is the end of the file. With `--reactor` the library's own thread
//! sends them, without waiting for the peer.
use std::net::TcpStream;
use std::process::ExitCode;

use pico_args::Arguments;
use zero_copy_rs::{Report, SendFile};

mod command;

fn main() -> ExitCode {
    const USAGE: &str = "send FILE HOST:PORT [--strategy NAME]… [--buffer N] [--offset N] [--length N] [--reactor]";
    command::main(USAGE, send)
}

fn send(mut arguments: Arguments) -> command::Answer<Report> {
    let strategies = command::strategies(&mut arguments)?;
    let buffer = arguments.opt_value_from_str("--buffer")?;
    let offset = arguments.opt_value_from_str("--offset")?;
    let length = arguments.opt_value_from_str("--length")?;
    let reactor = arguments.contains("--reactor");
    let (file, address) = command::words(arguments)?;
    let socket = TcpStream::connect(address)?;
    let mut request = SendFile::from_path(file, &socket)?.offset(offset.unwrap_or(0));
    if let Some(strategies) = strategies {
        request = request.strategies(strategies);
    }
    if let Some(bytes) = buffer {
        request = request.buffer_size(bytes);
    }
    if let Some(bytes) = length {
        request = request.length(bytes);
    }
    socket.set_nonblocking(reactor)?;
    if reactor { command::waited(|done| request.submit(done)) } else { Ok(request.run()?) }
}
