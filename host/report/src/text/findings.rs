//! Findings: what is wrong, why, what to type, and what shows it. Those that the configuration
//! suppresses stand behind them.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use rulebox_core::{
    Evidence, Finding, ObjectRef, Report, ReportedFinding, Suppression, SuppressionSource,
    text::escape,
};

use super::{
    alike::Rows,
    overview::{of_more, of_rest},
    page::{FIELD, Item, Page, count},
    places::{in_brackets, shown_place},
    remedy::{self, AS_ABOVE, remedy},
    style::Detail,
};
use crate::links::linked;

/// How many characters of one value of evidence are shown unless verbose: four lines of a terminal.
/// Longer values are logs and stack traces.
const VALUE_SHOWN: usize = 320;

/// How many values of evidence are shown unless verbose. Rules give what tells most first.
const EVIDENCE_SHOWN: usize = 8;

/// How many causes that stand elsewhere are named unless verbose.
const CAUSES_SHOWN: usize = 5;

/// How many suppressed findings are shown unless verbose: somebody knows of them.
const SUPPRESSED_SHOWN: usize = 10;

/// The findings that count, in trees: a cause in full, what follows from it with what that adds.
pub(super) fn findings<'r>(
    page: &mut Page,
    report: &'r Report,
    cluster: &str,
    (rows, names): (&Rows<'_>, &HashMap<(&str, &str), usize>),
    said: &mut remedy::Said<'r>,
) {
    // The finding at the top of the tree, and what the tree has said.
    let (mut top, mut in_tree) = (0, Said::default());
    for row in rows.shown.iter().filter(|it| report.findings[it.at].cluster == cluster) {
        let it = &report.findings[row.at];
        let follows = row.depth > 0;
        if let Some(more) = row.more {
            more_heading(
                page,
                follows,
                it,
                &of_more(more, &format!("{}/{}", it.pack, it.finding.rule)),
            );
            continue;
        }
        if !follows {
            (top, in_tree) = (row.at, Said::default());
            said.begin_tree();
        }
        let causes = it.causes.iter().filter_map(|cause| names.get(&(cluster, cause.as_str())));
        // That it follows from the finding at the top is clear where it stands.
        let told = causes.filter(|&&cause| !follows || top != cause);
        let causes: Vec<_> = told.map(|&cause| &report.findings[cause]).collect();
        finding(page, it, follows, &causes, (&mut in_tree, said));
    }
    if let Some(it) = rows.rest.get(cluster) {
        page.has_cuts = true;
        page.line(0, &of_rest(*it));
        page.line(2, SHOWN_BY);
        page.gap();
    }
}

/// How findings are shown that are left out.
const SHOWN_BY: &str = "--verbose shows them as the others, --quiet in a line each";

/// Of findings that are like those before them, how many there are.
fn more_heading(page: &mut Page, follows: bool, it: &ReportedFinding, words: &str) {
    let also = if follows { "also " } else { "" };
    page.has_cuts = true;
    let severity = page.severity(it.finding.severity);
    page.line(0, &format!("{also}{severity}  {}", escape(words)));
    page.line(2, SHOWN_BY);
    page.gap();
}

/// What a tree of findings has said, so that what follows from a cause does not repeat it.
#[derive(Default)]
struct Said<'r> {
    subjects: HashSet<[&'r str; 4]>,
    causes: HashSet<&'r str>,
    evidence: HashSet<([&'r str; 4], &'r str, &'r str)>,
}

fn finding<'r>(
    page: &mut Page,
    it: &'r ReportedFinding,
    follows: bool,
    causes: &[&ReportedFinding],
    (in_tree, said): (&mut Said<'r>, &mut remedy::Said<'r>),
) {
    let ReportedFinding {
        cluster: _,
        pack,
        fingerprint,
        finding,
        place,
        evidence_places: _, // with the evidence
        suppressed: _,
        causes: _, // those that are to be told are given
    } = it;
    let Finding {
        rule,
        severity,
        subject,
        summary,
        cause,
        remedy: to_do,
        evidence: _,
        labels,
        caused_by: _, // what became of it is in the causes
    } = finding;
    page.heading(follows, *severity, subject, pack, rule);
    page.prose(2, "", summary);
    let named = page.most(causes.len(), CAUSES_SHOWN);
    page.list("due to", causes[..named].iter().map(|it| Item::from(due_to(it))));
    page.rest(2 + FIELD, causes.len() - named);
    let is_said = !cause.is_empty() && !in_tree.causes.insert(cause);
    page.prose(2, "cause", if is_said { AS_ABOVE } else { cause });
    remedy(page, to_do, subject, said);
    let is_new = in_tree.subjects.insert(name(subject));
    if let Some(place) = place.as_ref().filter(|_| is_new)
        && let Some(words) = shown_place(place)
    {
        let words = escape(&words);
        let link = page.style.links.of(&place.input, &place.path);
        let words = link.map_or_else(|| words.to_string(), |it| linked(&words, it));
        page.labelled(2, 2 + FIELD, Some("found at"), &words);
    }
    evidence(page, it, in_tree);
    if page.style.detail == Detail::Verbose {
        let labels = labels.iter().map(|(name, value)| format!("{name} = {value}").into());
        page.list("labels", labels);
        page.line(2, &format!("fingerprint {}", escape(fingerprint)));
    }
    page.gap();
}

/// `BackupLocation csdr/vault  backup-center/vault-unavailable`
fn due_to(it: &ReportedFinding) -> String {
    let ReportedFinding { pack, finding: Finding { rule, subject, .. }, suppressed, .. } = it;
    let known = if suppressed.is_some() { ", which is suppressed" } else { "" };
    format!("{subject}  {pack}/{rule}{known}")
}

/// What names an object; a reference may lack the version or the uid.
fn name(object: &ObjectRef) -> [&str; 4] {
    [object.group(), &object.kind, &object.namespace, &object.name]
}

/// `path = value`, after the object where that is not the finding's subject. The first time, the
/// object's place stands behind it: `(dump.yaml:812)`, or only `(line 812)` in the file that was
/// named last. What the tree has said already is not repeated.
fn evidence<'r>(page: &mut Page, finding: &'r ReportedFinding, said: &mut Said<'r>) {
    let ReportedFinding { finding: Finding { subject: of, .. }, place, .. } = finding;
    let mut named = HashSet::from([name(of)]);
    let mut file = place.as_ref().filter(|it| it.line.is_some());
    let key = |it: &'r Evidence| {
        let Evidence { subject, path, value } = it;
        (subject.as_ref().map_or([""; 4], name), path.as_str(), value.as_str())
    };
    let mut new: Vec<_> =
        finding.evidence().filter(|(it, _)| !said.evidence.contains(&key(it))).collect();
    let shown = page.most(new.len(), EVIDENCE_SHOWN);
    let rest = new.len() - shown;
    new.truncate(shown);
    said.evidence.extend(new.iter().map(|(it, _)| key(it)));
    let mut items = Vec::new();
    for (Evidence { subject, path, value }, place) in new {
        let mut item = Item::from(String::new());
        if let Some(it) = subject.as_ref().filter(|it| name(it) != name(of)) {
            let place = place.filter(|_| named.insert(name(it)));
            let place = place.and_then(|place| Some((place, in_brackets(place, &mut file)?)));
            if let Some((place, words)) = &place {
                let link = page.style.links.of(&place.input, &place.path);
                let words = escape(words.trim_matches([' ', '(', ')'])).into_owned();
                item.link = link.map(|it| (words, it.to_owned()));
            }
            let place = place.map(|it| it.1).unwrap_or_default();
            item.text = format!("{it}{place}: ");
        }
        let is = if path.is_empty() { "" } else { " = " };
        let _ = write!(item.text, "{path}{is}{}", page.shown(value, VALUE_SHOWN));
        items.push(item);
    }
    page.list("evidence", items.into_iter());
    page.rest(2 + FIELD, rest);
}

pub(super) fn suppressed(page: &mut Page, report: &Report, cluster: &str) {
    let hidden: Vec<_> = report
        .findings
        .iter()
        .filter(|it| it.cluster == cluster)
        .filter_map(|it| Some((it, it.suppressed.as_ref()?)))
        .collect();
    if hidden.is_empty() {
        return;
    }
    let configured = |it: &SuppressionSource| *it == SuppressionSource::Configuration;
    let by = if hidden.iter().all(|it| configured(&it.1.source)) {
        ", by the configuration"
    } else {
        ""
    };
    page.title("SUPPRESSED", &format!("{}{by}", count(hidden.len(), "finding")));
    let shown = page.most(hidden.len(), SUPPRESSED_SHOWN);
    for (it, Suppression { reason, expires, source }) in &hidden[..shown] {
        let Finding { rule, severity, subject, summary, .. } = &it.finding;
        let (pack, rule) = (escape(&it.pack), escape(rule));
        let subject = subject.to_string();
        page.line(2, &format!("{severity}  {}  {pack}/{rule}", escape(&subject)));
        page.prose(4, "", summary);
        let until = expires
            .as_ref()
            .map_or_else(|| "no expiry".to_owned(), |it| format!("until {}", it.typed));
        let by = match source {
            SuppressionSource::Configuration => until,
            SuppressionSource::Annotation => format!("by the annotation of the object, {until}"),
            // It ends with the report that is named.
            SuppressionSource::Baseline => "known".to_owned(),
        };
        page.prose(4, "", &format!("{by}: {reason}"));
    }
    page.rest(2, hidden.len() - shown);
    page.gap();
}
