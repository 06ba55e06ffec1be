//! Moves page references through a pipe with [`splice(2)`](https://man7.org/linux/man-pages/man2/splice.2.html): source
//! to pipe, pipe to sink.
//!
//! Into a file the second half copies each page once. Two calls and a pipe for what `sendfile` does in one, so it is
//! the way for ends that `sendfile` refuses, and otherwise used by name alone.
use std::os::fd::AsFd;

use nix::errno::Errno;

use super::{Fit, Mover, OwnBuffer, Ready, Span, Step, Tuning};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::route;
use crate::sys::pipe::{Borrower, Pipe};
use crate::sys::usage::Usage;
use crate::sys::{Fault, Sys, call::Call};

pub(super) const BUFFER: Option<OwnBuffer> = None;

/// `loan`: the pipe, and how many bytes are in it; none while nothing is.
struct Splice {
    borrower: Borrower,
    loan: Option<(Pipe, usize)>,
}

pub(super) fn fits(pair: &Pair) -> Fit {
    if pair.source.is_file() { Fit::Avoid("sendfile does the same with half of the calls") } else { Fit::Yes }
}

pub(super) fn mover(_: Tuning) -> nix::Result<Box<dyn Mover>> {
    Ok(Box::new(Splice { borrower: Borrower::new(), loan: None }))
}

pub(super) fn copies(pair: &Pair, _: &Usage, _: u64) -> CpuCopies {
    if !pair.sink.is_file() {
        return route::copies(&pair.sink);
    }
    CpuCopies::known(1, "splice moves page references into a pipe, and copies from there into the page cache")
}

impl Mover for Splice {
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        let (pipe, held) = match self.loan.take() {
            Some(loan) => loan,
            None => match self.fill(sys, pair, span) {
                Ok(loan) => loan,
                Err(step) => return step,
            },
        };
        let answer = sys.splice((pipe.read.as_fd(), None), (pair.sink.as_fd(), pair.sink.at(span.to)), held, self.more(pair, span, held));
        match held - answer.unwrap_or(0) {
            0 => self.borrower.give_back(pipe),
            left => self.loan = Some((pipe, left)),
        }
        Step::of(answer, Ready::Writable)
    }

    /// The pipe holds the bytes already, so reading them never waits.
    fn held(&mut self, sys: &mut Sys) -> Result<Vec<u8>, Fault> {
        let Some((pipe, held)) = self.loan.take() else { return Ok(Vec::new()) };
        let mut bytes = vec![0; held];
        let mut filled = 0;
        while filled < held {
            match sys.drain(&pipe, &mut bytes[filled..])? {
                0 => return Err(Fault { call: Call::Read, errno: Errno::EIO }),
                n => filled += n,
            }
        }
        Ok(bytes)
    }
}

impl Splice {
    /// Of a file of known length more is certain to come; of a socket nobody knows.
    fn more(&self, pair: &Pair, span: Span, held: usize) -> bool {
        pair.source.is_file() && pair.source.size > 0 && (held as u64) < span.run
    }

    fn fill(&self, sys: &mut Sys, pair: &Pair, span: Span) -> Result<(Pipe, usize), Step> {
        let pipe = sys.prepare(Call::Pipe2, || self.borrower.borrow()).map_err(Step::Stopped)?;
        let len = span.len.min(pipe.capacity);
        let source = (pair.source.as_fd(), pair.source.at(span.from));
        match sys.splice(source, (pipe.write.as_fd(), None), len, false) {
            Ok(n @ 1..) => Ok((pipe, n)),
            answer => {
                self.borrower.give_back(pipe);
                Err(Step::of(answer, Ready::Readable))
            }
        }
    }
}
