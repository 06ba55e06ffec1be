//! Says what sending to an address would cost, and by which strategies: a look-up, without traffic.
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;

use super::probe::{Available, Capabilities, Capability, attempt, one_block};
use crate::endpoint::{End, Pair};
use crate::error::{Error, ErrorKind, Named};
use crate::plan::{Reflinks, forbidden};
use crate::report::CpuCopies;
use crate::route::{Peer, Route};
use crate::strategy::{Fit, Strategy};
use crate::sys::kernel;
use crate::sys::usage::Usage;

/// Says by which device bytes to `address` leave this host, and what each strategy would cost there.
///
/// ```
/// let home = zero_copy_rs::probe_route([127, 0, 0, 1].into())?;
/// assert_eq!(home.route.map(|route| route.interface).as_deref(), Some("lo"));
/// # Ok::<(), zero_copy_rs::Error>(())
/// ```
///
/// # Errors
///
/// When there is no route to it (ENETUNREACH).
pub fn probe_route(address: IpAddr) -> Result<Capabilities, Error> {
    towards(SocketAddr::new(address, DISCARD), address.into())
}

/// As [`probe_route`], for an address that is valid on one link alone (fe80::/10): `interface`, a name or an index, is
/// what `%` separates from it in text.
///
/// # Errors
///
/// ENODEV where there is no such interface, else those of [`probe_route`].
pub fn probe_link_route(address: Ipv6Addr, interface: &str) -> Result<Capabilities, Error> {
    let found = interface.parse().or_else(|_| nix::net::if_::if_nametoindex(interface));
    let scope = found.named("ioctl").map_err(|error| error.at(None))?;
    let peer = SocketAddrV6::new(address, DISCARD, 0, scope);
    towards(peer.into(), peer.into())
}

fn towards(address: SocketAddr, peer: Peer) -> Result<Capabilities, Error> {
    let socket = connected(address).map_err(|error| error.at(None))?;
    let route = Route::anew(peer, &socket).named("recvfrom").map_err(|error| error.at(None))?;
    let strategies = Strategy::ALL.iter().map(|&strategy| capability(strategy, &socket)).collect();
    Ok(Capabilities { kernel: kernel::release(), strategies, path: None, route: Some(route) })
}

/// The port of a service that throws away what it gets; nothing is sent to it.
const DISCARD: u16 = 9;

/// Connecting a datagram socket sends nothing: the kernel only looks the route up.
fn connected(address: SocketAddr) -> Result<OwnedFd, Error> {
    let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::ENETUNREACH, Errno::from_raw);
    let any: IpAddr = if address.is_ipv4() { [0; 4].into() } else { [0u16; 8].into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).map_err(errno).named("bind")?;
    socket.connect(address).map_err(errno).named("connect")?;
    Ok(socket.into())
}

fn capability(strategy: Strategy, towards: &OwnedFd) -> Capability {
    let found = |available, reason, cpu_copies| Capability { strategy, available, reason, cpu_copies };
    let untold = CpuCopies::unknown("it was not tried");
    if let Some(reason) = forbidden(strategy, Reflinks::Auto) {
        return found(Available::Avoided, Some(reason), untold);
    }
    let (Ok(tried), Ok(meant)) = (local_pair(), pair_towards(towards)) else {
        return found(Available::Unknown, Some("there is no socket to try it with"), untold);
    };
    let remark = match strategy.fits(&meant) {
        Fit::No(reason) => return found(Available::No, Some(reason), untold),
        Fit::Avoid(reason) => Some(reason),
        Fit::Yes => None,
    };
    match attempt(strategy, tried.0) {
        Ok(report) => found(Available::Yes, remark, strategy.copies(&meant, &Usage::default(), report.bytes)),
        Err(error) if error.kind() == ErrorKind::StrategyUnavailable => {
            found(Available::Unsupported, error.reason(), untold)
        }
        Err(_) => found(Available::Unknown, Some("trying it failed"), untold),
    }
}

/// A block of memory, and a socket whose other end is here.
fn local_pair() -> nix::Result<(Pair, UnixStream)> {
    let (near, far) =
        UnixStream::pair().map_err(|error| error.raw_os_error().map_or(Errno::EMFILE, Errno::from_raw))?;
    Ok((Pair { source: one_block()?, sink: End::new(near.into())? }, far))
}

fn pair_towards(socket: &OwnedFd) -> nix::Result<Pair> {
    Ok(Pair { source: one_block()?, sink: End::duplicate(socket)? })
}
