//! Connected sockets, and peers that read, reset or refuse to read.
use std::fs::File;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc::linger;
use nix::sys::socket::{setsockopt, sockopt};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
    Unix,
}

impl Family {
    pub(crate) const ALL: [Self; 3] = [Self::V4, Self::V6, Self::Unix];

    /// Both ends of a connection, which may block.
    pub(crate) fn pair(self) -> (File, File) {
        match self {
            Self::V4 => files(tcp()),
            Self::V6 => files(tcp_on(Ipv6Addr::LOCALHOST.into())),
            Self::Unix => files(UnixStream::pair().unwrap()),
        }
    }
}

fn files<T: Into<OwnedFd>>((near, far): (T, T)) -> (File, File) {
    (near.into().into(), far.into().into())
}

pub(crate) fn tcp() -> (TcpStream, TcpStream) {
    tcp_on([127, 0, 0, 1].into())
}

fn tcp_on(address: IpAddr) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, far)
}

/// The first does not block.
pub(crate) fn tcp_for_reactor() -> (TcpStream, TcpStream) {
    let (near, far) = tcp();
    near.set_nonblocking(true).unwrap();
    (near, far)
}

pub(crate) fn set_nonblocking(socket: impl AsFd, yes: bool) {
    let flags = OFlag::from_bits_retain(fcntl(&socket, FcntlArg::F_GETFL).unwrap());
    let wanted = if yes { flags | OFlag::O_NONBLOCK } else { flags - OFlag::O_NONBLOCK };
    fcntl(&socket, FcntlArg::F_SETFL(wanted)).unwrap();
}

/// Ends it so that its peer finds a reset, not the end of a stream.
pub(crate) fn reset(socket: impl AsFd) {
    setsockopt(&socket, sockopt::Linger, &linger { l_onoff: 1, l_linger: 0 }).unwrap();
    drop(socket);
}

/// Little room in the kernel, so that every transfer soon waits for its peer. What the receiver has offered already is
/// not taken back: that would be a loss, and a wait of seconds for the repetition.
pub(crate) fn narrow(near: impl AsFd, far: impl AsFd) {
    setsockopt(&near, sockopt::SndBuf, &131_072).unwrap();
    setsockopt(&far, sockopt::RcvBuf, &131_072).unwrap();
}

pub(crate) fn reader(mut peer: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Writes all of it and ends the stream; an error is the reader's affair.
pub(crate) fn writer(peer: &TcpStream, bytes: Vec<u8>) -> JoinHandle<()> {
    let mut peer = peer.try_clone().unwrap();
    std::thread::spawn(move || {
        let _ = peer.write_all(&bytes);
        let _ = peer.shutdown(Shutdown::Write);
    })
}
