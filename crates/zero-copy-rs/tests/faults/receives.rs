//! Receives: the same promise for a file whose bytes come from a socket.
use std::fs;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use zero_copy_rs::{Atomic, Error, Faults, ReceiveFile, Report, Strategy};

use crate::at_call::{Count, Done, Terms, at_every_call};
use crate::companion::{Companion, descriptors_but_pipes};
use crate::driver::Driver;
use crate::judge::Destination;
use crate::support::bytes::random;
use crate::support::child;
use crate::support::place::{Place, is_long};
use crate::{SIZE, STEP};

#[derive(Clone, Copy, Debug)]
struct Wish {
    atomic: Atomic,
    durable: bool,
    /// So many bytes, and not until the end.
    with_length: bool,
    is_old: bool,
}

fn wishes() -> impl Iterator<Item = Wish> {
    let all = [Atomic::Always, Atomic::Never].into_iter().flat_map(|atomic| {
        let plain = Wish { atomic, durable: false, with_length: false, is_old: false };
        let each = [(false, false), (false, true), (true, false), (true, true)];
        each.into_iter().flat_map(move |(durable, with_length)| {
            [false, true].map(|is_old| Wish { durable, with_length, is_old, ..plain })
        })
    });
    all.filter(|wish| is_long() || wish.durable == wish.with_length)
}

/// Everything has come before the first call, so that each run makes the same calls.
fn receive(to: &Destination, order: &[Strategy], wish: Wish, driver: Driver, faults: Faults) -> Result<Report, Error> {
    let (near, mut far) = UnixStream::pair().unwrap();
    near.set_nonblocking(!driver.may_block()).unwrap();
    far.write_all(&to.new).unwrap();
    far.shutdown(Shutdown::Write).unwrap();
    let request = ReceiveFile::new(&near, to.path()).unwrap().atomic(wish.atomic).durable(wish.durable).mode(0o604);
    let request = if wish.with_length { request.length(to.new.len() as u64) } else { request };
    let request = if order.is_empty() { request } else { request.strategies(order.iter().copied()) };
    driver.run(request.faults(faults), ReceiveFile::run, |request, done| request.submit(done))
}

fn every_receive(place: &Place, content: &[u8], count: &Count, order: &[Strategy], wish: Wish, driver: Driver) {
    let old = wish.is_old.then(|| random(9, SIZE + 5000));
    let mut to = Destination::new(&place.join("to"), old, content, if wish.is_old { 0o640 } else { 0o604 });
    (to.is_atomic, to.is_durable) = (wish.atomic == Atomic::Always, wish.durable);
    to.prepare();
    receive(&to, order, wish, driver, Faults::default()).unwrap();
    let before = descriptors_but_pipes();
    let mut transfer = |faults: Faults, done: &Done| {
        let what = format!("{order:?}, {wish:?}, by {driver:?}, {:?}", done.wrong);
        to.prepare();
        // what is seen on another thread cannot fail this test
        let is_seen = done.wrong.is_empty() && driver != Driver::Reactor;
        let faults = if is_seen { to.watched(faults) } else { faults };
        let result = receive(&to, order, wish, driver, faults);
        to.judge(&result, done, &what);
        if let Err(error) = &result {
            assert_eq!((error.source_path(), error.destination_path()), (None, Some(&*to.path())), "{what}");
        }
        assert_eq!(descriptors_but_pipes(), before, "{what}");
    };
    at_every_call(count, Terms { step: STEP, waits: driver == Driver::Polling }, &mut transfer);
    fs::remove_dir_all(place.join("to")).unwrap();
}

fn every_receive_on(name: &str) {
    let Some(place) = Place::on(name) else { return };
    let content = random(1, SIZE);
    let (count, companion) = (Count::default(), Companion::new(&place));
    for driver in Driver::ALL {
        for order in [vec![Strategy::Splice], vec![Strategy::ReadWrite], Vec::new()] {
            for wish in wishes() {
                every_receive(&place, &content, &count, &order, wish, driver);
            }
        }
    }
    companion.must_be_unharmed();
    count.tell(&format!("receives on {name}"));
}

#[test]
fn every_call_of_every_receive_fails_in_turn() {
    child::alone("receives::every_call_of_every_receive_fails_in_turn", || {
        every_receive_on("tmpfs");
        // the same calls, and much slower
        if is_long() {
            ["ext4", "xfs", "btrfs"].into_iter().for_each(every_receive_on);
        }
    });
}
