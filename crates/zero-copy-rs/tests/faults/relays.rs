//! Relays: each peer has got the beginning of what the other wrote, and nothing else.
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use zero_copy_rs::{Error, Faults, Relay, RelayReport};

use crate::at_call::{Count, Done, Terms, at_every_call};
use crate::companion::{Companion, descriptors_but_pipes};
use crate::driver::Driver;
use crate::judge::judge_error;
use crate::support::bytes::{difference, random};
use crate::support::child;
use crate::support::place::Place;
use crate::{SIZE, STEP};

/// A socket to be relayed, and its peer, who has written everything.
fn side(content: &[u8], driver: Driver) -> (UnixStream, UnixStream) {
    let (near, mut far) = UnixStream::pair().unwrap();
    near.set_nonblocking(!driver.may_block()).unwrap();
    far.write_all(content).unwrap();
    far.shutdown(Shutdown::Write).unwrap();
    (near, far)
}

/// What came of it, and what came to the peers of A and B.
fn relay(contents: [&[u8]; 2], driver: Driver, faults: [Faults; 2]) -> (Result<RelayReport, Error>, [Vec<u8>; 2]) {
    let [(a, mut far_a), (b, mut far_b)] = contents.map(|content| side(content, driver));
    let [there, back] = faults;
    let request = Relay::new(&a, &b).unwrap().faults(there, back);
    let result = driver.run(request, Relay::run, |request, done| request.submit(done));
    drop((a, b));
    let got = [&mut far_a, &mut far_b].map(|far| {
        let mut got = Vec::new();
        // what was not taken from a peer is a reset to it, told once and before the bytes that it has got
        while let Err(error) = far.read_to_end(&mut got) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        got
    });
    (result, got)
}

/// The direction whose calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    AToB,
    BToA,
}

fn every_relay(count: &Count, driver: Driver, failing: Failing) {
    let (from_a, from_b) = (random(1, SIZE), random(2, SIZE / 2));
    relay([&from_a, &from_b], driver, Default::default()).0.unwrap();
    let before = descriptors_but_pipes();
    let mut transfer = |faults: Faults, done: &Done| {
        let what = format!("relay by {driver:?}, {failing:?}, {:?}", done.wrong);
        let faults = match failing {
            Failing::AToB => [faults, Faults::default()],
            Failing::BToA => [Faults::default(), faults],
        };
        let (result, [to_a, to_b]) = relay([&from_a, &from_b], driver, faults);
        match result {
            Ok(report) => {
                assert_eq!(difference(&to_b, &from_a).or(difference(&to_a, &from_b)), None, "{what}");
                assert_eq!((report.a_to_b.bytes, report.b_to_a.bytes), (SIZE as u64, SIZE as u64 / 2), "{what}");
            }
            Err(error) => {
                let failed = if failing == Failing::AToB { (&to_b, &from_a) } else { (&to_a, &from_b) };
                judge_error(&error, failed.1.len(), done, &what);
                assert_eq!(failed.0.len() as u64, error.bytes(), "{what}: {error}");
                for (got, sent) in [(&to_b, &from_a), (&to_a, &from_b)] {
                    assert_eq!(difference(got, &sent[..got.len()]), None, "{what}: {error}");
                }
            }
        }
        assert_eq!(descriptors_but_pipes(), before, "{what}");
    };
    at_every_call(count, Terms { step: STEP, waits: false }, &mut transfer);
}

#[test]
fn every_call_of_every_relay_fails_in_turn() {
    child::alone("relays::every_call_of_every_relay_fails_in_turn", || {
        let place = Place::anywhere();
        let (count, companion) = (Count::default(), Companion::new(&place));
        for driver in [Driver::Thread, Driver::Reactor] {
            for failing in [Failing::AToB, Failing::BToA] {
                every_relay(&count, driver, failing);
            }
        }
        companion.must_be_unharmed();
        count.tell("relays");
    });
}
