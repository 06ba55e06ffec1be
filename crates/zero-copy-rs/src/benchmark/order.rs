//! What is run, and in which order.
//!
//! A round runs every case once; the next begins one further on, so that whatever drifts meanwhile (the CPU's clock, the
//! disk, who else is at work) hits all alike. It also takes other steps: what always ran after the same neighbour would
//! always inherit what that one left behind (sendfile was a quarter slower after a quarter of a second of small writes).
//! Sizes come one after the other: nobody compares them, and only one source has to be there at a time.
use crate::strategy::Strategy;

/// What is run several times, and compared with the others of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) size: u64,
    /// None: auto.
    pub(super) strategy: Option<Strategy>,
    /// None: none is asked for.
    pub(super) buffer_size: Option<usize>,
}

/// The original's three modes are run with each buffer, also sendfile, which has none: that its line is flat is measured.
fn is_original(strategy: Option<Strategy>) -> bool {
    matches!(strategy, Some(Strategy::ReadWrite | Strategy::MmapWrite | Strategy::Sendfile))
}

/// By size, then strategy, then buffer, each as it was asked for.
pub(super) fn cases(sizes: &[u64], strategies: &[Option<Strategy>], buffers: &[usize]) -> Vec<Case> {
    let buffers_of = |strategy| {
        let with: Vec<_> = buffers.iter().map(|&bytes| Some(bytes)).collect();
        if is_original(strategy) { with } else { vec![None] }
    };
    let of_size = |&size| {
        let of_strategy = move |&strategy| {
            buffers_of(strategy).into_iter().map(move |buffer_size| Case { size, strategy, buffer_size })
        };
        strategies.iter().flat_map(of_strategy)
    };
    sizes.iter().flat_map(of_size).collect()
}

/// What comes next: a case's index, and its round from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) case: usize,
    pub(super) round: u32,
}

/// Goes through all turns.
#[derive(Debug)]
pub(super) struct Order {
    /// Of each size: how many cases.
    blocks: Vec<usize>,
    iterations: u32,
    /// Of all that came before the block under way.
    first: usize,
    block: usize,
    round: u32,
    place: usize,
}

impl Order {
    pub(super) fn new(blocks: Vec<usize>, iterations: u32) -> Self {
        Self { blocks, iterations, first: 0, block: 0, round: 0, place: 0 }
    }
}

impl Iterator for Order {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        loop {
            let &cases = self.blocks.get(self.block)?;
            if self.place < cases && self.round < self.iterations {
                let round = self.round as usize;
                let case = self.first + (round + self.place * stride(round, cases)) % cases;
                self.place += 1;
                return Some(Turn { case, round: self.round + 1 });
            }
            (self.round, self.place) = (self.round + 1, 0);
            if self.round >= self.iterations {
                (self.first, self.block, self.round) = (self.first + cases, self.block + 1, 0);
            }
        }
    }
}

/// Steps of this size reach every case once: 1 in the first round, then the next number without a common divisor.
fn stride(round: usize, cases: usize) -> usize {
    let strides: Vec<_> = (1..cases.max(2)).filter(|&stride| greatest_common_divisor(stride, cases) == 1).collect();
    strides.get(round % strides.len().max(1)).copied().unwrap_or(1)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Case, Order, cases};
    use crate::strategy::Strategy::{Reflink, Sendfile};

    #[test]
    fn each_round_runs_all_once_and_begins_one_further_on() {
        let turns: Vec<_> = Order::new(vec![3, 2], 4).map(|turn| (turn.case, turn.round)).collect();
        let first = [(0, 1), (1, 1), (2, 1), (1, 2), (0, 2), (2, 2), (2, 3), (0, 3), (1, 3), (0, 4), (2, 4), (1, 4)];
        let second = [(3, 1), (4, 1), (4, 2), (3, 2), (3, 3), (4, 3), (4, 4), (3, 4)];
        assert_eq!(turns, [&first[..], &second].concat());
    }

    #[test]
    fn nothing_runs_after_the_same_neighbour_in_every_round() {
        for cases in 3..40 {
            let turns: Vec<_> = Order::new(vec![cases], 10).collect();
            for round in turns.chunks(cases) {
                let all: BTreeSet<_> = round.iter().map(|turn| turn.case).collect();
                assert_eq!(all.len(), cases, "{cases} cases");
            }
            for case in 0..cases {
                let pairs = turns.windows(2).filter(|pair| pair[1].case == case);
                let before: BTreeSet<_> = pairs.map(|pair| pair[0].case).collect();
                assert!(before.len() > 1, "{case} of {cases} after {before:?}");
            }
        }
    }

    #[test]
    fn the_originals_modes_are_run_with_each_buffer_the_others_once() {
        let case = |size, strategy, buffer_size| Case { size, strategy, buffer_size };
        assert_eq!(
            cases(&[1, 2], &[Some(Sendfile), Some(Reflink), None], &[32, 64]),
            [1, 2]
                .map(|size| {
                    [
                        case(size, Some(Sendfile), Some(32)),
                        case(size, Some(Sendfile), Some(64)),
                        case(size, Some(Reflink), None),
                        case(size, None, None),
                    ]
                })
                .concat()
        );
    }
}
