//! The threads that copies run on: ours, parked between copies, one pool a process.
//!
//! Not the host's pool (libuv's four threads also serve its `fs` and `dns`), and not a thread a copy (3-4 ms at the
//! 90th percentile under load). What waits for a thread holds no descriptor, because nothing is opened before it runs.
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use nix::errno::Errno;

use crate::error::Error;
use crate::sys::signals;

pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// Names a task that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

#[derive(Default)]
struct State {
    queue: VecDeque<(Ticket, Task)>,
    next: u64,
    threads: usize,
    parked: usize,
}

struct Workers {
    state: Mutex<State>,
    work: Condvar,
}

static WORKERS: Workers = Workers {
    state: Mutex::new(State { queue: VecDeque::new(), next: 0, threads: 0, parked: 0 }),
    work: Condvar::new(),
};

/// `ZERO_COPY_RS_THREADS`, else as many as can run at once, at most four: more never helped a disk.
fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let asked = std::env::var("ZERO_COPY_RS_THREADS").ok().and_then(|text| text.trim().parse().ok());
        let own = || std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
        asked.filter(|&threads| threads > 0).unwrap_or_else(own)
    })
}

/// A name for a task to come: who wants to withdraw it says so before a worker can begin it.
pub(crate) fn ticket() -> Ticket {
    let mut state = WORKERS.lock();
    state.next += 1;
    Ticket(state.next)
}

/// Runs `task` on a worker, after those that came before. Fails only if there is no thread at all and none can be had.
pub(crate) fn submit(ticket: Ticket, task: Task) -> Result<(), Error> {
    let mut state = WORKERS.lock();
    if state.parked <= state.queue.len() && state.threads < limit() {
        match std::thread::Builder::new().name("zero-copy".into()).spawn(work) {
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
    WORKERS.work.notify_one();
    Ok(())
}

/// Takes back a task that no worker has begun.
pub(crate) fn withdraw(ticket: Ticket) -> Option<Task> {
    let mut state = WORKERS.lock();
    let at = state.queue.iter().position(|(waiting, _)| *waiting == ticket)?;
    state.queue.remove(at).map(|(_, task)| task)
}

fn work() {
    signals::block_for_good();
    let mut state = WORKERS.lock();
    loop {
        let Some((_, task)) = state.queue.pop_front() else {
            state.parked += 1;
            state = WORKERS.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.parked -= 1;
            continue;
        };
        drop(state);
        // a panic is the task's own affair, which has caught it; a worker outlives it in any case
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(task));
        state = WORKERS.lock();
    }
}

impl Workers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
