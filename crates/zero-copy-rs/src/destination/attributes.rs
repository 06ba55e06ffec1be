//! What a copy gets from its source besides the bytes.
use std::ffi::{CStr, CString};

use nix::errno::Errno;
use nix::sys::stat::{Mode, fchmod, fstat, futimens};
use nix::unistd::{Gid, Uid, fchown};

use super::Preserve;
use crate::endpoint::End;
use crate::error::{Error, Named};
use crate::sys::steps::Steps;
use crate::sys::xattr::{self, Holder};

const PERMISSIONS: u32 = 0o777;
const SET_ID: u32 = 0o6000;
const SPECIAL: [(u32, &str); 3] = [(0o4000, "setuid"), (0o2000, "setgid"), (0o1000, "sticky")];

/// The system's, not the file's: a label comes from the policy, a signature would not fit.
const SYSTEMS: [&CStr; 4] = [xattr::SELINUX, c"security.SMACK64", c"security.ima", c"security.evm"];

fn same_owner(source: &End, sink: &End) -> bool {
    (source.uid, source.gid) == (sink.uid, sink.gid)
}

/// The permissions are always the source's, whatever the umask. The bits above them only where owner and group are the
/// source's too: a set-user-id program of one user must not become another's.
pub(super) fn mode(source: &End, sink: &End) -> u32 {
    if same_owner(source, sink) { source.mode } else { source.mode & PERMISSIONS }
}

/// Owner first, because that takes attributes and set-id bits away; times last. The answer: what it did not get.
pub(super) fn give(
    source: &End,
    sink: &mut End,
    preserve: Preserve,
    steps: &Steps,
) -> Result<Vec<&'static str>, Error> {
    let mut lost = Vec::new();
    if !sink.is_regular() {
        return Ok(lost);
    }
    if preserve.ownership && !same_owner(source, sink) {
        give_owner(source, sink, steps)?;
    }
    if !same_owner(source, sink) {
        lost.push("ownership");
    }
    let has_all = match (steps.make("flistxattr", || Holder::open(source).names()), preserve.xattrs) {
        (Ok(names), wanted) => {
            let names: Vec<_> = names.iter().filter(|name| !SYSTEMS.contains(&&***name)).collect();
            if wanted { give_xattrs(source, sink, &names, steps)? } else { names.is_empty() }
        }
        (Err(errno), true) => is_given("flistxattr", Err(errno))?,
        // nobody can say whether it has any
        (Err(_), false) => false,
    };
    let mode = give_mode(source, sink, preserve.xattrs, steps)?;
    lost.extend(SPECIAL.into_iter().filter(|(bit, _)| source.mode & !mode & bit != 0).map(|(_, name)| name));
    if !has_all {
        lost.push("xattrs");
    }
    if preserve.timestamps && !give_times(source, sink, steps)? {
        lost.push("timestamps");
    }
    Ok(lost)
}

/// A failure that says something of the disk is the transfer's; any other, that this one may not, or cannot.
fn is_given(call: &'static str, answer: nix::Result<()>) -> Result<bool, Error> {
    match answer {
        Err(errno @ (Errno::EIO | Errno::EDQUOT | Errno::EROFS)) => Err(Error::kernel(call, errno)),
        answer => Ok(answer.is_ok()),
    }
}

/// Both, or the group alone: a user may give a file of his to a group of his.
fn give_owner(source: &End, sink: &mut End, steps: &Steps) -> Result<(), Error> {
    let group = Some(Gid::from_raw(source.gid));
    let owner = Some(Uid::from_raw(source.uid));
    if is_given("fchown", steps.make("fchown", || fchown(&*sink, owner, group)))? {
        (sink.uid, sink.gid) = (source.uid, source.gid);
    } else if sink.gid != source.gid && is_given("fchown", steps.make("fchown", || fchown(&*sink, None, group)))? {
        sink.gid = source.gid;
    }
    Ok(())
}

/// Access control lists among them: one that the source has not, the copy has not either.
fn give_xattrs(source: &End, sink: &End, names: &[&CString], steps: &Steps) -> Result<bool, Error> {
    let mut has_all = true;
    for name in names {
        let value = steps.make("fgetxattr", || Holder::open(source).value(name));
        has_all &= match value {
            Ok(Some(value)) => is_given("fsetxattr", steps.make("fsetxattr", || xattr::set(sink, name, &value)))?,
            // it has gone meanwhile
            Ok(None) => true,
            Err(errno) => is_given("fgetxattr", Err(errno))?,
        };
    }
    if !names.iter().any(|name| ***name == *xattr::ACL) {
        has_all &= is_given("fremovexattr", steps.make("fremovexattr", || xattr::remove(sink, xattr::ACL)))?;
    }
    Ok(has_all)
}

/// The mode that it has then. `anyway`: it may have changed with an access control list.
fn give_mode(source: &End, sink: &mut End, anyway: bool, steps: &Steps) -> Result<u32, Error> {
    let mode = mode(source, sink);
    // the kernel takes set-id bits from a file that a user writes to
    if !anyway && mode == sink.mode && mode & SET_ID == 0 {
        return Ok(mode);
    }
    steps.must("fchmod", || fchmod(&*sink, Mode::from_bits_truncate(mode)))?;
    sink.mode = mode;
    if mode & SET_ID != 0 {
        // it leaves out, without a word, what the caller's groups do not allow
        sink.mode = fstat(&*sink).named("fstat")?.st_mode & 0o7777;
    }
    Ok(sink.mode)
}

fn give_times(source: &End, sink: &End, steps: &Steps) -> Result<bool, Error> {
    is_given("utimensat", steps.make("utimensat", || futimens(sink, &source.accessed, &source.modified)))
}
