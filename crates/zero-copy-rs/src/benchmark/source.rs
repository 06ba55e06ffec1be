//! The file that is moved: given, or generated; hot or cold; and always the same.
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::sys::stat::{FileStat, SFlag, fstat, stat};
use nix::sys::uio::pread;
use nix::unistd::fsync;

use crate::endpoint::{Identity, file_type};
use crate::engine::Handle;
use crate::error::{Error, ErrorKind, Named};

/// What is read or written at once, where nothing is measured.
const PIECE: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    file: File,
    seen: Seen,
}

/// By which a change shows. Not by the status change time: a new link to it, or a mode, is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    identity: Identity,
    size: i64,
    modified: (i64, i64),
}

impl Seen {
    fn of(stat: &FileStat) -> Self {
        Self { identity: Identity::of(stat), size: stat.st_size, modified: (stat.st_mtime, stat.st_mtime_nsec) }
    }
}

impl Source {
    /// A file of the caller's.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        // looked at before it is opened, as every source: opening a FIFO would release its waiting writer
        let found = stat(path).named("stat")?;
        match file_type(&found) {
            SFlag::S_IFREG => {}
            SFlag::S_IFDIR => return Err(Error::kernel(None, Errno::EISDIR)),
            _ => return Err(Error::kernel(None, Errno::EINVAL).because("no regular file")),
        }
        if found.st_size == 0 {
            return Err(Error::new(ErrorKind::OutOfRange, "The file is empty: there is nothing to measure"));
        }
        let file = File::open(path).map_err(errno).named("openat")?;
        let seen = Seen::of(&fstat(&file).named("fstat")?);
        Ok(Self { path: path.to_owned(), file, seen })
    }

    /// A new one, of bytes that neither compress nor repeat.
    pub(super) fn generate(path: &Path, size: u64, handle: &Handle) -> Result<Self, Error> {
        let mut file = File::create_new(path).map_err(errno).named("openat")?;
        let mut random = Random(size);
        let mut left = size;
        let mut piece = vec![0; PIECE];
        while left > 0 {
            if handle.stopped() {
                return Err(Error::aborted());
            }
            let now = &mut piece[..left.min(PIECE as u64) as usize];
            random.fill(now);
            file.write_all(now).map_err(errno).named("write")?;
            left -= now.len() as u64;
        }
        drop(file);
        Self::open(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn as_file(&self) -> &File {
        &self.file
    }

    pub(super) fn size(&self) -> u64 {
        self.seen.size as u64
    }

    /// The name still leads to the same bytes.
    pub(super) fn is_as_it_was(&self) -> Result<(), Error> {
        match stat(&self.path) {
            Ok(found) if Seen::of(&found) == self.seen => Ok(()),
            _ => Err(Error::new(ErrorKind::SourceChanged, "The file was changed while it was measured")),
        }
    }

    /// All of it into the page cache.
    pub(super) fn warm(&self, handle: &Handle) -> Result<(), Error> {
        let mut piece = vec![0; PIECE];
        let mut at = 0;
        while !handle.stopped() {
            match pread(&self.file, &mut piece, at).named("pread64")? {
                0 => return Ok(()),
                n => at += n as i64,
            }
        }
        Err(Error::aborted())
    }

    /// Out of the page cache. Dirty pages stay there, so they are written first; whether it helped, the next run's device
    /// reads will tell.
    pub(super) fn chill(&self) -> Result<(), Error> {
        match fsync(&self.file) {
            // a file system that cannot be written to has nothing dirty
            Ok(()) | Err(Errno::EINVAL | Errno::EROFS) => {}
            Err(errno) => return Err(errno).named("fsync"),
        }
        posix_fadvise(&self.file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED).named("fadvise64")
    }

    /// Whether a copy has the same bytes; EIO, if it has others.
    pub(super) fn compare(&self, copy: &Path, handle: &Handle) -> Result<(), Error> {
        let copy = File::open(copy).map_err(errno).named("openat")?;
        let mut is_same = fstat(&copy).named("fstat")?.st_size == self.seen.size;
        let (mut ours, mut theirs) = (vec![0; PIECE], vec![0; PIECE]);
        let mut at = 0;
        while is_same && at < self.seen.size {
            if handle.stopped() {
                return Err(Error::aborted());
            }
            let len = (self.seen.size - at).min(PIECE as i64) as usize;
            let (ours, theirs) = (&mut ours[..len], &mut theirs[..len]);
            is_same = is_filled(&self.file, ours, at)? && is_filled(&copy, theirs, at)? && ours == theirs;
            at += len as i64;
        }
        if is_same {
            return Ok(());
        }
        self.is_as_it_was()?;
        Err(Error::kernel(None, Errno::EIO).because("the copy is not its source"))
    }
}

/// Whether there is so much at `at`, which a short read alone would not say.
fn is_filled(file: &File, buffer: &mut [u8], at: i64) -> Result<bool, Error> {
    let mut done = 0;
    while done < buffer.len() {
        match pread(file, &mut buffer[done..], at + done as i64).named("pread64")? {
            0 => return Ok(false),
            n => done += n,
        }
    }
    Ok(true)
}

fn errno(error: std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// SplitMix64 (Steele, Lea, Flood 2014): fast, and good enough that no file system compresses it.
struct Random(u64);

impl Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        for eight in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            eight.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..eight.len()]);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{PIECE, Source};
    use crate::benchmark::place::Place;
    use crate::engine::Handle;

    #[test]
    fn a_copy_with_other_bytes_more_or_fewer_is_no_copy() {
        let place = Place::make(&std::env::temp_dir()).unwrap();
        let (handle, size) = (Handle::default(), PIECE + 1000);
        let source = Source::generate(&place.source(), size as u64, &handle).unwrap();
        let bytes = std::fs::read(place.source()).unwrap();
        assert_eq!(bytes.len(), size);
        let compare = |copy: &[u8]| {
            std::fs::write(place.destination(), copy).unwrap();
            source.compare(&place.destination(), &handle).map_err(|error| error.code().into_owned())
        };
        assert_eq!(compare(&bytes), Ok(()));
        for at in [0, PIECE, size - 1] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(compare(&other), Err("EIO".into()), "{at}");
        }
        assert_eq!(compare(&bytes[..PIECE]), Err("EIO".into()));
        assert_eq!(compare(&[&bytes[..], b"more"].concat()), Err("EIO".into()));
    }
}
