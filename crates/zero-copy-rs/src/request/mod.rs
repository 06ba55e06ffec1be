//! What a caller asks for: one file a request.
pub(crate) mod copy;
pub(crate) mod probe;
mod source;
