//! A send of `bench/` through the public API, and what it cost this process. `bench/peers/sink.c` takes it.
//!
//! ```text
//! bench_send STRATEGY blocking|reactor WARM_FILE FILE HOST:PORT
//! ```
//!
//! The small warm file is sent first, over a connection of its own, so that code and buffer are resident. Prints CPU time
//! of all threads and time on the clock, in nanoseconds: from the connected socket until the peer has taken the last byte,
//! which it says by closing.
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use zero_copy_rs::{Report, SendFile};

type Failure = Box<dyn Error>;

const USAGE: &str = "usage: STRATEGY blocking|reactor WARM_FILE FILE HOST:PORT";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [strategy, driver, warm, file, address] = &arguments[..] else { return Err(USAGE.into()) };
    let drive = match driver.as_str() {
        "blocking" => SendFile::run,
        "reactor" => reactor,
        _ => return Err(USAGE.into()),
    };
    let send = |file: &str| -> Result<String, Failure> {
        let (file, mut socket) = (File::open(file)?, TcpStream::connect(address)?);
        socket.set_nonblocking(driver == "reactor")?;
        let (began, cpu) = (Instant::now(), cpu_time()?);
        let report = drive(SendFile::new(&file, &socket)?.strategy(strategy.parse()?))?;
        socket.set_nonblocking(false)?;
        socket.shutdown(Shutdown::Write)?;
        socket.read_exact(&mut [0]).err().ok_or("the peer has nothing to say")?;
        let (elapsed, cpu) = (began.elapsed().as_nanos(), (cpu_time()? - cpu).as_nanos());
        Ok(format!("{{\"bytes\":{},\"cpu\":{cpu},\"elapsed\":{elapsed}}}", report.bytes))
    };
    send(warm)?;
    println!("{}", send(file)?);
    Ok(())
}

/// By the library's own thread; this one sleeps.
fn reactor(request: SendFile) -> Result<Report, zero_copy_rs::Error> {
    let (tell, told) = mpsc::channel();
    request.submit(move |result| drop(tell.send(result)))?;
    told.recv().unwrap_or_else(|_| unreachable!("`done` is always called"))
}

/// Of all threads of this process.
fn cpu_time() -> nix::Result<Duration> {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from)
}
