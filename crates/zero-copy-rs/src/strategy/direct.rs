//! Reads through the page cache into buffers of its own, and writes from them past the page cache: O_DIRECT, see
//! [`open(2)`](https://man7.org/linux/man-pages/man2/open.2.html).
//!
//! For copies that are to be on disk when they end. What goes through the page cache is copied there first and written
//! out at the end, while the caller waits; here the device fetches it from the buffers meanwhile, and the CPU copies
//! once. A single write would leave the device idle between two calls, so that a few are under way at once, each on a
//! parked thread ([`WRITERS`]). What is read is still in the page cache afterwards, what was written is not.
//!
//! The kernel takes whole blocks at block boundaries only, so that the last one is filled up with zeroes, which are cut
//! off when all is moved. What begins inside a block, because another strategy ended there, goes through the page cache
//! up to its end: by the descriptor that every strategy has. O_DIRECT is on another one, because it belongs to the open
//! file description.
use std::collections::VecDeque;
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

use super::{Fit, Mover, OwnBuffer, Ready, Span, Step, Tuning, between_files};
use crate::endpoint::{End, Pair};
use crate::engine::workers::WRITERS;
use crate::report::CpuCopies;
use crate::sys::call::{Call, Counts};
use crate::sys::pages::Pages;
use crate::sys::usage::Usage;
use crate::sys::{Answer, Fault, Sys};

/// No device's block is larger, but for some that the kernel knows since 6.12; they refuse (EINVAL).
const UNIT: usize = 4096;

/// Of a large page (x86-64, arm64): with 1 MiB of small ones a copy took 1.1 times as long and 1.2 times the CPU time.
pub(super) const BUFFER: Option<OwnBuffer> = Some(OwnBuffer { size: 2 << 20, unit: UNIT });

/// Writes under way at once. With two a fast disk is idle at times (1.1x); more than four never helped.
const LANES: usize = 4;

struct Direct {
    size: usize,
    /// Whether others may write in this thread's stead.
    has_help: bool,
    /// The sink once more, with O_DIRECT; none before the first step.
    sink: Option<Arc<End>>,
    /// What was read and is not written, in order.
    queue: VecDeque<Block>,
    spare: Vec<Arc<Pages>>,
    /// Why nothing more is read: told when all that was read is written.
    ended: Option<Answer>,
    spent: Usage,
}

/// What lies at an offset in the file lies as far from a block's boundary in `pages`: devices ask for that, too.
struct Block {
    pages: Arc<Pages>,
    unwritten: Range<usize>,
    /// Zeroes behind it, where nothing else comes: they fill its last block.
    padding: usize,
    under_way: Option<Receiver<Written>>,
}

/// What a writer comes back with.
struct Written {
    answer: Answer,
    counts: Counts,
    spent: Usage,
}

impl Written {
    const NOTHING: Self = Self { answer: Ok(0), counts: Counts::NONE, spent: Usage::NONE };
}

pub(super) fn fits(pair: &Pair) -> Fit {
    match between_files(pair) {
        Fit::Yes if !pair.sink.file_system.allocates => {
            Fit::Avoid("writing past the page cache was not seen to pay on this file system")
        }
        fit => fit,
    }
}

pub(super) fn mover(tuning: Tuning) -> nix::Result<Box<dyn Mover>> {
    let size = tuning.fitted(tuning.buffer(BUFFER)).next_multiple_of(UNIT);
    let lanes = tuning.threads.map_or(LANES, |threads| LANES.min(threads - 1));
    let spare = (0..lanes.max(1)).map(|_| Pages::new(size).map(Arc::new)).collect::<nix::Result<_>>()?;
    let has_help = lanes > 0;
    Ok(Box::new(Direct { size, has_help, sink: None, queue: VecDeque::new(), spare, ended: None, spent: Usage::default() }))
}

pub(super) fn copies(pair: &Pair, _: &Usage, _: u64) -> CpuCopies {
    if pair.sink.file_system.allocates {
        return CpuCopies::known(1, "read copies into a user buffer, from which the device fetches");
    }
    if pair.sink.file_system.is_in_memory() {
        return CpuCopies::known(2, "read copies into a user buffer, write out of it: there is no device here");
    }
    CpuCopies::unknown("read copies into a user buffer; whether write copies out of it, this file system does not tell")
}

impl Mover for Direct {
    fn step(&mut self, sys: &mut Sys, pair: &Pair, span: Span) -> Step {
        let sink = match self.open(sys, pair, span) {
            Ok(sink) => sink,
            Err(fault) => return Step::Stopped(fault),
        };
        self.read_ahead(sys, pair, &sink, span);
        let Some(block) = self.queue.front_mut() else {
            return Step::of(self.ended.take().unwrap_or(Ok(0)), Ready::Readable);
        };
        let answer = match block.come_back() {
            Some(written) => {
                sys.counts.take_in(written.counts);
                self.spent += written.spent;
                written.answer
            }
            None => block.write(sys, &sink, &pair.sink, span.to),
        };
        let answer = answer.map(|n| n.min(block.unwritten.len()));
        block.unwritten.start += answer.unwrap_or(0);
        if block.unwritten.is_empty() {
            self.spare.extend(self.queue.pop_front().map(|block| block.pages.clone()));
        }
        Step::of(answer, Ready::Writable)
    }

    /// What was read is in the source as well, where the next strategy reads it again; but nothing may be under way then.
    fn held(&mut self, sys: &mut Sys) -> Result<Vec<u8>, Fault> {
        for written in self.queue.drain(..).filter_map(|mut block| block.come_back()) {
            sys.counts.take_in(written.counts);
            self.spent += written.spent;
        }
        Ok(Vec::new())
    }

    fn spent(&mut self) -> Usage {
        std::mem::take(&mut self.spent)
    }
}

impl Direct {
    /// The size is set ahead: a write that moves the end of a file waits for all others, and all others for it.
    fn open(&mut self, sys: &Sys, pair: &Pair, span: Span) -> Result<Arc<End>, Fault> {
        if let Some(sink) = &self.sink {
            return Ok(sink.clone());
        }
        let link = format!("/proc/self/fd/{}", pair.sink.as_fd().as_raw_fd());
        let flags = OFlag::O_WRONLY | OFlag::O_DIRECT | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let file = || open(&*link, flags, Mode::empty()).and_then(|file| End::beside(Some(&pair.sink), file));
        let sink = Arc::new(sys.prepare(Call::Openat, file)?);
        let there = span.run.min(pair.source.size.saturating_sub(span.from));
        if sink.is_regular() && there > UNIT as u64 && sink.size < span.to + there {
            sys.cut(&sink, span.to + there)?;
        }
        self.sink = Some(sink.clone());
        Ok(sink)
    }

    /// Reads until as much is under way as may be. What is read alone and last, this thread writes itself.
    fn read_ahead(&mut self, sys: &mut Sys, pair: &Pair, sink: &Arc<End>, span: Span) {
        while self.ended.is_none() {
            let ahead = self.queue.iter().map(|block| block.unwritten.len() as u64).sum();
            let (left, to) = (span.run.saturating_sub(ahead), span.to + ahead);
            let Some(mut pages) = self.spare.pop_if(|_| left > 0) else { return };
            let Some(buffer) = Arc::get_mut(&mut pages) else { return };
            // up to a block's boundary, so that the next begins there
            let start = (to % UNIT as u64) as usize;
            let end = usize::try_from(left).map_or(self.size, |left| left.saturating_add(start).min(self.size));
            match sys.read(&pair.source, span.from + ahead, &mut buffer[start..end]) {
                Ok(n @ 1..) => {
                    let (unwritten, is_last) = (start..start + n, n as u64 == left);
                    let padding = if is_last { unwritten.end.next_multiple_of(UNIT) - unwritten.end } else { 0 };
                    buffer[unwritten.end..][..padding].fill(0);
                    let mut block = Block { pages, unwritten, padding, under_way: None };
                    if self.has_help && (ahead > 0 || !is_last) {
                        block.send(sys, sink, to);
                    }
                    self.queue.push_back(block);
                }
                answer => {
                    self.spare.push(pages);
                    self.ended = Some(answer);
                }
            }
        }
    }
}

impl Block {
    /// The whole units that it begins with, if it begins with one.
    fn units(&self) -> usize {
        let len = self.unwritten.len() + self.padding;
        if self.unwritten.start.is_multiple_of(UNIT) { len - len % UNIT } else { 0 }
    }

    /// Has its whole units written by another thread; where there is none, they stay.
    fn send(&mut self, sys: &mut Sys, sink: &Arc<End>, to: u64) {
        if self.units() == 0 {
            return;
        }
        let (tell, under_way) = channel();
        match sys.foresee(Call::Pwrite64, self.units()) {
            Err(fault) => drop(tell.send(Written { answer: Err(fault), ..Written::NOTHING })),
            Ok(len) => {
                let (sink, pages, start) = (sink.clone(), self.pages.clone(), self.unwritten.start);
                let write = move || {
                    let (mut sys, before) = (Sys::default(), Usage::now());
                    let answer = sys.write(&sink, to, &pages[start..start + len.next_multiple_of(UNIT)]);
                    drop((sink, pages)); // they are the mover's again
                    let _ = tell.send(Written { answer, counts: sys.counts, spent: Usage::now() - before });
                };
                if WRITERS.submit(Box::new(write)).is_err() {
                    return;
                }
            }
        }
        self.under_way = Some(under_way);
    }

    /// What became of what was sent.
    fn come_back(&mut self) -> Option<Written> {
        let written = self.under_way.take()?.recv();
        // its thread has panicked
        let lost = Fault { call: Call::Pwrite64, errno: Errno::EIO };
        Some(written.unwrap_or(Written { answer: Err(lost), ..Written::NOTHING }))
    }

    /// One write: whole units past the page cache, what is none through it.
    fn write(&self, sys: &mut Sys, direct: &End, buffered: &End, to: u64) -> Answer {
        let start = self.unwritten.start;
        match self.units() {
            0 => {
                let to_unit = UNIT - start % UNIT;
                sys.write(buffered, to, &self.pages[start..start + self.unwritten.len().min(to_unit)])
            }
            units => sys.write_units(direct, to, &self.pages[start..start + units], UNIT),
        }
    }
}

/// Nothing is written any more when the transfer is over, however it ended.
impl Drop for Block {
    fn drop(&mut self) {
        let _ = self.come_back();
    }
}
