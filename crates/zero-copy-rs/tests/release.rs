//! What is published lets no call fail on purpose: the seam that these tests use is not in it.
#![cfg(feature = "faults")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod support;

use std::path::{Path, PathBuf};

use support::place::skip;
use zero_copy_rs::Faults;

fn has_the_seam(binary: &Path) -> bool {
    let mark = Faults::MARK.as_bytes();
    std::fs::read(binary).unwrap().windows(mark.len()).any(|window| window == mark)
}

/// The bindings that `npm run build` makes.
fn bindings() -> Vec<PathBuf> {
    let native = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../native");
    let entries = std::fs::read_dir(native).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "node")).collect()
}

#[test]
fn the_seam_can_be_found_where_it_is() {
    // built with the same features as this test, and it never mentions the seam itself
    assert!(has_the_seam(&support::strace::example()));
}

#[test]
fn the_binding_has_no_seam_for_faults() {
    let bindings = bindings();
    if bindings.is_empty() {
        skip("the_binding_has_no_seam_for_faults", "there is no binding: npm run build");
    }
    for binding in bindings {
        assert!(!has_the_seam(&binding), "{} was built with the feature faults", binding.display());
    }
}
