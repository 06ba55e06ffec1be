//! What is copied.
use std::path::{Path, PathBuf};

use zero_copy_rs::{Atomic, CopyFile, Strategy};

use crate::expected::{Expected, expected};
use crate::support::bytes::{difference, oracle, random, sparse};
use crate::{Route, receipt, ways};

/// A copy to be made. `CASE` is the plainest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) offset: u64,
    pub(crate) length: Option<u64>,
    pub(crate) buffer: Option<usize>,
    /// How long the destination is before, if it is there.
    pub(crate) before: Option<usize>,
    pub(crate) is_sparse: bool,
}

pub(crate) const CASE: Case =
    Case { name: "", size: 300_000, offset: 0, length: None, buffer: None, before: None, is_sparse: false };

const CASES: &[Case] = &[
    Case { name: "an empty file", size: 0, ..CASE },
    Case { name: "an empty file over a long one", size: 0, before: Some(5000), ..CASE },
    Case { name: "one byte", size: 1, ..CASE },
    Case { name: "a byte less than a page", size: 4095, ..CASE },
    Case { name: "a page", size: 4096, ..CASE },
    Case { name: "a byte more than a page", size: 4097, ..CASE },
    Case { name: "300,000 bytes", ..CASE },
    Case { name: "20,000,001 bytes", size: 20_000_001, ..CASE },
    Case { name: "over a shorter file", before: Some(1000), ..CASE },
    Case { name: "over a file as long", before: Some(300_000), ..CASE },
    Case { name: "over a longer file", before: Some(500_000), ..CASE },
    Case { name: "pages over a longer file", size: 8192, before: Some(500_000), ..CASE },
    Case { name: "pages from the middle", offset: 4096, length: Some(8192), ..CASE },
    Case { name: "an odd range", offset: 1001, length: Some(77_777), ..CASE },
    Case { name: "pages, but from an odd offset", offset: 1001, length: Some(8192), ..CASE },
    Case { name: "an odd length from the beginning", length: Some(77_777), ..CASE },
    Case { name: "from a page to the end", offset: 40_960, ..CASE },
    Case { name: "from an odd offset to the end", offset: 123_457, ..CASE },
    Case { name: "a range over a longer file", offset: 4096, length: Some(4096), before: Some(9000), ..CASE },
    Case { name: "nothing: the offset is the end", offset: 300_000, ..CASE },
    Case { name: "nothing: the length is 0", offset: 5, length: Some(0), before: Some(10), ..CASE },
    Case { name: "byte by byte", size: 701, buffer: Some(1), ..CASE },
    Case { name: "by 64 bytes, as the original", buffer: Some(64), ..CASE },
    Case { name: "by 512 bytes", buffer: Some(512), ..CASE },
    Case { name: "by 8 MiB", size: 20_000_001, buffer: Some(8 << 20), ..CASE },
    Case { name: "with a buffer that no memory holds", buffer: Some(1 << 40), ..CASE },
    Case { name: "a sparse file", size: 5_000_000, is_sparse: true, ..CASE },
    Case { name: "a sparse file over data", size: 5_000_000, is_sparse: true, before: Some(5_000_000), ..CASE },
];

/// Every case in every way; what is wrong is said of all together.
pub(crate) fn run(route: &Route) {
    let mut wrong = Vec::new();
    for case in CASES {
        let source = prepare(&route.from, case);
        let wanted = oracle(&source, case.offset, case.length);
        for (way, atomic) in ways().into_iter().flat_map(|way| ATOMICS.map(|atomic| (way.clone(), atomic))) {
            let outcome = copy(route, case, &source, &way, atomic, &wanted);
            wrong.extend(outcome.err().map(|what| format!("{}, {way:?}, {atomic:?}: {what}", case.name)));
        }
        std::fs::remove_file(source).unwrap();
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn prepare(place: &Path, case: &Case) -> PathBuf {
    let source = place.join("source");
    let content = random(1, case.size);
    if case.is_sparse {
        let (first, second) = (&content[..5000], &content[10_000..80_000]);
        sparse(&source, case.size as u64, &[(100_000, first), (3_000_000, second)]);
    } else {
        std::fs::write(&source, content).unwrap();
    }
    source
}

/// By default whole, which is as good as asked for here.
const ATOMICS: [Atomic; 2] = [Atomic::Auto, Atomic::Never];

fn copy(
    route: &Route,
    case: &Case,
    source: &Path,
    way: &[Strategy],
    atomic: Atomic,
    wanted: &[u8],
) -> Result<(), String> {
    let destination = route.to.join("destination");
    let before = case.before.map(|len| random(2, len));
    if let Some(before) = &before {
        std::fs::write(&destination, before).unwrap();
    }
    let result = request(case, source, &destination, way).atomic(atomic).run();
    let after = std::fs::read(&destination).ok();
    let _ = std::fs::remove_file(&destination);
    match (expected(route, case, wanted.len() as u64, way), result) {
        (Expected::Done(attempts), Ok(report)) => {
            let after = after.ok_or("there is no destination")?;
            difference(wanted, &after).map_or(Ok(()), Err)?;
            receipt::check(&report, &attempts, case, wanted.len() as u64, route.sharing)?;
            receipt::check_atomic(&report, atomic)
        }
        (Expected::Refused(errno), Err(error)) => {
            receipt::check_refusal(&error, errno)?;
            if after == before { Ok(()) } else { Err("the refused strategy touched the destination".into()) }
        }
        (expected, result) => Err(format!("{expected:?} was expected, this came: {result:?}")),
    }
}

pub(crate) fn request(case: &Case, source: &Path, destination: &Path, way: &[Strategy]) -> CopyFile {
    let mut copy = CopyFile::new(source, destination).offset(case.offset);
    if let Some(length) = case.length {
        copy = copy.length(length);
    }
    if let Some(bytes) = case.buffer {
        copy = copy.buffer_size(bytes);
    }
    if way.is_empty() { copy } else { copy.strategies(way.iter().copied()) }
}
