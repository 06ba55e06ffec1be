//! Which device a socket's bytes leave by, and whether it gathers them from where they are.
//!
//! sendfile and splice queue references to pages of the page cache. A device with scatter-gather fetches each page from
//! its place: the CPU copies nothing. For a device without, the kernel makes each packet one piece: one copy. What lies
//! below a bridge, a bond or a VLAN is not seen.
use std::net::{IpAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, getpeername};

use crate::endpoint::{End, Kind};
use crate::report::CpuCopies;
use crate::sys::ethtool::{Feature, has, name};
use crate::sys::netlink::interface_towards;

/// Where packets to an address leave this host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct Route {
    /// The peer's.
    pub address: IpAddr,
    /// As `ip link` names it.
    pub interface: String,
    /// Whether the device gathers a packet from several places in memory. None: it does not say.
    pub scatter_gather: Option<bool>,
    /// Whether the device computes the checksums of what it sends. None: it does not say.
    pub checksum_offload: Option<bool>,
}

/// Somebody to reach. A link-local IPv6 address says where only together with the interface that it is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// The index of that interface; 0: none is needed.
    pub(crate) scope: u32,
}

impl From<IpAddr> for Peer {
    /// An IPv4 address inside IPv6 is routed as IPv4.
    fn from(address: IpAddr) -> Self {
        Self { address: address.to_canonical(), scope: 0 }
    }
}

impl From<SocketAddrV6> for Peer {
    fn from(socket: SocketAddrV6) -> Self {
        Self { scope: socket.scope_id(), ..IpAddr::from(*socket.ip()).into() }
    }
}

/// A look-up takes 50 us, more than a small send. Routes and features rarely change.
const FRESH: Duration = Duration::from_secs(1);
const REMEMBERED: usize = 64;

static RECENT: Mutex<Vec<(Instant, Peer, Route)>> = Mutex::new(Vec::new());

impl Route {
    /// The route to a peer, asked of the kernel; `socket` is any.
    fn look_up(peer: Peer, socket: impl AsFd) -> nix::Result<Self> {
        let interface = name(interface_towards(peer)?).ok_or(nix::errno::Errno::ENODEV)?;
        let asked = |feature| has(&socket, &interface, feature);
        let (scatter_gather, checksum_offload) = (asked(Feature::ScatterGather), asked(Feature::TransmitChecksum));
        Ok(Self { address: peer.address, interface, scatter_gather, checksum_offload })
    }

    /// Asked anew; what is said in the next second agrees with it.
    pub(crate) fn anew(peer: Peer, socket: impl AsFd) -> nix::Result<Self> {
        let route = Self::look_up(peer, socket)?;
        let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(_, known, _)| *known != peer);
        recent.push((Instant::now(), peer, route.clone()));
        Ok(route)
    }

    fn recent(peer: Peer, socket: impl AsFd) -> Option<Self> {
        let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(asked, ..)| asked.elapsed() < FRESH);
        if let Some((.., route)) = recent.iter().find(|(_, known, _)| *known == peer) {
            return Some(route.clone());
        }
        let route = Self::look_up(peer, socket).ok()?;
        if recent.len() < REMEMBERED {
            recent.push((Instant::now(), peer, route.clone()));
        }
        Some(route)
    }

    /// What handing over references to pages costs on this way.
    pub(crate) fn copies(&self) -> CpuCopies {
        match (self.scatter_gather, self.checksum_offload) {
            _ if self.interface == "lo" => {
                CpuCopies::known(0, "loopback: the receiver copies from the page cache, the sender nothing")
            }
            // skb_segment pulls the pages into one piece: one that changed between checksum and sending would be refused
            (Some(true), Some(false)) => CpuCopies::known(
                1,
                "the egress device has no checksum offload: the kernel copies each packet before it computes the checksum",
            ),
            (Some(true), _) => CpuCopies::known(0, "the egress device gathers the pages itself (scatter-gather)"),
            (Some(false), _) => {
                CpuCopies::known(1, "the egress device has no scatter-gather: the kernel makes each packet one piece")
            }
            (None, _) => CpuCopies::unknown("the egress device does not say whether it has scatter-gather"),
        }
    }
}

/// What handing over references to pages to `sink`, no file, costs on this host.
pub(crate) fn copies(sink: &End) -> CpuCopies {
    match sink.kind {
        Kind::Socket => of_socket(sink),
        _ if sink.is_fifo() => CpuCopies::known(0, "the pipe holds references to the page cache: its reader copies"),
        _ => CpuCopies::unknown("what the destination did with the pages is not seen"),
    }
}

fn of_socket(socket: &End) -> CpuCopies {
    let peer = getpeername::<SockaddrStorage>(socket.as_fd().as_raw_fd()).ok();
    if peer.is_some_and(|peer| peer.family() == Some(AddressFamily::Unix)) {
        return CpuCopies::known(0, "a UNIX socket holds references to the page cache: the receiver copies");
    }
    match peer.and_then(routed).and_then(|peer| Route::recent(peer, socket)) {
        Some(route) => route.copies(),
        None => CpuCopies::unknown("the kernel does not say by which device the bytes left"),
    }
}

fn routed(peer: SockaddrStorage) -> Option<Peer> {
    let v4 = peer.as_sockaddr_in().map(|found| IpAddr::V4(found.ip()).into());
    v4.or_else(|| peer.as_sockaddr_in6().map(|&found| SocketAddrV6::from(found).into()))
}
