//! Lets a test make the nth call of a kind fail, interrupt it, or cut every call short. Not compiled into a release.
use super::call::Call;
use nix::errno::Errno;

/// What shall go wrong. `Faults::default()` is nothing.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    planned: Vec<(Call, u64, Errno)>,
    short: Option<usize>,
    seen: [u64; Call::ALL.len()],
}

/// Kept in every binary that has this seam, whether it is used or not: a test looks for it in the release.
#[used]
static MARK: &str = Faults::MARK;

impl Faults {
    /// In no published binary.
    pub const MARK: &str = "zero-copy-rs was built with the feature faults";

    /// The `nth` call (from 1) answers `errno` without being made. EINTR is repeated, as the kernel's own is.
    #[must_use]
    pub fn fail(mut self, call: Call, nth: u64, errno: i32) -> Self {
        self.planned.push((call, nth, Errno::from_raw(errno)));
        self
    }

    /// No call is given more than `bytes` at once, so that each is answered short.
    #[must_use]
    pub fn short(mut self, bytes: usize) -> Self {
        self.short = Some(bytes);
        self
    }

    pub(super) fn due(&mut self, call: Call, len: usize) -> (usize, Option<Errno>) {
        let seen = &mut self.seen[call as usize];
        *seen += 1;
        let errno = self.planned.iter().find(|&&(c, n, _)| c == call && n == *seen).map(|&(.., errno)| errno);
        (self.short.map_or(len, |short| len.min(short)), errno)
    }
}
