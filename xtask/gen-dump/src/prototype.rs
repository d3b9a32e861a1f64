//! Makes objects by the million. A few dozen of each kind are built as values and printed once,
//! with marks where no two objects are alike. Each object of the dump is a copy of one of them,
//! with the marks overwritten.
//!
//! What replaces a mark has its length and needs the same quotes, so that the copy is what the
//! printer would have printed: folding and quoting depend on the length and the characters of a
//! text.

use std::ops::Range;

use serde_json::Value;

use crate::{
    moment::{self, Moment},
    random::{Random, SUFFIX, mix},
};

/// What replaces a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filling {
    Uid,
    /// Five characters of a name.
    Suffix,
    /// Hexadecimal digits that begin with a letter, so that YAML never reads a number.
    Hex,
    /// Eight digits.
    Number,
    Base64,
}

#[derive(Debug, Clone)]
struct Mark {
    text: String,
    filling: Filling,
}

/// Draws the random parts that all copies of a prototype share, and hands out marks for the others.
#[derive(Debug)]
pub(crate) struct Maker {
    pub(crate) random: Random,
    marks: Vec<Mark>,
}

impl Maker {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, marks: Vec::new() }
    }

    fn mark(&mut self, filling: Filling, text: impl FnOnce(usize) -> String) -> String {
        let text = text(self.marks.len());
        self.marks.push(Mark { text: text.clone(), filling });
        text
    }

    pub(crate) fn uid(&mut self) -> String {
        self.mark(Filling::Uid, |it| format!("5107face-0000-4000-8000-{it:012x}"))
    }

    /// The end of the object's name, which no other object of its kind has.
    pub(crate) fn suffix(&mut self) -> String {
        const MARK: &str = "zqxzq";
        if self.marks.iter().any(|it| it.filling == Filling::Suffix) {
            return MARK.to_owned();
        }
        self.mark(Filling::Suffix, |_| MARK.to_owned())
    }

    /// At least eight hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        self.mark(Filling::Hex, |it| format!("face{it:04x}{:0<1$}", "", digits - 8))
    }

    /// A `resourceVersion`.
    pub(crate) fn number(&mut self) -> String {
        self.mark(Filling::Number, |it| format!("4510{it:04}"))
    }

    /// At least eight characters of base64, without padding.
    pub(crate) fn base64(&mut self, length: usize) -> String {
        self.mark(Filling::Base64, |it| format!("MARK{it:04}{:A<1$}", "", length - 8))
    }

    pub(crate) fn done(self, value: Value) -> Prototype {
        Prototype { value, marks: self.marks }
    }
}

/// An object that others are copies of.
#[derive(Debug)]
pub(crate) struct Prototype {
    pub(crate) value: Value,
    marks: Vec<Mark>,
}

impl Prototype {
    /// The printed object, ready to be copied.
    pub(crate) fn stamp(&self, text: String) -> Stamp {
        let mut patches = Vec::new();
        for (id, Mark { text: mark, filling }) in self.marks.iter().enumerate() {
            for (at, _) in text.match_indices(mark) {
                patches.push((at..at + mark.len(), Patch::Mark(*filling, id as u64)));
            }
        }
        for (at, _) in text.match_indices(moment::PREFIX) {
            if let Some(after) = moment::relative(&text[at..]) {
                patches.push((at..at + moment::LENGTH, Patch::Moment(after)));
            }
        }
        Stamp { text: text.into_bytes(), patches }
    }
}

#[derive(Debug, Clone, Copy)]
enum Patch {
    Mark(Filling, u64),
    Moment(u64),
}

/// A printed prototype.
#[derive(Debug)]
pub(crate) struct Stamp {
    text: Vec<u8>,
    patches: Vec<(Range<usize>, Patch)>,
}

impl Stamp {
    /// The length of every copy.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Appends the text of one object.
    pub(crate) fn copy(&self, identity: Identity, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.text);
        for (range, patch) in &self.patches {
            identity.write(*patch, &mut out[start + range.start..start + range.end]);
        }
    }
}

/// What distinguishes an object of the dump from all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    seed: u64,
    /// The index among the objects of its kind.
    index: u64,
    key: u64,
}

impl Identity {
    /// The identity of the object at `index` of a kind.
    pub(crate) fn new(seed: u64, kind: u64, index: u64) -> Self {
        Self { seed, index, key: mix(mix(seed ^ kind.rotate_left(40)) ^ index) }
    }

    fn write(self, patch: Patch, over: &mut [u8]) {
        match patch {
            Patch::Moment(after) => {
                let created = Moment::before_capture(3_600 + mix(self.key ^ 1) % (13 * 86_400));
                let moment = created.later(after).captured().to_string();
                over.copy_from_slice(moment.as_bytes());
            }
            Patch::Mark(Filling::Suffix, _) => {
                over.copy_from_slice(&unique_suffix(self.seed, self.index));
            }
            Patch::Mark(filling, id) => {
                let mut random = Random::new(self.key, id + 2);
                match filling {
                    Filling::Uid => {
                        fill(&mut random, over, 4, |it| HEX[usize::from(it)]);
                        for dash in [8, 13, 18, 23] {
                            over[dash] = b'-';
                        }
                        over[14] = b'4';
                        over[19] = b"89ab"[usize::from(over[19] & 3)];
                    }
                    Filling::Number => {
                        fill(&mut random, over, 3, |it| b'0' + it);
                        over[0] = b'4';
                    }
                    Filling::Base64 => fill(&mut random, over, 6, |it| BASE64[usize::from(it)]),
                    Filling::Hex | Filling::Suffix => {
                        fill(&mut random, over, 4, |it| HEX[usize::from(it)]);
                        over[0] = b"abcdef"[usize::from(over[0] % 6)];
                    }
                }
            }
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Fills with random characters, each drawn by this many bits.
fn fill(random: &mut Random, over: &mut [u8], bits: usize, character: impl Fn(u8) -> u8) {
    for part in over.chunks_mut(64 / bits) {
        let mut drawn = random.next();
        for it in part {
            *it = character(drawn.to_le_bytes()[0] & ((1 << bits) - 1));
            drawn >>= bits;
        }
    }
}

/// Five characters that no other object of the kind has, up to 14 million.
fn unique_suffix(seed: u64, index: u64) -> [u8; 5] {
    // 27^5 has the only factor 3, so multiplying by 8,675,309 and adding mixes without collisions.
    let mut number = (index.wrapping_mul(8_675_309) + seed % 1_000) % 27_u64.pow(5);
    std::array::from_fn(|_| {
        let it = SUFFIX[(number % 27) as usize];
        number /= 27;
        it
    })
}
