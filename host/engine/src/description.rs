//! Checks what a pack says of itself. Whoever asked it for that is not known here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use rulebox_core::{
    MetricInfo, MetricType, ObjectNeed, PackInfo, Path, RuleInfo, Selector, TextNeed,
    text::{escape, escape_lines, is_hidden},
};

use crate::{
    PackErrorKind,
    error::{cut, cut_name},
    limits::{description as limits, report::MESSAGE_BYTES},
    verify::first,
};

/// Checks what a pack says of itself; its sentences are escaped in what is returned.
pub(crate) fn check(info: PackInfo) -> Result<PackInfo, PackErrorKind> {
    check_size(&info)?;
    let problems = problems(&info);
    if problems.is_empty() {
        Ok(visible(info))
    } else {
        Err(PackErrorKind::InvalidDescription { problems: first(&problems) })
    }
}

/// Whether a description is small enough to be looked at and kept: what it holds is looked at again
/// for each object that is read.
fn check_size(info: &PackInfo) -> Result<(), PackErrorKind> {
    let PackInfo { name, version, rules, needs, metrics, settings_schema: _ } = info;
    at_most("bytes of its name", name.len(), limits::NAME_BYTES)?;
    at_most("bytes of its version", version.len(), limits::NAME_BYTES)?;
    at_most("rules", rules.len(), limits::RULES)?;
    at_most("needs for objects", needs.objects.len(), limits::OBJECT_NEEDS)?;
    at_most("needs for texts", needs.texts.len(), limits::TEXT_NEEDS)?;
    at_most("metrics", metrics.len(), limits::METRICS)?;
    for rule in rules {
        let RuleInfo { id, severity: _, summary, documentation, requires, consults } = rule;
        at_most("bytes of a rule's id", id.len(), limits::NAME_BYTES)?;
        let of = |what: &str| format!("{what} of the rule `{}`", cut_name(id));
        at_most(of("bytes of the summary"), summary.len(), limits::LINE_BYTES)?;
        at_most(of("bytes of the documentation"), documentation.len(), limits::TEXT_BYTES)?;
        at_most(of("needs"), requires.len() + consults.len(), limits::NEEDS_OF_A_RULE)?;
        longest(of("bytes of a need"), requires.iter().chain(consults), limits::NAME_BYTES)?;
    }
    let mut of_kind = BTreeMap::<_, usize>::new();
    for need in &needs.objects {
        let ObjectNeed { id, group, kind, namespaces, label_selector, fields } = need;
        at_most("bytes of a need's id", id.len(), limits::NAME_BYTES)?;
        let of = |what: &str| format!("{what} of the need `{}`", cut_name(id));
        at_most(of("bytes of the group"), group.len(), limits::NAME_BYTES)?;
        at_most(of("bytes of the kind"), kind.len(), limits::NAME_BYTES)?;
        at_most(of("namespaces"), namespaces.len(), limits::NAMESPACES)?;
        longest(of("bytes of a namespace"), namespaces, limits::NAME_BYTES)?;
        at_most(of("bytes of the label selector"), label_selector.len(), limits::SELECTOR_BYTES)?;
        at_most(of("fields"), fields.len(), limits::FIELDS)?;
        longest(of("bytes of a field"), fields, limits::LINE_BYTES)?;
        let times = of_kind.entry((group, kind)).or_default();
        *times += 1;
        at_most(format!("needs for {}", need.kind_name()), *times, limits::NEEDS_OF_A_KIND)?;
    }
    for TextNeed { id, paths, pattern } in &needs.texts {
        at_most("bytes of a need's id", id.len(), limits::NAME_BYTES)?;
        let of = |what: &str| format!("{what} of the need `{}`", cut_name(id));
        at_most(of("paths"), paths.len(), limits::GLOBS)?;
        longest(of("bytes of a path"), paths, limits::LINE_BYTES)?;
        at_most(of("bytes of the pattern"), pattern.len(), limits::LINE_BYTES)?;
    }
    for MetricInfo { name, metric_type: _, help, rule, labels } in metrics {
        at_most("bytes of a metric's name", name.len(), limits::NAME_BYTES)?;
        let of = |what: &str| format!("{what} of the metric `{}`", cut_name(name));
        at_most(of("bytes of the help"), help.len(), limits::TEXT_BYTES)?;
        at_most(of("bytes of the rule"), rule.len(), limits::NAME_BYTES)?;
        at_most(of("labels"), labels.len(), limits::LABELS)?;
        longest(of("bytes of a label"), labels, limits::NAME_BYTES)?;
    }
    Ok(())
}

fn at_most(what: impl Into<String>, found: usize, limit: usize) -> Result<(), PackErrorKind> {
    if found <= limit {
        return Ok(());
    }
    Err(PackErrorKind::DescriptionTooBig { what: what.into(), found, limit })
}

fn longest<'a>(
    what: String,
    texts: impl IntoIterator<Item = &'a String>,
    limit: usize,
) -> Result<(), PackErrorKind> {
    at_most(what, texts.into_iter().map(String::len).max().unwrap_or_default(), limit)
}

/// The description with its sentences escaped. Ids are checked, and selectors, fields and patterns
/// must stay what they are.
fn visible(mut info: PackInfo) -> PackInfo {
    for RuleInfo { summary, documentation, .. } in &mut info.rules {
        *summary = escape(summary).into_owned();
        *documentation = escape_lines(documentation).into_owned();
    }
    for MetricInfo { help, .. } in &mut info.metrics {
        *help = escape_lines(help).into_owned();
    }
    info
}

/// All problems of a description. The reader checks globs and patterns; [`crate::settings`] checks
/// the schema.
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
    problems.unique("", "rule", rules.iter().map(|it| it.id.as_str()));
    let need_ids = || {
        let objects = needs.objects.iter().map(|it| it.id.as_str());
        objects.chain(needs.texts.iter().map(|it| it.id.as_str()))
    };
    problems.unique("", "need", need_ids());
    problems.unique("", "metric", metrics.iter().map(|it| it.name.as_str()));
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
        self.0.push(cut(&problem.to_string(), MESSAGE_BYTES));
    }

    fn unique<'a>(&mut self, of: &str, sort: &str, ids: impl Iterator<Item = &'a str>) {
        let mut times = BTreeMap::<_, usize>::new();
        for id in ids {
            *times.entry(id).or_default() += 1;
        }
        for (id, times) in times {
            if times > 1 {
                self.add(format_args!("{of}{times} {sort}s are called `{id}`"));
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
            match Path::parse(field) {
                Ok(path) => self.path(id, &path),
                Err(error) => self.add(format_args!("need `{id}`: {error}")),
            }
        }
    }

    /// A field is followed into each object, step by step.
    fn path(&mut self, need: &str, path: &Path) {
        let (steps, limit) = (path.segments().len(), limits::FIELD_DEPTH);
        if steps > limit {
            self.add(format_args!(
                "need `{need}`: a field has {steps} steps; the limit is {limit}"
            ));
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

    /// Names, labels and the suffix `_info` as OpenMetrics has them:
    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
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
        self.unique(&format!("metric `{name}`: "), "label", labels.iter().map(String::as_str));
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

/// OpenMetrics reserves names with two leading underscores.
fn is_label_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with("__")
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || is_hidden(c))
}

/// `1.2.3`, with a pre-release and build metadata where semantic versioning allows them.
fn is_version(text: &str) -> bool {
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    let number = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
    numbers.split('.').count() == 3 && numbers.split('.').all(number) && is_word(text)
}

#[cfg(test)]
mod tests {
    use rulebox_core::{NeedSet, Severity};

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&it| it.to_owned()).collect()
    }

    fn valid() -> PackInfo {
        let rule = RuleInfo {
            id: "pod-restarts".to_owned(),
            severity: Severity::High,
            summary: "A pod restarts".to_owned(),
            documentation: String::new(),
            requires: words(&["pods"]),
            consults: words(&["oom-lines"]),
        };
        let pods = ObjectNeed {
            id: "pods".to_owned(),
            kind: "Pod".to_owned(),
            label_selector: "app in (a,b)".to_owned(),
            fields: words(&[r#"metadata.labels."a.b/c""#, "status.containerStatuses[].name"]),
            ..ObjectNeed::default()
        };
        let lines = TextNeed {
            id: "oom-lines".to_owned(),
            paths: words(&["**/*.log"]),
            pattern: "oom".to_owned(),
        };
        let metric = MetricInfo {
            name: "pod_restarts".to_owned(),
            metric_type: MetricType::Gauge,
            help: "Restarts".to_owned(),
            rule: "pod-restarts".to_owned(),
            labels: words(&["namespace", "pod"]),
        };
        PackInfo {
            name: "pods-2".to_owned(),
            version: "1.0.0-rc.1+5".to_owned(),
            rules: vec![rule],
            needs: NeedSet { objects: vec![pods], texts: vec![lines] },
            metrics: vec![metric],
            settings_schema: String::new(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut PackInfo), want: &[&str]) {
        let mut info = valid();
        change(&mut info);
        assert_eq!(problems(&info), want);
    }

    #[test]
    fn a_valid_description_has_no_problems() {
        check(|_| {}, &[]);
    }

    #[test]
    fn the_pack_has_a_name_a_version_and_rules() {
        let kebab = ["the pack's name `a/b` is not kebab-case"];
        check(|it| it.name = "a/b".to_owned(), &kebab);
        check(|it| it.name.clear(), &["the pack's name `` is not kebab-case"]);
        check(|it| it.name = "a--b".to_owned(), &["the pack's name `a--b` is not kebab-case"]);
        let version = ["its version `1.0` is not of the form 1.2.3"];
        check(|it| it.version = "1.0".to_owned(), &version);
        let none = |it: &mut PackInfo| {
            it.rules.clear();
            it.metrics.clear();
        };
        check(none, &["it holds no rules"]);
    }

    #[test]
    fn ids_are_words_and_unique() {
        check(
            |it| it.rules[0].id = "Pod_Restarts".to_owned(),
            &[
                "the rule id `Pod_Restarts` is not kebab-case",
                "metric `pod_restarts` names the rule `pod-restarts`, which is not declared",
            ],
        );
        check(|it| it.rules.push(it.rules[0].clone()), &["2 rules are called `pod-restarts`"]);
        check(
            |it| it.metrics.push(it.metrics[0].clone()),
            &["2 metrics are called `pod_restarts`"],
        );
        // Objects and texts share `covers`, so they share names.
        check(
            |it| it.needs.texts[0].id = "pods".to_owned(),
            &[
                "2 needs are called `pods`",
                "rule `pod-restarts` names the need `oom-lines`, which is not declared",
            ],
        );
        check(
            |it| {
                it.needs.objects[0].id = "a/b".to_owned();
                it.rules[0].requires = words(&["a/b"]);
            },
            &["the need id `a/b` is not one word without `/`"],
        );
    }

    #[test]
    fn a_rule_has_a_line_of_summary() {
        let want = ["the summary of rule `pod-restarts` is not one line of text"];
        check(|it| it.rules[0].summary = " ".to_owned(), &want);
        check(|it| it.rules[0].summary = "a\nb".to_owned(), &want);
    }

    #[test]
    fn needs_can_be_read() {
        check(|it| it.needs.objects[0].kind.clear(), &["need `pods`: `` is no kind"]);
        check(
            |it| it.needs.objects[0].group = "apps/v1".to_owned(),
            &["need `pods`: `apps/v1` is no API group; leave out the version"],
        );
        check(
            |it| it.needs.objects[0].fields = words(&["a..b"]),
            &["need `pods`: `a..b` is no field path: a key is empty"],
        );
        let mut info = valid();
        info.needs.objects[0].label_selector = "a like b".to_owned();
        assert!(problems(&info)[0].starts_with("need `pods`: `a like b` is no label selector"));
        check(|it| it.needs.texts[0].paths.clear(), &["need `oom-lines` names no paths"]);
        check(|it| it.needs.texts[0].pattern.clear(), &["need `oom-lines` has no pattern"]);
    }

    #[track_caller]
    fn check_size(change: impl FnOnce(&mut PackInfo), want: &str) {
        let mut info = valid();
        super::check_size(&info).expect("a small description");
        change(&mut info);
        let error = super::check_size(&info).expect_err("a large description");
        assert_eq!(error.code(), "description-too-big");
        assert!(error.to_string().contains(want), "{error}");
    }

    #[test]
    fn a_description_has_limits() {
        let need = |nth: usize, kind: &str| ObjectNeed {
            id: format!("n{nth}"),
            kind: kind.to_owned(),
            ..ObjectNeed::default()
        };
        let of_one_kind = (0..20_000).map(|it| need(it, "Pod")).collect();
        check_size(
            |it| it.needs.objects = of_one_kind,
            "20000 needs for objects; the limit is 256",
        );
        let of_one_kind = (0..200).map(|it| need(it, "Pod")).collect();
        check_size(|it| it.needs.objects = of_one_kind, "17 needs for Pod; the limit is 16");
        let long = || "x".repeat(1 << 20);
        check_size(|it| it.name = long(), "1048576 bytes of its name; the limit is 256");
        check_size(|it| it.rules[0].id = long(), "bytes of a rule's id");
        check_size(|it| it.rules[0].summary = long(), "bytes of the summary of the rule");
        check_size(|it| it.rules[0].documentation = long(), "bytes of the documentation");
        check_size(|it| it.rules[0].requires = vec![long()], "bytes of a need of the rule");
        check_size(|it| it.rules[0].requires = vec![word(); 400], "401 needs of the rule");
        check_size(|it| it.needs.objects[0].kind = long(), "bytes of the kind of the need `pods`");
        check_size(|it| it.needs.objects[0].fields = vec![word(); 2000], "2000 fields of the need");
        check_size(|it| it.needs.objects[0].label_selector = long(), "bytes of the label selector");
        check_size(|it| it.needs.objects[0].namespaces = vec![word(); 2000], "2000 namespaces");
        check_size(|it| it.needs.texts[0].paths = vec![word(); 200], "200 paths of the need");
        check_size(|it| it.needs.texts[0].pattern = long(), "bytes of the pattern of the need");
        check_size(|it| it.metrics[0].labels = vec![word(); 100], "100 labels of the metric");
        check_size(|it| it.rules = vec![it.rules[0].clone(); 1001], "1001 rules");
        check_size(|it| it.metrics = vec![it.metrics[0].clone(); 1001], "1001 metrics");
    }

    fn word() -> String {
        "word".to_owned()
    }

    #[test]
    fn a_field_is_no_deeper_than_an_object() {
        let deep = vec!["a"; 129].join(".");
        check(
            |it| it.needs.objects[0].fields = vec![deep],
            &["need `pods`: a field has 129 steps; the limit is 128"],
        );
    }

    #[test]
    fn metrics_are_those_of_openmetrics() {
        check(
            |it| it.metrics[0].name = "podRestarts".to_owned(),
            &["the metric name `podRestarts` is not snake_case"],
        );
        check(
            |it| it.metrics[0].name = "pod_info".to_owned(),
            &["the metric name `pod_info` ends in `_info`: only an info metric is shown with it"],
        );
        check(|it| it.metrics[0].help.clear(), &["metric `pod_restarts` has no help text"]);
        for label in ["pod-name", "__name", "1st", ""] {
            let want = format!("metric `pod_restarts`: `{label}` is no label name");
            check(|it| it.metrics[0].labels = words(&[label]), &[&want]);
        }
        check(
            |it| it.metrics[0].labels = words(&["pod", "pod"]),
            &["metric `pod_restarts`: 2 labels are called `pod`"],
        );
    }
}
