//! Copies one file.
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::destination::{Destination, Finish, Opening, Origin, Preserve};
use crate::endpoint::Pair;
use crate::engine::{Cursor, Handle, blocking, workers};
use crate::error::Error;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::plan::{Plan, Reflinks, Sparse, Terms};
use crate::report::{CpuCopies, Report};
use crate::sys::Sys;
use crate::sys::call::Call;
use crate::sys::signals::Blocked;

use super::source::{self, Extent, Source};
use super::wish::{FileWish, Wish, file_methods, transfer_methods};

/// Copies the file `source` to `destination` in the fastest correct way, and answers with the receipt.
///
/// An existing destination is replaced as a whole where that can be, and otherwise written over where it stands; permissions
/// become the source's. For more, see [`CopyFile`].
///
/// ```
/// # let dir = std::env::temp_dir().join("zero-copy-rs-doc-copy-file");
/// # std::fs::create_dir_all(&dir)?;
/// # let (a, b) = (dir.join("a"), dir.join("b"));
/// std::fs::write(&a, "forty-two bytes, or a few less than that")?;
/// let report = zero_copy_rs::copy_file(&a, &b)?;
/// assert_eq!(report.bytes, 40);
/// println!("{report}"); // copy_file_range = 0.000 sec, 1.1 GB/s, 1 CPU copy
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every error of [`CopyFile::run`].
pub fn copy_file(source: impl AsRef<Path>, destination: impl AsRef<Path>) -> Result<Report, Error> {
    CopyFile::new(source, destination).run()
}

/// A copy of one file: what to copy, how, and who may stop it.
///
/// ```no_run
/// use zero_copy_rs::{CopyFile, Strategy};
/// let report = CopyFile::new("a", "b").strategy(Strategy::ReadWrite).buffer_size(64).run()?;
/// assert_eq!(report.cpu_copies.count, Some(2));
/// # Ok::<(), zero_copy_rs::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a request does nothing until it is run or submitted"]
pub struct CopyFile {
    source: Source,
    destination: PathBuf,
    wish: Wish,
    file: FileWish,
    reflinks: Reflinks,
    sparse: Sparse,
    preserve: Preserve,
}

transfer_methods!(
    CopyFile,
    offset = "Begins at this byte of the source; it lands at the beginning of the destination.",
    length = "Ends after so many bytes; otherwise at the end that the source has when it is opened."
);
file_methods!(CopyFile);

impl CopyFile {
    /// From path to path, with every choice left to the library.
    pub fn new(source: impl AsRef<Path>, destination: impl AsRef<Path>) -> Self {
        Self::from(Source::Path(source.as_ref().to_owned()), destination.as_ref())
    }

    /// From an open file, which stays open, its position untouched.
    ///
    /// # Errors
    ///
    /// When the descriptor cannot be duplicated (EBADF, EMFILE).
    pub fn from_file(source: impl AsFd, destination: impl AsRef<Path>) -> Result<Self, Error> {
        let destination = destination.as_ref();
        let source = Source::duplicate(source).map_err(|error| error.between(None, destination))?;
        Ok(Self::from(source, destination))
    }

    fn from(source: Source, destination: &Path) -> Self {
        Self {
            source,
            destination: destination.to_owned(),
            wish: Wish::default(),
            file: FileWish::default(),
            reflinks: Reflinks::Auto,
            sparse: Sparse::Auto,
            preserve: Preserve::default(),
        }
    }

    /// Whether the destination may, or must, share the source's extents.
    pub fn reflinks(mut self, reflinks: Reflinks) -> Self {
        self.reflinks = reflinks;
        self
    }

    /// What becomes of holes and zeroes.
    pub fn sparse(mut self, sparse: Sparse) -> Self {
        self.sparse = sparse;
        self
    }

    /// What of the source the destination gets besides its bytes and its permission bits, which it always gets.
    pub fn preserve(mut self, preserve: Preserve) -> Self {
        self.preserve = preserve;
        self
    }

    /// Copies on this thread.
    ///
    /// # Errors
    ///
    /// What the kernel said, with every fact that is known of it; [`ErrorKind::StrategyUnavailable`] where no strategy
    /// that was allowed can be used; [`ErrorKind::OutOfRange`], [`ErrorKind::SourceTruncated`] and
    /// [`ErrorKind::Aborted`]; with [`Atomic::Always`](crate::Atomic::Always) [`ErrorKind::AtomicUnavailable`]. A destination
    /// that was to be replaced as a whole stays as it was, one that did not exist before is not there.
    pub fn run(self) -> Result<Report, Error> {
        self.execute(Instant::now())
    }

    /// Copies on one of the library's own threads, as soon as one is free, and calls `done` there with what
    /// [`run`](Self::run) would return. Until then no file is opened.
    ///
    /// `ZERO_COPY_RS_THREADS` sets how many threads there are at most (default: four, or the available parallelism where
    /// that is less). A panic in the copy is [`ErrorKind::Panicked`].
    ///
    /// # Errors
    ///
    /// When no thread is there and none can be had (EAGAIN); `done` is not called then.
    pub fn submit(self, done: impl FnOnce(Result<Report, Error>) + Send + 'static) -> Result<Handle, Error> {
        let (called, handle) = (Instant::now(), self.handle());
        let task = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.execute(called)));
            done(result.unwrap_or_else(|_| Err(Error::panicked())));
        };
        workers::COPIERS.submit_stoppable(&handle, Box::new(task))?;
        Ok(handle)
    }

    fn execute(mut self, called: Instant) -> Result<Report, Error> {
        self.copy(called).map_err(|error| error.between(self.source.path(), &self.destination))
    }

    fn copy(&mut self, called: Instant) -> Result<Report, Error> {
        if self.wish.handle.stopped() {
            return Err(Error::aborted());
        }
        self.wish.choice.is_possible(self.reflinks)?;
        let mut sys = self.wish.sys();
        let source = self.source.open()?;
        let extent = source::extent(&source, self.wish.offset, self.wish.length, &mut sys)?;
        let steps = self.wish.steps();
        let (destination, sink) = match Destination::open(&self.destination, self.file, Origin::File(&source), steps)? {
            Opening::Same => {
                let report = nothing_moved("source and destination are the same file", &sys);
                return Ok(Report { total: called.elapsed(), ..report });
            }
            Opening::Open(destination, sink) => (destination, sink),
        };
        let _blocked = Blocked::around(&sink);
        let pair = Pair { source, sink };
        let (report, pair) = match extent {
            Extent::Empty => (nothing_moved("the source is empty", &sys), pair),
            Extent::Bytes(_) | Extent::UntilEnd => {
                let (reflinks, sparse, durable) = (self.reflinks, self.sparse, self.file.durable);
                let terms = Terms { reflinks, sparse, durable, length: extent.length() };
                let plan = Plan::new(&self.wish.choice, terms, &pair)?;
                let cursor = Cursor::new(self.wish.offset, extent.length());
                let mut job = self.wish.job(pair, plan, cursor, sys).sparse(sparse);
                let result = blocking::drive(&mut job);
                let said = |error: Error| if self.reflinks == Reflinks::Always { error.into_refusal() } else { error };
                job.finish(result.map_err(said))?
            }
        };
        let cloned = report.syscalls.of(Call::Ioctl) > 0; // what became of it: shared, or copied into the inode
        let Pair { source, sink } = pair;
        let finish = Finish { length: report.bytes, cloned, source: Some((&source, self.preserve)) };
        let finished = destination.commit(sink, &finish);
        let finished = finished.map_err(|error| error.after(report.bytes, report.attempts.clone()))?;
        Ok(Report { total: called.elapsed(), ..report.made(finished) })
    }
}

fn nothing_moved(basis: &'static str, sys: &Sys) -> Report {
    Report::new(CpuCopies::unknown(basis), sys.counts)
}
