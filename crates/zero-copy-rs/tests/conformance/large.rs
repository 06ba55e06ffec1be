//! Files beyond 4 GiB, whose offsets and lengths outgrow 32 bits. Sparse, so that they cost nothing.
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use zero_copy_rs::{Strategy, copy_file};

use crate::cases::{CASE, Case, PLAIN, request};
use crate::expected::{Expected, expected};
use crate::support::bytes::{difference, random, sparse};
use crate::support::holes::holes;
use crate::support::place::{Place, is_long};
use crate::{Route, receipt, ways};

const FOUR_GIB: u64 = 4 << 30;
const SIZE: u64 = 5 << 30;

/// Where the data are: around 4 GiB, and at the very end.
fn islands() -> [(u64, Vec<u8>); 3] {
    [(FOUR_GIB - 5000, random(1, 10_000)), (FOUR_GIB + 200_000, random(2, 70_001)), (SIZE - 5001, random(3, 5001))]
}

fn make(path: &Path, size: u64) {
    let islands = islands();
    let islands: Vec<_> = islands.iter().map(|(at, bytes)| (*at, &bytes[..])).collect();
    sparse(path, size, &islands);
}

/// Ranges of it, in every way.
pub(crate) fn ranges(route: &Route) {
    let source = route.from.join("five-gib");
    make(&source, SIZE);
    let file = File::open(&source).unwrap();
    for (offset, length) in [(FOUR_GIB - 8192, 300_000), (FOUR_GIB + 4096, 262_144), (SIZE - 7001, 7001)] {
        let case = Case { size: SIZE as usize, offset, length: Some(length), ..CASE };
        let mut wanted = vec![0; length as usize];
        file.read_exact_at(&mut wanted, offset).unwrap();
        for way in ways() {
            let destination = route.to.join("range");
            let holes = holes(&source, offset..offset + length);
            let result = request(&case, &source, &destination, &way).run();
            match (expected(route, &case, length, &way, PLAIN), result) {
                (Expected::Done(attempts), Ok(report)) => {
                    let copied = std::fs::read(&destination).unwrap();
                    assert_eq!(difference(&copied, &wanted), None, "{way:?} at {offset}");
                    receipt::check(&report, &attempts, &case, (length, holes), route).unwrap();
                    std::fs::remove_file(&destination).unwrap();
                }
                (Expected::Refused(errno), Err(error)) => receipt::check_refusal(&error, errno).unwrap(),
                (expected, result) => panic!("{way:?} at {offset}: {expected:?} was expected, not {result:?}"),
            }
        }
    }
}

fn same_content(a: &Path, b: &Path) {
    let (mut a, mut b) = (File::open(a).unwrap(), File::open(b).unwrap());
    let (mut of_a, mut of_b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let n = a.read(&mut of_a).unwrap();
        b.read_exact(&mut of_b[..n]).unwrap();
        assert!(of_a[..n] == of_b[..n]);
        if n == 0 {
            break assert_eq!(b.read(&mut of_b).unwrap(), 0);
        }
    }
}

#[test]
fn auto_shares_five_gib_at_once() {
    for name in ["xfs", "btrfs"] {
        let Some(place) = Place::on(name) else { continue };
        let (source, destination) = (place.join("a"), place.join("b"));
        make(&source, SIZE);
        let report = copy_file(&source, &destination).unwrap();
        assert_eq!((report.strategy, report.bytes, report.bytes_shared), (Some(Strategy::Reflink), SIZE, SIZE));
        assert_eq!(std::fs::metadata(&destination).unwrap().size(), SIZE);
        let file = File::open(&destination).unwrap();
        for (at, bytes) in islands() {
            let mut found = vec![0; bytes.len()];
            file.read_exact_at(&mut found, at).unwrap();
            assert_eq!(difference(&found, &bytes), None, "{name} at {at}");
        }
    }
}

#[test]
fn auto_copies_more_than_four_gib_byte_by_byte_where_it_cannot_share() {
    // a size that a 32-bit length would make 200,001 bytes
    let size = FOUR_GIB + 200_001;
    let Some(place) = Place::on("tmpfs").filter(|_| is_long()) else { return };
    let (source, destination) = (place.join("a"), place.join("b"));
    sparse(&source, size, &[(FOUR_GIB - 5000, &random(1, 10_000)), (size - 3, b"end")]);
    let skipped = holes(&source, 0..size);
    let report = copy_file(&source, &destination).unwrap();
    assert_eq!((report.strategy, report.bytes, report.bytes_shared), (Some(Strategy::CopyFileRange), size, 0));
    assert_eq!(report.bytes_skipped, skipped);
    same_content(&source, &destination);
}
