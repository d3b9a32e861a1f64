//! Choices, one after the other, from the bytes of a fuzzer. What the bytes do not decide any more
//! is zero, so that a short input is a small thing.

/// Texts that try something, and a few that do not.
const TEXTS: [&str; 40] = [
    "",
    "a",
    "b",
    "vault-prod",
    "csdr",
    "Pod",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u{1b}[31m",
    "\u{1b}]8;;http://a\u{7}",
    "\u{9b}2J",
    "\0",
    "\u{7f}\u{8}",
    "\u{85}\u{2028}\u{2029}",
    "\u{202e}\u{2066}",
    "\u{200d}",
    "\u{200b}\u{feff}\u{ad}",
    "م\u{200c}",
    "备份\u{ff0c}",
    "👩\u{200d}🔧",
    "e\u{301}",
    "\\",
    "\\n",
    "\"",
    "'",
    "`kubectl get pods`",
    "```\n",
    "$(id); rm -rf /",
    "\nCRITICAL  Pod a/b  c/d\n",
    "\nSUMMARY\n  read      9 objects\n",
    "  remedy    ",
    "cause     ",
    "evidence  ",
    "\"} 1\nforged{a=\"b\"} 1\n",
    "# HELP a b",
    "kubectl -n csdr delete pod a\n",
    "the input holds no Pod; ",
    "0123456789abcdef0123456789abcdef 0123456789abcdef",
];

/// The bytes that are left.
pub(crate) struct Draw<'b>(&'b [u8]);

impl<'b> Draw<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    /// The bytes that follow: as many as the first one says, or as there are.
    pub(crate) fn bytes(&mut self) -> &'b [u8] {
        let most = usize::from(self.byte());
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Of `number` things one, the first where nothing is left.
    pub(crate) fn below(&mut self, number: usize) -> usize {
        usize::from(self.byte()) % number.max(1)
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// True once in so many times, and not where nothing is left.
    pub(crate) fn rarely(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub(crate) fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => u64::from(self.byte()),
            1 => u64::from(u16::from_le_bytes([self.byte(), self.byte()])),
            2 => u64::MAX - u64::from(self.byte()),
            _ => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    pub(crate) fn float(&mut self) -> f64 {
        const ODD: [f64; 8] =
            [0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 0.1];
        if self.flag() { self.of(&ODD) } else { f64::from_bits(self.number()) }
    }

    /// Any text, made of few parts.
    pub(crate) fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(4) {
            if self.rarely(4) {
                text.push_str(&String::from_utf8_lossy(self.bytes()));
            } else {
                let part = self.of(&TEXTS);
                // Long enough for several lines, and for every limit on what is shown.
                let times = if self.rarely(16) { 1 + self.below(40) } else { 1 };
                text.push_str(&part.repeat(times));
            }
        }
        text
    }

    /// At most `most` of what `one` makes.
    pub(crate) fn list<T>(&mut self, most: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let number = self.below(most + 1);
        (0..number).map(|_| one(self)).collect()
    }

    /// A text or, more often, one of few words.
    pub(crate) fn word(&mut self, words: &[&str]) -> String {
        if self.rarely(8) { self.text() } else { self.of(words).to_owned() }
    }
}
