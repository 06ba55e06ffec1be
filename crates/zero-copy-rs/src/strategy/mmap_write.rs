//! Hands the kernel a mapping of the source to [`pwrite(2)`](https://man7.org/linux/man-pages/man2/pwrite.2.html) from:
//! one copy, no user buffer.
//!
//! It needs a page-table entry for every page, which costs what the saved copy gains. A source that is truncated
//! meanwhile is EFAULT, not SIGBUS, because only the kernel reads through the mapping. Used by name alone.
use super::{Fit, Mover, OwnBuffer, Ready, Span, Step, Tuning};
use crate::endpoint::Pair;
use crate::report::CpuCopies;
use crate::sys::usage::Usage;
use crate::sys::{Fault, Sys, call::Call, mapping::Mapping};
use nix::errno::Errno;
use nix::unistd::{SysconfVar, sysconf};

/// What one `write` takes from the mapping.
pub(super) const BUFFER: Option<OwnBuffer> = Some(OwnBuffer::of(1 << 20));

/// Mapped and populated a window at a time: a whole-file mapping without populate takes 1.9x the time.
const WINDOW: u64 = 8 << 20;

/// `known`: until where the source was seen to reach.
struct MmapWrite {
    window: Option<Mapping>,
    chunk: usize,
    known: u64,
}

/// How far what was seen of the source's size is relied upon. Behind a new end of file a mapping reads as zeroes to the
/// end of the page; they are foreign bytes.
const RELIABLE: u64 = 1 << 20;

pub(super) fn fits(pair: &Pair) -> Fit {
    if !pair.source.is_file() {
        return Fit::No("only files are mapped");
    }
    Fit::Avoid("it never beats the kernel's own copying, and depends on the source keeping its size")
}

pub(super) fn mover(tuning: Tuning) -> nix::Result<Box<dyn Mover>> {
    Ok(Box::new(MmapWrite { window: None, chunk: tuning.buffer(BUFFER), known: 0 }))
}

pub(super) fn copies(_: &Pair, _: &Usage, _: u64) -> CpuCopies {
    CpuCopies::known(1, "write copies from the mapped page cache of the source")
}

impl Mover for MmapWrite {
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        if span.from >= self.known {
            let size = pair.source.size_now().unwrap_or(pair.source.size);
            self.known = size.min(span.from + RELIABLE);
        }
        let len = span.len.min(self.chunk).min(self.known.saturating_sub(span.from) as usize);
        let window = match self.window.take().filter(|window| window.contains(span.from)) {
            _ if len == 0 => return Step::End,
            Some(window) => window,
            None => match map(sys, pair, span) {
                Ok(Some(window)) => window,
                Ok(None) => return Step::End,
                Err(fault) => return Step::Stopped(fault),
            },
        };
        let answer = sys.write_mapped(&pair.sink, span.to, window.bytes(span.from, len));
        let reached = span.from + answer.unwrap_or(0) as u64;
        let unreadable = matches!(answer, Err(Fault { errno: Errno::EFAULT, .. }));
        let leaves = !window.contains(reached) || answer.is_ok() && span.run == reached - span.from;
        if (unreadable || leaves) && pair.source.size_now().is_ok_and(|size| size < reached.max(span.from + 1)) {
            return Step::End;
        }
        self.window = Some(window);
        let step = Step::of(answer, Ready::Writable);
        if matches!(step, Step::Wait(_)) {
            self.known = span.from; // much can happen until then
        }
        step
    }
}

/// The window that begins where `span` does, and ends with it: to map a hole of a file in memory is to fill it. None: the
/// source ends before it.
fn map(sys: &Sys, pair: &Pair, span: Span) -> Result<Option<Mapping>, Fault> {
    let offset = span.from - span.from % page();
    let end = pair.source.size.min(span.from.saturating_add(span.run)).min(offset + WINDOW);
    if end <= span.from {
        return Ok(None);
    }
    let len = (end - offset) as usize;
    sys.prepare(Call::Mmap, || Mapping::new(&pair.source, offset, len)).map(Some)
}

fn page() -> u64 {
    const LARGEST: u64 = 64 << 10;
    sysconf(SysconfVar::PAGE_SIZE).ok().flatten().map_or(LARGEST, |bytes| bytes as u64)
}
