//! Others at work on the same name.
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use zero_copy_rs::{Atomic, CopyFile};

use crate::support::bytes::random;
use crate::support::pending::submit;
use crate::support::place::{Place, is_long};
use crate::support::process::until;
use crate::support::terminal::Terminal;
use crate::{ASKED, Maker, snapshot};

fn rounds(few: usize) -> usize {
    if is_long() { few * 20 } else { few }
}

#[test]
fn two_copies_to_one_name_make_it_one_of_the_two_whole() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let contents: [Vec<u8>; 4] = std::array::from_fn(|n| random(n as u64 + 1, 50_000 + 10_000 * n));
        let sources: Vec<_> = (0..4).map(|n| place.file(&format!("source-{n}"), &contents[n])).collect();
        let destination = place.join("copy");
        for round in 0..rounds(30) {
            if round % 2 == 0 {
                let _ = fs::remove_file(&destination);
            }
            let (sender, receiver) = channel();
            for source in &sources {
                let sender = sender.clone();
                CopyFile::new(source, &destination).submit(move |result| sender.send(result).unwrap()).unwrap();
            }
            drop(sender);
            for report in receiver {
                assert_eq!(report.unwrap().atomic, Some(true));
            }
            let found = fs::read(&destination).unwrap();
            assert!(contents.contains(&found), "{file_system}: {} bytes that are nobody's", found.len());
            assert_eq!(place.names().len(), 5, "{:?}", place.names());
        }
    }
}

#[test]
fn of_many_that_must_be_new_one_has_the_name() {
    let place = Place::preferably_on("ext4");
    let sources: Vec<_> = (0..8).map(|n| place.file(&format!("source-{n}"), format!("{n}").as_bytes())).collect();
    for round in 0..rounds(20) {
        let destination = place.join(format!("copy-{round}"));
        let (sender, receiver) = channel();
        for source in &sources {
            let sender = sender.clone();
            let copy = CopyFile::new(source, &destination).overwrite(false);
            copy.submit(move |result| sender.send(result.map_err(|error| error.code().into_owned())).unwrap()).unwrap();
        }
        drop(sender);
        let (done, refused): (Vec<_>, Vec<_>) = receiver.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 7));
        assert_eq!(refused.into_iter().map(|result| result.unwrap_err()).collect::<BTreeSet<_>>().len(), 1);
    }
}

#[test]
fn who_reads_meanwhile_sees_the_old_or_the_whole_new() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let contents = [random(1, 300_000), random(2, 200_000)];
        let sources = [place.file("a", &contents[0]), place.file("b", &contents[1])];
        let destination = place.file("destination", &contents[0]);
        let over = AtomicBool::new(false);
        let read = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut read = 0;
                while !over.load(Ordering::Relaxed) {
                    let found = fs::read(&destination).expect("the name is always there");
                    assert!(contents.contains(&found), "{file_system}: {} bytes", found.len());
                    read += 1;
                }
                read
            });
            for round in 0..rounds(100) {
                assert_eq!(Maker::Copy.make(&sources[round % 2], &destination, ASKED).unwrap().atomic, Some(true));
            }
            over.store(true, Ordering::Relaxed);
            reader.join().unwrap()
        });
        assert!(read > 0);
    }
}

/// A copy under way, and what is done to its destination in the middle.
fn meanwhile(
    place: &Place,
    atomic: Atomic,
    change: impl FnOnce(),
) -> Result<zero_copy_rs::Report, zero_copy_rs::Error> {
    let terminal = Terminal::open();
    let copy = CopyFile::new(&terminal.path, place.join("directory/name")).length(4).atomic(atomic);
    let (handle, result) = submit(copy);
    terminal.send(b"ab");
    until("the half is there", || handle.bytes() == 2);
    change();
    terminal.send(b"cd");
    result.wait()
}

fn with_directory(old: bool) -> Place {
    let place = Place::preferably_on("ext4");
    fs::create_dir(place.join("directory")).unwrap();
    if old {
        fs::write(place.join("directory/name"), "old content").unwrap();
    }
    place
}

#[test]
fn a_directory_that_becomes_a_link_elsewhere_meanwhile_leads_nobody_there() {
    for old in [false, true] {
        let place = with_directory(old);
        fs::create_dir(place.join("elsewhere")).unwrap();
        fs::write(place.join("elsewhere/name"), "not to be touched").unwrap();
        let before = snapshot::of(&place.join("elsewhere"));
        let report = meanwhile(&place, Atomic::Auto, || {
            fs::rename(place.join("directory"), place.join("moved")).unwrap();
            symlink("elsewhere", place.join("directory")).unwrap();
        });
        assert_eq!(report.unwrap().atomic, Some(true));
        assert_eq!(snapshot::of(&place.join("elsewhere")), before);
        assert_eq!(fs::read(place.join("moved/name")).unwrap(), b"abcd");
        assert_eq!(fs::read_dir(place.join("moved")).unwrap().count(), 1);
    }
}

#[test]
fn a_directory_that_is_removed_meanwhile_is_enoent() {
    let place = with_directory(false);
    let error = meanwhile(&place, Atomic::Auto, || fs::remove_dir(place.join("directory")).unwrap()).unwrap_err();
    assert_eq!((&*error.code(), error.call(), error.bytes()), ("ENOENT", Some("linkat"), 4));
    assert!(place.names().is_empty());
}

#[test]
fn a_file_that_is_removed_meanwhile_is_made_anew() {
    let place = with_directory(true);
    let report = meanwhile(&place, Atomic::Auto, || fs::remove_file(place.join("directory/name")).unwrap());
    assert_eq!(report.unwrap().atomic, Some(true));
    assert_eq!(fs::read(place.join("directory/name")).unwrap(), b"abcd");
    assert_eq!(fs::read_dir(place.join("directory")).unwrap().count(), 1);
}

#[test]
fn a_file_that_another_replaced_meanwhile_is_replaced_as_well() {
    for old in [false, true] {
        let place = with_directory(old);
        let report = meanwhile(&place, Atomic::Auto, || {
            fs::write(place.join("other"), "another's").unwrap();
            fs::rename(place.join("other"), place.join("directory/name")).unwrap();
        });
        assert_eq!(report.unwrap().atomic, Some(true), "{old}");
        assert_eq!(fs::read(place.join("directory/name")).unwrap(), b"abcd");
        assert_eq!(fs::read_dir(place.join("directory")).unwrap().count(), 1);
    }
}

#[test]
fn what_became_no_regular_file_meanwhile_is_not_replaced() {
    type Change = fn(&Place);
    let changes: [(&str, Change); 3] = [
        ("a directory", |place| fs::create_dir(place.join("directory/name")).unwrap()),
        ("a link", |place| symlink("/dev/null", place.join("directory/name")).unwrap()),
        ("a FIFO", |place| {
            nix::unistd::mkfifo(&place.join("directory/name"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        }),
    ];
    for old in [false, true] {
        for (what, change) in changes {
            let place = with_directory(old);
            let changed = || {
                let _ = fs::remove_file(place.join("directory/name"));
                change(&place);
            };
            let error = meanwhile(&place, Atomic::Auto, changed).unwrap_err();
            assert_eq!((&*error.code(), error.bytes()), ("EBUSY", 4), "{what}: {error}");
            assert_eq!(error.detail(), Some("what has the name now is no regular file"));
            assert!(!fs::symlink_metadata(place.join("directory/name")).unwrap().is_file(), "{what}");
            assert_eq!(fs::read_dir(place.join("directory")).unwrap().count(), 1, "{what}");
        }
    }
}
