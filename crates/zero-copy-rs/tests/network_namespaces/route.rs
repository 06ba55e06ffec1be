//! Which way bytes would leave: a look-up that sends nothing, and follows what the administrator does.
use std::net::IpAddr;

use zero_copy_rs::{Capabilities, Strategy, probe_link_route, probe_route};

use crate::support::network::{Network, Side};

fn sendfile_copies(found: &Capabilities) -> Option<u8> {
    let capability = found.strategies.iter().find(|found| found.strategy == Strategy::Sendfile);
    capability.and_then(|capability| capability.cpu_copies.count)
}

#[test]
fn a_peer_is_reached_by_the_wire_and_scatter_gather_is_what_ethtool_says() {
    let Some(network) = Network::new("route to a peer") else { return };
    for on in [true, false, true] {
        network.set_feature("sg", on);
        for address in [network.v4(Side::Far), network.v6(Side::Far)] {
            let address: IpAddr = address.parse().unwrap();
            let found = network.within(Side::Near, || probe_route(address)).unwrap();
            let route = found.route.as_ref().unwrap();
            assert_eq!((route.address, route.interface.as_str()), (address, "wire"));
            assert_eq!((route.scatter_gather, sendfile_copies(&found)), (Some(on), Some(u8::from(!on))), "{address}");
        }
    }
}

#[test]
fn a_link_local_address_is_reached_by_the_interface_that_is_named() {
    let Some(network) = Network::new("route to a link-local peer") else { return };
    let address = network.link_local();
    network.set_feature("sg", false);
    let index = network.index(Side::Near, "wire").to_string();
    for (interface, name, count) in [("wire", "wire", 1), (index.as_str(), "wire", 1), ("other", "other", 0)] {
        let found = network.within(Side::Near, || probe_link_route(address, interface)).unwrap();
        let route = found.route.as_ref().unwrap();
        assert_eq!((route.address, route.interface.as_str()), (address.into(), name), "{interface}");
        assert_eq!(sendfile_copies(&found), Some(count), "{interface}");
    }
    let none = network.within(Side::Near, || probe_link_route(address, "none")).unwrap_err();
    assert_eq!(none.code(), "ENODEV", "{none}");
}

#[test]
fn an_address_of_ones_own_is_reached_by_loopback() {
    let Some(network) = Network::new("route to oneself") else { return };
    for address in ["127.0.0.1".into(), "::1".into(), network.v4(Side::Near), network.v6(Side::Near)] {
        let found = network.within(Side::Near, || probe_route(address.parse().unwrap())).unwrap();
        assert_eq!(
            (found.route.as_ref().unwrap().interface.as_str(), sendfile_copies(&found)),
            ("lo", Some(0)),
            "{address}"
        );
    }
}

#[test]
fn where_there_is_no_route_is_an_error_of_the_kernels() {
    let Some(network) = Network::new("no route") else { return };
    for address in ["192.0.2.1", "2001:db8::1"] {
        let error = network.within(Side::Near, || probe_route(address.parse().unwrap())).unwrap_err();
        assert_eq!(error.code(), "ENETUNREACH", "{address}: {error}");
    }
}

#[test]
fn looking_sends_no_packet() {
    let Some(network) = Network::new("looking sends nothing") else { return };
    let sent = || {
        let output = network.run(Side::Near, "cat", &["/sys/class/net/wire/statistics/tx_packets"]);
        // the counters of this namespace's own devices: sysfs is mounted anew by `ip netns exec`
        String::from_utf8(output.stdout).unwrap().trim().parse::<u64>().unwrap()
    };
    // a multicast report of the IPv6 address may still be on its way; what is looked for would be one a look
    let before = sent();
    for _ in 0..100 {
        network.within(Side::Near, || probe_route(network.v4(Side::Far).parse().unwrap())).unwrap();
    }
    assert!(sent() < before + 50, "{} packets", sent() - before);
}
