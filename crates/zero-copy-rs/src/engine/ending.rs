//! How an attempt ends: with the source, with a refusal that lets the next strategy go on, or with a failure.
use super::job::{Job, Turn};
use crate::error::{Error, ErrorKind};
use crate::report::{Attempt, Outcome};
use crate::sys::Fault;
use crate::sys::refusal::{Meaning, meaning};

impl Job {
    /// A strategy that finds nothing at all may be looking at a generated file (procfs, sysfs): reading it decides.
    /// Otherwise the source is shorter than it was only if its size says so; sysfs promises 4096 and has 5.
    pub(super) fn ended(&mut self) -> Turn {
        const GENERATED: &str = "it found nothing to move: the source may be generated as it is read";
        let (regular, nothing) = (self.pair.source.is_regular(), self.cursor.done() == 0);
        if regular && nothing && self.rest.len() > 0 {
            return self.fall_back(GENERATED, None);
        }
        let Some(span) = self.cursor.span(1) else { return Turn::Done(Ok(())) };
        if self.promised && self.cursor.total().is_some() {
            let early = "the source ended before the length that was promised";
            return Turn::Done(Err(Error::new(ErrorKind::SourceTruncated, early)));
        }
        let source = &self.pair.source;
        if regular && source.size_now().is_ok_and(|size| size < source.size) {
            let shorter = "the source became shorter while it was read";
            return Turn::Done(Err(Error::new(ErrorKind::SourceTruncated, shorter)));
        }
        if regular && nothing && matches!(self.sys.read(&self.pair.source, span.from, &mut [0]), Ok(1)) {
            return Turn::Done(Err(Error::unavailable(GENERATED, None)));
        }
        Turn::Done(Ok(()))
    }

    pub(super) fn stopped(&mut self, fault: Fault) -> Turn {
        let (meaning, why) = meaning(fault);
        match meaning {
            Meaning::Refused | Meaning::Doubtful if self.rest.len() > 0 => {
                self.fall_back(why.unwrap_or("refused"), Some(fault))
            }
            Meaning::Refused => Turn::Done(Err(Error::unavailable(why.unwrap_or("refused"), Some(fault)))),
            Meaning::Doubtful | Meaning::Failed => Turn::Done(Err(Error::fault(fault))),
        }
    }

    fn fall_back(&mut self, reason: &'static str, fault: Option<Fault>) -> Turn {
        if let Some(mut mover) = self.mover.take() {
            let held = mover.held(&mut self.sys);
            self.usage += mover.spent();
            match held {
                // behind what is on its way already
                Ok(bytes) => self.carry.extend(bytes),
                Err(fault) => return Turn::Done(Err(Error::fault(fault))),
            }
        }
        self.look_at_the_clock();
        self.close(Outcome::Refused, Some(reason), fault);
        self.strategy = self.rest.next();
        Turn::More
    }

    pub(super) fn close(&mut self, outcome: Outcome, reason: Option<&'static str>, fault: Option<Fault>) {
        let Some(strategy) = self.strategy else { return };
        let (bytes, elapsed) = std::mem::replace(&mut self.before, (self.cursor.done(), self.elapsed));
        self.attempts.push(Attempt {
            strategy,
            bytes: self.cursor.done() - bytes,
            elapsed: self.elapsed - elapsed,
            outcome,
            reason,
            call: fault.map(|fault| fault.call),
            errno: fault.map(|fault| fault.errno as i32),
        });
    }
}
