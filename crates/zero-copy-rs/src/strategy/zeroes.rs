//! Blocks of zeroes among bytes that are about to be written.

/// What a file system can leave out: no smaller block is a hole's.
const BLOCK: usize = 4096;

static ZEROES: [u8; BLOCK] = [0; BLOCK];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Zeroes(usize),
    Other(usize),
}

/// What `bytes` begin with, which go to the offset `to`. `last`: with them the file ends, so that its last block may be a
/// part of one.
pub(super) fn first_run(bytes: &[u8], to: u64, last: bool) -> Run {
    let to_block = (to.next_multiple_of(BLOCK as u64) - to) as usize;
    let (head, blocks) = bytes.split_at(to_block.min(bytes.len()));
    let is_hole = |block: &[u8]| (last || block.len() == BLOCK) && *block == ZEROES[..block.len()];
    let run = |of: bool| blocks.chunks(BLOCK).take_while(|block| is_hole(block) == of).map(<[u8]>::len).sum::<usize>();
    match head.len() {
        0 if run(true) > 0 => Run::Zeroes(run(true)),
        head => Run::Other(head + run(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::Run::{Other, Zeroes};
    use super::{BLOCK, first_run};

    #[test]
    fn whole_blocks_of_zeroes_are_told_from_others() {
        let mut bytes = vec![0; 3 * BLOCK];
        assert_eq!(first_run(&bytes, 0, false), Zeroes(3 * BLOCK));
        bytes[2 * BLOCK - 1] = 1;
        assert_eq!(first_run(&bytes, 0, false), Zeroes(BLOCK));
        assert_eq!(first_run(&bytes[BLOCK..], 0, false), Other(BLOCK));
    }

    #[test]
    fn blocks_are_those_of_the_destination() {
        let bytes = vec![0; 2 * BLOCK];
        assert_eq!(first_run(&bytes, 5, false), Other(BLOCK - 5));
        assert_eq!(first_run(&bytes[BLOCK - 5..], BLOCK as u64, false), Zeroes(BLOCK));
        assert_eq!(first_run(&bytes[..7], 5, false), Other(7));
    }

    #[test]
    fn a_part_of_a_block_is_one_at_the_end_alone() {
        let bytes = vec![0; BLOCK + 7];
        assert_eq!(first_run(&bytes, 0, true), Zeroes(BLOCK + 7));
        assert_eq!(first_run(&bytes, 0, false), Zeroes(BLOCK));
        assert_eq!(first_run(&bytes[BLOCK..], 0, false), Other(7));
        assert_eq!(first_run(&bytes[BLOCK..], 0, true), Zeroes(7));
    }
}
