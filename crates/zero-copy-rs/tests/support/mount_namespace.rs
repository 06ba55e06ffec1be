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
