//! Pages that are not in memory: the one reactor thread does not wait for the disk, and the receipt says what was read.
use std::fs::File;
use std::path::{Path, PathBuf};

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use zero_copy_rs::{Call, ErrorKind, SendFile, Strategy};

use crate::result;
use crate::support::bytes::{difference, random};
use crate::support::place::{Place, skip};
use crate::support::process::threads;
use crate::support::sockets::{reader, tcp_for_reactor};

const LENGTH: usize = 9_000_001;

/// On a disk, with nothing of it in the page cache.
fn evict(path: &Path) {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED).unwrap();
}

fn file() -> (Place, PathBuf, Vec<u8>) {
    let place = Place::preferably_on("ext4");
    let bytes = random(1, LENGTH);
    let path = place.file("a", &bytes);
    (place, path, bytes)
}

#[test]
fn a_cold_file_is_read_from_the_disk_by_other_threads_and_arrives_whole() {
    let (_place, path, bytes) = file();
    for strategy in [Strategy::Sendfile, Strategy::Splice, Strategy::ReadWrite] {
        evict(&path);
        let (near, far) = tcp_for_reactor();
        let got = reader(far);
        let sent = result::send(SendFile::from_path(&path, &near).unwrap().strategy(strategy));
        let report = sent.result().unwrap();
        drop(near);
        assert_eq!(difference(&got.join().unwrap(), &bytes), None, "{strategy}");
        let Some(read) = report.device_reads else {
            return skip("a cold file", "nothing is accounted for this file system");
        };
        assert!(read >= LENGTH as u64 / 2, "{strategy}: {read} bytes from the device");
        assert!(report.syscalls.of(Call::Preadv2) > 0, "{strategy}: {:?}", report.syscalls);
        assert!(threads().iter().any(|name| name == "zero-copy-disk"), "{:?}", threads());
        let (near, far) = tcp_for_reactor();
        let got = reader(far);
        let sent = result::send(SendFile::from_path(&path, &near).unwrap().strategy(strategy));
        assert_eq!(sent.result().unwrap().device_reads, Some(0), "it is warm now");
        drop(near);
        got.join().unwrap();
    }
}

#[test]
fn a_cold_range_in_the_middle_is_found_too() {
    let (_place, path, bytes) = file();
    evict(&path);
    let (near, far) = tcp_for_reactor();
    let got = reader(far);
    let sent = SendFile::from_path(&path, &near).unwrap().offset(4_000_001).length(131_073);
    assert_eq!(result::send(sent).result().unwrap().bytes, 131_073);
    drop(near);
    assert_eq!(difference(&got.join().unwrap(), &bytes[4_000_001..][..131_073]), None);
}

#[test]
fn a_stop_while_the_disk_is_waited_for_ends_it_and_the_next_one_is_whole() {
    let (_place, path, bytes) = file();
    let mut aborted = 0;
    for nth in 0..40 {
        evict(&path);
        let (near, far) = tcp_for_reactor();
        let got = reader(far);
        let sent = result::send(SendFile::from_path(&path, &near).unwrap());
        (0..nth * 500).for_each(|_| std::hint::spin_loop());
        sent.handle.stop();
        match sent.result() {
            Ok(report) => assert_eq!(report.bytes, LENGTH as u64),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Aborted, "{error}");
                aborted += 1;
            }
        }
        drop(near);
        assert!(bytes.starts_with(&got.join().unwrap()));
    }
    assert!(aborted > 0, "none was stopped in time");
}

#[test]
fn who_sends_what_is_warm_does_not_wait_for_who_sends_what_is_cold() {
    let (place, path, _) = file();
    let warm = place.file("warm", b"warm");
    evict(&path);
    let cold: Vec<_> = (0..8)
        .map(|_| {
            let (near, far) = tcp_for_reactor();
            (result::send(SendFile::from_path(&path, &near).unwrap()), reader(far))
        })
        .collect();
    for _ in 0..200 {
        let (near, far) = tcp_for_reactor();
        assert_eq!(result::send(SendFile::from_path(&warm, &near).unwrap()).result().unwrap().bytes, 4);
        drop(near);
        assert_eq!(reader(far).join().unwrap(), b"warm");
    }
    for (sent, got) in cold {
        assert_eq!(sent.result().unwrap().bytes, LENGTH as u64);
        assert_eq!(got.join().unwrap().len(), LENGTH);
    }
}
