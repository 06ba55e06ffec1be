//! SIGKILL after each system call of a program that copies or receives: what had the name has it still, or the whole new
//! file has it.
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::SIZE;
use crate::support::bytes::random;
use crate::support::network::example;
use crate::support::place::{Place, is_long};
use crate::support::stops::killed_after;

/// What is left of a run that was killed.
#[derive(Debug, Default)]
struct Left {
    old: usize,
    new: usize,
    /// Between the two calls that give a file a name in the place of another: a whole file with a name of ours.
    strays: usize,
}

struct Killing {
    place: Place,
    old: Option<Vec<u8>>,
    new: Vec<u8>,
}

impl Killing {
    fn new(place: Place, is_old: bool) -> Self {
        let new = random(1, SIZE);
        place.file("source", &new);
        Self { place, old: is_old.then(|| random(2, SIZE + 5000)), new }
    }

    /// Kills it after its first call, after its second, … until it ends before.
    fn after_each_call(&self, command: impl Fn() -> Command, begun: impl Fn(&mut Child)) -> Left {
        let destination = self.place.join("destination");
        let mut left = Left::default();
        for nth in 1.. {
            let _ = fs::remove_file(&destination);
            if let Some(old) = &self.old {
                fs::write(&destination, old).unwrap();
            }
            let was_killed = killed_after(&mut command(), nth, &begun);
            let found = fs::read(&destination).ok();
            let is_new = found.as_ref() == Some(&self.new);
            assert!(is_new || found == self.old, "after call {nth}: {:?} bytes", found.map(|found| found.len()));
            *(if is_new { &mut left.new } else { &mut left.old }) += 1;
            for stray in self.place.names().into_iter().filter(|name| name.starts_with(".zero-copy-rs-")) {
                assert_eq!(fs::read(self.place.join(&stray)).unwrap(), self.new, "after call {nth}: a part has a name");
                fs::remove_file(self.place.join(stray)).unwrap();
                left.strays += 1;
            }
            let others: Vec<_> = self.place.names().into_iter().filter(|name| name != "destination").collect();
            assert_eq!(others, ["source"], "after call {nth}");
            if !was_killed {
                assert!(is_new, "it has ended");
                return left;
            }
        }
        left
    }

    fn judge(&self, left: &Left, what: &str) {
        assert!(left.old > 10 && left.new > 1, "{what}: {left:?}");
        // a file without a name gets a new one by one call, and the place of another by two
        let most = usize::from(self.old.is_some());
        assert!(left.strays <= most, "{what}: {left:?}");
    }
}

fn places() -> Vec<&'static str> {
    if is_long() { vec!["ext4", "xfs", "btrfs", "tmpfs"] } else { vec!["ext4"] }
}

#[test]
fn a_copy_that_is_killed_after_any_of_its_calls_leaves_the_old_file_or_the_new() {
    for name in places() {
        for is_old in [false, true] {
            for strategy in if is_long() { &["direct", "sendfile", "read_write", "splice"][..] } else { &["sendfile"] }
            {
                let killing = Killing::new(Place::preferably_on(name), is_old);
                let command = || {
                    let mut copy = Command::new(example("receipt"));
                    copy.args(["source", "destination"].map(|name| killing.place.join(name)));
                    copy.args(["--atomic", "always", "--strategy", strategy]).stdout(Stdio::null());
                    copy
                };
                let left = killing.after_each_call(command, |_| ());
                killing.judge(&left, &format!("{strategy} on {name}"));
            }
        }
    }
}

#[test]
fn a_receive_that_is_killed_after_any_of_its_calls_leaves_the_old_file_or_the_new() {
    for name in places() {
        for is_old in [false, true] {
            let killing = Killing::new(Place::preferably_on(name), is_old);
            let command = || {
                let mut receive = Command::new(example("receive"));
                receive.arg(killing.place.join("destination")).arg("127.0.0.1:0");
                receive.stdout(Stdio::null()).stderr(Stdio::piped());
                receive
            };
            let bytes = killing.new.clone();
            let left = killing.after_each_call(command, |child| send(child, bytes.clone()));
            killing.judge(&left, &format!("received on {name}"));
        }
    }
}

/// Once it says where it listens; it may be killed before that, and at any time after.
pub(crate) fn send(receiver: &mut Child, bytes: Vec<u8>) {
    let mut said = BufReader::new(receiver.stderr.take().unwrap());
    std::thread::spawn(move || {
        let mut address = String::new();
        if said.read_line(&mut address).is_ok_and(|length| length > 0)
            && let Ok(mut peer) = TcpStream::connect(address.trim_end())
        {
            let _ = peer.write_all(&bytes);
        }
    });
}
