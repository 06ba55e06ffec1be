//! What several test crates use: file systems to test on, files to copy, processes of their own, and witnesses of what
//! the kernel did.
#![allow(dead_code)] // each test crate uses a part
pub(crate) mod bytes;
pub(crate) mod child;
pub(crate) mod extended_attribute;
pub(crate) mod extents;
pub(crate) mod fifo;
pub(crate) mod holes;
pub(crate) mod image;
pub(crate) mod lease;
pub(crate) mod mount_namespace;
pub(crate) mod network;
pub(crate) mod pending;
pub(crate) mod place;
pub(crate) mod process;
pub(crate) mod seccomp;
pub(crate) mod sockets;
pub(crate) mod stops;
pub(crate) mod strace;
pub(crate) mod terminal;
pub(crate) mod watch;
