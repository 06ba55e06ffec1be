//! Mounts that nobody else sees, gone when the thread ends. For root.
#![allow(unsafe_code)] // unshare and mount: nix has them behind features that the crate does not use
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Runs `body` on a thread with a mount namespace of its own.
pub(crate) fn within<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                // SAFETY: it changes what this thread sees, and no memory.
                let answer = unsafe { libc::unshare(libc::CLONE_NEWNS) };
                assert_eq!(answer, 0, "unshare: {}", std::io::Error::last_os_error());
                mount(None, Path::new("/"), None, libc::MS_REC | libc::MS_PRIVATE, None);
                body()
            })
            .join()
            .unwrap()
    })
}

pub(crate) fn make_read_only(directory: &Path) {
    mount(Some(directory), directory, None, libc::MS_BIND, None);
    mount(None, directory, None, libc::MS_REMOUNT | libc::MS_BIND | libc::MS_RDONLY, None);
}

/// The file or directory `what` is seen at `directory` as well.
pub(crate) fn bind(what: &Path, at: &Path) {
    mount(Some(what), at, None, libc::MS_BIND, None);
}

/// `upper` over `lower`, seen at `at`; `work` is the file system's own.
pub(crate) fn mount_overlay([lower, upper, work, at]: [&Path; 4]) {
    let [lower, upper, work] = [lower, upper, work].map(|path| path.display().to_string());
    let options = CString::new(format!("lowerdir={lower},upperdir={upper},workdir={work}")).unwrap();
    mount(Some(Path::new("overlay")), at, Some(c"overlay"), 0, Some(&options));
}

pub(crate) fn unmount(at: &Path) {
    let path = CString::new(at.as_os_str().as_bytes()).unwrap();
    // SAFETY: the path is a C string.
    let answer = unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) };
    assert_eq!(answer, 0, "umount of {path:?}: {}", std::io::Error::last_os_error());
}

/// A small file system in memory over `directory`.
pub(crate) fn mount_tmpfs(directory: &Path, options: &CStr) {
    mount(Some(Path::new("tmpfs")), directory, Some(c"tmpfs"), 0, Some(options));
}

fn mount(source: Option<&Path>, target: &Path, kind: Option<&CStr>, flags: libc::c_ulong, options: Option<&CStr>) {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).unwrap();
    let (source, target) = (source.map(text), text(target));
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: every pointer is null or a C string that outlives the call.
    let answer = unsafe {
        libc::mount(pointer(source.as_deref()), target.as_ptr(), pointer(kind), flags, pointer(options).cast())
    };
    assert_eq!(answer, 0, "mount on {target:?}: {}", std::io::Error::last_os_error());
}
