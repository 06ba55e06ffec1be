//! Which mount a file lies on, by `/proc/self/fdinfo` and
//! [`/proc/self/mountinfo`](https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html).
use std::fs::read_to_string;
use std::os::fd::{AsFd, AsRawFd};

/// As the mount names them: `ext4` on `/dev/vda1`, `tmpfs` on `tmpfs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) file_system: String,
    pub(crate) device: String,
}

/// None without /proc. By the mount's number: device numbers are no help, a btrfs subvolume has its own.
pub(crate) fn of(file: impl AsFd) -> Option<Mount> {
    find(&id(file)?, &read_to_string("/proc/self/mountinfo").ok()?)
}

/// The mount's number. None without /proc.
pub(crate) fn id(file: impl AsFd) -> Option<String> {
    let facts = read_to_string(format!("/proc/self/fdinfo/{}", file.as_fd().as_raw_fd())).ok()?;
    facts.lines().find_map(|line| line.strip_prefix("mnt_id:")).map(|id| id.trim().to_owned())
}

fn find(id: &str, table: &str) -> Option<Mount> {
    let line = table.lines().find(|line| line.split(' ').next() == Some(id))?;
    let (_, described) = line.split_once(" - ")?;
    let mut words = described.split(' ');
    Some(Mount { file_system: words.next()?.to_owned(), device: unescaped(words.next()?) })
}

/// White space and backslashes stand as octal numbers.
fn unescaped(word: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .into_iter()
        .fold(word.to_owned(), |word, (octal, character)| word.replace(octal, character))
}

#[cfg(test)]
mod tests {
    use super::{Mount, find};

    #[test]
    fn a_line_is_found_by_its_number_and_read_behind_the_dash() {
        let table = "23 29 0:21 / /proc rw shared:13 - proc proc rw\n\
                     230 29 7:1 / /mnt/a\\040b rw,relatime shared:1 master:2 - xfs /dev/my\\040disk rw,attr2\n";
        let found = find("230", table);
        assert_eq!(found, Some(Mount { file_system: "xfs".into(), device: "/dev/my disk".into() }));
        assert_eq!(find("3", table), None);
    }

    #[test]
    fn this_very_file_lies_on_a_mount() {
        let file = std::fs::File::open("/proc/self/status").ok();
        let found = file.and_then(super::of);
        assert_eq!(found.map(|mount| mount.file_system), Some("proc".to_owned()));
    }
}
