//! Asks a file system which extents of a file are shared, with
//! [`FS_IOC_FIEMAP`](https://docs.kernel.org/filesystems/fiemap.html).
#![allow(unsafe_code)] // an ioctl with a struct of ours
use std::os::fd::{AsFd, AsRawFd};

const EXTENTS: usize = 64;
const LAST: u32 = 0x1;
const SHARED: u32 = 0x2000;

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
    mapped_extents: u32,
    extent_count: u32,
    reserved: u32,
    extents: [Extent; EXTENTS],
}

/// The number counts the header alone: in the kernel's struct the extents are a flexible array.
const FS_IOC_FIEMAP: libc::Ioctl =
    nix::request_code_readwrite!(b'f', 11, size_of::<Fiemap>() - size_of::<[Extent; EXTENTS]>()) as libc::Ioctl;

/// What of a file is shared with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    All,
    Nothing,
    Partly,
}

/// None: the file system does not say. Nothing is flushed for it.
pub(crate) fn shared(file: impl AsFd, length: u64) -> Option<Shared> {
    let (mut start, mut some, mut every) = (0, false, true);
    while start < length {
        let map = ask(&file, start, length - start)?;
        let found = &map.extents[..(map.mapped_extents as usize).min(EXTENTS)];
        for extent in found {
            let is_shared = extent.flags & SHARED != 0;
            some |= is_shared;
            every &= is_shared;
        }
        match found.last() {
            Some(last) if last.flags & LAST == 0 => start = last.logical + last.length,
            _ => break, // the last extent, or holes alone
        }
    }
    Some(if !some {
        Shared::Nothing
    } else if every {
        Shared::All
    } else {
        Shared::Partly
    })
}

fn ask(file: impl AsFd, start: u64, length: u64) -> Option<Fiemap> {
    let mut map = Fiemap {
        start,
        length,
        flags: 0,
        mapped_extents: 0,
        extent_count: EXTENTS as u32,
        reserved: 0,
        extents: [Extent::default(); EXTENTS],
    };
    // SAFETY: the kernel writes the header and at most `extent_count` extents behind it, all of them inside `map`.
    let answer = unsafe { libc::ioctl(file.as_fd().as_raw_fd(), FS_IOC_FIEMAP, &raw mut map) };
    (answer == 0).then_some(map)
}
