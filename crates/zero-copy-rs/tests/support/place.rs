//! Where tests put their files: the test runner's fresh file systems (CONTRIBUTING.md), or the temporary directory.
use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The variable that names the directory with a mount for each file system.
const MOUNTS: &str = "ZERO_COPY_RS_TEST_MOUNTS";

/// More cases, for as long as it takes.
pub(crate) fn is_long() -> bool {
    std::env::var_os("ZERO_COPY_RS_TEST_LONG").is_some()
}

pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Whether there are fresh file systems.
pub(crate) fn has_mounts() -> bool {
    std::env::var_os(MOUNTS).is_some()
}

/// For the test runner, which counts such lines. Past libtest, which swallows what a passing test prints.
pub(crate) fn skip(name: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIP {name}: {reason}");
}

/// A directory of one test, removed with all that is in it.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// In the temporary directory: for what is the same on every file system.
    pub(crate) fn anywhere() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// On the file system `name`. None, said to the test runner: there is none.
    pub(crate) fn on(name: &str) -> Option<Self> {
        let mount = std::env::var_os(MOUNTS).map(|mounts| Path::new(&mounts).join(name));
        match mount {
            None => skip(name, &format!("{MOUNTS} is not set")),
            Some(mount) if !mount.is_dir() => skip(name, "the test runner could not make this file system"),
            Some(mount) => return Some(Self::below(&mount)),
        }
        None
    }

    /// On the file system `name`, or in the temporary directory where there are no mounts at all.
    pub(crate) fn preferably_on(name: &str) -> Self {
        if has_mounts() { Self::on(name).unwrap_or_else(Self::anywhere) } else { Self::anywhere() }
    }

    /// Where `auto` has no extents to share: a fresh ext4, or the temporary directory if it is on such a file system.
    pub(crate) fn without_clones() -> Option<Self> {
        use nix::sys::statfs::{EXT4_SUPER_MAGIC, TMPFS_MAGIC, statfs};
        if has_mounts() {
            return Self::on("ext4");
        }
        let place = Self::anywhere();
        if [EXT4_SUPER_MAGIC, TMPFS_MAGIC].contains(&statfs(&*place).unwrap().filesystem_type()) {
            return Some(place);
        }
        skip("the temporary directory", "neither ext4 nor tmpfs");
        None
    }

    fn below(directory: &Path) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!("zero-copy-rs-test-{}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                // left by a test that was killed, when its process had our number
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                created => {
                    created.unwrap();
                    return Self(path);
                }
            }
        }
    }

    /// A new file here.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A null device: for root one of its own, so that a defect does not take the machine's from everybody.
    pub(crate) fn null_device(&self) -> PathBuf {
        use nix::sys::stat::{Mode, SFlag, makedev, mknod};
        use std::os::unix::fs::PermissionsExt;
        if !is_root() {
            return PathBuf::from("/dev/null");
        }
        let path = self.0.join("null");
        mknod(&path, SFlag::S_IFCHR, Mode::empty(), makedev(1, 3)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        path
    }

    /// The names in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Deref for Place {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let removed = std::fs::remove_dir_all(&self.0);
        if !std::thread::panicking() {
            removed.unwrap();
        }
    }
}
