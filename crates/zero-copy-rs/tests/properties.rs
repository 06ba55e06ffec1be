//! Whatever is asked for, the result is what plain reading and writing gives, or an error that touched nothing.
#![cfg(feature = "faults")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod support;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::{Just, ProptestConfig, Strategy as Generator, any};
use proptest::test_runner::{TestCaseError, TestRunner};
use proptest::{prop_assert, prop_assert_eq, prop_compose, prop_oneof};
use zero_copy_rs::{Call, CopyFile, ErrorKind, Faults, Outcome, Reflinks, Report, Strategy};

use support::bytes::{difference, random};
use support::place::{Place, is_long};

/// A copy to be made.
#[derive(Clone, Debug)]
struct Request {
    size: usize,
    /// In thousandths of what is possible: so that a smaller size is a smaller case of the same kind.
    offset: usize,
    length: Option<usize>,
    buffer: Option<usize>,
    way: Vec<Strategy>,
    /// How long the destination is before.
    before: Option<usize>,
    is_sparse: bool,
    never_reflink: bool,
    from_descriptor: bool,
    route: usize,
    faults: Vec<(usize, u64, i32)>,
    short: Option<usize>,
}

fn sizes() -> impl Generator<Value = usize> {
    prop_oneof![
        3 => 0..200_usize,
        3 => 4000..4200_usize,
        2 => (0..50_usize).prop_map(|pages| pages * 4096),
        2 => 0..300_000_usize,
    ]
}

fn ways() -> impl Generator<Value = Vec<Strategy>> {
    prop_oneof![
        2 => Just(vec![]),
        3 => proptest::sample::select(Strategy::ALL).prop_map(|strategy| vec![strategy]),
        3 => proptest::collection::vec(proptest::sample::select(Strategy::ALL), 2..5),
    ]
}

/// Answers of the kernel that are none, or mean "not this way".
fn faults() -> impl Generator<Value = Vec<(usize, u64, i32)>> {
    let errnos = [libc::EINTR, libc::EINVAL, libc::ENOSYS, libc::EPERM, libc::EOPNOTSUPP];
    proptest::collection::vec((0..Call::ALL.len(), 1..6_u64, proptest::sample::select(errnos.to_vec())), 0..4)
}

prop_compose! {
    fn requests(with_faults: bool)(
        size in sizes(),
        (offset, length) in (prop_oneof![Just(0_usize), 0..=1000_usize], proptest::option::of(0..=1000_usize)),
        buffer in proptest::option::of(prop_oneof![64..5000_usize, Just(1 << 20), Just(1 << 45)]),
        way in ways(),
        before in proptest::option::of(sizes()),
        (is_sparse, never_reflink, from_descriptor) in any::<(bool, bool, bool)>(),
        route in any::<usize>(),
        faults in faults(),
        short in proptest::option::of(prop_oneof![100..5000_usize, Just(4096), Just(65_536)]),
    ) -> Request {
        let (faults, short) = if with_faults { (faults, short) } else { (vec![], None) };
        Request { size, offset, length, buffer, way, before, is_sparse, never_reflink, from_descriptor, route, faults,
                  short }
    }
}

static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| random(1, 300_000));

impl Request {
    fn content(&self) -> Vec<u8> {
        let mut content = CONTENT[..self.size].to_vec();
        if self.is_sparse {
            content.chunks_mut(40_000).step_by(2).for_each(|hole| hole.fill(0));
        }
        content
    }

    fn range(&self) -> (usize, usize) {
        let offset = self.size * self.offset / 1000;
        (offset, self.length.map_or(self.size, |length| offset + (self.size - offset) * length / 1000))
    }

    /// Holes where there are zeroes.
    fn write_source(&self, path: &Path, content: &[u8]) {
        use std::os::unix::fs::FileExt;
        let file = fs::File::create(path).unwrap();
        file.set_len(content.len() as u64).unwrap();
        for (n, chunk) in content.chunks(40_000).enumerate() {
            if !self.is_sparse || n % 2 == 1 {
                file.write_all_at(chunk, n as u64 * 40_000).unwrap();
            }
        }
    }

    fn copy(&self, source: &Path, destination: &Path) -> CopyFile {
        let copy = if self.from_descriptor {
            CopyFile::from_file(fs::File::open(source).unwrap(), destination).unwrap()
        } else {
            CopyFile::new(source, destination)
        };
        let (offset, end) = self.range();
        let mut copy = copy.offset(offset as u64);
        if self.length.is_some() {
            copy = copy.length((end - offset) as u64);
        }
        if let Some(bytes) = self.buffer {
            copy = copy.buffer_size(bytes);
        }
        if !self.way.is_empty() {
            copy = copy.strategies(self.way.iter().copied());
        }
        let faults = self.short.map_or(Faults::default(), |bytes| Faults::default().short(bytes));
        let failing =
            |faults: Faults, &(call, nth, errno): &(usize, u64, i32)| faults.fail(Call::ALL[call], nth, errno);
        let copy = copy.faults(self.faults.iter().fold(faults, failing));
        if self.never_reflink { copy.reflinks(Reflinks::Never) } else { copy }
    }
}

/// Where from and to, on whatever file systems there are.
fn routes() -> Vec<(Place, Place)> {
    [("ext4", "ext4"), ("xfs", "xfs"), ("btrfs", "btrfs"), ("tmpfs", "tmpfs"), ("tmpfs", "ext4"), ("btrfs", "xfs")]
        .map(|(from, to)| (Place::preferably_on(from), Place::preferably_on(to)))
        .into()
}

fn is_consistent(report: &Report, bytes: u64) -> Result<(), TestCaseError> {
    prop_assert_eq!(report.bytes, bytes);
    prop_assert_eq!(report.attempts.iter().map(|attempt| attempt.bytes).sum::<u64>(), bytes);
    let finished = report.attempts.last().filter(|last| last.outcome == Outcome::Finished);
    prop_assert_eq!(finished.map(|last| last.strategy), report.strategy);
    prop_assert_eq!(report.strategy.is_none(), bytes == 0);
    prop_assert!(report.bytes_shared + report.bytes_skipped <= bytes);
    // what was shared without a copy was shared; that the file system did so without a copy is not always known
    let there = bytes - report.bytes_skipped;
    let (count, all_shared) = (report.cpu_copies.count, there > 0 && report.bytes_shared == there);
    prop_assert!(if all_shared { count.is_none_or(|count| count == 0) } else { count != Some(0) }, "{report:?}");
    Ok(())
}

fn holds(request: &Request, (from, to): &(Place, Place)) -> Result<(), TestCaseError> {
    let (source, destination) = (from.join("source"), to.join("copy"));
    let content = request.content();
    request.write_source(&source, &content);
    let _ = fs::remove_file(&destination);
    let before = request.before.map(|len| random(2, len));
    before.iter().for_each(|before| fs::write(&destination, before).unwrap());
    let (offset, end) = request.range();
    match request.copy(&source, &destination).run() {
        Ok(report) => {
            prop_assert_eq!(difference(&fs::read(&destination).unwrap(), &content[offset..end]), None);
            is_consistent(&report, (end - offset) as u64)
        }
        // a plain call that fails would fail whichever way
        Err(error) => {
            const PLAIN: [Call; 7] =
                [Call::Pread64, Call::Pwrite64, Call::Read, Call::Write, Call::Lseek, Call::Openat, Call::Ftruncate];
            // neither refuses a strategy with another answer
            const PREPARING: [Call; 2] = [Call::Mmap, Call::Pipe2];
            const REFUSALS: [i32; 3] = [libc::ENODEV, libc::EPERM, libc::ENOSYS];
            let may_fail = request.faults.iter().any(|&(call, _, errno)| {
                let call = Call::ALL[call];
                PLAIN.contains(&call) || PREPARING.contains(&call) && !REFUSALS.contains(&errno)
            });
            prop_assert!(error.kind() == ErrorKind::StrategyUnavailable || may_fail, "{error}");
            prop_assert!(!request.way.is_empty() || may_fail, "auto finds a way: {error}");
            prop_assert_eq!(destination.exists(), before.is_some());
            // over a longer file a clone is two: who refuses the second had made the first, and the file is cut
            let is_second_clone =
                request.faults.iter().any(|&(call, nth, _)| (Call::ALL[call], nth) == (Call::Ioctl, 2));
            if error.bytes() == 0 && error.kind() == ErrorKind::StrategyUnavailable && !is_second_clone {
                prop_assert!(fs::read(&destination).ok() == before, "touched before it was refused");
            }
            Ok(())
        }
    }
}

fn check(cases: u32, with_faults: bool) {
    let config = ProptestConfig {
        cases: if is_long() { cases * 20 } else { cases },
        failure_persistence: None, // the case is printed, and small enough to become a test of its own
        ..ProptestConfig::default()
    };
    let routes = routes();
    let test = |request: Request| holds(&request, &routes[request.route % routes.len()]);
    TestRunner::new(config).run(&requests(with_faults), test).unwrap();
}

#[test]
fn any_copy_is_what_reading_and_writing_gives() {
    check(2000, false);
}

#[test]
fn any_copy_is_exact_whatever_is_refused_interrupted_or_cut_short() {
    check(4000, true);
}
