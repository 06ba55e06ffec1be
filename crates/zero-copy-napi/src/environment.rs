//! What belongs to one JavaScript environment (the main thread, or a worker thread): its transfers and their outcomes.
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use zero_copy_rs::{Capabilities, Error as CoreError, Handle, Report};

pub(crate) enum Outcome {
    Report(Box<Report>),
    Capabilities(Capabilities),
    Error(CoreError),
}

impl From<core::result::Result<Report, CoreError>> for Outcome {
    fn from(result: core::result::Result<Report, CoreError>) -> Self {
        result.map_or_else(Self::Error, |report| Self::Report(Box::new(report)))
    }
}

impl From<core::result::Result<Capabilities, CoreError>> for Outcome {
    fn from(result: core::result::Result<Capabilities, CoreError>) -> Self {
        result.map_or_else(Self::Error, Self::Capabilities)
    }
}

type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// What the core's threads see of an environment.
struct Mailbox {
    state: Mutex<State>,
    idle: Condvar,
    wake: Mutex<Wake>,
}

#[derive(Default)]
struct State {
    settled: VecDeque<(u32, Outcome)>,
    under_way: usize,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) -> MutexGuard<'_, Wake> {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One wake for all that wait: JavaScript takes until nothing is left.
    fn settle(&self, id: u32, outcome: Outcome) {
        let mut state = self.state();
        state.settled.push_back((id, outcome));
        state.under_way -= 1;
        let first = state.settled.len() == 1;
        drop(state);
        if first {
            self.wake().call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
        self.idle.notify_all();
    }

    /// How long an ending environment waits for transfers that it has stopped: a step of theirs takes milliseconds, on a
    /// slow disk more.
    const PATIENCE: Duration = Duration::from_millis(500);

    fn wait_until_idle(&self) {
        let under_way = |state: &mut State| state.under_way > 0;
        drop(self.idle.wait_timeout_while(self.state(), Self::PATIENCE, under_way));
    }
}

pub(crate) struct Environment {
    mailbox: Arc<Mailbox>,
    /// Of the transfers that JavaScript waits for; while there are any, they keep its loop alive.
    handles: HashMap<u32, Handle>,
}

impl Environment {
    pub(crate) fn install(env: &Env, on_settled: &Function<'_, (), ()>) -> Result<()> {
        let wake = on_settled.build_threadsafe_function::<()>().weak::<true>().build()?;
        let mailbox = Arc::new(Mailbox { state: Mutex::default(), idle: Condvar::new(), wake: Mutex::new(wake) });
        env.set_instance_data(Self { mailbox, handles: HashMap::new() }, (), |_| {})?;
        env.add_env_cleanup_hook(*env, |env| {
            if let Ok(environment) = Self::of(&env) {
                environment.end();
            }
        })?;
        Ok(())
    }

    pub(crate) fn of(env: &Env) -> Result<&'static mut Self> {
        env.get_instance_data()?.ok_or_else(|| Error::from_reason("init() has not been called in this environment"))
    }

    /// Starts a transfer; whatever comes of it, now or later, is in the queue afterwards.
    pub(crate) fn begin<T: 'static>(
        &mut self,
        env: &Env,
        id: u32,
        start: impl FnOnce(
            Box<dyn FnOnce(core::result::Result<T, CoreError>) + Send>,
        ) -> core::result::Result<Handle, CoreError>,
    ) -> Result<()>
    where
        Outcome: From<core::result::Result<T, CoreError>>,
    {
        if self.handles.is_empty() {
            #[allow(deprecated)] // the only way to the reference count of the loop; clones do not touch it
            self.mailbox.wake().refer(env)?;
        }
        self.mailbox.state().under_way += 1;
        let mailbox = self.mailbox.clone();
        let started = start(Box::new(move |result| mailbox.settle(id, result.into())));
        let handle = started.unwrap_or_else(|error| {
            self.mailbox.settle(id, Outcome::Error(error));
            Handle::default()
        });
        self.handles.insert(id, handle);
        Ok(())
    }

    pub(crate) fn take(&mut self, env: &Env) -> Result<Option<(u32, Outcome)>> {
        let Some((id, outcome)) = self.mailbox.state().settled.pop_front() else { return Ok(None) };
        self.handles.remove(&id);
        if self.handles.is_empty() {
            #[allow(deprecated)] // as in `begin`
            self.mailbox.wake().unref(env)?;
        }
        Ok(Some((id, outcome)))
    }

    pub(crate) fn handle(&self, id: u32) -> Option<&Handle> {
        self.handles.get(&id)
    }

    /// JavaScript is gone, or the process is about to: what is half made is removed now.
    fn end(&mut self) {
        self.handles.values().for_each(Handle::stop);
        self.mailbox.wait_until_idle();
    }
}
