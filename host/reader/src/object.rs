use std::{collections::BTreeMap, convert::Infallible};

use jiff::Timestamp;
use rulebox_core::{
    Few, Identity, ObjectCopy, ObjectRef, Selection, Witness, group_of, is_witness_key,
};

use crate::{
    log::Log,
    needs::Reader,
    outline::{Name, Odd, Outlined},
    survey::Survey,
    timestamps::{Second, timestamp},
    value::Value,
};

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
        group_of(&self.api_version)
    }
}

/// A kind, and the needs that ask for it: objects of one kind mostly stand together.
#[derive(Debug)]
struct OfKind {
    meta: TypeMeta,
    needs: Vec<usize>,
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

/// Writes objects down: who they are, the fields asked for, the newest timestamp.
pub(crate) struct Objects<'r> {
    pub(crate) reader: &'r Reader,
    pub(crate) selection: &'r Selection,
    pub(crate) log: Log,
    newest: Option<Timestamp>,
    /// The newest, as bytes are compared with it.
    second: Option<Second>,
    /// Of the document that is being read.
    pub(crate) survey: Survey,
    last: Option<OfKind>,
    /// What is asked for of an object is written here before its length is known.
    json: String,
}

/// What had been read at some point.
pub(crate) struct Kept {
    log: Log,
    newest: Option<Timestamp>,
}

impl<'r> Objects<'r> {
    pub(crate) fn new(reader: &'r Reader, selection: &'r Selection) -> Self {
        Self {
            reader,
            selection,
            log: Log::default(),
            newest: None,
            second: None,
            survey: Survey::default(),
            last: None,
            json: String::new(),
        }
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
        let OfKind { meta, needs } = self.of_kind(&meta.api_version, &meta.kind);
        if !named {
            let taken = if needs.is_empty() { Taken::Other } else { Taken::Nameless(meta.clone()) };
            self.last = Some(OfKind { meta, needs });
            return taken;
        }
        let text = |key| {
            let value = metadata.and_then(|it| it.get(key)).and_then(Value::scalar_text);
            value.unwrap_or_default()
        };
        let (namespace, name, uid) = (text("namespace"), text("name"), text("uid"));
        let object = || reference(&meta, &namespace, &name, &uid);
        self.find_witness(value, object);
        self.log.see(meta.group(), &meta.kind, &namespace);
        let labels = || Ok::<_, Infallible>(labels(metadata));
        let Ok(selecting) = self.selection.of(&needs, &namespace, labels);
        let resource_version: Option<u64> = text("resourceVersion").parse().ok();
        // Where only the labels keep needs from selecting it, an older copy may be selected.
        let outdates =
            || resource_version.is_some() && self.selection.may_select(&needs, &namespace);
        if !selecting.is_empty() || outdates() {
            let projections = &self.reader.projections;
            let project = |need: usize| (need, projections[need].project(value, &meta).into());
            let projections = selecting.into_iter().map(project).collect();
            let identity = Identity::new(&meta.api_version, &meta.kind, &namespace, &name, &uid);
            self.log.copies.push(ObjectCopy { identity, resource_version, projections });
        }
        self.last = Some(OfKind { meta, needs });
        Taken::Object
    }

    /// The needs that ask for a kind. What comes back is put into `last` again.
    fn of_kind(&mut self, api_version: &str, kind: &str) -> OfKind {
        let same = |it: &OfKind| it.meta.kind == kind && it.meta.api_version == api_version;
        self.last.take().filter(same).unwrap_or_else(|| OfKind {
            meta: TypeMeta { api_version: api_version.to_owned(), kind: kind.to_owned() },
            needs: self.selection.of_kind(group_of(api_version), kind),
        })
    }

    /// Takes an object by its outline. Nothing has happened where that is odd.
    pub(crate) fn offer_outline<'t>(
        &mut self,
        outline: &impl Outlined<'t>,
        default: Option<&TypeMeta>,
    ) -> Result<Taken, Odd> {
        let head = outline.head();
        let api_version = head.api_version.as_deref().or(default.map(|it| it.api_version.as_str()));
        let kind = head.kind.as_deref().or(default.map(|it| it.kind.as_str()));
        let (Some(api_version), Some(kind)) = (api_version, kind) else {
            return Ok(if head.named { Taken::NoKind } else { Taken::Other });
        };
        if head.items && kind.ends_with("List") {
            return Err(Odd);
        }
        let of_kind = self.of_kind(api_version, kind);
        let taken = self.offer_of_kind(outline, &of_kind);
        self.last = Some(of_kind);
        taken
    }

    fn offer_of_kind<'t>(
        &mut self,
        outline: &impl Outlined<'t>,
        OfKind { meta, needs }: &OfKind,
    ) -> Result<Taken, Odd> {
        let head = outline.head();
        let asked = !needs.is_empty();
        if !head.named {
            return Ok(if asked { Taken::Nameless(meta.clone()) } else { Taken::Other });
        }
        let mut newest = self.newest;
        let field = outline.newest(self.second.as_ref(), &mut newest)?;
        let mut copy = None;
        if asked {
            let selecting = self.selection.of(needs, &head.namespace, || outline.labels())?;
            // Where only the labels keep needs from selecting it, an older copy may be selected.
            if !selecting.is_empty() || self.selection.may_select(needs, &head.namespace) {
                let mut projections = Few::default();
                for need in selecting {
                    self.json.clear();
                    outline.project(&self.reader.projections[need], meta, &mut self.json)?;
                    projections.push((need, self.json.as_str().into()));
                }
                let TypeMeta { api_version, kind } = meta;
                let Name { name, uid, resource_version } = outline.name()?;
                let identity = Identity::new(api_version, kind, &head.namespace, &name, &uid);
                let resource_version = resource_version.parse().ok();
                if resource_version.is_some() || !projections.is_empty() {
                    copy = Some(ObjectCopy { identity, resource_version, projections });
                }
            }
        }
        if let (Some(field), Some(time)) = (field, newest) {
            let Name { name, uid, .. } = outline.name()?;
            (self.newest, self.second) = (newest, Some(time.into()));
            let object = reference(meta, &head.namespace, &name, &uid).to_string();
            self.log.witness(Witness { time, field: field.into_owned(), object });
        }
        // Which namespaces hold a kind matters only where somebody asks for it.
        self.log.see(meta.group(), &meta.kind, if asked { &head.namespace } else { "" });
        self.log.copies.extend(copy);
        Ok(Taken::Object)
    }

    /// Forgets what has been read since `kept` was set aside, and goes on from there.
    pub(crate) fn restore(&mut self, kept: Kept) {
        (self.log, self.newest) = (kept.log, kept.newest);
        self.second = self.newest.map(Second::from);
    }

    /// Sets aside what has been read, to come back to it.
    pub(crate) fn set_aside(&mut self) -> Kept {
        Kept { log: std::mem::take(&mut self.log), newest: self.newest }
    }

    /// Adds what has been read since to what was set aside.
    pub(crate) fn keep(&mut self, kept: Kept) {
        let since = std::mem::replace(&mut self.log, kept.log);
        self.log.append(since);
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
        self.log.listed.push((items.group().to_owned(), items.kind.clone()));
    }

    fn find_witness(&mut self, value: &Value<'_>, object: impl Fn() -> ObjectRef) {
        let mut field = None;
        newest(value, &mut self.newest, &mut field);
        if let (Some(field), Some(time)) = (field, self.newest) {
            self.second = Some(time.into());
            let witness = Witness { time, field: field.to_owned(), object: object().to_string() };
            self.log.witness(witness);
        }
    }
}

fn reference(meta: &TypeMeta, namespace: &str, name: &str, uid: &str) -> ObjectRef {
    ObjectRef {
        api_version: meta.api_version.clone(),
        kind: meta.kind.clone(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: uid.to_owned(),
    }
}

pub(crate) fn labels(metadata: Option<&Value<'_>>) -> BTreeMap<String, String> {
    match metadata.and_then(|it| it.get("labels")) {
        Some(Value::Map(entries)) => entries
            .iter()
            .filter_map(|(key, value)| Some((key.to_string(), value.scalar_text()?.into_owned())))
            .collect(),
        _ => BTreeMap::new(),
    }
}

/// Finds a timestamp newer than `newest` under a key that proves one; of equals the first stays.
pub(crate) fn newest<'v>(
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
