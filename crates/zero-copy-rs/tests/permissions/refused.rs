//! Destinations that cannot be written: the kernel's errno, and the content kept.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Strategy, copy_file};

use crate::support::bytes::random;
use crate::support::child;
use crate::support::mount_namespace;
use crate::support::pending::submit;
use crate::support::place::{Place, is_root};
use crate::{chmod, mode_of};

const DIRECTORY: &str = "the destination's directory may not be written";

/// Every way fails with `code`, and the file at `kept` is as it was.
fn refused(code: &str, source: &Path, destination: &Path, kept: Option<&Path>) -> Error {
    let before = kept.map(|path| fs::read(path).unwrap());
    let ways = Strategy::ALL.iter().map(|&strategy| CopyFile::new(source, destination).strategy(strategy));
    let errors = ways.chain([CopyFile::new(source, destination)]).map(|copy| copy.run().unwrap_err());
    let check = |error: &Error| {
        assert_eq!((&*error.code(), error.bytes()), (code, 0), "{error}");
        assert_eq!(kept.map(|path| fs::read(path).unwrap()), before, "{error}");
    };
    errors.inspect(check).last().unwrap()
}

#[test]
fn a_directory_is_eisdir_and_keeps_its_files() {
    let place = Place::anywhere();
    let source = place.file("source", b"content");
    fs::create_dir(place.join("directory")).unwrap();
    fs::write(place.join("directory/source"), b"not to be written over").unwrap();
    symlink("directory", place.join("link")).unwrap();
    for destination in ["directory", "directory/", "link", "link/", "."] {
        let error = refused("EISDIR", &source, &place.join(destination), Some(&place.join("directory/source")));
        assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{destination}");
    }
    assert_eq!(place.names(), ["directory", "link", "source"]);
}

#[test]
fn a_way_that_leads_nowhere_has_the_kernels_code() {
    let place = Place::anywhere();
    let source = place.file("source", b"content");
    symlink("loop", place.join("loop")).unwrap();
    symlink("missing/far", place.join("dangling-far")).unwrap();
    refused("ENOENT", &source, &place.join("missing/name"), None);
    refused("ENOENT", &source, &place.join("dangling-far"), None);
    refused("ENOENT", &source, Path::new(""), None);
    refused("ENOTDIR", &source, &place.join("source/name"), Some(&source));
    refused("ELOOP", &source, &place.join("loop"), None);
    refused("ENAMETOOLONG", &source, &place.join("n".repeat(256)), None);
    assert_eq!(place.names(), ["dangling-far", "loop", "source"]);
}

#[test]
fn a_read_only_file_is_eacces_for_a_user_and_no_obstacle_for_root() {
    let place = Place::anywhere();
    let (source, destination) = (place.file("source", b"new"), place.file("destination", b"old content"));
    chmod(&destination, 0o444);
    if is_root() {
        assert_eq!(copy_file(&source, &destination).unwrap().bytes, 3);
        assert_eq!(fs::read(&destination).unwrap(), b"new");
    } else {
        refused("EACCES", &source, &destination, Some(&destination));
        assert_eq!(mode_of(&destination), 0o444);
    }
}

#[test]
fn a_directory_without_write_permission_takes_no_new_name_but_its_files_can_be_written_over() {
    let place = Place::anywhere();
    let source = place.file("source", b"new");
    let directory = place.join("directory");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("there"), b"old content").unwrap();
    chmod(&directory, 0o555);
    let there = directory.join("there");
    if is_root() {
        assert_eq!(copy_file(&source, &there).unwrap().atomic, Some(true), "nothing is forbidden to root");
    } else {
        let whole = CopyFile::new(&source, &there).atomic(Atomic::Always).run().unwrap_err();
        assert_eq!((whole.kind(), whole.description()), (ErrorKind::AtomicUnavailable, DIRECTORY));
        assert_eq!(fs::read(&there).unwrap(), b"old content");
        let report = copy_file(&source, &there).unwrap();
        assert_eq!((report.atomic, report.atomic_reason), (Some(false), Some(DIRECTORY)));
    }
    assert_eq!(fs::read(&there).unwrap(), b"new");
    if !is_root() {
        refused("EACCES", &source, &directory.join("new"), None);
        chmod(&directory, 0o600);
        let error = copy_file(&source, directory.join("there")).unwrap_err();
        assert_eq!(error.code(), "EACCES", "no way through the directory");
    }
    chmod(&directory, 0o700);
}

#[test]
fn an_immutable_file_is_eperm_and_kept() {
    if !is_root() {
        return; // only root makes one
    }
    let place = Place::preferably_on("ext4");
    let (source, destination) = (place.file("source", b"new"), place.file("destination", b"old content"));
    let chattr = |flag| Command::new("chattr").arg(flag).arg(&destination).status().unwrap().success();
    assert!(chattr("+i"));
    refused("EPERM", &source, &destination, Some(&destination));
    assert!(chattr("-i"));
    // may only be appended to: writing elsewhere is refused at the opening
    assert!(chattr("+a"));
    refused("EPERM", &source, &destination, Some(&destination));
    assert!(chattr("-a"));
}

#[test]
fn a_read_only_mount_is_erofs_for_new_and_old_names() {
    if !is_root() {
        return; // only root mounts
    }
    let place = Place::anywhere();
    let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
    mount_namespace::within(|| {
        mount_namespace::make_read_only(&place);
        refused("EROFS", &source, &old, Some(&old));
        refused("EROFS", &source, &place.join("new"), None);
    });
}

#[test]
fn without_overwrite_whatever_is_there_is_eexist() {
    let place = Place::anywhere();
    let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
    fs::create_dir(place.join("directory")).unwrap();
    symlink("nowhere", place.join("dangling")).unwrap();
    nix::unistd::mkfifo(&place.join("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for name in ["old", "directory", "dangling", "fifo"] {
        let error = CopyFile::new(&source, place.join(name)).overwrite(false).run().unwrap_err();
        assert_eq!(error.code(), "EEXIST", "{name}");
    }
    assert_eq!(fs::read(old).unwrap(), b"old content");
    assert_eq!(CopyFile::new(&source, place.join("new")).overwrite(false).run().unwrap().bytes, 3);
    assert_eq!(fs::read(place.join("new")).unwrap(), b"new");
}

#[test]
fn a_running_program_is_replaced_or_etxtbsy_in_place() {
    let place = Place::anywhere();
    let (source, program) = (place.file("source", b"new"), place.join("cat"));
    child::alone("refused::a_running_program_is_replaced_or_etxtbsy_in_place", || {
        fs::copy("/bin/cat", &program).unwrap();
        let mut running = Command::new(&program).stdin(std::process::Stdio::piped()).spawn().unwrap();
        for &strategy in Strategy::ALL {
            let in_place = CopyFile::new(&source, &program).atomic(Atomic::Never).strategy(strategy);
            assert_eq!(in_place.run().unwrap_err().code(), "ETXTBSY", "{strategy}");
            assert!(fs::read(&program).unwrap() == fs::read("/bin/cat").unwrap(), "{strategy}");
        }
        assert_eq!(copy_file(&source, &program).unwrap().atomic, Some(true));
        assert_eq!(fs::read(&program).unwrap(), b"new");
        drop(running.stdin.take());
        assert!(running.wait().unwrap().success());
    });
}

#[test]
fn who_may_write_but_not_change_the_mode_hears_of_it_before_the_first_byte() {
    let name = "refused::who_may_write_but_not_change_the_mode_hears_of_it_before_the_first_byte";
    if !is_root() {
        return; // a file of another user's is needed
    }
    child::alone(name, || {
        let place = Place::anywhere();
        let (source, roots) = (place.file("source", b"new"), place.file("roots", b"old content"));
        chmod(&place, 0o777);
        chmod(&source, 0o644);
        chmod(&roots, 0o666);
        let at_root = place.to_path_buf();
        std::thread::spawn(move || {
            crate::support::process::become_nobody();
            let error = copy_file(at_root.join("source"), at_root.join("roots")).unwrap_err();
            assert_eq!((&*error.code(), error.call()), ("EPERM", Some("fchmod")));
        })
        .join()
        .unwrap();
        assert_eq!((fs::read(&roots).unwrap(), mode_of(&roots)), (b"old content".to_vec(), 0o666));
    });
}

#[test]
fn a_file_that_outgrows_its_limit_is_efbig_and_no_signal_ends_the_process() {
    let name = "refused::a_file_that_outgrows_its_limit_is_efbig_and_no_signal_ends_the_process";
    child::alone(name, || {
        let place = Place::anywhere();
        let source = place.file("source", &random(1, 300_000));
        crate::support::process::signal_by_default(nix::sys::signal::Signal::SIGXFSZ);
        let limit = nix::sys::resource::Resource::RLIMIT_FSIZE;
        nix::sys::resource::setrlimit(limit, 100_000, 100_000).unwrap();
        for &strategy in Strategy::ALL {
            let copy = CopyFile::new(&source, place.join("copy")).strategies([strategy, Strategy::ReadWrite]);
            let error = copy.run().unwrap_err();
            assert_eq!(error.code(), "EFBIG", "{strategy}: {error}");
            assert!(!place.join("copy").exists(), "{strategy}");
        }
        // on a thread of the library's as well
        let (_, result) = submit(CopyFile::new(&source, place.join("copy")));
        assert_eq!(result.wait().unwrap_err().code(), "EFBIG");
    });
}
