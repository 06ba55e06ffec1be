//! Relays: every byte, both ways, many at once, with ends that close when they like.
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::JoinHandle;

use zero_copy_rs::{Call, Handle, Relay};

use crate::Driver;
use crate::result;
use crate::support::bytes::{difference, random};
use crate::support::child::alone;
use crate::support::place::is_root;
use crate::support::process::{become_nobody, threads, until};
use crate::support::sockets::{Family, narrow, reader, set_nonblocking, tcp, tcp_for_reactor};

/// Writes pieces of random sizes, some after a look at what the others do, and then ends its stream.
fn talker(peer: &TcpStream, seed: u64, length: usize) -> JoinHandle<()> {
    let mut peer = peer.try_clone().unwrap();
    std::thread::spawn(move || {
        let bytes = random(seed, length);
        let mut sizes = random(seed + 1, 4096).into_iter().cycle();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let size = sizes.next().map_or(1, |n| usize::from(n) * usize::from(n) + 1).min(rest.len());
            peer.write_all(&rest[..size]).unwrap();
            rest = &rest[size..];
            if size.is_multiple_of(3) {
                std::thread::yield_now();
            }
        }
        peer.shutdown(Shutdown::Write).unwrap();
    })
}

#[test]
fn bidirectional_loads_with_half_closes_at_random_moments_are_byte_exact() {
    for driver in Driver::ALL {
        let lengths = random(1, 32);
        let threads: Vec<_> = lengths
            .chunks(2)
            .enumerate()
            .map(|(n, chosen)| {
                let (there, back) = (usize::from(chosen[0]) * 7919, usize::from(chosen[1]) * 6007);
                std::thread::spawn(move || one_load(driver, n as u64 * 4, there, back))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

fn one_load(driver: Driver, seed: u64, there: usize, back: usize) {
    let ((a, left), (b, right)) = (tcp(), tcp());
    for (near, far) in [(&a, &left), (&b, &right)] {
        near.set_nonblocking(!driver.may_block()).unwrap();
        narrow(near, far);
    }
    let talkers = [talker(&left, seed, there), talker(&right, seed + 2, back)];
    let listeners = [reader(right), reader(left)];
    let report = driver.relay(Relay::new(&a, &b).unwrap()).unwrap();
    drop((a, b));
    talkers.into_iter().for_each(|talker| talker.join().unwrap());
    let [at_right, at_left] = listeners.map(|listener| listener.join().unwrap());
    assert_eq!(difference(&at_right, &random(seed, there)), None, "{driver:?} {seed}");
    assert_eq!(difference(&at_left, &random(seed + 2, back)), None, "{driver:?} {seed}");
    assert_eq!((report.a_to_b.bytes, report.b_to_a.bytes), (there as u64, back as u64));
    assert!(report.a_to_b.syscalls.of(Call::Splice) > 0 && report.total >= report.a_to_b.duration);
}

#[test]
fn every_family_can_be_relayed_to_every_other() {
    let bytes = random(2, 1_000_003);
    for driver in Driver::ALL {
        for from in Family::ALL {
            for to in Family::ALL {
                let ((a, mut left), (b, right)) = (from.pair(), to.pair());
                set_nonblocking(&a, !driver.may_block());
                set_nonblocking(&b, !driver.may_block());
                let sent = bytes.clone();
                let (got, writing) = (reader(right.try_clone().unwrap()), left.try_clone().unwrap());
                let sender = std::thread::spawn(move || {
                    (&writing).write_all(&sent).unwrap();
                    nix::sys::socket::shutdown(
                        std::os::fd::AsRawFd::as_raw_fd(&writing),
                        nix::sys::socket::Shutdown::Write,
                    )
                    .unwrap();
                });
                let answering = std::thread::spawn(move || {
                    let got = got.join().unwrap();
                    (&right).write_all(b"and back").unwrap();
                    got
                });
                let report = driver.relay(Relay::new(&a, &b).unwrap()).unwrap();
                drop((a, b));
                sender.join().unwrap();
                assert_eq!(difference(&answering.join().unwrap(), &bytes), None, "{driver:?} {from:?} to {to:?}");
                let mut answer = String::new();
                left.read_to_string(&mut answer).unwrap();
                assert_eq!((answer.as_str(), report.b_to_a.bytes), ("and back", 8));
            }
        }
    }
}

/// Pipes are scarce for a plain user: `pipe-user-pages-soft`.
#[test]
fn two_hundred_stalled_relays_of_a_plain_user_leave_room_for_others_and_lose_nothing() {
    alone("relay::two_hundred_stalled_relays_of_a_plain_user_leave_room_for_others_and_lose_nothing", || {
        if is_root() {
            // the library's threads are started by this one, and are nobody's too
            become_nobody();
        }
        const RELAYS: usize = 200;
        let (there, back) = (random(3, 6_000_000), random(4, 6_000_000));
        let relays: Vec<_> = (0..RELAYS)
            .map(|_| {
                let ((a, left), (b, right)) = (tcp_for_reactor(), tcp_for_reactor());
                narrow(&b, &right);
                narrow(&a, &left);
                let request = Relay::new(&a, &b).unwrap();
                let (going, coming) = request.handles();
                let relay = result::relay(request);
                let written = [fill(&left, &there, &going), fill(&right, &back, &coming)];
                (relay, left, right, written)
            })
            .collect();
        assert!(threads().iter().filter(|name| name.starts_with("zero-copy")).count() <= 9, "{:?}", threads());
        until("the directions hold a pipe each, or nearly all", || pipes() >= 2 * 2 * RELAYS * 9 / 10);
        let (_reading, writing) = nix::unistd::pipe().unwrap();
        let capacity = nix::fcntl::fcntl(&writing, nix::fcntl::FcntlArg::F_GETPIPE_SZ).unwrap();
        assert!(capacity >= 64 << 10, "a pipe of this user's has room for {capacity} bytes only");
        let draining = relays.into_iter().map(|(relay, left, right, written)| {
            for socket in [&left, &right] {
                socket.shutdown(Shutdown::Write).unwrap();
            }
            (relay, reader(right), reader(left), written)
        });
        for (relay, at_right, at_left, written) in draining.collect::<Vec<_>>() {
            assert_eq!(difference(&at_right.join().unwrap(), &there[..written[0]]), None);
            assert_eq!(difference(&at_left.join().unwrap(), &back[..written[1]]), None);
            let report = relay.result().unwrap();
            assert_eq!([report.a_to_b.bytes, report.b_to_a.bytes], written.map(|bytes| bytes as u64));
        }
    });
}

/// Without waiting, until nothing more is taken; answers how much was.
fn fill(mut socket: &TcpStream, bytes: &[u8], gone: &Handle) -> usize {
    socket.set_nonblocking(true).unwrap();
    let (mut written, mut unchanged, mut before) = (0, 0, (0, 0));
    while written < bytes.len() && unchanged < 200 {
        written += socket.write(&bytes[written..]).unwrap_or(0);
        let now = (written, gone.bytes());
        unchanged = if now == std::mem::replace(&mut before, now) { unchanged + 1 } else { 0 };
        std::thread::yield_now();
    }
    socket.set_nonblocking(false).unwrap();
    written
}

/// Of this thread's own view: another user than the main thread may not look at the process.
fn pipes() -> usize {
    let open = std::fs::read_dir("/proc/thread-self/fd").unwrap();
    let targets = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("pipe:")).count()
}
