//! Somebody stops the transfer: before each of its calls, and at any moment.
use std::fs;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use zero_copy_rs::{Atomic, CopyFile, Error, ErrorKind, Faults, Handle, ReceiveFile, Report, Sparse, Strategy};

use crate::support::bytes::{difference, random};
use crate::support::child;
use crate::support::place::{Place, is_long};
use crate::support::process::{LIMIT, descriptors};
use crate::{SIZE, STEP};

#[derive(Clone, Copy, Debug)]
struct Wish {
    atomic: Atomic,
    durable: bool,
    sparse: Sparse,
    is_old: bool,
}

/// Every value with every other.
fn wishes() -> Vec<Wish> {
    let mut all = Vec::new();
    for atomic in [Atomic::Auto, Atomic::Always, Atomic::Never] {
        for sparse in [Sparse::Auto, Sparse::Always, Sparse::Never] {
            for (durable, is_old) in [(false, false), (false, true), (true, false), (true, true)] {
                all.push(Wish { atomic, durable, sparse, is_old });
            }
        }
    }
    all
}

struct Files {
    place: Place,
    content: Vec<u8>,
    old: Vec<u8>,
}

impl Files {
    fn new(place: Place, size: usize) -> Self {
        let content = random(1, size);
        place.file("source", &content);
        Self { place, content, old: random(2, 5000) }
    }

    fn prepare(&self, wish: Wish) {
        let _ = fs::remove_file(self.place.join("destination"));
        if wish.is_old {
            self.place.file("destination", &self.old);
        }
    }

    fn copy(&self, wish: Wish, strategy: Strategy) -> CopyFile {
        let copy = CopyFile::new(self.place.join("source"), self.place.join("destination"));
        let copy = copy.atomic(wish.atomic).durable(wish.durable).sparse(wish.sparse);
        // with zeroes to be looked for, or every byte to be written, not every one is for it
        copy.strategies([strategy, Strategy::ReadWrite])
    }

    /// True: it was stopped. Then what was there is there, or in place its name, and nothing else.
    fn judge(&self, result: &Result<Report, Error>, wish: Wish, what: &str) -> bool {
        let found = fs::read(self.place.join("destination")).ok();
        let others: Vec<_> = self.place.names().into_iter().filter(|name| name != "destination").collect();
        assert_eq!(others, ["source"], "{what}");
        match result {
            Ok(report) => {
                assert_eq!(report.bytes, self.content.len() as u64, "{what}");
                assert_eq!(difference(&found.unwrap(), &self.content), None, "{what}");
                false
            }
            Err(error) => {
                assert_eq!((error.kind(), &*error.code()), (ErrorKind::Aborted, "ABORT_ERR"), "{what}: {error}");
                assert_eq!(error.destination_path(), Some(&*self.place.join("destination")), "{what}");
                match (wish.is_old, wish.atomic) {
                    (false, _) => assert_eq!(found, None, "{what}: a part is left"),
                    (true, Atomic::Never) => assert!(found.is_some(), "{what}: the name is gone"),
                    (true, _) => assert_eq!(difference(&found.unwrap(), &self.old), None, "{what}"),
                }
                true
            }
        }
    }
}

#[test]
fn a_copy_that_is_stopped_before_any_of_its_calls_is_whole_or_was_not() {
    child::alone("aborts::a_copy_that_is_stopped_before_any_of_its_calls_is_whole_or_was_not", || {
        let files = Files::new(Place::preferably_on("tmpfs"), SIZE);
        let (mut stopped, mut whole) = (0, 0);
        for wish in wishes() {
            for &strategy in Strategy::ALL {
                files.prepare(wish);
                let faults = Faults::default().short(STEP);
                let log = faults.log();
                files.copy(wish, strategy).faults(faults).run().unwrap();
                let before = descriptors();
                for nth in 1..=log().len() {
                    files.prepare(wish);
                    let copy = files.copy(wish, strategy);
                    let handle = copy.handle();
                    let faults = Faults::default().short(STEP).watched(move |n, _| {
                        if n == nth {
                            handle.stop()
                        }
                    });
                    let what = format!("{wish:?} {strategy}, before call {nth}");
                    let was_stopped = files.judge(&copy.faults(faults).run(), wish, &what);
                    *(if was_stopped { &mut stopped } else { &mut whole }) += 1;
                    assert_eq!(descriptors(), before, "{what}");
                }
            }
        }
        assert!(stopped > 1000 && whole > 1000, "{stopped} stopped, {whole} whole");
    });
}

/// A thousand and more, of copies and of receives.
#[test]
fn a_thousand_aborts_at_random_moments_leave_nothing() {
    child::alone("aborts::a_thousand_aborts_at_random_moments_leave_nothing", || {
        let files = Files::new(Place::preferably_on("ext4"), 1_000_003);
        let mut random = Random(u64::from(std::process::id()));
        println!("seed {}", random.0);
        let aborts = if is_long() { 20_000 } else { 1000 };
        let (mut stopped, mut whole, wishes) = (0, 0, wishes());
        // what is open once and for all is opened
        files.prepare(wishes[0]);
        files.judge(&receive(&files, wishes[0], Duration::from_secs(1)), wishes[0], "the first");
        let before = descriptors();
        while stopped < aborts {
            let wish = wishes[random.below(wishes.len())];
            let wish = Wish { durable: wish.durable && random.below(8) == 0, ..wish };
            let strategy = Strategy::ALL[random.below(Strategy::ALL.len())];
            files.prepare(wish);
            let after = Duration::from_micros(random.below(1200) as u64);
            let result = match random.below(4) {
                0 => receive(&files, wish, after),
                _ => stop_after(after, |tell| {
                    let copy = files.copy(wish, strategy).buffer_size(5000);
                    copy.submit(move |result| drop(tell.send(result))).unwrap()
                }),
            };
            let was_stopped = files.judge(&result, wish, &format!("{wish:?} {strategy} after {after:?}"));
            *(if was_stopped { &mut stopped } else { &mut whole }) += 1;
        }
        assert_eq!(descriptors(), before);
        println!("{stopped} stopped, {whole} whole");
    });
}

type Tell = std::sync::mpsc::SyncSender<Result<Report, Error>>;

/// The moment is what is random here: whichever it is, the same must hold.
fn stop_after(time: Duration, submit: impl FnOnce(Tell) -> Handle) -> Result<Report, Error> {
    let (tell, told) = sync_channel(1);
    let began = Instant::now();
    let handle = submit(tell);
    while began.elapsed() < time {
        std::hint::spin_loop();
    }
    handle.stop();
    told.recv_timeout(LIMIT).expect("it never ended")
}

fn receive(files: &Files, wish: Wish, after: Duration) -> Result<Report, Error> {
    let (near, mut far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let request = ReceiveFile::new(&near, files.place.join("destination")).unwrap();
    let request = request.atomic(wish.atomic).durable(wish.durable);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // an error is that it was stopped
            let _ = far.write_all(&files.content);
            let _ = far.shutdown(Shutdown::Write);
        });
        let result = stop_after(after, |tell| request.submit(move |result| drop(tell.send(result))).unwrap());
        let _ = near.shutdown(Shutdown::Both);
        result
    })
}

/// Knuth's, enough for moments.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
