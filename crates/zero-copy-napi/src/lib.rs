//! The Node-API binding: it converts, schedules and delegates. What is done, and how, is the core's affair.
//!
//! A transfer has a number, chosen in TypeScript. When it has settled, its outcome waits in a queue, one callback for all
//! wakes JavaScript, and [`Transfers::take`] hands the outcomes over: numbers in a Float64Array, words in one string. A
//! promise or an object a transfer, made through Node-API, would cost several times as much.
#![allow(missing_docs)] // the exports' documentation is lib/binding.ts, where they are used

mod benchmark;
mod encode;
mod exit;
mod request;
mod transfers;

use std::os::fd::IntoRawFd;
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use encode::Numbers;
use request::{Source, copy_request};
use transfers::Slots;

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

/// Whether closing the socket resets the connection (0), or is orderly (-1).
#[napi(catch_unwind)]
pub fn set_linger(socket: i32, seconds: i32) -> bool {
    zero_copy_rs::set_linger(
        request::borrow(socket),
        u32::try_from(seconds).ok().map(|n| Duration::from_secs(n.into())),
    )
    .is_ok()
}

/// What sending to an IP address, link-local ones with `%` and their interface, would cost: the same numbers and words as `Transfers.probe`'s, with a route behind.
#[napi(catch_unwind)]
pub fn probe_route(address: String, #[napi(ts_arg_type = "Float64Array")] numbers: Slots<'_>) -> Option<String> {
    let result = match address.split_once('%') {
        Some((address, interface)) => zero_copy_rs::probe_link_route(address.parse().ok()?, interface),
        None => zero_copy_rs::probe_route(address.parse().ok()?),
    };
    Some(encode::settled(&mut Numbers::new(numbers), 0, &result.into()))
}

/// A private duplicate of a descriptor, for the caller to close; -1: there is none to be had.
#[napi(catch_unwind)]
pub fn duplicate(fd: i32) -> i32 {
    request::borrow(fd).try_clone_to_owned().map_or(-1, |duplicate| duplicate.into_raw_fd())
}
