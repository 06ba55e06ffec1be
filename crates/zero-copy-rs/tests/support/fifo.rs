//! A FIFO with a reader that reads when the test says so. Until then a copy into it moves a pipe full and waits.
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;

#[derive(Debug)]
pub(crate) struct Fifo {
    path: PathBuf,
    reader: File,
}

impl Fifo {
    pub(crate) fn new(path: &Path) -> Self {
        nix::unistd::mkfifo(path, Mode::S_IRWXU).unwrap();
        let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).unwrap();
        Self { path: path.to_owned(), reader }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is there, at most `len` bytes; none: nothing yet, or no writer.
    pub(crate) fn read(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let n = match self.reader.read(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            answer => answer.unwrap(),
        };
        bytes.truncate(n);
        bytes
    }

    /// `len` bytes, however long they take.
    pub(crate) fn read_exact(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len);
        super::process::until("the writer has written everything", || {
            bytes.extend(self.read(len - bytes.len()));
            bytes.len() == len
        });
        bytes
    }
}
