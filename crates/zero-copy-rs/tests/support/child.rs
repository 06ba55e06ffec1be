//! Tests that need a process of their own: other limits, another environment, nobody else's threads and descriptors.
use std::process::{Command, Output, Stdio};

const VARIABLE: &str = "ZERO_COPY_RS_TEST_CHILD";

/// Runs `body` in a new process: this test binary, told to run the test `name` alone, which comes back here.
pub(crate) fn alone(name: &str, body: impl FnOnce()) {
    prepared(name, |_| {}, body);
}

/// As [`alone`], with `prepare` said to the process before it starts.
pub(crate) fn prepared(name: &str, prepare: impl FnOnce(&mut Command), body: impl FnOnce()) {
    const RAN: &str = "the child ran to its end";
    if std::env::var_os(VARIABLE).is_some_and(|wanted| wanted == name) {
        body();
        println!("{RAN}");
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]).env(VARIABLE, name).stdin(Stdio::null());
    prepare(&mut command);
    let output = command.output().unwrap();
    let text = text(&output);
    assert!(output.status.success() && text.contains(RAN), "{name}: {}\n{text}", output.status);
}

pub(crate) fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).join("\n")
}
