//! The loop: one transfer again and again, and another of its calls goes wrong each time.
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use zero_copy_rs::Faults;

use crate::errnos::{self, Wrong};

/// What was done to a transfer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    /// Which of its calls (from 1), the call's name, and what it answered.
    pub(crate) wrong: Vec<(usize, &'static str, Wrong)>,
}

impl Done {
    /// Nothing that the transfer can have noticed as a failure.
    pub(crate) fn is_harmless(&self) -> bool {
        let harmless = |wrong: &Wrong| matches!(wrong, Wrong::Short(_) | Wrong::Fails(libc::EINTR | libc::EAGAIN));
        self.wrong.iter().all(|(.., wrong)| harmless(wrong))
    }

    pub(crate) fn errnos(&self) -> impl Iterator<Item = i32> + '_ {
        self.wrong.iter().filter_map(|(.., wrong)| wrong.errno())
    }

    pub(crate) fn failed(&self, call: &str) -> bool {
        self.wrong.iter().any(|(_, name, wrong)| *name == call && wrong.errno().is_some())
    }
}

/// How many calls were failed, of each kind.
#[derive(Debug, Default)]
pub(crate) struct Count {
    calls: Cell<u64>,
    transfers: Cell<u64>,
    /// Broken promises, each told as it was found.
    broken: Cell<u64>,
    of_each: std::cell::RefCell<BTreeMap<&'static str, u64>>,
}

impl Count {
    /// For the test runner, which repeats such lines in its summary. Past libtest, which swallows what a passing test
    /// prints.
    pub(crate) fn tell(&self, what: &str) {
        assert!(self.calls.get() > 0, "{what}: no call was failed");
        assert_eq!(self.broken.get(), 0, "{what}: so many transfers broke a promise, see above");
        let (calls, transfers, kinds) = (self.calls.get(), self.transfers.get(), self.of_each.borrow().len());
        let said = format!("NOTE {what}: {calls} calls of {kinds} kinds failed, in {transfers} transfers");
        let _ = writeln!(std::io::stderr(), "{said}");
        println!("{:?}", self.of_each.borrow());
    }

    fn add(&self, done: &Done) {
        self.transfers.set(self.transfers.get() + 1);
        for (_, call, _) in &done.wrong {
            self.calls.set(self.calls.get() + 1);
            *self.of_each.borrow_mut().entry(call).or_default() += 1;
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// What one call moves at most.
    pub(crate) step: usize,
    /// A call may be told that it would have to wait.
    pub(crate) waits: bool,
}

/// Makes the transfer with nothing wrong, then with each of its calls going wrong in each way, until call N is one that
/// it does not make. Where the failed call made it go another way, that way's calls fail too. `transfer` judges what came
/// of it.
pub(crate) fn at_every_call(count: &Count, terms: Terms, transfer: &mut dyn FnMut(Faults, &Done)) {
    let calls = run(count, terms, transfer, &Done::default());
    for nth in 1..=calls.len() {
        for wrong in errnos::of(calls[nth - 1], terms.waits) {
            let once = Done { wrong: vec![(nth, calls[nth - 1], wrong)] };
            let after = run(count, terms, transfer, &once);
            count.add(&once);
            if wrong == Wrong::Fails(libc::EINVAL) && after.len() > nth {
                twice(count, terms, &once, &after, transfer);
            }
        }
    }
}

/// On the way that it took after a refusal.
fn twice(count: &Count, terms: Terms, once: &Done, calls: &[&'static str], transfer: &mut dyn FnMut(Faults, &Done)) {
    let first = once.wrong[0].0;
    for nth in first + 1..=calls.len() {
        let mut done = once.clone();
        done.wrong.push((nth, calls[nth - 1], Wrong::Fails(libc::EIO)));
        run(count, terms, transfer, &done);
        count.add(&done);
    }
}

/// The calls that it made. Now and then it makes others than the time before (threads write in the stead of `direct`): then
/// something else went wrong than was meant, and it is made once more.
fn run(count: &Count, terms: Terms, transfer: &mut dyn FnMut(Faults, &Done), done: &Done) -> Vec<&'static str> {
    for _ in 0..5 {
        let mut faults = Faults::default().short(terms.step);
        for &(nth, _, wrong) in &done.wrong {
            faults = match wrong {
                Wrong::Fails(errno) => faults.fail_at(nth, errno),
                Wrong::Short(bytes) => faults.cut_at(nth, bytes),
            };
        }
        let log = faults.log();
        let judged = catch_unwind(AssertUnwindSafe(|| transfer(faults, done)));
        let calls = log();
        if done.wrong.iter().any(|&(nth, call, _)| calls.get(nth - 1) != Some(&call)) {
            continue;
        }
        // so that one run tells of all that is wrong, unless that is everything
        if let Err(broken) = judged {
            count.broken.set(count.broken.get() + 1);
            eprintln!("{done:?} in {calls:?}");
            if count.broken.get() > 20 {
                resume_unwind(broken);
            }
        }
        return calls;
    }
    panic!("it makes other calls each time: {done:?}");
}
