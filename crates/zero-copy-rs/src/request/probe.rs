//! Says what works here, by trying it.
//!
//! Each strategy copies one block between two files without names, in the directory that was asked about; so every
//! layer has its say: kernel, seccomp filter, file system. Nothing that anybody can see is made.
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::Mode;
use nix::unistd::{Whence, ftruncate, lseek};

use crate::endpoint::{End, Pair};
use crate::engine::{Cursor, Handle, Job, blocking, workers};
use crate::error::{Error, ErrorKind, Named};
use crate::plan::{Plan, Reflinks, forbidden};
use crate::report::{CpuCopies, Report};
use crate::route::Route;
use crate::strategy::{Fit, Strategy};
use crate::sys::file_system::{Clones, FileSystem};
use crate::sys::{kernel, mount};

/// Whether something can be used. The words are those of GNU coreutils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Available {
    /// It was tried, and worked.
    Yes,
    /// It cannot work here.
    No,
    /// Switched off by choice.
    Avoided,
    /// The kernel said no.
    Unsupported,
    /// Nobody can tell.
    Unknown,
}

/// What one strategy can do here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capability {
    /// Which.
    pub strategy: Strategy,
    /// Whether it can be used.
    pub available: Available,
    /// Why not, or what to know about it.
    pub reason: Option<&'static str>,
    /// What it costs from file to file.
    pub cpu_copies: CpuCopies,
}

/// The file system that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Place {
    /// As the mount table names it: `ext4`.
    pub file_system: String,
    /// As the mount table names it: `/dev/vda1`.
    pub device: String,
    /// Whether files can share extents. None: it could not be tried.
    pub reflink: Option<bool>,
    /// Whether holes can be found (SEEK_DATA). None: it could not be tried.
    pub holes: Option<bool>,
}

/// What this machine can do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The kernel's release, as `uname -r` prints it.
    pub kernel: &'static str,
    /// Every strategy, in the order of [`Strategy::ALL`].
    pub strategies: Vec<Capability>,
    /// None: no path was given.
    pub path: Option<Place>,
    /// None: no address was given.
    pub route: Option<Route>,
}

/// Says which strategies work on this machine, and at `path`, why not the others, and what each costs.
///
/// It writes a block to files without names in that directory (`O_TMPFILE`); where it may not, what depends on the file
/// system is [`Available::Unknown`].
///
/// ```
/// use zero_copy_rs::{Available, probe};
/// let here = probe(Some(&std::env::temp_dir()))?;
/// assert!(here.strategies.iter().any(|found| found.available == Available::Yes));
/// # Ok::<(), zero_copy_rs::Error>(())
/// ```
///
/// # Errors
///
/// When `path` cannot be looked at (ENOENT, EACCES).
pub fn probe(path: Option<&Path>) -> Result<Capabilities, Error> {
    Probe::new(path).run()
}

/// A look at what works. [`probe`] is the short form.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is run or submitted"]
pub struct Probe {
    path: Option<PathBuf>,
}

impl Probe {
    /// Of a place, or of the machine alone.
    pub fn new(path: Option<&Path>) -> Self {
        Self { path: path.map(Path::to_owned) }
    }

    /// Looks on this thread.
    ///
    /// # Errors
    ///
    /// As [`probe`].
    pub fn run(self) -> Result<Capabilities, Error> {
        let place = self.path.as_deref().map(Spot::find).transpose();
        let place = place.map_err(|error| error.at(self.path.as_deref()))?;
        let strategies = Strategy::ALL.iter().map(|&strategy| capability(strategy, place.as_ref())).collect::<Vec<_>>();
        let path = place.map(|spot| spot.describe(&strategies));
        Ok(Capabilities { kernel: kernel::release(), strategies, path, route: None })
    }

    /// Looks on one of the library's own threads, and calls `done` there.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit(self, done: impl FnOnce(Result<Capabilities, Error>) + Send + 'static) -> Result<(), Error> {
        let task = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run()));
            done(result.unwrap_or_else(|_| Err(Error::panicked())));
        };
        workers::COPIERS.submit(Box::new(task))
    }
}

/// The directory that was asked about, opened.
struct Spot {
    directory: OwnedFd,
    file_system: FileSystem,
}

impl Spot {
    fn find(path: &Path) -> Result<Self, Error> {
        let open_path = |path: &Path, more| open(path, OFlag::O_PATH | OFlag::O_CLOEXEC | more, Mode::empty());
        let directory = match open_path(path, OFlag::O_DIRECTORY) {
            Err(Errno::ENOTDIR) => {
                open_path(path, OFlag::empty()).named("openat")?;
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                open_path(parent.unwrap_or(Path::new(".")), OFlag::O_DIRECTORY)
            }
            answer => answer,
        };
        let directory = directory.named("openat")?;
        Ok(Self { file_system: FileSystem::of(&directory), directory })
    }

    fn unnamed(&self) -> nix::Result<OwnedFd> {
        let flags = OFlag::O_TMPFILE | OFlag::O_RDWR | OFlag::O_CLOEXEC;
        nix::fcntl::openat(&self.directory, ".", flags, Mode::from_bits_truncate(0o600))
    }

    fn describe(&self, strategies: &[Capability]) -> Place {
        let mount = mount::of(&self.directory);
        let tried = strategies.iter().find(|found| found.strategy == Strategy::Reflink);
        let reflink = match tried.map(|found| found.available) {
            Some(Available::Yes) => Some(true),
            Some(Available::Unsupported) => Some(false),
            _ if self.file_system.clones == Clones::No => Some(false),
            _ => None,
        };
        Place {
            file_system: mount
                .as_ref()
                .map_or_else(|| self.file_system.name.to_owned(), |mount| mount.file_system.clone()),
            device: mount.map_or_else(|| "unknown".to_owned(), |mount| mount.device),
            reflink,
            holes: self.unnamed().and_then(has_holes).ok(),
        }
    }
}

/// An empty file made longer is a hole, if the file system has holes.
fn has_holes(file: OwnedFd) -> nix::Result<bool> {
    ftruncate(&file, 1 << 20)?;
    match lseek(&file, 0, Whence::SeekData) {
        Err(Errno::ENXIO) => Ok(true),
        answer => answer.map(|_| false),
    }
}

fn capability(strategy: Strategy, spot: Option<&Spot>) -> Capability {
    let found = |available, reason, cpu_copies| Capability { strategy, available, reason, cpu_copies };
    let untold = CpuCopies::unknown("it was not tried");
    if let Some(reason) = forbidden(strategy, Reflinks::Auto) {
        return found(Available::Avoided, Some(reason), untold);
    }
    // without a place to try it, memory has to do: what depends on the file system is then not known
    let here = spot.and_then(|spot| pair(|| spot.unnamed()).ok());
    let nowhere = here.is_none();
    let pair = match here.map_or_else(|| pair(in_memory), Ok) {
        Ok(pair) => {
            if nowhere {
                elsewhere(pair, spot)
            } else {
                pair
            }
        }
        Err(_) => return found(Available::Unknown, Some("there is no file to try it with"), untold),
    };
    let remark = match strategy.fits(&pair) {
        Fit::No(reason) => return found(Available::No, Some(reason), untold),
        Fit::Avoid(reason) => Some(reason),
        Fit::Yes => None,
    };
    const UNTRIED: &str = "it depends on the file system, where nothing could be tried";
    match attempt(strategy, pair) {
        Ok(_) if nowhere && strategy == Strategy::Direct => found(Available::Unknown, Some(UNTRIED), untold),
        Ok(report) => found(Available::Yes, remark, report.cpu_copies),
        Err(_) if nowhere && strategy == Strategy::Reflink => {
            let clones = spot.map(|spot| spot.file_system.clones);
            match clones {
                Some(Clones::No) => found(Available::Unsupported, Some("the file system lacks the operation"), untold),
                _ => found(Available::Unknown, Some(UNTRIED), untold),
            }
        }
        Err(error) if error.kind() == ErrorKind::StrategyUnavailable => {
            found(Available::Unsupported, error.reason(), untold)
        }
        Err(_) => found(Available::Unknown, Some("trying it failed"), untold),
    }
}

/// Files in memory stand for files of another file system, and must not be taken for what they are.
fn elsewhere(pair: Pair, spot: Option<&Spot>) -> Pair {
    let file_system = spot.map_or(FileSystem::UNKNOWN, |spot| spot.file_system);
    Pair { source: pair.source.elsewhere(file_system), sink: pair.sink.elsewhere(file_system) }
}

/// One block, and an empty file for it.
fn pair(file: impl Fn() -> nix::Result<OwnedFd>) -> nix::Result<Pair> {
    Ok(Pair { source: filled(file()?)?, sink: End::new(file()?)? })
}

fn filled(file: OwnedFd) -> nix::Result<End> {
    nix::sys::uio::pwrite(&file, &[1; 4096], 0)?;
    End::new(file)
}

/// One block in memory.
pub(super) fn one_block() -> nix::Result<End> {
    filled(in_memory()?)
}

fn in_memory() -> nix::Result<OwnedFd> {
    memfd_create("zero-copy-rs-probe", MFdFlags::MFD_CLOEXEC)
}

pub(super) fn attempt(strategy: Strategy, pair: Pair) -> Result<Report, Error> {
    let plan = Plan { order: vec![strategy], avoided: Vec::new() };
    let length = pair.source.size;
    let mut job = Job::new(pair, plan, Cursor::new(0, Some(length)), None, Handle::default());
    let result = blocking::drive(&mut job);
    job.finish(result).map(|(report, _)| report)
}
