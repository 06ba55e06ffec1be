//! Where no new file can stand for the old one it is written in place, with the reason; with `atomic: true` that is an
//! error before anything is touched.
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use zero_copy_rs::{Atomic, Report};

use crate::given::setfacl;
use crate::support::mount_namespace::{bind, unmount, within};
use crate::support::place::{Place, is_root};
use crate::support::{child, extended_attribute, process};
use crate::{ASKED, Asked, Maker, is_unavailable, snapshot};

const MOUNT: &str = "something is mounted on the destination";
const STICKY: &str = "its directory lets nobody but the owner replace the destination";
const OWNER: &str = "a new file cannot be given the owner and group of the old one";
const ACL: &str = "a new file cannot be given the access control list of the old one";
const LABEL: &str = "a new file cannot be given the security label of the old one";

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// `place` has `source` (new content, 0666) and in `directory` the file `old`, which is to be written in place.
fn written_in_place(place: &Path, reason: &str) {
    let (source, old) = (place.join("source"), place.join("directory/old"));
    for maker in Maker::BOTH {
        let before = snapshot::facts(&old);
        let error = maker.make(&source, &old, Asked { atomic: Atomic::Always, ..ASKED }).unwrap_err();
        is_unavailable(&error, reason);
        assert_eq!(snapshot::facts(&old), before, "{maker:?}: it was touched");
        let report = maker.make(&source, &old, ASKED).unwrap();
        assert_eq!((report.atomic, report.atomic_reason), (Some(false), Some(reason)), "{maker:?}");
        assert_eq!(fs::read(&old).unwrap(), b"new content", "{maker:?}");
        let after = snapshot::facts(&old);
        assert_eq!(inode_of(&after), inode_of(&before), "{maker:?}");
        assert_eq!(fs::read_dir(place.join("directory")).unwrap().count(), 1, "{maker:?}");
        fs::write(&old, "old content").unwrap();
    }
}

fn inode_of(facts: &snapshot::Facts) -> String {
    format!("{facts:?}").split(" mode").next().unwrap().to_owned()
}

fn prepared(file_system: &str) -> Place {
    let place = Place::preferably_on(file_system);
    chmod(&place, 0o755);
    chmod(&place.file("source", b"new content"), 0o666);
    fs::create_dir(place.join("directory")).unwrap();
    fs::write(place.join("directory/old"), "old content").unwrap();
    chmod(&place.join("directory/old"), 0o666);
    place
}

/// As a plain user, of whom nothing here is.
fn as_nobody(body: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let nobody = || {
            process::become_nobody();
            body();
        };
        scope.spawn(nobody).join().unwrap();
    });
}

#[test]
fn a_mounted_file() {
    if !is_root() {
        return; // only root mounts
    }
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = prepared(file_system);
        let other = place.file("other", b"old content");
        within(|| {
            bind(&other, &place.join("directory/old"));
            written_in_place(&place, MOUNT);
            unmount(&place.join("directory/old"));
        });
        assert_eq!(fs::read(other).unwrap(), b"old content");
        assert_eq!(fs::read(place.join("directory/old")).unwrap(), b"old content", "what is below");
    }
}

#[test]
fn a_directory_that_may_not_be_written() {
    let directory = "the destination's directory may not be written";
    let place = prepared("ext4");
    chmod(&place.join("directory"), 0o555);
    if is_root() {
        // the owner of the file, but not of its directory
        chown(place.join("directory/old"), Some(65534), Some(65534)).unwrap();
        chown(place.join("source"), Some(65534), Some(65534)).unwrap();
        as_nobody(|| written_in_place(&place, directory));
        // not even root may
        let chattr = |flag| Command::new("chattr").arg(flag).arg(place.join("directory")).status().unwrap().success();
        assert!(chattr("+i"));
        written_in_place(&place, directory);
        assert!(chattr("-i"));
    } else {
        written_in_place(&place, directory);
    }
    chmod(&place.join("directory"), 0o755);
}

#[test]
fn a_directory_from_which_no_name_may_go() {
    if !is_root() {
        return; // only root makes one
    }
    let place = prepared("ext4");
    let chattr = |flag| Command::new("chattr").arg(flag).arg(place.join("directory")).status().unwrap().success();
    assert!(chattr("+a"));
    written_in_place(&place, STICKY);
    // new names are welcome
    let new = place.join("directory/new");
    assert_eq!(Maker::Copy.make(&place.join("source"), &new, ASKED).unwrap().atomic, Some(true));
    assert!(chattr("-a"));
}

#[test]
fn anothers_file_in_a_sticky_directory() {
    if !is_root() {
        return; // a third user's file is needed
    }
    let place = prepared("ext4");
    chmod(&place.join("directory"), 0o1777);
    chown(place.join("directory/old"), Some(1000), Some(65534)).unwrap();
    // nobody could not change the mode of it either
    chmod(&place.join("source"), 0o666);
    as_nobody(|| written_in_place(&place, STICKY));
    // to root, to its owner and to the directory's nothing is forbidden
    let source = place.join("source");
    assert_eq!(Maker::Copy.make(&source, &place.join("directory/old"), ASKED).unwrap().atomic, Some(true));
    chown(place.join("directory/old"), Some(65534), Some(65534)).unwrap();
    as_nobody(|| assert_eq!(replaced(&place).atomic, Some(true)));
    chown(place.join("directory"), Some(65534), Some(65534)).unwrap();
    chown(place.join("directory/old"), Some(65534), Some(65534)).unwrap();
    as_nobody(|| assert_eq!(replaced(&place).atomic, Some(true)));
}

fn replaced(place: &Path) -> Report {
    Maker::Copy.make(&place.join("source"), &place.join("directory/old"), ASKED).unwrap()
}

#[test]
fn anothers_file_that_anybody_may_write() {
    if !is_root() {
        return; // another's file is needed
    }
    for (owner, group) in [(1000, 65534), (65534, 1000)] {
        let place = prepared("ext4");
        chmod(&place.join("directory"), 0o777);
        chown(place.join("directory/old"), Some(owner), Some(group)).unwrap();
        as_nobody(|| written_in_place(&place, OWNER));
        let after = fs::metadata(place.join("directory/old")).unwrap();
        use std::os::unix::fs::MetadataExt;
        assert_eq!((after.uid(), after.gid()), (owner, group));
    }
}

#[test]
fn a_label_that_only_root_gives() {
    if !is_root() {
        return; // only root gives labels
    }
    let place = prepared("ext4");
    chmod(&place.join("directory"), 0o777);
    chown(place.join("directory/old"), Some(65534), Some(65534)).unwrap();
    extended_attribute::set(&place.join("directory/old"), c"security.selinux", b"of:the:system:s0");
    // as a security module does
    let forbid = [(libc::SYS_fsetxattr, libc::EPERM)];
    std::thread::scope(|scope| {
        let refused = || {
            crate::support::seccomp::forbid(&forbid);
            written_in_place(&place, LABEL);
        };
        scope.spawn(refused).join().unwrap();
    });
    // root can
    assert_eq!(replaced(&place).atomic, Some(true));
    let label = extended_attribute::get(&place.join("directory/old"), c"security.selinux");
    assert_eq!(label.as_deref(), Some(&b"of:the:system:s0"[..]));
}

/// As where the file system keeps an old list, and takes no new one.
#[test]
fn an_access_control_list_that_cannot_be_given() {
    let name = "in_place::an_access_control_list_that_cannot_be_given";
    child::alone(name, || {
        let place = prepared("ext4");
        setfacl("u:1000:rw", &place.join("directory/old"));
        let forbid = [(libc::SYS_fsetxattr, libc::EOPNOTSUPP)];
        std::thread::scope(|scope| {
            let refused = || {
                crate::support::seccomp::forbid(&forbid);
                written_in_place(&place, ACL);
            };
            scope.spawn(refused).join().unwrap();
        });
        assert_eq!(replaced(&place).atomic, Some(true));
    });
}

#[test]
fn devices_and_what_is_no_regular_file() {
    let kind = "the destination is no regular file";
    let place = Place::anywhere();
    let (source, null) = (place.file("source", b"new content"), place.null_device());
    for maker in Maker::BOTH {
        is_unavailable(&maker.make(&source, &null, Asked { atomic: Atomic::Always, ..ASKED }).unwrap_err(), kind);
        let report = maker.make(&source, &null, ASKED).unwrap();
        assert_eq!((report.atomic, report.atomic_reason), (Some(false), Some(kind)), "{maker:?}");
        assert!(!fs::metadata(&null).unwrap().is_file());
    }
    // with a reader
    let fifo = place.join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let reader = fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
    for maker in Maker::BOTH {
        is_unavailable(&maker.make(&source, &fifo, Asked { atomic: Atomic::Always, ..ASKED }).unwrap_err(), kind);
        let report = maker.make(&source, &fifo, ASKED).unwrap();
        assert_eq!((report.atomic, report.atomic_reason, report.bytes), (Some(false), Some(kind), 11), "{maker:?}");
    }
    drop(reader);
    for maker in Maker::BOTH {
        assert_eq!(maker.make(&source, &fifo, ASKED).unwrap_err().code(), "ENXIO", "nobody reads");
    }
}

#[test]
fn without_proc() {
    const PROC: &str = "without /proc the old file cannot be asked what the new one has to be given";
    // root's run has seen it
    if !is_root() {
        return;
    }
    child::alone("in_place::without_proc", || {
        let place = prepared("ext4");
        within(|| {
            assert!(Command::new("umount").args(["--lazy", "/proc"]).status().unwrap().success());
            written_in_place(&place, PROC);
            // a new file has a name from the start then, and is whole all the same
            for maker in Maker::BOTH {
                for overwrite in [true, false] {
                    let new = place.join("directory/new");
                    let asked = Asked { atomic: Atomic::Always, overwrite, ..ASKED };
                    let report = maker.make(&place.join("source"), &new, asked).unwrap();
                    assert_eq!(report.atomic, Some(true));
                    assert_eq!(fs::read(&new).unwrap(), b"new content");
                    fs::remove_file(&new).unwrap();
                }
            }
            assert_eq!(fs::read_dir(place.join("directory")).unwrap().count(), 1);
        });
    });
}

#[test]
fn where_it_was_asked_for() {
    let place = prepared("ext4");
    for maker in Maker::BOTH {
        let asked = Asked { atomic: Atomic::Never, ..ASKED };
        let report = maker.make(&place.join("source"), &place.join("directory/old"), asked).unwrap();
        assert_eq!((report.atomic, report.atomic_reason), (Some(false), Some("atomic: false was asked for")));
    }
}
