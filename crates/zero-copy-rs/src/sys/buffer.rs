//! A buffer that outlives its job: the next job on this thread takes it again. Allocating (and faulting in) a new one
//! for each small file costs more than the file (1.4-1.8x at 4 KiB).
use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use nix::errno::Errno;

/// What a thread keeps for its next job; a larger buffer is freed with its job.
const KEPT: usize = 1 << 20;

thread_local!(static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) });

#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// ENOMEM where there is no room: a caller's `bufferSize` must not end the process.
    pub(crate) fn take(len: usize) -> nix::Result<Self> {
        let mut bytes = SPARE.take();
        if bytes.len() < len {
            bytes = Vec::new();
            bytes.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
            bytes.resize(len, 0);
        }
        Ok(Self { bytes, len })
    }
}

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.len() <= KEPT {
            SPARE.set(std::mem::take(&mut self.bytes));
        }
    }
}
