//! Two network namespaces joined by a pair of virtual Ethernet devices. For root; needs `ip`, `tc` and `ethtool`.
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::Ipv6Addr;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use super::place::{is_root, skip};

/// Both sides, removed with all that is in them.
#[derive(Debug)]
pub(crate) struct Network {
    name: String,
    number: u64,
}

/// On which side of the wire a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Near,
    Far,
}

impl Side {
    fn host(self) -> u8 {
        if self == Self::Near { 1 } else { 2 }
    }
}

impl Network {
    /// None, said to the test runner: it cannot be made here.
    pub(crate) fn new(test: &str) -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if !is_root() {
            skip(test, "network namespaces need root");
            return None;
        }
        for program in ["ip", "tc", "ethtool"] {
            if Command::new(program).arg("-V").output().is_err() {
                skip(test, &format!("{program} is not installed"));
                return None;
            }
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let network = Self { name: format!("zcr-{}-{number}", std::process::id()), number };
        let [near, far] = [Side::Near, Side::Far].map(|side| network.namespace(side));
        ip(&["netns", "add", &near]);
        ip(&["netns", "add", &far]);
        ip(&["-n", &near, "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", &far]);
        for side in [Side::Near, Side::Far] {
            let namespace = network.namespace(side);
            ip(&["-n", &namespace, "address", "add", &format!("{}/24", network.v4(side)), "dev", "wire"]);
            // nodad: the address can be used at once
            ip(&["-n", &namespace, "address", "add", &format!("{}/64", network.v6(side)), "dev", "wire", "nodad"]);
            ip(&["-n", &namespace, "link", "set", "wire", "up"]);
            ip(&["-n", &namespace, "link", "set", "lo", "up"]);
        }
        Some(network)
    }

    /// Another one in each network: the library remembers for a second what it was told of an address.
    pub(crate) fn v4(&self, side: Side) -> String {
        format!("10.90.{}.{}", self.number, side.host())
    }

    pub(crate) fn v6(&self, side: Side) -> String {
        format!("fd90:{}::{}", self.number, side.host())
    }

    /// Valid on one link alone, so not without its interface: there are two with such addresses afterwards.
    pub(crate) fn link_local(&self) -> Ipv6Addr {
        let [near, far] = [Side::Near, Side::Far].map(|side| self.namespace(side));
        ip(&["-n", &near, "link", "add", "other", "type", "veth", "peer", "name", "other", "netns", &far]);
        for namespace in [&near, &far] {
            ip(&["-n", namespace, "link", "set", "other", "up"]);
        }
        for (side, device) in [(Side::Near, "other"), (Side::Near, "wire"), (Side::Far, "wire")] {
            let address = format!("fe80::90:{}", side.host());
            ip(&["-n", &self.namespace(side), "address", "add", &address, "dev", device, "nodad"]);
            // whichever comes first would be taken for all
            let net = ["fe80::/64", "dev", device, "metric", if device == "other" { "1" } else { "2" }];
            ip(&[&["-n", &self.namespace(side), "-6", "route", "add"][..], &net].concat());
        }
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0x90, Side::Far.host().into())
    }

    /// Of an interface on that side.
    pub(crate) fn index(&self, side: Side, interface: &str) -> u32 {
        let path = format!("/sys/class/net/{interface}/ifindex");
        let output = self.run(side, "cat", &[&path]);
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    fn namespace(&self, side: Side) -> String {
        format!("{}-{}", self.name, side.host())
    }

    /// Tells the near device what it may do: `sg`, `tx`.
    pub(crate) fn set_feature(&self, feature: &str, on: bool) {
        let output = self.run(Side::Near, "ethtool", &["-K", "wire", feature, if on { "on" } else { "off" }]);
        assert!(output.status.success(), "{}", super::child::text(&output));
    }

    /// So many Mbit/s from the near side.
    pub(crate) fn slow_down(&self, mbit: u32) {
        let rate = format!("{mbit}mbit");
        let arguments =
            ["qdisc", "add", "dev", "wire", "root", "tbf", "rate", &rate, "burst", "64kb", "latency", "100ms"];
        let output = self.run(Side::Near, "tc", &arguments);
        assert!(output.status.success(), "{}", super::child::text(&output));
    }

    pub(crate) fn run(&self, side: Side, program: &str, arguments: &[&str]) -> Output {
        self.command(side, program).args(arguments).output().unwrap()
    }

    pub(crate) fn command(&self, side: Side, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(side), program]).stdin(Stdio::null());
        command
    }

    /// Runs `body` on a thread that is on that side; other threads of this process are not.
    pub(crate) fn within<T: Send>(&self, side: Side, body: impl FnOnce() -> T + Send) -> T {
        let place = File::open(format!("/run/netns/{}", self.namespace(side))).unwrap();
        std::thread::scope(|scope| scope.spawn(|| enter(&place, body)).join().unwrap())
    }

    pub(crate) fn example(&self, side: Side, name: &str) -> Command {
        self.command(side, example(name).to_str().unwrap())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for side in [Side::Near, Side::Far] {
            let _ = Command::new("ip").args(["netns", "delete", &self.namespace(side)]).output();
        }
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().unwrap();
    assert!(output.status.success(), "ip {}: {}", arguments.join(" "), super::child::text(&output));
}

#[allow(unsafe_code)] // nix has setns behind a feature that the crate does not use
fn enter<T>(namespace: &File, body: impl FnOnce() -> T) -> T {
    // SAFETY: it changes what this thread sees, and no memory.
    let answer = unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) };
    assert_eq!(answer, 0, "setns: {}", std::io::Error::last_os_error());
    body()
}

/// Cargo builds it with the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().with_file_name("examples").join(name);
    assert!(path.exists(), "{} was not built", path.display());
    path
}

/// A program that has said, in its first line of standard error, where it listens.
#[derive(Debug)]
pub(crate) struct Listening {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
    pub(crate) address: String,
}

impl Listening {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut address = String::new();
        errors.read_line(&mut address).unwrap();
        assert!(address.contains(':'), "it does not listen: {address}");
        Self { child, errors, address: address.trim_end().to_owned() }
    }

    /// The receipt that it printed.
    pub(crate) fn report(mut self) -> serde_json::Value {
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        let mut errors = String::new();
        self.errors.read_to_string(&mut errors).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {errors}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The receipt that a program printed which has ended well.
pub(crate) fn report(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", super::child::text(output));
    serde_json::from_slice(&output.stdout).unwrap()
}
