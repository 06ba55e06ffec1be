//! What the reactor is to do later, and need not do any more.
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::reactor::Reactor;
use crate::request::relay::Relay;

const HOUR: Duration = Duration::from_secs(3600);

/// It only makes a defect a failure instead of a hang.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_timer_that_was_called_off_is_gone_with_what_it_held_and_the_others_ring() {
    let reactor = Reactor::get().unwrap();
    let (held, rung) = (Arc::new(()), Arc::new(()));
    let later = |time, held: &Arc<()>| {
        let held = held.clone();
        reactor.at(time, Box::new(move || drop(held)))
    };
    let (off, _never) = (later(Instant::now() + HOUR, &held), later(Instant::now() + HOUR, &held));
    later(Instant::now(), &rung);
    reactor.call_off(off);
    reactor.call_off(off);
    until("the one is let go", || Arc::strong_count(&held) == 2);
    until("the other has rung", || Arc::strong_count(&rung) == 1);
}

#[test]
fn a_relay_that_has_ended_is_not_kept_until_it_would_have_been_idle_for_too_long() {
    let ((a, left), (b, right)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    for socket in [&a, &b] {
        socket.set_nonblocking(true).unwrap();
    }
    let request = Relay::new(&a, &b).unwrap().idle_timeout(HOUR);
    let (there, _back) = request.handles();
    let (told, ended) = std::sync::mpsc::channel();
    request.submit(move |result| told.send(result).unwrap()).unwrap();
    drop((left, right));
    ended.recv().unwrap().unwrap();
    until("nobody but this test has its handle", || there.holders() == 1);
}
