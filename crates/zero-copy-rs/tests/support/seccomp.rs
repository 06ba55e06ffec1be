//! A container's filter: system calls that answer an errno, for this thread and what it starts, for good.
#![allow(unsafe_code)] // prctl, with a filter of ours
use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter, sock_fprog};

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const ERRNO: u32 = libc::SECCOMP_RET_ERRNO;

fn instruction(code: u32, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf, k }
}

/// `calls` by number, each with the errno that it answers from now on.
pub(crate) fn forbid(calls: &[(libc::c_long, i32)]) {
    // the number of the call is the first word of seccomp_data
    let mut program = vec![instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0)];
    for &(number, errno) in calls {
        program.push(instruction(BPF_JMP | BPF_JEQ | BPF_K, 1, number as u32));
        program.push(instruction(BPF_RET | BPF_K, 0, ERRNO | errno as u32));
    }
    program.push(instruction(BPF_RET | BPF_K, 0, ALLOW));
    let filter = sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the kernel copies the filter, which outlives the call.
    let answers = unsafe {
        [
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter),
        ]
    };
    assert_eq!(answers, [0, 0], "{}", std::io::Error::last_os_error());
}
