//! Stopped in the middle.
use std::sync::mpsc;

use zero_copy_rs::{Benchmark, ErrorKind, Strategy};

use crate::support::place::Place;

/// 300 million calls: minutes.
fn endless(place: &Place) -> Benchmark {
    let strategies = [Some(Strategy::ReadWrite)];
    Benchmark::new().sizes([300_000_000]).buffers([1]).strategies(strategies).directory(&**place)
}

#[test]
fn a_stop_ends_the_run_under_way_and_no_file_stays() {
    let place = Place::anywhere();
    let mut series = endless(&place).begin().unwrap();
    let handle = series.handle();
    let stopper = std::thread::spawn(move || {
        while handle.bytes() == 0 {
            std::thread::yield_now();
        }
        handle.stop();
    });
    assert_eq!(series.next_run().unwrap_err().kind(), ErrorKind::Aborted);
    stopper.join().unwrap();
    // for good
    assert_eq!(series.next_run().unwrap_err().kind(), ErrorKind::Aborted);
    assert_eq!(series.samples().len(), 0);
    series.finish().unwrap();
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn on_threads_of_the_library_it_runs_step_by_step() {
    let place = Place::anywhere();
    let request = Benchmark::new().sizes([1000]).strategies([None]).iterations(2).directory(&*place);
    let (send, receive) = mpsc::channel();
    request.submit(move |begun| send.send(begun).unwrap()).unwrap();
    let mut series = receive.recv().unwrap().unwrap();
    for done in 1..=2 {
        let (send, receive) = mpsc::channel();
        series.submit_next(move |told| send.send(told).unwrap()).unwrap();
        let (again, run) = receive.recv().unwrap().unwrap();
        assert_eq!(run.unwrap().unwrap().done, done);
        series = again;
    }
    assert!(series.next_run().unwrap().is_none());
    series.finish().unwrap();
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn what_is_stopped_before_it_begins_makes_nothing() {
    let place = Place::anywhere();
    let request = endless(&place);
    request.handle().stop();
    assert_eq!(request.begin().unwrap_err().kind(), ErrorKind::Aborted);
    assert_eq!(place.names(), Vec::<String>::new());
}
