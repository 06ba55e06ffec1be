//! Other transfers, which begin before all that fail and end after them, on the same threads of the library.
use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};

use zero_copy_rs::{Error, ReceiveFile, Report, SendFile};

use crate::support::bytes::{difference, random};
use crate::support::place::Place;
use crate::support::process::{LIMIT, descriptors, until};

/// More than a socket takes at once.
const SIZE: usize = 3_000_003;

/// A send whose peer does not read, and a receive whose peer has not finished.
#[derive(Debug)]
pub(crate) struct Companion {
    content: Vec<u8>,
    reader: UnixStream,
    sent: Receiver<Result<Report, Error>>,
    writer: UnixStream,
    received: Receiver<Result<Report, Error>>,
    file: PathBuf,
    /// What is open without it.
    before: Vec<(i32, PathBuf)>,
}

impl Companion {
    pub(crate) fn new(place: &Place) -> Self {
        // what is opened once and for all is open then
        Self::begin(place, Vec::new()).end();
        Self::begin(place, descriptors())
    }

    fn begin(place: &Place, before: Vec<(i32, PathBuf)>) -> Self {
        let content = random(77, SIZE);
        let source = place.file("companion", &content);
        let (near, reader) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let (tell, sent) = sync_channel(1);
        let request = SendFile::new(File::open(source).unwrap(), &near).unwrap();
        let handle = request.submit(move |result| drop(tell.send(result))).unwrap();
        until("the peer has no room", || handle.bytes() > 0);
        drop(near);
        let (near, mut writer) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let (tell, received) = sync_channel(1);
        let file = place.join("companion-received");
        let request = ReceiveFile::new(&near, &file).unwrap();
        let handle = request.submit(move |result| drop(tell.send(result))).unwrap();
        writer.write_all(&content[..100]).unwrap();
        until("the first bytes have come", || handle.bytes() == 100);
        Self { content, reader, sent, writer, received, file, before }
    }

    /// And neither its pipes nor those of the others are left.
    pub(crate) fn must_be_unharmed(self) {
        let before = self.before.clone();
        self.end();
        assert_eq!(descriptors(), before);
    }

    fn end(mut self) {
        let mut got = vec![0; SIZE];
        self.reader.read_exact(&mut got).unwrap();
        assert_eq!(difference(&got, &self.content), None);
        assert_eq!(self.sent.recv_timeout(LIMIT).unwrap().unwrap().bytes, SIZE as u64);
        self.writer.write_all(&self.content[100..]).unwrap();
        self.writer.shutdown(Shutdown::Write).unwrap();
        assert_eq!(self.received.recv_timeout(LIMIT).unwrap().unwrap().bytes, SIZE as u64);
        assert_eq!(difference(&std::fs::read(&self.file).unwrap(), &self.content), None);
    }
}

/// What is open but for pipes, which transfers leave to others as long as there are any.
pub(crate) fn descriptors_but_pipes() -> Vec<(i32, PathBuf)> {
    let is_pipe = |target: &PathBuf| target.to_string_lossy().starts_with("pipe:");
    descriptors().into_iter().filter(|(_, target)| !is_pipe(target)).collect()
}
