//! Which interface a packet to an address would leave by: one RTM_GETROUTE of
//! [`rtnetlink(7)`](https://man7.org/linux/man-pages/man7/rtnetlink.7.html). A look-up; no packet is sent.
use std::net::IpAddr;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

use crate::route::Peer;

const HEADER: usize = 16; // struct nlmsghdr
const ROUTE: usize = 12; // struct rtmsg

/// The index of the interface.
pub(crate) fn interface_towards(peer: Peer) -> nix::Result<u32> {
    let kernel = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    send(kernel.as_raw_fd(), &request(peer), MsgFlags::empty())?;
    let mut answer = [0; 4096];
    let length = recv(kernel.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    outgoing(answer.get(..length).unwrap_or_default())
}

fn request(peer: Peer) -> Vec<u8> {
    let (family, bytes) = match peer.address {
        IpAddr::V4(v4) => (libc::AF_INET as u8, v4.octets().to_vec()),
        IpAddr::V6(v6) => (libc::AF_INET6 as u8, v6.octets().to_vec()),
    };
    let host = bytes.len() as u8 * 8;
    let mut attributes = attribute(libc::RTA_DST, &bytes);
    if peer.scope != 0 {
        attributes.extend(attribute(libc::RTA_OIF, &peer.scope.to_ne_bytes()));
    }
    let length = (HEADER + ROUTE + attributes.len()) as u32;
    let mut message = Vec::with_capacity(length as usize);
    message.extend(length.to_ne_bytes());
    message.extend(libc::RTM_GETROUTE.to_ne_bytes());
    message.extend((libc::NLM_F_REQUEST as u16).to_ne_bytes());
    message.extend([0; 8]); // sequence, port
    message.extend([family, host, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    message.extend(attributes);
    message
}

/// Its length is a multiple of what attributes are aligned to, 4 bytes.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = 4 + value.len() as u16;
    [&length.to_ne_bytes(), &kind.to_ne_bytes(), value].concat()
}

fn outgoing(message: &[u8]) -> nix::Result<u32> {
    let half = |at: usize| Some(u16::from_ne_bytes(message.get(at..at + 2)?.try_into().ok()?));
    let word = |at: usize| Some(u32::from_ne_bytes(message.get(at..at + 4)?.try_into().ok()?));
    if half(4) == Some(libc::NLMSG_ERROR as u16) {
        let errno = word(HEADER).map_or(Errno::EPROTO, |code| Errno::from_raw((code as i32).wrapping_neg()));
        return Err(errno);
    }
    let mut at = HEADER + ROUTE;
    while let (Some(length @ 4..), Some(kind)) = (half(at).map(usize::from), half(at + 2)) {
        if kind == libc::RTA_OIF {
            return word(at + 4).ok_or(Errno::EPROTO);
        }
        at += length.next_multiple_of(4);
    }
    Err(Errno::ENETUNREACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_leaves_by_an_interface_of_its_own() {
        let first = interface_towards(IpAddr::from([127, 0, 0, 1]).into());
        assert!(matches!(first, Ok(1..)), "{first:?}");
    }

    #[test]
    fn a_broken_answer_is_no_panic() {
        for length in 0..64 {
            assert!(outgoing(&vec![255; length]).is_err());
            assert!(outgoing(&vec![0; length]).is_err());
        }
    }
}
