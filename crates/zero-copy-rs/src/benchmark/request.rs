//! What is to be measured.
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::discard::Discard;
use super::environment::Environment;
use super::order::cases;
use super::place::{Place, Room};
use super::sending::Peer;
use super::series::Series;
use super::source::Source;
use crate::engine::{Handle, workers};
use crate::error::{Error, ErrorKind};
use crate::request::probe_route::probe_route;
use crate::strategy::Strategy;

/// A benchmark: what is to be moved, how, how often and where.
///
/// Without further words the original's experiment, then what it could not do: a generated file of 10 MB, from disk to disk
/// in the working directory, `read_write`, `mmap_write` and `sendfile` with buffers of 32, 64, 128, 256 and 512 bytes, then
/// every other strategy and the library's own choice; ten times each.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is begun"]
pub struct Benchmark {
    file: Option<PathBuf>,
    sizes: Vec<u64>,
    buffers: Vec<usize>,
    strategies: Vec<Option<Strategy>>,
    iterations: u32,
    is_cold: bool,
    directory: PathBuf,
    network: Option<Option<SocketAddr>>,
    handle: Handle,
}

impl Default for Benchmark {
    fn default() -> Self {
        Self::new()
    }
}

impl Benchmark {
    /// The largest buffer: what is larger was never measured to be faster, and is no experiment with small ones.
    pub const LARGEST_BUFFER: usize = 8 << 20;

    /// With every choice as the original had it.
    pub fn new() -> Self {
        Self {
            file: None,
            sizes: vec![10_000_000],
            buffers: vec![32, 64, 128, 256, 512],
            strategies: Strategy::ALL.iter().copied().map(Some).chain([None]).collect(),
            iterations: 10,
            is_cold: false,
            directory: PathBuf::from("."),
            network: None,
            handle: Handle::default(),
        }
    }

    /// This file is moved, and must not change meanwhile. Without it, generated ones.
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.file = Some(path.as_ref().to_owned());
        self
    }

    /// Bytes of the generated files, at least 1 each.
    pub fn sizes(mut self, bytes: impl IntoIterator<Item = u64>) -> Self {
        self.sizes = bytes.into_iter().collect();
        self
    }

    /// Bytes, 1 to [`LARGEST_BUFFER`](Self::LARGEST_BUFFER) each: for the original's three modes.
    pub fn buffers(mut self, bytes: impl IntoIterator<Item = usize>) -> Self {
        self.buffers = bytes.into_iter().collect();
        self
    }

    /// None is the library's own choice.
    pub fn strategies(mut self, strategies: impl IntoIterator<Item = Option<Strategy>>) -> Self {
        self.strategies = strategies.into_iter().collect();
        self
    }

    /// How often each is run, at least once.
    pub fn iterations(mut self, count: u32) -> Self {
        self.iterations = count;
        self
    }

    /// Whether the source is dropped from the page cache before each run.
    pub fn cold(mut self, yes: bool) -> Self {
        self.is_cold = yes;
        self
    }

    /// The directory of the test files, and so: which file system.
    pub fn directory(mut self, path: impl AsRef<Path>) -> Self {
        self.directory = path.as_ref().to_owned();
        self
    }

    /// From file to socket, over loopback, to a thread that discards.
    pub fn loopback(mut self) -> Self {
        self.network = Some(None);
        self
    }

    /// From file to socket: to whoever takes connections there until their end, as `zero-copy-rs receive --keep` does.
    pub fn peer(mut self, address: SocketAddr) -> Self {
        self.network = Some(Some(address));
        self
    }

    /// Stops it, also while it begins, from any thread.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Checks, and makes what is needed; measures nothing yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfRange`] for what cannot be measured (no size, a buffer of 0, an empty file, no iteration); ENOSPC,
    /// with the numbers, where there is no room for the test files; what the kernel says to a directory or a file that cannot be
    /// used.
    pub fn begin(self) -> Result<Series, Error> {
        self.check()?;
        if self.handle.stopped() {
            return Err(Error::aborted());
        }
        let file = self.file.as_deref().map(Source::open).transpose();
        let file = file.map_err(|error| error.of_benchmark(self.file.as_deref()))?;
        let place = self.place(file.as_ref()).map_err(|error| error.of_benchmark(Some(&self.directory)))?;
        let peer = match self.network {
            None => None,
            Some(None) => Some(Peer::Ours(Discard::start().map_err(|error| error.of_benchmark(None))?)),
            Some(Some(address)) => Some(Peer::Elsewhere(address)),
        };
        let route = peer.as_ref().map(|peer| probe_route(peer.ip())).transpose();
        let route = route.map_err(|error| error.of_benchmark(None))?.and_then(|found| found.route);
        let sizes = file.as_ref().map_or(self.sizes, |file| vec![file.size()]);
        let cases = cases(&sizes, &self.strategies, &self.buffers);
        let on = place.as_ref().map(Place::as_file).or(file.as_ref().map(Source::as_file));
        let Some(on) = on else { return Err(Error::new(ErrorKind::OutOfRange, "There is nothing to measure")) };
        let environment = Environment::of(on, peer.as_ref().map(Peer::address), route);
        Ok(Series::new(
            cases,
            sizes.len(),
            self.iterations,
            self.is_cold,
            (file, place, peer),
            environment,
            self.handle,
        ))
    }

    /// Begins on one of the library's own threads, and calls `done` there.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit(self, done: impl FnOnce(Result<Series, Error>) + Send + 'static) -> Result<Handle, Error> {
        let handle = self.handle();
        let task = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.begin()));
            done(result.unwrap_or_else(|_| Err(Error::panicked())));
        };
        workers::COPIERS.submit_stoppable(&handle, Box::new(task))?;
        Ok(handle)
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |what| Err(Error::new(ErrorKind::OutOfRange, what).of_benchmark(None));
        let is_buffer = |&bytes: &usize| (1..=Self::LARGEST_BUFFER).contains(&bytes);
        match () {
            () if self.sizes.is_empty() || self.sizes.contains(&0) => wrong("A size is at least 1 byte"),
            () if self.buffers.is_empty() || !self.buffers.iter().all(is_buffer) => {
                wrong("A buffer has 1 byte to 8 MiB")
            }
            () if self.strategies.is_empty() => wrong("There is no strategy to measure"),
            () if self.iterations == 0 => wrong("Each is run at least once"),
            () => Ok(()),
        }
    }

    /// None: nothing is written, a file of the caller's is sent.
    fn place(&self, file: Option<&Source>) -> Result<Option<Place>, Error> {
        let files = u64::from(file.is_none()) + u64::from(self.network.is_none());
        if files == 0 {
            return Ok(None);
        }
        let size = file.map_or_else(|| self.sizes.iter().copied().max().unwrap_or_default(), Source::size);
        Room { size, files }.check(&self.directory)?;
        Place::make(&self.directory).map(Some)
    }
}
