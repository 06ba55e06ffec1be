//! Threads that wait so that others need not: ours, parked between tasks, three pools a process.
//!
//! Not the host's pool (libuv's four threads also serve its `fs` and `dns`), and not a thread a transfer (3-4 ms at the
//! 90th percentile under load). What waits for a thread holds no descriptor, because nothing is opened before it runs.
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use nix::errno::Errno;

use super::Handle;
use crate::error::Error;
use crate::sys::signals;

pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// Names a task that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticket(u64);

struct State {
    queue: VecDeque<(Ticket, Task)>,
    next: u64,
    threads: usize,
    parked: usize,
}

pub(crate) struct Workers {
    name: &'static str,
    limit: fn() -> usize,
    state: Mutex<State>,
    work: Condvar,
}

/// Whole requests run here: copies, and what else opens files.
pub(crate) static COPIERS: Workers = Workers::new("zero-copy", copiers);

/// They wait for disks in the reactor's stead.
pub(crate) static DISK: Workers = Workers::new("zero-copy-disk", || 4);

/// `ZERO_COPY_RS_THREADS`, else as many as can run at once, at most four: more never helped a disk.
fn copiers() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let asked = std::env::var("ZERO_COPY_RS_THREADS").ok().and_then(|text| text.trim().parse().ok());
        let own = || std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
        asked.filter(|&threads| threads > 0).unwrap_or_else(own)
    })
}

/// They wait for the disk to take what is written past the page cache. So many writes are under way in the whole process
/// at most: more never helped a disk.
pub(crate) static WRITERS: Workers = Workers::new("zero-copy-write", || 4);

impl Workers {
    const fn new(name: &'static str, limit: fn() -> usize) -> Self {
        let state = State { queue: VecDeque::new(), next: 0, threads: 0, parked: 0 };
        Self { name, limit, state: Mutex::new(state), work: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `task` on a thread, after those that came before. Fails only if there is no thread at all and none can be had.
    pub(crate) fn submit(&'static self, task: Task) -> Result<(), Error> {
        let ticket = self.ticket();
        self.queue(ticket, task)
    }

    /// A task that `handle` stops while it waits: then it runs at once, where it is stopped, and is to end before it opens
    /// anything. This is said before a thread can begin the task: what that thread then says takes its place.
    pub(crate) fn submit_stoppable(&'static self, handle: &Handle, task: Task) -> Result<(), Error> {
        let ticket = self.ticket();
        let withdraw = move || self.withdraw(ticket).into_iter().for_each(|task| task());
        handle.on_stop(withdraw);
        self.queue(ticket, task)?;
        if handle.stopped() {
            withdraw(); // the stop came before there was anything to take back
        }
        Ok(())
    }

    fn ticket(&self) -> Ticket {
        let mut state = self.lock();
        state.next += 1;
        Ticket(state.next)
    }

    fn queue(&'static self, ticket: Ticket, task: Task) -> Result<(), Error> {
        let mut state = self.lock();
        if state.parked <= state.queue.len() && state.threads < (self.limit)() {
            match std::thread::Builder::new().name(self.name.into()).spawn(|| self.work()) {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    let errno = error.raw_os_error().map_or(Errno::EAGAIN, Errno::from_raw);
                    return Err(Error::kernel("clone3", errno));
                }
                Err(_) => {} // those that are there do it later
            }
        }
        state.queue.push_back((ticket, task));
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Takes back a task that no thread has begun.
    fn withdraw(&self, ticket: Ticket) -> Option<Task> {
        let mut state = self.lock();
        let at = state.queue.iter().position(|(waiting, _)| *waiting == ticket)?;
        state.queue.remove(at).map(|(_, task)| task)
    }

    fn work(&self) {
        signals::block_for_good();
        let mut state = self.lock();
        loop {
            let Some((_, task)) = state.queue.pop_front() else {
                state.parked += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.parked -= 1;
                continue;
            };
            drop(state);
            // a panic is the task's own affair, which has caught it; a thread outlives it in any case
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(task));
            state = self.lock();
        }
    }
}
