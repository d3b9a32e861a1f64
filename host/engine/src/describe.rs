//! What a pack says of itself, and whether that holds together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use rulebox_core::{
    MetricInfo, MetricType, ObjectNeed, PackInfo, Path, RuleInfo, Selector, TextNeed,
};

use crate::{PackErrorKind, bindings::WorldPre, engine::Shared, guest::Guest};

/// Asks a pack what it is.
pub(crate) fn describe(
    shared: &Shared,
    world: &WorldPre<Guest>,
) -> Result<PackInfo, PackErrorKind> {
    let guest = Guest::describing(shared.limits);
    let (described, _) = shared.with_store(guest, |store| {
        let instance = world.instantiate(&mut *store)?;
        instance.call_describe(store)
    });
    let info = PackInfo::from(described.map_err(PackErrorKind::Describe)?);
    let problems = problems(&info);
    if problems.is_empty() { Ok(info) } else { Err(PackErrorKind::InvalidDescription { problems }) }
}

/// All that is wrong with a description. Globs and patterns are the reader's to judge, the schema
/// [`crate::settings`]'.
fn problems(info: &PackInfo) -> Vec<String> {
    let PackInfo { name, version, rules, needs, metrics, settings_schema: _ } = info;
    let mut problems = Problems::default();
    if !is_kebab_case(name) {
        problems.add(format_args!("the pack's name `{name}` is not kebab-case"));
    }
    if !is_version(version) {
        problems.add(format_args!("its version `{version}` is not of the form 1.2.3"));
    }
    if rules.is_empty() {
        problems.add("it holds no rules");
    }
    problems.unique("rule", rules.iter().map(|it| it.id.as_str()));
    let need_ids = || {
        let objects = needs.objects.iter().map(|it| it.id.as_str());
        objects.chain(needs.texts.iter().map(|it| it.id.as_str()))
    };
    problems.unique("need", need_ids());
    problems.unique("metric", metrics.iter().map(|it| it.name.as_str()));
    let need_ids: BTreeSet<_> = need_ids().collect();
    let rule_ids: BTreeSet<_> = rules.iter().map(|it| it.id.as_str()).collect();
    for rule in rules {
        problems.rule(rule, &need_ids);
    }
    for need in &needs.objects {
        problems.object_need(need);
    }
    for need in &needs.texts {
        problems.text_need(need);
    }
    for metric in metrics {
        problems.metric(metric, &rule_ids);
    }
    problems.0
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, problem: impl Display) {
        self.0.push(problem.to_string());
    }

    fn unique<'a>(&mut self, sort: &str, ids: impl Iterator<Item = &'a str>) {
        let mut times = BTreeMap::<_, usize>::new();
        for id in ids {
            *times.entry(id).or_default() += 1;
        }
        for (id, times) in times {
            if times > 1 {
                self.add(format_args!("{times} {sort}s are called `{id}`"));
            }
        }
    }

    fn rule(&mut self, rule: &RuleInfo, needs: &BTreeSet<&str>) {
        let RuleInfo { id, severity: _, summary, documentation: _, requires, consults } = rule;
        if !is_kebab_case(id) {
            self.add(format_args!("the rule id `{id}` is not kebab-case"));
        }
        if summary.trim().is_empty() || summary.contains('\n') {
            self.add(format_args!("the summary of rule `{id}` is not one line of text"));
        }
        for need in requires.iter().chain(consults) {
            if !needs.contains(need.as_str()) {
                self.add(format_args!(
                    "rule `{id}` names the need `{need}`, which is not declared"
                ));
            }
        }
    }

    fn object_need(&mut self, need: &ObjectNeed) {
        let ObjectNeed { id, group, kind, namespaces: _, label_selector, fields } = need;
        self.need_id(id);
        if !is_word(kind) || kind.contains('/') {
            self.add(format_args!("need `{id}`: `{kind}` is no kind"));
        }
        if group.contains('/') || (!group.is_empty() && !is_word(group)) {
            self.add(format_args!("need `{id}`: `{group}` is no API group; leave out the version"));
        }
        if let Err(error) = Selector::parse(label_selector) {
            self.add(format_args!("need `{id}`: {error}"));
        }
        for field in fields {
            if let Err(error) = Path::parse(field) {
                self.add(format_args!("need `{id}`: {error}"));
            }
        }
    }

    fn text_need(&mut self, need: &TextNeed) {
        let TextNeed { id, paths, pattern } = need;
        self.need_id(id);
        if paths.is_empty() || paths.iter().any(String::is_empty) {
            self.add(format_args!("need `{id}` names no paths"));
        }
        if pattern.is_empty() {
            self.add(format_args!("need `{id}` has no pattern"));
        }
    }

    fn need_id(&mut self, id: &str) {
        if !is_word(id) || id.contains('/') {
            self.add(format_args!("the need id `{id}` is not one word without `/`"));
        }
    }

    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/>: names, labels, the suffix `_info`.
    fn metric(&mut self, metric: &MetricInfo, rules: &BTreeSet<&str>) {
        let MetricInfo { name, metric_type, help, rule, labels } = metric;
        if !is_snake_case(name) {
            self.add(format_args!("the metric name `{name}` is not snake_case"));
        }
        if name.ends_with("_info") {
            let why = match metric_type {
                MetricType::Info => "it is added where the metric is shown",
                MetricType::Gauge => "only an info metric is shown with it",
            };
            self.add(format_args!("the metric name `{name}` ends in `_info`: {why}"));
        }
        if help.trim().is_empty() {
            self.add(format_args!("metric `{name}` has no help text"));
        }
        if !rules.contains(rule.as_str()) {
            self.add(format_args!(
                "metric `{name}` names the rule `{rule}`, which is not declared"
            ));
        }
        for label in labels {
            if !is_label_name(label) {
                self.add(format_args!("metric `{name}`: `{label}` is no label name"));
            }
        }
        self.unique(&format!("label of metric `{name}`, label"), labels.iter().map(String::as_str));
    }
}

/// `vault-unavailable`
fn is_kebab_case(text: &str) -> bool {
    let word = |it: &str| {
        !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(word)
}

/// `backup_center_backups`
fn is_snake_case(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// OpenMetrics keeps names with two leading underscores for itself.
fn is_label_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with("__")
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// `1.2.3`, and what semantic versioning lets follow.
fn is_version(text: &str) -> bool {
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    let number = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
    numbers.split('.').count() == 3 && numbers.split('.').all(number) && is_word(text)
}
