//! Copies: by every strategy, with every value of what may be asked of a destination.
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use nix::fcntl::{FallocateFlags, fallocate};
use zero_copy_rs::{Atomic, CopyFile, Faults, Preserve, Sparse, Strategy};

use crate::at_call::{Count, Done, Terms, at_every_call};
use crate::judge::Destination;
use crate::support::bytes::{random, sparse};
use crate::support::child;
use crate::support::extended_attribute;
use crate::support::place::{Place, is_long, is_root};
use crate::support::process::descriptors;
use crate::{SIZE, STEP};

const LARGE: usize = 1_200_000;
const LARGE_STEP: usize = 100 * 4096;

/// What is asked of one copy.
#[derive(Clone, Copy, Debug)]
struct Wish {
    atomic: Atomic,
    durable: bool,
    sparse: Sparse,
    preserve: bool,
    /// Something has the name.
    is_old: bool,
    /// The source has holes, and there is room to make in one piece.
    is_large: bool,
}

const PLAIN: Wish = Wish {
    atomic: Atomic::Always,
    durable: false,
    sparse: Sparse::Auto,
    preserve: false,
    is_old: false,
    is_large: false,
};

/// Every value of each, with the plainest of all others; every pair in a long run.
fn wishes() -> Vec<Wish> {
    let mut all = Vec::new();
    for atomic in [Atomic::Always, Atomic::Never] {
        for is_old in [false, true] {
            let plain = Wish { atomic, is_old, ..PLAIN };
            if !is_long() {
                let durable = Wish { durable: true, preserve: true, ..plain };
                all.extend([plain, durable, Wish { sparse: Sparse::Always, ..plain }]);
                all.extend([Wish { sparse: Sparse::Never, is_large: true, ..plain }, Wish { is_large: true, ..plain }]);
                continue;
            }
            for sparse in [Sparse::Auto, Sparse::Always, Sparse::Never] {
                for (durable, preserve) in [(false, false), (false, true), (true, false), (true, true)] {
                    for is_large in [false, true] {
                        all.push(Wish { durable, sparse, preserve, is_large, ..plain });
                    }
                }
            }
        }
    }
    all
}

/// How it is copied: each by its name, each with another behind it, and as the library chooses.
fn orders() -> Vec<Vec<Strategy>> {
    let named = Strategy::ALL.iter().map(|&strategy| vec![strategy]);
    let backed = Strategy::ALL.iter().filter(|&&first| first != Strategy::ReadWrite);
    let backed = backed.map(|&strategy| vec![strategy, Strategy::ReadWrite]);
    named.chain(backed.filter(|_| is_long())).chain([Vec::new()]).collect()
}

struct Files {
    place: Place,
    source: PathBuf,
    content: Vec<u8>,
    has_hole: bool,
}

impl Files {
    /// Data, a hole and data: a mebibyte and more.
    fn new(place: Place, is_large: bool) -> Self {
        let source = place.join("source");
        let content = if is_large {
            let (head, tail) = (random(1, STEP), random(2, 4096 + 77));
            sparse(&source, (LARGE + tail.len()) as u64, &[(0, &head), (LARGE as u64, &tail)]);
            fs::read(&source).unwrap()
        } else {
            let content = random(1, SIZE);
            fs::write(&source, &content).unwrap();
            content
        };
        fs::set_permissions(&source, Permissions::from_mode(0o604)).unwrap();
        extended_attribute::set(&source, c"user.mark", b"kept or named");
        Self { place, source, content, has_hole: is_large }
    }

    /// Who maps a hole of a file in memory fills it: the next copy would be asked for other calls.
    fn empty_the_hole(&self) {
        if self.has_hole {
            let file = fs::OpenOptions::new().write(true).open(&self.source).unwrap();
            let flags = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
            fallocate(&file, flags, STEP as i64, (LARGE - STEP) as i64).unwrap();
        }
    }

    fn copy(&self, order: &[Strategy], wish: Wish, to: &Destination) -> CopyFile {
        let copy = CopyFile::new(&self.source, to.path()).atomic(wish.atomic).durable(wish.durable).sparse(wish.sparse);
        let copy = if wish.preserve { copy.preserve(Preserve::ALL) } else { copy };
        let copy = if wish.is_large { copy.buffer_size(1 << 20) } else { copy };
        if order.is_empty() { copy } else { copy.strategies(order.iter().copied()) }
    }
}

fn attribute(destination: &Destination) -> bool {
    extended_attribute::get(&destination.path(), c"user.mark").as_deref() == Some(b"kept or named")
}

fn every_copy_on(name: &str) {
    // the same calls, for whoever it is: a plain user's differ where the destination is opened
    if name != "tmpfs" && !is_root() && !is_long() {
        return;
    }
    let count = Count::default();
    for is_large in [false, true] {
        let Some(place) = Place::on(name) else { return };
        let files = Files::new(place, is_large);
        for wish in wishes().into_iter().filter(|wish| wish.is_large == is_large) {
            // where there is a disk, what is durable or large takes time
            let is_usual = |order: &[Strategy]| matches!(order, [] | [Strategy::ReadWrite | Strategy::Direct]);
            let all = !wish.durable && !wish.is_large || name == "tmpfs" || is_long();
            for order in orders().into_iter().filter(|order| all || is_usual(order)) {
                every_call(&count, &files, &order, wish);
            }
        }
    }
    count.tell(&format!("copies on {name}"));
}

fn every_call(count: &Count, files: &Files, order: &[Strategy], wish: Wish) {
    let old = wish.is_old.then(|| random(9, SIZE + 5000));
    let mut to = Destination::new(&files.place.join("to"), old, &files.content, 0o604);
    (to.is_atomic, to.is_durable) = (wish.atomic == Atomic::Always, wish.durable);
    to.prepare();
    // not every strategy is for every file system
    let refused = files.copy(order, wish, &to).run().err();
    assert!(refused.iter().all(|error| error.code() == "ERR_STRATEGY_UNAVAILABLE"), "{order:?} {wish:?}: {refused:?}");
    let before = descriptors();
    let mut transfer = |faults: Faults, done: &Done| {
        let what = format!("{order:?}, {wish:?}, {:?}", done.wrong);
        to.prepare();
        files.empty_the_hole();
        let faults = if done.wrong.is_empty() { to.watched(faults) } else { faults };
        let result = files.copy(order, wish, &to).faults(faults).run();
        to.judge(&result, done, &what);
        if let Ok(report) = &result {
            let lost = report.not_preserved.contains(&"xattrs");
            // an access control list that could not be taken away is named so, too
            assert!(lost || attribute(&to), "{what}: {:?}", report.not_preserved);
            assert!(!lost || !wish.preserve || !done.wrong.is_empty(), "{what}: {:?}", report.not_preserved);
        }
        if let Err(error) = &result {
            assert_eq!(error.source_path(), Some(&*files.source), "{what}");
            assert_eq!(error.destination_path(), Some(&*to.path()), "{what}");
        }
        assert_eq!(descriptors(), before, "{what}");
    };
    if refused.is_none() {
        let step = if wish.is_large { LARGE_STEP } else { STEP };
        at_every_call(count, Terms { step, waits: false }, &mut transfer);
    }
    fs::remove_dir_all(files.place.join("to")).unwrap();
}

macro_rules! copies_on {
    ($($test:ident: $name:literal;)*) => {
        $(#[test]
        fn $test() {
            child::alone(concat!("copies::", stringify!($test)), || every_copy_on($name));
        })*
    };
}

copies_on! {
    every_call_of_every_copy_fails_in_turn_on_ext4: "ext4";
    every_call_of_every_copy_fails_in_turn_on_xfs: "xfs";
    every_call_of_every_copy_fails_in_turn_on_btrfs: "btrfs";
    every_call_of_every_copy_fails_in_turn_on_tmpfs: "tmpfs";
}
