//! No descriptor is left: who needs one hears EMFILE, the others go on.
use std::os::fd::AsFd;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use zero_copy_rs::{ReceiveFile, Relay, SendFile};

use crate::result;
use crate::support::bytes::{difference, random};
use crate::support::child::alone;
use crate::support::place::Place;
use crate::support::process::descriptors;
use crate::support::sockets::{reader, tcp_for_reactor, writer};

#[test]
fn who_needs_one_hears_it_and_the_others_go_on() {
    alone("out_of_descriptors::who_needs_one_hears_it_and_the_others_go_on", || {
        let place = Place::anywhere();
        let bytes = random(1, 5_000_000);
        let path = place.file("a", &bytes);
        let ((near, far), (second, from)) = (tcp_for_reactor(), tcp_for_reactor());
        let sent = result::send(SendFile::from_path(&path, &near).unwrap());
        let received = result::receive(ReceiveFile::new(&second, place.join("b")).unwrap());
        let writing = writer(&from, bytes.clone());
        assert_eq!(received.result().unwrap().bytes, 5_000_000);
        // a request that has its duplicates, and opens its file when there is no descriptor any more
        let (third, _peer) = tcp_for_reactor();
        let late = SendFile::from_path(&path, &third).unwrap();
        let late_receive = ReceiveFile::new(&third, place.join("c")).unwrap();
        let relay = Relay::new(&second, &third).unwrap();

        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let used = descriptors().iter().map(|(number, _)| *number as u64 + 1).max().unwrap();
        let mut filler = Vec::new();
        setrlimit(Resource::RLIMIT_NOFILE, used + 1, hard).unwrap();
        while let Ok(more) = near.as_fd().try_clone_to_owned() {
            filler.push(more);
        }
        assert_eq!(SendFile::from_path(&path, &near).unwrap_err().code(), "EMFILE");
        assert_eq!(SendFile::new(near.as_fd(), &near).unwrap_err().code(), "EMFILE");
        assert_eq!(ReceiveFile::new(&near, place.join("b")).unwrap_err().code(), "EMFILE");
        assert_eq!(Relay::new(&near, &second).unwrap_err().code(), "EMFILE");
        assert_eq!(result::send(late).result().unwrap_err().code(), "EMFILE");
        assert_eq!(result::receive(late_receive).result().unwrap_err().code(), "EMFILE");
        drop(relay);
        // what is under way needs no more
        let got = reader(far);
        assert_eq!(sent.result().unwrap().bytes, 5_000_000);
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
        drop((near, filler));
        assert_eq!(difference(&got.join().unwrap(), &bytes), None);
        writing.join().unwrap();
        assert_eq!(place.names(), ["a", "b"]);
    });
}
