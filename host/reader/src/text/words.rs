//! Words of objects in bytes that are not read as a text, or not as this one.

/// Which words of an object stand in bytes, each as a key.
#[derive(Debug, Default)]
pub(crate) struct Words {
    api_version: bool,
    kind: bool,
    /// Whether only words in UTF-8 count.
    narrow: bool,
    /// The last bytes: a word may go on.
    seam: Vec<u8>,
}

/// Longer than a word in UTF-16, with what stands between it and its colon.
const SEAM: usize = 48;

impl Words {
    /// Of these, those in UTF-8.
    pub(crate) fn narrow() -> Self {
        Self { narrow: true, ..Self::default() }
    }

    /// Looks through the bytes that follow.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if self.is_type() {
            return;
        }
        self.seam.extend_from_slice(&bytes[..bytes.len().min(SEAM)]);
        let seam = std::mem::take(&mut self.seam);
        for bytes in [&seam, bytes] {
            self.api_version |= is_key_in(bytes, b"apiVersion");
            self.kind |= is_key_in(bytes, b"kind");
            if !self.narrow {
                self.api_version |= is_key_in(bytes, b"a\0p\0i\0V\0e\0r\0s\0i\0o\0n");
                self.kind |= is_key_in(bytes, b"k\0i\0n\0d");
            }
        }
        let last = if bytes.len() < SEAM { &seam } else { bytes };
        self.seam = last[last.len().saturating_sub(SEAM)..].to_vec();
    }

    /// Whether `apiVersion` and `kind` stand in them.
    pub(crate) fn is_type(&self) -> bool {
        self.api_version && self.kind
    }
}

/// Whether a word stands in bytes with a colon behind it.
fn is_key_in(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, word).any(|at| {
        let after = bytes[at + word.len()..].iter().filter(|it| **it != 0);
        after.take(SEAM / 4).find(|it| !b"\"' ".contains(it)) == Some(&b':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: bool) {
        for piece in [1, 2, 7, 48, 1000] {
            let mut words = Words::default();
            bytes.chunks(piece).for_each(|it| words.add(it));
            assert_eq!(words.is_type(), want, "{piece} {}", bytes.escape_ascii());
        }
    }

    #[test]
    fn words_of_an_object_in_any_encoding() {
        let text = "\u{1}x\napiVersion: v1\nkind: Pod\n";
        let wide = |it: u16| it.to_le_bytes();
        let le: Vec<u8> = text.encode_utf16().flat_map(wide).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(text.as_bytes(), true);
        check(&le, true);
        check(&be, true);
        check(b"\0\x01{\"kind\" : \"Pod\",\"apiVersion\":\"v1\"}", true);
    }

    #[test]
    fn words_of_programs() {
        check(b"\x7fELF apiVersion,omitempty kind,omitempty", false);
        check(b"apiVersion: v1", false);
        check(b"kind: Pod", false);
        check(b"", false);
    }
}
