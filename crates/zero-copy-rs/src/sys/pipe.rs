//! The pipes between the two halves of a splice, lent from a pool of the process.
//!
//! All pipes of a user share one allowance (`pipe-user-pages-soft`, 64 MiB by default): who takes 1 MiB for each
//! transfer leaves 8 KiB for every later one. So a mover borrows a pipe for as long as bytes are in it and gives it back
//! empty; together the pool's pipes hold at most 16 MiB. When no mover is left, none is open.
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// What a pipe is asked to hold. The default of 64 KiB costs twice the calls; more is not faster.
const CAPACITY: i32 = 256 << 10;
/// So many pipes of [`CAPACITY`] are 16 MiB. Further ones keep the capacity that every pipe has.
const LARGE: usize = 64;

static LARGE_OPEN: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) read: OwnedFd,
    pub(crate) write: OwnedFd,
    pub(crate) capacity: usize,
    is_large: bool,
}

impl Pipe {
    /// EPERM (the user's allowance is used up) is no error: the pipe keeps the capacity it has.
    fn open() -> nix::Result<Self> {
        let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        let is_large = LARGE_OPEN.fetch_add(1, Ordering::Relaxed) < LARGE;
        let mut pipe = Self { read, write, capacity: 0, is_large: true };
        if !is_large {
            pipe.is_large = false;
            LARGE_OPEN.fetch_sub(1, Ordering::Relaxed);
        }
        let asked = if is_large { FcntlArg::F_SETPIPE_SZ(CAPACITY) } else { FcntlArg::F_GETPIPE_SZ };
        let capacity = fcntl(&pipe.write, asked).or_else(|_| fcntl(&pipe.write, FcntlArg::F_GETPIPE_SZ))?;
        pipe.capacity = capacity as usize;
        Ok(pipe)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if self.is_large {
            LARGE_OPEN.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[derive(Debug)]
struct Pool {
    idle: Vec<Pipe>,
    borrowers: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { idle: Vec::new(), borrowers: 0 });

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A mover's right to borrow pipes.
#[derive(Debug)]
pub(crate) struct Borrower(());

impl Borrower {
    pub(crate) fn new() -> Self {
        pool().borrowers += 1;
        Self(())
    }

    pub(crate) fn borrow(&self) -> nix::Result<Pipe> {
        let idle = pool().idle.pop();
        idle.map_or_else(Pipe::open, Ok)
    }

    /// `pipe` must be empty: the next borrower would find another transfer's bytes in it.
    pub(crate) fn give_back(&self, pipe: Pipe) {
        if pipe.is_large {
            pool().idle.push(pipe);
        }
    }
}

impl Drop for Borrower {
    fn drop(&mut self) {
        let mut pool = pool();
        pool.borrowers -= 1;
        if pool.borrowers == 0 {
            pool.idle.clear();
        }
    }
}
