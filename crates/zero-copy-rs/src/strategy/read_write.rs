//! Moves bytes with [`pread(2)`](https://man7.org/linux/man-pages/man2/pread.2.html) and `pwrite` (`read` and `write`
//! where an end has no offsets) through a user buffer.
//!
//! It always works, and costs two copies: page cache to buffer, buffer to page cache.
use std::ops::Range;

use super::zeroes::{Run, first_run};
use super::{Fit, Mover, OwnBuffer, Ready, Span, Step, Tuning};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::sys::usage::Usage;
use crate::sys::{Fault, Sys, buffer::Buffer};

/// Stays in the second-level cache; larger ones were measured slower (1.5x above 1 MiB).
pub(super) const BUFFER: Option<OwnBuffer> = Some(OwnBuffer::of(256 << 10));

/// `unwritten`: what a short write left in the buffer.
struct ReadWrite {
    buffer: Buffer,
    unwritten: Range<usize>,
    skips_zeroes: bool,
}

pub(super) fn fits(_: &Pair) -> Fit {
    Fit::Yes
}

pub(super) fn mover(tuning: Tuning) -> nix::Result<Box<dyn Mover>> {
    let size = tuning.fitted(tuning.buffer(BUFFER));
    Ok(Box::new(ReadWrite { buffer: Buffer::take(size)?, unwritten: 0..0, skips_zeroes: tuning.skips_zeroes }))
}

pub(super) fn copies(_: &Pair, _: &Usage, _: u64) -> CpuCopies {
    CpuCopies::known(2, "read copies into a user buffer, write copies out of it")
}

impl Mover for ReadWrite {
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        if self.unwritten.is_empty() {
            let len = span.len.min(self.buffer.len());
            match sys.read(&pair.source, span.from, &mut self.buffer[..len]) {
                Ok(n @ 1..) => self.unwritten = 0..n,
                answer => return Step::of(answer, Ready::Readable),
            }
        }
        let mut bytes = &self.buffer[self.unwritten.clone()];
        if self.skips_zeroes {
            match first_run(bytes, span.to, bytes.len() as u64 == span.run) {
                Run::Zeroes(n) => {
                    self.unwritten.start += n;
                    return Step::Skipped(n as u64);
                }
                Run::Other(n) => bytes = &bytes[..n],
            }
        }
        let answer = sys.write(&pair.sink, span.to, bytes);
        if let Ok(n) = answer {
            self.unwritten.start += n;
        }
        Step::of(answer, Ready::Writable)
    }

    fn held(&mut self, _: &mut Sys) -> Result<Vec<u8>, Fault> {
        Ok(self.buffer[std::mem::take(&mut self.unwritten)].to_vec())
    }
}
