//! What rules see: the objects and lines of each need, and how much of the need they are.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Coverage, Json};

/// The objects and lines of one run, as rules get them: by need. Two inventories of one store share
/// the slots that are the same in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By the id of the object need.
    pub objects: BTreeMap<String, Arc<ObjectSlot>>,
    /// By the id of the text need.
    pub texts: BTreeMap<String, TextSlot>,
}

/// What a source had for one object need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSlot {
    /// The fields asked for, in the order of namespace and name.
    pub objects: Vec<Json>,
    /// How much of the need they are.
    pub coverage: Coverage,
    /// Why the coverage is not complete; empty where it is complete.
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

impl TextLine {
    /// About how many bytes of memory it takes to keep it.
    pub fn bytes(&self) -> u64 {
        /// Its entry, and what its allocations cost.
        const LINE: usize = 128;
        (LINE + self.path.len() + self.text.len()) as u64
    }
}

/// What a source had for one text need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSlot {
    /// The lines that match, in the order of path and line.
    pub lines: Vec<TextLine>,
    /// How much of the need they are.
    pub coverage: Coverage,
    /// Why the coverage is not complete; empty where it is complete.
    pub reason: String,
}

impl Inventory {
    /// How much of a need, for objects or for text, the source showed. None for an unknown id.
    pub fn coverage(&self, need: &str) -> Option<Coverage> {
        let objects = self.objects.get(need).map(|it| it.coverage);
        objects.or_else(|| self.texts.get(need).map(|it| it.coverage))
    }
}
