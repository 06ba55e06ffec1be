//! The transfers that one loader of the package has under way, and their outcomes.
//!
//! An object of JavaScript's, not the environment's own data: a test runner or a bundler may load the package several
//! times in one environment, and each has its own numbers.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use zero_copy_rs::{CopyFile, Error as CoreError, Handle, benchmark::Series};

use crate::encode::{self, Numbers, Outcome};
use crate::exit;
use crate::request::{Source, copy_request, probe_request, receive_request, relay_request, send_request};

/// An array of JavaScript's, borrowed for the call.
pub(crate) type Slots<'a> = &'a mut [f64];

pub(crate) type Answer<T> = core::result::Result<T, CoreError>;
type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// What JavaScript may watch and stop: one transfer, or both directions of a relay.
pub(crate) struct Watched {
    handle: Handle,
    back: Option<Handle>,
}

impl From<Handle> for Watched {
    fn from(handle: Handle) -> Self {
        Self { handle, back: None }
    }
}

impl Watched {
    fn stop(&self) {
        self.handle.stop();
        self.back.iter().for_each(Handle::stop);
    }
}

/// What the core's threads see.
pub(crate) struct Mailbox {
    state: Mutex<State>,
    idle: Condvar,
    /// Wakes JavaScript; it does not keep its loop alive.
    wake: Wake,
    /// Where JavaScript runs: it need not be woken there, it is told by the call's own answer.
    home: ThreadId,
}

#[derive(Default)]
struct State {
    /// Of the transfers whose outcome JavaScript has not taken.
    handles: BTreeMap<u32, Watched>,
    settled: VecDeque<(u32, Outcome)>,
    /// The benchmarks that wait to be told to go on, with their files.
    benchmarks: BTreeMap<u32, Series>,
    under_way: usize,
    /// Something settled where JavaScript runs, and it was not woken for it.
    untold: bool,
    /// Somebody waits until nothing is under way: only then is it worth a system call to say so.
    ending: bool,
}

impl Mailbox {
    /// How long an ending environment waits for transfers that it has stopped: a step of theirs takes milliseconds, on a
    /// slow disk more.
    const PATIENCE: Duration = Duration::from_millis(500);

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One wake for all that wait: JavaScript takes until nothing is left.
    fn settle(&self, id: u32, outcome: Outcome) {
        let mut state = self.state();
        state.settled.push_back((id, outcome));
        state.under_way -= 1;
        let (first, ending) = (state.settled.len() == 1, state.ending);
        let at_home = std::thread::current().id() == self.home;
        state.untold |= first && at_home;
        drop(state);
        if first && !at_home {
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
        if ending {
            self.idle.notify_all();
        }
    }

    /// JavaScript is gone, or the process is about to be: what is half made is removed now.
    pub(crate) fn end(&self) {
        // the youngest first: one that waits must not begin because an older one has ended
        let watched = std::mem::take(&mut self.state().handles);
        watched.values().rev().for_each(Watched::stop);
        let mut state = self.state();
        state.ending = true;
        drop(self.idle.wait_timeout_while(state, Self::PATIENCE, |state| state.under_way > 0));
        self.state().benchmarks.clear();
    }

    /// Until JavaScript says how it goes on; an environment that is ending does not.
    pub(crate) fn keep(&self, id: u32, series: Series) {
        let mut state = self.state();
        if !state.ending {
            state.benchmarks.insert(id, series);
        }
    }

    pub(crate) fn kept(&self, id: u32) -> Option<Series> {
        self.state().benchmarks.remove(&id)
    }
}

#[napi]
#[allow(missing_debug_implementations)] // an object of JavaScript's
pub struct Transfers {
    pub(crate) mailbox: Arc<Mailbox>,
    /// Keeps the loop alive while there are handles. A second one, because counting needs it exclusively: the other is
    /// used by a worker at the very moment at which JavaScript, just woken, wants to count.
    keeper: Mutex<Wake>,
}

#[napi]
impl Transfers {
    /// `onSettled` is called when outcomes wait that it was not told of.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: &Env, on_settled: Function<'_, (), ()>) -> Result<Self> {
        let weak = || on_settled.build_threadsafe_function::<()>().weak::<true>().build();
        let mailbox = Arc::new(Mailbox {
            state: Mutex::default(),
            idle: Condvar::new(),
            wake: weak()?,
            home: std::thread::current().id(),
        });
        exit::also_at_exit(&mailbox);
        env.add_env_cleanup_hook(Arc::downgrade(&mailbox), |mailbox| {
            if let Some(mailbox) = mailbox.upgrade() {
                mailbox.end();
            }
        })?;
        Ok(Self { mailbox, keeper: Mutex::new(weak()?) })
    }

    /// Queues a copy. A number as source is a descriptor, duplicated before this returns. As for all that begin or cancel
    /// a transfer: true when outcomes wait that `onSettled` was not called for.
    #[napi(catch_unwind)]
    pub fn copy_file(
        &self,
        env: &Env,
        id: u32,
        #[napi(ts_arg_type = "string | Uint8Array | number")] source: Source<'_>,
        #[napi(ts_arg_type = "string | Uint8Array")] destination: Either<String, &[u8]>,
        #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    ) -> Result<bool> {
        let request = copy_request(source, destination, options);
        self.begin(env, id, |done| request.and_then(|request: CopyFile| request.submit(done).map(Watched::from)))
    }

    #[napi(catch_unwind)]
    pub fn probe(
        &self,
        env: &Env,
        id: u32,
        #[napi(ts_arg_type = "string | Uint8Array | null")] path: Option<Either<String, &[u8]>>,
    ) -> Result<bool> {
        let request = probe_request(path);
        self.begin(env, id, |done| request.submit(done).map(|()| Handle::default().into()))
    }

    /// Sends a file to the socket with this descriptor.
    #[napi(catch_unwind)]
    pub fn send_file(
        &self,
        env: &Env,
        id: u32,
        socket: i32,
        #[napi(ts_arg_type = "string | Uint8Array | number")] source: Source<'_>,
        #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    ) -> Result<bool> {
        let request = send_request(socket, source, options);
        self.begin(env, id, |done| request.and_then(|request| request.submit(done).map(Watched::from)))
    }

    /// Receives from the socket with this descriptor, after what JavaScript has read from it already.
    #[napi(catch_unwind)]
    pub fn receive_file(
        &self,
        env: &Env,
        id: u32,
        socket: i32,
        #[napi(ts_arg_type = "string | Uint8Array")] destination: Either<String, &[u8]>,
        prefix: &[u8],
        #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    ) -> Result<bool> {
        let request = receive_request(socket, destination, prefix, options);
        self.begin(env, id, |done| request.and_then(|request| request.submit(done).map(Watched::from)))
    }

    /// Connects two sockets, after what JavaScript has read from each already.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments)] // an object would be one more to make and to take apart
    pub fn relay(
        &self,
        env: &Env,
        id: u32,
        a: i32,
        b: i32,
        from_a: &[u8],
        from_b: &[u8],
        #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    ) -> Result<bool> {
        let request = relay_request((a, b), (from_a, from_b), options);
        self.begin(env, id, |done| {
            let request = request?;
            let (handle, back) = request.handles();
            request.submit(done)?;
            Ok(Watched { handle, back: Some(back) })
        })
    }

    /// The next outcome: fills `numbers` and returns its words; null when none waits.
    #[napi(catch_unwind)]
    pub fn take(&self, env: &Env, #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>) -> Result<Option<String>> {
        let mut state = self.mailbox.state();
        let Some((id, outcome)) = state.settled.pop_front() else { return Ok(None) };
        state.handles.remove(&id);
        let last = state.handles.is_empty();
        drop(state);
        if last {
            #[allow(deprecated)] // as in `begin`
            self.keeper().unref(env)?;
        }
        Ok(Some(encode::settled(&mut Numbers::new(numbers), id, &outcome)))
    }

    /// Bytes so far, and the total or NaN; of a relay, bytes from a to b and from b to a. False when the transfer is not under way.
    #[napi(catch_unwind)]
    pub fn progress(&self, id: u32, #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>) -> bool {
        let state = self.mailbox.state();
        let Some(Watched { handle, back }) = state.handles.get(&id) else { return false };
        let mut numbers = Numbers::new(numbers);
        numbers.push(handle.bytes() as f64);
        let second = back.as_ref().map_or_else(|| handle.total(), |back| Some(back.bytes()));
        numbers.push_or_null(second.map(|bytes| bytes as f64));
        true
    }

    /// Stops a transfer; it settles as aborted.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) -> bool {
        // taken out first: what a stop does may come back here
        let watched =
            self.mailbox.state().handles.get(&id).map(|watched| (watched.handle.clone(), watched.back.clone()));
        if let Some((handle, back)) = watched {
            Watched { handle, back }.stop();
        }
        self.is_untold()
    }

    /// To be told now, by the answer of the call that settled it.
    fn is_untold(&self) -> bool {
        std::mem::take(&mut self.mailbox.state().untold)
    }

    fn keeper(&self) -> MutexGuard<'_, Wake> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a transfer; whatever comes of it, now or later, is in the queue afterwards.
    pub(crate) fn begin<T: 'static>(
        &self,
        env: &Env,
        id: u32,
        start: impl FnOnce(Box<dyn FnOnce(Answer<T>) + Send>) -> Answer<Watched>,
    ) -> Result<bool>
    where
        Outcome: From<Answer<T>>,
    {
        let mut state = self.mailbox.state();
        state.under_way += 1;
        // in its place before it can settle
        let first = state.handles.is_empty();
        state.handles.insert(id, Handle::default().into());
        drop(state);
        if first {
            #[allow(deprecated)] // the only way to the loop's reference count; clones do not touch it
            self.keeper().refer(env)?;
        }
        let mailbox = self.mailbox.clone();
        match start(Box::new(move |result| mailbox.settle(id, result.into()))) {
            Ok(watched) => drop(self.mailbox.state().handles.insert(id, watched)),
            Err(error) => self.mailbox.settle(id, Outcome::Error(error)),
        }
        Ok(self.is_untold())
    }
}
