//! What is wanted of a destination, and why it is written in place where it is.
use nix::sys::stat::Mode;

use crate::endpoint::End;

/// Whether a destination is to appear as a whole.
///
/// Replacing makes a new file: other hard links and open descriptors keep the old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Atomic {
    /// Where a new file can stand for the old one; otherwise in place, and the report says why.
    #[default]
    Auto,
    /// Or [`ErrorKind::AtomicUnavailable`](crate::ErrorKind::AtomicUnavailable), before anything is touched.
    Always,
    /// It is written in place.
    Never,
}

/// Of every file that is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileWish {
    pub(crate) overwrite: bool,
    pub(crate) atomic: Atomic,
    pub(crate) durable: bool,
}

impl Default for FileWish {
    fn default() -> Self {
        Self { overwrite: true, atomic: Atomic::Auto, durable: false }
    }
}

/// Where the bytes come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    /// A file: the destination must not be another name of it, and gets its permissions.
    File(&'a End),
    /// Elsewhere: the permissions of a new file, less the umask.
    Elsewhere(Mode),
}

/// Nobody else reads a file that is not whole yet.
const PRIVATE: Mode = Mode::from_bits_truncate(0o600);

impl<'a> Origin<'a> {
    pub(super) fn source(self) -> Option<&'a End> {
        match self {
            Self::File(source) => Some(source),
            Self::Elsewhere(_) => None,
        }
    }

    /// With which a new file is made.
    pub(super) fn creation_mode(self) -> Mode {
        match self {
            Self::File(_) => PRIVATE,
            Self::Elsewhere(mode) => mode,
        }
    }
}

/// Why a destination cannot be replaced as a whole, or is not. Lack of space is never a reason.
pub(super) mod why {
    pub(in super::super) const ASKED: &str = "atomic: false was asked for";
    pub(in super::super) const KIND: &str = "the destination is no regular file";
    pub(in super::super) const MOUNT: &str = "something is mounted on the destination";
    pub(in super::super) const DIRECTORY: &str = "the destination's directory may not be written";
    pub(in super::super) const STICKY: &str = "its directory lets nobody but the owner replace the destination";
    pub(in super::super) const OWNER: &str = "a new file cannot be given the owner and group of the old one";
    pub(in super::super) const ACL: &str = "a new file cannot be given the access control list of the old one";
    pub(in super::super) const LABEL: &str = "a new file cannot be given the security label of the old one";
    pub(in super::super) const EXCLUSIVE: &str = "the file system cannot give a whole file a name that must be new";
    pub(in super::super) const PROC: &str =
        "without /proc the old file cannot be asked what the new one has to be given";
    pub(in super::super) const LINK: &str = "where the destination's link leads cannot be found out";
}
