//! Content that no mistake produces by chance.
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The same for the same `seed`, and nowhere the same twice (xorshift64*).
pub(crate) fn random(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_ne_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// A file of `len` bytes, all of them in holes but those given with their places.
pub(crate) fn sparse(path: &Path, len: u64, islands: &[(u64, &[u8])]) {
    let file = File::create(path).unwrap();
    file.set_len(len).unwrap();
    for (at, bytes) in islands {
        file.write_all_at(bytes, *at).unwrap();
    }
}

/// Where `a` and `b` differ first, in words; None: nowhere. Megabytes are not printed.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> Option<String> {
    if a == b {
        return None;
    }
    let at = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    Some(format!("{} and {} bytes that differ from byte {at} on", a.len(), b.len()))
}

/// What reading and writing alone would put into the destination.
pub(crate) fn oracle(source: &Path, offset: u64, length: Option<u64>) -> Vec<u8> {
    let content = std::fs::read(source).unwrap();
    let end = length.map_or(content.len(), |length| (offset + length) as usize);
    content[offset as usize..end].to_vec()
}
