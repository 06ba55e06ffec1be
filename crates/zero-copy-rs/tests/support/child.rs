//! Tests that need a process of their own: other limits, another environment, nobody else's threads and descriptors.
use std::io::Write;
use std::process::{Command, Output, Stdio};

const VARIABLE: &str = "ZERO_COPY_RS_TEST_CHILD";

/// Runs `body` in a new process: this test binary, told to run the test `name` alone, which comes back here.
pub(crate) fn alone(name: &str, body: impl FnOnce()) {
    with_environment(name, &[], body);
}

/// As [`alone`], with these variables, and without those that the library reads otherwise.
pub(crate) fn with_environment(name: &str, environment: &[(&str, &str)], body: impl FnOnce()) {
    const RAN: &str = "the child ran to its end";
    if std::env::var_os(VARIABLE).is_some_and(|wanted| wanted == name) {
        body();
        println!("{RAN}");
        return;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]).env(VARIABLE, name).stdin(Stdio::null());
    command.env_remove("ZERO_COPY_RS_THREADS").env_remove("ZERO_COPY_RS_DISABLE").envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = text(&output);
    assert!(output.status.success() && text.contains(RAN), "{name}: {}\n{text}", output.status);
    // what the child has to say to the test runner
    for line in text.lines().filter(|line| line.starts_with("NOTE ") || line.starts_with("SKIP ")) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

pub(crate) fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).join("\n")
}
