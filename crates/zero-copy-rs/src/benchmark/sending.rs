//! One run from file to socket, over a connection of its own.
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFlags, PollTimeout};
use nix::sys::socket::sockopt::SocketError;
use nix::sys::socket::{
    AddressFamily, MsgFlags, Shutdown, SockFlag, SockType, SockaddrStorage, connect, getsockopt, recv, shutdown, socket,
};

use super::discard::Discard;
use super::order::Case;
use super::source::Source;
use crate::SendFile;
use crate::engine::{Handle, blocking};
use crate::error::{Error, Named};
use crate::report::Report;
use crate::sys::linger::set_linger;

/// For a peer that does not answer at all.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// For a peer that still writes to its disk.
const TO_CLOSE: Duration = Duration::from_secs(60);

/// Where to.
#[derive(Debug)]
pub(super) enum Peer {
    /// A thread of ours.
    Ours(Discard),
    Elsewhere(SocketAddr),
}

#[derive(Debug)]
pub(super) struct Sent {
    pub(super) report: Report,
    pub(super) delivered: Duration,
    pub(super) receiver_cpu: Option<Duration>,
}

impl Peer {
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Ours(discard) => discard.address(),
            Self::Elsewhere(address) => *address,
        }
    }

    pub(super) fn ip(&self) -> IpAddr {
        self.address().ip()
    }

    pub(super) fn send(&self, case: &Case, source: &Source, handle: &Handle) -> Result<Sent, Error> {
        let socket = connected(self.address(), handle)?;
        let began = Instant::now();
        let report = send(case, source, &socket, handle)?;
        end(&socket, handle)?;
        let delivered = began.elapsed();
        let socket = TcpStream::from(socket);
        let ours = socket.local_addr().map_err(|_| Errno::ENOTCONN).named("getsockname")?;
        let receiver_cpu = match self {
            Self::Elsewhere(_) => None,
            Self::Ours(discard) => {
                let taken = discard.taken(ours).filter(|taken| taken.bytes == source.size());
                let lost = || Error::kernel(None, Errno::EIO).because("not every byte came to the other end");
                Some(taken.ok_or_else(lost)?.cpu)
            }
        };
        Ok(Sent { report, delivered, receiver_cpu })
    }
}

fn send(case: &Case, source: &Source, socket: &OwnedFd, handle: &Handle) -> Result<Report, Error> {
    let mut request = SendFile::from_path(source.path(), socket)?.watched_by(handle).length(source.size());
    if let Some(strategy) = case.strategy {
        request = request.strategy(strategy);
    }
    if let Some(bytes) = case.buffer_size {
        request = request.buffer_size(bytes);
    }
    request.run()
}

/// Whatever ends it early is a reset: the peer must not take a part for the whole.
fn connected(address: SocketAddr, handle: &Handle) -> Result<OwnedFd, Error> {
    let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(family, SockType::Stream, flags, None).named("socket")?;
    match connect(socket.as_raw_fd(), &SockaddrStorage::from(address)) {
        Ok(()) | Err(Errno::EINPROGRESS) => {}
        Err(errno) => return Err(errno).named("connect"),
    }
    wait(&socket, PollFlags::POLLOUT, handle, TO_CONNECT, "connect")?;
    match getsockopt(&socket, SocketError).named("getsockopt")? {
        0 => {}
        errno => return Err(Errno::from_raw(errno)).named("connect"),
    }
    let reset = set_linger(&socket, Some(Duration::ZERO));
    reset.map_err(|error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)).named("setsockopt")?;
    Ok(socket)
}

/// The end of our side, and then of the peer's: it has all, and says so by closing.
fn end(socket: &OwnedFd, handle: &Handle) -> Result<(), Error> {
    shutdown(socket.as_raw_fd(), Shutdown::Write).named("shutdown")?;
    loop {
        wait(socket, PollFlags::POLLIN, handle, TO_CLOSE, "recvfrom")?;
        match recv(socket.as_raw_fd(), &mut [0; 512], MsgFlags::empty()) {
            Ok(0) => break,
            Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(errno).named("recvfrom"),
        }
    }
    let _ = set_linger(socket, None);
    Ok(())
}

/// ETIMEDOUT after `patience`.
fn wait(
    socket: &OwnedFd,
    events: PollFlags,
    handle: &Handle,
    patience: Duration,
    call: &'static str,
) -> Result<(), Error> {
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    let seen = blocking::sleep(socket.as_fd(), events, handle, timeout)?;
    match (handle.stopped(), seen) {
        (true, _) => Err(Error::aborted()),
        (_, true) => Ok(()),
        (_, false) => Err(Error::kernel(call, Errno::ETIMEDOUT)),
    }
}
