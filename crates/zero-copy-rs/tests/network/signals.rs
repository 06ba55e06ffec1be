//! In a program that does not ignore SIGPIPE, as every one that is not Rust's: a peer that is gone must not end it.
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::signal::{SigSet, Signal};
use zero_copy_rs::{Error, Relay, SendFile, Strategy};

use crate::Driver;
use crate::support::bytes::random;
use crate::support::child::alone;
use crate::support::place::Place;
use crate::support::process::signal_by_default;
use crate::support::sockets::{Family, set_nonblocking, tcp};

fn is_gone(error: &Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPIPE | libc::ECONNRESET))
}

fn sinks() -> Vec<OwnedFd> {
    let pipe = nix::unistd::pipe().unwrap();
    drop(pipe.0);
    Family::ALL.into_iter().map(|family| family.pair().0.into()).chain([pipe.1]).collect()
}

#[test]
fn a_peer_that_is_gone_is_an_error_and_no_signal() {
    alone("signals::a_peer_that_is_gone_is_an_error_and_no_signal", || {
        signal_by_default(Signal::SIGPIPE);
        let place = Place::anywhere();
        let file = place.file("a", &random(1, 5_000_000));
        for driver in Driver::ALL {
            for strategy in [Strategy::Sendfile, Strategy::Splice, Strategy::ReadWrite, Strategy::MmapWrite] {
                for sink in sinks() {
                    set_nonblocking(&sink, !driver.may_block());
                    let request = SendFile::new(File::open(&file).unwrap(), sink.as_fd()).unwrap();
                    let error = driver.send(request.strategy(strategy)).unwrap_err();
                    assert!(is_gone(&error), "{driver:?} {strategy}: {error}");
                }
            }
            let ((a, mut left), (b, right)) = (tcp(), tcp());
            set_nonblocking(&a, !driver.may_block());
            set_nonblocking(&b, !driver.may_block());
            drop(right);
            // as far as it goes: the relay ends meanwhile
            let writing = std::thread::spawn(move || {
                SigSet::all().thread_block().unwrap();
                while left.write_all(&[7; 100_000]).is_ok() {}
            });
            let error = driver.relay(Relay::new(&a, &b).unwrap()).unwrap_err();
            assert!(is_gone(&error), "{driver:?}: {error}");
            drop((a, b));
            writing.join().unwrap();
        }
        let mask = SigSet::thread_get_mask().unwrap();
        assert!(!mask.contains(Signal::SIGPIPE), "the caller's mask is as it was");
    });
}
