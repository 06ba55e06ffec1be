//! What kind of file system a file lies on, and what follows from it: one table, by the number in
//! [`statfs(2)`](https://man7.org/linux/man-pages/man2/statfs.2.html).
use std::os::fd::AsFd;

use nix::sys::statfs::fstatfs;

/// Whether files can share extents there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clones {
    /// Each data block is one file's own, so whatever moves bytes copies them.
    No,
    /// Successful FICLONE shares, and FIEMAP tells.
    Yes,
    /// A clone may be an unshared copy, or be made by a server: nothing on this side can tell.
    Opaque,
}

/// What the table knows of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileSystem {
    pub(crate) name: &'static str,
    pub(crate) clones: Clones,
    /// Whether the kernel accounts its input and output to the thread (`ru_inblock`, `ru_oublock`).
    pub(crate) accounted: bool,
    /// Whether subvolumes have device numbers of their own although they share extents.
    pub(crate) subvolumes: bool,
    /// Whether no server has to be asked for anything.
    pub(crate) is_local: bool,
    /// Whether what it says of a file's holes (SEEK_DATA) can be relied on. Not of ZFS: it reported holes where data had
    /// just been written (openzfs#15526, #15933); not of network file systems, which ask their server or guess.
    pub(crate) tells_holes: bool,
    /// Whether allocating ahead is harmless and pays, and with it writing past the page cache: where that was measured.
    pub(crate) allocates: bool,
}

const fn row(name: &'static str, clones: Clones, accounted: bool) -> FileSystem {
    let is_local = !matches!(clones, Clones::Opaque);
    FileSystem { name, clones, accounted, subvolumes: false, is_local, tells_holes: is_local, allocates: false }
}

/// Each file's content is made as it is read.
const fn generated(name: &'static str) -> FileSystem {
    FileSystem { tells_holes: false, ..row(name, Clones::No, false) }
}

static TABLE: &[(u64, FileSystem)] = &[
    (0xef53, FileSystem { allocates: true, ..row("ext4", Clones::No, true) }),
    (0x5846_5342, FileSystem { allocates: true, ..row("xfs", Clones::Yes, true) }),
    (0x9123_683e, FileSystem { subvolumes: true, ..row("btrfs", Clones::Yes, true) }),
    (0xca45_1a4e, row("bcachefs", Clones::Yes, true)),
    (0xf2f5_2010, row("f2fs", Clones::No, true)),
    (0x0102_1994, row("tmpfs", Clones::No, false)),
    (0x8584_58f6, row("ramfs", Clones::No, false)),
    (0x9fa0, generated("proc")),
    (0x6265_6572, generated("sysfs")),
    (0x6367_7270, generated("cgroup2")),
    // it asks the file system below, which is seldom one of a network
    (0x794c_7630, FileSystem { tells_holes: true, ..row("overlay", Clones::Opaque, false) }),
    // openzfs#18219: FICLONE succeeds and may share nothing
    (0x2fc1_2fc1, row("zfs", Clones::Opaque, false)),
    (0x6969, row("nfs", Clones::Opaque, false)),
    (0xff53_4d42, row("cifs", Clones::Opaque, false)),
    (0xfe53_4d42, row("smb2", Clones::Opaque, false)),
    (0x6573_5546, row("fuse", Clones::Opaque, false)),
];

impl FileSystem {
    /// Whether there is no device below it.
    pub(crate) fn is_in_memory(self) -> bool {
        matches!(self.name, "tmpfs" | "ramfs")
    }

    pub(crate) const UNKNOWN: Self = row("unknown", Clones::Opaque, false);

    /// Whether a file made with O_TMPFILE can be counted on to get a name by `linkat`. A server, or a file system that is a
    /// program, may have the one and refuse the other.
    pub(crate) fn links_what_has_no_name(&self) -> bool {
        self.is_local || ["overlay", "zfs"].contains(&self.name)
    }

    pub(crate) fn of(file: impl AsFd) -> Self {
        let Ok(found) = fstatfs(file) else { return Self::UNKNOWN };
        // 32 bits are compared: musl and 32-bit targets sign-extend the number
        let magic = found.filesystem_type().0 as u64 & 0xffff_ffff;
        TABLE.iter().find(|(number, _)| *number == magic).map_or(Self::UNKNOWN, |&(_, found)| found)
    }
}
