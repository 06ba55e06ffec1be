//! Receives one file from whoever connects, and prints the receipt.
//!
//! The address that it listens on is the first line of its standard error: port 0 is any free one. The file appears when
//! it is whole.
use std::net::TcpListener;
use std::process::ExitCode;

use pico_args::Arguments;
use zero_copy_rs::{ReceiveFile, Report};

mod command;

fn main() -> ExitCode {
    const USAGE: &str =
        "receive FILE HOST:PORT [--strategy NAME]… [--buffer N] [--length N] [--max-bytes N] [--durable] [--reactor]";
    command::main(USAGE, receive)
}

fn receive(mut arguments: Arguments) -> command::Answer<Report> {
    let strategies = command::strategies(&mut arguments)?;
    let buffer = arguments.opt_value_from_str("--buffer")?;
    let length = arguments.opt_value_from_str("--length")?;
    let most = arguments.opt_value_from_str("--max-bytes")?;
    let durable = arguments.contains("--durable");
    let reactor = arguments.contains("--reactor");
    let (file, address) = command::words(arguments)?;
    let listener = TcpListener::bind(address)?;
    eprintln!("{}", listener.local_addr()?);
    let socket = listener.accept()?.0;
    let mut request = ReceiveFile::new(&socket, file)?.durable(durable);
    if let Some(strategies) = strategies {
        request = request.strategies(strategies);
    }
    if let Some(bytes) = buffer {
        request = request.buffer_size(bytes);
    }
    if let Some(bytes) = length {
        request = request.length(bytes);
    }
    if let Some(bytes) = most {
        request = request.max_bytes(bytes);
    }
    socket.set_nonblocking(reactor)?;
    if reactor { command::waited(|done| request.submit(done)) } else { Ok(request.run()?) }
}
