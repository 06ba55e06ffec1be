//! What the receipt costs in the core: small copies through the public API, against the same system calls made plainly,
//! with and without those that the receipt alone needs (clock and usage of the thread, the list of attributes).
//!
//! `library` less `without` holds the whole engine too, so it is an upper bound of the receipt's cost.
//!
//! ```text
//! bench_report DIRECTORY ROUNDS COPIES     takes the sides in turn; prints nanoseconds a copy, a number a round and side
//! bench_report DIRECTORY SIDE              two copies, the second to be looked at with strace, between two marks
//! ```
#![allow(unsafe_code)] // two calls that nix lacks
use std::fs::{read, remove_file, write};
use std::hint::black_box;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::fcntl::{OFlag, copy_file_range, open};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::stat::{Mode, fchmod, fstat, stat};
use nix::sys::statfs::fstatfs;
use nix::time::{ClockId, clock_gettime};

type Failure = Box<dyn std::error::Error>;
type Side = fn(&Path, &Path) -> Result<(), Failure>;

const USAGE: &str = "usage: DIRECTORY ROUNDS COPIES | DIRECTORY SIDE";
const SIZE: usize = 4096;
const SIDES: [(&str, Side); 3] = [("library", library), ("calls", plain::<true>), ("without", plain::<false>)];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (directory, rest) = words.split_first().ok_or(USAGE)?;
    let directory = Path::new(directory);
    let source = directory.join("source");
    write(&source, (0..SIZE).map(|n| (n * 31 % 251) as u8).collect::<Vec<_>>())?;
    match rest {
        [name] => {
            let (_, side) = SIDES.iter().find(|(known, _)| known == name).ok_or("unknown side")?;
            once(*side, &source, &directory.join("copy"))
        }
        [rounds, copies] => alternate(&source, rounds.parse()?, copies.parse()?),
        _ => Err(USAGE.into()),
    }
}

/// Twice, so that what a process does only once is in the first: the runner counts the calls of the second.
fn once(side: Side, source: &Path, destination: &Path) -> Result<(), Failure> {
    side(source, destination)?;
    remove_file(destination)?;
    // two calls that nothing else here makes: between them lies what is looked at
    let _ = std::fs::read_link("/bench-begins");
    side(source, destination)?;
    let _ = std::fs::read_link("/bench-ends");
    Ok(remove_file(destination)?)
}

fn alternate(source: &Path, rounds: usize, copies: usize) -> Result<(), Failure> {
    const WARM_UPS: usize = 3;
    let content = read(source)?;
    let destinations: Vec<PathBuf> = (0..copies).map(|n| source.with_file_name(format!("copy-{n}"))).collect();
    let mut samples = SIDES.map(|_| Vec::new());
    for round in 0..WARM_UPS + rounds {
        for turn in 0..SIDES.len() {
            let at = (round + turn) % SIDES.len();
            let (_, side) = SIDES[at];
            let began = Instant::now();
            for destination in &destinations {
                side(source, destination)?;
            }
            let elapsed = began.elapsed();
            for destination in &destinations {
                if read(destination)? != content {
                    return Err("the copy differs from its source".into());
                }
                remove_file(destination)?;
            }
            if round >= WARM_UPS {
                samples[at].push(elapsed.as_nanos() as f64 / copies as f64);
            }
        }
    }
    let sides = SIDES.iter().zip(&samples).map(|((name, _), samples)| format!("\"{name}\":{samples:?}"));
    println!("{{{}}}", sides.collect::<Vec<_>>().join(","));
    Ok(())
}

fn library(source: &Path, destination: &Path) -> Result<(), Failure> {
    black_box(zero_copy_rs::copy_file(source, destination)?);
    Ok(())
}

/// What the library calls for this copy; the runner holds it to that with strace.
fn plain<const RECEIPT: bool>(source: &Path, destination: &Path) -> Result<(), Failure> {
    black_box(stat(source)?);
    let flags = OFlag::O_CLOEXEC | OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    let from = open(source, flags | OFlag::O_RDONLY, Mode::empty())?;
    let found = fstat(&from)?;
    black_box(fstatfs(&from)?);
    let made = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL;
    let to = open(destination, flags | made, Mode::from_bits_truncate(0o600))?;
    black_box(fstat(&to)?);
    black_box(getrlimit(Resource::RLIMIT_FSIZE)?);

    usage::<RECEIPT>()?;
    let (mut from_at, mut to_at, mut left) = (0, 0, found.st_size as usize);
    while left > 0 {
        match copy_file_range(&from, Some(&mut from_at), &to, Some(&mut to_at), left)? {
            0 => return Err("the source has become shorter".into()),
            n => left -= n,
        }
    }
    usage::<RECEIPT>()?;
    fchmod(&to, Mode::from_bits_truncate(found.st_mode & 0o777))?;
    if RECEIPT {
        // SAFETY: a null list of length 0 asks for the length alone.
        black_box(unsafe { libc::flistxattr(from.as_raw_fd(), std::ptr::null_mut(), 0) });
    }
    nix::unistd::close(to)?;
    nix::unistd::close(from)?;
    Ok(())
}

fn usage<const RECEIPT: bool>() -> nix::Result<()> {
    if RECEIPT {
        black_box(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?);
        black_box(getrusage(UsageWho::RUSAGE_THREAD)?);
    }
    Ok(())
}
