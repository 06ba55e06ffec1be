//! What a new file is given of the one that it replaces: owner, group, access control list, security label.
use std::ffi::CStr;

use nix::errno::Errno;
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{Gid, Uid, fchown};

use super::old::Old;
use super::wanted::why;
use crate::endpoint::End;
use crate::error::{Error, Named};
use crate::sys::steps::Steps;
use crate::sys::xattr::{self, Holder};

/// Each with the reason for writing in place where it cannot be given.
const ATTRIBUTES: [(&CStr, &str); 4] = [
    (xattr::ACL, why::ACL),
    (c"system.nfs4_acl", why::ACL),
    (xattr::SELINUX, why::LABEL),
    (c"security.SMACK64", why::LABEL),
];

/// None: it has everything now. Otherwise why it cannot be had.
pub(super) fn give(old: &Old, sink: &mut End, steps: &Steps) -> Result<Option<&'static str>, Error> {
    if let Some(reason) = give_owner(old, sink, steps)? {
        return Ok(Some(reason));
    }
    let mode = sink.mode;
    let (from, to) = (Holder::place(old), Holder::open(sink));
    let (theirs, ours) = (steps.must("listxattr", || from.names())?, steps.must("flistxattr", || to.names())?);
    let mut is_wider = false;
    for (name, reason) in ATTRIBUTES {
        let has = |names: &[std::ffi::CString]| names.iter().any(|each| **each == *name);
        if !has(&theirs) && !has(&ours) {
            continue;
        }
        let wanted = if has(&theirs) { steps.must("getxattr", || from.value(name))? } else { None };
        // by inheritance from the directory, or by the policy
        let had = if has(&ours) { steps.must("fgetxattr", || to.value(name))? } else { None };
        let answer = match wanted {
            Some(value) if Some(&value) == had.as_ref() => continue,
            Some(value) => steps.make("fsetxattr", || xattr::set(&*sink, name, &value)),
            None => steps.make("fremovexattr", || xattr::remove(&*sink, name)),
        };
        match answer {
            // lack of space, and what the disk says, is no reason to write over the old file
            Err(errno @ (Errno::ENOSPC | Errno::EDQUOT | Errno::EIO)) => return Err(Error::kernel("fsetxattr", errno)),
            Err(_) => return Ok(Some(reason)),
            Ok(()) => is_wider |= name == xattr::ACL,
        }
    }
    if is_wider {
        // a list has permissions of its own; until the file is whole it stays private
        steps.must("fchmod", || fchmod(&*sink, Mode::from_bits_truncate(mode)))?;
    }
    Ok(None)
}

fn give_owner(old: &Old, sink: &mut End, steps: &Steps) -> Result<Option<&'static str>, Error> {
    let (uid, gid) = (old.facts.uid, old.facts.gid);
    if (sink.uid, sink.gid) == (uid, gid) {
        return Ok(None);
    }
    let owner = (sink.uid != uid).then_some(Uid::from_raw(uid));
    let group = (sink.gid != gid).then_some(Gid::from_raw(gid));
    match steps.make("fchown", || fchown(&*sink, owner, group)) {
        Err(Errno::EPERM | Errno::EINVAL | Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EACCES) => Ok(Some(why::OWNER)),
        answer => {
            answer.named("fchown")?;
            (sink.uid, sink.gid) = (uid, gid);
            Ok(None)
        }
    }
}
