//! A file system that is a program: in memory, one directory, and each operation fails when it is told to. For root.
//!
//! over 300 lines: the operations of a file system are one trait
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty,
    ReplyEntry, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

/// What the file system is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    /// Of the page that begins here, as of a disk with a block that cannot be read.
    #[allow(dead_code)] // not every test crate reads
    Read(u64),
    Write,
    Flush,
    Fsync,
    Rename,
    Setattr,
}

/// What it refuses, and how it fails.
#[derive(Debug, Default)]
pub(crate) struct Manners {
    /// A second name of a file is this errno.
    pub(crate) links: Option<i32>,
    /// A rename that must not replace is this errno.
    pub(crate) exclusive_renames: Option<i32>,
    pub(crate) fails: Option<(Operation, i32)>,
}

#[derive(Debug, Default)]
struct State {
    manners: Manners,
    names: BTreeMap<String, u64>,
    files: BTreeMap<u64, Inode>,
    next: u64,
}

#[derive(Clone, Debug)]
struct Inode {
    data: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
}

/// Mounted until it is dropped.
pub(crate) struct Mounted {
    state: Arc<Mutex<State>>,
    _session: BackgroundSession,
}

impl Mounted {
    /// At `directory`, in this thread's mount namespace.
    pub(crate) fn at(directory: &Path) -> Self {
        let state = Arc::new(Mutex::new(State { next: 2, ..State::default() }));
        let file_system = Memory { state: state.clone() };
        let _session = fuser::spawn_mount(file_system, directory, &Config::default()).unwrap();
        Self { state, _session }
    }

    pub(crate) fn behave(&self, manners: Manners) {
        self.state.lock().unwrap().manners = manners;
    }

    /// Asked of itself, not of the kernel.
    pub(crate) fn names(&self) -> Vec<String> {
        self.state.lock().unwrap().names.keys().cloned().collect()
    }
}

struct Memory {
    state: Arc<Mutex<State>>,
}

const NOW: Duration = Duration::ZERO;

impl State {
    fn inode_at(&self, name: &OsStr) -> Option<u64> {
        self.names.get(name.to_str()?).copied()
    }

    fn attributes(&self, ino: u64) -> Option<FileAttr> {
        let is_root = ino == INodeNo::ROOT.0;
        let root = Inode { data: Vec::new(), mode: 0o755, owner: (0, 0) };
        let inode = if is_root { &root } else { self.files.get(&ino)? };
        let names = self.names.values().filter(|&&each| each == ino).count() as u32;
        Some(FileAttr {
            ino: INodeNo(ino),
            size: inode.data.len() as u64,
            blocks: inode.data.len().div_ceil(512) as u64,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if is_root { FileType::Directory } else { FileType::RegularFile },
            perm: inode.mode as u16,
            nlink: if is_root { 2 } else { names },
            uid: inode.owner.0,
            gid: inode.owner.1,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }

    fn fails(&self, operation: Operation) -> Option<Errno> {
        self.manners.fails.filter(|(each, _)| *each == operation).map(|(_, errno)| Errno::from_i32(errno))
    }
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn answer(&self, operation: Operation, reply: ReplyEmpty) {
        match self.state().fails(operation) {
            Some(errno) => reply.error(errno),
            None => reply.ok(),
        }
    }
}

impl Filesystem for Memory {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let state = self.state();
        match state.inode_at(name).and_then(|ino| state.attributes(ino)) {
            Some(attributes) => reply.entry(&NOW, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.state().attributes(ino.0) {
            Some(attributes) => reply.attr(&NOW, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut state = self.state();
        if let Some(errno) = state.fails(Operation::Setattr) {
            return reply.error(errno);
        }
        if let Some(inode) = state.files.get_mut(&ino.0) {
            inode.mode = mode.map_or(inode.mode, |mode| mode & 0o7777);
            inode.owner = (uid.unwrap_or(inode.owner.0), gid.unwrap_or(inode.owner.1));
            if let Some(size) = size {
                inode.data.resize(size as usize, 0);
            }
        }
        match state.attributes(ino.0) {
            Some(attributes) => reply.attr(&NOW, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn create(&self, asked: &Request, _: INodeNo, name: &OsStr, mode: u32, umask: u32, _: i32, reply: ReplyCreate) {
        let mut state = self.state();
        if let Some(errno) = state.fails(Operation::Create) {
            return reply.error(errno);
        }
        let ino = state.next;
        state.next += 1;
        let owner = (asked.uid(), asked.gid());
        state.files.insert(ino, Inode { data: Vec::new(), mode: mode & !umask & 0o7777, owner });
        state.names.insert(name.to_str().unwrap().to_owned(), ino);
        let attributes = state.attributes(ino).unwrap();
        reply.created(&NOW, &attributes, Generation(0), FileHandle(0), FopenFlags::empty());
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let state = self.state();
        if let Some((Operation::Read(page), errno)) = state.manners.fails
            && (offset..offset + u64::from(size)).contains(&page)
        {
            // the kernel, which reads ahead, asks for the pages before it again, one by one
            return reply.error(Errno::from_i32(errno));
        }
        let data = state.files.get(&ino.0).map_or(&[][..], |inode| &inode.data[..]);
        let from = data.len().min(offset as usize);
        reply.data(&data[from..data.len().min(from + size as usize)]);
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut state = self.state();
        if let Some(errno) = state.fails(Operation::Write) {
            return reply.error(errno);
        }
        let Some(inode) = state.files.get_mut(&ino.0) else { return reply.error(Errno::ENOENT) };
        let end = offset as usize + data.len();
        inode.data.resize(inode.data.len().max(end), 0);
        inode.data[offset as usize..end].copy_from_slice(data);
        reply.written(data.len() as u32);
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        self.answer(Operation::Flush, reply);
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.answer(Operation::Fsync, reply);
    }

    fn fsyncdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        reply.ok();
    }

    fn rename(
        &self,
        _: &Request,
        _: INodeNo,
        name: &OsStr,
        _: INodeNo,
        new: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let mut state = self.state();
        if let Some(errno) = state.fails(Operation::Rename) {
            return reply.error(errno);
        }
        if flags.contains(RenameFlags::RENAME_NOREPLACE) {
            match state.manners.exclusive_renames {
                Some(errno) => return reply.error(Errno::from_i32(errno)),
                None if state.inode_at(new).is_some() => return reply.error(Errno::EEXIST),
                None => {}
            }
        }
        match state.names.remove(name.to_str().unwrap()) {
            None => reply.error(Errno::ENOENT),
            Some(ino) => {
                state.names.insert(new.to_str().unwrap().to_owned(), ino);
                reply.ok();
            }
        }
    }

    fn link(&self, _: &Request, ino: INodeNo, _: INodeNo, new: &OsStr, reply: ReplyEntry) {
        let mut state = self.state();
        match state.manners.links {
            Some(errno) => return reply.error(Errno::from_i32(errno)),
            None if state.inode_at(new).is_some() => return reply.error(Errno::EEXIST),
            None => {}
        }
        state.names.insert(new.to_str().unwrap().to_owned(), ino.0);
        let attributes = state.attributes(ino.0).unwrap();
        reply.entry(&NOW, &attributes, Generation(0));
    }

    fn unlink(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        match self.state().names.remove(name.to_str().unwrap()) {
            Some(_) => reply.ok(),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        for (nth, (name, ino)) in self.state().names.iter().enumerate().skip(offset as usize) {
            if reply.add(INodeNo(*ino), nth as u64 + 1, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }
}
