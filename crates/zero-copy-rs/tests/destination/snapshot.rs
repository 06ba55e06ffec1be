//! All that can be known of the files in a directory: equal before and after means that nothing was touched.
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    inode: u64,
    mode: u32,
    owner: (u32, u32),
    links: u64,
    times: [i64; 4],
    content: Option<Vec<u8>>,
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { inode, mode, owner, links, times, content } = self;
        let length = content.as_ref().map(Vec::len);
        write!(f, "inode {inode} mode {mode:o} of {owner:?}, {links} links, {length:?} bytes, {times:?}")
    }
}

pub(crate) fn of(directory: &Path) -> BTreeMap<String, Facts> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), facts(&entry.path()))).collect()
}

pub(crate) fn facts(path: &Path) -> Facts {
    let found = std::fs::symlink_metadata(path).unwrap();
    Facts {
        inode: found.ino(),
        mode: found.mode(),
        owner: (found.uid(), found.gid()),
        links: found.nlink(),
        times: [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()],
        content: found.is_file().then(|| std::fs::read(path).unwrap()),
    }
}
