//! The new file is given what the old one has: owner, group, access control list, label. Its mode is the source's.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::support::extended_attribute;
use crate::support::place::{Place, is_root};
use crate::{ASKED, Maker};

const ACL: &std::ffi::CStr = c"system.posix_acl_access";

pub(crate) fn setfacl(entry: &str, path: &Path) {
    assert!(Command::new("setfacl").args(["-m", entry]).arg(path).status().unwrap().success(), "setfacl {entry}");
}

fn getfacl(path: &Path) -> Vec<String> {
    let output = Command::new("getfacl").args(["-c", "-p", "-E", "-n"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn owner_and_group() {
    if !is_root() {
        return; // only root gives files away
    }
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        for maker in Maker::BOTH {
            let place = Place::preferably_on(file_system);
            let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
            chown(&old, Some(1234), Some(5678)).unwrap();
            chmod(&source, 0o640);
            chmod(&old, 0o604);
            assert_eq!(maker.make(&source, &old, ASKED).unwrap().atomic, Some(true));
            let found = fs::metadata(&old).unwrap();
            assert_eq!((found.uid(), found.gid()), (1234, 5678), "{file_system} {maker:?}");
            // of bytes from a socket there is no mode but the old file's
            assert_eq!(mode(&old), if maker == Maker::Copy { 0o640 } else { 0o604 }, "{file_system} {maker:?}");
        }
    }
}

#[test]
fn set_id_bits_of_the_old_file_are_not_given_to_other_bytes() {
    let place = Place::preferably_on("ext4");
    let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
    for maker in Maker::BOTH {
        chmod(&source, 0o755);
        chmod(&old, 0o6755);
        maker.make(&source, &old, ASKED).unwrap();
        assert_eq!(mode(&old), 0o755, "{maker:?}");
    }
}

#[test]
fn an_access_control_list() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        for maker in Maker::BOTH {
            let place = Place::preferably_on(file_system);
            let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
            chmod(&old, 0o600);
            setfacl("u:1000:rw,g:1001:r", &old);
            let list = getfacl(&old);
            chmod(&source, mode(&old)); // the group's bits are the list's mask
            assert_eq!(maker.make(&source, &old, ASKED).unwrap().atomic, Some(true));
            assert_eq!(getfacl(&old), list, "{file_system} {maker:?}");
            assert_eq!(list.len(), 6, "{list:?}");
        }
    }
}

#[test]
fn a_list_that_the_directory_would_give_goes_where_the_old_file_had_none() {
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        for maker in Maker::BOTH {
            let place = Place::preferably_on(file_system);
            let (source, old) = (place.file("source", b"new"), place.file("old", b"old content"));
            setfacl("d:u:1000:rwx", &place);
            maker.make(&source, &old, ASKED).unwrap();
            assert_eq!(extended_attribute::get(&old, ACL), None, "{file_system} {maker:?}");
            // a new name has it, as every new file there
            let new = place.join("new");
            maker.make(&source, &new, ASKED).unwrap();
            assert!(getfacl(&new).iter().any(|line| line.starts_with("user:1000:")), "{file_system} {maker:?}");
            fs::remove_file(new).unwrap();
        }
    }
}

#[test]
fn permissions_of_a_new_received_file_are_the_modes_less_the_umask() {
    use nix::sys::stat::{Mode, umask};
    crate::support::child::alone("given::permissions_of_a_new_received_file_are_the_modes_less_the_umask", || {
        let place = Place::preferably_on("ext4");
        let source = place.file("source", b"new");
        for (mask, wanted) in [(0o022, 0o644), (0o077, 0o600), (0, 0o666)] {
            umask(Mode::from_bits_truncate(mask));
            let new = place.join("new");
            Maker::Receive.make(&source, &new, ASKED).unwrap();
            assert_eq!(mode(&new), wanted, "umask {mask:o}");
            fs::remove_file(new).unwrap();
        }
        umask(Mode::from_bits_truncate(0o022));
    });
}
