//! What becomes of the destination, and of its directory.
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, symlink};

use zero_copy_rs::{Atomic, ErrorKind, Faults};

use super::{Maker, Paths, Scene, Terms, whole_files};
use crate::support::bytes::{difference, random};
use crate::{SIZE, STEP};

/// One of the two, whole.
#[test]
fn of_two_copies_to_one_name_one_is_there_as_a_whole() {
    let scene = Scene::on("ext4");
    for terms in whole_files() {
        let act = |paths: &Paths| {
            let other = paths.source.with_extension("other");
            fs::write(&other, random(3, SIZE + 77)).unwrap();
            zero_copy_rs::copy_file(other, &paths.destination).unwrap();
        };
        scene.before_each_call(terms, act, |_, paths, result, what| {
            result.unwrap_or_else(|error| panic!("{what}: {error}"));
            let found = fs::read(&paths.destination).unwrap();
            assert!(found == scene.content || found == scene.other, "{what}: {} bytes", found.len());
        });
    }
}

#[test]
fn a_name_that_must_be_new_and_is_taken_meanwhile_is_eexist_and_stays() {
    let scene = Scene::on("ext4");
    for maker in Maker::all() {
        let terms = Terms { maker, atomic: Atomic::Always, is_old: false, overwrite: false };
        let act = |paths: &Paths| {
            if !paths.destination.exists() {
                fs::write(&paths.destination, random(3, SIZE + 77)).unwrap();
            }
        };
        scene.before_each_call(terms, act, |_, paths, result, what| {
            let found = fs::read(&paths.destination).unwrap();
            match result {
                Ok(_) => assert_eq!(difference(&found, &scene.content), None, "{what}"),
                Err(error) => {
                    assert_eq!(error.code(), "EEXIST", "{what}: {error}");
                    assert_eq!(difference(&found, &scene.other), None, "{what}");
                }
            }
        });
    }
}

#[test]
fn a_name_that_is_removed_meanwhile_is_there_again() {
    let scene = Scene::on("ext4");
    for terms in whole_files().filter(|terms| terms.is_old) {
        let act = |paths: &Paths| fs::remove_file(&paths.destination).unwrap();
        scene.before_each_call(terms, act, |before, paths, result, what| {
            result.unwrap_or_else(|error| panic!("{what}: {error}"));
            // who removes it last has removed the new one
            let found = fs::read(&paths.destination).ok();
            assert!(found.as_ref() == Some(&scene.content), "{what} of {before}");
        });
    }
}

#[test]
fn what_is_no_file_and_takes_the_name_meanwhile_stays_and_the_copy_fails() {
    let scene = Scene::on("ext4");
    for terms in whole_files() {
        let directory = |paths: &Paths| {
            let _ = fs::remove_file(&paths.destination);
            fs::create_dir(&paths.destination).unwrap();
        };
        scene.before_each_call(terms, directory, |_, paths, result, what| {
            // before it was looked at, or between the last look and the name
            let error = result.err().unwrap_or_else(|| panic!("{what}: it was replaced"));
            assert!(["EBUSY", "EISDIR", "EEXIST"].contains(&&*error.code()), "{what}: {error}");
            assert!(fs::metadata(&paths.destination).unwrap().is_dir(), "{what}");
            fs::remove_dir(&paths.destination).unwrap();
        });
        let link = |paths: &Paths| {
            let _ = fs::remove_file(&paths.destination);
            symlink(paths.elsewhere.join("destination"), &paths.destination).unwrap();
        };
        scene.before_each_call(terms, link, |before, paths, result, what| {
            // a link that is there from the start is followed, as it would be by who opens it
            if before > 1 {
                let kept = fs::read(paths.elsewhere.join("destination")).unwrap();
                assert_eq!(kept, b"not to be touched", "{what}: {result:?}");
            }
        });
    }
}

/// The directory that was opened is the one that gets the file.
#[test]
fn a_directory_that_is_swapped_for_a_link_meanwhile_leads_nobody_astray() {
    let scene = Scene::on("ext4");
    for terms in whole_files() {
        let act = |paths: &Paths| {
            let aside = paths.directory.with_extension("aside");
            fs::rename(&paths.directory, &aside).unwrap();
            symlink(&paths.elsewhere, &paths.directory).unwrap();
        };
        scene.before_each_call(terms, act, |before, paths, result, what| {
            if before == 0 {
                return; // the link was there first
            }
            result.unwrap_or_else(|error| panic!("{what}: {error}"));
            let aside = paths.directory.with_extension("aside");
            assert_eq!(difference(&fs::read(aside.join("destination")).unwrap(), &scene.content), None, "{what}");
            assert_eq!(fs::read(paths.elsewhere.join("destination")).unwrap(), b"not to be touched", "{what}");
            assert_eq!(fs::read_dir(aside).unwrap().count(), 1, "{what}");
        });
    }
}

/// Descriptors that are open on the old file keep reading it.
#[test]
fn who_has_the_old_file_open_keeps_its_content() {
    let scene = Scene::on("ext4");
    for terms in whole_files().filter(|terms| terms.is_old) {
        let paths = scene.prepare(true);
        let open = File::open(&paths.destination).unwrap();
        let result = scene.make(terms.maker, terms.atomic, true, Faults::default().short(STEP));
        if result.is_err_and(|error| error.kind() == ErrorKind::StrategyUnavailable) {
            continue;
        }
        let mut read = vec![0; scene.old.len()];
        open.read_exact_at(&mut read, 0).unwrap();
        assert_eq!(difference(&read, &scene.old), None, "{terms:?}");
        assert_eq!(difference(&fs::read(&paths.destination).unwrap(), &scene.content), None, "{terms:?}");
    }
}
