//! A receipt of `bench/` through the public API, and what it cost this process. `bench/peers/source.c` sends.
//!
//! ```text
//! bench_receive STRATEGY WARM_DESTINATION DESTINATION HOST
//! ```
//!
//! Prints the port that it listens on. What the first connection brings is received first, so that code and buffer are
//! resident. Prints, of the second, CPU time of all threads and time on the clock, in nanoseconds: from the accepted
//! socket until the file has its name.
use std::error::Error;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use zero_copy_rs::ReceiveFile;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [strategy, warm, destination, host] = &arguments[..] else {
        return Err("usage: STRATEGY WARM_DESTINATION DESTINATION HOST".into());
    };
    let listener = TcpListener::bind((host.as_str(), 0))?;
    println!("{{\"port\":{}}}", listener.local_addr()?.port());
    let receive = |destination: &str| -> Result<String, Failure> {
        let (socket, _) = listener.accept()?;
        let (began, cpu) = (Instant::now(), cpu_time()?);
        let report = ReceiveFile::new(&socket, destination)?.strategy(strategy.parse()?).run()?;
        let (elapsed, cpu) = (began.elapsed().as_nanos(), (cpu_time()? - cpu).as_nanos());
        Ok(format!("{{\"bytes\":{},\"cpu\":{cpu},\"elapsed\":{elapsed}}}", report.bytes))
    };
    receive(warm)?;
    println!("{}", receive(destination)?);
    Ok(())
}

/// Of all threads of this process.
fn cpu_time() -> nix::Result<Duration> {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from)
}
