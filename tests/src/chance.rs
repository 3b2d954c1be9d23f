//! A seeded generator (SplitMix64): a failure comes back with its seed.

/// The generator.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least `from`, less than `to`; `from` when there is nothing between.
    pub fn between(&mut self, from: usize, to: usize) -> usize {
        match to.saturating_sub(from) {
            0 => from,
            width => from + (self.bits() % width as u64) as usize,
        }
    }

    /// One of a few.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.between(0, of.len())]
    }

    /// Bytes changed in a few places: flipped, replaced, removed, doubled, cut off, or joined with another's tail.
    pub fn mutate(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        const TELLING: &[u8] = b"\0\xff<>[]{}()\"\\/%#0123456789 \n-.:,";
        let mut bytes = bytes.to_vec();
        for _ in 0..self.between(1, 6) {
            let at = self.between(0, bytes.len());
            match self.between(0, 7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.between(0, 8),
                1 if !bytes.is_empty() => bytes[at] = *self.one(TELLING),
                2 if !bytes.is_empty() => drop(bytes.remove(at)),
                3 => bytes.insert(at, *self.one(TELLING)),
                4 => bytes.truncate(at),
                5 => {
                    let to = self.between(at, (at + 64).min(bytes.len()));
                    let piece = bytes[at..to].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let from = self.between(0, other.len());
                    bytes.truncate(at);
                    bytes.extend(&other[from..]);
                }
            }
        }
        bytes
    }
}
