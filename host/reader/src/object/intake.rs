//! Takes one document: an object, a list of objects, or something else.
//!
//! Parsers pass on one node at a time, and a list one item at a time, so that only one object is
//! held. Only the end of a document may show what it is (kubectl sorts keys: `kind` comes after
//! `items`). So a document may have to be parsed twice.

use std::borrow::Cow;

use rulebox_core::{Few, Selection};

use super::{
    envelope::{self, Enclosed},
    needs::Needs,
    objects::{Checkpoint, Objects, Taken},
    outline::Outlined,
    value::{Entries, Value, add_missing, keep_last},
};
use crate::{
    broken::{Broken, BrokenKind, Odd, Refused},
    journal::Journal,
    layout::Layout,
    type_meta::TypeMeta,
};

/// What this pass over the document reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Everything.
    #[default]
    First,
    /// Everything; the keys of the list have been read before its items.
    HeaderKnown,
    /// The items without a kind, now that the kind of the list is known.
    Untyped(TypeMeta),
    /// One object that has a key `items`, and is not a list.
    Whole,
}

/// What is known of a document before it is parsed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setting<'s> {
    /// Type of items without a kind, whatever the list says.
    pub(crate) given: Option<TypeMeta>,
    /// Type of such items if the list does not state it: from the path of the file.
    pub(crate) layout: Option<&'s Layout<'s>>,
    /// Whether a truncated document may look complete. In YAML it may, in JSON it cannot.
    pub(crate) may_end_early: bool,
}

impl Setting<'_> {
    /// Type of items that only the path of the file shows.
    pub(crate) fn by_layout(&self) -> Option<&TypeMeta> {
        self.layout.and_then(Layout::items)
    }
}

/// What a document turned out to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Parse it again, in this pass.
    pub(crate) again: Option<Pass>,
    /// Number of objects read.
    pub(crate) objects: usize,
    /// Number of objects of unknown kind.
    pub(crate) no_kind: usize,
    /// Number of items left for another pass.
    pub(crate) waiting: usize,
    /// Number of objects without a name, of a kind that is needed.
    pub(crate) nameless: Option<(TypeMeta, usize)>,
    /// Neither an object nor a list of objects.
    pub(crate) other: bool,
    /// Some items have a kind, or are not objects. Then which items count, and in which order,
    /// depends on whether the keys of the list come before the items.
    pub(crate) mixed: bool,
    /// A list, perhaps an empty one.
    pub(crate) listed: bool,
    /// Its keys cannot be those of one object: several documents stand one behind the other, or
    /// other lines among its own.
    pub(crate) several: bool,
    /// A note; nothing was lost.
    pub(crate) note: Option<String>,
    /// What was lost, and where.
    pub(crate) loss: Option<Broken>,
    /// Items that could not be read, between others that could.
    pub(crate) left_out: Vec<Broken>,
    /// `metadata.continue` of the list.
    pub(crate) continue_token: String,
    /// `metadata.resourceVersion` of the list.
    pub(crate) resource_version: String,
}

impl Outcome {
    /// Whether something may stand in the document that was not read.
    pub(crate) fn is_odd(&self) -> bool {
        let nothing = self.objects == 0 && !self.listed && self.note.is_none();
        self.is_broken() || nothing || self.nameless.is_some() || self.no_kind > 0
    }

    /// Whether the document as a whole is not one object or list.
    pub(crate) fn is_broken(&self) -> bool {
        self.several || self.loss.is_some() || !self.left_out.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// The document is a list.
    Bare,
    /// The value of `items` is a list.
    Items,
}

/// The outcome of some of the items of a list.
#[derive(Debug, Default)]
pub(crate) struct Part {
    outcome: Outcome,
    items: usize,
    waiting: usize,
    held: Option<Value<'static>>,
}

/// Takes the nodes of one document.
pub(crate) struct Intake<'s, 'r, 'a> {
    objects: &'s mut Objects<'r>,
    setting: &'s Setting<'s>,
    pass: Pass,
    root: Entries<'a>,
    list: Option<List>,
    items: usize,
    /// The last item, held back if the end of the text may have truncated it.
    held: Option<Value<'a>>,
    /// Number of items without a kind that wait for the kind of the list.
    waiting: usize,
    empty: bool,
    outcome: Outcome,
}

impl<'s, 'r, 'a> Intake<'s, 'r, 'a> {
    pub(crate) fn new(objects: &'s mut Objects<'r>, setting: &'s Setting<'s>, pass: Pass) -> Self {
        Self {
            objects,
            setting,
            pass,
            root: Vec::new(),
            list: None,
            items: 0,
            held: None,
            waiting: 0,
            empty: true,
            outcome: Outcome::default(),
        }
    }

    /// Starts in the middle of a list. `root`: the keys before its items.
    pub(crate) fn begin_part(&mut self, root: &Entries<'static>)
    where
        'a: 'static,
    {
        self.root.clone_from(root);
        self.items();
    }

    /// The outcome of the items so far.
    pub(crate) fn into_part(self) -> Part
    where
        'a: 'static,
    {
        let Self { outcome, items, waiting, held, .. } = self;
        Part { outcome, items, waiting, held }
    }

    /// Takes the next items, which were read elsewhere. `lines`: number of lines before them.
    pub(crate) fn part(&mut self, part: Part, lines: u64)
    where
        'a: 'static,
    {
        self.release();
        let Part { outcome, items, waiting, held } = part;
        self.items += items;
        self.waiting += waiting;
        self.held = held;
        self.outcome.objects += outcome.objects;
        self.outcome.no_kind += outcome.no_kind;
        self.outcome.other |= outcome.other;
        if let Some((meta, number)) = outcome.nameless {
            self.outcome.nameless.get_or_insert((meta, 0)).1 += number;
        }
        let left_out = outcome.left_out.into_iter();
        let left_out = left_out.map(|it| Broken { line: it.line + lines, ..it });
        self.outcome.left_out.extend(left_out);
    }

    pub(crate) fn needs(&self) -> &'r Needs {
        self.objects.needs
    }

    pub(crate) fn selection(&self) -> &'r Selection {
        self.objects.selection
    }

    /// What has been recorded.
    pub(crate) fn journal(&mut self) -> &mut Journal {
        &mut self.objects.journal
    }

    /// Stores the current state, to roll back to it.
    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        self.objects.checkpoint()
    }

    /// Whether the value of this key of the root is passed on item by item.
    pub(crate) fn streams(&self, key: &str) -> bool {
        key == "items" && self.pass != Pass::Whole
    }

    /// Takes keys and values of the root.
    pub(crate) fn entries(&mut self, entries: Entries<'a>) {
        for (key, value) in entries {
            self.entry(key, value);
        }
    }

    /// Takes a key of the root and its value, unless it was passed on item by item.
    pub(crate) fn entry(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        self.empty = false;
        match value {
            Value::List(items) if self.streams(&key) => {
                self.items();
                for item in items {
                    self.item_begins();
                    self.item(item);
                }
            }
            value => self.root.push((key, value)),
        }
    }

    /// Takes entries of the root from a merge key. Existing keys take precedence.
    pub(crate) fn defaults(&mut self, entries: Entries<'a>) {
        self.empty = false;
        add_missing(&mut self.root, entries);
    }

    /// Whether the type of items without a kind is known, or cannot become known.
    pub(crate) fn items_kind_is_known(&self) -> bool {
        self.pass != Pass::First || self.root_meta().is_some()
    }

    /// Whether the keys of the list have been read before its items.
    pub(crate) fn header_is_known(&self) -> bool {
        self.pass == Pass::HeaderKnown
    }

    /// The keys of the list have been read before its items.
    pub(crate) fn mark_header_known(&mut self) {
        self.pass = Pass::HeaderKnown;
    }

    /// The root is a list.
    pub(crate) fn bare(&mut self) {
        self.empty = false;
        self.list = Some(List::Bare);
    }

    /// `items` is a list.
    pub(crate) fn items(&mut self) {
        self.empty = false;
        self.list = Some(List::Items);
    }

    /// The next item starts, so the one before is complete.
    pub(crate) fn item_begins(&mut self) {
        self.release();
    }

    fn release(&mut self) {
        if let Some(whole) = self.held.take() {
            self.take(&whole);
        }
    }

    /// Takes the next item.
    pub(crate) fn item(&mut self, item: Value<'a>) {
        self.items += 1;
        if self.setting.may_end_early {
            self.held = Some(item);
        } else {
            self.take(&item);
        }
    }

    /// The root is a scalar.
    pub(crate) fn scalar(&mut self, value: &Value<'a>) {
        self.empty = *value == Value::Null;
        self.outcome.other = !self.empty;
    }

    /// Takes the next item by its outline. If this fails, nothing of the item has been recorded.
    pub(crate) fn outlined<'t>(&mut self, outline: &impl Outlined<'t>) -> Result<(), Odd> {
        let head = outline.head();
        self.outcome.mixed |= head.typed;
        // Keeps the order: the first of two copies may count.
        self.release();
        if self.is_for(head.typed) {
            let default = self.default_of(head.typed);
            let taken = self.objects.offer_outline(outline, default.as_ref())?;
            self.taken(taken);
        }
        self.items += 1;
        Ok(())
    }

    /// Takes the document, a single object, by its outline. If this fails, nothing has been
    /// recorded.
    pub(crate) fn whole_outlined<'t>(&mut self, outline: &impl Outlined<'t>) -> Result<(), Odd> {
        let head = outline.head();
        let kind = head.kind.as_deref().unwrap_or_default();
        // It may be cut off, or an envelope.
        let cut_off = kind.is_empty() && (self.setting.may_end_early || head.api_version.is_none());
        if cut_off || head.items || kind.ends_with("List") || ["Table", "Status"].contains(&kind) {
            return Err(Odd);
        }
        let taken = self.objects.offer_outline(outline, None)?;
        self.empty = false;
        self.taken(taken);
        Ok(())
    }

    /// Takes an item that could not be read, between others that could.
    pub(crate) fn left_out(&mut self, broken: Broken) {
        self.release();
        self.outcome.left_out.push(broken);
    }

    /// The outcome of the document, as far as it could be parsed. `cut`: its text is known to be
    /// truncated.
    pub(crate) fn finish(
        mut self,
        parsed: Result<(), Broken>,
        last_line: u64,
        cut: bool,
    ) -> Outcome {
        self.outcome.several = self.setting.may_end_early && self.is_several();
        keep_last(&mut self.root);
        let cut_at = |reason: &str| Broken::new(last_line, reason);
        let parsed = match parsed {
            Ok(()) if cut && self.setting.may_end_early && !self.empty => {
                Err(cut_at("the text ends early"))
            }
            Ok(()) if self.ends_without_kind() => {
                Err(cut_at("the document ends without `kind`, so it is cut off"))
            }
            // kubectl writes complete YAML, but pipes and disks may truncate it.
            Err(Broken { line, kind: BrokenKind::YamlGrammar, reason, .. })
                if line >= last_line =>
            {
                Err(cut_at(&format!("the text ends in the middle of an object: {reason}")))
            }
            parsed => parsed,
        };
        match parsed {
            Ok(()) => self.complete(),
            Err(broken) => self.broken(broken),
        }
        self.outcome
    }

    /// See [`Outcome::several`].
    fn is_several(&self) -> bool {
        let again = |(first, _): &(Cow<'a, str>, Value<'a>)| {
            let same = self.root.iter().filter(|it| it.0 == *first).count();
            (first == "apiVersion" || first == "kind") && same > 1
        };
        self.root.first().is_some_and(again)
            || self.root_meta().is_some() && self.root.iter().any(|it| is_message(&it.0))
    }

    /// kubectl sorts keys, so `kind` comes after `apiVersion`.
    fn ends_without_kind(&self) -> bool {
        // A Helm chart has `apiVersion`, `name`, `version`.
        let foreign = self.root_value("name").is_some();
        let has_text = |key| self.root_value(key).and_then(Value::text).is_some();
        self.setting.may_end_early && has_text("apiVersion") && !has_text("kind") && !foreign
    }

    fn complete(&mut self) {
        self.release();
        match self.list {
            Some(List::Items) => self.items_complete(),
            Some(List::Bare) => {
                if self.items == 0
                    && let Some(layout) = self.setting.by_layout()
                {
                    self.objects.listed(layout);
                    self.outcome.listed = true;
                }
            }
            None if !self.root.is_empty() => self.root_complete(),
            None => {}
        }
        let read = self.outcome.objects + self.outcome.no_kind;
        let reported = self.outcome.note.is_some() || self.outcome.nameless.is_some();
        self.outcome.other |= self.items > 0 && read == 0 && self.waiting == 0 && !reported;
    }

    fn items_complete(&mut self) {
        let meta = self.root_meta();
        let metadata = |key| {
            let value = self.root_value("metadata").and_then(|it| it.get(key));
            value.and_then(Value::scalar_text).unwrap_or_default().into_owned()
        };
        let (token, version, name) =
            (metadata("continue"), metadata("resourceVersion"), metadata("name"));
        self.outcome.continue_token = token;
        self.outcome.resource_version = version;
        let is_list = meta.as_ref().is_none_or(|it| it.kind.ends_with("List"));
        if !is_list && !name.is_empty() {
            self.outcome.again = Some(Pass::Whole);
            return;
        }
        let items = self.setting.given.clone().or(meta.as_ref().and_then(TypeMeta::of_items));
        if let Some(items) = &items {
            self.objects.listed(items);
            self.outcome.listed = true;
        }
        if self.waiting == 0 {
            return;
        }
        match items.or_else(|| self.setting.by_layout().cloned()) {
            Some(items) => {
                self.outcome.waiting = self.waiting;
                self.outcome.again = Some(Pass::Untyped(items));
            }
            None => self.outcome.no_kind += self.waiting,
        }
    }

    fn root_complete(&mut self) {
        let meta = self.root_meta();
        let kind = meta.as_ref().map_or("", |it| it.kind.as_str());
        let root = Value::Map(std::mem::take(&mut self.root));
        let text = |key| root.get(key).and_then(Value::text).unwrap_or_default();
        if root.get("items") == Some(&Value::Null) && kind.ends_with("List") {
            // Go writes an empty list as `null`.
            if let Some(items) = meta.as_ref().and_then(TypeMeta::of_items) {
                self.objects.listed(&items);
                self.outcome.listed = true;
            }
        } else if kind == "Table" && root.get("rows").is_some() {
            let reason = "a Table holds what kubectl prints and no objects; \
                 write the dump with `-o yaml` or `-o json`";
            self.outcome.note = Some(reason.to_owned());
        } else if kind == "Status" && text("status") == "Failure" {
            self.outcome.loss = Some(refusal(&root));
        } else if let Some(inside) = envelope::open(&root) {
            self.envelope(&inside);
        } else {
            self.take(&root);
        }
        self.root = match root {
            Value::Map(entries) => entries,
            _ => Vec::new(),
        };
    }

    /// Takes the objects in an envelope.
    fn envelope(&mut self, inside: &[Enclosed<'_, '_>]) {
        for Enclosed { value, deleted } in inside {
            if value.get("kind").and_then(Value::text) == Some("Status") {
                self.outcome.loss.get_or_insert(refusal(value));
                continue;
            }
            let before = self.objects.journal.copies.len();
            self.take(value);
            if *deleted {
                // A copy that no need selects replaces older copies, and is newer than the last.
                for copy in &mut self.objects.journal.copies[before..] {
                    copy.projections = Few::default();
                    copy.resource_version = copy.resource_version.map(|it| it.saturating_add(1));
                }
            }
        }
        // An envelope may be empty.
        self.outcome.listed = true;
        self.outcome.other = false;
    }

    fn broken(&mut self, broken: Broken) {
        let Broken { line, mut reason, .. } = broken;
        let left_out = match (self.held.take(), self.list) {
            (Some(item), _) => format!("{} may be incomplete and is left out", name_of(&item)),
            (None, Some(_)) => "what follows is left out".to_owned(),
            (None, None) => {
                let root = Value::Map(std::mem::take(&mut self.root));
                format!("{} is left out", name_of(&root))
            }
        };
        if self.waiting > 0 {
            match self.setting.by_layout().cloned() {
                Some(items) => self.outcome.again = Some(Pass::Untyped(items)),
                None => self.outcome.no_kind += self.waiting,
            }
        }
        if self.list.is_some() {
            let items = self.root_meta().and_then(|it| it.of_items());
            if let Some(items) = items {
                self.objects.listed(&items);
            }
            let plural = if self.outcome.objects == 1 { "" } else { "s" };
            reason = format!("{reason}; {} object{plural} before it read", self.outcome.objects);
        }
        self.outcome.loss = Some(Broken::new(line, format!("{reason}; {left_out}")));
    }

    fn take(&mut self, value: &Value<'_>) {
        let typed = ["apiVersion", "kind"].iter().all(|it| value.get(it).is_some());
        self.outcome.mixed |= typed;
        if self.is_for(typed) {
            let taken = self.objects.offer(value, self.default_of(typed).as_ref());
            self.taken(taken);
        }
    }

    /// Whether this pass reads such items.
    fn is_for(&self, typed: bool) -> bool {
        !(typed && matches!(self.pass, Pass::Untyped(_)))
    }

    /// The type of an item that does not state its own.
    fn default_of(&self, typed: bool) -> Option<TypeMeta> {
        match (&self.pass, &self.setting.given, self.list) {
            _ if typed => None,
            (Pass::Untyped(items), ..) => Some(items.clone()),
            (_, Some(given), _) => Some(given.clone()),
            // Once one item waits, all others wait: the next pass takes every item without a kind.
            (_, None, Some(List::Items)) if self.waiting > 0 => None,
            (_, None, Some(List::Items)) => self.root_meta().and_then(|it| it.of_items()),
            (_, None, Some(List::Bare)) => self.setting.by_layout().cloned(),
            (_, None, None) => None,
        }
    }

    fn taken(&mut self, taken: Taken) {
        self.outcome.mixed |= taken != Taken::Object;
        match taken {
            Taken::Object => self.outcome.objects += 1,
            Taken::NoKind if self.list == Some(List::Items) => self.waiting += 1,
            Taken::NoKind if self.list.is_some() => self.outcome.no_kind += 1,
            Taken::Nameless(meta) => self.outcome.nameless.get_or_insert((meta, 0)).1 += 1,
            Taken::NoKind | Taken::Other => self.outcome.other |= self.list.is_none(),
        }
    }

    fn root_value(&self, key: &str) -> Option<&Value<'a>> {
        self.root.iter().find(|it| it.0 == key).map(|it| &it.1)
    }

    fn root_meta(&self) -> Option<TypeMeta> {
        let text = |key| self.root_value(key).and_then(Value::text).map(str::to_owned);
        Some(TypeMeta { api_version: text("apiVersion")?, kind: text("kind")? })
    }
}

/// Whether a key of the root is the start of a message, which may be YAML. Objects have none.
pub(crate) fn is_message(key: &str) -> bool {
    key == "error"
        || key.starts_with(|it: char| it.is_uppercase())
        || key.contains(char::is_whitespace)
}

/// The loss that an answer of kind `Status` tells.
fn refusal(status: &Value<'_>) -> Broken {
    let text =
        |value: Option<&Value<'_>>| value.and_then(Value::text).unwrap_or_default().to_owned();
    let details = |key| text(status.get("details").and_then(|it| it.get(key)));
    let (message, resource) = (text(status.get("message")), details("kind"));
    let refused = (!resource.is_empty()).then(|| Refused { resource, group: details("group") });
    let concerned = match &refused {
        Some(it) if !message.contains(&it.resource) => format!(" ({it})"),
        _ => String::new(),
    };
    let reason =
        format!("the API server's refusal was saved here, not objects: {message}{concerned}");
    Broken { refused, ..Broken::here(reason) }
}

/// The name in messages of something that is incomplete.
fn name_of(value: &Value<'_>) -> String {
    let text = |value: Option<&Value<'_>>| {
        value.and_then(Value::scalar_text).unwrap_or_default().into_owned()
    };
    let metadata = |key| text(value.get("metadata").and_then(|it| it.get(key)));
    let (kind, namespace, name) =
        (text(value.get("kind")), metadata("namespace"), metadata("name"));
    match (kind.as_str(), namespace.as_str(), name.as_str()) {
        (_, _, "") => "the object that stands there".to_owned(),
        ("", "", name) => name.to_owned(),
        ("", namespace, name) => format!("{namespace}/{name}"),
        (kind, "", name) => format!("{kind} {name}"),
        (kind, namespace, name) => format!("{kind} {namespace}/{name}"),
    }
}
