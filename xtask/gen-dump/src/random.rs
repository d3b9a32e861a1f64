//! Random numbers and names.

use std::fmt::Write as _;

/// Numbers that look random and are the same for the same seed, on every machine: `SplitMix64`.
///
/// See <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number of the sequence at a state. States that are close give numbers that are far apart.
pub(crate) fn mix(state: u64) -> u64 {
    let mut it = state.wrapping_add(GAMMA);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

impl Random {
    /// Makes a stream of its own for each pair, so that one object can change and the next ones do
    /// not.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed);
        Self(random.next() ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    pub(crate) fn next(&mut self) -> u64 {
        let it = mix(self.0);
        self.0 = self.0.wrapping_add(GAMMA);
        it
    }

    /// A number less than `end`, which is not 0. The bias of the remainder does not matter here.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.below(of.len() as u64);
        of[usize::try_from(at).expect("less than a length")]
    }

    /// Hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.next());
        }
        text.truncate(digits);
        text
    }

    /// The end of a name that Kubernetes generates: letters and digits that form no words.
    pub(crate) fn suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(SUFFIX))).collect()
    }
}

/// The alphabet of generated names; see `SafeEncodeString` of k8s.io/apimachinery.
pub(crate) const SUFFIX: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
