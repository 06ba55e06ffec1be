//! Which way bytes would leave, and what it would cost: a look-up, without traffic.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zero_copy_rs::{Available, Strategy, probe_route, send_file};

use crate::support::bytes::random;
use crate::support::place::Place;
use crate::support::sockets::{Family, reader};

#[test]
fn this_host_is_reached_by_loopback_in_both_families_and_written_as_one_in_the_other() {
    let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
    for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into(), mapped.into()] {
        let found = probe_route(address).unwrap();
        let route = found.route.unwrap();
        assert_eq!((route.interface.as_str(), route.scatter_gather), ("lo", Some(true)), "{address}");
        assert_eq!(found.strategies.len(), Strategy::ALL.len());
        for capability in found.strategies {
            let expected = match capability.strategy {
                Strategy::ReadWrite => Some(2),
                Strategy::MmapWrite => Some(1),
                Strategy::Sendfile | Strategy::Splice => Some(0),
                _ => None,
            };
            assert_eq!(capability.cpu_copies.count, expected, "{address} {capability:?}");
            assert_eq!(capability.available == Available::Yes, expected.is_some(), "{address} {capability:?}");
        }
    }
}

#[test]
fn a_receipt_says_the_same_as_the_look_up_and_why() {
    let place = Place::anywhere();
    let path = place.file("a", &random(1, 10_000));
    for family in Family::ALL {
        let (near, far) = family.pair();
        let got = reader(far);
        let report = send_file(std::fs::File::open(&path).unwrap(), &near).unwrap();
        drop(near);
        assert_eq!((report.cpu_copies.count, got.join().unwrap().len()), (Some(0), 10_000), "{family:?}");
        let word = if family == Family::Unix { "UNIX" } else { "loopback" };
        assert!(report.cpu_copies.basis.contains(word), "{family:?}: {}", report.cpu_copies.basis);
    }
}
