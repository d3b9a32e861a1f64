use std::collections::BTreeMap;

use crate::Coverage;

/// The objects and lines of one run, as rules get them: by need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By the id of the object need.
    pub objects: BTreeMap<String, ObjectSlot>,
    /// By the id of the text need.
    pub texts: BTreeMap<String, TextSlot>,
}

/// What a source had for one object need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSlot {
    /// Compact JSON of the fields asked for, in the order of namespace and name.
    pub objects: Vec<String>,
    /// How much of the need that is.
    pub coverage: Coverage,
    /// Why it is not complete; empty where it is.
    pub reason: String,
}

/// One line of a text file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextLine {
    /// The path inside the input.
    pub path: String,
    /// From 1.
    pub line: u64,
    /// Without its line end.
    pub text: String,
}

/// What a source had for one text need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSlot {
    /// The lines that match, in the order of path and line.
    pub lines: Vec<TextLine>,
    /// How much of the need that is.
    pub coverage: Coverage,
    /// Why it is not complete; empty where it is.
    pub reason: String,
}

impl Inventory {
    /// How much of a need, of objects or of text, the source could show.
    pub fn coverage(&self, need: &str) -> Option<Coverage> {
        let objects = self.objects.get(need).map(|it| it.coverage);
        objects.or_else(|| self.texts.get(need).map(|it| it.coverage))
    }
}
