//! Packs what a store of a watched cluster keeps for months.

use std::sync::{Arc, Mutex};

use crate::{Json, ObjectCopy, json::Dictionary};

/// Packs copies of objects, so that a [`Store`](crate::Store) keeps them in a fraction of the
/// memory. What the store shows stays the same.
///
/// Objects of one need have most of their text in common: the names of fields, and most values. The
/// texts that come first for a need become its dictionary, and stay as they are; of those that come
/// later, only what the dictionary does not hold is kept.
#[derive(Debug)]
pub struct Packer {
    /// The size of a dictionary.
    bytes: usize,
    /// By the index of the need.
    needs: Vec<Mutex<Samples>>,
}

/// What is known of the texts of one need.
#[derive(Debug)]
enum Samples {
    /// The first of them, until they are enough.
    Gathered(Vec<u8>),
    Enough(Arc<Dictionary>),
}

impl Packer {
    /// For so many needs.
    pub fn new(needs: usize) -> Self {
        /// A dictionary is looked through for each text. One of four times the size makes the texts
        /// of pods shorter by a fifth at best.
        const BYTES: usize = 8 << 10;
        let needs = (0..needs).map(|_| Mutex::new(Samples::Gathered(Vec::new())));
        Self { bytes: BYTES, needs: needs.collect() }
    }

    /// The same with dictionaries of another size.
    #[must_use]
    pub fn with_dictionaries(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Packs the texts of a copy.
    pub fn pack(&self, copy: &mut ObjectCopy) {
        for (need, json) in copy.projections.iter_mut() {
            if let Some(dictionary) = self.dictionary(*need, json) {
                json.pack(&dictionary);
            }
        }
    }

    /// The dictionary of a need; none where this text becomes a part of it.
    fn dictionary(&self, need: usize, json: &Json) -> Option<Arc<Dictionary>> {
        let mut samples = self.needs[need].lock().expect("nobody panics while holding it");
        let gathered = match &mut *samples {
            Samples::Enough(dictionary) => return Some(Arc::clone(dictionary)),
            Samples::Gathered(gathered) => gathered,
        };
        let text = json.text();
        let room = self.bytes - gathered.len();
        gathered.extend_from_slice(&text.as_bytes()[..room.min(text.len())]);
        if gathered.len() == self.bytes {
            *samples = Samples::Enough(Dictionary::new(std::mem::take(gathered)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Identity, Position};

    fn text(name: &str) -> String {
        let ready = r#"{"type":"Ready","status":"True","reason":"MinimumReplicasAvailable"}"#;
        format!(r#"{{"metadata":{{"name":"{name}"}},"status":{{"conditions":[{ready}]}}}}"#)
    }

    /// Packs a pod of this name for these needs, and says what is kept of each text.
    fn kept(packer: &Packer, name: &str, needs: &[usize]) -> Vec<usize> {
        let mut copy = ObjectCopy {
            identity: Identity::new("v1", "Pod", "a", name, ""),
            resource_version: None,
            projections: needs.iter().map(|it| (*it, text(name).into())).collect(),
            created: None,
            position: Position::default(),
        };
        packer.pack(&mut copy);
        let texts = || copy.projections.iter().map(|it| it.1.text());
        assert!(texts().all(|it| it == text(name)));
        assert_eq!(texts().count(), needs.len());
        copy.projections.iter().map(|it| it.1.kept()).collect()
    }

    #[test]
    fn what_comes_first_for_a_need_is_the_dictionary_for_the_rest() {
        let length = text("web-0").len();
        let packer = Packer::new(2).with_dictionaries(length + 1);
        for name in ["web-0", "web-1"] {
            assert_eq!(kept(&packer, name, &[1]), [length], "a part of the dictionary");
        }
        let [first, second] = kept(&packer, "web-2", &[0, 1])[..] else { panic!("two needs") };
        assert_eq!(first, length, "the dictionary is of the other need");
        assert!(second * 3 < length, "{second} of {length}");
    }

    #[test]
    fn a_text_that_is_longer_than_a_dictionary_is_one() {
        let packer = Packer::new(1).with_dictionaries(text("web-0").len() - 20);
        assert_eq!(kept(&packer, "web-0", &[0]), [text("web-0").len()]);
        let packed = kept(&packer, "web-1", &[0])[0];
        assert!(packed * 2 < text("web-1").len(), "{packed}");
    }
}
