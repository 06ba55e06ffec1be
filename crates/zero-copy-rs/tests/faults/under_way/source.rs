//! What becomes of the source.
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;

use zero_copy_rs::{Atomic, ErrorKind};

use super::{Paths, Scene, Terms, copies};
use crate::SIZE;
use crate::support::bytes::{difference, random};

/// Where the old file is promised to stay, it stays; a new name is gone in any case.
fn is_left(scene: &Scene, terms: Terms, paths: &Paths, what: &str) {
    let found = fs::read(&paths.destination).ok();
    match (terms.is_old, terms.atomic) {
        (true, Atomic::Never) => assert!(found.is_some(), "{what}: the name is gone"),
        (true, _) => assert_eq!(difference(&found.unwrap(), &scene.old), None, "{what}"),
        (false, _) => assert_eq!(found, None, "{what}"),
    }
}

/// Also where it is mapped: nobody dies of SIGBUS.
#[test]
fn a_source_that_is_truncated_is_an_error_or_was_copied_before() {
    for name in ["ext4", "xfs", "tmpfs"] {
        let scene = Scene::on(name);
        let mut truncated = 0;
        for terms in copies() {
            let act =
                |paths: &Paths| OpenOptions::new().write(true).open(&paths.source).unwrap().set_len(5000).unwrap();
            scene.before_each_call(terms, act, |_, paths, result, what| match result {
                Ok(report) => {
                    assert_eq!(report.bytes, SIZE as u64, "{what}");
                    assert_eq!(difference(&fs::read(&paths.destination).unwrap(), &scene.content), None, "{what}");
                }
                Err(error) => {
                    truncated += 1;
                    assert_eq!(error.kind(), ErrorKind::SourceTruncated, "{what}: {error}");
                    is_left(&scene, terms, paths, what);
                }
            });
        }
        assert!(truncated > 0, "{name}: no copy noticed");
    }
}

#[test]
fn what_is_appended_meanwhile_is_not_copied() {
    let scene = Scene::on("ext4");
    for terms in copies() {
        let act = |paths: &Paths| {
            OpenOptions::new().append(true).open(&paths.source).unwrap().write_all(&[7; 50_000]).unwrap();
        };
        scene.before_each_call(terms, act, |_, paths, result, what| {
            assert_eq!(result.unwrap_or_else(|error| panic!("{what}: {error}")).bytes, SIZE as u64, "{what}");
            assert_eq!(difference(&fs::read(&paths.destination).unwrap(), &scene.content), None, "{what}");
        });
    }
}

/// A copy is no snapshot, but each of its bytes was the source's.
#[test]
fn a_source_that_is_rewritten_gives_its_bytes_of_before_or_after() {
    let scene = Scene::on("ext4");
    let after = random(4, SIZE);
    for terms in copies() {
        let act = |paths: &Paths| {
            OpenOptions::new().write(true).open(&paths.source).unwrap().write_all_at(&random(4, SIZE), 0).unwrap();
        };
        scene.before_each_call(terms, act, |_, paths, result, what| {
            assert_eq!(result.unwrap_or_else(|error| panic!("{what}: {error}")).bytes, SIZE as u64, "{what}");
            let found = fs::read(&paths.destination).unwrap();
            assert_eq!(found.len(), SIZE, "{what}");
            let is_one = |at: usize| found[at] == scene.content[at] || found[at] == after[at];
            assert_eq!((0..SIZE).find(|&at| !is_one(at)), None, "{what}: a foreign byte");
        });
    }
}

#[test]
fn a_source_whose_name_gets_another_file_is_copied_as_it_was_opened() {
    let scene = Scene::on("ext4");
    for terms in copies() {
        let act = |paths: &Paths| {
            fs::write(paths.source.with_extension("other"), "another file").unwrap();
            fs::rename(paths.source.with_extension("other"), &paths.source).unwrap();
        };
        scene.before_each_call(terms, act, |_, paths, result, what| {
            assert_eq!(result.unwrap_or_else(|error| panic!("{what}: {error}")).bytes, SIZE as u64, "{what}");
            assert_eq!(difference(&fs::read(&paths.destination).unwrap(), &scene.content), None, "{what}");
        });
    }
}
