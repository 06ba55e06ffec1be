//! Moves bytes from the page cache to a descriptor with
//! [`sendfile(2)`](https://man7.org/linux/man-pages/man2/sendfile.2.html), without a user buffer.
//!
//! Since Linux 2.6.33 the output may be a file; then the kernel copies each page once, page cache to page cache. One
//! call moves at most 0x7ffff000 bytes. The input must be mappable: a pipe or a character device is refused (EINVAL).
use super::{Fit, Mover, OwnBuffer, Ready, Span, Step, Tuning};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::route;
use crate::sys::Sys;
use crate::sys::usage::Usage;

pub(super) const BUFFER: Option<OwnBuffer> = None;

/// `position`: where the output file's own offset stands, the only one that sendfile knows for it.
struct Sendfile {
    position: Option<u64>,
}

pub(super) fn fits(pair: &Pair) -> Fit {
    if pair.source.is_file() { Fit::Yes } else { Fit::No("the source has no offsets") }
}

pub(super) fn mover(_: Tuning) -> nix::Result<Box<dyn Mover>> {
    // the engine opened the output, or a fallback left it anywhere: it is set before the first call
    Ok(Box::new(Sendfile { position: None }))
}

pub(super) fn copies(pair: &Pair, _: &Usage, _: u64) -> CpuCopies {
    if !pair.sink.is_file() {
        return route::copies(&pair.sink);
    }
    CpuCopies::known(1, "sendfile copies page cache to page cache inside the kernel")
}

impl Mover for Sendfile {
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        if pair.sink.is_file() && self.position != Some(span.to) {
            if let Err(fault) = sys.seek(&pair.sink, span.to) {
                return Step::Stopped(fault);
            }
            self.position = Some(span.to);
        }
        let step = Step::of(sys.sendfile(&pair.sink, &pair.source, span.from, span.len), Ready::Writable);
        if let Step::Moved(n) = step {
            self.position = Some(span.to + n);
        }
        step
    }
}
