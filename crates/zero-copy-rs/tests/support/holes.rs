//! A witness of what is on a disk and what is not, without a line of the library.
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

/// How many bytes of `range` are in holes, as [`lseek(2)`](https://man7.org/linux/man-pages/man2/lseek.2.html) says.
pub(crate) fn holes(path: &Path, range: Range<u64>) -> u64 {
    let file = File::open(path).unwrap();
    let (mut at, mut found) = (range.start, 0);
    while at < range.end {
        let data = match lseek(&file, at as i64, Whence::SeekData) {
            Err(Errno::ENXIO) => range.end,
            data => (data.unwrap() as u64).min(range.end),
        };
        found += data - at;
        at = if data < range.end { lseek(&file, data as i64, Whence::SeekHole).unwrap() as u64 } else { data };
    }
    found
}

/// Bytes that have blocks.
pub(crate) fn allocated(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().blocks() * 512
}
