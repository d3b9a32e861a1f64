//! Messages about a failure: their text, the object that has them, and their path in it.
//!
//! Not every status has a reason, and events are deleted after about an hour, so a rule asks
//! several objects in turn: the object itself, its Warning events, an object that does its work.

use std::{cmp::Reverse, collections::BTreeMap, ops::Deref};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Draft, Object, ObjectRef, Seen};

use crate::kubernetes::objects::core::{Event, InvolvedObject};

/// Of a message so many bytes of its beginning are quoted and searched, and as many of its end:
/// errors wrap each other, and the words that matter stand at one end or the other. Kubernetes
/// takes 1 KiB of an event and 4 KiB of a container; a custom resource may say a MiB, and a rule
/// searches each message for some hundred sentences. One that stands between the ends is not found:
/// then the message is one that is not known. It is done here and not where objects are read: there
/// nobody knows which text is a message, and half of a text that is parsed, as a ConfigMap holds,
/// means something else.
const END_BYTES: usize = 8 << 10;

/// What is quoted and searched of a text. What is left out is told where it stood.
fn excerpt(text: &str) -> String {
    if text.len() <= 2 * END_BYTES {
        return text.to_owned();
    }
    let (begin, rest) = text.split_at(text.floor_char_boundary(END_BYTES));
    let (middle, end) = rest.split_at(rest.ceil_char_boundary(rest.len() - END_BYTES));
    format!("{begin} [{} bytes are left out here] {end}", middle.len())
}

/// A failure message, quoted from an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Verbatim, but for the middle of a text that is very long.
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
            text: excerpt(text),
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
pub struct Warnings {
    warnings: BTreeMap<(String, String), Vec<Happening>>,
    /// Events that are Normal for Kubernetes, and end a container or a pod.
    ends: BTreeMap<(String, String), Vec<Happening>>,
}

/// Reasons of Normal events that end a container or a pod: of the kubelet, of the scheduler, and of
/// the controller that evicts pods from tainted nodes.
const ENDS: [&str; 3] = ["Killing", "Preempted", "TaintManagerEviction"];

/// An event, or several that were counted as one.
#[derive(Debug)]
pub struct Happening {
    about: ObjectRef,
    /// In a word: `Killing`.
    pub reason: String,
    /// The container, where the event names one.
    pub container: String,
    is_warning: bool,
    times: u32,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    message: Message,
}

impl Happening {
    /// The object that it happened to.
    pub fn about(&self) -> &ObjectRef {
        &self.about
    }

    /// What it says, and, of a warning, how often.
    pub fn message(&self) -> Message {
        let events = self.is_warning.then_some((self.times, self.last));
        Message { events, ..self.message.clone() }
    }

    /// When it happened first, as far as it tells.
    pub fn first(&self) -> Option<Timestamp> {
        self.first.or(self.last)
    }

    /// When it happened last.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Whether one of the events may have led to something that happened at a moment, and at most
    /// so much later. Where a time is missing, it may.
    pub fn may_precede(&self, moment: Option<Timestamp>, within: SignedDuration) -> bool {
        let (Some(moment), Some(last)) = (moment, self.last) else { return true };
        let first = self.first.unwrap_or(last);
        // The first of a series is written down a second after it has happened, or two.
        let is_begun = first.duration_since(moment) <= ROUNDING;
        is_begun && moment.duration_since(last) <= within
    }
}

/// How far the times of an event and of an exit, which two clocks write in whole seconds, may
/// differ.
const ROUNDING: SignedDuration = SignedDuration::from_secs(5);

impl Warnings {
    /// Reads them once.
    pub fn read<E: Object + Deref<Target = Event>>(
        events: impl IntoIterator<Item = Seen<E>>,
    ) -> Self {
        let mut warnings = Self::default();
        for seen in events {
            warnings.add(&seen, || seen.reference().clone());
        }
        warnings
    }

    fn add(&mut self, event: &Event, object: impl Fn() -> ObjectRef) {
        let is_end = ENDS.contains(&event.reason.as_str());
        let text = event.message.trim();
        if text.is_empty() || event.is_ours() || event.kind == "Normal" && !is_end {
            return;
        }
        let object = object();
        let InvolvedObject { api_version, kind, name, uid, field_path } = &event.involved_object;
        let about = ObjectRef {
            api_version: api_version.clone(),
            kind: kind.clone(),
            namespace: object.namespace.clone(),
            name: name.clone(),
            uid: uid.clone(),
        };
        let message =
            Message { text: excerpt(text), object, path: "message".to_owned(), events: None };
        let (times, first, last) = (event.times(), event.first(), event.last());
        let container = container_at(field_path).to_owned();
        let reason = event.reason.clone();
        let is_warning = event.kind != "Normal";
        let happening =
            Happening { about, reason, container, is_warning, times, first, last, message };
        let map = if is_warning { &mut self.warnings } else { &mut self.ends };
        map.entry((kind.clone(), name.clone())).or_default().push(happening);
    }

    /// Those of events in a test.
    #[cfg(test)]
    pub fn of(events: &str) -> Self {
        let events: Vec<Event> = serde_json::from_str(events).expect("a list of events");
        let mut warnings = Self::default();
        for event in &events {
            warnings.add(event, || ObjectRef {
                api_version: "v1".to_owned(),
                kind: "Event".to_owned(),
                namespace: "apps".to_owned(),
                name: "e".to_owned(),
                uid: String::new(),
            });
        }
        warnings
    }

    /// What has happened to an object, in no order: its warnings, and what has ended it.
    pub fn happenings(&self, object: &ObjectRef) -> impl Iterator<Item = &Happening> {
        let key = (object.kind.clone(), object.name.clone());
        let all = [self.warnings.get(&key), self.ends.get(&key)];
        all.into_iter().flatten().flatten().filter(move |it| is_same(&it.about, object))
    }

    /// What has happened to objects of a kind of the core API that may be gone, in the order of
    /// their names.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Happening> {
        let maps = [&self.warnings, &self.ends];
        maps.into_iter().flatten().filter(move |((it, _), _)| it == kind).flat_map(|(_, it)| it)
    }

    /// The newest about an object, with the number of all. An event about another object that had
    /// the name is none.
    pub fn newest(&self, object: &ObjectRef) -> Option<Message> {
        self.newest_where(object, |_| true)
    }

    /// The newest whose text says something, with the number of all that do.
    pub fn newest_where(&self, object: &ObjectRef, says: impl Fn(&str) -> bool) -> Option<Message> {
        let warnings = self.warnings.get(&(object.kind.clone(), object.name.clone()))?;
        fold(warnings.iter().filter(|it| is_same(&it.about, object) && says(&it.message.text)))
    }

    /// The objects of an API group that there are warnings about, in the order of kind and name. Of
    /// two that had one name one after the other, both.
    pub fn objects(&self, group: &str) -> impl Iterator<Item = &ObjectRef> {
        self.warnings.values().flat_map(move |warnings| {
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
        let warnings = self.warnings.get(&(object.kind.clone(), object.name.clone()));
        let about = warnings.into_iter().flatten().filter(|it| is_same(&it.about, object));
        let mut texts: BTreeMap<&str, Vec<&Happening>> = BTreeMap::new();
        for warning in about {
            texts.entry(&warning.message.text).or_default().push(warning);
        }
        let mut messages: Vec<_> = texts.into_values().filter_map(fold).collect();
        messages.sort_by_key(|it| Reverse(it.events.and_then(|(_, last)| last)));
        messages
    }
}

/// The container that a path in a pod names: `spec.containers{velero}`.
fn container_at(path: &str) -> &str {
    path.split_once('{').map_or("", |(_, rest)| rest.trim_end_matches('}'))
}

/// The newest, with the number of all.
fn fold<'a>(warnings: impl IntoIterator<Item = &'a Happening>) -> Option<Message> {
    let warnings: Vec<_> = warnings.into_iter().collect();
    let times = warnings.iter().map(|it| it.times).fold(0, u32::saturating_add);
    let newest = warnings.iter().max_by_key(|it| it.last)?;
    Some(Message { events: Some((times, newest.last)), ..newest.message.clone() })
}

/// Whether two references that agree in kind and name mean one object: an event may lack the uid.
fn is_same(a: &ObjectRef, b: &ObjectRef) -> bool {
    a.group() == b.group() && (a.uid.is_empty() || b.uid.is_empty() || a.uid == b.uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_usual_length_is_quoted_as_it_is() {
        for text in ["", "no", &"x".repeat(2 * END_BYTES)] {
            assert_eq!(excerpt(text), text);
        }
    }

    /// A text of this character with words at both ends.
    #[track_caller]
    fn check(character: &str, number: usize) {
        let text = format!("first words {} last words", character.repeat(number));
        let cut = excerpt(&text);
        assert!(cut.starts_with("first words ") && cut.ends_with(" last words"));
        let (begin, rest) = cut.split_once(" [").expect("it is told");
        let (left_out, end) = rest.split_once(" bytes are left out here] ").expect("it is told");
        let left_out: usize = left_out.parse().expect("a number");
        assert_eq!(begin.len() + left_out + end.len(), text.len());
        let ends = [begin, end].map(str::len);
        assert!(ends.iter().all(|it| (END_BYTES - 3..=END_BYTES).contains(it)), "{ends:?}");
    }

    #[test]
    fn of_a_very_long_message_both_ends_are_quoted() {
        check("x", 400 << 10);
        check("é", 100_001);
        check("备", 100_000);
        check("🦀", 5_000);
    }

    #[test]
    fn of_an_event_too() {
        let text = "x".repeat(400 << 10);
        let warnings = Warnings::of(&format!(
            r#"[{{"type": "Warning", "message": "{text}",
                 "involvedObject": {{"kind": "Pod", "name": "p"}}}}]"#
        ));
        let pod =
            ObjectRef { kind: "Pod".to_owned(), name: "p".to_owned(), ..ObjectRef::default() };
        let message = warnings.newest(&pod).expect("a warning");
        assert!(message.text.len() < 3 * END_BYTES, "{}", message.text.len());
    }
}
