//! Files to sockets, sockets to files, sockets to sockets: on the calling thread and on the one reactor thread, by every
//! strategy, with peers of every kind of misbehaviour. What needs other rights than a plain user's is in
//! `network_namespaces`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod aborts;
mod async_forms;
mod cold;
#[cfg(feature = "faults")]
mod faults;
mod many;
mod out_of_descriptors;
mod receive;
mod receive_refused;
mod relay;
mod relay_ends;
mod resets;
mod result;
mod route;
mod send;
mod send_ends;
mod send_sources;
mod signals;
mod stopping;
#[path = "../support/mod.rs"]
mod support;

use zero_copy_rs::{Error, ReceiveFile, Relay, RelayReport, Report, SendFile};

/// Who moves the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Driver {
    /// This thread, on sockets that block.
    Thread,
    /// This thread, on sockets that do not.
    Polling,
    /// The library's own threads, on sockets that do not block.
    Reactor,
}

impl Driver {
    const ALL: [Self; 3] = [Self::Thread, Self::Polling, Self::Reactor];

    fn may_block(self) -> bool {
        self == Self::Thread
    }

    fn send(self, request: SendFile) -> Result<Report, Error> {
        if self == Self::Reactor { result::send(request).result() } else { request.run() }
    }

    fn receive(self, request: ReceiveFile) -> Result<Report, Error> {
        if self == Self::Reactor { result::receive(request).result() } else { request.run() }
    }

    fn relay(self, request: Relay) -> Result<RelayReport, Error> {
        if self == Self::Reactor { result::relay(request).result() } else { request.run() }
    }
}
