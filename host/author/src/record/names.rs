//! Puts pseudonyms in the place of names, in the objects of a fixture and in its settings; and
//! finds out which name a rule must see as it is.

use std::collections::BTreeSet;

use rulebox_report::{NameInUse, Pseudonyms};
use serde_json::Value;

use super::{document::Document, smallest::smallest};

/// Objects and settings with pseudonyms.
pub(super) struct Renamed {
    pub(super) documents: Vec<Document>,
    pub(super) settings: Option<Value>,
    pub(super) names: Pseudonyms,
}

/// Those of one fixture, without pseudonyms.
pub(super) struct Named<'n> {
    documents: &'n [Document],
    settings: Option<&'n Value>,
    /// The names that they hold.
    names: Vec<NameInUse>,
}

impl<'n> Named<'n> {
    /// `all`: all objects of the dump, since a message may quote the name of any.
    pub(super) fn of(
        documents: &'n [Document],
        settings: Option<&'n Value>,
        all: &[Value],
    ) -> Self {
        // First those that are in the fixture, so that they are numbered from 1.
        let objects = || documents.iter().filter_map(Document::object);
        let text: String = objects().chain(settings).map(Value::to_string).collect();
        let names = Pseudonyms::names_in(objects().chain(all), &text);
        Self { documents, settings, names }
    }

    /// With pseudonyms for all names but these.
    pub(super) fn renamed(&self, kept: BTreeSet<String>) -> Renamed {
        let mut names = Pseudonyms::numbered().keeping(kept);
        names.learn_names(&self.names);
        let mut documents = self.documents.to_vec();
        for it in &mut documents {
            if let Document::Object(object) = it {
                names.object(object);
            }
        }
        let mut settings = self.settings.cloned();
        if let Some(it) = &mut settings {
            names.object(it);
        }
        Renamed { documents, settings, names }
    }

    /// Which names must stay, beside these, so that it holds; `holds` as in [`smallest`]. Empty
    /// where it does not hold whichever names stay.
    pub(super) fn must_stay(
        &self,
        kept: &BTreeSet<String>,
        holds: &mut dyn FnMut(Renamed) -> Option<bool>,
    ) -> Vec<String> {
        let with = |more: &[String]| kept.iter().chain(more).cloned().collect::<BTreeSet<_>>();
        let names = self.renamed(kept.clone()).names;
        let all: Vec<_> = names.names().map(str::to_owned).collect();
        if holds(self.renamed(with(&all))) != Some(true) {
            return Vec::new();
        }
        smallest(all, &mut |some| holds(self.renamed(with(some))))
    }
}
