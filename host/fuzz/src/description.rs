//! What a pack says of itself, made from choices: refused in few words, or valid in all that relies
//! on it. Its ids are unique words, its rules name needs that it declares, its sentences hold
//! nothing hidden; its needs can be read by, and asked of a cluster, without a word of it becoming
//! one of a script.

use std::collections::BTreeSet;

use rulebox_core::{
    Collector, MetricInfo, MetricType, NeedSet, ObjectNeed, PackInfo, RuleInfo, Severity, TextNeed,
    text::{escape, escape_lines},
};
use rulebox_engine::checks;
use rulebox_reader::Reader;

use crate::{component::check_told, draw::Draw};

pub(crate) fn check(bytes: &[u8]) {
    let info = described(&mut Draw::new(bytes));
    match checks::description(info) {
        Ok(info) => check_valid(&info),
        Err(kind) => check_told(kind),
    }
}

fn check_valid(info: &PackInfo) {
    let again = checks::description(info.clone()).expect("what is valid stays valid");
    assert_eq!(&again, info, "to check twice is to check once");
    let PackInfo { name, version, rules, needs, metrics, settings_schema: _ } = info;
    assert!(is_made_of(name, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    assert_eq!(escape(version), *version);
    assert!(!rules.is_empty());
    let ids = needs.objects.iter().map(|it| &it.id).chain(needs.texts.iter().map(|it| &it.id));
    let need_ids = unique(ids);
    let rule_ids = unique(rules.iter().map(|it| &it.id));
    unique(metrics.iter().map(|it| &it.name));
    for RuleInfo { id, summary, documentation, requires, consults, .. } in rules {
        assert!(is_made_of(id, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        assert_eq!(escape(summary), *summary);
        assert_eq!(escape_lines(documentation), *documentation);
        assert!(requires.iter().chain(consults).all(|it| need_ids.contains(it)));
    }
    for MetricInfo { name, help, rule, labels, .. } in metrics {
        assert!(is_made_of(name, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        assert_eq!(escape_lines(help), *help);
        assert!(rule_ids.contains(rule));
        unique(labels.iter());
        assert!(labels.iter().all(|it| is_made_of(it, |c| c.is_ascii_alphanumeric() || c == '_')));
    }
    check_needs(needs);
}

fn is_made_of(text: &str, may: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(may)
}

fn unique<'i>(ids: impl Iterator<Item = &'i String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for id in ids {
        assert!(seen.insert(id.clone()), "`{id}` stands for two things");
    }
    seen
}

/// What selects and reads by the needs, and what asks a cluster for them.
fn check_needs(needs: &NeedSet) {
    const POD: &[u8] = b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {app: b}\n";
    let Ok(reader) = Reader::new(needs) else { return };
    let mut collector = Collector::new(needs.clone()).expect("the reader has parsed the selectors");
    reader.with_threads(1).read_text("a.log", POD, &mut collector);
    collector.finish();
    let Ok(script) = rulebox_bundle::script(needs, "0.1.0") else { return };
    let pod = ObjectNeed { kind: "Pod".to_owned(), ..ObjectNeed::default() };
    let secret = ObjectNeed { kind: "Secret".to_owned(), ..ObjectNeed::default() };
    let known = NeedSet { objects: vec![pod, secret], texts: Vec::new() };
    let known = rulebox_bundle::script(&known, "0.1.0").expect("kinds of Kubernetes");
    // But for how many lists there are.
    let plain = |line: &str| line.replace(|c: char| c.is_ascii_digit(), "");
    let known: BTreeSet<_> = known.lines().map(plain).collect();
    for line in script.lines().filter(|it| !known.contains(&plain(it))) {
        // A row of a table: of lists, or of the fields that the host takes of them.
        let is_safe = |c: char| c.is_ascii_alphanumeric() || " .,:/-_*@[]\"".contains(c);
        assert!(line.chars().all(is_safe), "{line:?} got into the script");
    }
}

/// A description, most of which is valid most of the time.
fn described(draw: &mut Draw<'_>) -> PackInfo {
    let needs = NeedSet { objects: draw.list(4, object_need), texts: draw.list(2, text_need) };
    PackInfo {
        name: draw.word(&["pods", "org-rules-2", "a"]),
        version: draw.word(&["1.0.0", "1.2.3-rc.1+5", "0.0.1"]),
        rules: draw.list(4, rule),
        needs,
        metrics: draw.list(3, metric),
        settings_schema: String::new(),
    }
}

const RULES: [&str; 4] = ["pod-restarts", "vault-unavailable", "a", "b2"];
const NEEDS: [&str; 5] = ["pods", "vaults", "lines", "nodes", "logs"];
const WORDS: [&str; 3] = ["A pod restarts", "It is so.", "the help"];

/// A text of any length: limits are counted in bytes.
fn long(draw: &mut Draw<'_>, words: &[&str]) -> String {
    let word = draw.word(words);
    if draw.rarely(32) { word.repeat(1 << draw.below(14)) } else { word }
}

fn rule(draw: &mut Draw<'_>) -> RuleInfo {
    RuleInfo {
        id: long(draw, &RULES),
        severity: draw.of(&Severity::ALL),
        summary: long(draw, &WORDS),
        documentation: long(draw, &WORDS),
        requires: draw.list(2, |it| it.word(&NEEDS)),
        consults: draw.list(2, |it| it.word(&NEEDS)),
    }
}

fn object_need(draw: &mut Draw<'_>) -> ObjectNeed {
    const SELECTORS: [&str; 6] = ["", "app=b", "app in (a,b),!c", "a!=b", "a notin (b", "app"];
    const FIELDS: [&str; 6] =
        ["metadata.name", "status.*.x", "spec.a[].b", "data.\"a.b/c\"", "*", "a..b"];
    ObjectNeed {
        id: long(draw, &NEEDS),
        group: draw.word(&["", "apps", "velero.io", "v1/apps"]),
        kind: draw.word(&["Pod", "Secret", "Backup", "pod list"]),
        namespaces: draw.list(3, |it| it.word(&["csdr", "default", "kube-system"])),
        label_selector: long(draw, &SELECTORS),
        fields: draw.list(4, |it| long(it, &FIELDS)),
    }
}

fn text_need(draw: &mut Draw<'_>) -> TextNeed {
    const PATHS: [&str; 5] = ["**/*.log", "**", "{a,b}/[!c]*.log", "[", "a"];
    const PATTERNS: [&str; 6] =
        ["OOM", "^panic:", "(a|b)+$", "((a{0,100}){0,100}){0,100}", "(", "\\p{L}"];
    TextNeed {
        id: long(draw, &NEEDS),
        paths: draw.list(3, |it| long(it, &PATHS)),
        pattern: long(draw, &PATTERNS),
    }
}

fn metric(draw: &mut Draw<'_>) -> MetricInfo {
    MetricInfo {
        name: long(draw, &["pod_restarts", "vault", "a_info", "b"]),
        metric_type: draw.of(&[MetricType::Gauge, MetricType::Info]),
        help: long(draw, &WORDS),
        rule: draw.word(&RULES),
        labels: draw.list(3, |it| it.word(&["pod", "namespace", "__name__", "le"])),
    }
}
