//! What is copied.
use std::path::{Path, PathBuf};

use zero_copy_rs::{Atomic, CopyFile, Sparse, Strategy};

use crate::expected::{Expected, expected};
use crate::support::bytes::{difference, oracle, random, sparse};
use crate::support::holes::holes;
use crate::support::place::is_long;
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
        for (way, wish) in ways().iter().flat_map(|way| wishes().map(move |wish| (way, wish))) {
            let outcome = copy(route, case, &source, way, wish, &wanted);
            wrong.extend(outcome.err().map(|what| format!("{}, {way:?}, {wish:?}: {what}", case.name)));
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

/// What may be asked of a copy besides the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) atomic: Atomic,
    pub(crate) sparse: Sparse,
    pub(crate) durable: bool,
}

pub(crate) const PLAIN: Wish = Wish { atomic: Atomic::Auto, sparse: Sparse::Auto, durable: false };

/// Every value; for a long run with all others. `Atomic::Auto` is as good as `Always` here.
fn wishes() -> impl Iterator<Item = Wish> {
    let all = [Atomic::Auto, Atomic::Never].into_iter().flat_map(|atomic| {
        let sparse = [Sparse::Auto, Sparse::Always, Sparse::Never];
        sparse.into_iter().flat_map(move |sparse| [false, true].map(|durable| Wish { atomic, sparse, durable }))
    });
    // what is durable takes time
    let usual = |wish: &Wish| {
        let whole = wish.atomic == Atomic::Auto;
        !wish.durable || wish.sparse == if whole { Sparse::Auto } else { Sparse::Never }
    };
    all.filter(move |wish| is_long() || usual(wish))
}

fn copy(route: &Route, case: &Case, source: &Path, way: &[Strategy], wish: Wish, wanted: &[u8]) -> Result<(), String> {
    let destination = route.to.join("destination");
    let before = case.before.map(|len| random(2, len));
    if let Some(before) = &before {
        std::fs::write(&destination, before).unwrap();
    }
    // now: to map a hole of a file in memory is to fill it
    let [in_holes, leading] = [wanted.len() as u64, 4096].map(|n| holes(source, case.offset..case.offset + n));
    let copy = request(case, source, &destination, way);
    let result = copy.atomic(wish.atomic).sparse(wish.sparse).durable(wish.durable).run();
    let after = std::fs::read(&destination).ok();
    let _ = std::fs::remove_file(&destination);
    let bytes = wanted.len() as u64;
    match (expected(route, case, bytes, way, wish), result) {
        (Expected::Done(attempts), Ok(report)) => {
            let after = after.ok_or("there is no destination")?;
            difference(wanted, &after).map_or(Ok(()), Err)?;
            let holes = match wish.sparse {
                Sparse::Auto => in_holes - tried(case, wish, leading),
                Sparse::Always => zeroes(wanted, case),
                _ => 0,
            };
            receipt::check(&report, &attempts, case, (bytes, holes), route)?;
            receipt::equal("durable", report.durable, Some(wish.durable))?;
            receipt::check_atomic(&report, wish.atomic)
        }
        (Expected::RuledOut, Err(error)) => {
            receipt::check_ruled_out(&error)?;
            if after == before { Ok(()) } else { Err("what was ruled out touched the destination".into()) }
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

/// What is written of a hole over old bytes, to see whether the strategy works at all.
fn tried(case: &Case, wish: Wish, leading: u64) -> u64 {
    if case.is_sparse && case.before.is_some() && wish.atomic == Atomic::Never { leading } else { 0 }
}

/// Bytes in blocks of zeroes, the last of which may be a part. A buffer that holds no block finds none.
fn zeroes(content: &[u8], case: &Case) -> u64 {
    const BLOCK: usize = 4096;
    if case.buffer.is_some_and(|bytes| bytes < BLOCK) {
        return 0;
    }
    content.chunks(BLOCK).filter(|block| block.iter().all(|&byte| byte == 0)).map(|block| block.len() as u64).sum()
}
