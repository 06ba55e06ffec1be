//! Says what sending to an address would cost, and by which strategies: a look-up, without traffic.
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::errno::Errno;

use super::probe::{Available, Capabilities, Capability, attempt, one_block};
use crate::endpoint::{End, Pair};
use crate::error::{Error, ErrorKind, Named};
use crate::plan::{Reflinks, forbidden};
use crate::report::CpuCopies;
use crate::route::Route;
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
    let socket = connected(address).map_err(|error| error.at(None))?;
    let route = Route::anew(address.to_canonical(), &socket).named("recvfrom").map_err(|error| error.at(None))?;
    let strategies = Strategy::ALL.iter().map(|&strategy| capability(strategy, &socket)).collect();
    Ok(Capabilities { kernel: kernel::release(), strategies, path: None, route: Some(route) })
}

/// Connecting a datagram socket sends nothing: the kernel only looks the route up.
fn connected(address: IpAddr) -> Result<OwnedFd, Error> {
    let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::ENETUNREACH, Errno::from_raw);
    let any: IpAddr = if address.is_ipv4() { [0; 4].into() } else { [0u16; 8].into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).map_err(errno).named("bind")?;
    const DISCARD: u16 = 9;
    socket.connect(SocketAddr::new(address, DISCARD)).map_err(errno).named("connect")?;
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
