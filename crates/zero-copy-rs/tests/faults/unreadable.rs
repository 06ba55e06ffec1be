//! Sources that cannot be read somewhere: never a success, and never a byte that is not theirs.
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use zero_copy_rs::{Atomic, CopyFile, Error, Reflinks, SendFile, Strategy};

use crate::driver::Driver;
use crate::fuse_server::{Manners, Mounted, Operation};
use crate::support::bytes::{difference, random};
use crate::support::image::{BTRFS, Image};
use crate::support::mount_namespace::within;
use crate::support::place::{Place, is_root, skip};
use crate::support::sockets::{reader, set_nonblocking, tcp};

const PAGE: u64 = 4096;
const PAGES: u64 = 80;

fn ways() -> Vec<Option<Strategy>> {
    Strategy::ALL.iter().map(|&strategy| Some(strategy)).chain([None]).collect()
}

fn copy(source: &Path, to: &Path, way: Option<Strategy>) -> CopyFile {
    let copy = CopyFile::new(source, to);
    if let Some(strategy) = way { copy.strategy(strategy) } else { copy }
}

/// A mapped page that cannot be read is a bad address to who writes from it.
fn is_unreadable(error: &Error, way: Option<Strategy>, what: &str) {
    let is_mapped = way == Some(Strategy::MmapWrite);
    assert!(error.code() == "EIO" || is_mapped && error.code() == "EFAULT", "{what}: {error}");
    assert!(error.raw_os_error().is_some() && error.call().is_some(), "{what}: {error}");
}

/// Copies what is unreadable in its `page`, every way that would copy it otherwise, over an old file and to a new name.
fn every_copy_fails(source: &Path, to: &Place, content: &[u8], page: u64, ways: &[Option<Strategy>]) {
    for &way in ways {
        for (atomic, old) in [(Atomic::Always, true), (Atomic::Always, false), (Atomic::Never, false)] {
            let destination = to.join("destination");
            let _ = fs::remove_file(&destination);
            if old {
                fs::write(&destination, "old content").unwrap();
            }
            let what = format!("{way:?} {atomic:?}, page {page}");
            let error = copy(source, &destination, way).atomic(atomic).run().unwrap_err();
            is_unreadable(&error, way, &what);
            assert!(error.bytes() <= page * PAGE && error.bytes() <= content.len() as u64, "{what}: {error}");
            assert_eq!(fs::read(&destination).ok(), old.then(|| b"old content".to_vec()), "{what}");
            assert!(to.names().iter().all(|name| name == "destination"), "{what}: {:?}", to.names());
        }
    }
}

fn every_send_fails(source: &Path, content: &[u8], page: u64) {
    for driver in Driver::ALL {
        for strategy in [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice] {
            let (near, far) = tcp();
            set_nonblocking(&near, !driver.may_block());
            let got = reader(far);
            let request = SendFile::new(File::open(source).unwrap(), &near).unwrap().strategy(strategy);
            let result = driver.run(request, SendFile::run, |request, done| request.submit(done));
            let what = format!("{strategy} by {driver:?}, page {page}");
            let error = result.unwrap_err();
            is_unreadable(&error, Some(strategy), &what);
            assert!(error.bytes() <= page * PAGE, "{what}: {error}");
            drop(near);
            assert_eq!(difference(&got.join().unwrap(), &content[..error.bytes() as usize]), None, "{what}");
        }
    }
}

#[test]
fn a_page_that_cannot_be_read_is_an_error_wherever_it_lies() {
    const TEST: &str = "a_page_that_cannot_be_read_is_an_error_wherever_it_lies";
    if !is_root() {
        return; // only root mounts
    }
    if !Path::new("/dev/fuse").exists() {
        return skip(TEST, "there is no /dev/fuse");
    }
    within(|| {
        let (place, to) = (Place::anywhere(), Place::preferably_on("tmpfs"));
        let mounted = Mounted::at(&place);
        let content = random(1, (PAGES * PAGE) as usize - 77);
        let source = place.join("source");
        fs::write(&source, &content).unwrap();
        let possible = |way: &Option<Strategy>| copy(&source, &to.join("destination"), *way).run().is_ok();
        let ways: Vec<_> = ways().into_iter().filter(possible).collect();
        assert!(ways.len() > 3, "{ways:?}");
        for page in [0, 1, 31, 32, PAGES / 2, PAGES - 1] {
            let fails = Some((Operation::Read(page * PAGE), libc::EIO));
            mounted.behave(Manners { fails, ..Manners::default() });
            every_copy_fails(&source, &to, &content, page, &ways);
            every_send_fails(&source, &content, page);
        }
        mounted.behave(Manners::default());
        let report = copy(&source, &to.join("destination"), None).run().unwrap();
        assert_eq!(report.bytes, content.len() as u64);
        assert_eq!(difference(&fs::read(to.join("destination")).unwrap(), &content), None);
        drop(mounted);
    });
}

/// Of random bytes: where they repeat, a wrong block could look right.
#[test]
fn a_block_whose_checksum_is_wrong_is_an_error_and_its_bytes_come_out_nowhere() {
    if !is_root() {
        return; // only root mounts
    }
    within(|| {
        let image = Image::new(BTRFS, 0);
        let content = random(1, (PAGES * PAGE) as usize);
        fs::write(image.directory.join("source"), &content).unwrap();
        nix::unistd::syncfs(File::open(&image.directory).unwrap()).unwrap();
        image.unmount();
        for page in [0, 33, PAGES - 1] {
            let damaged = image.copy(&format!("damaged-{page}"));
            damage(&damaged, &content[(page * PAGE) as usize..][..PAGE as usize]);
            image.recovered(&damaged, |directory| {
                let source = directory.join("source");
                let apart = Place::preferably_on("tmpfs");
                let reads = [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice];
                let ways: Vec<_> = reads.into_iter().map(Some).chain([None]).collect();
                every_copy_fails(&source, &apart, &content, page, &ways);
                every_send_fails(&source, &content, page);
                within_the_file_system(directory, &source);
            });
            fs::remove_file(damaged).unwrap();
        }
    });
}

/// A clone reads nothing, so it cannot know; its reader does.
fn within_the_file_system(directory: &Path, source: &Path) {
    let destination = directory.join("destination");
    let error = CopyFile::new(source, &destination).reflinks(Reflinks::Never).run().unwrap_err();
    assert_eq!(error.code(), "EIO", "{error}");
    assert!(!destination.exists());
    let report = CopyFile::new(source, &destination).strategy(Strategy::Reflink).run().unwrap();
    assert_eq!(report.bytes, PAGES * PAGE);
    assert_eq!(fs::read(&destination).unwrap_err().raw_os_error(), Some(libc::EIO));
    fs::remove_file(destination).unwrap();
}

/// Changes a byte of `block` where it lies in `image`.
fn damage(image: &Path, block: &[u8]) {
    let file = File::options().read(true).write(true).open(image).unwrap();
    let all = fs::read(image).unwrap();
    let found: Vec<_> = (0..all.len()).step_by(block.len()).filter(|&at| all[at..].starts_with(block)).collect();
    assert_eq!(found.len(), 1, "it lies in one place");
    file.write_all_at(&[!block[7]], found[0] as u64 + 7).unwrap();
    file.sync_all().unwrap();
}
