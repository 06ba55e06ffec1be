//! One run from file to file.
use std::path::Path;

use super::order::Case;
use super::place::Place;
use super::source::Source;
use crate::CopyFile;
use crate::engine::Handle;
use crate::error::Error;
use crate::report::Report;

/// Copies, and leaves the place as it was: without a destination, and synced.
pub(super) fn run(case: &Case, source: &Source, place: &Place, handle: &Handle) -> Result<Report, Error> {
    let destination = place.destination();
    let copied = copy(case, source.path(), &destination, handle);
    let compared = copied.and_then(|report| source.compare(&destination, handle).map(|()| report));
    // a refused copy has made none
    let _ = std::fs::remove_file(&destination);
    let report = compared?;
    place.sync()?;
    Ok(report)
}

fn copy(case: &Case, source: &Path, destination: &Path, handle: &Handle) -> Result<Report, Error> {
    let mut request = CopyFile::new(source, destination).watched_by(handle);
    if let Some(strategy) = case.strategy {
        request = request.strategy(strategy);
    }
    if let Some(bytes) = case.buffer_size {
        request = request.buffer_size(bytes);
    }
    request.run()
}
