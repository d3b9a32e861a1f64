use std::fmt::Write as _;

/// Numbers that look random and are the same for the same seed, on every machine: `SplitMix64`.
///
/// See <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for each pair, so that one object can change without the next ones.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed);
        Self(random.next() ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    /// Less than `end`, which is not 0. The bias of the remainder is without meaning here.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Whether one time in `n`.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
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

    /// A random UUID.
    pub(super) fn uid(&mut self) -> String {
        let digits = self.hex(32);
        let variant = self.pick(&["8", "9", "a", "b"]);
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..]
        )
    }
}

/// The alphabet of generated names; see `SafeEncodeString` of k8s.io/apimachinery.
pub(super) const SUFFIX: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
