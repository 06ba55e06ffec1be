//! Which capabilities this thread has, by [`capget(2)`](https://man7.org/linux/man-pages/man2/capget.2.html).
#![allow(unsafe_code)] // a call that nix lacks
use nix::errno::Errno;
use nix::libc;

const VERSION_3: u32 = 0x2008_0522;
const FOWNER: u32 = 3;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

/// Of `linux/capability.h`: each set in two words of 32 bits.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Sets {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// CAP_FOWNER: to do with any file what its owner may.
pub(crate) fn may_act_as_owner() -> bool {
    let (mut header, mut sets) = (Header { version: VERSION_3, pid: 0 }, [Sets::default(); 2]);
    // SAFETY: version 3 fills two structures.
    let answer = unsafe { libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr()) };
    Errno::result(answer).is_ok() && sets[0].effective & 1 << FOWNER != 0
}
