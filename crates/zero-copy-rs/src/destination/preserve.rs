//! What of the source a copy is to have besides its bytes.

/// What a copy gets of its source's besides the bytes and the permission bits, which it always gets.
///
/// ```
/// use zero_copy_rs::Preserve;
/// let mut preserve = Preserve::default(); // nothing
/// preserve.timestamps = true;
/// assert_ne!(preserve, Preserve::ALL);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preserve {
    /// When it was read and when it was changed, to the nanosecond.
    pub timestamps: bool,
    /// Owner and group, and with them setuid, setgid and sticky.
    pub ownership: bool,
    /// Extended attributes, access control lists among them.
    pub xattrs: bool,
}

impl Preserve {
    /// Everything that can be.
    pub const ALL: Self = Self { timestamps: true, ownership: true, xattrs: true };
}
