//! What becomes of a destination: it appears, or is replaced, whole, or it is written in place and the report says why;
//! and whatever fails, the old file stays as it was and nothing else is left. Copies and receives go the same way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
#[cfg(feature = "faults")]
mod faults;
mod full;
mod fuse;
#[path = "../support/fuse.rs"]
mod fuse_server;
mod given;
mod in_place;
mod killed;
mod odd_places;
mod preserve;
mod snapshot;
#[path = "../support/mod.rs"]
mod support;
mod together;
mod whole;

use std::path::Path;

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, ReceiveFile, Report};

use support::sockets::{tcp, writer};

/// Who makes a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Copy,
    Receive,
}

/// What is asked of it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    atomic: Atomic,
    overwrite: bool,
    durable: bool,
}

const ASKED: Asked = Asked { atomic: Atomic::Auto, overwrite: true, durable: false };

impl Maker {
    const BOTH: [Self; 2] = [Self::Copy, Self::Receive];

    /// The bytes of `source` become `destination`.
    fn make(self, source: &Path, destination: &Path, asked: Asked) -> Result<Report, Error> {
        match self {
            Self::Copy => copy(source, destination, asked).run(),
            Self::Receive => {
                let (near, far) = tcp();
                let sending = writer(&far, std::fs::read(source).unwrap());
                let request = ReceiveFile::new(&near, destination).unwrap();
                let Asked { atomic, overwrite, durable } = asked;
                let result = request.atomic(atomic).overwrite(overwrite).durable(durable).run();
                drop((near, far));
                sending.join().unwrap();
                result
            }
        }
    }
}

fn copy(source: &Path, destination: &Path, Asked { atomic, overwrite, durable }: Asked) -> CopyFile {
    CopyFile::new(source, destination).atomic(atomic).overwrite(overwrite).durable(durable)
}

/// `atomic: true` is refused for this reason.
fn is_unavailable(error: &Error, reason: &str) {
    assert_eq!((error.kind(), error.description()), (ErrorKind::AtomicUnavailable, reason), "{error}");
    assert_eq!(error.bytes(), 0);
}
