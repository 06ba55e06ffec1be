//! A witness of every system call: the example `receipt`, run under
//! [`strace`](https://man7.org/linux/man-pages/man1/strace.1.html).
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::place::{Place, skip};

/// What a report would count, if it was made between the opening of the source and the closing of the destination.
const MOVING: &str = "pread64,pwrite64,read,write,sendfile,copy_file_range,splice,ioctl,lseek,fallocate,\
                      preadv,pwritev,preadv2,pwritev2,readv,writev,tee,vmsplice";

/// How often each call was made.
pub(crate) type Counts = BTreeMap<String, u64>;

/// One traced copy.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) output: Output,
    /// Calls that touched the source, the destination or a pipe while both were open.
    pub(crate) counts: Counts,
}

impl Traced {
    /// The receipt that the program printed.
    pub(crate) fn report(&self) -> serde_json::Value {
        assert!(self.output.status.success(), "{}", super::child::text(&self.output));
        serde_json::from_slice(&self.output.stdout).unwrap()
    }
}

/// None, said to the test runner: there is no strace.
pub(crate) fn is_there(test: &str) -> bool {
    let found = Command::new("strace").arg("--version").output().is_ok();
    if !found {
        skip(test, "strace is not installed");
    }
    found
}

/// Cargo builds it with the tests: `cargo test`, or `cargo build --example receipt --features serde`.
pub(crate) fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().with_file_name("examples").join("receipt");
    assert!(path.exists(), "{} was not built", path.display());
    path
}

/// Copies `source` to `destination` with the example's `options` under strace with its `flags`, such as `--inject`.
pub(crate) fn copy(source: &Path, destination: &Path, options: &[&str], flags: &[&str]) -> Traced {
    let scratch = Place::anywhere();
    let traces = scratch.join("trace");
    let mut command = Command::new("strace");
    command.args(["-ff", "-y", "-q", "-s", "0", "-e", &format!("trace=openat,close,pipe2,mmap,{MOVING}"), "-o"]);
    command.arg(&traces).args(flags).arg(example()).args([source, destination]).args(options);
    let output = command.output().unwrap();
    // one file a thread: the one that copied is the one that opened the source; others write in its stead
    let opened = format!("\"{}\", O_RDONLY", source.display());
    let texts = scratch.names().into_iter().map(|name| std::fs::read_to_string(scratch.join(name)).unwrap());
    let (copied, others): (Vec<_>, Vec<_>) = texts.partition(|text| text.contains(&opened));
    let [copied] = &copied[..] else { panic!("no thread opened the source:\n{}", super::child::text(&output)) };
    // a file without a name is known by its directory and the number of its inode
    let unnamed = format!("<{}/#", destination.parent().unwrap().display());
    let ends = [format!("<{}>", source.display()), format!("<{}>", destination.display()), unnamed];
    let mut counts = Counts::new();
    count(&during(copied, &opened, &ends), &ends, &mut counts);
    others.iter().for_each(|other| count(&other.lines().collect::<Vec<_>>(), &ends, &mut counts));
    Traced { counts, output }
}

/// Between the opening of the source and the last closing of what was written.
fn during<'a>(trace: &'a str, opened: &str, ends: &[String; 3]) -> Vec<&'a str> {
    // what has the name before is looked at, and closed again
    let written = if trace.contains(&ends[2]) { &ends[2] } else { &ends[1] };
    let lines: Vec<_> = trace.lines().collect();
    let first = lines.iter().position(|line| line.starts_with("openat(") && line.contains(opened)).unwrap();
    let last = lines.iter().rposition(|line| line.starts_with("close(") && line.contains(written));
    lines[first + 1..last.unwrap_or(lines.len())].to_vec()
}

fn count(lines: &[&str], ends: &[String; 3], counts: &mut Counts) {
    for &line in lines {
        let call = line.split('(').next().unwrap_or_default();
        let is_moving = MOVING.split(',').any(|name| name == call) && (call != "ioctl" || line.contains("FICLONE"));
        if is_moving && (ends.iter().any(|end| line.contains(end)) || line.contains("<pipe:")) {
            *counts.entry(call.to_owned()).or_default() += 1;
        }
    }
}
