//! Receipts against an independent witness: what strace counts in all threads of a program is what the program reports.
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::bytes::{difference, random};
use crate::support::network::{Listening, example, report};
use crate::support::place::Place;
use crate::support::sockets::reader;
use crate::support::strace::is_there;

const MOVING: &str = "pread64,pwrite64,read,write,sendfile,splice,lseek,preadv2,sendto,sendmsg,recvfrom,recvmsg,\
                      readv,writev,preadv,pwritev,pwritev2,copy_file_range,tee,vmsplice,fallocate";

fn traced(place: &Path, name: &str) -> Command {
    let mut command = Command::new("strace");
    command.args(["-ff", "-yy", "-q", "-s", "0", "-e", &format!("trace={MOVING}"), "-o"]);
    command.arg(place.join("trace")).arg(example(name));
    command
}

/// The calls of all threads on a connection, a pipe between two of them, or a file of this place.
fn witnessed(place: &Place) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for name in place.names().iter().filter(|name| name.starts_with("trace.")) {
        for line in std::fs::read_to_string(place.join(name)).unwrap().lines() {
            let Some((call, rest)) = line.split_once('(') else { continue };
            let is_printing = rest.starts_with("1<") || rest.starts_with("2<");
            let is_ours = ["<TCP:[", "<TCPv6:[", "<pipe:[", place.to_str().unwrap()];
            if !is_printing && is_ours.iter().any(|mark| rest.contains(mark)) {
                *counts.entry(call.to_owned()).or_default() += 1;
            }
        }
    }
    counts
}

fn reported(report: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(report["syscalls"].clone()).unwrap()
}

#[test]
fn a_send_reports_every_call_that_strace_sees() {
    if !is_there("truth of a send") {
        return;
    }
    let bytes = random(1, 3_000_001);
    for (strategy, expected) in [
        (Some("read_write"), &["pread64", "sendto"][..]),
        (Some("mmap_write"), &["sendto"]),
        (Some("sendfile"), &["sendfile"]),
        (Some("splice"), &["splice"]),
        (None, &["sendfile"]),
    ] {
        for driver in [None, Some("--reactor")] {
            let place = Place::anywhere();
            let file = place.file("a", &bytes);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut command = traced(&place, "send");
            command.arg(file).arg(listener.local_addr().unwrap().to_string());
            command.args(strategy.into_iter().flat_map(|name| ["--strategy", name])).args(driver);
            let got = std::thread::spawn(move || reader(listener.accept().unwrap().0).join().unwrap());
            let report = report(&command.output().unwrap());
            assert_eq!(difference(&got.join().unwrap(), &bytes), None);
            let seen = witnessed(&place);
            assert_eq!(reported(&report), seen, "{strategy:?} {driver:?}");
            let probes = if driver.is_some() { &["preadv2"][..] } else { &[] };
            for call in expected.iter().chain(probes) {
                assert!(seen.contains_key(*call), "{strategy:?} {driver:?}: {seen:?}");
            }
        }
    }
}

#[test]
fn a_receive_reports_every_call_that_strace_sees() {
    if !is_there("truth of a receive") {
        return;
    }
    let bytes = random(2, 3_000_001);
    for (strategy, expected) in [("splice", &["splice"][..]), ("read_write", &["read", "pwrite64"])] {
        for driver in [None, Some("--reactor")] {
            let place = Place::anywhere();
            let mut command = traced(&place, "receive");
            command.arg(place.join("a")).args(["127.0.0.1:0", "--strategy", strategy]).args(driver);
            let receiver = Listening::start(&mut command);
            TcpStream::connect(&receiver.address).unwrap().write_all(&bytes).unwrap();
            let report = receiver.report();
            assert_eq!(difference(&std::fs::read(place.join("a")).unwrap(), &bytes), None);
            let seen = witnessed(&place);
            assert_eq!(reported(&report), seen, "{strategy} {driver:?}");
            assert!(expected.iter().all(|call| seen.contains_key(*call)), "{strategy} {driver:?}: {seen:?}");
        }
    }
}

#[test]
fn both_receipts_of_a_relay_are_together_every_call_that_strace_sees() {
    if !is_there("truth of a relay") {
        return;
    }
    let (there, back) = (random(3, 2_000_003), random(4, 1_000_001));
    for driver in [None, Some("--reactor")] {
        let place = Place::anywhere();
        let target = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = traced(&place, "relay");
        command.args(["127.0.0.1:0", &target.local_addr().unwrap().to_string()]).args(driver);
        let relay = Listening::start(&mut command);
        let mut left = TcpStream::connect(&relay.address).unwrap();
        let mut right = target.accept().unwrap().0;
        let sent = there.clone();
        let mut writing = left.try_clone().unwrap();
        let sender = std::thread::spawn(move || {
            writing.write_all(&sent).unwrap();
            writing.shutdown(Shutdown::Write).unwrap();
        });
        let mut got = Vec::new();
        right.read_to_end(&mut got).unwrap();
        assert_eq!(difference(&got, &there), None);
        right.write_all(&back).unwrap();
        drop(right);
        got.clear();
        left.read_to_end(&mut got).unwrap();
        assert_eq!(difference(&got, &back), None);
        sender.join().unwrap();
        let report = relay.report();
        let mut together = reported(&report["aToB"]);
        for (call, count) in reported(&report["bToA"]) {
            *together.entry(call).or_default() += count;
        }
        assert_eq!(together, witnessed(&place), "{driver:?}");
        assert_eq!((&report["aToB"]["bytes"], &report["bToA"]["bytes"]), (&2_000_003.into(), &1_000_001.into()));
    }
}
