//! Finds what an object tells of when it was captured: its newest times, and whose clocks wrote
//! them.
//!
//! Objects are full of times, and hardly one is newer than those found before. So an object is
//! first asked whether it may hold such a one, which its bytes show; only then is it projected onto
//! the fields that the cluster writes by itself, and these are looked at.

use std::sync::LazyLock;

use jiff::Timestamp;
use rulebox_core::{
    Beat, Clock, Clocks, EVENT_KEYS, EVENT_SERIES, LEASE_KEYS, ObjectRef, Path, Sighting, Times,
    Witness, canonical, group_of, in_status,
};
use serde_json::Value as Json;

use super::{
    outline::Outlined,
    projection::Projection,
    timestamps::{Second, timestamp},
    value::Value,
};
use crate::{broken::Odd, type_meta::TypeMeta};

/// Namespace of the Leases that nodes renew.
const NODE_LEASES: &str = "kube-node-lease";

/// What the times in objects of one kind tell, and which of them are new.
#[derive(Debug, Clone)]
pub(crate) struct Dating {
    times: Times,
    beat: Option<Beat>,
    /// The clock that wrote the times beside `metadata`, if it is the same for all objects.
    own: Option<Clock>,
    /// Older times in `metadata` are not new.
    metadata: Limit,
    /// Older times beside it are not new.
    beside: Limit,
    /// Neither.
    any: Limit,
}

/// A time, also in a form that can be compared with bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Limit {
    time: Option<Timestamp>,
    second: Option<Second>,
}

impl From<Option<Timestamp>> for Limit {
    fn from(time: Option<Timestamp>) -> Self {
        Self { time, second: time.map(Second::from) }
    }
}

impl Dating {
    /// `clocks`: what has been found so far.
    pub(crate) fn new(meta: &TypeMeta, clocks: &Clocks) -> Self {
        let (group, kind) = (meta.group(), meta.kind.as_str());
        let times = Times::of(group, kind);
        let differs = matches!((group, kind), ("", "Pod" | "Node")) || times != Times::InStatus;
        let none = Limit::default();
        let mut dating = Self {
            times,
            beat: Beat::of(group, kind),
            own: (!differs).then(|| group_clock(meta)),
            metadata: none,
            beside: none,
            any: none,
        };
        dating.update(clocks);
        dating
    }

    /// Something new has been found.
    pub(crate) fn update(&mut self, clocks: &Clocks) {
        let metadata = clocks.since(Some(&Clock::Server));
        let own = self.own.as_ref();
        let mut beside = clocks.since(own);
        if self.beat.is_some() {
            beside = beside.min(clocks.beats_since(own));
        }
        let any = if self.times == Times::Nowhere { metadata } else { metadata.min(beside) };
        (self.metadata, self.beside, self.any) = (metadata.into(), beside.into(), any.into());
    }

    /// The keys that hold times beside `metadata`.
    fn keys(&self) -> &'static [&'static str] {
        const AT_TOP: [&str; EVENT_KEYS.len() + 1] = {
            let mut keys = ["series"; EVENT_KEYS.len() + 1];
            let mut i = 0;
            while i < EVENT_KEYS.len() {
                keys[i] = EVENT_KEYS[i];
                i += 1;
            }
            keys
        };
        match self.times {
            Times::Nowhere => &[],
            Times::InStatus => &["status"],
            Times::InSpec => &["spec"],
            Times::AtTop => &AT_TOP,
        }
    }

    /// What is new in an object. Uses `json` as a buffer.
    pub(crate) fn of_outline<'t>(
        &self,
        outline: &impl Outlined<'t>,
        meta: &TypeMeta,
        json: &mut String,
    ) -> Result<Vec<Sighting>, Odd> {
        if !self.may_tell(outline) {
            return Ok(Vec::new());
        }
        json.clear();
        outline.project(self.projection(), meta, json)?;
        let name = outline.name()?;
        let object = ObjectRef {
            kind: meta.kind.clone(),
            namespace: outline.head().namespace.to_string(),
            name: name.name.into_owned(),
            ..ObjectRef::default()
        };
        Ok(self.sightings(json, meta, &object))
    }

    /// The same for a value. `object`: its name.
    pub(crate) fn of_value(
        &self,
        value: &Value<'_>,
        meta: &TypeMeta,
        object: impl Fn() -> ObjectRef,
    ) -> Vec<Sighting> {
        if self.may_tell_value(value) {
            self.sightings(&self.projection().project(value, meta), meta, &object())
        } else {
            Vec::new()
        }
    }

    fn may_tell<'t>(&self, outline: &impl Outlined<'t>) -> bool {
        if outline.recent(self.any.second.as_ref()).is_none() {
            return false;
        }
        // Rare, unless nothing is known yet.
        let may_hold = |keys: &[&str], since: &Limit| {
            outline.recent(since.second.as_ref()).is_some_and(|recent| {
                keys.iter().filter_map(|it| outline.extent(it)).any(|it| recent.may_be_in(it))
            })
        };
        may_hold(&["metadata"], &self.metadata) || may_hold(self.keys(), &self.beside)
    }

    fn may_tell_value(&self, value: &Value<'_>) -> bool {
        let metadata = |key| value.get("metadata").and_then(|it| it.get(key));
        let is_recent =
            |it: Option<&Value<'_>>| it.is_some_and(|it| holds_recent(it, self.metadata.time));
        let changes = match metadata("managedFields") {
            Some(Value::List(changes)) => changes.as_slice(),
            _ => &[],
        };
        is_recent(metadata("creationTimestamp"))
            || changes.iter().any(|it| is_recent(it.get("time")))
            || self
                .keys()
                .iter()
                .any(|key| value.get(key).is_some_and(|it| holds_recent(it, self.beside.time)))
    }

    /// The fields that are looked at.
    fn projection(&self) -> &'static Projection {
        const IN_METADATA: [&str; 2] =
            ["metadata.creationTimestamp", "metadata.managedFields[].time"];
        static NOWHERE: LazyLock<Projection> = LazyLock::new(|| projection(&IN_METADATA, &[""; 0]));
        static IN_STATUS: LazyLock<Projection> =
            LazyLock::new(|| projection(&IN_METADATA, &["status", "spec.nodeName"]));
        // Its status is long, and nodes beat at the same time.
        static OF_NODE: LazyLock<Projection> = LazyLock::new(|| {
            let fields = ["lastHeartbeatTime", "lastTransitionTime"];
            projection(&IN_METADATA, &fields.map(|it| format!("status.conditions[].{it}")))
        });
        static IN_SPEC: LazyLock<Projection> =
            LazyLock::new(|| projection(&IN_METADATA, &LEASE_KEYS.map(|it| format!("spec.{it}"))));
        static AT_TOP: LazyLock<Projection> = LazyLock::new(|| {
            let fields = ["series", "source", "deprecatedSource", "reportingInstance"];
            let reporters = ["reportingComponent", "reportingController"];
            let fields = [&EVENT_KEYS[..], &fields, &reporters].concat();
            projection(&IN_METADATA, &fields)
        });
        match self.times {
            Times::Nowhere => &NOWHERE,
            Times::InStatus if self.beat == Some(Beat::NodeStatus) => &OF_NODE,
            Times::InStatus => &IN_STATUS,
            Times::InSpec => &IN_SPEC,
            Times::AtTop => &AT_TOP,
        }
    }

    /// What stands in the projection of an object.
    fn sightings(&self, json: &str, meta: &TypeMeta, object: &ObjectRef) -> Vec<Sighting> {
        let Ok(value) = serde_json::from_str::<Json>(json) else { return Vec::new() };
        let [mut server, mut own, mut beat] = [(); 3].map(|()| Latest::default());
        let metadata = &value["metadata"];
        server.see("creationTimestamp", &metadata["creationTimestamp"]);
        for change in metadata["managedFields"].as_array().into_iter().flatten() {
            server.see("managedFields[].time", &change["time"]);
        }
        let mut see = |key: &str, value: &Json| {
            own.see(key, value);
            if self.beat.is_some_and(|it| it.field() == key) {
                beat.see(key, value);
            }
        };
        match self.times {
            Times::Nowhere => {}
            Times::InStatus => each_in_status(&value["status"], &mut see),
            Times::InSpec => {
                for key in LEASE_KEYS {
                    see(key, &value["spec"][key]);
                }
            }
            Times::AtTop => {
                for key in EVENT_KEYS {
                    see(key, &value[key]);
                }
                see(EVENT_SERIES, &value["series"][EVENT_SERIES]);
            }
        }
        let clock = || clock(&value, meta, object);
        let found = [
            server.found.map(|it| (Clock::Server, it, None)),
            own.found.map(|it| (clock(), it, None)),
            beat.found.map(|it| (clock(), it, self.beat)),
        ];
        let found = found.into_iter().flatten();
        let sighting = |(clock, (time, field), beat)| {
            let witness = Witness { time, object: object.to_string(), field };
            Sighting { clock, witness, beat }
        };
        found.map(sighting).collect()
    }
}

/// The newest of some times; of equal ones, that of the first key in the alphabet.
#[derive(Debug, Default)]
struct Latest {
    found: Option<(Timestamp, String)>,
}

impl Latest {
    fn see(&mut self, key: &str, value: &Json) {
        let Some(time) = value.as_str().and_then(timestamp) else { return };
        let newer = self
            .found
            .as_ref()
            .is_none_or(|(known, of)| *known < time || (*known == time && key < of.as_str()));
        if newer {
            self.found = Some((time, key.to_owned()));
        }
    }
}

fn each_in_status(value: &Json, see: &mut impl FnMut(&str, &Json)) {
    match value {
        Json::Array(items) => items.iter().for_each(|it| each_in_status(it, see)),
        Json::Object(entries) => {
            for (key, value) in entries {
                if in_status(key) {
                    see(key, value);
                }
                each_in_status(value, see);
            }
        }
        _ => {}
    }
}

/// Whether a time that is not older stands somewhere in a value.
fn holds_recent(value: &Value<'_>, since: Option<Timestamp>) -> bool {
    match value {
        Value::Text(text) => timestamp(text).is_some_and(|it| Some(it) >= since),
        Value::List(items) => items.iter().any(|it| holds_recent(it, since)),
        Value::Map(entries) => entries.iter().any(|it| holds_recent(&it.1, since)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Replaced(_) => false,
    }
}

fn projection(in_metadata: &[&str], fields: &[impl AsRef<str>]) -> Projection {
    let fields = in_metadata.iter().copied().chain(fields.iter().map(AsRef::as_ref));
    let paths = fields.map(|it| Path::parse(it).expect("a path written here"));
    Projection::new(&paths.collect::<Vec<_>>())
}

/// The clock that wrote the times of an object beside its `metadata`.
fn clock(value: &Json, meta: &TypeMeta, object: &ObjectRef) -> Clock {
    let text = |value: &Json| value.as_str().filter(|it| !it.is_empty()).map(str::to_owned);
    let first = |places: &[&Json]| places.iter().find_map(|it| text(it));
    let node = match (meta.group(), meta.kind.as_str()) {
        ("", "Pod") => text(&value["spec"]["nodeName"]),
        ("", "Node") => Some(object.name.clone()),
        ("coordination.k8s.io", "Lease") if object.namespace == NODE_LEASES => {
            Some(object.name.clone())
        }
        ("" | "events.k8s.io", "Event") => {
            let (source, deprecated) = (&value["source"], &value["deprecatedSource"]);
            let reporter = first(&[
                &value["reportingComponent"],
                &value["reportingController"],
                &source["component"],
                &deprecated["component"],
            ]);
            let instance = text(&value["reportingInstance"]);
            let host = first(&[&source["host"], &deprecated["host"]]);
            // A kubelet is an instance by the name of its node.
            let host = host.or(instance.clone().filter(|_| reporter.as_deref() == Some("kubelet")));
            match (host, instance.or(reporter)) {
                (None, Some(reporter)) => return Clock::Reporter(reporter),
                (host, _) => host,
            }
        }
        _ => None,
    };
    node.map_or_else(|| group_clock(meta), Clock::Node)
}

/// The clock of those who write objects of a group, under whichever address.
fn group_clock(meta: &TypeMeta) -> Clock {
    let group = canonical(meta.group(), &meta.kind).map_or(meta.group(), group_of);
    Clock::Group(group.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::object::outline::{Head, Name};

    /// Kinds whose times stand in different places.
    const KINDS: [(&str, &str); 6] = [
        ("v1", "Pod"),
        ("v1", "Node"),
        ("velero.io/v1", "BackupStorageLocation"),
        ("coordination.k8s.io/v1", "Lease"),
        ("events.k8s.io/v1", "Event"),
        ("example.org/v1", "Thing"),
    ];

    /// What may be known before: nothing, some clocks, or as many as are kept; all at this moment.
    fn known() -> impl Iterator<Item = Clocks> {
        let times = ["2024-05-01T08:00:00Z", "2024-05-01T08:00:00.5Z", "2025-01-01T00:00:00Z"];
        let some = times.into_iter().flat_map(|time| [1, 2, 5].map(|number| (time, number)));
        std::iter::once(Clocks::default()).chain(some.map(|(time, number)| {
            let mut clocks = Clocks::default();
            let names = ["velero.io", "", "x", "y"].map(|it| Clock::Group(it.to_owned()));
            for clock in std::iter::once(Clock::Server).chain(names).take(number) {
                let (object, field) = ("Pod n".to_owned(), "o".to_owned());
                let witness = Witness { time: time.parse().expect("a time"), object, field };
                clocks.see(Sighting { clock, witness, beat: Some(Beat::Lease) });
            }
            clocks
        }))
    }

    fn with(clocks: &Clocks, sightings: Vec<Sighting>) -> Clocks {
        let mut clocks = clocks.clone();
        for sighting in sightings {
            clocks.see(sighting);
        }
        clocks
    }

    /// Compares what an outline tells with what a value tells of which nothing is left out.
    #[track_caller]
    pub(crate) fn compare<'t>(outline: &impl Outlined<'t>, value: &Value<'_>) -> Result<(), Odd> {
        let object = || ObjectRef {
            namespace: Head::of(value).namespace.into_owned(),
            name: Name::of(value).name.into_owned(),
            ..ObjectRef::default()
        };
        for (api_version, kind) in KINDS {
            let meta = TypeMeta { api_version: api_version.to_owned(), kind: kind.to_owned() };
            let object = || ObjectRef { kind: kind.to_owned(), ..object() };
            let all = Dating::new(&meta, &Clocks::default());
            let all = all.sightings(&all.projection().project(value, &meta), &meta, &object());
            for clocks in known() {
                let dating = Dating::new(&meta, &clocks);
                let want = with(&clocks, all.clone());
                let got = dating.of_value(value, &meta, object);
                assert_eq!(with(&clocks, got), want, "{kind}, of the value");
                let got = dating.of_outline(outline, &meta, &mut String::new())?;
                assert_eq!(with(&clocks, got), want, "{kind}, of the outline");
            }
        }
        Ok(())
    }
}
