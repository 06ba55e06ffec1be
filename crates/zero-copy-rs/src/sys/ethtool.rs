//! What an interface can do, by [`SIOCETHTOOL`](https://docs.kernel.org/networking/ethtool-netlink.html) on any socket.
#![allow(unsafe_code)] // an ioctl with a struct that points to another
use std::os::fd::{AsFd, AsRawFd};

/// Feature questions of the kernel's `ethtool.h`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Feature {
    /// ETHTOOL_GSG: the device gathers a packet from several places in memory.
    ScatterGather = 0x18,
    /// ETHTOOL_GTXCSUM: the device computes checksums of what it sends.
    TransmitChecksum = 0x16,
}

#[repr(C)]
struct EthtoolValue {
    command: u32,
    data: u32,
}

/// The name of an interface; None: there is none with that index.
pub(crate) fn name(index: u32) -> Option<String> {
    let mut name = [0u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the length that the function writes at most.
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) };
    let length = name.iter().position(|&byte| byte == 0)?;
    (!found.is_null()).then(|| String::from_utf8_lossy(&name[..length]).into_owned())
}

/// None: the device does not say.
pub(crate) fn has(socket: impl AsFd, interface: &str, feature: Feature) -> Option<bool> {
    let mut value = EthtoolValue { command: feature as u32, data: 0 };
    // SAFETY: all bytes zero is a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    let name = interface.as_bytes();
    if name.len() >= request.ifr_name.len() {
        return None;
    }
    for (to, &from) in request.ifr_name.iter_mut().zip(name) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    // SAFETY: the request and the value that it points to outlive the call, which writes to the value alone.
    let answer = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), SIOCETHTOOL, &raw mut request) };
    (answer == 0).then_some(value.data != 0)
}

const SIOCETHTOOL: libc::Ioctl = 0x8946;
