//! Where destinations lie in containers: overlay file systems, and file systems without files to be made.
use std::fs;

use zero_copy_rs::{Atomic, CopyFile};

use crate::support::bytes::random;
use crate::support::mount_namespace::{mount_overlay, unmount, within};
use crate::support::place::{Place, is_root};
use crate::{ASKED, Asked, Maker};

#[test]
fn files_of_a_lower_layer_are_replaced_in_the_upper() {
    if !is_root() {
        return; // only root mounts
    }
    for file_system in ["ext4", "xfs", "btrfs", "tmpfs"] {
        let place = Place::preferably_on(file_system);
        let [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map(|name| place.join(name));
        [&lower, &upper, &work, &merged].into_iter().for_each(|path| fs::create_dir(path).unwrap());
        fs::write(lower.join("below"), "old content").unwrap();
        let source = place.file("source", &random(1, 200_000));
        within(|| {
            mount_overlay([&lower, &upper, &work, &merged]);
            for maker in Maker::BOTH {
                for (name, overwrite) in [("below", true), ("below", true), ("new", true), ("exclusive", false)] {
                    let destination = merged.join(name);
                    let asked = Asked { atomic: Atomic::Always, overwrite, ..ASKED };
                    let report = maker.make(&source, &destination, asked).unwrap();
                    assert_eq!(report.atomic, Some(true), "{file_system} {maker:?} {name}");
                    assert!(fs::read(&destination).unwrap() == fs::read(&source).unwrap());
                }
                ["new", "exclusive"].into_iter().for_each(|name| fs::remove_file(merged.join(name)).unwrap());
                let names: Vec<_> = fs::read_dir(&merged).unwrap().map(|entry| entry.unwrap().file_name()).collect();
                assert_eq!(names, ["below"], "{file_system} {maker:?}");
            }
            unmount(&merged);
        });
        assert_eq!(fs::read(lower.join("below")).unwrap(), b"old content");
    }
}

#[test]
fn what_the_kernel_itself_reads_is_written_in_place() {
    if !is_root() {
        return; // only root may
    }
    // its own name, as it is: writing it changes nothing
    let path = "/proc/self/comm";
    let name = fs::read(path).unwrap();
    let place = Place::anywhere();
    let source = place.file("source", &name);
    let report = CopyFile::new(&source, path).run();
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.atomic, Some(false));
    assert_eq!(report.atomic_reason, Some("the destination's directory may not be written"));
    assert_eq!(fs::read(path).unwrap(), name);
}
