//! The directory of the test files: one of our own, and gone with us.
use std::fs::File;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use nix::sys::statvfs::statvfs;
use nix::unistd::{mkdtemp, syncfs};

use crate::error::{Error, Named};

#[derive(Debug)]
pub(super) struct Place {
    directory: PathBuf,
    file: File,
    is_there: bool,
}

impl Place {
    /// In `parent`, where nobody else may look into it.
    pub(super) fn make(parent: &Path) -> Result<Self, Error> {
        let directory = mkdtemp(&parent.join("zero-copy-rs-bench-XXXXXX")).named("mkdir")?;
        let flags = OFlag::O_DIRECTORY | OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        match open(&directory, flags, Mode::empty()).named("openat") {
            Ok(fd) => Ok(Self { directory, file: fd.into(), is_there: true }),
            Err(error) => {
                let _ = std::fs::remove_dir(&directory);
                Err(error)
            }
        }
    }

    pub(super) fn source(&self) -> PathBuf {
        self.directory.join("source")
    }

    pub(super) fn destination(&self) -> PathBuf {
        self.directory.join("destination")
    }

    pub(super) fn as_file(&self) -> &File {
        &self.file
    }

    /// As the original's `sync` between runs, but of this file system alone.
    pub(super) fn sync(&self) -> Result<(), Error> {
        syncfs(&self.file).named("syncfs")
    }

    /// All that is in it, and itself.
    pub(super) fn remove(mut self) -> Result<(), Error> {
        self.is_there = false;
        let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
        std::fs::remove_dir_all(&self.directory).map_err(errno).named("unlinkat")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_there {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

/// What the test files need, and what there is.
pub(super) struct Room {
    /// Bytes of the largest file.
    pub(super) size: u64,
    /// How many of them are there at a time.
    pub(super) files: u64,
}

impl Room {
    /// ENOSPC, with the numbers, before anything is made.
    pub(super) fn check(&self, parent: &Path) -> Result<(), Error> {
        let found = statvfs(parent).named("statfs")?;
        let free = found.blocks_available().saturating_mul(found.fragment_size());
        let needed = self.size.saturating_mul(self.files);
        // a file system that does not say how large it is: tmpfs without a limit, some FUSE
        if found.blocks() == 0 || needed <= free {
            return Ok(());
        }
        let files = if self.files == 1 { "a test file" } else { "two test files" };
        let note = format!("{files} of {} bytes need {needed} bytes, {free} are free", self.size);
        Err(Error::kernel(None, Errno::ENOSPC).noting(note))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Place, Room};

    #[test]
    fn a_place_is_removed_with_all_that_is_in_it() {
        for finishes in [false, true] {
            let place = Place::make(&std::env::temp_dir()).unwrap();
            let directory = place.directory.clone();
            std::fs::write(place.source(), "bytes").unwrap();
            if finishes {
                place.remove().unwrap()
            } else {
                drop(place)
            }
            assert!(!directory.exists());
        }
    }

    #[test]
    fn too_little_room_is_told_with_the_numbers() {
        let error = Room { size: 1 << 60, files: 2 }.check(&std::env::temp_dir()).unwrap_err();
        assert_eq!(error.code(), "ENOSPC");
        let note = error.detail().unwrap();
        assert!(
            note.starts_with(&format!("two test files of {} bytes need {} bytes, ", 1u64 << 60, 1u64 << 61)),
            "{note}"
        );
        Room { size: 1, files: 2 }.check(&std::env::temp_dir()).unwrap();
    }
}
