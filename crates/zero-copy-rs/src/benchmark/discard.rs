//! The other end of the loopback: a thread that takes what comes and looks at none of it.
//!
//! [`recv(2)`](https://man7.org/linux/man-pages/man2/recv.2.html) with MSG_TRUNC discards a TCP stream's bytes inside the kernel
//! ([`tcp(7)`](https://man7.org/linux/man-pages/man7/tcp.7.html)), so that the receiver costs as little as one can.
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, shutdown};
use nix::time::{ClockId, clock_gettime};

use crate::error::{Error, Named};

/// What came on one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    peer: SocketAddr,
    pub(super) bytes: u64,
    pub(super) cpu: Duration,
}

#[derive(Debug)]
pub(super) struct Discard {
    address: SocketAddr,
    listener: OwnedFd,
    taken: Receiver<Taken>,
    thread: Option<JoinHandle<()>>,
}

impl Discard {
    pub(super) fn start() -> Result<Self, Error> {
        let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(errno).named("bind")?;
        let address = listener.local_addr().map_err(errno).named("getsockname")?;
        let ours = listener.try_clone().map_err(errno).named("fcntl")?;
        let (send, taken) = channel();
        let builder = std::thread::Builder::new().name("zero-copy-sink".into());
        let thread = builder.spawn(move || serve(&listener, &send)).map_err(errno).named("clone3")?;
        Ok(Self { address, listener: ours.into(), taken, thread: Some(thread) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came from `peer`, who has read the end of our side: so it is there already.
    pub(super) fn taken(&self, peer: SocketAddr) -> Option<Taken> {
        self.taken.try_iter().find(|taken| taken.peer == peer)
    }
}

impl Drop for Discard {
    fn drop(&mut self) {
        // wakes who accepts, with EINVAL
        let _ = shutdown(self.listener.as_raw_fd(), nix::sys::socket::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, taken: &Sender<Taken>) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok((socket, peer)) = listener.accept() {
        let before = cpu();
        let Ok(bytes) = discard(&socket, &mut buffer) else { continue };
        // told before the socket is closed: who reads its end finds it
        if taken.send(Taken { peer, bytes, cpu: cpu().saturating_sub(before) }).is_err() {
            return;
        }
        let _ = socket.shutdown(Shutdown::Both);
    }
}

/// Until the end of the stream. The buffer is only a length: nothing is written into it.
fn discard(socket: &TcpStream, buffer: &mut [u8]) -> nix::Result<u64> {
    let mut bytes = 0;
    loop {
        match recv(socket.as_raw_fd(), buffer, MsgFlags::MSG_TRUNC) {
            Ok(0) => return Ok(bytes),
            Ok(n) => bytes += n as u64,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::Discard;

    #[test]
    fn what_came_is_known_when_its_end_is_read() {
        let discard = Discard::start().unwrap();
        // a port scanner's is not mistaken for ours
        drop(TcpStream::connect(discard.address()).unwrap());
        for bytes in [3_000_000, 5] {
            let mut socket = TcpStream::connect(discard.address()).unwrap();
            socket.write_all(&vec![7; bytes]).unwrap();
            socket.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(socket.read(&mut [0]).unwrap(), 0);
            assert_eq!(discard.taken(socket.local_addr().unwrap()).map(|taken| taken.bytes), Some(bytes as u64));
        }
    }
}
