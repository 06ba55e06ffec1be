//! The transfers that one loader of the package has under way, and their outcomes.
//!
//! An object of JavaScript's, not the environment's own data: a test runner or a bundler may load the package several
//! times in one environment, and each has its own numbers.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use zero_copy_rs::{CopyFile, Error as CoreError, Handle};

use crate::encode::{self, Numbers, Outcome};
use crate::exit;
use crate::request::{Source, copy_request, probe_request};

/// An array of JavaScript's, borrowed for the call.
pub(crate) type Slots<'a> = &'a mut [f64];

type Answer<T> = core::result::Result<T, CoreError>;
type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// What the core's threads see.
pub(crate) struct Mailbox {
    state: Mutex<State>,
    idle: Condvar,
    /// Wakes JavaScript; it does not keep its loop alive.
    wake: Wake,
}

#[derive(Default)]
struct State {
    /// Of the transfers whose outcome JavaScript has not taken.
    handles: BTreeMap<u32, Handle>,
    settled: VecDeque<(u32, Outcome)>,
    under_way: usize,
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
        drop(state);
        if first {
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
        if ending {
            self.idle.notify_all();
        }
    }

    /// JavaScript is gone, or the process is about to be: what is half made is removed now.
    pub(crate) fn end(&self) {
        // the youngest first: one that waits must not begin because an older one has ended
        let handles: Vec<_> = self.state().handles.values().rev().cloned().collect();
        handles.iter().for_each(Handle::stop);
        let mut state = self.state();
        state.ending = true;
        drop(self.idle.wait_timeout_while(state, Self::PATIENCE, |state| state.under_way > 0));
    }
}

#[napi]
#[allow(missing_debug_implementations)] // an object of JavaScript's
pub struct Transfers {
    mailbox: Arc<Mailbox>,
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
        let mailbox = Arc::new(Mailbox { state: Mutex::default(), idle: Condvar::new(), wake: weak()? });
        exit::also_at_exit(&mailbox);
        env.add_env_cleanup_hook(Arc::downgrade(&mailbox), |mailbox| {
            if let Some(mailbox) = mailbox.upgrade() {
                mailbox.end();
            }
        })?;
        Ok(Self { mailbox, keeper: Mutex::new(weak()?) })
    }

    /// Queues a copy. A number as source is a descriptor, duplicated before this returns.
    #[napi(catch_unwind)]
    pub fn copy_file(
        &self,
        env: &Env,
        id: u32,
        #[napi(ts_arg_type = "string | Uint8Array | number")] source: Source<'_>,
        #[napi(ts_arg_type = "string | Uint8Array")] destination: Either<String, &[u8]>,
        #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    ) -> Result<()> {
        let request = copy_request(source, destination, options);
        self.begin(env, id, |done| request.and_then(|request: CopyFile| request.submit(done)))
    }

    #[napi(catch_unwind)]
    pub fn probe(
        &self,
        env: &Env,
        id: u32,
        #[napi(ts_arg_type = "string | Uint8Array | null")] path: Option<Either<String, &[u8]>>,
    ) -> Result<()> {
        let request = probe_request(path);
        self.begin(env, id, |done| request.submit(done).map(|()| Handle::default()))
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

    /// Bytes so far, and the total or NaN; false when the transfer is not under way.
    #[napi(catch_unwind)]
    pub fn progress(&self, id: u32, #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>) -> bool {
        let Some(handle) = self.handle(id) else { return false };
        let mut numbers = Numbers::new(numbers);
        numbers.push(handle.bytes() as f64);
        numbers.push_or_null(handle.total().map(|total| total as f64));
        true
    }

    /// Stops a transfer; it settles as aborted.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        if let Some(handle) = self.handle(id) {
            handle.stop();
        }
    }

    fn keeper(&self) -> MutexGuard<'_, Wake> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, id: u32) -> Option<Handle> {
        self.mailbox.state().handles.get(&id).cloned()
    }

    /// Starts a transfer; whatever comes of it, now or later, is in the queue afterwards.
    fn begin<T: 'static>(
        &self,
        env: &Env,
        id: u32,
        start: impl FnOnce(Box<dyn FnOnce(Answer<T>) + Send>) -> Answer<Handle>,
    ) -> Result<()>
    where
        Outcome: From<Answer<T>>,
    {
        let mut state = self.mailbox.state();
        state.under_way += 1;
        // in its place before it can settle
        let first = state.handles.is_empty();
        state.handles.insert(id, Handle::default());
        drop(state);
        if first {
            #[allow(deprecated)] // the only way to the loop's reference count; clones do not touch it
            self.keeper().refer(env)?;
        }
        let mailbox = self.mailbox.clone();
        match start(Box::new(move |result| mailbox.settle(id, result.into()))) {
            Ok(handle) => drop(self.mailbox.state().handles.insert(id, handle)),
            Err(error) => self.mailbox.settle(id, Outcome::Error(error)),
        }
        Ok(())
    }
}
