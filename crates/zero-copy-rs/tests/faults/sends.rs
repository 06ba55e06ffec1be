//! Sends: what the peer has got is the beginning of the file, as long as the error says, and never anything else.
use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;

use zero_copy_rs::{Error, Faults, Report, SendFile, Strategy};

use crate::at_call::{Count, Done, Terms, at_every_call};
use crate::companion::{Companion, descriptors_but_pipes};
use crate::driver::Driver;
use crate::judge::judge_error;
use crate::support::bytes::{difference, random};
use crate::support::child;
use crate::support::place::Place;
use crate::{SIZE, STEP};

/// Where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Socket,
    Pipe,
}

/// What one send came to: the peer has everything that was taken when it ends.
fn send(
    source: &Path,
    order: &[Strategy],
    sink: Sink,
    driver: Driver,
    faults: Faults,
) -> (Result<Report, Error>, Vec<u8>) {
    let (near, mut far): (std::os::fd::OwnedFd, Box<dyn Read>) = match sink {
        Sink::Socket => {
            let (near, far) = UnixStream::pair().unwrap();
            near.set_nonblocking(!driver.may_block()).unwrap();
            (near.into(), Box::new(far))
        }
        Sink::Pipe => {
            let (far, near) = std::io::pipe().unwrap();
            crate::support::sockets::set_nonblocking(&near, !driver.may_block());
            (near.into(), Box::new(far))
        }
    };
    let request = SendFile::new(File::open(source).unwrap(), &near).unwrap().faults(faults);
    let request = if order.is_empty() { request } else { request.strategies(order.iter().copied()) };
    let result = driver.run(request, SendFile::run, |request, done| request.submit(done));
    drop(near);
    let mut got = Vec::new();
    far.read_to_end(&mut got).unwrap();
    (result, got)
}

fn every_send(source: &Path, content: &[u8], count: &Count, sink: Sink, driver: Driver) {
    let named = [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice].map(|one| vec![one]);
    for order in named.into_iter().chain([Vec::new()]) {
        // what is open once and for all is opened
        let (result, _) = send(source, &order, sink, driver, Faults::default());
        result.unwrap();
        let before = descriptors_but_pipes();
        let mut transfer = |faults: Faults, done: &Done| {
            let what = format!("{order:?} to a {sink:?} by {driver:?}, {:?}", done.wrong);
            let (result, got) = send(source, &order, sink, driver, faults);
            match result {
                Ok(report) => {
                    assert_eq!(difference(&got, content), None, "{what}");
                    assert_eq!((report.bytes, report.atomic, report.durable), (SIZE as u64, None, None), "{what}");
                    assert_eq!(
                        report.attempts.iter().map(|attempt| attempt.bytes).sum::<u64>(),
                        report.bytes,
                        "{what}"
                    );
                }
                Err(error) => {
                    judge_error(&error, content.len(), done, &what);
                    assert_eq!(difference(&got, &content[..error.bytes() as usize]), None, "{what}: {error}");
                    assert!(error.to_string().contains(", sendfile"), "{what}: {error}");
                }
            }
            assert_eq!(descriptors_but_pipes(), before, "{what}");
        };
        at_every_call(count, Terms { step: STEP, waits: driver == Driver::Polling }, &mut transfer);
    }
}

#[test]
fn every_call_of_every_send_fails_in_turn() {
    child::alone("sends::every_call_of_every_send_fails_in_turn", || {
        let place = Place::preferably_on("tmpfs");
        let content = random(1, SIZE);
        let source = place.file("source", &content);
        let (count, companion) = (Count::default(), Companion::new(&place));
        for driver in Driver::ALL {
            for sink in [Sink::Socket, Sink::Pipe] {
                every_send(&source, &content, &count, sink, driver);
            }
        }
        companion.must_be_unharmed();
        count.tell("sends");
    });
}
