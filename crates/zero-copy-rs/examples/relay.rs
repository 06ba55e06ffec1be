//! Connects whoever comes to whoever listens there: `relay HOST:PORT TARGET:PORT [--reactor]`, one connection, and prints
//! both receipts.
//!
//! The address that it listens on is the first line of its standard error: port 0 is any free one.
use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use zero_copy_rs::{Relay, RelayReport};

fn main() -> ExitCode {
    match relay(std::env::args().skip(1)).and_then(print) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn relay(mut arguments: impl Iterator<Item = String>) -> Result<RelayReport, Box<dyn Error>> {
    let (Some(address), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("usage: relay HOST:PORT TARGET:PORT [--reactor]".into());
    };
    let reactor = match arguments.next().as_deref() {
        None => false,
        Some("--reactor") => true,
        Some(other) => return Err(format!("unknown option {other}").into()),
    };
    let listener = TcpListener::bind(address)?;
    eprintln!("{}", listener.local_addr()?);
    let (a, b) = (listener.accept()?.0, TcpStream::connect(target)?);
    // sockets that may block get a thread each; the others share the library's one
    a.set_nonblocking(reactor)?;
    b.set_nonblocking(reactor)?;
    Ok(Relay::new(&a, &b)?.run()?)
}

#[cfg(feature = "serde")]
fn print(report: RelayReport) -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

#[cfg(not(feature = "serde"))]
fn print(report: RelayReport) -> Result<(), Box<dyn Error>> {
    println!("there: {}\nback: {}", report.a_to_b, report.b_to_a);
    Ok(())
}
