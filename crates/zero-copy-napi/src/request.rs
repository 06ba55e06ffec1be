//! From JavaScript's values to a request of the core.
use std::ffi::OsStr;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use napi::bindgen_prelude::{Either, Either3};
use zero_copy_rs::{
    Atomic, CopyFile, Error, Preserve, Probe, ReceiveFile, Reflinks, Relay, SendFile, Sparse, Strategy,
};

/// A path, or the number of an open descriptor.
pub(crate) type Source<'a> = Either3<String, &'a [u8], i32>;

/// Where an option stands among the numbers, of whatever request: as `AT` in lib/wish.ts. TypeScript has checked them.
mod at {
    pub(super) const OFFSET: usize = 0;
    pub(super) const LENGTH: usize = 1;
    pub(super) const BUFFER_SIZE: usize = 2;
    pub(super) const OVERWRITE: usize = 3;
    /// 0 auto, 1 always, 2 never; as of reflink and sparse.
    pub(super) const ATOMIC: usize = 4;
    pub(super) const DURABLE: usize = 5;
    pub(super) const REFLINK: usize = 6;
    pub(super) const SPARSE: usize = 7;
    /// A sum: 1 timestamps, 2 ownership, 4 extended attributes.
    pub(super) const PRESERVE: usize = 8;
    pub(super) const MAX_BYTES: usize = 9;
    pub(super) const MODE: usize = 10;
    /// At most.
    pub(super) const THREADS: usize = 11;
    /// How many are listed; their indices stand behind.
    pub(super) const STRATEGIES: usize = 12;
}

/// What may be said of every transfer.
macro_rules! with_transfer_options {
    ($request:expr, $options:expr) => {{
        let (mut request, options) = ($request, $options);
        if let Some(length) = option(options, at::LENGTH) {
            request = request.length(length as u64);
        }
        if let Some(bytes) = option(options, at::BUFFER_SIZE) {
            request = request.buffer_size(bytes as usize);
        }
        if let Some(threads) = option(options, at::THREADS) {
            request = request.threads(threads as usize);
        }
        match strategies(options) {
            Some(list) => request.strategies(list),
            None => request,
        }
    }};
}

/// What may be said of every file that is made.
macro_rules! with_file_options {
    ($request:expr, $options:expr) => {{
        let options = $options;
        let atomic = choice(options, at::ATOMIC, [Atomic::Auto, Atomic::Always, Atomic::Never]);
        $request
            .overwrite(option(options, at::OVERWRITE) != Some(0.0))
            .atomic(atomic)
            .durable(option(options, at::DURABLE) == Some(1.0))
    }};
}

pub(crate) fn copy_request(
    source: Source<'_>,
    destination: Either<String, &[u8]>,
    options: &[f64],
) -> Result<CopyFile, Error> {
    let destination = path(&destination);
    let request = match &source {
        Either3::A(text) => CopyFile::new(text, destination),
        Either3::B(bytes) => CopyFile::new(OsStr::from_bytes(bytes), destination),
        Either3::C(fd) => CopyFile::from_file(borrow(*fd), destination)?,
    };
    let request = request
        .offset(option(options, at::OFFSET).unwrap_or_default() as u64)
        .reflinks(choice(options, at::REFLINK, [Reflinks::Auto, Reflinks::Always, Reflinks::Never]))
        .sparse(choice(options, at::SPARSE, [Sparse::Auto, Sparse::Always, Sparse::Never]))
        .preserve(preserve(options));
    Ok(with_transfer_options!(with_file_options!(request, options), options))
}

pub(crate) fn send_request(socket: i32, source: Source<'_>, options: &[f64]) -> Result<SendFile, Error> {
    let socket = borrow(socket);
    let request = match &source {
        Either3::A(text) => SendFile::from_path(text, socket)?,
        Either3::B(bytes) => SendFile::from_path(OsStr::from_bytes(bytes), socket)?,
        Either3::C(fd) => SendFile::new(borrow(*fd), socket)?,
    };
    let request = request.offset(option(options, at::OFFSET).unwrap_or_default() as u64);
    Ok(with_transfer_options!(request, options))
}

pub(crate) fn receive_request(
    socket: i32,
    destination: Either<String, &[u8]>,
    prefix: &[u8],
    options: &[f64],
) -> Result<ReceiveFile, Error> {
    let mut request = ReceiveFile::new(borrow(socket), path(&destination))?.prefix(prefix.to_vec());
    if let Some(bytes) = option(options, at::MAX_BYTES) {
        request = request.max_bytes(bytes as u64);
    }
    if let Some(mode) = option(options, at::MODE) {
        request = request.mode(mode as u32);
    }
    Ok(with_transfer_options!(with_file_options!(request, options), options))
}

/// `options`: bufferSize, idleTimeoutMs.
pub(crate) fn relay_request(
    (a, b): (i32, i32),
    (from_a, from_b): (&[u8], &[u8]),
    options: &[f64],
) -> Result<Relay, Error> {
    let mut request = Relay::new(borrow(a), borrow(b))?.prefixes(from_a.to_vec(), from_b.to_vec());
    if let Some(bytes) = option(options, 0) {
        request = request.buffer_size(bytes as usize);
    }
    if let Some(time) = option(options, 1) {
        request = request.idle_timeout(Duration::from_secs_f64(time.max(0.0) / 1e3));
    }
    Ok(request)
}

/// NaN stands for an option that was not given.
fn option(options: &[f64], at: usize) -> Option<f64> {
    options.get(at).copied().filter(|number| !number.is_nan())
}

/// One of three, the first by default.
fn choice<T: Copy>(options: &[f64], at: usize, [first, second, third]: [T; 3]) -> T {
    match option(options, at).unwrap_or_default() as u8 {
        1 => second,
        2 => third,
        _ => first,
    }
}

fn preserve(options: &[f64]) -> Preserve {
    let bits = option(options, at::PRESERVE).unwrap_or_default() as u8;
    let mut preserve = Preserve::default();
    preserve.timestamps = bits & 1 != 0;
    preserve.ownership = bits & 2 != 0;
    preserve.xattrs = bits & 4 != 0;
    preserve
}

/// None: the choice is ours.
fn strategies(options: &[f64]) -> Option<Vec<Strategy>> {
    let listed = 1..=option(options, at::STRATEGIES).unwrap_or_default() as usize;
    let list: Vec<_> = listed
        .filter_map(|nth| option(options, at::STRATEGIES + nth))
        .filter_map(|index| Strategy::ALL.get(index as usize).copied())
        .collect();
    (!list.is_empty()).then_some(list)
}

pub(crate) fn probe_request(place: Option<Either<String, &[u8]>>) -> Probe {
    Probe::new(place.as_ref().map(path))
}

pub(crate) fn path<'a>(value: &'a Either<String, &'a [u8]>) -> &'a Path {
    match value {
        Either::A(text) => Path::new(text),
        Either::B(bytes) => Path::new(OsStr::from_bytes(bytes)),
    }
}

/// A descriptor of the caller's, for as long as it takes to duplicate it.
#[allow(unsafe_code)] // a number from JavaScript is all there is of it
pub(crate) fn borrow(fd: RawFd) -> BorrowedFd<'static> {
    let fd = if fd < 0 { RawFd::MAX } else { fd };
    // SAFETY: it is never -1; a number that is not open is answered with EBADF by the duplication, the only use.
    unsafe { BorrowedFd::borrow_raw(fd) }
}
