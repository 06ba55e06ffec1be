//! From JavaScript's values to a request of the core.
use std::ffi::OsStr;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use napi::bindgen_prelude::{Either, Either3};
use zero_copy_rs::{CopyFile, Error, Probe, Reflinks, Strategy};

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
    let option = |at: usize| options.get(at).copied().filter(|number| !number.is_nan());
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
    let listed = (0..option(5).unwrap_or_default() as usize).filter_map(|nth| option(6 + nth));
    let mut strategies = listed.filter_map(|index| Strategy::ALL.get(index as usize).copied()).peekable();
    if strategies.peek().is_some() {
        request = request.strategies(strategies);
    }
    Ok(request)
}

pub(crate) fn probe_request(place: Option<Either<String, &[u8]>>) -> Probe {
    Probe::new(place.as_ref().map(path))
}

fn path<'a>(value: &'a Either<String, &'a [u8]>) -> &'a Path {
    match value {
        Either::A(text) => Path::new(text),
        Either::B(bytes) => Path::new(OsStr::from_bytes(bytes)),
    }
}

/// A descriptor of the caller's, for as long as it takes to duplicate it.
#[allow(unsafe_code)] // a number from JavaScript is all there is of it
fn borrow(fd: RawFd) -> BorrowedFd<'static> {
    let fd = if fd < 0 { RawFd::MAX } else { fd };
    // SAFETY: it is never -1; a number that is not open is answered with EBADF by the duplication, the only use.
    unsafe { BorrowedFd::borrow_raw(fd) }
}
