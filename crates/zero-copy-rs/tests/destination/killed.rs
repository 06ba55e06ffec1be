//! SIGKILL at any moment: the old file or the whole new one, and no other name.
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use zero_copy_rs::{CopyFile, ReceiveFile};

use crate::support::bytes::random;
use crate::support::place::{Place, is_long};
use crate::support::stops::after_each_call;
use crate::support::strace::example;

const VARIABLE: &str = "ZERO_COPY_RS_TEST_VICTIM";

/// This very test binary, which copies or receives over and over until it is killed.
fn victim(role: &str, test: &str, arguments: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, format!("{role} {arguments}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What this process is to do as a victim.
fn role() -> Option<Vec<String>> {
    Some(std::env::var(VARIABLE).ok()?.split(' ').map(str::to_owned).collect())
}

fn killed(mut child: Child) {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGKILL).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
}

fn wait_for_begin(child: &mut Child) {
    let mut byte = [0];
    let out = child.stdout.as_mut().unwrap();
    loop {
        out.read_exact(&mut byte).unwrap();
        if byte == *b"!" {
            return;
        }
    }
}

#[test]
fn a_copy_that_is_killed_leaves_the_old_file_or_the_whole_new() {
    const TEST: &str = "killed::a_copy_that_is_killed_leaves_the_old_file_or_the_whole_new";
    if let Some(role) = role() {
        let [_, source, destination] = &role[..] else { panic!("{role:?}") };
        print!("!");
        std::io::stdout().flush().unwrap();
        loop {
            CopyFile::new(source, destination).run().unwrap();
        }
    }
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let contents = [random(1, 2_000_000), random(2, 500_000)];
        let source = place.file("source", &contents[0]);
        let destination = place.file("old", &contents[1]);
        let rounds = if is_long() { 300 } else { 15 };
        for round in 0..rounds {
            let mut child = victim("copy", TEST, &format!("{} {}", source.display(), destination.display()));
            wait_for_begin(&mut child);
            std::thread::sleep(Duration::from_micros(997 * round % 7919));
            killed(child);
            let found = fs::read(&destination).unwrap();
            assert!(contents.contains(&found), "{file_system}: {} bytes", found.len());
            fs::write(&destination, &contents[1]).unwrap();
            // only between linkat and renameat has it a name of its own, and is whole then
            for name in place.names().iter().filter(|name| name.starts_with(".zero-copy-rs-")) {
                assert_eq!(fs::read(place.join(name)).unwrap(), contents[0], "{file_system}");
                fs::remove_file(place.join(name)).unwrap();
            }
            assert_eq!(place.names(), ["old", "source"]);
        }
    }
}

/// Looked at after each of its system calls: whichever is the last, at most one name is left, and only after
/// the one that gives it a name for `rename`.
#[test]
fn it_has_a_name_of_its_own_only_between_two_calls_and_is_whole_then() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let (old, new) = (random(1, 50_000), random(2, 200_000));
        for (is_old, named) in [(false, 0), (true, 1)] {
            let place = Place::preferably_on(file_system);
            let (source, destination) = (place.file("source", &new), place.join("destination"));
            if is_old {
                fs::write(&destination, &old).unwrap();
            }
            let mut copy = Command::new(example());
            copy.args([&source, &destination]).stdout(Stdio::null());
            let mut looks_with_a_name = 0;
            after_each_call(&mut copy, || {
                let found = fs::read(&destination).ok();
                assert!(found.as_ref() == Some(&new) || found == is_old.then(|| old.clone()), "{file_system}");
                for stray in place.names().iter().filter(|name| !["source", "destination"].contains(&&***name)) {
                    looks_with_a_name += 1;
                    assert!(fs::read(place.join(stray)).unwrap() == new, "{file_system}: {stray}");
                }
            });
            assert_eq!(looks_with_a_name, named, "{file_system}");
            assert_eq!(place.names(), ["destination", "source"]);
        }
    }
}

#[test]
fn a_receiver_that_is_killed_in_the_middle_leaves_nothing() {
    const TEST: &str = "killed::a_receiver_that_is_killed_in_the_middle_leaves_nothing";
    if let Some(role) = role() {
        let [_, address, destination] = &role[..] else { panic!("{role:?}") };
        let stream = std::net::TcpStream::connect(address).unwrap();
        ReceiveFile::new(&stream, destination).unwrap().run().unwrap();
        panic!("it was to be killed");
    }
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        for old in [None, Some("old content")] {
            let place = Place::preferably_on(file_system);
            let destination = place.join("destination");
            old.iter().for_each(|content| fs::write(&destination, content).unwrap());
            let before = crate::snapshot::of(&place);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let child =
                victim("receive", TEST, &format!("{} {}", listener.local_addr().unwrap(), destination.display()));
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(&random(3, 3_000_000)).unwrap();
            // more than the sockets hold: it has begun to write
            killed(child);
            assert_eq!(crate::snapshot::of(&place), before, "{file_system}");
        }
    }
}
