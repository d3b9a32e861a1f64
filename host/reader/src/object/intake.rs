//! Takes one document: an object, a list of objects, or something else.
//!
//! Parsers pass on one node at a time, and a list one item at a time, so that only one object is
//! held. Only the end of a document may show what it is (kubectl sorts keys: `kind` comes after
//! `items`). So a document may have to be parsed twice.

use std::borrow::Cow;

use rulebox_core::{Concerns, Few, ObjectNeed, Selection, addresses, group_of};

use super::{
    envelope::{self, Enclosed},
    lines::{Begin, Lines, Within},
    needs::Needs,
    objects::{Checkpoint, NAMES, Objects, Taken},
    outline::Outlined,
    page::page,
    refusal,
    span::Span,
    value::{Entries, Value, add_missing, keep_last},
};
use crate::{
    broken::{Broken, BrokenKind, Odd},
    journal::{Journal, Page, Root},
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
    /// Whose they may be, if their list tells.
    pub(crate) no_kind_of: Option<Concerns>,
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
    /// Number of items that are no objects.
    strange: usize,
    /// Whose objects stand inside what is no object.
    inside: Concerns,
    /// The same as `strange`, once it is known that they stand in a list of objects; and whose they
    /// may be.
    pub(crate) no_objects: Option<(usize, Concerns)>,
    /// What it is as a whole; none where nothing stands in it.
    pub(crate) root: Option<Root>,
    /// `metadata.continue` of the list.
    pub(crate) continue_token: String,
    /// `metadata.resourceVersion` of the list.
    pub(crate) resource_version: String,
    /// The list, as a page of a longer one.
    pub(crate) page: Option<Page>,
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
    held: Option<Held<'static>>,
    span: Span,
}

impl Part {
    /// The same part of a file, with this many more lines before it.
    pub(crate) fn moved(mut self, lines: u64) -> Self {
        if let Some(Held { line: Some(line), .. }) = &mut self.held {
            *line += lines;
        }
        self
    }
}

/// An item that is held back until it is known to be complete.
#[derive(Debug)]
struct Held<'a> {
    item: Value<'a>,
    /// The line of the file on which it begins, if it may be needed.
    line: Option<u64>,
}

/// Takes the nodes of one document.
pub(crate) struct Intake<'s, 'r, 'a> {
    objects: &'s mut Objects<'r>,
    setting: &'s Setting<'s>,
    pass: Pass,
    root: Entries<'a>,
    /// Where the root begins, if it is a mapping that is parsed in full.
    root_begin: Begin<'a>,
    list: Option<List>,
    items: usize,
    /// The last item, held back if the end of the text may have truncated it.
    held: Option<Held<'a>>,
    /// Number of items without a kind that wait for the kind of the list.
    waiting: usize,
    empty: bool,
    outcome: Outcome,
}

impl<'s, 'r, 'a> Intake<'s, 'r, 'a> {
    pub(crate) fn new(objects: &'s mut Objects<'r>, setting: &'s Setting<'s>, pass: Pass) -> Self {
        objects.span = Span::default();
        Self {
            objects,
            setting,
            pass,
            root: Vec::new(),
            root_begin: Begin::Unknown,
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
        let Self { objects, outcome, items, waiting, held, .. } = self;
        Part { outcome, items, waiting, held, span: std::mem::take(&mut objects.span) }
    }

    /// Takes the next items, which were read elsewhere. `lines`: number of lines before them.
    pub(crate) fn part(&mut self, part: Part, lines: u64)
    where
        'a: 'static,
    {
        self.release();
        let Part { outcome, items, waiting, held, span } = part;
        self.objects.span.add(span);
        self.items += items;
        self.waiting += waiting;
        self.held = held;
        self.outcome.objects += outcome.objects;
        self.outcome.no_kind += outcome.no_kind;
        self.outcome.other |= outcome.other;
        self.outcome.strange += outcome.strange;
        let inside = std::mem::take(&mut self.outcome.inside);
        self.outcome.inside = inside.and(outcome.inside);
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

    /// The path of the file that is read now.
    pub(crate) fn path(&self) -> &str {
        self.objects.path()
    }

    /// The text that is read next starts on this line of the file.
    pub(crate) fn text_begins(&mut self, line: u64) {
        self.objects.lines = Lines::from(line);
    }

    /// A line of the document, from 1, on which something begins.
    pub(crate) fn line(&self, line: u64) -> Begin<'static> {
        self.objects.lines.line(line)
    }

    /// The first key of the root is here.
    pub(crate) fn root_begins(&mut self, begin: Begin<'a>) {
        self.root_begin = begin;
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
                    self.item(item, Begin::Unknown);
                }
            }
            value => {
                self.root.push((key, value));
                // An item behind which the keys of the list go on is complete.
                self.release();
            }
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

    /// The next list begins on this line of the file, without a marker before it.
    pub(crate) fn document_begins(&mut self, line: u64) {
        self.objects.document_begins(line);
    }

    /// The root is a list.
    pub(crate) fn bare(&mut self) {
        self.objects.open_document();
        self.empty = false;
        self.list = Some(List::Bare);
    }

    /// `items` is a list.
    pub(crate) fn items(&mut self) {
        // Two files were joined without a marker.
        if self.list_complete() {
            self.objects.next_document();
        }
        self.objects.open_document();
        self.empty = false;
        self.list = Some(List::Items);
    }

    /// The next item starts, so the one before is complete.
    pub(crate) fn item_begins(&mut self) {
        self.release();
    }

    fn release(&mut self) {
        if let Some(Held { item, line }) = self.held.take() {
            self.take(&item, line.map_or(Begin::Unknown, Begin::Line));
        }
    }

    /// Takes the next item, which begins here.
    pub(crate) fn item(&mut self, item: Value<'a>, begin: Begin<'_>) {
        self.items += 1;
        if self.setting.may_end_early {
            let line = self.objects.lines.of(begin);
            self.held = Some(Held { item, line });
        } else {
            self.take(&item, begin);
        }
    }

    /// Takes the next item, which begins `lines` lines after a place in the text.
    pub(crate) fn item_below(&mut self, item: Value<'a>, place: Begin<'_>, lines: Option<u64>) {
        let typed = ["apiVersion", "kind"].iter().all(|it| item.get(it).is_some());
        // Nothing is counted for an item that no need can select.
        let may_need = self.objects.may_need(&item, self.default_of(typed).as_ref());
        let line = lines.filter(|_| may_need);
        let line = line.and_then(|it| Some(self.objects.lines.of(place)? + it));
        self.item(item, line.map_or(Begin::Unknown, Begin::Line));
    }

    /// The root is a scalar.
    pub(crate) fn scalar(&mut self, value: &Value<'a>) {
        self.empty = *value == Value::Null;
        self.outcome.other = !self.empty;
    }

    /// Takes the next item by its outline. If this fails, nothing of the item has been recorded.
    /// `within`: the surveyed text.
    pub(crate) fn outlined<'t>(
        &mut self,
        outline: &impl Outlined<'t>,
        within: Within<'_>,
    ) -> Result<(), Odd> {
        let head = outline.head();
        let hollow = match &head.kind {
            Some(kind) => may_be_hollow(kind),
            None => self.default_of(head.typed).is_some_and(|it| may_be_hollow(&it.kind)),
        };
        if hollow {
            return Err(Odd);
        }
        self.outcome.mixed |= head.typed;
        // Keeps the order: the first of two copies may count.
        self.release();
        if self.is_for(head.typed) {
            let default = self.default_of(head.typed);
            let taken = self.objects.offer_outline(outline, default.as_ref(), within)?;
            if !head.typed && default.is_none() && taken == Taken::Other {
                // Objects may stand inside.
                return Err(Odd);
            }
            self.taken(taken);
        }
        self.items += 1;
        Ok(())
    }

    /// Takes the document, a single object, by its outline. If this fails, nothing has been
    /// recorded.
    pub(crate) fn whole_outlined<'t>(
        &mut self,
        outline: &impl Outlined<'t>,
        text: &str,
    ) -> Result<(), Odd> {
        let head = outline.head();
        let kind = head.kind.as_deref().unwrap_or_default();
        // It may be cut off, or an envelope.
        let untyped = kind.is_empty() || head.api_version.is_none();
        if untyped || head.items || may_be_hollow(kind) {
            return Err(Odd);
        }
        let taken = self.objects.offer_outline(outline, None, Within::new(text, 0))?;
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
    /// truncated; `ends_open`: see [`ends_open`].
    pub(crate) fn finish(
        mut self,
        parsed: Result<(), Broken>,
        last_line: u64,
        cut: bool,
        ends_open: bool,
    ) -> Outcome {
        self.outcome.several = self.setting.may_end_early && self.is_several();
        keep_last(&mut self.root);
        let cut_at = |reason: &str| Broken::cut_off(last_line, reason);
        let open_end = if ends_open { self.open_end() } else { None };
        let parsed = match parsed {
            Ok(()) if cut && self.setting.may_end_early && !self.empty => {
                Err(cut_at("the text ends early"))
            }
            Ok(()) if open_end.is_some() => {
                let reason = "the text ends without a line feed in a line that tells what an \
                              object is, so it is cut off";
                Err(Broken::cut_off(last_line, reason))
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
            Ok(()) if self.root.iter().any(|it| is_marker(&it.0)) => {
                let reason = "a line begins with `---` or `...` and another sign than a blank or a \
                     line feed behind it, so it separates nothing";
                Err(Broken::here(reason))
            }
            parsed => parsed,
        };
        match parsed {
            Ok(()) => {
                self.complete();
                self.outcome.root = self.type_of_root();
            }
            Err(broken) => {
                self.broken(broken);
                if let (Some(concerns), Some(loss)) = (open_end, &mut self.outcome.loss) {
                    // More than one may be named.
                    loss.concerns = std::mem::take(&mut loss.concerns).and(concerns);
                }
            }
        }
        self.outcome
    }

    /// Whose object the last line may be of, which has no line feed, if it tells what an object is:
    /// of its last word more may follow.
    fn open_end(&self) -> Option<Concerns> {
        if let Some(Held { item, .. }) = &self.held {
            return self.objects.open_end(item);
        }
        // Behind items that name their types stands nothing but `kind: List` and `metadata`.
        let is_list = self.root_meta().is_some_and(|it| it.kind.ends_with("List"));
        if self.list.is_some() && is_list {
            return None;
        }
        self.objects.open_end_of(&self.root)
    }

    /// See [`Outcome::root`].
    fn type_of_root(&self) -> Option<Root> {
        let is_list =
            self.list == Some(List::Items) || self.root_value("items") == Some(&Value::Null);
        match self.root_meta().filter(|_| is_list) {
            Some(meta) => {
                let metadata = self.root_value("metadata");
                let says = |key| {
                    let text = metadata.and_then(|it| it.get(key)).and_then(Value::scalar_text);
                    text.is_some_and(|it| !it.is_empty() && it != "0")
                };
                let is_page = ["continue", "remainingItemCount"].into_iter().any(says);
                let group = meta.group().to_owned();
                Some(Root::List { group, kind: meta.kind, is_page })
            }
            None if self.empty => None,
            None => Some(Root::Other),
        }
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
        let kind = self.root_value("kind").and_then(Value::text);
        // The value of `apiVersion` may be cut off, too.
        let begins = matches!(self.root_value("apiVersion"), Some(Value::Text(_) | Value::Null));
        self.setting.may_end_early && begins && kind.is_none() && !foreign
    }

    fn complete(&mut self) {
        self.release();
        match self.list {
            Some(List::Items) => {
                self.several_in_root();
                self.beside_items();
                self.items_complete();
            }
            Some(List::Bare) => {
                if self.items == 0
                    && let Some(layout) = self.setting.by_layout()
                {
                    self.objects.listed(layout);
                    self.outcome.listed = true;
                }
                self.no_objects(self.outcome.objects + self.outcome.no_kind > 0, None);
            }
            None if !self.root.is_empty() => self.root_complete(),
            None => {}
        }
        let read = self.outcome.objects + self.outcome.no_kind;
        let reported = self.outcome.note.is_some()
            || self.outcome.nameless.is_some()
            || !self.outcome.left_out.is_empty();
        self.outcome.other |= self.items > 0 && read == 0 && self.waiting == 0 && !reported;
        self.outcome.other &= self.outcome.no_objects.is_none();
    }

    /// Records what may be lost by keys of a list that stand twice.
    fn several_in_root(&mut self) {
        if self.items == 0 && self.root_meta().is_none() {
            return;
        }
        let any = || TypeMeta { api_version: "v1".to_owned(), kind: "List".to_owned() };
        let meta = self.root_meta().unwrap_or_else(any);
        let root = Value::Map(std::mem::take(&mut self.root));
        // One value of its metadata may tell that more pages follow.
        for value in [Some(&root), root.get("metadata")].into_iter().flatten() {
            // Of a list that is read in pieces, the line is not known.
            self.objects.several(value, Some(&meta), Begin::Unknown);
        }
        if let Value::Map(entries) = root {
            self.root = entries;
        }
    }

    /// Records objects in other keys of a list than its items.
    fn beside_items(&mut self) {
        let is_list = self.root_meta().is_none_or(|it| it.kind.ends_with("List"));
        let items = self.type_of_items().as_ref().map_or(Concerns::Everything, kind_of);
        if is_list {
            // Of a list that is read in pieces, the line is not known.
            self.objects.beside_items(&self.root, items, self.root_begin);
        }
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
        let known = self.items > 0;
        let otherwise = if known { self.objects.span.kinds() } else { Concerns::Everything };
        let metadata = self.root_value("metadata");
        self.outcome.page = page(metadata, items.as_ref(), otherwise, self.items);
        self.list_complete();
        self.no_objects(meta.is_some_and(|it| it.kind.ends_with("List")), items.as_ref());
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

    /// Reports items that are no objects. `of_objects`: the list is one of objects; `items`: of
    /// these.
    fn no_objects(&mut self, of_objects: bool, items: Option<&TypeMeta>) {
        let of = items.or_else(|| self.setting.by_layout());
        let concerns = match &self.outcome.inside {
            _ if of_objects => of.map_or(Concerns::Everything, kind_of),
            inside => inside.clone(),
        };
        if self.outcome.strange > 0 && concerns != Concerns::Nothing {
            self.outcome.no_objects = Some((self.outcome.strange, concerns));
        }
    }

    /// The items that were read last are all of their list. Returns whether they are of one.
    fn list_complete(&mut self) -> bool {
        let span = std::mem::take(&mut self.objects.span);
        let is_list = self.root_meta().is_some_and(|it| it.kind.ends_with("List"));
        // Of a page, the pages that follow are not known.
        let is_page = self.outcome.page.as_ref().is_some_and(|it| it.follows);
        if self.list == Some(List::Items) && is_list && !is_page && self.outcome.strange == 0 {
            self.objects.journal.open.lists.extend(span.lists());
        }
        self.list == Some(List::Items) && self.items > 0
    }

    fn root_complete(&mut self) {
        let meta = self.root_meta();
        let kind = meta.as_ref().map_or("", |it| it.kind.as_str());
        let root = Value::Map(std::mem::take(&mut self.root));
        self.objects.several(&root, None, self.root_begin);
        if let Value::Map(entries) = &root
            && kind.ends_with("List")
        {
            let items = meta.as_ref().and_then(TypeMeta::of_items);
            let items = items.as_ref().map_or(Concerns::Everything, kind_of);
            self.objects.beside_items(entries, items, self.root_begin);
        }
        let text = |key| root.get(key).and_then(Value::text).unwrap_or_default();
        let given = self.setting.given.clone();
        let may_list = kind.ends_with("List") || (kind.is_empty() && given.is_some());
        if root.get("items") == Some(&Value::Null) && may_list {
            // Go writes an empty list as `null`.
            if let Some(items) = given.or(meta.as_ref().and_then(TypeMeta::of_items)) {
                self.objects.listed(&items);
                self.outcome.listed = true;
            }
        } else if kind == "Table" && root.get("rows").is_some() && rows(&root).next().is_none() {
            let reason = "a Table holds what kubectl prints and no objects; \
                 write the dump with `-o yaml` or `-o json`";
            self.outcome.note = Some(reason.to_owned());
        } else if kind == "Status" && text("status") == "Failure" {
            self.outcome.loss = Some(self.refusal(&root));
        } else if let Some(inside) = envelope::open(&root) {
            if let Some(key) = root.key_of_several() {
                self.objects.lost_by_several(Concerns::Everything, key, self.root_begin);
            }
            self.envelope(&inside);
        } else {
            self.take_once(&root, self.root_begin);
        }
        self.root = match root {
            Value::Map(entries) => entries,
            _ => Vec::new(),
        };
    }

    /// The loss that an answer of kind `Status` tells.
    fn refusal(&self, status: &Value<'_>) -> Broken {
        let message = status.get("message").and_then(Value::text).unwrap_or_default();
        let needs = &self.objects.needs.set.objects;
        let detail = |key| status.get("details").and_then(|it| it.get(key)?.text());
        let detailed = detail("kind").map(|kind| {
            let group = detail("group").unwrap_or_default();
            refusal::concerned(kind, Some(group), needs)
        });
        // A short message may name the resource without its group.
        let concerns = [refusal::concerned_by(message, needs), detailed]
            .into_iter()
            .flatten()
            .reduce(Concerns::and)
            .or_else(|| self.setting.by_layout().map(kind_of))
            .unwrap_or(Concerns::Everything);
        let reason = format!("the API server's refusal was saved here, not objects: {message}");
        Broken::here(reason).concerning(concerns)
    }

    /// Takes the objects in an envelope.
    fn envelope(&mut self, inside: &[Enclosed<'_, '_>]) {
        self.objects.open_document();
        for Enclosed { value, deleted } in inside {
            if value.get("kind").and_then(Value::text) == Some("Status") {
                let refusal = self.refusal(value);
                self.outcome.loss = Some(match self.outcome.loss.take() {
                    Some(first) => {
                        let concerns = first.concerns.clone().and(refusal.concerns);
                        first.concerning(concerns)
                    }
                    None => refusal,
                });
                continue;
            }
            let before = self.objects.journal.open.copies.len();
            self.take(value, Begin::Unknown);
            if *deleted {
                // A copy that no need selects replaces older copies, and is newer than the last.
                for copy in &mut self.objects.journal.open.copies[before..] {
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
        let joined = self.root.iter().any(|it| is_marker(&it.0));
        let concerns = if joined { Concerns::Everything } else { self.concerned_by_rest() };
        let Broken { line, kind, mut reason, .. } = broken;
        let left_out = match (self.held.take(), self.list) {
            (Some(Held { item, .. }), _) => {
                format!("{} may be incomplete and is left out", name_of(&item))
            }
            (None, Some(_)) => "what follows is left out".to_owned(),
            (None, None) => {
                let root = Value::Map(std::mem::take(&mut self.root));
                format!("{} is left out", name_of(&root))
            }
        };
        if self.waiting > 0 {
            if let Some(items) = self.type_of_items() {
                self.outcome.again = Some(Pass::Untyped(items));
            } else {
                self.outcome.no_kind += self.waiting;
                self.outcome.no_kind_of = Some(concerns.clone());
            }
        }
        if self.list.is_some() {
            let items = self.root_meta().and_then(|it| it.of_items());
            if let Some(items) = items {
                self.objects.listed(&items);
            }
            let later = if self.outcome.again.is_some() { self.waiting } else { 0 };
            let read = self.outcome.objects + later;
            let plural = if read == 1 { "" } else { "s" };
            reason = format!("{reason}; {read} object{plural} before it read");
        }
        let reason = format!("{reason}; {left_out}");
        self.outcome.loss = Some(Broken { line, kind, reason, concerns });
    }

    /// The type of items that do not state their own, as far as it is known.
    fn type_of_items(&self) -> Option<TypeMeta> {
        let given = self.setting.given.clone();
        let items = given.or_else(|| self.root_meta().and_then(|it| it.of_items()));
        items.or_else(|| self.setting.by_layout().cloned())
    }

    /// Whose objects are lost with the rest of the document.
    fn concerned_by_rest(&self) -> Concerns {
        let own = self.root_meta();
        let items = match self.list {
            Some(_) => self.type_of_items(),
            None => own.clone().or_else(|| self.setting.by_layout().cloned()),
        };
        if let Some(meta) = items {
            return self.objects.concerned_by(&meta);
        }
        // Keys are sorted, so `kind` may stand in the rest. `kind: List` has the version `v1`.
        let version = self.root_value("apiVersion").and_then(Value::text);
        match (own, version.map(group_of)) {
            (None, Some(group)) if !group.is_empty() || self.waiting > 0 => {
                let is = |it: &&ObjectNeed| addresses(&it.group, &it.kind).any(|it| it == group);
                let needs = self.needs().set.objects.iter().filter(is);
                Concerns::Kinds(needs.map(|it| (it.group.clone(), it.kind.clone())).collect())
            }
            _ => Concerns::Everything,
        }
    }

    /// Whose object is lost with an item that states this of its type.
    pub(crate) fn concerned_by_item(&self, version: Option<&str>, kind: Option<&str>) -> Concerns {
        match (version, kind) {
            (Some(version), Some(kind)) => {
                let meta = TypeMeta { api_version: version.to_owned(), kind: kind.to_owned() };
                self.objects.concerned_by(&meta)
            }
            _ => self.type_of_items().as_ref().map_or(Concerns::Everything, kind_of),
        }
    }

    /// What is lost where a value holds no object, though its kind speaks of some.
    fn hollow(&self, value: &Value<'_>) -> Option<Broken> {
        let text = |key| value.get(key).and_then(Value::text);
        let version = text("apiVersion");
        let default = self.default_of(version.is_some() && text("kind").is_some());
        let kind = text("kind").or(default.as_ref().map(|it| it.kind.as_str()))?;
        if kind == "Status" && self.list.is_some() && text("status") == Some("Failure") {
            return Some(self.refusal(value));
        }
        if kind == "PartialObjectMetadata" {
            let layout = self.setting.by_layout().map(kind_of);
            let reason = "a PartialObjectMetadata is not the whole object, and does not tell its \
                          kind; write the dump with `-o yaml` or `-o json`";
            return Some(Broken::here(reason).concerning(layout.unwrap_or(Concerns::Everything)));
        }
        let items = kind.strip_suffix("List")?;
        let name = value.get("metadata").and_then(|it| it.get("name"));
        let whole = matches!(value.get("items"), Some(Value::List(_) | Value::Null));
        if whole || name.is_some() {
            return None;
        }
        let concerns = if items.is_empty() {
            version.map(|_| Concerns::Everything)?
        } else {
            let needs = &self.objects.needs.set.objects;
            match refusal::concerned(items, version.map(group_of), needs) {
                Concerns::Kinds(kinds) if kinds.is_empty() => return None,
                concerns => concerns,
            }
        };
        let reason = format!("a {kind} without a list of items: what it held is not here");
        Some(Broken::here(reason).concerning(concerns))
    }

    fn take(&mut self, value: &Value<'_>, begin: Begin<'_>) {
        let typed = ["apiVersion", "kind"].iter().all(|it| value.get(it).is_some());
        if self.is_for(typed) {
            let default = self.default_of(typed);
            self.objects.several(value, default.as_ref(), begin);
        }
        self.take_once(value, begin);
    }

    /// Takes a value whose own keys have been looked at.
    fn take_once(&mut self, value: &Value<'_>, begin: Begin<'_>) {
        if let Some(loss) = self.hollow(value) {
            // Once for all that are alike.
            if !self.outcome.left_out.contains(&loss) {
                self.outcome.left_out.push(loss);
            }
            return;
        }
        if value.get("kind").and_then(Value::text) == Some("Table") && rows(value).next().is_some()
        {
            self.objects.open_document();
            return rows(value).for_each(|it| self.take(it, Begin::Unknown));
        }
        let typed = ["apiVersion", "kind"].iter().all(|it| value.get(it).is_some());
        self.outcome.mixed |= typed;
        if self.is_for(typed) {
            let default = self.default_of(typed);
            let in_list = self.list.is_some();
            let may_be = !in_list || matches!(value, Value::Map(_));
            let taken = if may_be {
                self.objects.offer(value, default.as_ref(), begin)
            } else {
                Taken::Other
            };
            let strange = taken == Taken::Other && !typed && (default.is_none() || !may_be);
            if strange {
                self.strange(value);
            }
            if taken == Taken::NoKind && self.list.is_none() {
                self.objects.half_typed(value, begin);
            }
            self.taken(taken);
        }
    }

    /// Takes what is no object. Objects inside are templates, or text; unless a server wrote them.
    fn strange(&mut self, value: &Value<'_>) {
        // A line of a log may tell of an object.
        let inside =
            if self.objects.is_logged() { Concerns::Nothing } else { self.objects.inside(value) };
        if self.list.is_some() {
            self.outcome.strange += 1;
            let before = std::mem::take(&mut self.outcome.inside);
            self.outcome.inside = before.and(inside);
        } else if inside != Concerns::Nothing {
            let reason = "objects stand here inside of something that is none and no list of \
                          objects: they are left out";
            self.outcome.left_out.push(Broken::here(reason).concerning(inside));
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

/// Whether a text of YAML ends without a line feed in a line that may tell what an object is: its
/// `apiVersion`, its `kind`, or what it is called. Whoever writes objects ends each line.
pub(crate) fn ends_open(text: &str) -> bool {
    let last = &text[memchr::memrchr(b'\n', text.as_bytes()).map_or(0, |it| it + 1)..];
    let key = last.trim_start_matches(['-', ' ']).split_once(':').unwrap_or_default().0;
    let key = key.trim_matches(['"', '\'', ' ']);
    !last.ends_with('\r') && (["apiVersion", "kind"].contains(&key) || NAMES.contains(&key))
}

/// Whether a key of the root begins with a document marker that has another sign behind it than a
/// blank: a line break of another system, for example. An older parser would begin a document
/// there.
fn is_marker(key: &str) -> bool {
    key.starts_with("---") || key.starts_with("...")
}

/// Whether a key of the root is the start of a message, which may be YAML. Objects have none.
pub(crate) fn is_message(key: &str) -> bool {
    key == "error"
        || is_marker(key)
        || key.starts_with(|it: char| it.is_uppercase())
        || key.contains(char::is_whitespace)
}

/// The objects behind the rows of a Table, as `includeObject` asks for them.
fn rows<'v, 'a>(table: &'v Value<'a>) -> impl Iterator<Item = &'v Value<'a>> {
    let rows = match table.get("rows") {
        Some(Value::List(rows)) => rows.as_slice(),
        _ => &[],
    };
    let object = |row: &'v Value<'a>| row.get("object").filter(|it| it.get("kind").is_some());
    rows.iter().filter_map(object)
}

/// Whether only the full parser shows what is lost or held with such a kind.
fn may_be_hollow(kind: &str) -> bool {
    kind.ends_with("List") || ["Table", "Status", "PartialObjectMetadata"].contains(&kind)
}

fn kind_of(meta: &TypeMeta) -> Concerns {
    Concerns::kind(meta.group(), &meta.kind)
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
