//! Sends a file's bytes to a socket or a pipe.
use std::future::IntoFuture;
use std::os::fd::AsFd;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::endpoint::{End, Pair};
use crate::engine::reactor::Reactor;
use crate::engine::{Budget, Cursor, Handle, Job, Turn, blocking, workers};
use crate::error::{Error, Named};
use crate::plan::{Plan, Reflinks, Terms};
use crate::report::{CpuCopies, Report};
use crate::sys::signals::Blocked;

use super::source::{self, Extent, Source};
use super::wish::{Wish, transfer_methods};

/// Sends all of `file` to `socket`, and answers with the receipt.
///
/// The file's position is neither used nor moved. On a non-blocking socket this thread waits until it is writable. For
/// more, and for the asynchronous form, see [`SendFile`].
///
/// ```no_run
/// # use std::{fs::File, net::TcpStream};
/// let report = zero_copy_rs::send_file(&File::open("index.html")?, &TcpStream::connect("127.0.0.1:8080")?)?;
/// println!("{report}: {}", report.cpu_copies.basis);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every error of [`SendFile::run`].
pub fn send_file(file: impl AsFd, socket: impl AsFd) -> Result<Report, Error> {
    SendFile::new(file, socket)?.run()
}

/// A send of one file: what, where to, how, and who may stop it.
///
/// [`run`](Self::run) sends on this thread. Awaited, it is sent by the library's one reactor thread, under any runtime;
/// dropping the future stops it:
///
/// ```no_run
/// # async fn example(file: std::fs::File, socket: std::net::TcpStream) -> Result<(), zero_copy_rs::Error> {
/// let report = zero_copy_rs::SendFile::new(&file, &socket)?.offset(4096).await?;
/// # Ok(()) }
/// ```
///
/// The descriptors are duplicated: the caller's own may be closed meanwhile, and their status flags are not touched.
#[derive(Debug)]
#[must_use = "a request does nothing until it is run or awaited"]
pub struct SendFile {
    source: Source,
    sink: End,
    wish: Wish,
}

transfer_methods!(
    SendFile,
    offset = "Begins at this byte of the file.",
    length = "Ends after so many bytes; otherwise at the end that the file has when the send begins."
);

/// What the caller's own thread may send: what is in the page cache costs half as much there as through the reactor, and a
/// step takes 25 us. Where the kernel makes more of it (checksums, a pacing congestion control), the clock ends it.
const INLINE: Budget = Budget { bytes: 1 << 20, step: 256 << 10, time: Some(Duration::from_micros(200)) };

impl SendFile {
    /// From an open file.
    ///
    /// # Errors
    ///
    /// When a descriptor cannot be duplicated (EMFILE).
    pub fn new(file: impl AsFd, socket: impl AsFd) -> Result<Self, Error> {
        Self::from(Source::duplicate(file)?, socket)
    }

    /// From a path, which is opened when the send begins.
    ///
    /// # Errors
    ///
    /// When the socket's descriptor cannot be duplicated (EMFILE).
    pub fn from_path(path: impl AsRef<Path>, socket: impl AsFd) -> Result<Self, Error> {
        Self::from(Source::Path(path.as_ref().to_owned()), socket)
    }

    fn from(source: Source, socket: impl AsFd) -> Result<Self, Error> {
        Ok(Self { source, sink: End::duplicate(socket).named("fcntl").map_err(Error::of_send)?, wish: Wish::default() })
    }

    /// Sends on this thread.
    ///
    /// # Errors
    ///
    /// What the kernel said (EPIPE and ECONNRESET from a peer that is gone), `ErrorKind::StrategyUnavailable`,
    /// `ErrorKind::OutOfRange`, `ErrorKind::Aborted`; `ErrorKind::SourceTruncated` where the file shrank: the peer has
    /// been promised more than it will get, so close the connection.
    pub fn run(self) -> Result<Report, Error> {
        let _blocked = Blocked::around(&self.sink);
        let (called, path) = (Instant::now(), self.path());
        let send = |request: Self| match request.prepare()? {
            Prepared::Nothing(report) => Ok(*report),
            Prepared::Job(mut job) => {
                let result = blocking::drive_socket(&mut job);
                settle(*job, result)
            }
        };
        finished(send(self), called, path.as_deref())
    }

    /// Sends on the library's reactor thread, and calls `done` with what [`run`](Self::run) would return: there, or on
    /// this thread before this returns, if the file is small and in the page cache or cannot be sent.
    ///
    /// Nothing here waits for a disk or for the peer: a path that is not cached is opened by one of the copying threads.
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit(mut self, done: impl FnOnce(Result<Report, Error>) + Send + 'static) -> Result<Handle, Error> {
        let (called, handle, path) = (Instant::now(), self.handle(), self.path());
        let done = move |result| done(finished(result, called, path.as_deref()));
        if self.sink.may_block().unwrap_or(true) || !self.source.open_if_cached() {
            workers::COPIERS.submit_stoppable(&handle, Box::new(move || self.begin_later(done)))?;
        } else {
            self.begin(done);
        }
        Ok(handle)
    }

    /// On a thread that may wait. A descriptor that may block is never the reactor's.
    fn begin_later(self, done: impl FnOnce(Result<Report, Error>) + Send + 'static) {
        if self.sink.may_block().unwrap_or(true) {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run()));
            done(result.unwrap_or_else(|_| Err(Error::panicked())));
        } else {
            self.begin(done);
        }
    }

    /// One turn here, and the rest in the reactor.
    fn begin(self, done: impl FnOnce(Result<Report, Error>) + Send + 'static) {
        let _blocked = Blocked::around(&self.sink);
        let mut job = match self.prepare() {
            Ok(Prepared::Job(job)) => job,
            Ok(Prepared::Nothing(report)) => return done(Ok(*report)),
            Err(error) => return done(Err(error)),
        };
        job.never_wait_for_disk();
        if let Turn::Done(result) = job.burst(INLINE) {
            return done(settle(*job, result));
        }
        match Reactor::get() {
            Ok(reactor) => reactor.add(*job, Box::new(move |job, result| done(settle(job, result)))),
            Err(error) => done(settle(*job, Err(error))),
        }
    }

    fn prepare(mut self) -> Result<Prepared, Error> {
        if self.wish.handle.stopped() {
            return Err(Error::aborted());
        }
        self.wish.choice.is_possible(Reflinks::Auto)?;
        let mut sys = self.wish.sys();
        let source = self.source.open()?;
        let extent = source::extent(&source, self.wish.offset, self.wish.length, &mut sys)?;
        if extent == Extent::Empty {
            let report = Report::new(CpuCopies::unknown("the source is empty"), sys.counts);
            return Ok(Prepared::Nothing(Box::new(of_a_send(report))));
        }
        let pair = Pair { source, sink: self.sink };
        let plan = Plan::new(&self.wish.choice, Terms::default(), &pair)?;
        let cursor = Cursor::new(self.wish.offset, extent.length());
        let mut job = self.wish.job(pair, plan, cursor, sys);
        job.promised = self.wish.length.is_some();
        Ok(Prepared::Job(Box::new(job)))
    }

    fn path(&self) -> Option<std::path::PathBuf> {
        self.source.path().map(Path::to_owned)
    }
}

enum Prepared {
    Nothing(Box<Report>),
    Job(Box<Job>),
}

fn settle(job: Job, result: Result<(), Error>) -> Result<Report, Error> {
    job.finish(result).map(|(report, _)| of_a_send(report))
}

/// What goes to a peer has no name and no disk.
fn of_a_send(report: Report) -> Report {
    Report { atomic: None, durable: None, ..report }
}

fn finished(result: Result<Report, Error>, called: Instant, path: Option<&Path>) -> Result<Report, Error> {
    match result {
        Ok(report) => Ok(Report { total: called.elapsed(), ..report }),
        Err(error) => Err(error.of_send().about(path)),
    }
}

impl IntoFuture for SendFile {
    type Output = Result<Report, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        super::pending::Pending::start(|done| self.submit(done))
    }
}
