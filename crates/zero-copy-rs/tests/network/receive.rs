//! Receiving into a file, and relaying between two sockets.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;

use zero_copy_rs::{ErrorKind, ReceiveFile, Relay, Strategy};

fn directory(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("zero-copy-rs-receive-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

fn pair(nonblocking: bool) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = listener.accept().unwrap().0;
    server.set_nonblocking(nonblocking).unwrap();
    (client, server)
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn names(directory: &PathBuf) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_is_received_whole_by_each_strategy_on_a_blocking_and_a_non_blocking_socket() {
    let directory = directory("whole");
    let data = bytes(3_000_001);
    for strategy in [Strategy::Splice, Strategy::ReadWrite] {
        for nonblocking in [false, true] {
            let (mut client, server) = pair(nonblocking);
            let sent = data.clone();
            let sender = std::thread::spawn(move || client.write_all(&sent).unwrap());
            let request = ReceiveFile::new(&server, directory.join("a")).unwrap().strategy(strategy);
            let (send, receive) = std::sync::mpsc::channel();
            request.prefix(b"before".to_vec()).submit(move |result| send.send(result).unwrap()).unwrap();
            let report = receive.recv().unwrap().unwrap();
            sender.join().unwrap();
            assert_eq!((report.bytes, report.atomic), (3_000_007, Some(true)), "{strategy} {nonblocking}");
            let got = fs::read(directory.join("a")).unwrap();
            assert!(got[..6] == *b"before" && got[6..] == data);
            assert_eq!(names(&directory), ["a"]);
        }
    }
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_short_stream_too_many_bytes_and_a_reset_leave_the_old_file_and_nothing_else() {
    let directory = directory("kept");
    fs::write(directory.join("a"), "old").unwrap();
    let receive = |server: &TcpStream| ReceiveFile::new(server, directory.join("a")).unwrap();
    let (mut client, server) = pair(true);
    client.write_all(b"12345").unwrap();
    drop(client);
    assert_eq!(receive(&server).length(6).run().unwrap_err().kind(), ErrorKind::SourceTruncated);
    let (mut client, server) = pair(true);
    client.write_all(b"12345").unwrap();
    assert_eq!(receive(&server).max_bytes(4).run().unwrap_err().kind(), ErrorKind::SizeExceeded);
    let (mut client, mut server) = pair(true);
    client.write_all(b"12345").unwrap();
    server.write_all(b"unread").unwrap();
    drop(client); // with unread bytes: a reset
    let error = receive(&server).run().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ECONNRESET), "{error}");
    assert_eq!(fs::read(directory.join("a")).unwrap(), b"old");
    assert_eq!(names(&directory), ["a"]);
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn with_a_length_later_bytes_stay_in_the_socket() {
    let directory = directory("length");
    let (mut client, mut server) = pair(false);
    client.write_all(b"12345678").unwrap();
    let report = ReceiveFile::new(&server, directory.join("a")).unwrap().length(5).run().unwrap();
    assert_eq!(report.bytes, 5);
    let mut rest = [0; 3];
    server.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"678");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_relay_moves_both_ways_and_keeps_half_closes() {
    for nonblocking in [false, true] {
        let ((mut left, a), (mut right, b)) = (pair(nonblocking), pair(nonblocking));
        let relaying = Relay::new(&a, &b).unwrap().prefixes(b"hello ".to_vec(), Vec::new());
        let relay = std::thread::spawn(move || relaying.run().unwrap());
        let data = bytes(4_000_003);
        let sent = data.clone();
        let mut writer = left.try_clone().unwrap();
        let sender = std::thread::spawn(move || {
            writer.write_all(&sent).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut got = Vec::new();
        right.read_to_end(&mut got).unwrap(); // ends by the half-close alone
        assert!(got[..6] == *b"hello " && got[6..] == data);
        sender.join().unwrap();
        right.write_all(b"and back").unwrap();
        drop(right);
        let mut back = String::new();
        left.read_to_string(&mut back).unwrap();
        assert_eq!(back, "and back");
        let report = relay.join().unwrap();
        assert_eq!((report.a_to_b.bytes, report.b_to_a.bytes), (4_000_009, 8));
        drop((a, b));
    }
}

#[test]
fn an_idle_relay_times_out() {
    let ((left, a), (right, b)) = (pair(true), pair(true));
    let error = Relay::new(&a, &b).unwrap().idle_timeout(std::time::Duration::from_millis(20)).run().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT), "{error}");
    drop((left, right));
}
