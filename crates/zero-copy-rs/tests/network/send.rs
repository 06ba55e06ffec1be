//! Sends to sockets: every strategy, on this thread and through the reactor.

use std::fs::File;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread::JoinHandle;

use zero_copy_rs::{ErrorKind, SendFile, Strategy, send_file};

fn file_of(name: &str, size: usize) -> (PathBuf, Vec<u8>) {
    let path = std::env::temp_dir().join(format!("zero-copy-rs-send-{}-{name}", std::process::id()));
    let mut state = 7u32;
    let mut bytes = vec![0; size];
    bytes.iter_mut().for_each(|byte| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    });
    std::fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn reader(mut peer: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

const WRITES_SOCKETS: [Strategy; 4] = [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice];

#[test]
fn every_strategy_sends_every_byte_on_a_blocking_and_on_a_non_blocking_socket() {
    let (path, bytes) = file_of("every", 5_000_001);
    for strategy in WRITES_SOCKETS {
        for nonblocking in [false, true] {
            let (socket, peer) = pair();
            socket.set_nonblocking(nonblocking).unwrap();
            let got = reader(peer);
            let request = SendFile::new(File::open(&path).unwrap(), &socket).unwrap();
            let report = request.strategy(strategy).buffer_size(100_000).offset(1).run().unwrap();
            drop(socket);
            assert!(got.join().unwrap() == bytes[1..], "{strategy} {nonblocking}");
            assert_eq!((report.strategy, report.bytes), (Some(strategy), 5_000_000));
            assert_eq!((report.atomic, report.durable), (None, None));
        }
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn copies_are_said_for_loopback_and_for_a_unix_socket() {
    let (path, _) = file_of("copies", 1000);
    let (socket, peer) = pair();
    let report = send_file(File::open(&path).unwrap(), &socket).unwrap();
    assert_eq!(report.cpu_copies.count, Some(0), "{}", report.cpu_copies.basis);
    drop((socket, peer));
    let (socket, peer) = UnixStream::pair().unwrap();
    let report = send_file(File::open(&path).unwrap(), &socket).unwrap();
    assert_eq!(report.cpu_copies.count, Some(0), "{}", report.cpu_copies.basis);
    drop((socket, peer));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_reactor_sends_many_at_once_and_a_stopped_one_ends() {
    let (path, bytes) = file_of("many", 9_000_001);
    let (send, receive) = std::sync::mpsc::channel();
    let mut readers = Vec::new();
    for _ in 0..20 {
        let (socket, peer) = pair();
        socket.set_nonblocking(true).unwrap();
        readers.push(reader(peer));
        let (send, request) = (send.clone(), SendFile::from_path(&path, &socket).unwrap());
        request.submit(move |result| send.send(result).unwrap()).unwrap();
    }
    let (stalled, peer) = pair();
    stalled.set_nonblocking(true).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel();
    let handle =
        SendFile::from_path(&path, &stalled).unwrap().submit(move |result| stop.send(result).unwrap()).unwrap();
    for _ in 0..20 {
        assert_eq!(receive.recv().unwrap().unwrap().bytes, 9_000_001);
    }
    for reader in readers {
        assert!(reader.join().unwrap() == bytes);
    }
    handle.stop();
    assert_eq!(stopped.recv().unwrap().unwrap_err().kind(), ErrorKind::Aborted);
    drop(peer);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_peer_that_is_gone_is_an_error_and_no_signal() {
    let (path, _) = file_of("gone", 30_000_000);
    let (socket, peer) = pair();
    drop(peer);
    let error = SendFile::from_path(&path, &socket).unwrap().run().unwrap_err();
    assert!(matches!(error.raw_os_error(), Some(libc::EPIPE | libc::ECONNRESET)), "{error}");
    std::fs::remove_file(path).unwrap();
}
