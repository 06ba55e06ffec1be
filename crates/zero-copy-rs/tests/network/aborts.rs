//! Transfers that are stopped at random moments leave nothing: no descriptor, no thread, no file, no memory.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread::JoinHandle;

use zero_copy_rs::{Error, ErrorKind, Handle, ReceiveFile, Relay, SendFile};

use crate::result::{self, Submitted};
use crate::support::bytes::random;
use crate::support::child::alone;
use crate::support::place::Place;
use crate::support::process::{descriptors, status, threads, until};
use crate::support::sockets::tcp_for_reactor;

const ABORTS: usize = 500;
const LENGTH: u64 = 2_000_000;

/// Reads, and writes what it is given, until the connection ends, however that is.
fn peer(far: TcpStream, writes: Vec<u8>) -> [JoinHandle<()>; 2] {
    let (mut reading, mut writing) = (far.try_clone().unwrap(), far);
    let reader = std::thread::spawn(move || while reading.read(&mut [0; 50_000]).is_ok_and(|n| n > 0) {});
    let writer = std::thread::spawn(move || drop(writing.write_all(&writes)));
    [reader, writer]
}

/// Somewhere between before the first byte and after the last.
fn stop_at(submitted: &Submitted<impl Send + 'static>, point: u64, progress: &Handle) {
    while progress.bytes() < point && !submitted.has_ended() {
        std::thread::yield_now();
    }
    submitted.handle.stop();
}

fn one(nth: usize, chance: u64, file: &Path, place: &Path) {
    let ((near, far), (other, opposite)) = (tcp_for_reactor(), tcp_for_reactor());
    let point = chance % (LENGTH + LENGTH / 4);
    let ended = |result: Result<(), Error>| match result {
        Ok(()) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::Aborted, "{error}"),
    };
    let peers = match nth % 3 {
        0 => {
            let sent = result::send(SendFile::from_path(file, &near).unwrap());
            let peers = peer(far, Vec::new());
            stop_at(&sent, point, &sent.handle);
            ended(sent.result().map(drop));
            vec![peers]
        }
        1 => {
            let received = result::receive(ReceiveFile::new(&near, place.join("b")).unwrap());
            let peers = peer(far, vec![7; LENGTH as usize]);
            stop_at(&received, point.min(LENGTH / 2), &received.handle);
            ended(received.result().map(drop));
            vec![peers]
        }
        _ => {
            let request = Relay::new(&near, &other).unwrap();
            let (_, back) = request.handles();
            let relayed = result::relay(request);
            let peers = vec![peer(far, vec![7; LENGTH as usize]), peer(opposite, vec![8; LENGTH as usize])];
            stop_at(&relayed, point.min(LENGTH / 2), &back);
            ended(relayed.result().map(drop));
            peers
        }
    };
    drop((near, other));
    peers.into_iter().flatten().for_each(|peer| peer.join().unwrap());
}

#[test]
fn five_hundred_aborts_at_random_moments_leave_nothing() {
    alone("aborts::five_hundred_aborts_at_random_moments_leave_nothing", || {
        let place = Place::anywhere();
        let file = place.file("a", &random(1, LENGTH as usize));
        let moments = random(2, 8 * ABORTS);
        let moments = moments.chunks(8).map(|bytes| u64::from_ne_bytes(bytes.try_into().unwrap()));
        let mut start = None;
        for (nth, chance) in moments.enumerate() {
            if nth == 30 {
                // the library's threads are there by now
                start = Some((descriptors(), threads().len(), status("VmRSS")));
            }
            one(nth, chance, &file, &place);
        }
        let (descriptors_before, threads_before, memory) = start.unwrap();
        until("every descriptor is closed", || descriptors() == descriptors_before);
        // the pool for disks grows when it is needed, up to four
        until("no thread is left", || threads().len() <= threads_before + 4);
        let grown = status("VmRSS").saturating_sub(memory);
        assert!(grown < 16 << 20, "{grown} bytes more after {ABORTS} aborts");
        until("a received file is whole or gone", || place.names().iter().all(|name| name == "a" || name == "b"));
    });
}
