//! What a caller asks for: one file a request.
pub(crate) mod copy;
mod pending;
pub(crate) mod probe;
pub(crate) mod probe_route;
pub(crate) mod receive;
pub(crate) mod relay;
mod relay_threads;
pub(crate) mod send;
mod source;
mod wish;
