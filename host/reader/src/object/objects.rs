//! Records objects: identity, selected fields, newest times.
//!
//! Every object of an input passes through here, as a value or as an outline.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    num::NonZeroU32,
    sync::Arc,
};

use rulebox_core::{
    Clocks, Concerns, Few, IGNORE, Identity, Json, Logged, ObjectCopy, ObjectNeed, ObjectRef,
    Position, Selection, Sighting, addresses, canonical, group_of,
};

use super::{
    dates::Dating,
    lines::{Begin, Lines, Within},
    needs::Needs,
    outline::{Name, Outlined},
    page::page,
    redacted,
    renamed::renamed,
    span::Span,
    timestamps::timestamp,
    value::Value,
};
use crate::{
    broken::Odd,
    journal::{Journal, Redacted},
    layout::collected,
    text::survey::Survey,
    type_meta::TypeMeta,
};

/// A kind, and the needs that select it.
#[derive(Debug)]
struct OfKind {
    meta: TypeMeta,
    needs: Vec<usize>,
    /// Whether kind and `apiVersion` can be such.
    possible: bool,
    /// Whose kind it may be meant to be, where it is nobody's, and why it is not.
    meant: Option<(Concerns, String)>,
    /// The address under which needs ask for the same objects, if it is another one.
    renamed: Option<TypeMeta>,
    dating: Dating,
    /// The turn of the clocks that `dating` knows.
    dated: u64,
}

/// What a value turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// An object.
    Object,
    /// It has a name, but neither it nor its list states a kind.
    NoKind,
    /// Of a kind that is needed, but without a name.
    Nameless(TypeMeta),
    /// Something else.
    Other,
}

/// Records objects: identity, selected fields, newest times.
pub(crate) struct Objects<'r> {
    pub(crate) needs: &'r Needs,
    pub(crate) selection: &'r Selection,
    pub(crate) journal: Journal,
    /// The newest times so far. What is no newer is not recorded.
    clocks: Clocks,
    /// Survey of the current document.
    pub(crate) survey: Survey,
    /// The path of the file inside the input; empty if the input is one file.
    path: String,
    /// The line on which a document begins of which nothing has been recorded yet.
    pending: Option<u64>,
    /// Whether what follows stands behind a log, or in one.
    logged: Logged,
    /// Whether needed objects of the file were read.
    begun: bool,
    /// Counts the lines of the current document, or of the part of it that is held.
    pub(crate) lines: Lines,
    /// The current list.
    pub(crate) span: Span,
    /// Whether the value that is offered has been counted under another address.
    counted: bool,
    kinds: Vec<OfKind>,
    /// Counts how often `clocks` has changed.
    turn: u64,
    /// Buffer for a projection.
    json: String,
}

/// State before a list, to roll back to.
pub(crate) struct Checkpoint {
    journal: Journal,
    pending: Option<u64>,
}

impl<'r> Objects<'r> {
    pub(crate) fn new(needs: &'r Needs, selection: &'r Selection) -> Self {
        Self {
            needs,
            selection,
            journal: Journal::default(),
            clocks: Clocks::default(),
            survey: Survey::default(),
            path: String::new(),
            pending: None,
            logged: Logged::No,
            begun: false,
            lines: Lines::default(),
            span: Span::default(),
            counted: false,
            kinds: Vec::new(),
            turn: 0,
            json: String::new(),
        }
    }

    /// What follows is read from this file inside the input; the path is empty if the input is
    /// one file.
    pub(crate) fn open(&mut self, path: &str) {
        self.path.clear();
        self.path.push_str(path);
    }

    /// A file begins: what follows was not found in the file before. `log`: it is a log.
    pub(crate) fn file_begins(&mut self, path: &str, log: bool) {
        self.open(path);
        let logged = if log { Logged::Log } else { Logged::No };
        (self.pending, self.logged, self.begun) = (None, logged, false);
        self.journal.begin_file(path);
        self.know(Clocks::default());
    }

    /// A document begins on this line of the file; 0 if its line is not known.
    pub(crate) fn document_begins(&mut self, line: u64) {
        self.pending = Some(line);
    }

    /// Another document begins, on a line that may be known.
    pub(super) fn next_document(&mut self) {
        self.pending.get_or_insert(0);
    }

    /// Something of the document is recorded. What no need asks for belongs to the document before.
    pub(crate) fn open_document(&mut self) {
        self.begun = true;
        if let Some(line) = self.pending.take() {
            self.journal.begin_document(line, self.logged);
            // Each document tells by itself when it was written.
            self.know(Clocks::default());
        }
    }

    /// What follows in this file stands behind a log, if this is one.
    pub(crate) fn log_passed(&mut self, logged: Logged) {
        let at_head = logged == Logged::Text && !self.begun;
        self.logged = self.logged.max(if at_head { Logged::Head } else { logged });
    }

    /// What follows is a part of a file behind other objects, and stands behind this.
    pub(crate) fn stand_behind(&mut self, logged: Logged) {
        (self.logged, self.begun) = (logged, true);
    }

    /// Behind what objects stand that follow in this file.
    pub(crate) fn logged(&self) -> Logged {
        self.logged
    }

    /// Whether nothing more can tell of what follows that it stands in a log.
    pub(crate) fn is_sure_log(&self) -> bool {
        self.logged == Logged::Log
    }

    /// Whether what follows stands behind a log, or in one.
    pub(crate) fn is_logged(&self) -> bool {
        self.logged.is_some()
    }

    /// The path of the file that is read now.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Where an object is that begins here.
    fn position(&mut self, begin: Begin<'_>) -> Position {
        let line = self.lines.of(begin).and_then(|it| NonZeroU32::new(it.try_into().ok()?));
        Position { line, ..Position::default() }
    }

    /// Whether a need may select such a value, judging by its kind. A list may state it later.
    pub(crate) fn may_need(&self, value: &Value<'_>, default: Option<&TypeMeta>) -> bool {
        let own = |key| value.get(key).and_then(Value::text);
        let api_version = own("apiVersion").or(default.map(|it| it.api_version.as_str()));
        let kind = own("kind").or(default.map(|it| it.kind.as_str()));
        let (Some(api_version), Some(kind)) = (api_version, kind) else { return true };
        let asked = |version| !self.selection.of_kind(group_of(version), kind).is_empty();
        asked(api_version) || canonical(group_of(api_version), kind).is_some_and(asked)
    }

    /// Records what may be lost by keys with several values that tell what an object is, or what is
    /// in it: of other keys, only those matter that needs select.
    pub(crate) fn several(
        &mut self,
        value: &Value<'_>,
        default: Option<&TypeMeta>,
        begin: Begin<'_>,
    ) {
        /// More of them are not told apart.
        const MOST: usize = 64;
        let Some(first) = value.key_of_several() else { return };
        let or_default = |key, default: Option<&str>| -> Vec<String> {
            let own = value.all(key).filter_map(Value::text).map(str::to_owned);
            let all: BTreeSet<_> = own.chain(default.map(str::to_owned)).collect();
            all.into_iter().collect()
        };
        let versions = or_default("apiVersion", default.map(|it| it.api_version.as_str()));
        let kinds = or_default("kind", default.map(|it| it.kind.as_str()));
        let holds = |kind: &str| kind.ends_with("List") || ["Table", "Status"].contains(&kind);
        let typed = ["apiVersion", "kind"].into_iter().find(|it| value.all(it).nth(1).is_some());
        let holder = kinds.iter().any(|it| holds(it));
        let Some(key) = typed.filter(|_| !kinds.is_empty()).or(holder.then_some(first)) else {
            return;
        };
        let any = kinds.len() + versions.len() > MOST
            || kinds.iter().any(|it| holds(it) && (!it.ends_with("List") || it == "List"));
        let concerns = if any {
            Concerns::Everything
        } else {
            Concerns::Kinds(self.kinds_where(|need| {
                let kind = |it: &String| it.strip_suffix("List").unwrap_or(it) == need.kind;
                let group = |it: &String| has_group(need, group_of(it));
                kinds.iter().any(kind) && (versions.is_empty() || versions.iter().any(group))
            }))
        };
        if concerns != Concerns::Kinds(BTreeSet::new()) {
            self.lost_by_several(concerns, key, begin);
        }
    }

    /// Records what may be lost by a key with several values.
    pub(crate) fn lost_by_several(&mut self, concerns: Concerns, key: &str, begin: Begin<'_>) {
        let reason = format!(
            "the key `{}` stands more than once in one mapping, with different values: nothing \
             tells which of them is right",
            redacted::shown(key)
        );
        self.redacted(concerns, reason, begin);
    }

    /// Takes a value. Its type is its own, or else `default`.
    pub(crate) fn offer(
        &mut self,
        value: &Value<'_>,
        default: Option<&TypeMeta>,
        begin: Begin<'_>,
    ) -> Taken {
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
            self.page_inside(metadata, of_items.as_ref(), items.len());
            if let Value::Map(entries) = value {
                let items = of_items.as_ref().map(|it| Concerns::kind(it.group(), &it.kind));
                self.beside_items(entries, items.unwrap_or(Concerns::Everything), begin);
            }
            return self.offer_items(items, of_items.as_ref());
        }
        let mut of_kind = self.of_kind(&meta.api_version, &meta.kind);
        if !of_kind.possible && named {
            self.redacted_type(&meta, begin);
        } else if let (Some((concerns, reason)), true) = (&of_kind.meant, named) {
            self.redacted(concerns.clone(), reason.clone(), begin);
        }
        if let Some(meta) = of_kind.renamed.clone() {
            // Needs may ask for both addresses.
            let both = !of_kind.needs.is_empty();
            let own = both.then(|| self.offer_of(value, named, &mut of_kind, begin));
            self.counted = both && named;
            let taken = self.offer(&renamed(value, &meta), None, begin);
            self.counted = false;
            self.keep(of_kind);
            return own.unwrap_or(taken);
        }
        let taken = self.offer_of(value, named, &mut of_kind, begin);
        self.keep(of_kind);
        taken
    }

    /// Whose objects are lost with something that states this type, and could not be read: where
    /// the text is broken, the type may be.
    pub(crate) fn concerned_by(&self, meta: &TypeMeta) -> Concerns {
        let TypeMeta { api_version, kind } = meta;
        if !redacted::is_kind(kind) || !redacted::is_version(api_version) {
            return Concerns::Everything;
        }
        let meant = self.meant(meta).map(|it| it.0);
        meant.unwrap_or_else(|| Concerns::kind(meta.group(), kind))
    }

    /// Whose object a text is of that ends inside the last line of this value, which has no line
    /// feed; none if nothing tells that it is cut off.
    pub(crate) fn open_end(&self, value: &Value<'_>) -> Option<Concerns> {
        match value {
            Value::Map(entries) => self.open_end_of(entries),
            _ => None,
        }
    }

    /// See [`open_end`](Self::open_end); of the keys of a value.
    pub(crate) fn open_end_of(&self, entries: &[(Cow<'_, str>, Value<'_>)]) -> Option<Concerns> {
        let (last, value) = entries.last()?;
        let text = |key: &str| {
            let all = entries.iter().rev();
            all.filter(|it| it.0 == key).find_map(|it| it.1.text()).unwrap_or_default()
        };
        let (version, kind) = (text("apiVersion"), text("kind"));
        let has = |key: &str| entries.iter().any(|it| it.0 == key);
        let kinds = match &**last {
            // The rest tells whose it may be.
            "apiVersion" | "kind" if kind.is_empty() && !has("name") => {
                return Some(Concerns::Nothing);
            }
            "kind" if "List".starts_with(kind) => return Some(Concerns::Everything),
            // A list of objects has one word more.
            "kind" => self.kinds_where(|need| {
                let of_list = kind.strip_prefix(&need.kind);
                (need.kind.starts_with(kind) || of_list.is_some_and(|it| "List".starts_with(it)))
                    && (version.is_empty() || has_group(need, group_of(version)))
            }),
            "apiVersion" => self.kinds_like(Some(kind.strip_suffix("List").unwrap_or(kind)), None),
            "metadata" => {
                let Value::Map(metadata) = value else { return None };
                let named = metadata.last().is_some_and(|it| NAMES.contains(&&*it.0));
                let alone = named && entries.iter().all(|it| TYPED.contains(&&*it.0));
                if alone {
                    self.kinds_like(Some(kind), Some(group_of(version)))
                } else {
                    BTreeSet::new()
                }
            }
            _ => return None,
        };
        // Without `metadata` it is cut off, whosever it is; and so is what may have followed.
        let sure = !has("metadata") && !has("name");
        (sure || !kinds.is_empty()).then_some(Concerns::Kinds(kinds))
    }

    /// Records objects that stand in a list, and not among its items: nobody reads them there.
    /// `entries`: the keys of the list; `items`: of what the items are.
    pub(crate) fn beside_items(
        &mut self,
        entries: &[(Cow<'_, str>, Value<'_>)],
        items: Concerns,
        begin: Begin<'_>,
    ) {
        let mut concerns = Concerns::Nothing;
        for (key, value) in entries.iter().filter(|it| it.0 != "items") {
            // Some parsers do not tell capitals in keys apart: that of Go, for example.
            let is_items = key.eq_ignore_ascii_case("items")
                && matches!(value, Value::List(items) if !items.is_empty());
            let here = if is_items { items.clone() } else { self.inside_of(value, false) };
            concerns = concerns.and(here);
        }
        if concerns != Concerns::Nothing {
            let reason = "objects stand in a list beside its items, where nobody looks for them: \
                          they are left out";
            self.redacted(concerns, reason.to_owned(), begin);
        }
    }

    /// The needed kinds of objects inside a value, as a server gives them; nothing, if there are
    /// none.
    pub(crate) fn inside(&self, value: &Value<'_>) -> Concerns {
        self.inside_of(value, true)
    }

    /// See [`inside`](Self::inside). `given`: only those that a server wrote.
    fn inside_of(&self, value: &Value<'_>, given: bool) -> Concerns {
        let below: Vec<&Value<'_>> = match value {
            Value::List(items) => items.iter().collect(),
            Value::Map(entries) => entries.iter().map(|it| &it.1).collect(),
            Value::Replaced(value) => vec![&**value],
            _ => return Concerns::Nothing,
        };
        let own = ["apiVersion", "kind"].map(|it| value.get(it).and_then(Value::text));
        if let [Some(api_version), Some(kind)] = own
            && let Some(metadata) = value.get("metadata")
            && (!given && metadata.get("name").is_some()
                || GIVEN.iter().any(|key| metadata.get(key).is_some()))
        {
            let group = group_of(api_version);
            let kinds = self.kinds_where(|it| it.kind == kind && has_group(it, group));
            return if kinds.is_empty() { Concerns::Nothing } else { Concerns::Kinds(kinds) };
        }
        below.into_iter().map(|it| self.inside_of(it, given)).fold(Concerns::Nothing, Concerns::and)
    }

    /// Takes a value of a known kind.
    fn offer_of(
        &mut self,
        value: &Value<'_>,
        named: bool,
        of_kind: &mut OfKind,
        begin: Begin<'_>,
    ) -> Taken {
        let OfKind { meta, needs, .. } = &*of_kind;
        let metadata = value.get("metadata");
        if !named {
            return if needs.is_empty() { Taken::Other } else { Taken::Nameless(meta.clone()) };
        }
        let text = |key| {
            let value = metadata.and_then(|it| it.get(key)).and_then(Value::scalar_text);
            value.unwrap_or_default()
        };
        let (namespace, name, uid) = (text("namespace"), text("name"), text("uid"));
        if !needs.is_empty() && !self.counted {
            let is_only_generated = name.is_empty() && !uid.is_empty();
            self.redacted_name(
                meta,
                &namespace,
                if is_only_generated { &uid } else { &name },
                begin,
            );
        }
        let is_home = is_home(meta, &name);
        if !needs.is_empty() || is_home {
            self.open_document();
        }
        let mut several = metadata.and_then(|metadata| {
            let one = value.all("metadata").nth(1).is_none();
            let is = |key: &&str| metadata.all(key).nth(1).is_some();
            if one { IDENTITY.into_iter().find(is) } else { Some("metadata") }
        });
        if is_home {
            self.home(&uid);
        }
        self.update(of_kind);
        let OfKind { meta, needs, dating, .. } = &*of_kind;
        if self.counted {
            self.journal.see_again(meta.group(), &meta.kind, &namespace);
        } else {
            let object = || ObjectRef {
                kind: meta.kind.clone(),
                namespace: namespace.to_string(),
                name: name.to_string(),
                ..ObjectRef::default()
            };
            let sightings = dating.of_value(value, meta, object);
            self.see(sightings);
            self.journal.see(meta.group(), &meta.kind, &namespace);
        }
        self.span.see(meta, &namespace, !needs.is_empty());
        let labels = || {
            let own = metadata.and_then(|it| it.get("labels"));
            several = several.or(own.and_then(Value::key_of_several));
            Ok::<_, Infallible>(labels(metadata))
        };
        let Ok(selecting) = self.selection.of(needs, &namespace, labels);
        let resource_version: Option<u64> = text("resourceVersion").parse().ok();
        // Where only the labels keep needs from selecting it, an older copy may be selected.
        let outdates =
            || resource_version.is_some() && self.selection.may_select(needs, &namespace);
        if !selecting.is_empty() || outdates() {
            let projections = &self.needs.projections;
            let mut selected = selecting.iter().map(|it| &projections[*it]);
            several = several.or_else(|| selected.find_map(|it| it.key_of_several(value)));
            let ignored = annotation(metadata, IGNORE);
            let project = |need: usize| {
                (need, annotated(projections[need].project(value, meta).into(), ignored.as_ref()))
            };
            let projections = selecting.into_iter().map(project).collect();
            let identity = Identity::new(&meta.api_version, &meta.kind, &namespace, &name, &uid);
            let position = self.position(begin);
            let created = timestamp(&text("creationTimestamp"));
            let copy = ObjectCopy { identity, resource_version, projections, created, position };
            self.journal.open.copies.push(copy);
        }
        if let Some(key) = several.filter(|_| !needs.is_empty() && !self.counted) {
            let concerns = Concerns::kind(meta.group(), &meta.kind);
            self.lost_by_several(concerns, key, begin);
        }
        Taken::Object
    }

    /// Records that nothing tells the kind of an object.
    fn redacted_type(&mut self, meta: &TypeMeta, begin: Begin<'_>) {
        let TypeMeta { api_version, kind } = meta;
        let what = if redacted::is_kind(kind) { api_version } else { kind };
        let reason = format!(
            "`{}` is no `apiVersion` and no kind, so it was redacted or changed, and nothing tells \
             what the object is",
            redacted::shown(what)
        );
        self.redacted(Concerns::Everything, reason, begin);
    }

    /// Records that nothing tells which object of a kind one is, or in which namespace.
    fn redacted_name(&mut self, meta: &TypeMeta, namespace: &str, name: &str, begin: Begin<'_>) {
        let (what, text) = if !redacted::is_namespace(namespace) {
            ("namespace", namespace)
        } else if !redacted::is_name(name) {
            ("name", name)
        } else {
            return;
        };
        let kind = &meta.kind;
        let reason = if text.is_empty() {
            format!("a {kind} has no {what}, so it may pass for another, or another for it")
        } else {
            format!(
                "`{}` is no {what}, so it was redacted or changed: the {kind} may pass for \
                 another, or another for it",
                redacted::shown(text)
            )
        };
        self.redacted(Concerns::kind(meta.group(), kind), reason, begin);
    }

    fn redacted(&mut self, concerns: Concerns, reason: String, begin: Begin<'_>) {
        let (place, line) = (self.path.clone(), self.lines.of(begin));
        let first = || Redacted { place, line, objects: 0 };
        let held = collected::part(&self.path).map(|_| self.path.clone());
        let entry = self.journal.redacted.entry((concerns, reason, held));
        entry.or_insert_with(first).objects += 1;
    }

    /// What is known of a kind. The caller [keeps](Self::keep) it again.
    fn of_kind(&mut self, api_version: &str, kind: &str) -> OfKind {
        let same = |it: &OfKind| it.meta.kind == kind && it.meta.api_version == api_version;
        let Some(known) = self.kinds.iter().rposition(same) else {
            let meta = TypeMeta { api_version: api_version.to_owned(), kind: kind.to_owned() };
            return OfKind {
                needs: self.selection.of_kind(meta.group(), kind),
                possible: redacted::is_kind(kind) && redacted::is_version(api_version),
                meant: self.meant(&meta),
                renamed: self.renamed(&meta),
                dating: Dating::new(&meta, &self.clocks),
                dated: self.turn,
                meta,
            };
        };
        let mut of_kind = self.kinds.swap_remove(known);
        self.update(&mut of_kind);
        of_kind
    }

    /// What is known of a kind learns the newest times so far.
    fn update(&self, of_kind: &mut OfKind) {
        if of_kind.dated != self.turn {
            of_kind.dated = self.turn;
            of_kind.dating.update(&self.clocks);
        }
    }

    /// Keeps what is known of a kind for its next object.
    fn keep(&mut self, of_kind: OfKind) {
        /// A cluster has a few hundred kinds, and lists are of few.
        const KINDS: usize = 32;
        if self.kinds.len() == KINDS {
            self.kinds.clear();
        }
        self.kinds.push(of_kind);
    }

    /// The needed kinds that a type may be meant to be that is of none, and why it is not.
    fn meant(&self, meta: &TypeMeta) -> Option<(Concerns, String)> {
        let TypeMeta { api_version, kind } = meta;
        // `velero.io` for `velero.io/v1`; the versions of the core group have no dots.
        let has_version = api_version.contains('/') || !api_version.contains('.');
        let group = if has_version { meta.group() } else { api_version };
        let kinds = self.kinds_like(Some(kind), Some(group));
        let (_, meant) = kinds.first()?;
        let reason = if !has_version {
            format!("`{}` is no `apiVersion`: the version is missing", redacted::shown(api_version))
        } else if meant != kind {
            format!("`{}` is no kind: the kind is `{meant}`", redacted::shown(kind))
        } else {
            return None;
        };
        let reason = format!("{reason}, so no rule sees the object");
        Some((Concerns::Kinds(kinds), reason))
    }

    /// Records a value with a name that tells only one half of its type, if it may be of a needed
    /// kind; or nothing of its type, if a server wrote it.
    pub(crate) fn half_typed(&mut self, value: &Value<'_>, begin: Begin<'_>) {
        let own = |key| value.get(key).and_then(Value::text);
        let (kinds, what, missing) = match (own("apiVersion"), own("kind")) {
            (None, Some(kind)) => (self.kinds_like(Some(kind), None), kind, "apiVersion"),
            // Other tools write `v1`, too.
            (Some(version), None) if !group_of(version).is_empty() => {
                (self.kinds_like(None, Some(group_of(version))), version, "kind")
            }
            (None, None) if is_body(value) => {
                let reason = "an object has neither `apiVersion` nor `kind`, as where the \
                              beginning of a dump is cut off: left out";
                return self.redacted(Concerns::Everything, reason.to_owned(), begin);
            }
            _ => return,
        };
        if !kinds.is_empty() {
            let what = redacted::shown(what);
            let reason =
                format!("an object of `{what}` has no `{missing}`, so nothing tells what it is");
            self.redacted(Concerns::Kinds(kinds), reason, begin);
        }
    }

    /// The needed kinds with one of these names, whatever their group; nothing if there are none.
    pub(crate) fn kinds_named(&self, kinds: &BTreeSet<String>) -> Concerns {
        let all: BTreeSet<_> =
            kinds.iter().flat_map(|it| self.kinds_like(Some(it), None)).collect();
        if all.is_empty() { Concerns::Nothing } else { Concerns::Kinds(all) }
    }

    /// The needed kinds with this name, in capitals or not, and in this group; as far as known.
    fn kinds_like(&self, kind: Option<&str>, group: Option<&str>) -> BTreeSet<(String, String)> {
        self.kinds_where(|need| {
            kind.is_none_or(|it| it.eq_ignore_ascii_case(&need.kind))
                && group.is_none_or(|it| has_group(need, it))
        })
    }

    /// Groups and kinds of the needs for which this holds.
    fn kinds_where(&self, holds: impl Fn(&ObjectNeed) -> bool) -> BTreeSet<(String, String)> {
        let needs = self.needs.set.objects.iter().filter(|it| holds(it));
        needs.map(|it| (it.group.clone(), it.kind.clone())).collect()
    }

    /// The address under which needs ask for the objects of a kind, if it is another one.
    fn renamed(&self, meta: &TypeMeta) -> Option<TypeMeta> {
        let api_version = canonical(meta.group(), &meta.kind)?;
        let needed = !self.selection.of_kind(group_of(api_version), &meta.kind).is_empty();
        let api_version = api_version.to_owned();
        needed.then(|| TypeMeta { api_version, kind: meta.kind.clone() })
    }

    /// Takes an object by its outline. If this fails, nothing has been recorded. `within`: the
    /// surveyed text.
    pub(crate) fn offer_outline<'t>(
        &mut self,
        outline: &impl Outlined<'t>,
        default: Option<&TypeMeta>,
        within: Within<'_>,
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
        let mut of_kind = self.of_kind(api_version, kind);
        // Such objects are few.
        let odd = of_kind.renamed.is_some() || of_kind.meant.is_some() || !of_kind.possible;
        let taken = if odd { Err(Odd) } else { self.offer_of_kind(outline, &mut of_kind, within) };
        self.keep(of_kind);
        taken
    }

    fn offer_of_kind<'t>(
        &mut self,
        outline: &impl Outlined<'t>,
        of_kind: &mut OfKind,
        within: Within<'_>,
    ) -> Result<Taken, Odd> {
        let OfKind { meta, needs, .. } = &*of_kind;
        let head = outline.head();
        let needed = !needs.is_empty();
        if !head.named {
            return Ok(if needed { Taken::Nameless(meta.clone()) } else { Taken::Other });
        }
        let is_home = meta.kind == "Namespace" && is_home(meta, &outline.name()?.name);
        if needed || is_home {
            self.open_document();
        }
        self.update(of_kind);
        let OfKind { meta, needs, dating, .. } = of_kind;
        let sightings = dating.of_outline(outline, meta, &mut self.json)?;
        let mut copy = None;
        if needed && !redacted::is_namespace(&head.namespace) {
            return Err(Odd);
        }
        if needed {
            let selecting = self.selection.of(needs, &head.namespace, || outline.labels())?;
            // Where only the labels keep needs from selecting it, an older copy may be selected.
            if !selecting.is_empty() || self.selection.may_select(needs, &head.namespace) {
                let mut projections = Few::default();
                let ignored =
                    if selecting.is_empty() { None } else { outline.annotation(IGNORE)? };
                let ignored = ignored.map(Arc::from);
                for need in selecting {
                    self.json.clear();
                    outline.project(&self.needs.projections[need], meta, &mut self.json)?;
                    let json = self.json.as_str().into();
                    projections.push((need, annotated(json, ignored.as_ref())));
                }
                let TypeMeta { api_version, kind } = meta;
                let Name { name, uid, resource_version, created } = outline.name()?;
                if !redacted::is_name(&name) {
                    return Err(Odd);
                }
                let identity = Identity::new(api_version, kind, &head.namespace, &name, &uid);
                let resource_version = resource_version.parse().ok();
                if resource_version.is_some() || !projections.is_empty() {
                    let position = self.position(within.at(outline.first_key()));
                    let created = timestamp(&created);
                    copy = Some(ObjectCopy {
                        identity,
                        resource_version,
                        projections,
                        created,
                        position,
                    });
                }
            }
        }
        self.see(sightings);
        if is_home {
            let Name { uid, .. } = outline.name()?;
            self.home(&uid);
        }
        // The namespaces of a kind matter only if the kind is needed.
        self.journal.see(meta.group(), &meta.kind, if needed { &head.namespace } else { "" });
        self.journal.open.copies.extend(copy);
        self.span.see(meta, &head.namespace, needed);
        Ok(Taken::Object)
    }

    /// Drops what has been recorded since the checkpoint.
    pub(crate) fn roll_back(&mut self, checkpoint: Checkpoint) {
        self.journal = checkpoint.journal;
        self.pending = checkpoint.pending;
        // Some of them were found since.
        self.know(Clocks::default());
    }

    /// These are the newest times so far: what is no newer need not be recorded.
    pub(crate) fn know(&mut self, clocks: Clocks) {
        self.clocks = clocks;
        self.turn += 1;
    }

    /// Stores the current state, to roll back to it.
    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        let journal = std::mem::take(&mut self.journal);
        Checkpoint { journal, pending: self.pending }
    }

    /// Keeps what has been recorded since the checkpoint.
    pub(crate) fn commit(&mut self, checkpoint: Checkpoint) {
        let since = std::mem::replace(&mut self.journal, checkpoint.journal);
        self.journal.append(since);
    }

    /// Takes a list inside a list; the lines of its items are not known. Returns the worst result
    /// of its items.
    fn offer_items(&mut self, items: &[Value<'_>], default: Option<&TypeMeta>) -> Taken {
        let mut all = Taken::Object;
        let outer = std::mem::take(&mut self.span);
        for item in items {
            self.several(item, default, Begin::Unknown);
            let taken = self.offer(item, default, Begin::Unknown);
            if taken != Taken::Object {
                all = taken;
            }
        }
        let span = std::mem::replace(&mut self.span, outer);
        self.journal.open.lists.extend(span.lists());
        all
    }

    /// Records a list inside a list, which may be a page of a longer one.
    fn page_inside(
        &mut self,
        metadata: Option<&Value<'_>>,
        of_items: Option<&TypeMeta>,
        items: usize,
    ) {
        let page = page(metadata, of_items, Concerns::Everything, items);
        let place = self.path.clone();
        self.journal.pages.extend(page.map(|it| (place, None, it)));
    }

    /// Records that a list of one kind was read, even an empty one.
    pub(crate) fn listed(&mut self, items: &TypeMeta) {
        let renamed = self.renamed(items);
        let own =
            renamed.is_none() || !self.selection.of_kind(items.group(), &items.kind).is_empty();
        self.open_document();
        for meta in renamed.iter().chain(own.then_some(items)) {
            self.journal.open.listed.push((meta.group().to_owned(), meta.kind.clone()));
        }
    }

    fn home(&mut self, uid: &str) {
        if !uid.is_empty() {
            self.journal.open.cluster.get_or_insert_with(|| uid.to_owned());
        }
    }

    /// Records the times of an object that are new.
    fn see(&mut self, sightings: Vec<Sighting>) {
        for sighting in sightings {
            if self.clocks.see(sighting.clone()) {
                self.journal.open.clocks.see(sighting);
                self.turn += 1;
            }
        }
    }
}

/// The keys of `metadata` that tell which object it is, and which of its copies.
const IDENTITY: [&str; 7] =
    ["name", "generateName", "namespace", "uid", "resourceVersion", "creationTimestamp", "labels"];

/// The keys of an object of which nothing but its type and `metadata` is there.
const TYPED: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// The keys of `metadata` with which it ends where a text is cut off behind it, and whose values
/// may be cut off.
pub(crate) const NAMES: [&str; 4] = ["name", "namespace", "resourceVersion", "uid"];

/// What only a server writes into `metadata`.
const GIVEN: [&str; 3] = ["uid", "resourceVersion", "creationTimestamp"];

/// Whether this is what a server writes of an object below its type.
fn is_body(value: &Value<'_>) -> bool {
    let given = |it: &Value<'_>| GIVEN.iter().any(|key| it.get(key).is_some());
    let is_map = |key| matches!(value.get(key), Some(Value::Map(_)));
    value.get("metadata").is_some_and(given) || is_map("metadata") && is_map("status")
}

/// Whether an object is the Namespace whose uid is the cluster's: nobody can delete it.
fn is_home(meta: &TypeMeta, name: &str) -> bool {
    meta.kind == "Namespace" && meta.group().is_empty() && name == "kube-system"
}

/// Whether a need's kind is served, or was, in this group.
fn has_group(need: &ObjectNeed, group: &str) -> bool {
    addresses(&need.group, &need.kind).any(|it| it == group)
}

/// What a need is given of an object, and its annotation for the host beside it.
fn annotated(json: Json, annotation: Option<&Arc<str>>) -> Json {
    match annotation {
        Some(annotation) => json.annotated(Arc::clone(annotation)),
        None => json,
    }
}

/// The text of an annotation, if it is a scalar.
pub(crate) fn annotation(metadata: Option<&Value<'_>>, key: &str) -> Option<Arc<str>> {
    let text = metadata?.get("annotations")?.get(key)?.scalar_text()?;
    Some(text.as_ref().into())
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
