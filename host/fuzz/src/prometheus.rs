//! The text for Prometheus, of a report in which every text of a dump or a pack is any: a parser
//! that knows the format alone, and not how it is written here, takes all of it, and gives back the
//! families that were written. The format:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{Report, text::escape_lines};
use rulebox_report::{
    PrometheusOptions,
    metrics::{Families, FamilyType},
    prometheus,
};

use crate::{draw::Draw, report::report};

pub(crate) fn check(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    let is_cut = draw.rarely(4);
    let max_series = if is_cut { draw.below(32) } else { 10_000 };
    let report = report(&mut draw);
    let text = prometheus(&report, PrometheusOptions { max_series });
    let control = text.chars().find(|it| it.is_control() && *it != '\n');
    assert_eq!(control, None, "in\n{text}");
    let read = parse(&text).unwrap_or_else(|why| panic!("{why} in\n{text}"));
    let mut families = Families::of(&report);
    families.limit(max_series);
    check_same(&read, &families, &text);
    if !is_cut {
        check_findings(&report, &read, &text);
    }
}

/// What was read is what was to be written.
fn check_same(read: &BTreeMap<String, Family>, families: &Families, text: &str) {
    let names: Vec<_> = families.iter().map(|it| it.0).collect();
    assert_eq!(read.keys().collect::<Vec<_>>(), names, "in\n{text}");
    for (name, family) in families.iter() {
        let is = &read[name];
        assert_eq!(is.help, family.help(), "in\n{text}");
        assert_eq!(is.kind == "counter", family.family_type() == FamilyType::Counter);
        let owned = |it: (&str, &str)| (it.0.to_owned(), it.1.to_owned());
        let wanted: Vec<(Labels, f64)> = family
            .series()
            .map(|(labels, value)| (labels.iter().map(owned).collect(), value))
            .collect();
        assert_eq!(is.series.len(), wanted.len(), "series of {name} in\n{text}");
        for (is, wanted) in is.series.iter().zip(&wanted) {
            assert_eq!(is.0, wanted.0, "in\n{text}");
            let is_same = is.1.total_cmp(&wanted.1).is_eq() || (is.1.is_nan() && wanted.1.is_nan());
            assert!(is_same, "{} instead of {} in\n{text}", is.1, wanted.1);
        }
    }
}

/// Each finding that counts has its series, with the names that the dump has for its subject.
fn check_findings(report: &Report, read: &BTreeMap<String, Family>, text: &str) {
    for it in report.findings.iter().filter(|it| it.suppressed.is_none()) {
        let subject = &it.finding.subject;
        let wanted = [
            ("pack", &it.pack),
            ("rule", &it.finding.rule),
            ("kind", &subject.kind),
            ("namespace", &subject.namespace),
            ("name", &subject.name),
        ];
        let has = |labels: &Labels| {
            let is = |(name, value): &(&str, &String)| {
                let label = labels.iter().find(|it| it.0 == *name);
                label.is_some_and(|it| it.1 == escape_lines(value))
            };
            wanted.iter().all(is)
        };
        let family = read.get("rulebox_finding").expect("there is a finding");
        assert!(family.series.iter().any(|it| has(&it.0)), "no series of {subject} in\n{text}");
    }
}

type Labels = Vec<(String, String)>;

/// A family as it was read.
#[derive(Debug, Default)]
struct Family {
    help: String,
    kind: String,
    series: Vec<(Labels, f64)>,
}

/// Reads the format, and refuses what Prometheus refuses, and families or series that come twice.
fn parse(text: &str) -> Result<BTreeMap<String, Family>, String> {
    let mut families = BTreeMap::<String, Family>::new();
    let mut current = String::new();
    let mut seen = BTreeSet::new();
    let Some(text) = text.strip_suffix('\n') else {
        return Err("no line feed at the end".to_owned());
    };
    for line in text.split('\n') {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').ok_or_else(|| format!("`{line}`"))?;
            check_name(name, true)?;
            name.clone_into(&mut current);
            let help = unescaped(help, false)?;
            let family = Family { help, ..Family::default() };
            if families.insert(current.clone(), family).is_some() {
                return Err(format!("two families {name}"));
            }
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let kind = kind.strip_prefix(&current).and_then(|it| it.strip_prefix(' '));
            let kind = kind.ok_or_else(|| format!("`{line}` is of another family"))?;
            if !["gauge", "counter"].contains(&kind) {
                return Err(format!("`{kind}` is no type"));
            }
            kind.clone_into(&mut families.get_mut(&current).ok_or("no HELP before TYPE")?.kind);
        } else if !line.starts_with('#') {
            let (name, labels, value) = series(line)?;
            let family = families.get_mut(name).filter(|_| name == current);
            let family = family.ok_or_else(|| format!("`{line}` is of another family"))?;
            // To Prometheus, an empty label is none, and their order is nothing.
            let named: BTreeSet<_> = labels.iter().filter(|it| !it.1.is_empty()).cloned().collect();
            if !seen.insert((current.clone(), named)) {
                return Err(format!("a series twice: `{line}`"));
            }
            family.series.push((labels, value));
        }
    }
    match families.iter().find(|it| it.1.kind.is_empty() || it.1.series.is_empty()) {
        Some((name, _)) => Err(format!("no type or no series of {name}")),
        None => Ok(families),
    }
}

/// `name{label="value",…} 1`
fn series(line: &str) -> Result<(&str, Labels, f64), String> {
    let end = line.find(['{', ' ']).ok_or_else(|| format!("`{line}`"))?;
    let (name, mut rest) = line.split_at(end);
    check_name(name, true)?;
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while let Some((label, after)) = rest.split_once("=\"") {
            check_name(label, false)?;
            if labels.iter().any(|it| it.0 == label) {
                return Err(format!("the label {label} twice in `{line}`"));
            }
            let end =
                end_of_value(after).ok_or_else(|| format!("no end of a value in `{line}`"))?;
            labels.push((label.to_owned(), unescaped(&after[..end], true)?));
            rest = &after[end + 1..];
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').ok_or_else(|| format!("no `}}` in `{line}`"))?;
    }
    let value = rest.strip_prefix(' ').ok_or_else(|| format!("no value in `{line}`"))?;
    if value.contains(' ') {
        return Err(format!("more than a value in `{line}`"));
    }
    let value = value.parse().map_err(|_| format!("`{value}` is no number"))?;
    Ok((name, labels, value))
}

/// Where the quote stands that ends a value.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn unescaped(text: &str, is_value: bool) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\\') => out.push('\\'),
                Some('n') => out.push('\n'),
                Some('"') if is_value => out.push('"'),
                other => return Err(format!("the escape {other:?} in `{text}`")),
            },
            c => out.push(c),
        }
    }
    Ok(out)
}

fn check_name(name: &str, may_colon: bool) -> Result<(), String> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || (may_colon && c == ':');
    let is_name = name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit());
    if is_name { Ok(()) } else { Err(format!("`{name}` is no name")) }
}
