use std::collections::BTreeMap;

use jiff::Timestamp;
use rulebox_core::{Collector, ObjectHead, ObjectRef, Witness, is_witness_key};

use crate::{meter::Meter, needs::Reader, timestamps::timestamp, value::Value};

/// What an object is: its own words, or those of the list that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeMeta {
    pub(crate) api_version: String,
    pub(crate) kind: String,
}

impl TypeMeta {
    /// What the items of a typed list are: a `PodList` holds `Pod`s. None for `List`, which holds anything.
    pub(crate) fn of_items(&self) -> Option<Self> {
        let kind = self.kind.strip_suffix("List").filter(|it| !it.is_empty())?;
        Some(Self { api_version: self.api_version.clone(), kind: kind.to_owned() })
    }

    /// The API group: empty for core.
    pub(crate) fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// What became of a value that may be an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is one.
    Object,
    /// It has a name, and neither it nor what holds it tells its kind.
    NoKind,
    /// It is of a kind that a need asks for, and has no name.
    Nameless(TypeMeta),
    /// It is something else.
    Other,
}

/// Hands objects to the collector: who they are, the fields asked for, the newest timestamp.
pub(crate) struct Objects<'r> {
    pub(crate) reader: &'r Reader,
    pub(crate) collector: &'r mut Collector,
    pub(crate) meter: Meter<'r>,
    newest: Option<Timestamp>,
}

impl<'r> Objects<'r> {
    pub(crate) fn new(reader: &'r Reader, collector: &'r mut Collector, meter: Meter<'r>) -> Self {
        Self { reader, collector, meter, newest: None }
    }

    /// Takes a value, of the type that it names itself or else of `default`.
    pub(crate) fn offer(&mut self, value: &Value<'_>, default: Option<&TypeMeta>) -> Taken {
        let own = |key| value.get(key).and_then(Value::text);
        let api_version = own("apiVersion").or(default.map(|it| it.api_version.as_str()));
        let kind = own("kind").or(default.map(|it| it.kind.as_str()));
        let metadata = value.get("metadata");
        let named = ["name", "generateName"].into_iter().any(|it| {
            metadata.and_then(|metadata| metadata.get(it)).and_then(Value::scalar_text).is_some()
        });
        let (Some(api_version), Some(kind)) = (api_version, kind) else {
            return if named { Taken::NoKind } else { Taken::Other };
        };
        let meta = TypeMeta { api_version: api_version.to_owned(), kind: kind.to_owned() };
        if let (Some(Value::List(items)), true) = (value.get("items"), kind.ends_with("List")) {
            let of_items = meta.of_items();
            if let Some(of_items) = &of_items {
                self.listed(of_items);
            }
            return self.offer_items(items, of_items.as_ref());
        }
        if !named {
            let needed = self.reader.needs.objects.iter();
            let needed = needed.into_iter().any(|it| it.kind == kind && it.group == meta.group());
            return if needed { Taken::Nameless(meta) } else { Taken::Other };
        }
        let head = head(metadata, meta);
        self.find_witness(value, &head.object);
        let projections = &self.reader.projections;
        self.collector.offer(&head, |need| projections[need].project(value, &head.object));
        self.meter.object();
        Taken::Object
    }

    /// A list inside a list: the worst that becomes of its items.
    fn offer_items(&mut self, items: &[Value<'_>], default: Option<&TypeMeta>) -> Taken {
        let mut all = Taken::Object;
        for item in items {
            let taken = self.offer(item, default);
            if taken != Taken::Object {
                all = taken;
            }
        }
        all
    }

    /// A list of one kind was read, whether or not it holds anything.
    pub(crate) fn listed(&mut self, items: &TypeMeta) {
        self.collector.listed(items.group(), &items.kind);
    }

    fn find_witness(&mut self, value: &Value<'_>, object: &ObjectRef) {
        let mut field = None;
        newest(value, &mut self.newest, &mut field);
        if let (Some(field), Some(time)) = (field, self.newest) {
            let witness = Witness { time, field: field.to_owned(), object: object.to_string() };
            self.collector.witness(witness);
        }
    }
}

fn head(metadata: Option<&Value<'_>>, meta: TypeMeta) -> ObjectHead {
    let text = |key| {
        let value = metadata.and_then(|it| it.get(key)).and_then(Value::scalar_text);
        value.unwrap_or_default().into_owned()
    };
    let object = ObjectRef {
        api_version: meta.api_version,
        kind: meta.kind,
        namespace: text("namespace"),
        name: text("name"),
        uid: text("uid"),
    };
    let labels = match metadata.and_then(|it| it.get("labels")) {
        Some(Value::Map(entries)) => entries
            .iter()
            .filter_map(|(key, value)| Some((key.to_string(), value.scalar_text()?.into_owned())))
            .collect(),
        _ => BTreeMap::new(),
    };
    ObjectHead { object, resource_version: text("resourceVersion"), labels }
}

/// Finds a timestamp newer than `newest` under a key that proves one; of equals the first stays.
fn newest<'v>(
    value: &'v Value<'_>,
    newest_time: &mut Option<Timestamp>,
    field: &mut Option<&'v str>,
) {
    match value {
        Value::List(items) => items.iter().for_each(|it| newest(it, newest_time, field)),
        Value::Map(entries) => {
            for (key, value) in entries {
                let Value::Text(text) = value else {
                    newest(value, newest_time, field);
                    continue;
                };
                let time = timestamp(text).filter(|_| is_witness_key(key));
                if time.is_some() && time > *newest_time {
                    *newest_time = time;
                    *field = Some(key);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
