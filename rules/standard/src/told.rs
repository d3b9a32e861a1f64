//! Who says why something failed, in which words, and where they stand.
//!
//! No schema of the backup center's status is public, and events are gone after about an hour, so a rule asks several
//! objects in turn: the object itself, the Warning events about it, its twin in Velero.

use std::{collections::BTreeMap, ops::Deref};

use jiff::Timestamp;
use rulebox_sdk::{Consulted, Draft, Object, ObjectRef, Seen};

use crate::objects::core::Event;

/// A text that some object holds about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Word for word.
    pub text: String,
    /// The object that holds it.
    pub object: ObjectRef,
    /// Where it stands in that object.
    pub path: String,
    /// For an event: how many events there were about the same object, and when the last.
    pub events: Option<(u32, Option<Timestamp>)>,
}

impl Told {
    /// What stands at a path of an object; none where it is blank.
    pub fn by<T>(object: &Seen<T>, path: impl Into<String>, text: &str) -> Option<Self> {
        let text = text.trim();
        let told = || Self {
            text: text.to_owned(),
            object: object.reference().clone(),
            path: path.into(),
            events: None,
        };
        (!text.is_empty()).then(told)
    }

    /// Adds it to a finding as evidence.
    pub fn cite(&self, draft: Draft) -> Draft {
        let draft = draft.related_to(&self.object, &self.path, &self.text);
        match self.events {
            None => draft,
            Some((times, last)) => {
                let last = last.map(|it| format!(", the last at {it}")).unwrap_or_default();
                let events = format!("{times} {}{last}", counted(times, "warning"));
                draft.related_to(&self.object, "count", events)
            }
        }
    }
}

/// `warning` or `warnings`.
pub fn counted(number: u32, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// The Warning events of a namespace, folded by what they happened to.
#[derive(Debug, Default)]
pub struct Warnings(BTreeMap<(String, String), Vec<Warning>>);

#[derive(Debug)]
struct Warning {
    group: String,
    uid: String,
    times: u32,
    last: Option<Timestamp>,
    told: Told,
}

impl Warnings {
    /// Reads them once.
    pub fn read<E: Object + Deref<Target = Event>>(events: &Consulted<'_, E>) -> Self {
        let mut warnings = Self::default();
        for seen in events {
            let event: &Event = &seen;
            if event.kind == "Normal" {
                continue;
            }
            let Some(told) = Told::by(&seen, "message", &event.message) else { continue };
            let about = &event.involved_object;
            let group = about.api_version.split_once('/').map_or("", |(group, _)| group);
            let warning = Warning {
                group: group.to_owned(),
                uid: about.uid.clone(),
                times: event.times(),
                last: event.last(),
                told,
            };
            warnings.0.entry((about.kind.clone(), about.name.clone())).or_default().push(warning);
        }
        warnings
    }

    /// The newest about an object, with the number of all. An event about another object that had the name is none.
    pub fn newest(&self, object: &ObjectRef) -> Option<Told> {
        self.newest_that(object, |_| true)
    }

    /// The newest whose text says something, with the number of all that do.
    pub fn newest_that(&self, object: &ObjectRef, says: impl Fn(&str) -> bool) -> Option<Told> {
        let warnings = self.0.get(&(object.kind.clone(), object.name.clone()))?;
        let is_about = |it: &&Warning| {
            it.group == object.group()
                && (it.uid.is_empty() || object.uid.is_empty() || it.uid == object.uid)
                && says(&it.told.text)
        };
        let times = warnings.iter().filter(is_about).map(|it| it.times).sum();
        let newest = warnings.iter().filter(is_about).max_by_key(|it| it.last)?;
        Some(Told { events: Some((times, newest.last)), ..newest.told.clone() })
    }
}
