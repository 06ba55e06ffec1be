//! From file to socket.
use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use zero_copy_rs::{Benchmark, Call, ErrorKind, Strategy};

use crate::support::bytes::random;
use crate::support::place::Place;
use crate::{failure, run};

const SIZE: usize = 300_000;

#[test]
fn over_loopback_each_way_that_can_write_a_socket_is_measured() {
    let place = Place::anywhere();
    let file = place.file("mine", &random(5, SIZE));
    let request = Benchmark::new().file(&file).buffers([1000]).iterations(2).loopback().directory("/nowhere");
    let mut series = request.begin().unwrap();
    run(&mut series);
    for row in series.rows() {
        let Some(strategy) = row.strategy else {
            assert_eq!(row.ran, Some(Strategy::Sendfile));
            continue;
        };
        let possible = !matches!(strategy, Strategy::CopyFileRange | Strategy::Reflink | Strategy::Direct);
        assert_eq!(row.unavailable.is_none(), possible, "{row:?}");
        assert_eq!(row.runs, if possible { 2 } else { 0 });
        assert_eq!(row.receiver_cpu_ms.is_some(), possible);
        // what the peer has read it has read after the last byte was taken from us
        assert!(row.delivered_ms.is_none_or(|spread| spread.min >= row.duration_ms.unwrap().min), "{row:?}");
    }
    let sent = &series.rows()[0].syscalls;
    assert_eq!(sent[0], (Call::Pread64, 300.0));
    let route = series.environment().route.clone().unwrap();
    assert_eq!((route.interface.as_str(), route.address.to_string().as_str()), ("lo", "127.0.0.1"));
    assert!(series.rows().iter().any(|row| row.cpu_copies.count == Some(0)));
    series.finish().unwrap();
    assert_eq!(place.names(), ["mine"]);
}

#[test]
fn a_peer_elsewhere_gets_the_whole_file_in_a_connection_each() {
    let place = Place::anywhere();
    let content = random(6, SIZE);
    let file = place.file("mine", &content);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let receiver = std::thread::spawn(move || {
        let all = |_| {
            let mut bytes = Vec::new();
            listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
            bytes
        };
        [(); 2].map(all)
    });
    let strategies = [Some(Strategy::Splice)];
    let mut series = Benchmark::new().file(&file).strategies(strategies).iterations(2).peer(address).begin().unwrap();
    run(&mut series);
    assert!(receiver.join().unwrap().iter().all(|bytes| *bytes == content));
    assert!(series.rows()[0].delivered_ms.is_some() && series.rows()[0].receiver_cpu_ms.is_none());
}

#[test]
fn a_peer_that_is_not_there_or_goes_away_is_an_error() {
    let place = Place::anywhere();
    let file = place.file("mine", &random(7, 20_000_000));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let request = || Benchmark::new().file(&file).strategies([None]).peer(address);
    let mut series = request().begin().unwrap();
    let receiver = std::thread::spawn(move || {
        // unread bytes: the kernel resets
        listener.accept().unwrap().0.read_exact(&mut [0; 10]).unwrap();
    });
    let error = failure(&mut series);
    receiver.join().unwrap();
    assert!(["ECONNRESET", "EPIPE"].contains(&&*error.code()), "{error}");
    let error = failure(&mut request().begin().unwrap());
    assert_eq!((&*error.code(), error.call()), ("ECONNREFUSED", Some("connect")));
}

#[test]
fn a_peer_that_takes_nothing_does_not_outlast_a_stop_and_gets_no_part_for_the_whole() {
    let place = Place::anywhere();
    let file = place.file("mine", &random(8, 30_000_000));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut series =
        Benchmark::new().file(&file).strategies([None]).peer(listener.local_addr().unwrap()).begin().unwrap();
    let handle = series.handle();
    let stopper = std::thread::spawn(move || {
        let socket = listener.accept().unwrap().0;
        while handle.bytes() == 0 {
            std::thread::yield_now();
        }
        handle.stop();
        socket
    });
    assert_eq!(series.next_run().unwrap_err().kind(), ErrorKind::Aborted);
    let mut socket = stopper.join().unwrap();
    let end = socket.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn the_time_for_which_the_peer_kept_it_waiting_is_part_of_the_moving() {
    let place = Place::anywhere();
    let file = place.file("mine", &random(9, 30_000_000));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let request = Benchmark::new().file(&file).strategies([None]).iterations(1).peer(listener.local_addr().unwrap());
    let mut series = request.begin().unwrap();
    let handle = series.handle();
    // more than any socket holds: the last byte is taken after the first was read
    let receiver = std::thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        while handle.bytes() == 0 {
            std::thread::yield_now();
        }
        let moving = Instant::now();
        std::thread::sleep(Duration::from_millis(200));
        let waited = moving.elapsed();
        std::io::copy(&mut socket, &mut std::io::sink()).unwrap();
        waited
    });
    let report = series.next_run().unwrap().unwrap().sample.unwrap().report;
    let waited = receiver.join().unwrap();
    assert!(report.duration >= waited, "{:?} of {waited:?}", report.duration);
    assert!(report.cpu.total < waited, "{:?}", report.cpu);
}
