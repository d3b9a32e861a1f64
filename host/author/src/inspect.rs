//! What a pack is, and what it asks for: for people, as JSON, and beside another version of it.

use std::fmt::Write as _;

use rulebox_core::{MetricType, ObjectNeed, PackInfo, text::escape};
use serde::Serialize;
use serde_json::Value;

/// A pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackView {
    /// Its name.
    pub name: String,
    /// Its version, as it says.
    pub version: String,
    /// The version of the contract that it speaks.
    pub contract: String,
    /// Its files, that which was named first; none of a built-in pack.
    pub files: Vec<FileView>,
    /// The key by which a pack of a registry is signed, or that nobody known has; none of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The interfaces that it imports, sorted.
    pub imports: Vec<String>,
    /// Its rules, in its order.
    pub rules: Vec<RuleView>,
    /// The objects that it reads, in its order.
    pub objects: Vec<NeedView>,
    /// The lines that it reads.
    pub texts: Vec<TextView>,
    /// The resources that a role must allow to list, as `rulebox manifests` has it.
    pub role: Value,
    /// Its metrics.
    pub metrics: Vec<MetricView>,
    /// The JSON Schema of its settings; null where it takes none.
    pub settings: Value,
}

/// A file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// As it was named.
    pub path: String,
    /// How long it is.
    pub bytes: usize,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// Its id.
    pub id: String,
    /// How bad its findings are.
    pub severity: String,
    /// The problem that it is named after.
    pub summary: String,
    /// The needs without which it cannot judge.
    pub requires: Vec<String>,
    /// The needs that only add.
    pub consults: Vec<String>,
}

/// Objects that are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NeedView {
    /// The id of the need.
    pub id: String,
    /// The API group; empty for core.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// Empty: all.
    pub namespaces: Vec<String>,
    /// Empty: all objects.
    pub label_selector: String,
    /// Empty: whole objects.
    pub fields: Vec<String>,
}

/// Lines that are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextView {
    /// The id of the need.
    pub id: String,
    /// Globs.
    pub paths: Vec<String>,
    /// A regular expression.
    pub pattern: String,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricView {
    /// As it is exposed.
    pub name: String,
    /// What it is.
    pub help: String,
    /// The rule that gives it.
    pub rule: String,
    /// Its labels.
    pub labels: Vec<String>,
}

impl NeedView {
    fn is_secret(&self) -> bool {
        self.kind == "Secret" && self.group.is_empty()
    }

    pub(crate) fn kind_name(&self) -> String {
        let (group, kind) = (self.group.clone(), self.kind.clone());
        ObjectNeed { group, kind, ..ObjectNeed::default() }.kind_name()
    }

    fn where_from(&self) -> String {
        let namespaces = match &self.namespaces[..] {
            [] => "all namespaces".to_owned(),
            some => format!("namespace {}", some.join(", ")),
        };
        match self.label_selector.as_str() {
            "" => namespaces,
            labels => format!("{namespaces}, labels {labels}"),
        }
    }
}

impl PackView {
    /// What a pack says of itself. File, imports, contract and role are those of the caller.
    pub fn of(info: &PackInfo) -> Self {
        let PackInfo { name, version, rules, needs, metrics, settings_schema } = info;
        Self {
            name: name.clone(),
            version: version.clone(),
            rules: rules.iter().map(rule).collect(),
            objects: needs.objects.iter().map(need).collect(),
            texts: needs
                .texts
                .iter()
                .map(|it| TextView {
                    id: it.id.clone(),
                    paths: it.paths.clone(),
                    pattern: it.pattern.clone(),
                })
                .collect(),
            metrics: metrics.iter().map(metric).collect(),
            settings: serde_json::from_str(settings_schema).unwrap_or(Value::Null),
            ..Self::default()
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("PACK  {} {}\n", escape(&self.name), escape(&self.version));
        let mut line = |what: &str, it: &str| {
            writeln!(text, "  {what:9} {}", escape(it)).expect("a string takes all");
        };
        for FileView { path, bytes, digest } in &self.files {
            line("file", &format!("{path}, {bytes} bytes"));
            line("digest", digest);
        }
        if self.files.is_empty() {
            line("file", "none: it is built in");
        }
        if let Some(key) = &self.signed_by {
            line("signed by", key);
        }
        line("contract", &format!("rulebox:rules@{}", self.contract));
        line("imports", if self.imports.is_empty() { "nothing" } else { &self.imports[0] });
        self.imports.iter().skip(1).for_each(|it| line("", it));
        self.rules_text(&mut text);
        self.reads_text(&mut text);
        self.role_text(&mut text);
        self.settings_text(&mut text);
        if !self.metrics.is_empty() {
            text += "\nMETRICS\n";
        }
        for MetricView { name, help, labels, .. } in &self.metrics {
            let _ = writeln!(text, "  {name}{{{}}}: {}", labels.join(","), escape(help));
        }
        text
    }

    fn rules_text(&self, text: &mut String) {
        *text += "\nRULES\n";
        let widest = self.rules.iter().map(|it| it.id.len()).max().unwrap_or_default();
        for RuleView { id, severity, summary, .. } in &self.rules {
            let _ = writeln!(text, "  {severity:8}  {id:widest$}  {}", escape(summary));
        }
    }

    fn reads_text(&self, text: &mut String) {
        *text += "\nREADS\n";
        for need in &self.objects {
            let of = self.rules.iter().filter(|it| it.requires.contains(&need.id));
            let of: Vec<_> = of.map(|it| it.id.as_str()).collect();
            let by = if of.is_empty() { "consulted".to_owned() } else { of.join(", ") };
            let from = format!("{} ({}): {by}", need.kind_name(), need.where_from());
            let _ = writeln!(text, "  {}", escape(&from));
            let whole = ["the whole object".to_owned()];
            let fields = if need.fields.is_empty() { &whole[..] } else { &need.fields };
            for field in fields {
                let _ = writeln!(text, "    {}", escape(field));
            }
        }
        for TextView { paths, pattern, .. } in &self.texts {
            let lines = format!("lines of {} that match `{pattern}`", paths.join(", "));
            let _ = writeln!(text, "  {}", escape(&lines));
        }
        let secrets: Vec<_> = self.objects.iter().filter(|it| it.is_secret()).collect();
        *text += if secrets.is_empty() { "  no Secrets\n" } else { "" };
        for need in secrets {
            let fields = match need.fields.join(", ") {
                fields if fields.is_empty() => "all that is in them".to_owned(),
                fields => fields,
            };
            let secrets = format!("SECRETS of {}: {fields}", need.where_from());
            let _ = writeln!(text, "  {}", escape(&secrets));
        }
    }

    fn role_text(&self, text: &mut String) {
        *text += "\nMAY LIST IN A CLUSTER\n";
        let resources = |rules: &Value| {
            let mut all = Vec::new();
            for rule in rules.as_array().into_iter().flatten() {
                let group = rule["apiGroups"][0].as_str().unwrap_or_default();
                let names = rule["resources"].as_array().into_iter().flatten();
                let names = names.filter_map(Value::as_str).map(|it| match group {
                    "" => it.to_owned(),
                    group => format!("{it}.{group}"),
                });
                all.extend(names);
            }
            all.join(", ")
        };
        let cluster = resources(&self.role["cluster"]);
        if !cluster.is_empty() {
            let _ = writeln!(text, "  everywhere: {cluster}");
        }
        for it in self.role["namespaces"].as_array().into_iter().flatten() {
            let namespace = it["namespace"].as_str().unwrap_or_default();
            let _ = writeln!(text, "  namespace {namespace}: {}", resources(&it["rules"]));
        }
        if self.objects.is_empty() {
            *text += "  nothing\n";
        }
    }

    fn settings_text(&self, text: &mut String) {
        let properties = self.settings["properties"].as_object();
        if properties.is_some_and(|it| !it.is_empty()) {
            *text += "\nSETTINGS\n";
        }
        for (name, it) in properties.into_iter().flatten() {
            let what = it["description"].as_str().unwrap_or_default().replace('\n', " ");
            let default = format!("{name} (default {}): {what}", it["default"]);
            let _ = writeln!(text, "  {}", escape(&default));
        }
    }

    /// For programs, with what it asks for more than another version.
    pub fn json(packs: &[Self], more: Option<&[String]>) -> String {
        let mut value = serde_json::json!({ "packs": packs });
        if let Some(more) = more {
            value["asksForMore"] = more.into();
        }
        rulebox_report::visible_json(&format!("{value:#}\n"))
    }
}

fn rule(it: &rulebox_core::RuleInfo) -> RuleView {
    RuleView {
        id: it.id.clone(),
        severity: it.severity.as_str().to_owned(),
        summary: it.summary.clone(),
        requires: it.requires.clone(),
        consults: it.consults.clone(),
    }
}

fn need(it: &ObjectNeed) -> NeedView {
    NeedView {
        id: it.id.clone(),
        group: it.group.clone(),
        kind: it.kind.clone(),
        namespaces: it.namespaces.clone(),
        label_selector: it.label_selector.clone(),
        fields: it.fields.clone(),
    }
}

fn metric(it: &rulebox_core::MetricInfo) -> MetricView {
    let suffix = if it.metric_type == MetricType::Info { "_info" } else { "" };
    MetricView {
        name: format!("{}{suffix}", it.name),
        help: it.help.clone(),
        rule: it.rule.clone(),
        labels: it.labels.clone(),
    }
}
