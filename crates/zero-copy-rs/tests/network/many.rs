//! Thousands of peers on one thread: what they cost, and that none is starved.
use std::fs::File;
use std::io::Read;
use std::net::TcpStream;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use zero_copy_rs::{ErrorKind, SendFile, Strategy};

use crate::result::{self, Submitted};
use crate::support::bytes::{difference, random};
use crate::support::child::alone;
use crate::support::place::{Place, skip};
use crate::support::process::{descriptors, status, threads};
use crate::support::sockets::{narrow, reader, tcp_for_reactor};

const CLIENTS: usize = 2000;
/// Each: both ends of the connection, our duplicate of one, and the file.
const DESCRIPTORS: u64 = CLIENTS as u64 * 4 + 100;

fn stalled(file: &File) -> (Submitted<zero_copy_rs::Report>, TcpStream) {
    let (near, far) = tcp_for_reactor();
    narrow(&near, &far);
    (result::send(SendFile::new(file, &near).unwrap()), far)
}

#[test]
fn two_thousand_slow_clients_share_one_thread_and_a_little_memory() {
    let name = "two_thousand_slow_clients_share_one_thread_and_a_little_memory";
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if hard < DESCRIPTORS {
        return skip(name, &format!("no more than {hard} descriptors are allowed"));
    }
    alone(&format!("many::{name}"), || {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
        let place = Place::anywhere();
        let bytes = random(1, 700_000);
        let file = File::open(place.file("a", &bytes)).unwrap();
        let first = stalled(&file);
        let (before, memory) = (descriptors().len(), status("VmRSS"));
        let clients: Vec<_> = (1..CLIENTS).map(|_| stalled(&file)).collect();
        assert!(clients.iter().chain([&first]).all(|(sent, _)| !sent.has_ended()));
        let ours = threads().into_iter().filter(|name| name.starts_with("zero-copy")).collect::<Vec<_>>();
        assert_eq!(ours.iter().filter(|name| *name == "zero-copy-io").count(), 1, "{ours:?}");
        assert!(ours.len() <= 1 + 4 + 4 && threads().len() <= 16, "{:?}", threads());
        let each = status("VmRSS").saturating_sub(memory) / CLIENTS as u64;
        assert!(each <= 24 << 10, "{each} bytes for each client");
        let mut got = vec![0; bytes.len()];
        for (sent, mut far) in clients.into_iter().chain([first]) {
            far.read_exact(&mut got).unwrap();
            assert_eq!(difference(&got, &bytes), None);
            let report = sent.result().unwrap();
            assert_eq!((report.bytes, report.strategy), (700_000, Some(Strategy::Sendfile)));
        }
        assert!(descriptors().len() < before);
    });
}

#[test]
fn a_client_that_is_always_ready_starves_nobody() {
    let place = Place::anywhere();
    let bytes = random(2, 3_000_001);
    let file = place.file("a", &bytes);
    let (near, mut far) = tcp_for_reactor();
    let endless = SendFile::new(File::open("/dev/zero").unwrap(), &near).unwrap().length(1 << 50);
    let endless = result::send(endless);
    let swallowing = std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        while far.read(&mut buffer).is_ok_and(|n| n > 0) {}
    });
    let others: Vec<_> = (0..20)
        .map(|_| {
            let (near, far) = tcp_for_reactor();
            (result::send(SendFile::from_path(&file, &near).unwrap()), reader(far))
        })
        .collect();
    for (sent, got) in others {
        assert_eq!(sent.result().unwrap().bytes, 3_000_001);
        drop(sent);
        assert_eq!(difference(&got.join().unwrap(), &bytes), None);
    }
    assert!(!endless.has_ended());
    endless.handle.stop();
    assert_eq!(endless.result().unwrap_err().kind(), ErrorKind::Aborted);
    drop(near);
    swallowing.join().unwrap();
}
