//! Over a pair of virtual Ethernet devices, where a device can be told what it may do.
use serde_json::Value;

use crate::support::bytes::{difference, random};
use crate::support::network::{Listening, Network, Side, report};
use crate::support::place::Place;

const STRATEGIES: [&str; 4] = ["read_write", "mmap_write", "sendfile", "splice"];

/// From the near side to the far one: the sender's receipt and the receiver's.
fn transfer(network: &Network, place: &Place, address: &str, send: &[&str], receive: &[&str]) -> (Value, Value) {
    let (from, to) = (place.join("a"), place.join("b"));
    let mut receiver = network.example(Side::Far, "receive");
    let receiver = Listening::start(receiver.arg(&to).arg(address).args(receive));
    let sender = network.example(Side::Near, "send").arg(&from).arg(&receiver.address).args(send).output().unwrap();
    let reports = (report(&sender), receiver.report());
    assert_eq!(difference(&std::fs::read(&from).unwrap(), &std::fs::read(&to).unwrap()), None, "{send:?} {receive:?}");
    reports
}

fn v4(network: &Network) -> String {
    format!("{}:0", network.v4(Side::Far))
}

fn v6(network: &Network) -> String {
    format!("[{}]:0", network.v6(Side::Far))
}

#[test]
fn every_strategy_moves_a_file_between_two_hosts_by_ipv4_and_ipv6() {
    let Some(network) = Network::new("between two hosts") else { return };
    let place = Place::anywhere();
    place.file("a", &random(1, 3_000_001));
    for strategy in STRATEGIES {
        for (address, driver) in [
            (v4(&network), None),
            (v4(&network), Some("--reactor")),
            (v6(&network), None),
            (v6(&network), Some("--reactor")),
        ] {
            let receiving = if strategy == "splice" { "splice" } else { "read_write" };
            let send: Vec<_> = ["--strategy", strategy, "--buffer", "4096"].into_iter().chain(driver).collect();
            let receive: Vec<_> = ["--strategy", receiving].into_iter().chain(driver).collect();
            let (sent, received) = transfer(&network, &place, &address, &send, &receive);
            assert_eq!((&sent["strategy"], &sent["bytes"]), (&strategy.into(), &3_000_001.into()));
            assert_eq!((&received["strategy"], &received["bytes"]), (&receiving.into(), &3_000_001.into()));
            assert_eq!(received["atomic"], true);
            let expected = match strategy {
                "read_write" => 2,
                "mmap_write" => 1,
                _ => 0,
            };
            assert_eq!(sent["cpuCopies"]["count"], expected, "{strategy}: {}", sent["cpuCopies"]["basis"]);
        }
    }
}

#[test]
fn without_scatter_gather_the_kernel_copies_once_and_the_receipt_says_so() {
    let Some(network) = Network::new("scatter-gather") else { return };
    let place = Place::anywhere();
    place.file("a", &random(2, 500_000));
    for (on, count) in [(true, 0), (false, 1), (true, 0)] {
        network.set_feature("sg", on);
        for strategy in ["sendfile", "splice"] {
            for address in [v4(&network), v6(&network)] {
                let (sent, _) = transfer(&network, &place, &address, &["--strategy", strategy], &[]);
                let copies = &sent["cpuCopies"];
                assert_eq!(copies["count"], count, "sg {on}, {strategy} to {address}: {copies}");
                assert!(copies["basis"].as_str().unwrap().contains("scatter-gather"), "{copies}");
            }
        }
        let (sent, _) = transfer(&network, &place, &v4(&network), &["--strategy", "read_write"], &[]);
        assert_eq!(sent["cpuCopies"]["count"], 2);
    }
}

#[test]
fn a_link_local_peer_is_reached_by_the_interface_of_its_scope() {
    let Some(network) = Network::new("a link-local peer") else { return };
    let place = Place::anywhere();
    place.file("a", &random(5, 500_000));
    let address = network.link_local();
    let [here, there] = [Side::Near, Side::Far].map(|side| network.index(side, "wire"));
    for (on, count) in [(false, 1), (true, 0)] {
        network.set_feature("sg", on);
        let mut receiver = network.example(Side::Far, "receive");
        let receiver = Listening::start(receiver.arg(place.join("b")).arg(format!("[{address}%{there}]:0")));
        let port = receiver.address.rsplit(':').next().unwrap();
        let to = format!("[{address}%{here}]:{port}");
        let sent = report(&network.example(Side::Near, "send").arg(place.join("a")).arg(to).output().unwrap());
        assert_eq!(receiver.report()["bytes"], 500_000);
        let copies = &sent["cpuCopies"];
        assert_eq!(copies["count"], count, "sg {on}: {copies}");
        assert!(copies["basis"].as_str().unwrap().contains("scatter-gather"), "{copies}");
    }
}

#[test]
fn a_device_that_leaves_the_checksum_to_the_cpu_is_named_in_the_basis() {
    let Some(network) = Network::new("checksum offload") else { return };
    let place = Place::anywhere();
    place.file("a", &random(3, 100_000));
    network.set_feature("tx", false);
    let (sent, _) = transfer(&network, &place, &v4(&network), &["--strategy", "sendfile"], &[]);
    let copies = &sent["cpuCopies"];
    // either way the pages are copied: perf shows skb_copy_bits below skb_segment
    assert_eq!(copies["count"], 1, "{copies}");
    let features = network.run(Side::Near, "ethtool", &["-k", "wire"]);
    let gathers = String::from_utf8_lossy(&features.stdout).contains("\nscatter-gather: on");
    assert_eq!(copies["basis"].as_str().unwrap().contains("checksum"), gathers, "{copies}");
}

#[test]
fn over_a_slow_wire_every_strategy_waits_and_delivers_every_byte() {
    let Some(network) = Network::new("a slow wire") else { return };
    network.slow_down(100);
    let place = Place::anywhere();
    place.file("a", &random(4, 4_000_003));
    for strategy in STRATEGIES {
        let (sent, _) =
            transfer(&network, &place, &v4(&network), &["--strategy", strategy, "--reactor"], &["--reactor"]);
        assert_eq!(sent["bytes"], 4_000_003, "{strategy}");
    }
    let (sent, _) = transfer(&network, &place, &v6(&network), &[], &[]);
    assert_eq!(sent["strategy"], "sendfile");
}
