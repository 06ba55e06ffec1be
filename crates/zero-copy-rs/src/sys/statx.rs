//! What a descriptor is, and whether its file may be replaced, by
//! [`statx(2)`](https://man7.org/linux/man-pages/man2/statx.2.html).
//!
//! By number and with a layout of our own: the C library of musl has the call in its newest version only.
#![allow(unsafe_code)] // a call that nix lacks
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::stat::fstat;

use crate::endpoint::Identity;

/// Linux 5.8.
const MOUNT_ROOT: u64 = 0x2000;
const APPEND: u64 = 0x20;

/// Type, mode, owner, group, inode.
const WANTED: u32 = 0x1 | 0x2 | 0x8 | 0x10 | 0x100;

/// What is asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) identity: Identity,
    /// Type and permissions.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// It may only be appended to; of a directory: no name may go.
    pub(crate) appends: bool,
    /// Something is mounted here. None: this kernel does not say.
    pub(crate) is_mount_root: Option<bool>,
}

/// Of the kernel's `struct statx` (linux/stat.h), what is read; 256 bytes in all.
#[repr(C)]
#[derive(Default)]
struct Statx {
    mask: u32,
    blksize: u32,
    attributes: u64,
    nlink: u32,
    uid: u32,
    gid: u32,
    mode: u16,
    spare: u16,
    inode: u64,
    size_and_blocks: [u64; 2],
    attributes_mask: u64,
    times: [[u64; 2]; 4],
    rdev: [u32; 2],
    device: [u32; 2],
    rest: [u64; 14],
}

/// A descriptor that was opened with O_PATH will do.
pub(crate) fn facts(of: impl AsFd) -> nix::Result<Facts> {
    let mut found = Statx::default();
    let fd = of.as_fd().as_raw_fd();
    // SAFETY: `found` is as large as the kernel's structure, and the path a C string.
    let answer =
        unsafe { libc::syscall(libc::SYS_statx, fd, c"".as_ptr(), libc::AT_EMPTY_PATH, WANTED, &raw mut found) };
    match Errno::result(answer) {
        // before Linux 4.11, or a seccomp filter that does not know it
        Err(Errno::ENOSYS | Errno::EPERM) => of_old_kernel(of),
        Err(errno) => Err(errno),
        Ok(_) => Ok(Facts {
            identity: Identity::new(libc::makedev(found.device[0], found.device[1]), found.inode),
            mode: found.mode.into(),
            uid: found.uid,
            gid: found.gid,
            appends: found.attributes & APPEND != 0,
            is_mount_root: (found.attributes_mask & MOUNT_ROOT != 0).then_some(found.attributes & MOUNT_ROOT != 0),
        }),
    }
}

fn of_old_kernel(of: impl AsFd) -> nix::Result<Facts> {
    let stat = fstat(of)?;
    let (uid, gid) = (stat.st_uid, stat.st_gid);
    Ok(Facts { identity: Identity::of(&stat), mode: stat.st_mode, uid, gid, appends: false, is_mount_root: None })
}

#[cfg(test)]
#[allow(clippy::expect_used)] // tests
mod tests {
    use super::{Statx, facts, of_old_kernel};

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<Statx>(), 256);
        assert_eq!(std::mem::offset_of!(Statx, device), 136);
    }

    #[test]
    fn both_ways_say_the_same() {
        for path in ["/", "/proc/self/status", "Cargo.toml"] {
            let file = std::fs::File::open(path).expect(path);
            let (new, old) = (facts(&file).expect(path), of_old_kernel(&file).expect(path));
            let plain = |facts: super::Facts| (facts.identity, facts.mode, facts.uid, facts.gid);
            assert_eq!(plain(new), plain(old), "{path}");
        }
    }

    #[test]
    fn a_root_of_a_mount_is_known() {
        let of = |path| facts(std::fs::File::open(path).expect(path)).expect(path).is_mount_root;
        assert_ne!(of("/proc"), Some(false));
        assert_ne!(of("/proc/self"), Some(true));
    }
}
