//! Somebody else does something to the source, to the destination or to its directory, just before call N: for each N.
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::fs::{FileExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Faults, ReceiveFile, Report, Strategy};

use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::{SIZE, STEP};

/// Who makes the destination.
#[derive(Clone, Copy, Debug)]
enum Maker {
    Copy(Option<Strategy>),
    Receive(Strategy),
}

impl Maker {
    fn all() -> Vec<Self> {
        let copies = Strategy::ALL.iter().map(|&strategy| Self::Copy(Some(strategy)));
        let receives = [Strategy::Splice, Strategy::ReadWrite].map(Self::Receive);
        copies.chain([Self::Copy(None)]).chain(receives).collect()
    }
}

/// Two directories, one of which holds the destination; everything is made anew for each run.
struct Scene {
    place: Place,
    content: Vec<u8>,
    old: Vec<u8>,
    other: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Paths {
    source: PathBuf,
    directory: PathBuf,
    destination: PathBuf,
    elsewhere: PathBuf,
}

impl Scene {
    fn on(name: &str) -> Self {
        let place = Place::preferably_on(name);
        Self { place, content: random(1, SIZE), old: random(2, SIZE + 5000), other: random(3, SIZE + 77) }
    }

    fn paths(&self) -> Paths {
        let directory = self.place.join("to");
        let destination = directory.join("destination");
        Paths { source: self.place.join("source"), directory, destination, elsewhere: self.place.join("elsewhere") }
    }

    fn prepare(&self, is_old: bool) -> Paths {
        for entry in fs::read_dir(&*self.place).unwrap() {
            let path = entry.unwrap().path();
            let is_directory = fs::symlink_metadata(&path).unwrap().is_dir();
            if is_directory { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        let paths = self.paths();
        fs::write(&paths.source, &self.content).unwrap();
        fs::create_dir(&paths.directory).unwrap();
        fs::create_dir(&paths.elsewhere).unwrap();
        fs::write(paths.elsewhere.join("destination"), "not to be touched").unwrap();
        if is_old {
            fs::write(&paths.destination, &self.old).unwrap();
        }
        paths
    }

    fn make(&self, maker: Maker, atomic: Atomic, overwrite: bool, faults: Faults) -> Result<Report, Error> {
        let paths = self.paths();
        match maker {
            Maker::Copy(strategy) => {
                let copy = CopyFile::new(&paths.source, &paths.destination).atomic(atomic).overwrite(overwrite);
                let copy = if let Some(strategy) = strategy { copy.strategy(strategy) } else { copy };
                copy.faults(faults).run()
            }
            Maker::Receive(strategy) => {
                let (near, mut far) = UnixStream::pair().unwrap();
                far.write_all(&self.content).unwrap();
                far.shutdown(Shutdown::Write).unwrap();
                let request = ReceiveFile::new(&near, &paths.destination).unwrap().atomic(atomic).overwrite(overwrite);
                request.strategy(strategy).faults(faults).run()
            }
        }
    }

    /// Runs it once without and then with `act` before each of its calls. What comes of it is for `check`: told how
    /// many calls were made before.
    fn before_each_call(
        &self,
        terms: Terms,
        act: impl Fn(&Paths) + Copy + Send + Sync + 'static,
        mut check: impl FnMut(usize, &Paths, Result<Report, Error>, &str),
    ) {
        let Terms { maker, atomic, is_old, overwrite } = terms;
        self.prepare(is_old);
        let faults = Faults::default().short(STEP);
        let log = faults.log();
        match self.make(maker, atomic, overwrite, faults) {
            Err(error) if error.kind() == ErrorKind::StrategyUnavailable => return,
            result => drop(result.unwrap()),
        }
        for (before, call) in log().into_iter().enumerate() {
            let paths = self.prepare(is_old);
            let theirs = paths.clone();
            let look = move |nth, _: &str| {
                if nth == before + 1 {
                    act(&theirs)
                }
            };
            let result = self.make(maker, atomic, overwrite, Faults::default().short(STEP).watched(look));
            check(before, &paths, result, &format!("{terms:?}, before call {before}, {call}"));
            let names: Vec<_> = fs::read_dir(&paths.directory)
                .map_or(Vec::new(), |names| names.map(|name| name.unwrap().file_name()).collect());
            assert!(names.iter().all(|name| name == "destination"), "{terms:?}, before {call}: {names:?}");
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Terms {
    maker: Maker,
    atomic: Atomic,
    is_old: bool,
    overwrite: bool,
}

fn terms(makers: Vec<Maker>) -> impl Iterator<Item = Terms> {
    makers.into_iter().flat_map(|maker| {
        let ways = [(Atomic::Always, false), (Atomic::Always, true), (Atomic::Never, false), (Atomic::Never, true)];
        ways.map(|(atomic, is_old)| Terms { maker, atomic, is_old, overwrite: true })
    })
}

fn copies() -> impl Iterator<Item = Terms> {
    terms(Maker::all().into_iter().filter(|maker| matches!(maker, Maker::Copy(_))).collect())
}

fn whole_files() -> impl Iterator<Item = Terms> {
    terms(Maker::all()).filter(|terms| terms.atomic == Atomic::Always)
}

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
