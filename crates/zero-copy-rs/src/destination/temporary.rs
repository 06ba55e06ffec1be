//! A destination that appears under its name when it is whole: until then it is another name in the same directory.
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, RenameFlags, open as openat, renameat2};
use nix::sys::stat::{Mode, SFlag, fchmod, lstat, stat};
use nix::unistd::{AccessFlags, faccessat, linkat};

use super::Destination;
use crate::endpoint::{End, file_type};
use crate::error::{Error, Named};

/// The name that the file has for now. It is removed unless the file is published.
#[derive(Debug)]
pub(super) struct Temporary {
    now: PathBuf,
    path: PathBuf,
    overwrite: bool,
}

/// Whether `path` can be replaced as a whole; if not, why it has to be written in place.
pub(super) fn is_replaceable(path: &Path) -> Result<(), &'static str> {
    match stat(path) {
        Ok(found) if file_type(&found) != SFlag::S_IFREG => Err("the destination is no regular file"),
        _ => Ok(()),
    }
}

pub(super) fn open(path: &Path, overwrite: bool, mode: Mode) -> Result<(Destination, End), Error> {
    let there = match lstat(path) {
        Ok(_) => true,
        // as open: a name that ends so is a directory's
        Err(Errno::ENOENT) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            return Err(Error::kernel("openat", Errno::EISDIR));
        }
        // it would be found out by the rename, after everything came
        Err(Errno::ENOENT) if !path.as_os_str().is_empty() => false,
        Err(errno) => return Err(Error::kernel("openat", errno)),
    };
    if there && !overwrite {
        return Err(Error::kernel("openat", Errno::EEXIST));
    }
    // a link stays, and its target is replaced
    let path = target(path.to_owned())?;
    let old = stat(&path).ok();
    if old.is_some() {
        // renaming asks only the directory; opening for writing would ask the file
        faccessat(AT_FDCWD, &path, AccessFlags::W_OK, AtFlags::AT_EACCESS).named("openat")?;
    }
    let (now, file) = create_beside(&path, mode)?;
    let destination = Destination::temporary(Temporary { now, path, overwrite });
    let sink = End::new(file).named("fstat")?;
    if let Some(old) = old {
        fchmod(&sink, Mode::from_bits_truncate(old.st_mode & 0o7777)).named("fchmod")?;
    }
    Ok((destination, sink))
}

/// Where a link leads, there or not.
fn target(mut path: PathBuf) -> Result<PathBuf, Error> {
    const LINKS: usize = 40; // as many as the kernel follows
    for _ in 0..LINKS {
        match std::fs::read_link(&path) {
            Ok(next) => path = directory(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(Error::kernel("openat", Errno::ELOOP))
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Not built from the destination's name, which may be as long as names can be.
fn create_beside(path: &Path, mode: Mode) -> Result<(PathBuf, OwnedFd), Error> {
    let directory = directory(path);
    loop {
        let random = RandomState::new().build_hasher().finish();
        let name = directory.join(format!(".zero-copy-rs-{random:016x}"));
        match openat(&name, OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_CLOEXEC, mode) {
            Err(Errno::EEXIST) => {}
            answer => return answer.map(|file| (name, file)).named("openat"),
        }
    }
}

impl Temporary {
    pub(super) fn publish(&self) -> Result<(), Error> {
        if self.overwrite {
            return nix::fcntl::renameat(AT_FDCWD, &self.now, AT_FDCWD, &self.path).named("renameat");
        }
        match renameat2(AT_FDCWD, &self.now, AT_FDCWD, &self.path, RenameFlags::RENAME_NOREPLACE) {
            // not every file system has it: a second name fails where there is one, and the first goes
            Err(Errno::EINVAL | Errno::ENOSYS) => {
                linkat(AT_FDCWD, &self.now, AT_FDCWD, &self.path, AtFlags::empty()).named("linkat")?;
                nix::unistd::unlink(&self.now).named("unlink")
            }
            answer => answer.named("renameat2"),
        }
    }

    pub(super) fn remove(&self) {
        let _ = nix::unistd::unlink(&self.now);
    }
}
