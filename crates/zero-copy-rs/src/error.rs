//! One opaque error with its facts: what failed, where, and how far the transfer had come.
use std::borrow::Cow;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use crate::report::{Attempt, Outcome};
use crate::strategy::Strategy;
use crate::sys::Fault;

/// Which kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A system call failed: [`Error::raw_os_error`] says with what.
    Kernel,
    /// The strategy that was asked for, or every one that was allowed, cannot be used here.
    StrategyUnavailable,
    /// The source became shorter than it was when it was opened, or ended before the length that was asked for.
    SourceTruncated,
    /// More came than was allowed.
    SizeExceeded,
    /// The destination cannot be replaced as a whole.
    AtomicUnavailable,
    /// The offset or the length lies beyond the end of the source.
    OutOfRange,
    /// The source of a benchmark was changed or replaced while it was measured.
    SourceChanged,
    /// The transfer was stopped by its [`Handle`](crate::Handle).
    Aborted,
    /// A defect of this library, contained.
    Panicked,
}

/// Why a transfer did not succeed, with more than an [`io::Error`](std::io::Error) holds: the call, both paths, the
/// bytes moved so far and every attempt.
///
/// It converts into an [`io::Error`](std::io::Error) of the same kind.
#[derive(Clone, Debug)]
pub struct Error(Box<Facts>);

#[derive(Clone, Debug)]
struct Facts {
    kind: ErrorKind,
    /// What was asked for, as Node names it.
    operation: &'static str,
    /// Of this error, where the kernel's answer is the error.
    errno: Option<Errno>,
    call: Option<&'static str>,
    detail: Option<&'static str>,
    /// In place of `detail`, where it has numbers.
    note: Option<String>,
    /// The moving call that did not succeed.
    fault: Option<Fault>,
    source: Option<PathBuf>,
    destination: Option<PathBuf>,
    strategy: Option<Strategy>,
    bytes: u64,
    attempts: Vec<Attempt>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, detail: &'static str) -> Self {
        Self(Box::new(Facts {
            kind,
            operation: "copyfile",
            errno: None,
            call: None,
            detail: Some(detail),
            note: None,
            fault: None,
            source: None,
            destination: None,
            strategy: None,
            bytes: 0,
            attempts: Vec::new(),
        }))
    }

    /// What the kernel answered to `call`, named as `strace` names it; None: no call was made for it.
    pub(crate) fn kernel(call: impl Into<Option<&'static str>>, errno: Errno) -> Self {
        let mut error = Self::new(ErrorKind::Kernel, "");
        error.0.errno = Some(errno);
        error.0.call = call.into();
        error.0.detail = None;
        error
    }

    pub(crate) fn fault(fault: Fault) -> Self {
        let mut error = Self::kernel(fault.call.name(), fault.errno);
        error.0.fault = Some(fault);
        error
    }

    /// `refusal`: the kernel's answer, where it was asked.
    pub(crate) fn unavailable(reason: &'static str, refusal: Option<Fault>) -> Self {
        let mut error = Self::new(ErrorKind::StrategyUnavailable, reason);
        error.0.call = refusal.map(|fault| fault.call.name());
        error.0.fault = refusal;
        error
    }

    /// The refusal itself, for who asked for the kernel's own word.
    pub(crate) fn into_refusal(mut self) -> Self {
        if let Some(fault) = self.0.fault {
            self.0.kind = ErrorKind::Kernel;
            self.0.errno = Some(fault.errno);
        }
        self
    }

    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.0.detail
    }

    pub(crate) fn moving_fault(&self) -> Option<Fault> {
        self.0.fault
    }

    pub(crate) fn aborted() -> Self {
        Self::new(ErrorKind::Aborted, "The operation was aborted")
    }

    pub(crate) fn panicked() -> Self {
        Self::new(ErrorKind::Panicked, "a defect of zero-copy-rs was contained: the transfer ended in a panic")
    }

    pub(crate) fn because(mut self, detail: &'static str) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// As `because`, of this very case.
    pub(crate) fn noting(mut self, note: String) -> Self {
        self.0.note = Some(note);
        self
    }

    pub(crate) fn between(mut self, source: Option<&Path>, destination: &Path) -> Self {
        self.0.source = source.map(Path::to_owned);
        self.0.destination = Some(destination.to_owned());
        self
    }

    /// For an operation on one path.
    pub(crate) fn at(mut self, path: Option<&Path>) -> Self {
        self.0.operation = "probe";
        self.0.source = path.map(Path::to_owned);
        self
    }

    pub(crate) fn of_send(mut self) -> Self {
        self.0.operation = "sendfile";
        self
    }

    pub(crate) fn of_receive(mut self) -> Self {
        self.0.operation = "receivefile";
        self
    }

    pub(crate) fn of_benchmark(mut self, path: Option<&Path>) -> Self {
        self.0.operation = "benchmark";
        self.0.destination = None;
        self.about(path)
    }

    pub(crate) fn of_relay(mut self) -> Self {
        self.0.operation = "relay";
        self
    }

    pub(crate) fn about(mut self, path: Option<&Path>) -> Self {
        self.0.source = path.map(Path::to_owned);
        self
    }

    pub(crate) fn after(mut self, bytes: u64, attempts: Vec<Attempt>) -> Self {
        let last = attempts.iter().rev().find(|attempt| attempt.outcome != Outcome::Avoided);
        self.0.strategy = last.or(attempts.last()).map(|attempt| attempt.strategy);
        self.0.bytes = bytes;
        self.0.attempts = attempts;
        self
    }

    /// Which kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The errno's name (`"ENOSPC"`), or a code of this library's (`"ERR_STRATEGY_UNAVAILABLE"`).
    pub fn code(&self) -> Cow<'static, str> {
        match (self.0.kind, self.0.errno) {
            (ErrorKind::Kernel, Some(errno)) => format!("{errno:?}").into(),
            (ErrorKind::Kernel, None) => "EUNKNOWN".into(),
            (ErrorKind::StrategyUnavailable, _) => "ERR_STRATEGY_UNAVAILABLE".into(),
            (ErrorKind::SourceTruncated, _) => "ERR_SOURCE_TRUNCATED".into(),
            (ErrorKind::SizeExceeded, _) => "ERR_SIZE_EXCEEDED".into(),
            (ErrorKind::AtomicUnavailable, _) => "ERR_ATOMIC_UNAVAILABLE".into(),
            (ErrorKind::OutOfRange, _) => "ERR_OUT_OF_RANGE".into(),
            (ErrorKind::SourceChanged, _) => "ERR_SOURCE_CHANGED".into(),
            (ErrorKind::Aborted, _) => "ABORT_ERR".into(),
            (ErrorKind::Panicked, _) => "ERR_INTERNAL_ASSERTION".into(),
        }
    }

    /// The kernel's errno (positive), where its answer is the error.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.0.errno.map(|errno| errno as i32)
    }

    /// The system call that failed or was refused, named as `strace` names it.
    pub fn call(&self) -> Option<&'static str> {
        self.0.call
    }

    /// For [`ErrorKind::StrategyUnavailable`]: the kernel's refusal, where there was one.
    pub fn refusal(&self) -> Option<std::io::Error> {
        let refused = self.0.fault.filter(|_| self.0.kind == ErrorKind::StrategyUnavailable);
        refused.map(|fault| std::io::Error::from_raw_os_error(fault.errno as i32))
    }

    /// What the errno or code means, in words.
    pub fn description(&self) -> &'static str {
        self.0.errno.map_or(self.0.detail.unwrap_or_default(), |errno| errno.desc())
    }

    /// Why the kernel's answer came, where more than its words is known.
    pub fn detail(&self) -> Option<&str> {
        self.0.note.as_deref().or(self.0.errno.and(self.0.detail))
    }

    /// The source, where it was named by a path.
    pub fn source_path(&self) -> Option<&Path> {
        self.0.source.as_deref()
    }

    /// The destination.
    pub fn destination_path(&self) -> Option<&Path> {
        self.0.destination.as_deref()
    }

    /// The strategy under way, or the last that was considered.
    pub fn strategy(&self) -> Option<Strategy> {
        self.0.strategy
    }

    /// Bytes moved or shared until then.
    pub fn bytes(&self) -> u64 {
        self.0.bytes
    }

    /// Every strategy that was considered, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }
}

/// In Node's manner: `ENOENT: No such file or directory, copyfile 'a' -> 'b'`.
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}, {}", self.code(), self.description(), self.0.operation)?;
        if let Some(path) = self.source_path() {
            write!(f, " '{}'", path.display())?;
        }
        if let Some(path) = self.destination_path() {
            write!(f, " -> '{}'", path.display())?;
        }
        self.detail().map_or(Ok(()), |detail| write!(f, " ({detail})"))
    }
}

impl std::error::Error for Error {}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match (error.kind(), error.raw_os_error()) {
            (_, Some(errno)) => Self::from_raw_os_error(errno).kind(),
            (ErrorKind::StrategyUnavailable, _) => Io::Unsupported,
            (ErrorKind::SourceTruncated, _) => Io::UnexpectedEof,
            (ErrorKind::OutOfRange, _) => Io::InvalidInput,
            (ErrorKind::SourceChanged, _) => Io::InvalidData,
            (ErrorKind::Aborted, _) => Io::Interrupted,
            _ => Io::Other,
        };
        Self::new(kind, error)
    }
}

/// `.named("openat")`: a kernel failure with its call.
pub(crate) trait Named<T> {
    fn named(self, call: &'static str) -> Result<T, Error>;
}

impl<T> Named<T> for nix::Result<T> {
    fn named(self, call: &'static str) -> Result<T, Error> {
        self.map_err(|errno| Error::kernel(call, errno))
    }
}
