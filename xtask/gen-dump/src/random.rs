use std::fmt::Write as _;

/// Numbers that look random and are the same for the same seed, on every machine: `SplitMix64`.
///
/// See <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number of the sequence at a state: far apart for states that are close.
pub(super) fn mix(state: u64) -> u64 {
    let mut it = state.wrapping_add(GAMMA);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

impl Random {
    /// A stream of its own for each pair, so that one object can change without the next ones.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed);
        Self(random.next() ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    pub(super) fn next(&mut self) -> u64 {
        let it = mix(self.0);
        self.0 = self.0.wrapping_add(GAMMA);
        it
    }

    /// Less than `end`, which is not 0. The bias of the remainder is without meaning here.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.below(of.len() as u64);
        of[usize::try_from(at).expect("less than a length")]
    }

    /// Hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.next());
        }
        text.truncate(digits);
        text
    }

    /// As Kubernetes names what it makes: letters and digits that form no words.
    pub(super) fn suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(SUFFIX))).collect()
    }
}

/// The alphabet of generated names; see `SafeEncodeString` of k8s.io/apimachinery.
pub(super) const SUFFIX: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
