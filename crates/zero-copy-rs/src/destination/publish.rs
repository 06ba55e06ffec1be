//! Gives a whole file its name, in the place of what has it now.
use nix::errno::Errno;
use nix::sys::stat::SFlag;

use super::given;
use super::old::Old;
use super::temporary::{REFUSED, Temporary};
use crate::endpoint::End;
use crate::error::Error;
use crate::sys::steps::Steps;

#[derive(Debug)]
pub(super) struct Whole {
    pub(super) temporary: Temporary,
    /// What had the name when it was looked at; None: nothing. It is held, so that no other file gets its inode number.
    pub(super) old: Option<Old>,
    pub(super) overwrite: bool,
}

/// Others may publish under the same name all the time; that one gives way so often is no accident.
const TIMES: usize = 1000;

impl Whole {
    pub(super) fn publish(&mut self, sink: &mut End, steps: &Steps) -> Result<(), Error> {
        if !sink.file_system.is_local {
            // some file systems say only at a close that there was no room, and each close asks them
            let duplicate = steps.must("fcntl", || sink.another())?;
            steps.close(duplicate)?;
        }
        for _ in 0..TIMES {
            let there = match &self.old {
                None => match self.temporary.link_new(sink, steps) {
                    Ok(()) => return Ok(()),
                    Err((_, Errno::EEXIST)) if self.overwrite => self.temporary.place.identity(steps)?,
                    // no way to give a new name alone: what appears at this very moment is replaced
                    Err((_, errno)) if self.overwrite && self.temporary.is_named() && REFUSED.contains(&errno) => {
                        match self.temporary.place.identity(steps)? {
                            None => return self.temporary.replace(sink, steps),
                            there => there,
                        }
                    }
                    Err((call, errno)) => return Err(Error::kernel(call, errno)),
                },
                Some(_) => self.temporary.place.identity(steps)?,
            };
            if self.old.is_some() && there == self.old.as_ref().map(Old::identity) {
                return self.temporary.replace(sink, steps);
            }
            // somebody else was here; what he made is asked as the first was
            self.old = match there {
                None => None,
                Some(_) => self.look_again(sink, steps)?,
            };
        }
        Err(Error::kernel("renameat", Errno::EBUSY))
    }

    fn look_again(&self, sink: &mut End, steps: &Steps) -> Result<Option<Old>, Error> {
        let place = &self.temporary.place;
        let Some(old) = Old::at(place, false, steps)? else { return Ok(None) };
        let busy = |why| Err(Error::kernel("renameat", Errno::EBUSY).because(why));
        if !old.is(SFlag::S_IFREG) {
            return busy("what has the name now is no regular file");
        }
        old.may_be_written(steps)?;
        if let Some(reason) = old.is_held_at(place, steps)? {
            return busy(reason);
        }
        match given::give(&old, sink, steps)? {
            Some(reason) => busy(reason),
            None => Ok(Some(old)),
        }
    }
}
