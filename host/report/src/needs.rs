//! What rules read, before anything is read: a table for people, JSON for programs. Nothing here
//! knows whether it comes from a dump or from a cluster.

use std::{collections::BTreeSet, fmt::Write as _};

use rulebox_bundle::{is_secret, resource_of};
use rulebox_core::{NeedSet, ObjectNeed, PackInfo, RuleInfo, TextNeed, text::escape};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    json::{json_of, schema_of},
    prose::wrap,
};

/// The version of the format that [`NeedsView`] describes; see [`crate::SCHEMA_VERSION`].
const NEEDS_VERSION: &str = "1";

/// What the chosen rules read. Within one `schemaVersion` fields may be added, and are never
/// removed, renamed or given another type: readers ignore fields that they do not know.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Needs")]
pub struct NeedsView {
    /// The version of this format.
    #[schemars(extend("const" = NEEDS_VERSION))]
    pub schema_version: String,
    /// Objects, by group, kind, namespaces and labels: each combination once.
    pub objects: Vec<ObjectNeedView>,
    /// Lines of logs and other files.
    pub texts: Vec<TextNeedView>,
}

/// Objects that rules read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ObjectNeed")]
pub struct ObjectNeedView {
    /// What kubectl calls them: `pods`, `backups.velero.io`.
    pub resource: String,
    /// The API group; empty for core.
    pub group: String,
    /// The kind, at any version.
    pub kind: String,
    /// The namespaces; empty: all, or objects outside of namespaces.
    pub namespaces: Vec<String>,
    /// A label selector of Kubernetes; empty: whatever their labels.
    pub label_selector: String,
    /// The paths of the fields that are read; empty: whole objects.
    pub fields: Vec<String>,
    /// The rules that cannot judge without them: `backup-center/vault-unavailable`.
    pub required_by: Vec<String>,
    /// The rules that read them where they are there.
    pub consulted_by: Vec<String>,
}

/// Lines of files that rules read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TextNeed")]
pub struct TextNeedView {
    /// Globs on the paths of the files in a dump.
    pub paths: Vec<String>,
    /// The regular expression that the lines match.
    pub pattern: String,
    /// The rules that cannot judge without them.
    pub required_by: Vec<String>,
    /// The rules that read them where they are there.
    pub consulted_by: Vec<String>,
}

impl Default for NeedsView {
    fn default() -> Self {
        let schema_version = NEEDS_VERSION.to_owned();
        Self { schema_version, objects: Vec::new(), texts: Vec::new() }
    }
}

impl NeedsView {
    /// Adds what these rules of a pack read.
    pub fn add(&mut self, pack: &PackInfo, rules: &[&str]) {
        let NeedSet { objects, texts } = &pack.needs;
        for need in objects {
            let readers = Readers::of(pack, rules, &need.id);
            if !readers.is_empty() {
                self.add_objects(need, readers);
            }
        }
        for need in texts {
            let TextNeed { id, paths, pattern } = need;
            let readers = Readers::of(pack, rules, id);
            if !readers.is_empty() {
                let Readers { required_by, consulted_by } = readers;
                let (paths, pattern) = (paths.clone(), pattern.clone());
                self.texts.push(TextNeedView { paths, pattern, required_by, consulted_by });
            }
        }
    }

    /// Adds objects that the host reads by itself, for what these rules say.
    pub fn add_read(
        &mut self,
        need: &ObjectNeed,
        required_by: Vec<String>,
        consulted_by: Vec<String>,
    ) {
        let (required_by, consulted_by) = (sorted(required_by), sorted(consulted_by));
        self.add_objects(need, Readers { required_by, consulted_by });
    }

    fn add_objects(&mut self, need: &ObjectNeed, readers: Readers) {
        let ObjectNeed { id: _, group, kind, namespaces, label_selector, fields } = need;
        let namespaces: BTreeSet<_> = namespaces.iter().cloned().collect();
        let new = ObjectNeedView {
            resource: resource_of(group, kind),
            group: group.clone(),
            kind: kind.clone(),
            namespaces: namespaces.into_iter().collect(),
            label_selector: label_selector.trim().to_owned(),
            fields: sorted(fields.clone()),
            required_by: readers.required_by,
            consulted_by: readers.consulted_by,
        };
        let at = self.objects.binary_search_by(|it| it.place().cmp(&new.place()));
        match at {
            Err(at) => self.objects.insert(at, new),
            Ok(at) => self.objects[at].merge(new),
        }
    }
}

impl ObjectNeedView {
    /// What one entry stands for, in their order.
    fn place(&self) -> (&str, &str, &[String], &str) {
        (&self.group, &self.kind, &self.namespaces, &self.label_selector)
    }

    /// Adds what others read of the same objects.
    fn merge(&mut self, other: Self) {
        let is_whole = self.fields.is_empty() || other.fields.is_empty();
        self.fields.extend(other.fields);
        self.fields = if is_whole { Vec::new() } else { sorted(std::mem::take(&mut self.fields)) };
        self.required_by.extend(other.required_by);
        self.required_by = sorted(std::mem::take(&mut self.required_by));
        self.consulted_by.extend(other.consulted_by);
        self.consulted_by = sorted(std::mem::take(&mut self.consulted_by));
        // One rule may read two needs of one kind.
        self.consulted_by.retain(|it| !self.required_by.contains(it));
    }
}

/// The rules that read a need.
struct Readers {
    required_by: Vec<String>,
    consulted_by: Vec<String>,
}

impl Readers {
    fn of(pack: &PackInfo, rules: &[&str], need: &str) -> Self {
        let chosen = || pack.rules.iter().filter(|it| rules.contains(&it.id.as_str()));
        let names = |how: fn(&RuleInfo) -> &[String]| {
            let reading = chosen().filter(|it| how(it).iter().any(|it| it == need));
            sorted(reading.map(|it| format!("{}/{}", pack.name, it.id)).collect())
        };
        Self { required_by: names(|it| &it.requires), consulted_by: names(|it| &it.consults) }
    }

    fn is_empty(&self) -> bool {
        self.required_by.is_empty() && self.consulted_by.is_empty()
    }
}

fn sorted(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// For programs: indented, with a line feed at the end.
pub fn needs_json(needs: &NeedsView) -> String {
    json_of(needs)
}

/// The JSON Schema (draft 2020-12) of what [`needs_json`] writes. It is committed as
/// `schema/needs.schema.json`.
pub fn needs_json_schema() -> String {
    schema_of::<NeedsView>()
}

/// For people: each kind of object, and below it the rules that read it, in lines of at most
/// `width` columns where names allow. Without objects and texts it is empty.
pub fn needs_table(needs: &NeedsView, width: usize) -> String {
    const HEAD: [&str; 4] = ["RESOURCE", "NAMESPACES", "LABELS", "FIELDS"];
    let NeedsView { schema_version: _, objects, texts } = needs;
    let cells = |it: &ObjectNeedView| {
        let namespaces = it.namespaces.join(",");
        let fields = match it.fields.len() {
            0 => "all".to_owned(),
            some => some.to_string(),
        };
        let or = |text: &str, none: &str| if text.is_empty() { none } else { text }.to_owned();
        let [namespaces, labels] = [or(&namespaces, "all"), or(&it.label_selector, "-")];
        [it.resource.clone(), namespaces, labels, fields].map(|it| escape(&it).into_owned())
    };
    let rows: Vec<_> = objects.iter().map(cells).collect();
    let all = || std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().cloned());
    let widest = |column: usize| all().map(|it| it[column].chars().count()).max().unwrap_or(0);
    let [a, b, c, d] = [0, 1, 2, 3].map(widest);
    // Labels are long and rare: without room for their column they stand below.
    let narrow = [a, b, c, d].iter().sum::<usize>() + 6 > width;
    let line = |[resource, namespaces, labels, fields]: &[String; 4]| {
        if narrow {
            format!("{resource:a$}  {namespaces:b$}  {fields}\n")
        } else {
            format!("{resource:a$}  {namespaces:b$}  {labels:c$}  {fields}\n")
        }
    };
    let with_pack = !is_of_one_pack(needs);
    let mut text = String::new();
    if !objects.is_empty() {
        text += &line(&HEAD.map(str::to_owned));
    }
    for (row, it) in rows.iter().zip(objects) {
        text += &line(row);
        if narrow && !it.label_selector.is_empty() {
            indented(&mut text, &format!("labels {}", row[2]), width);
        }
        if is_secret(&it.group, &it.kind) {
            let fields = if it.fields.is_empty() { "all".to_owned() } else { it.fields.join(", ") };
            indented(&mut text, &format!("SECRETS: rules see {}", escape(&fields)), width);
        }
        indented(&mut text, &names(&it.required_by, &it.consulted_by, with_pack), width);
    }
    for (nth, it) in texts.iter().enumerate() {
        if nth == 0 {
            text += if objects.is_empty() { "" } else { "\n" };
            text += "FILES, AND WHICH LINES OF THEM\n";
        }
        for line in wrap(&escape(&it.paths.join(", ")), width) {
            let _ = writeln!(text, "{line}");
        }
        indented(&mut text, &format!("what matches {}", escape(&it.pattern)), width);
        indented(&mut text, &names(&it.required_by, &it.consulted_by, with_pack), width);
    }
    text
}

/// Whether all rules that read anything are of one pack.
fn is_of_one_pack(needs: &NeedsView) -> bool {
    let of_objects = needs.objects.iter().map(|it| [&it.required_by, &it.consulted_by]);
    let of_texts = needs.texts.iter().map(|it| [&it.required_by, &it.consulted_by]);
    let rules = of_objects.chain(of_texts).flatten().flatten();
    let packs: BTreeSet<_> = rules.filter_map(|it| it.split_once('/')).map(|it| it.0).collect();
    packs.len() == 1
}

/// The names of rules in order, perhaps without that of their pack.
fn names(required_by: &[String], consulted_by: &[String], with_pack: bool) -> String {
    let names: BTreeSet<_> = required_by.iter().chain(consulted_by).collect();
    let shown = |it: &String| match it.split_once('/') {
        Some((_, rule)) if !with_pack => rule.to_owned(),
        _ => it.clone(),
    };
    let names: Vec<_> = names.into_iter().map(shown).collect();
    escape(&names.join(", ")).into_owned()
}

fn indented(text: &mut String, paragraph: &str, width: usize) {
    const INDENT: &str = "    ";
    for line in wrap(paragraph, width.saturating_sub(INDENT.len())) {
        let _ = writeln!(text, "{INDENT}{line}");
    }
}
