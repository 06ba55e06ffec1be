//! Receives a socket's bytes into a file.
use std::future::IntoFuture;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Instant;

use nix::sys::stat::Mode;

use crate::destination::{Destination, Finish, Opening, Origin};
use crate::endpoint::{End, Pair};
use crate::engine::reactor::Reactor;
use crate::engine::{Cursor, Handle, Job, blocking, workers};
use crate::error::{Error, ErrorKind, Named};
use crate::plan::{Plan, Reflinks, Terms};
use crate::report::Report;
use crate::sys::signals::Blocked;

use super::wish::{FileWish, Wish, file_methods, transfer_methods};

/// Receives what comes on `socket`, until its peer ends the stream, into the file `destination`.
///
/// The file appears under its name when it is whole; an existing one is replaced. For more, and for the asynchronous
/// form, see [`ReceiveFile`].
///
/// # Errors
///
/// Every error of [`ReceiveFile::run`].
pub fn receive_file(socket: impl AsFd, destination: impl AsRef<Path>) -> Result<Report, Error> {
    ReceiveFile::new(socket, destination)?.run()
}

/// A file to be received: from where, how much, and what becomes of it.
///
/// [`run`](Self::run) receives on this thread; awaited, it is received by the library's own threads, and dropping the
/// future stops it. The socket's descriptor is duplicated, its status flags are not touched.
///
/// ```no_run
/// # async fn example(socket: std::net::TcpStream) -> Result<(), zero_copy_rs::Error> {
/// let report = zero_copy_rs::ReceiveFile::new(&socket, "upload")?.max_bytes(1 << 30).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a request does nothing until it is run or awaited"]
pub struct ReceiveFile {
    source: End,
    destination: PathBuf,
    wish: Wish,
    file: FileWish,
    max_bytes: Option<u64>,
    mode: u32,
    prefix: Vec<u8>,
}

transfer_methods!(
    ReceiveFile,
    length = "So many bytes, and no byte more is read from the socket. A stream that ends before is an error.

With [`max_bytes`](Self::max_bytes) as well, the stream is read to its end, and has to be that long at least."
);
file_methods!(ReceiveFile);

impl ReceiveFile {
    /// Until the peer ends the stream.
    ///
    /// # Errors
    ///
    /// When the socket's descriptor cannot be duplicated (EMFILE).
    pub fn new(socket: impl AsFd, destination: impl AsRef<Path>) -> Result<Self, Error> {
        let destination = destination.as_ref().to_owned();
        let source = End::duplicate(socket).named("fcntl");
        Ok(Self {
            source: source.map_err(|error| error.of_receive().between(None, &destination))?,
            destination,
            wish: Wish::default(),
            file: FileWish::default(),
            max_bytes: None,
            mode: 0o666,
            prefix: Vec::new(),
        })
    }

    /// More than that is [`ErrorKind::SizeExceeded`].
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Permission bits of a new file, less the umask; 0o666 by default.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode & 0o777;
        self
    }

    /// Bytes that somebody has read from the socket already: they come first.
    pub fn prefix(mut self, bytes: Vec<u8>) -> Self {
        self.prefix = bytes;
        self
    }

    /// Receives on this thread.
    ///
    /// # Errors
    ///
    /// What the kernel said: ECONNRESET is never taken for the end of the file. [`ErrorKind::SourceTruncated`] where the
    /// stream ends before [`length`](Self::length); [`ErrorKind::SizeExceeded`], [`ErrorKind::StrategyUnavailable`],
    /// [`ErrorKind::AtomicUnavailable`], [`ErrorKind::Aborted`]. Nothing is left behind then.
    pub fn run(self) -> Result<Report, Error> {
        let (called, path) = (Instant::now(), self.destination.clone());
        let received = self.prepare().and_then(|(mut job, promise)| {
            let _blocked = Blocked::around(&job.pair.sink);
            let result = blocking::drive_socket(&mut job);
            promise.keep(*job, result)
        });
        finished(received, called, &path)
    }

    /// Receives on the library's own threads, and calls `done` there with what [`run`](Self::run) would return.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit(self, done: impl FnOnce(Result<Report, Error>) + Send + 'static) -> Result<Handle, Error> {
        let (called, handle, path) = (Instant::now(), self.handle(), self.destination.clone());
        let done = move |result| done(finished(result, called, &path));
        workers::COPIERS.submit_stoppable(&handle, Box::new(move || self.begin(done)))?;
        Ok(handle)
    }

    /// On a thread that may wait. A descriptor that may block is never the reactor's.
    fn begin(self, done: impl FnOnce(Result<Report, Error>) + Send + 'static) {
        if self.source.may_block().unwrap_or(true) {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run()));
            return done(result.unwrap_or_else(|_| Err(Error::panicked())));
        }
        let (job, promise) = match self.prepare() {
            Ok(prepared) => prepared,
            Err(error) => return done(Err(error)),
        };
        match Reactor::get() {
            Ok(reactor) => reactor.add(*job, Box::new(move |job, result| done(promise.keep(job, result)))),
            Err(error) => done(promise.keep(*job, Err(error))),
        }
    }

    fn prepare(self) -> Result<(Box<Job>, Promise), Error> {
        if self.wish.handle.stopped() {
            return Err(Error::aborted());
        }
        self.wish.choice.is_possible(Reflinks::Auto)?;
        let origin = Origin::Elsewhere(Mode::from_bits_truncate(self.mode));
        let opening = Destination::open(&self.destination, self.file, origin, self.wish.steps())?;
        // a socket has no second name
        let Opening::Open(destination, sink) = opening else { return Err(Error::panicked()) };
        let pair = Pair { source: self.source, sink };
        let plan = Plan::new(&self.wish.choice, Terms::default(), &pair)?;
        let cursor = match (self.wish.length, self.max_bytes) {
            (Some(length), None) => Cursor::new(0, Some(length)),
            // one more than allowed tells that there is more
            (_, Some(most)) => Cursor::until(most.saturating_add(1)),
            (None, None) => Cursor::new(0, None),
        };
        let sys = self.wish.sys();
        let mut job = self.wish.job(pair, plan, cursor, sys).after(self.prefix);
        job.promised = true;
        Ok((Box::new(job), Promise { destination, length: self.wish.length, max_bytes: self.max_bytes }))
    }
}

/// What is to become of the bytes.
struct Promise {
    destination: Destination,
    length: Option<u64>,
    max_bytes: Option<u64>,
}

impl Promise {
    fn keep(self, job: Job, result: Result<(), Error>) -> Result<Report, Error> {
        let result = result.and_then(|()| self.check(job.done()));
        let (report, pair) = job.finish(result)?;
        let finish = Finish { length: report.bytes, cloned: false, source: None };
        let finished = self.destination.commit(pair.sink, &finish);
        let finished = finished.map_err(|error| error.after(report.bytes, report.attempts.clone()))?;
        Ok(report.made(finished))
    }
}

impl Promise {
    fn check(&self, bytes: u64) -> Result<(), Error> {
        if self.max_bytes.is_some_and(|most| bytes > most) {
            return Err(Error::new(ErrorKind::SizeExceeded, "more bytes came than are allowed"));
        }
        if self.length.is_some_and(|length| bytes < length) {
            return Err(Error::new(
                ErrorKind::SourceTruncated,
                "the stream ended before the length that was asked for",
            ));
        }
        Ok(())
    }
}

fn finished(result: Result<Report, Error>, called: Instant, path: &Path) -> Result<Report, Error> {
    match result {
        Ok(report) => Ok(Report { total: called.elapsed(), ..report }),
        Err(error) => Err(error.of_receive().between(None, path)),
    }
}

impl IntoFuture for ReceiveFile {
    type Output = Result<Report, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        super::pending::Pending::start(|done| self.submit(done))
    }
}
