//! Reproducible chance: the same seed gives the same universe on every machine and in every version.

/// A stream of numbers drawn from a seed (the `SplitMix64` sequence).
pub(super) struct Draw(u64);

impl Draw {
    /// The stream that belongs to one thing: `subject` separates the uses, `index` the things.
    pub(super) fn of(seed: u64, subject: u64, index: u64) -> Self {
        let mut outer = Self(seed ^ subject.wrapping_mul(0xd6e8_feb8_6659_fd93));
        Self(outer.next() ^ index.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound` (0 for a bound of 0).
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u32::try_from(wide >> 64).unwrap_or_default()
    }

    /// True in so many of a thousand cases.
    pub(super) fn per_mille(&mut self, cases: u32) -> bool {
        self.below(1000) < cases
    }

    /// One of the choices; the empty text when there is none.
    pub(super) fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let bound = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        let index = usize::try_from(self.below(bound)).unwrap_or_default();
        choices.get(index).copied().unwrap_or_default()
    }
}
