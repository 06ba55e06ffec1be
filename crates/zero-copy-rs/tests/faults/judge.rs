//! What must hold of a file that was to be made, whatever went wrong.
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use libc::{EDQUOT, EIO, ENOSPC};
use zero_copy_rs::{Error, ErrorKind, Faults, Report};

use crate::at_call::Done;
use crate::support::bytes::difference;

/// A destination, alone in its directory.
#[derive(Debug)]
pub(crate) struct Destination {
    directory: PathBuf,
    pub(crate) old: Option<Vec<u8>>,
    pub(crate) new: Vec<u8>,
    /// What it must be in the end, where it was made.
    pub(crate) mode: u32,
    pub(crate) is_atomic: bool,
    pub(crate) is_durable: bool,
}

impl Destination {
    pub(crate) fn new(directory: &Path, old: Option<Vec<u8>>, new: &[u8], mode: u32) -> Self {
        fs::create_dir(directory).unwrap();
        Self { directory: directory.to_owned(), old, new: new.to_vec(), mode, is_atomic: true, is_durable: false }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join("destination")
    }

    /// As it is before.
    pub(crate) fn prepare(&self) {
        let _ = fs::remove_file(self.path());
        if let Some(old) = &self.old {
            fs::write(self.path(), old).unwrap();
            fs::set_permissions(self.path(), Permissions::from_mode(0o640)).unwrap();
        }
    }

    /// Whoever looks during the transfer sees the old file or the whole new one, and nobody else may read what is not
    /// whole yet.
    pub(crate) fn watched(&self, faults: Faults) -> Faults {
        let (path, directory, old, new) = (self.path(), self.directory.clone(), self.old.clone(), self.new.clone());
        let (is_atomic, mode) = (self.is_atomic, self.mode | if self.old.is_some() { 0o640 } else { 0 });
        faults.watched(move |nth, call| {
            if is_atomic {
                let seen = fs::read(&path).ok();
                assert!(seen == old || seen.as_ref() == Some(&new), "before call {nth}, {call}: a part can be seen");
            }
            for file in written(&directory) {
                let wider = file & 0o077 & !mode;
                assert_eq!(wider, 0, "before call {nth}, {call}: {file:o} is wider than {mode:o}");
            }
        })
    }

    pub(crate) fn judge(&self, result: &Result<Report, Error>, done: &Done, what: &str) {
        let names: Vec<_> = fs::read_dir(&self.directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.is_empty() || names == ["destination"], "{what}: {names:?} are left");
        let found = fs::read(self.path()).ok();
        match result {
            Ok(report) => self.judge_success(report, found.as_deref(), done, what),
            Err(error) => {
                judge_error(error, self.new.len(), done, what);
                self.judge_rest(error, found.as_deref(), done, what);
            }
        }
    }

    fn judge_success(&self, report: &Report, found: Option<&[u8]>, done: &Done, what: &str) {
        assert_eq!(difference(found.unwrap_or_else(|| panic!("{what}: there is no file")), &self.new), None, "{what}");
        assert_eq!(report.bytes, self.new.len() as u64, "{what}");
        assert_eq!(report.attempts.iter().map(|attempt| attempt.bytes).sum::<u64>(), report.bytes, "{what}");
        assert_eq!(report.atomic, Some(self.is_atomic), "{what}: {:?}", report.atomic_reason);
        assert_eq!(report.durable, Some(self.is_durable), "{what}");
        let mode = fs::metadata(self.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, self.mode, "{what}: {mode:o}");
        // said by the disk, and then it was said to be there
        for call in ["fsync", "syncfs", "close", "ftruncate", "fchmod", "linkat", "renameat"] {
            if call == "ftruncate" && done.failed("fallocate") {
                continue; // it gives back what was not got
            }
            let disk = |&(_, name, wrong): &(_, &str, crate::errnos::Wrong)| {
                name == call && wrong.errno().is_some_and(|errno| [EIO, ENOSPC, EDQUOT].contains(&errno))
            };
            assert!(!done.wrong.iter().any(disk), "{what}: {call} failed, and it is a success");
        }
    }

    /// What an error leaves.
    fn judge_rest(&self, error: &Error, found: Option<&[u8]>, done: &Done, what: &str) {
        if self.is_atomic {
            // the whole file had its name, but the name was not on the disk for sure
            let named = self.is_durable && ["fsync", "syncfs", "openat"].iter().any(|call| done.failed(call));
            let is_as_before = found == self.old.as_deref();
            assert!(is_as_before || named && found == Some(&self.new), "{what}: {error}: the old file is not there");
            return;
        }
        let Some(old) = &self.old else {
            return assert_eq!(found.map(<[u8]>::len), None, "{what}: {error}: a new name is left");
        };
        let found = found.unwrap_or_else(|| panic!("{what}: {error}: the old name is gone"));
        let reached = error.bytes() as usize;
        let (there, hole) = self.new[..reached].split_at(reached.min(found.len()));
        assert_eq!(difference(&found[..there.len()], there), None, "{what}: {error}");
        assert!(hole.iter().all(|&byte| byte == 0), "{what}: {error}: nothing but a hole may be missing");
        // zeroes fill the last block that is written past the page cache, and what was made ahead of the bytes
        let filled = old.len().min(self.new.len());
        let foreign = |&at: &usize| {
            let byte = Some(&found[at]);
            byte != self.new.get(at) && byte != old.get(at) && (at < filled || found[at] != 0)
        };
        for block in (0..found.len()).step_by(4096) {
            let end = found.len().min(block + 4096);
            let is_one = |whole: &[u8]| whole.get(block..end) == Some(&found[block..end]);
            let at = if is_one(&self.new) || is_one(old) { None } else { (block.max(reached)..end).find(foreign) };
            assert_eq!(at, None, "{what}: {error}: a foreign byte");
        }
    }
}

/// Every fact that there is, and none that is not.
pub(crate) fn judge_error(error: &Error, length: usize, done: &Done, what: &str) {
    assert!(!done.is_harmless(), "{what}: {error} at {:?}", error.call());
    assert!(error.bytes() <= length as u64, "{what}: {error}");
    assert!(error.bytes() == 0 || error.strategy().is_some(), "{what}: {error}");
    let moved: u64 = error.attempts().iter().map(|attempt| attempt.bytes).sum();
    assert_eq!(moved, error.bytes(), "{what}: {error}: {:?}", error.attempts());
    let failed = |call: &str| done.failed(call) || call == "openat" && done.failed("faccessat2");
    match error.kind() {
        ErrorKind::Kernel => {
            let errno = error.raw_os_error().unwrap_or_else(|| panic!("{what}: {error} has no errno"));
            assert!(done.errnos().any(|wrong| wrong == errno), "{what}: {error} was not what the call answered");
            assert!(error.call().is_some_and(failed), "{what}: {error}: {:?} did not fail", error.call());
        }
        ErrorKind::StrategyUnavailable => {
            assert!(error.call().is_none_or(failed), "{what}: {error}: {:?} did not fail", error.call());
        }
        ErrorKind::AtomicUnavailable => {
            let space = done.errnos().any(|errno| [ENOSPC, EDQUOT].contains(&errno));
            assert!(!space, "{what}: {error}: lack of space is no reason");
        }
        _ => panic!("{what}: {error}"),
    }
}

/// The modes of files below `directory` that this process has open.
fn written(directory: &Path) -> Vec<u32> {
    let entries = fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    let here = entries
        .map(|entry| entry.path())
        .filter(|link| fs::read_link(link).is_ok_and(|target| target.starts_with(directory) && target != directory));
    here.filter_map(|link| Some(fs::metadata(link).ok()?.permissions().mode() & 0o7777)).collect()
}
