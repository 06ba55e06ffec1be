//! Every call for the destination fails once, with each errno that matters: the error has its facts, the old file is as it
//! was, and nothing else is left. In the way the transfer goes, whole or in place, call by call until it succeeds.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Faults, ReceiveFile, Report, Strategy};

use crate::support::bytes::random;
use crate::support::child;
use crate::support::place::Place;
use crate::support::process::descriptors;
use crate::support::sockets::{tcp, writer};
use crate::{ASKED, Asked, Maker, copy, snapshot};

const ERRNOS: [i32; 7] = [libc::EIO, libc::ENOSPC, libc::EDQUOT, libc::EROFS, libc::EMFILE, libc::ENOMEM, libc::EACCES];

fn make(maker: Maker, source: &Path, destination: &Path, asked: Asked, faults: Faults) -> Result<Report, Error> {
    match maker {
        Maker::Copy => copy(source, destination, asked).strategy(Strategy::ReadWrite).faults(faults).run(),
        Maker::Receive => {
            let (near, far) = tcp();
            let sending = writer(&far, fs::read(source).unwrap());
            let request = ReceiveFile::new(&near, destination).unwrap().strategy(Strategy::ReadWrite);
            let Asked { atomic, overwrite, durable } = asked;
            let result = request.atomic(atomic).overwrite(overwrite).durable(durable).faults(faults).run();
            drop((near, far));
            sending.join().unwrap();
            result
        }
    }
}

/// What may be there after a failure: what was there before, or where the report would not say `atomic: true` yet and the
/// name is out, the whole new file.
#[test]
fn whichever_call_fails_nothing_is_lost_and_nothing_is_left() {
    child::alone("faults::whichever_call_fails_nothing_is_lost_and_nothing_is_left", || {
        let mut failed = BTreeSet::new();
        for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
            let place = Place::preferably_on(file_system);
            let source = place.file("source", &random(1, 20_000));
            let new = fs::read(&source).unwrap();
            for maker in Maker::BOTH {
                for asked in [
                    ASKED,
                    Asked { atomic: Atomic::Always, ..ASKED },
                    Asked { durable: true, ..ASKED },
                    Asked { overwrite: false, ..ASKED },
                ] {
                    for old in [None, Some(&b"old content"[..])] {
                        if old.is_some() && !asked.overwrite {
                            continue;
                        }
                        let destination = place.join("destination");
                        let prepare = || {
                            let _ = fs::remove_file(&destination);
                            old.iter().for_each(|content| fs::write(&destination, content).unwrap());
                        };
                        prepare();
                        let faults = Faults::default();
                        let log = faults.log();
                        make(maker, &source, &destination, asked, faults).unwrap();
                        let calls = log();
                        for (nth, &call) in calls.iter().enumerate() {
                            for errno in ERRNOS {
                                prepare();
                                let (before, open) = (snapshot::of(&place), descriptors());
                                let faults = Faults::default().fail_at(nth + 1, errno);
                                let result = make(maker, &source, &destination, asked, faults);
                                let context =
                                    format!("{file_system} {maker:?} {asked:?} {call} {nth} {errno}: {result:?}");
                                assert_eq!(descriptors(), open, "{context}");
                                failed.insert(call);
                                match result {
                                    // another way was found
                                    Ok(report) => {
                                        assert_eq!(fs::read(&destination).unwrap(), new, "{context}");
                                        assert!(
                                            report.atomic == Some(true) || report.atomic_reason.is_some(),
                                            "{context}"
                                        );
                                    }
                                    Err(error) => {
                                        let is_refused = asked.atomic == Atomic::Always
                                            && error.kind() == ErrorKind::AtomicUnavailable;
                                        assert!(is_refused || error.raw_os_error().is_some(), "{context}");
                                        assert_eq!(error.destination_path(), Some(&*destination), "{context}");
                                        // only when the name is out already: the directory could not be synchronised
                                        let is_out = ["fsync", "syncfs"].contains(&call)
                                            && fs::read(&destination).is_ok_and(|found| found == new);
                                        if !is_out {
                                            assert_eq!(snapshot::of(&place), before, "{context}");
                                        }
                                    }
                                }
                                let strays = place.names().into_iter().filter(|name| name.starts_with('.')).count();
                                assert_eq!(strays, 0, "{context}");
                            }
                        }
                        let _ = fs::remove_file(&destination);
                    }
                }
            }
        }
        for call in
            ["openat", "statx", "faccessat2", "listxattr", "flistxattr", "newfstatat", "linkat", "renameat", "fsync"]
        {
            assert!(failed.contains(call), "{call} was never made: {failed:?}");
        }
    });
}

#[test]
fn where_no_file_without_a_name_can_be_made_it_has_one_from_the_start() {
    let place = Place::preferably_on("ext4");
    let source = place.file("source", &random(1, 20_000));
    for maker in Maker::BOTH {
        for errno in [libc::EOPNOTSUPP, libc::EISDIR, libc::EINVAL] {
            for old in [false, true] {
                let destination = place.join("destination");
                let _ = fs::remove_file(&destination);
                if old {
                    fs::write(&destination, "old content").unwrap();
                }
                // the look at the name or the file, the directory, the file without a name
                let nameless = 3;
                let faults = Faults::default().fail_named("openat", nameless, errno);
                let log = faults.log();
                let report = make(maker, &source, &destination, ASKED, faults).unwrap();
                assert_eq!(report.atomic, Some(true), "{maker:?} {errno}");
                assert_eq!(log().iter().filter(|&&call| call == "openat").count(), 4, "{:?}", log());
                assert!(fs::read(&destination).unwrap() == fs::read(&source).unwrap());
                assert_eq!(place.names(), ["destination", "source"]);
            }
        }
    }
}

#[test]
fn interrupted_calls_are_made_again() {
    let place = Place::preferably_on("ext4");
    let (source, destination) = (place.file("source", &random(1, 20_000)), place.file("destination", b"old content"));
    for maker in Maker::BOTH {
        let asked = Asked { durable: true, ..ASKED };
        let faults = (1..200).step_by(2).fold(Faults::default(), |faults, nth| faults.fail_at(nth, libc::EINTR));
        assert_eq!(make(maker, &source, &destination, asked, faults).unwrap().atomic, Some(true));
        assert!(fs::read(&destination).unwrap() == fs::read(&source).unwrap());
        assert_eq!(place.names(), ["destination", "source"]);
    }
}

/// The way to write in place goes through the same seam.
#[test]
fn in_place_a_call_that_fails_is_told_too() {
    let place = Place::preferably_on("ext4");
    let source = place.file("source", &random(1, 20_000));
    for call in ["openat", "fchmod", "close", "pwrite64"] {
        for errno in [libc::EIO, libc::ENOSPC] {
            let faults = Faults::default().fail_named(call, 1, errno);
            let new = place.join("new");
            let error = CopyFile::new(&source, &new)
                .atomic(Atomic::Never)
                .strategy(Strategy::ReadWrite)
                .faults(faults)
                .run()
                .unwrap_err();
            assert_eq!((error.raw_os_error(), error.call()), (Some(errno), Some(call)));
            assert_eq!(place.names(), ["source"], "{call}");
        }
    }
}
