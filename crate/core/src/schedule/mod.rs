//! Where values lie in the arena: one offset each, so that no two that are needed at the same time
//! overlap. The one source of arena sizes, for export and for cost.

use sepal_linalg::order_by;

/// Every offset is a multiple of this.
const ALIGNMENT: usize = 4;

/// A value that takes room for some steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its bytes.
    pub bytes: usize,
    /// The first step at which it exists.
    pub first: usize,
    /// The last one.
    pub last: usize,
}

/// Offsets of blocks, and what they take together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// One per block, in bytes.
    pub offsets: Vec<usize>,
    /// Bytes of the arena.
    pub bytes: usize,
}

/// Places blocks, the largest first, each at the lowest offset where it fits.
///
/// **Cost**: O(n²) for n blocks. **Source**: greedy by size, as in Pisarchyk and Lee 2020.
pub fn place(blocks: &[Block]) -> Layout {
    let key = |i: usize| (std::cmp::Reverse(blocks[i].bytes), blocks[i].first, i);
    let order = order_by(blocks.len(), &mut |a, b| key(a).cmp(&key(b)));
    let mut layout = Layout { offsets: vec![0; blocks.len()], bytes: 0 };
    let mut placed: Vec<usize> = Vec::new();
    for index in order {
        let block = blocks[index];
        let size = block.bytes.next_multiple_of(ALIGNMENT);
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|&&other| blocks[other].first <= block.last && block.first <= blocks[other].last)
            .map(|&other| (layout.offsets[other], layout.offsets[other] + blocks[other].bytes))
            .collect();
        taken.sort_unstable();
        let mut offset = 0;
        for (from, to) in taken {
            if offset + size <= from {
                break;
            }
            offset = offset.max(to.next_multiple_of(ALIGNMENT));
        }
        layout.offsets[index] = offset;
        layout.bytes = layout.bytes.max(offset + size);
        placed.push(index);
    }
    layout
}

/// The step at which most bytes are needed at once, and how many.
pub fn peak(blocks: &[Block]) -> (usize, usize) {
    let last = blocks.iter().map(|block| block.last).max().unwrap_or(0);
    let alive = |step: usize| -> usize {
        blocks.iter().filter(|b| b.first <= step && step <= b.last).map(|b| b.bytes).sum()
    };
    let found = (0..=last).map(|step| (step, alive(step)));
    found.fold((0, 0), |best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::{Block, peak, place};

    #[test]
    fn blocks_that_never_meet_share_their_room() {
        let blocks = [
            Block { bytes: 100, first: 0, last: 1 },
            Block { bytes: 30, first: 1, last: 2 },
            Block { bytes: 80, first: 2, last: 3 },
        ];
        let layout = place(&blocks);
        assert_eq!(layout.offsets, [0, 100, 0]);
        assert_eq!((layout.bytes, peak(&blocks)), (132, (1, 130)));
    }

    #[test]
    fn no_two_that_live_at_once_overlap() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let blocks: Vec<Block> = (0..12)
                .map(|_| {
                    let first = random.usize(0..8);
                    Block { bytes: random.usize(1..60), first, last: first + random.usize(0..4) }
                })
                .collect();
            let layout = place(&blocks);
            for (i, a) in blocks.iter().enumerate() {
                for (j, b) in blocks.iter().enumerate().skip(i + 1) {
                    let apart = layout.offsets[i] + a.bytes <= layout.offsets[j]
                        || layout.offsets[j] + b.bytes <= layout.offsets[i];
                    assert!(apart || a.last < b.first || b.last < a.first, "{a:?} {b:?}");
                }
            }
            assert!(layout.bytes >= peak(&blocks).1);
            assert!(layout.offsets.iter().all(|offset| offset % 4 == 0));
        }
    }
}
