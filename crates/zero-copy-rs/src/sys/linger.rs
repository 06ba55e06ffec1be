//! How a socket is closed: `SO_LINGER` of
//! [`socket(7)`](https://man7.org/linux/man-pages/man7/socket.7.html).
use std::os::fd::AsFd;
use std::time::Duration;

use nix::libc::linger;
use nix::sys::socket::{setsockopt, sockopt::Linger};

/// `Some(ZERO)`: closing resets the connection, also when the process is killed, so that a receiver does not take a part
/// for the whole. None: closing is orderly, which is how sockets are made.
///
/// # Errors
///
/// What `setsockopt` answered.
pub fn set_linger(socket: impl AsFd, time: Option<Duration>) -> std::io::Result<()> {
    let seconds = time.map_or(0, |time| i32::try_from(time.as_secs()).unwrap_or(i32::MAX));
    let value = linger { l_onoff: i32::from(time.is_some()), l_linger: seconds };
    Ok(setsockopt(&socket, Linger, &value)?)
}
