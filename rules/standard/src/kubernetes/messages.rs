//! Messages about a failure: their text, the object that has them, and their path in it.
//!
//! Not every status has a reason, and events are deleted after about an hour, so a rule asks
//! several objects in turn: the object itself, its Warning events, an object that does its work.

use std::{cmp::Reverse, collections::BTreeMap, ops::Deref};

use jiff::Timestamp;
use rulebox_sdk::{Draft, Object, ObjectRef, Seen};

use crate::kubernetes::objects::core::{Event, InvolvedObject};

/// A failure message, quoted from an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Verbatim.
    pub text: String,
    /// The object that has it.
    pub object: ObjectRef,
    /// Its path in that object.
    pub path: String,
    /// For an event: how many events there were about the same object, and when the last.
    pub events: Option<(u32, Option<Timestamp>)>,
}

impl Message {
    /// The text at a path of an object, unless it is blank.
    pub fn at<T>(object: &Seen<T>, path: impl Into<String>, text: &str) -> Option<Self> {
        let text = text.trim();
        let message = || Self {
            text: text.to_owned(),
            object: object.reference().clone(),
            path: path.into(),
            events: None,
        };
        (!text.is_empty()).then(message)
    }

    /// Adds it to a finding as evidence.
    pub fn cite(&self, draft: Draft) -> Draft {
        let draft = draft.related_to(&self.object, &self.path, &self.text);
        match self.events {
            None => draft,
            Some((times, last)) => {
                let last = last.map(|it| format!(", the last at {it}")).unwrap_or_default();
                let events = format!("{times} {}{last}", plural(times, "warning"));
                draft.related_to(&self.object, "count", events)
            }
        }
    }
}

/// `warning` or `warnings`.
pub fn plural(number: u32, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// The Warning events of a namespace, folded by what they happened to.
#[derive(Debug, Default)]
pub struct Warnings(BTreeMap<(String, String), Vec<Warning>>);

#[derive(Debug)]
struct Warning {
    about: ObjectRef,
    times: u32,
    last: Option<Timestamp>,
    message: Message,
}

impl Warnings {
    /// Reads them once.
    pub fn read<E: Object + Deref<Target = Event>>(
        events: impl IntoIterator<Item = Seen<E>>,
    ) -> Self {
        let mut warnings = Self::default();
        for seen in events {
            let event: &Event = &seen;
            if event.kind == "Normal" {
                continue;
            }
            let Some(message) = Message::at(&seen, "message", &event.message) else { continue };
            let InvolvedObject { api_version, kind, name, uid } = &event.involved_object;
            let about = ObjectRef {
                api_version: api_version.clone(),
                kind: kind.clone(),
                namespace: seen.namespace().to_owned(),
                name: name.clone(),
                uid: uid.clone(),
            };
            let warning = Warning { about, times: event.times(), last: event.last(), message };
            warnings.0.entry((kind.clone(), name.clone())).or_default().push(warning);
        }
        warnings
    }

    /// The newest about an object, with the number of all. An event about another object that had
    /// the name is none.
    pub fn newest(&self, object: &ObjectRef) -> Option<Message> {
        self.newest_where(object, |_| true)
    }

    /// The newest whose text says something, with the number of all that do.
    pub fn newest_where(&self, object: &ObjectRef, says: impl Fn(&str) -> bool) -> Option<Message> {
        let warnings = self.0.get(&(object.kind.clone(), object.name.clone()))?;
        fold(warnings.iter().filter(|it| is_same(&it.about, object) && says(&it.message.text)))
    }

    /// The objects of an API group that there are warnings about, in the order of kind and name. Of
    /// two that had one name one after the other, both.
    pub fn objects(&self, group: &str) -> impl Iterator<Item = &ObjectRef> {
        self.0.values().flat_map(move |warnings| {
            let of_group =
                warnings.iter().map(|it| &it.about).filter(move |it| it.group() == group);
            let mut objects: Vec<&ObjectRef> = Vec::new();
            for about in of_group {
                if !objects.iter().any(|it| is_same(it, about)) {
                    objects.push(about);
                }
            }
            objects
        })
    }

    /// All about an object, those of one text as one, the newest first.
    pub fn all(&self, object: &ObjectRef) -> Vec<Message> {
        let warnings = self.0.get(&(object.kind.clone(), object.name.clone()));
        let about = warnings.into_iter().flatten().filter(|it| is_same(&it.about, object));
        let mut texts: BTreeMap<&str, Vec<&Warning>> = BTreeMap::new();
        for warning in about {
            texts.entry(&warning.message.text).or_default().push(warning);
        }
        let mut messages: Vec<_> = texts.into_values().filter_map(fold).collect();
        messages.sort_by_key(|it| Reverse(it.events.and_then(|(_, last)| last)));
        messages
    }
}

/// The newest, with the number of all.
fn fold<'a>(warnings: impl IntoIterator<Item = &'a Warning>) -> Option<Message> {
    let warnings: Vec<_> = warnings.into_iter().collect();
    let times = warnings.iter().map(|it| it.times).fold(0, u32::saturating_add);
    let newest = warnings.iter().max_by_key(|it| it.last)?;
    Some(Message { events: Some((times, newest.last)), ..newest.message.clone() })
}

/// Whether two references that agree in kind and name mean one object: an event may lack the uid.
fn is_same(a: &ObjectRef, b: &ObjectRef) -> bool {
    a.group() == b.group() && (a.uid.is_empty() || b.uid.is_empty() || a.uid == b.uid)
}
