//! Drives any number of transfers on one thread, with
//! [`epoll(7)`](https://man7.org/linux/man-pages/man7/epoll.7.html): a slow peer occupies a few hundred bytes, no thread.
//!
//! An end is watched from its first would-block on, edge-triggered, by the job's own duplicate of its descriptor. What
//! would wait for a disk goes to a few threads that may ([`workers::DISK`]), and comes back.
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};

use super::{Budget, Job, Turn, workers};
use crate::error::{Error, Named};
use crate::strategy::Ready;
use crate::sys::signals;

/// What one transfer may move before the others have their turn.
const TURN: u64 = 2 << 20;

/// The waker's number; jobs count from 0.
const WAKE: u64 = u64::MAX;

pub(crate) type Done = Box<dyn FnOnce(Job, Result<(), Error>) + Send>;

struct Entry {
    job: Job,
    done: Done,
    /// Which ends epoll knows: readable source, writable sink.
    watched: [bool; 2],
}

enum Message {
    Add(u64, Box<Entry>),
    /// A thread that may wait for a disk took its turn for it.
    Turned(u64, Box<Entry>, Turn),
    /// Its handle was stopped.
    Look(u64),
    At(Ring, Timer),
    CalledOff(Ring),
}

type Timer = Box<dyn FnOnce() + Send>;

/// Names a timer: by time, and by a number where times are equal.
pub(crate) type Ring = (Instant, u64);

/// The one reactor of the process.
pub(crate) struct Reactor {
    messages: Mutex<Vec<Message>>,
    next: AtomicU64,
    waker: EventFd,
}

impl Reactor {
    /// Started by the first who needs it.
    pub(crate) fn get() -> Result<&'static Self, Error> {
        static REACTOR: OnceLock<Reactor> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reactor) = REACTOR.get() {
            return Ok(reactor);
        }
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).named("epoll_create1")?;
        let waker = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC).named("eventfd2")?;
        epoll.add(&waker, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, WAKE)).named("epoll_ctl")?;
        // the reactor is there only if its thread is: who comes after a failure tries again
        let run = || Loop::new(epoll, REACTOR.wait()).run();
        let spawned = std::thread::Builder::new().name("zero-copy-io".into()).spawn(run);
        spawned
            .map_err(|error| Error::kernel("clone3", error.raw_os_error().map_or(Errno::EAGAIN, Errno::from_raw)))?;
        Ok(REACTOR.get_or_init(|| Self { messages: Mutex::default(), next: AtomicU64::new(0), waker }))
    }

    /// Takes the job over; `done` is called on the reactor's thread.
    pub(crate) fn add(&'static self, mut job: Job, done: Done) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        job.never_wait_for_disk();
        // before it can end: `done` may give the handle another meaning
        job.handle().on_stop(move || self.post(Message::Look(id)));
        self.post(Message::Add(id, Box::new(Entry { job, done, watched: [false; 2] })));
    }

    /// Calls `timer` on the reactor's thread, not before `time`.
    pub(crate) fn at(&self, time: Instant, timer: Timer) -> Ring {
        let ring = (time, self.next.fetch_add(1, Ordering::Relaxed));
        self.post(Message::At(ring, timer));
        ring
    }

    /// Lets go what the timer held, unless it has rung.
    pub(crate) fn call_off(&self, ring: Ring) {
        self.post(Message::CalledOff(ring));
    }

    fn post(&self, message: Message) {
        self.messages().push(message);
        let _ = self.waker.write(1);
    }

    fn messages(&self) -> MutexGuard<'_, Vec<Message>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's own state.
struct Loop {
    epoll: Epoll,
    reactor: &'static Reactor,
    entries: HashMap<u64, Box<Entry>>,
    /// Those that another thread has for now, and whether one was called meanwhile: by an event, which does not come
    /// twice, or by a stop.
    away: HashMap<u64, bool>,
    ready: VecDeque<u64>,
    timers: BTreeMap<Ring, Timer>,
}

impl Loop {
    fn new(epoll: Epoll, reactor: &'static Reactor) -> Self {
        let (entries, away) = (HashMap::new(), HashMap::new());
        Self { epoll, reactor, entries, away, ready: VecDeque::new(), timers: BTreeMap::new() }
    }

    fn run(mut self) {
        signals::block_for_good();
        let mut events = [EpollEvent::empty(); 256];
        loop {
            let timeout = self.patience();
            let n = self.epoll.wait(&mut events, timeout).unwrap_or(0); // EINTR
            self.ready.extend(events[..n].iter().map(EpollEvent::data).filter(|&id| id != WAKE));
            self.read_messages();
            self.ring();
            for _ in 0..self.ready.len() {
                if let Some(id) = self.ready.pop_front() {
                    self.burst(id);
                }
            }
        }
    }

    /// Until the next timer; not at all while a job has something to do.
    fn patience(&self) -> EpollTimeout {
        let next = self.timers.first_key_value().map(|((time, _), _)| time.saturating_duration_since(Instant::now()));
        match next {
            _ if !self.ready.is_empty() => EpollTimeout::ZERO,
            // rounded up: a timer is not called before its time
            Some(left) => EpollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(EpollTimeout::MAX),
            None => EpollTimeout::NONE,
        }
    }

    fn ring(&mut self) {
        while let Some(first) = self.timers.first_entry().filter(|first| first.key().0 <= Instant::now()) {
            let timer = first.remove();
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(timer));
        }
    }

    fn read_messages(&mut self) {
        let _ = self.reactor.waker.read();
        let messages = std::mem::take(&mut *self.reactor.messages());
        for message in messages {
            match message {
                Message::Add(id, entry) => {
                    self.entries.insert(id, entry);
                    self.ready.push_back(id);
                }
                Message::Turned(id, entry, turn) => match (self.away.remove(&id), turn) {
                    (Some(true), Turn::Wait(_)) => self.turned(id, entry, Turn::More),
                    (_, turn) => self.turned(id, entry, turn),
                },
                Message::Look(id) => self.ready.push_back(id),
                Message::At(ring, timer) => drop(self.timers.insert(ring, timer)),
                Message::CalledOff(ring) => drop(self.timers.remove(&ring)),
            }
        }
    }

    fn burst(&mut self, id: u64) {
        let Some(mut entry) = self.entries.remove(&id) else {
            self.away.get_mut(&id).into_iter().for_each(|called| *called = true);
            return;
        };
        if entry.job.writes_to_disk() {
            return self.elsewhere(id, entry, turn);
        }
        let turn = turn(&mut entry);
        self.turned(id, entry, turn);
    }

    fn turned(&mut self, id: u64, mut entry: Box<Entry>, turn: Turn) {
        match turn {
            Turn::More => {
                self.ready.push_back(id);
                self.entries.insert(id, entry);
            }
            Turn::Wait(ready) => match self.watch(id, &mut entry, ready) {
                Ok(()) => drop(self.entries.insert(id, entry)),
                Err(error) => self.finish(entry, Err(error)),
            },
            Turn::Cold => self.elsewhere(id, entry, warm),
            Turn::Done(result) => self.finish(entry, result),
        }
    }

    /// Adding an end that is ready already is an event too, so nothing is missed between the call and this.
    fn watch(&self, id: u64, entry: &mut Entry, ready: Ready) -> Result<(), Error> {
        let (nth, interest) = match ready {
            Ready::Readable => (0, EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP),
            Ready::Writable => (1, EpollFlags::EPOLLOUT),
        };
        if !entry.watched[nth] {
            let event = EpollEvent::new(interest | EpollFlags::EPOLLET, id);
            self.epoll.add(entry.job.end(ready), event).named("epoll_ctl")?;
            entry.watched[nth] = true;
        }
        Ok(())
    }

    /// Hands the job to a thread that may wait for a disk.
    fn elsewhere(&mut self, id: u64, entry: Box<Entry>, act: fn(&mut Entry) -> Turn) {
        let reactor = self.reactor;
        self.away.insert(id, false);
        let parked = Arc::new(Mutex::new(Some(entry)));
        let taken = parked.clone();
        let take = |parked: &Mutex<Option<Box<Entry>>>| parked.lock().unwrap_or_else(PoisonError::into_inner).take();
        let task = move || {
            if let Some(mut entry) = take(&taken) {
                let turn = act(&mut entry);
                reactor.post(Message::Turned(id, entry, turn));
            }
        };
        let queued = workers::DISK.submit(Box::new(task));
        if let Err(error) = queued
            && let Some(entry) = take(&parked)
        {
            self.away.remove(&id);
            self.finish(entry, Err(error));
        }
    }

    /// The open file outlives our duplicate of its descriptor, and epoll would go on watching it.
    fn finish(&mut self, entry: Box<Entry>, result: Result<(), Error>) {
        for (nth, ready) in [Ready::Readable, Ready::Writable].into_iter().enumerate() {
            if entry.watched[nth] {
                let _ = self.epoll.delete(entry.job.end(ready).as_fd());
            }
        }
        let Entry { job, done, .. } = *entry;
        let writes = job.writes_to_disk();
        let end = move || drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| done(job, result))));
        // giving a file its name, or removing it, may wait for the disk: ext4 writes out what replaces another file
        if writes { by_disk_thread(end) } else { end() }
    }
}

/// Here, if there is no such thread.
fn by_disk_thread(task: impl FnOnce() + Send + 'static) {
    let parked = Arc::new(Mutex::new(Some(task)));
    let taken = parked.clone();
    if workers::DISK.submit(Box::new(move || run(&taken))).is_err() {
        run(&parked);
    }
}

fn run(parked: &Mutex<Option<impl FnOnce()>>) {
    let task = parked.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(task) = task {
        task();
    }
}

/// A panic is contained, and ends this transfer alone.
fn turn(entry: &mut Entry) -> Turn {
    let turn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| entry.job.burst(Budget::bytes(TURN))));
    turn.unwrap_or_else(|_| Turn::Done(Err(Error::panicked())))
}

fn warm(entry: &mut Entry) -> Turn {
    if !entry.job.handle().stopped() {
        entry.job.warm();
    }
    Turn::More
}
