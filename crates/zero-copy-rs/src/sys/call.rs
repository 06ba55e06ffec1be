//! The calls that a report counts, named as `strace` names them.

/// A system call that moves, shares, allocates or probes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Call {
    /// `pread64`: from an offset into a user buffer.
    Pread64,
    /// `pwrite64`: from a user buffer, or a mapping, to an offset.
    Pwrite64,
    /// `read`, where the source has no offsets; also what is taken back from a pipe.
    Read,
    /// `write`, where the destination has no offsets.
    Write,
    /// `sendfile`.
    Sendfile,
    /// `copy_file_range`.
    CopyFileRange,
    /// `splice`.
    Splice,
    /// `ioctl`: FICLONE and FICLONERANGE.
    Ioctl,
    /// `lseek`: the output's position, the only one `sendfile` knows; and where the source's holes are.
    Lseek,
    /// `sendto`, where the destination is a socket.
    Sendto,
    /// `preadv2` with RWF_NOWAIT: whether a byte is in the page cache.
    Preadv2,
    /// `fallocate`: room ahead of the first byte, and holes where the destination had bytes.
    Fallocate,
    /// `mmap`: it moves nothing and is not counted, but it can be refused.
    Mmap,
    /// `pipe2`: likewise.
    Pipe2,
    /// `ftruncate`: likewise.
    Ftruncate,
    /// `openat`, of the destination once more for O_DIRECT: likewise.
    Openat,
}

impl Call {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 16] = [
        Self::Pread64,
        Self::Pwrite64,
        Self::Read,
        Self::Write,
        Self::Sendfile,
        Self::CopyFileRange,
        Self::Splice,
        Self::Ioctl,
        Self::Lseek,
        Self::Sendto,
        Self::Preadv2,
        Self::Fallocate,
        Self::Mmap,
        Self::Pipe2,
        Self::Ftruncate,
        Self::Openat,
    ];

    /// As `strace` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pread64 => "pread64",
            Self::Pwrite64 => "pwrite64",
            Self::Read => "read",
            Self::Write => "write",
            Self::Sendfile => "sendfile",
            Self::CopyFileRange => "copy_file_range",
            Self::Splice => "splice",
            Self::Ioctl => "ioctl",
            Self::Lseek => "lseek",
            Self::Sendto => "sendto",
            Self::Preadv2 => "preadv2",
            Self::Fallocate => "fallocate",
            Self::Mmap => "mmap",
            Self::Pipe2 => "pipe2",
            Self::Ftruncate => "ftruncate",
            Self::Openat => "openat",
        }
    }
}

/// How often each call was made, whatever it returned.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; Call::ALL.len()]);

impl Counts {
    pub(crate) const NONE: Self = Self([0; Call::ALL.len()]);

    #[inline]
    pub(crate) fn add(&mut self, call: Call) {
        self.0[call as usize] += 1;
    }

    /// What another thread did in this one's stead.
    pub(crate) fn take_in(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, more)| *mine += more);
    }

    /// How often `call` was made.
    pub fn of(&self, call: Call) -> u64 {
        self.0[call as usize]
    }

    /// The calls that were made, each with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Call, u64)> + '_ {
        Call::ALL.into_iter().zip(self.0).filter(|&(_, n)| n > 0)
    }
}

impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter().map(|(call, n)| (call.name(), n))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn the_list_is_in_the_order_of_the_numbers() {
        for (number, call) in Call::ALL.into_iter().enumerate() {
            assert_eq!(call as usize, number, "{}", call.name());
        }
    }
}
