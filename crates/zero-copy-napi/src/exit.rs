//! What is half made is removed when the process exits.
//!
//! Node runs an environment's cleanup hooks when a worker thread ends and when its loop runs dry, but not on
//! `process.exit()` or a fatal error of the main thread: those call C's `exit`, which runs what
//! [`atexit(3)`](https://man7.org/linux/man-pages/man3/atexit.3.html) was given.
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use crate::transfers::Mailbox;

static LIVE: Mutex<Vec<Weak<Mailbox>>> = Mutex::new(Vec::new());

pub(crate) fn also_at_exit(mailbox: &Arc<Mailbox>) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    live.retain(|mailbox| mailbox.strong_count() > 0);
    live.push(Arc::downgrade(mailbox));
}

#[allow(unsafe_code)] // a function for the C library to call
fn register() {
    // SAFETY: the function lives as long as the process: this library is linked so that it is never unloaded.
    unsafe { libc::atexit(end_all) };
}

extern "C" fn end_all() {
    let live = std::mem::take(&mut *LIVE.lock().unwrap_or_else(PoisonError::into_inner));
    let _ = std::panic::catch_unwind(|| live.iter().filter_map(Weak::upgrade).for_each(|mailbox| mailbox.end()));
}
