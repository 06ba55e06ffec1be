//! What a strategy had taken from the source when it was refused, into a sink that takes it in pieces.
use std::io::{PipeReader, Read, pipe};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::{Budget, Files, job};
use crate::endpoint::{End, Pair};
use crate::engine::{Cursor, Job, Turn};
use crate::report::{Outcome, Report};
use crate::strategy::{Ready, Strategy};
use crate::sys::call::Call;
use crate::sys::faults::Faults;

const SIZE: usize = 400_000;
/// Of the pipe that is the sink.
const ROOM: usize = 65_536;

struct Piped {
    _files: Files,
    content: Vec<u8>,
    job: Job,
    reader: PipeReader,
}

/// A copy into a pipe that holds `ROOM` bytes, and is read when the test says so.
fn piped(order: &[Strategy], faults: Faults) -> Piped {
    let files = Files::new("ext4", SIZE);
    let (reader, writer) = pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    let pair = Pair { source: files.source(), sink: End::new(writer.into()).unwrap() };
    let job = job(pair, order, Cursor::new(0, Some(SIZE as u64)), faults);
    Piped { content: files.content.clone(), _files: files, job, reader }
}

/// Reads it all, a pipe full for each time that the job would wait, and gives the report.
fn read_all(mut piped: Piped) -> Report {
    let mut received = Vec::new();
    let report = loop {
        match piped.job.burst(Budget::UNLIMITED) {
            Turn::More | Turn::Cold => panic!("a burst without an end ended"),
            Turn::Wait(ready) => {
                assert_eq!(ready, Ready::Writable);
                let mut bytes = vec![0; ROOM];
                let n = piped.reader.read(&mut bytes).unwrap();
                received.extend_from_slice(&bytes[..n]);
            }
            Turn::Done(result) => break piped.job.finish(result).unwrap(),
        }
    };
    let (report, pair) = report;
    drop(pair); // the writer
    piped.reader.read_to_end(&mut received).unwrap();
    assert!(received == piped.content, "{} bytes came, {report:?}", received.len());
    report
}

#[test]
fn every_strategy_for_a_pipe_waits_for_room_and_goes_on() {
    for strategy in [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile, Strategy::Splice] {
        let report = read_all(piped(&[strategy], Faults::default()));
        assert_eq!((report.strategy, report.bytes), (Some(strategy), SIZE as u64));
    }
}

#[test]
fn a_call_that_would_wait_for_nothing_else_is_made_again() {
    for (strategy, call) in [
        (Strategy::ReadWrite, Call::Pread64),
        (Strategy::ReadWrite, Call::Write),
        (Strategy::MmapWrite, Call::Write),
        (Strategy::Sendfile, Call::Sendfile),
        (Strategy::Splice, Call::Splice),
    ] {
        let mut piped = piped(&[strategy], Faults::default().fail(call, 1, libc::EAGAIN));
        let ready = if call == Call::Pread64 || call == Call::Splice { Ready::Readable } else { Ready::Writable };
        assert!(matches!(piped.job.burst(Budget::UNLIMITED), Turn::Wait(found) if found == ready), "{strategy}");
        assert_eq!(piped.job.handle().bytes(), 0);
        read_all(piped);
    }
}

/// Splice fills its pipe with 256 KiB and gets rid of 64 KiB; then it is refused, with the rest in its pipe, which is
/// more than the sink has room for.
#[test]
fn what_is_carried_over_waits_for_room_as_anything_does() {
    for next in [Strategy::ReadWrite, Strategy::MmapWrite, Strategy::Sendfile] {
        let faults = Faults::default().fail(Call::Splice, 4, libc::EINVAL);
        let mut piped = piped(&[Strategy::Splice, next], faults);
        assert!(matches!(piped.job.burst(Budget::UNLIMITED), Turn::Wait(Ready::Writable)));
        assert_eq!(piped.job.handle().bytes(), ROOM as u64);
        let report = read_all(piped);
        let attempts: Vec<_> = report.attempts.iter().map(|a| (a.strategy, a.outcome, a.bytes)).collect();
        let rest = (SIZE - ROOM) as u64;
        let wanted = [(Strategy::Splice, Outcome::Refused, ROOM as u64), (next, Outcome::Finished, rest)];
        assert_eq!(attempts, wanted);
        assert_eq!(report.syscalls.of(Call::Read), 1);
    }
}

#[test]
fn a_reader_that_leaves_while_something_is_carried_over_is_epipe() {
    let mut piped =
        piped(&[Strategy::Splice, Strategy::Sendfile], Faults::default().fail(Call::Splice, 4, libc::EINVAL));
    piped.job.burst(Budget::UNLIMITED);
    piped.reader.read_exact(&mut vec![0; ROOM]).unwrap();
    piped.job.burst(Budget::UNLIMITED);
    drop(piped.reader);
    let Turn::Done(result) = piped.job.burst(Budget::UNLIMITED) else { panic!("it waits for nobody") };
    let error = piped.job.finish(result).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::EPIPE as i32));
    assert_eq!((error.bytes(), error.strategy()), (2 * ROOM as u64, Some(Strategy::Sendfile)));
}
