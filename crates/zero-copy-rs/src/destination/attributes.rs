//! What a copy gets from its source besides the bytes.
use crate::endpoint::End;
use crate::sys::xattr::has_attributes;

const PERMISSIONS: u32 = 0o777;
pub(super) const SET_ID: u32 = 0o6000;
const SPECIAL: [(u32, &str); 3] = [(0o4000, "setuid"), (0o2000, "setgid"), (0o1000, "sticky")];

fn same_owner(source: &End, sink: &End) -> bool {
    (source.uid, source.gid) == (sink.uid, sink.gid)
}

/// The permissions are always the source's, whatever the umask. The bits above them only where owner and group are the
/// source's too: a set-user-id program of one user must not become another's.
pub(crate) fn mode(source: &End, sink: &End) -> u32 {
    if same_owner(source, sink) { source.mode } else { source.mode & PERMISSIONS }
}

/// Modification times are never preserved, so they are not named.
pub(crate) fn not_preserved(source: &End, sink: &End, mode: u32) -> Vec<&'static str> {
    let mut lost = Vec::new();
    if !sink.is_regular() {
        return lost;
    }
    if !same_owner(source, sink) {
        lost.push("ownership");
    }
    lost.extend(SPECIAL.into_iter().filter(|(bit, _)| source.mode & !mode & bit != 0).map(|(_, name)| name));
    if has_attributes(source) {
        lost.push("xattrs");
    }
    lost
}
