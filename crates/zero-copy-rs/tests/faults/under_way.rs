//! Somebody else does something to the source, to the destination or to its directory, just before call N: for each N.
mod destination;
mod source;

use std::fs;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Faults, ReceiveFile, Report, Strategy};

use crate::support::bytes::random;
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
