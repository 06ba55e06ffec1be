//! What is no refusal: it ends the copy, whatever else could be tried.
use libc::{EDQUOT, EFAULT, EIO, ENOMEM, ENOSPC};
use zero_copy_rs::{Call, ErrorKind, Outcome, Strategy};

use crate::support::bytes::random;
use crate::support::mount_namespace::{mount_tmpfs, within};
use crate::support::place::{Place, is_root};
use crate::{Files, STEP, brief, refusing};

/// A failed clone may have shared a part, and a copy over it would hide what happened.
#[test]
fn a_clone_that_fails_is_never_retried_another_way() {
    let Some(files) = Files::where_extents_can_be_shared() else { return };
    for errno in [ENOSPC, EDQUOT, EIO, ENOMEM] {
        for list in [None, Some([Strategy::Reflink, Strategy::ReadWrite])] {
            let faults = refusing(Call::Ioctl, 1, errno);
            let error = files.fails(|copy| {
                let copy = copy.faults(faults.clone());
                if let Some(list) = list { copy.strategies(list) } else { copy }
            });
            assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Kernel, Some(errno)));
            assert_eq!((error.call(), error.bytes()), (Some("ioctl"), 0));
            let attempt = (Strategy::Reflink, Outcome::Failed, 0, Some(Call::Ioctl), Some(errno));
            assert_eq!(brief(error.attempts()), [attempt]);
        }
    }
}

#[test]
fn no_room_is_never_retried_another_way() {
    let files = Files::anywhere();
    for (strategy, call) in [
        (Strategy::CopyFileRange, Call::CopyFileRange),
        (Strategy::Sendfile, Call::Sendfile),
        (Strategy::Splice, Call::Splice),
        (Strategy::MmapWrite, Call::Pwrite64),
        (Strategy::ReadWrite, Call::Pwrite64),
    ] {
        for errno in [ENOSPC, EDQUOT] {
            let list = [strategy, Strategy::Sendfile, Strategy::ReadWrite];
            let error = files.fails(|copy| copy.strategies(list).faults(refusing(call, 4, errno)));
            let reached = if call == Call::Splice { STEP } else { 3 * STEP } as u64;
            assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Kernel, Some(errno)));
            assert_eq!((error.bytes(), error.call()), (reached, Some(call.name())), "{strategy}");
            assert_eq!(brief(error.attempts()), [(strategy, Outcome::Failed, reached, Some(call), Some(errno))]);
        }
    }
}

#[test]
fn an_unreadable_source_is_the_kernels_error() {
    let files = Files::anywhere();
    for (strategy, call, errno) in [
        (Strategy::ReadWrite, Call::Pread64, EIO),
        (Strategy::Sendfile, Call::Sendfile, EIO),
        (Strategy::Splice, Call::Splice, EIO),
        (Strategy::MmapWrite, Call::Pwrite64, EFAULT), // a page that cannot be read
        (Strategy::Sendfile, Call::Lseek, EIO),
    ] {
        let error = files.fails(|copy| copy.strategy(strategy).faults(refusing(call, 1, errno)));
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Kernel, Some(errno)), "{strategy}");
        assert_eq!((error.call(), error.bytes()), (Some(call.name()), 0), "{strategy}");
    }
}

/// copy_file_range's EIO may be CIFS's way of saying no; then another strategy meets the real one.
#[test]
fn an_unreadable_source_is_met_by_every_strategy_of_auto_in_turn() {
    let Some(files) = Files::without_clones() else { return };
    let faults = refusing(Call::CopyFileRange, 3, EIO).fail(Call::Sendfile, 1, EIO);
    let error = files.fails(|copy| copy.faults(faults.clone()));
    assert_eq!((error.raw_os_error(), error.call()), (Some(EIO), Some("sendfile")));
    assert_eq!(error.bytes(), 2 * STEP as u64);
}

#[test]
fn a_full_file_system_is_enospc_and_the_new_name_is_gone() {
    if !is_root() {
        return; // only root mounts
    }
    let place = Place::anywhere();
    let source = place.file("source", &random(1, 3_000_000));
    within(|| {
        let ways = Strategy::ALL.iter().map(|&strategy| vec![strategy, Strategy::ReadWrite]);
        let auto = vec![Strategy::CopyFileRange, Strategy::Sendfile, Strategy::ReadWrite];
        for (n, way) in ways.chain([auto]).enumerate() {
            let mount = place.join(n.to_string());
            std::fs::create_dir(&mount).unwrap();
            mount_tmpfs(&mount, c"size=1m");
            let copy = zero_copy_rs::CopyFile::new(&source, mount.join("copy")).strategies(way.iter().copied());
            let error = copy.run().unwrap_err();
            assert_eq!(error.code(), "ENOSPC", "{way:?}: {error}");
            assert!(error.bytes() > 0, "{way:?}: as much as there was room for");
            assert_eq!(std::fs::read_dir(&mount).unwrap().count(), 0, "{way:?}");
        }
    });
}
