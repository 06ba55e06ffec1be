//! From JavaScript's values to a request of the core.
use std::ffi::OsStr;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use napi::bindgen_prelude::{Either, Either3};
use zero_copy_rs::{Atomic, CopyFile, Error, Probe, ReceiveFile, Reflinks, Relay, SendFile, Strategy};

/// A path, or the number of an open descriptor.
pub(crate) type Source<'a> = Either3<String, &'a [u8], i32>;

/// TypeScript has checked them: `options` in lib/binding.ts says which number is what.
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
    let option = |at| option(options, at);
    let reflinks = match option(4).unwrap_or_default() as u8 {
        1 => Reflinks::Always,
        2 => Reflinks::Never,
        _ => Reflinks::Auto,
    };
    let mut request =
        request.offset(option(0).unwrap_or_default() as u64).overwrite(option(3) != Some(0.0)).reflinks(reflinks);
    if let Some(length) = option(1) {
        request = request.length(length as u64);
    }
    if let Some(bytes) = option(2) {
        request = request.buffer_size(bytes as usize);
    }
    Ok(match strategies(options, 5) {
        Some(list) => request.strategies(list),
        None => request,
    })
}

/// The same options as a copy's; those of a destination have no meaning here.
pub(crate) fn send_request(socket: i32, source: Source<'_>, options: &[f64]) -> Result<SendFile, Error> {
    let socket = borrow(socket);
    let request = match &source {
        Either3::A(text) => SendFile::from_path(text, socket)?,
        Either3::B(bytes) => SendFile::from_path(OsStr::from_bytes(bytes), socket)?,
        Either3::C(fd) => SendFile::new(borrow(*fd), socket)?,
    };
    let mut request = request.offset(option(options, 0).unwrap_or_default() as u64);
    if let Some(length) = option(options, 1) {
        request = request.length(length as u64);
    }
    if let Some(bytes) = option(options, 2) {
        request = request.buffer_size(bytes as usize);
    }
    Ok(match strategies(options, 5) {
        Some(list) => request.strategies(list),
        None => request,
    })
}

/// `options`: maxBytes, length, bufferSize, overwrite, mode, atomic (0 auto, 1 always, 2 never), strategies.
pub(crate) fn receive_request(
    socket: i32,
    destination: Either<String, &[u8]>,
    prefix: &[u8],
    options: &[f64],
) -> Result<ReceiveFile, Error> {
    let atomic = match option(options, 5).unwrap_or_default() as u8 {
        1 => Atomic::Always,
        2 => Atomic::Never,
        _ => Atomic::Auto,
    };
    let mut request = ReceiveFile::new(borrow(socket), path(&destination))?
        .prefix(prefix.to_vec())
        .overwrite(option(options, 3) != Some(0.0))
        .atomic(atomic);
    if let Some(bytes) = option(options, 0) {
        request = request.max_bytes(bytes as u64);
    }
    if let Some(length) = option(options, 1) {
        request = request.length(length as u64);
    }
    if let Some(bytes) = option(options, 2) {
        request = request.buffer_size(bytes as usize);
    }
    if let Some(mode) = option(options, 4) {
        request = request.mode(mode as u32);
    }
    Ok(match strategies(options, 6) {
        Some(list) => request.strategies(list),
        None => request,
    })
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

/// How many are listed, and their indices behind; none: the choice is ours.
fn strategies(options: &[f64], at: usize) -> Option<Vec<Strategy>> {
    let listed = 1..=option(options, at).unwrap_or_default() as usize;
    let list: Vec<_> = listed
        .filter_map(|nth| option(options, at + nth))
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
