//! A witness of what a copy really was: [`FIEMAP`](https://docs.kernel.org/filesystems/fiemap.html), asked by the tests
//! themselves, after a flush, without a line of the library.
#![allow(unsafe_code)] // an ioctl
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;

const COUNT: usize = 512;
const SYNC: u32 = 0x1;
const SHARED: u32 = 0x2000;
/// Lies in the metadata itself: btrfs keeps files below 2 KiB so, and clones them by copying.
const DATA_INLINE: u32 = 0x200;

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Extent {
    logical: u64,
    physical: u64,
    length: u64,
    reserved64: [u64; 2],
    flags: u32,
    reserved: [u32; 3],
}

#[repr(C)]
struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
    extents: [Extent; COUNT],
}

const FS_IOC_FIEMAP: libc::Ioctl = nix::request_code_readwrite!(b'f', 11, 32) as libc::Ioctl;

/// How many of a file's extents are shared with another file, and how many are its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extents {
    pub(crate) shared: usize,
    pub(crate) own: usize,
    pub(crate) inline: usize,
}

impl Extents {
    pub(crate) fn of(path: &Path) -> Self {
        let file = File::open(path).unwrap();
        let mut map = Box::new(Fiemap {
            start: 0,
            length: u64::MAX,
            flags: SYNC,
            mapped: 0,
            count: COUNT as u32,
            reserved: 0,
            extents: [Extent::default(); COUNT],
        });
        // SAFETY: the kernel fills the header and at most `count` extents, which lie in `map`.
        let answer = unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_FIEMAP, &raw mut *map) };
        assert_eq!(answer, 0, "FIEMAP of {}: {}", path.display(), std::io::Error::last_os_error());
        let found = &map.extents[..map.mapped as usize];
        assert!(found.len() < COUNT, "{} has more extents than the test asks for", path.display());
        let has = |flag| found.iter().filter(|extent| extent.flags & flag != 0).count();
        Self { shared: has(SHARED), own: found.len() - has(SHARED), inline: has(DATA_INLINE) }
    }
}
