//! What a destination may be, whom it belongs to, and who may read it. Run as root and as a plain user: what differs is
//! asserted for each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests
mod fifo;
mod modes;
mod refused;
#[path = "../support/mod.rs"]
mod support;

use std::fs::{Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).as_ref().map(Metadata::mode).unwrap() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
