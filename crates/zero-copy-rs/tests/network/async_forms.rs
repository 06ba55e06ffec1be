//! The requests as plain futures: under tokio, and under an executor of twenty lines.
use std::fs::File;
use std::future::{Future, IntoFuture};
use std::io::Read;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zero_copy_rs::{ErrorKind, ReceiveFile, Relay, SendFile};

use crate::support::bytes::{difference, random};
use crate::support::child::alone;
use crate::support::place::Place;
use crate::support::process::{descriptors, until};
use crate::support::sockets::{reader, tcp_for_reactor, writer};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Parks this thread between polls; it is woken, or the test fails.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        std::thread::park();
    }
}

fn tokio() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn without_a_runtime_every_request_can_be_awaited() {
    let place = Place::anywhere();
    let bytes = random(1, 5_000_001);
    let file = place.file("a", &bytes);
    let (near, far) = tcp_for_reactor();
    let got = reader(far);
    let report = block_on(SendFile::from_path(&file, &near).unwrap().into_future()).unwrap();
    drop(near);
    assert_eq!((report.bytes, difference(&got.join().unwrap(), &bytes)), (5_000_001, None));

    let (near, far) = tcp_for_reactor();
    let sender = writer(&far, bytes.clone());
    let report = block_on(ReceiveFile::new(&near, place.join("b")).unwrap().into_future()).unwrap();
    sender.join().unwrap();
    assert_eq!((report.bytes, difference(&std::fs::read(place.join("b")).unwrap(), &bytes)), (5_000_001, None));

    let ((a, left), (b, right)) = (tcp_for_reactor(), tcp_for_reactor());
    let (sender, empty) = (writer(&left, bytes.clone()), writer(&right, Vec::new()));
    let got = reader(right);
    let report = block_on(Relay::new(&a, &b).unwrap().into_future()).unwrap();
    assert_eq!((report.a_to_b.bytes, report.b_to_a.bytes), (5_000_001, 0));
    assert_eq!(difference(&got.join().unwrap(), &bytes), None);
    sender.join().unwrap();
    empty.join().unwrap();
}

#[test]
fn an_error_is_the_futures_output_also_when_nothing_was_begun() {
    let place = Place::anywhere();
    let (near, _far) = tcp_for_reactor();
    let missing = SendFile::from_path(place.join("missing"), &near).unwrap();
    assert_eq!(block_on(missing.into_future()).unwrap_err().code(), "ENOENT");
    let beyond = SendFile::from_path(place.file("a", b"12345"), &near).unwrap().offset(6);
    assert_eq!(block_on(beyond.into_future()).unwrap_err().kind(), ErrorKind::OutOfRange);
    let nowhere = ReceiveFile::new(&near, place.join("missing/a")).unwrap();
    assert_eq!(block_on(nowhere.into_future()).unwrap_err().code(), "ENOENT");
}

#[test]
fn under_tokio_many_are_awaited_on_one_thread_with_tokios_own_sockets() {
    let place = Place::anywhere();
    let bytes = Arc::new(random(2, 2_000_001));
    let file = place.file("a", &bytes);
    tokio().block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = Vec::new();
        for _ in 0..20 {
            let (file, bytes) = (file.clone(), bytes.clone());
            tasks.push(tokio::spawn(async move {
                let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
                let mut got = Vec::new();
                socket.read_to_end(&mut got).await.unwrap();
                assert_eq!(difference(&got, &bytes), None);
            }));
            let mut socket = listener.accept().await.unwrap().0;
            tasks.push(tokio::spawn(async move {
                // what the runtime wrote before is in order with what the library sends
                let report = SendFile::from_path(&file, &socket).unwrap().length(1_000_000).await.unwrap();
                assert_eq!(report.bytes, 1_000_000);
                let report = SendFile::from_path(&file, &socket).unwrap().offset(1_000_000).await.unwrap();
                assert_eq!(report.bytes, 1_000_001);
                socket.shutdown().await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_dropped_future_stops_its_transfer_and_closes_its_descriptors_and_others_go_on() {
    alone("async_forms::a_dropped_future_stops_its_transfer_and_closes_its_descriptors_and_others_go_on", || {
        let place = Place::anywhere();
        let bytes = random(3, 8_000_000);
        let file = place.file("a", &bytes);
        let runtime = tokio();
        runtime.block_on(async {
            // the library's own descriptors are there from the first transfer on
            let (near, far) = tcp_for_reactor();
            let got = reader(far);
            SendFile::from_path(&file, &near).unwrap().await.unwrap();
            drop(near);
            got.join().unwrap();
        });
        let before = descriptors();

        let (other, mut far_of_other) = tcp_for_reactor();
        runtime.block_on(async {
            let goes_on = tokio::spawn(SendFile::from_path(&file, &other).unwrap().into_future());
            let stalled: Vec<_> = (0..3).map(|_| tcp_for_reactor()).collect();
            let moved = |handle: &zero_copy_rs::Handle| handle.bytes() > 0;

            let request = SendFile::new(File::open(&file).unwrap(), &stalled[0].0).unwrap();
            let handle = request.handle();
            let future = tokio::time::timeout(Duration::from_millis(1), request.into_future()).await;
            assert!(future.is_err(), "nobody reads, and yet: {future:?}");
            until("it has moved something", || moved(&handle));

            let request = ReceiveFile::new(&stalled[1].0, place.join("b")).unwrap();
            let future = tokio::time::timeout(Duration::from_millis(1), request.into_future()).await;
            assert!(future.is_err(), "nobody writes, and yet: {future:?}");

            let request = Relay::new(&stalled[1].0, &stalled[2].0).unwrap();
            let future = tokio::time::timeout(Duration::from_millis(1), request.into_future()).await;
            assert!(future.is_err(), "nobody writes, and yet: {future:?}");

            drop(stalled);
            // its own two, its file, and the duplicate of the socket
            until("what was dropped is closed", || descriptors().len() == before.len() + 4);
            assert_eq!(place.names(), ["a"]);

            let got = std::thread::spawn(move || {
                let mut got = vec![0; 8_000_000];
                far_of_other.read_exact(&mut got).unwrap();
                got
            });
            assert_eq!(goes_on.await.unwrap().unwrap().bytes, 8_000_000);
            assert_eq!(difference(&got.join().unwrap(), &bytes), None);
        });
        drop(other);
        until("everything is closed", || descriptors() == before);
    });
}

#[test]
fn a_future_that_was_never_polled_is_stopped_by_dropping_it_too() {
    let place = Place::anywhere();
    let file = place.file("a", &random(4, 30_000_000));
    let (near, far) = tcp_for_reactor();
    drop(SendFile::from_path(&file, &near).unwrap().into_future());
    drop(near);
    // the duplicate is closed: the stream ends, and early
    assert!(reader(far).join().unwrap().len() < 30_000_000);
}
