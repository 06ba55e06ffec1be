//! Connects whoever comes to whoever listens there, one connection, and prints both receipts.
//!
//! The address that it listens on is the first line of its standard error: port 0 is any free one.
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use pico_args::Arguments;
use zero_copy_rs::{Relay, RelayReport};

mod command;

fn main() -> ExitCode {
    command::main("relay HOST:PORT TARGET:PORT [--reactor]", relay)
}

fn relay(mut arguments: Arguments) -> command::Answer<RelayReport> {
    let reactor = arguments.contains("--reactor");
    let (address, target) = command::words(arguments)?;
    let listener = TcpListener::bind(address)?;
    eprintln!("{}", listener.local_addr()?);
    let (a, b) = (listener.accept()?.0, TcpStream::connect(target)?);
    // sockets that may block get a thread each; the others share the library's one
    a.set_nonblocking(reactor)?;
    b.set_nonblocking(reactor)?;
    Ok(Relay::new(&a, &b)?.run()?)
}

impl command::Printed for RelayReport {}
