//! Whole pages of memory, as O_DIRECT wants them: a device fetches from them itself.
use std::ops::{Deref, DerefMut};

use memmap2::{Advice, MmapMut, MmapOptions};
use nix::errno::Errno;

/// From so many bytes on they are large pages where the machine has any: the kernel pins each page for the device, and
/// with small ones that was a fifth of a copy's CPU time.
const HUGE: usize = 2 << 20;

#[derive(Debug)]
pub(crate) struct Pages {
    map: MmapMut,
    start: usize,
    len: usize,
}

impl Pages {
    /// At least one. They cost nothing before they are written to.
    pub(crate) fn new(len: usize) -> nix::Result<Self> {
        let len = len.max(1);
        // more than is used: only an aligned part can be a large page
        let extra = if len < HUGE { 0 } else { HUGE };
        let room = len.checked_add(extra).ok_or(Errno::ENOMEM)?;
        let map = MmapOptions::new().len(room).map_anon().map_err(|_| Errno::ENOMEM)?;
        let start = if extra == 0 { 0 } else { map.as_ptr().align_offset(HUGE).min(extra) };
        if extra > 0 {
            let _ = map.advise(Advice::HugePage); // a kernel without them says EINVAL
        }
        Ok(Self { map, start, len })
    }
}

impl Deref for Pages {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.map[self.start..self.start + self.len]
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.map[self.start..self.start + self.len]
    }
}
