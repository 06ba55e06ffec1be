//! Stopping, watching and scheduling: a handle's word counts at once, and workers outlive whatever happens on them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod environment;
mod progress;
mod stop;
#[path = "../support/mod.rs"]
mod support;
mod workers;

use zero_copy_rs::CopyFile;

use support::bytes::random;
use support::fifo::Fifo;
use support::place::Place;

/// A copy that moves a pipe full and then waits until somebody reads, and its source's content.
struct Stuck {
    place: Place,
    fifo: Fifo,
    content: Vec<u8>,
}

impl Stuck {
    fn new() -> Self {
        let place = Place::anywhere();
        let content = random(1, 1_000_003);
        place.file("source", &content);
        Self { fifo: Fifo::new(&place.join("fifo")), place, content }
    }

    fn copy(&self) -> CopyFile {
        CopyFile::new(self.place.join("source"), self.fifo.path())
    }
}
