//! The Node-API binding: it converts, schedules and delegates. What is done, and how, is the core's affair.
//!
//! A transfer has a number, chosen in TypeScript. When it has settled, its outcome waits in the environment's queue, one
//! callback for all wakes JavaScript, and [`take`] hands the outcomes over: numbers in a Float64Array, words in one
//! string. A promise or an object a transfer, made through Node-API, would cost several times as much.
#![allow(missing_docs)] // the exports' documentation is lib/binding.ts, where they are used

mod encode;
mod environment;
mod request;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use encode::Numbers;
use environment::Environment;
/// An array of JavaScript's, borrowed for the call.
type Slots<'a> = &'a mut [f64];

use request::{Source, copy_request, probe_request};

/// The names behind the numbers.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Names {
    pub strategies: Vec<String>,
    pub calls: Vec<String>,
}

#[napi(catch_unwind)]
pub fn names() -> Names {
    let owned = |name: &str| name.to_owned();
    Names {
        strategies: zero_copy_rs::Strategy::ALL.iter().map(|strategy| owned(strategy.name())).collect(),
        calls: zero_copy_rs::Call::ALL.iter().map(|call| owned(call.name())).collect(),
    }
}

/// Once an environment, before anything else. `onSettled` is called when outcomes wait that nobody was told of.
#[napi(catch_unwind)]
pub fn init(env: &Env, on_settled: Function<'_, (), ()>) -> Result<()> {
    Environment::install(env, &on_settled)
}

#[napi(catch_unwind)]
pub fn copy_file(
    env: &Env,
    id: u32,
    #[napi(ts_arg_type = "string | Uint8Array | number")] source: Source<'_>,
    #[napi(ts_arg_type = "string | Uint8Array")] destination: Either<String, &[u8]>,
    #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
) -> Result<()> {
    let request = copy_request(source, destination, options);
    Environment::of(env)?.begin(env, id, |done| request?.submit(done))
}

/// On the calling thread.
#[napi(catch_unwind)]
pub fn copy_file_sync(
    #[napi(ts_arg_type = "string | Uint8Array | number")] source: Source<'_>,
    #[napi(ts_arg_type = "string | Uint8Array")] destination: Either<String, &[u8]>,
    #[napi(ts_arg_type = "Float64Array")] options: Slots<'_>,
    #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>,
) -> String {
    let result = copy_request(source, destination, options).and_then(zero_copy_rs::CopyFile::run);
    encode::settled(&mut Numbers::new(numbers), 0, &result.into())
}

#[napi(catch_unwind)]
pub fn probe(
    env: &Env,
    id: u32,
    #[napi(ts_arg_type = "string | Uint8Array | null")] path: Option<Either<String, &[u8]>>,
) -> Result<()> {
    let request = probe_request(path);
    Environment::of(env)?.begin(env, id, |done| request.submit(done).map(|()| zero_copy_rs::Handle::default()))
}

/// The next outcome: fills `numbers` and returns its words; null when none waits.
#[napi(catch_unwind)]
pub fn take(env: &Env, #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>) -> Result<Option<String>> {
    let settled = Environment::of(env)?.take(env)?;
    Ok(settled.map(|(id, outcome)| encode::settled(&mut Numbers::new(numbers), id, &outcome)))
}

/// Bytes so far, and the total or NaN; false when the transfer is not under way.
#[napi(catch_unwind)]
pub fn progress(env: &Env, id: u32, #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>) -> Result<bool> {
    let Some(handle) = Environment::of(env)?.handle(id) else { return Ok(false) };
    let mut numbers = Numbers::new(numbers);
    numbers.push(handle.bytes() as f64);
    numbers.push_or_null(handle.total().map(|total| total as f64));
    Ok(true)
}

/// Stops a transfer; it settles as aborted.
#[napi(catch_unwind)]
pub fn cancel(env: &Env, id: u32) -> Result<()> {
    if let Some(handle) = Environment::of(env)?.handle(id).cloned() {
        handle.stop();
    }
    Ok(())
}
