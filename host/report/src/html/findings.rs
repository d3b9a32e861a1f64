//! The findings that count: an overview, and then each in full, below its cause.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use maud::{Markup, html};

use super::{
    groups::{Entry, Remedy, Shared, Tree, counted, shared, trees},
    parts::{Section, anchor, badge, grouped, lines, many, prose, step},
};
use crate::{
    shown::{is_nothing_read, known, one_line, place_text, rule_of, subject_text},
    view::{EvidenceView, FindingView, PlaceView, ReportView, StepKindView, StepView, SubjectView},
};

/// What the findings are shown with.
struct Shown<'r> {
    findings: &'r [&'r FindingView],
    /// Since when rules keep what they have found.
    stale: HashMap<(&'r str, &'r str, &'r str), &'r str>,
    /// What rules look for.
    looks_for: HashMap<(&'r str, &'r str), &'r str>,
    /// Whether all was read from one file, which the first lines name.
    is_one_file: bool,
}

pub(super) fn findings(report: &ReportView) -> Option<Section> {
    let counted = counted(report);
    if counted.is_empty() && is_nothing_read(report) {
        return None;
    }
    let rules = || report.rules.iter();
    let stale = rules()
        .filter_map(|it| Some(((&*it.cluster, &*it.pack, &*it.rule), it.stale_since.as_deref()?)));
    let looks_for = rules().map(|it| ((&*it.pack, &*it.rule), &*it.summary));
    let shown = Shown {
        findings: &counted,
        stale: stale.collect(),
        looks_for: looks_for.collect(),
        is_one_file: matches!(report.inputs.as_slice(), [it] if it.files == 1),
    };
    let trees = trees(&counted);
    let body = html! {
        @if counted.is_empty() {
            @if let Some(known) = known(report) {
                p.none { "Nothing new: " a href="#suppressed" { (known) } "." }
            } @else {
                p.none { "No rule has found anything." }
            }
        }
        (shown.overview(&trees))
        @if counted.len() > PROVEN {
            p.note {
                "The evidence of the first " (grouped(PROVEN)) " stands here, that of all "
                "in the report as JSON."
            }
        }
        @for tree in &trees { (shown.tree(tree)) }
    };
    let title = "Findings".to_owned();
    let count = counted.len();
    let class = if trees.len() > MANY { "many" } else { "" };
    Some(Section { id: "findings", title, count, class, folded: false, body })
}

/// So many lines of the overview are seen at once on a screen.
const OVERVIEW: usize = 12;

/// So many findings, the worst, have their evidence in the page: a browser takes seconds to open
/// that of 10,000. The JSON has all of it.
const PROVEN: usize = 1_000;

/// From so many trees on, a browser draws those alone that are looked at: each takes it a moment.
const MANY: usize = 50;

/// Deeper trees are drawn like this one.
const DEEPEST: usize = 4;

/// So many members of a group stand open.
const MEMBERS: usize = 8;

/// So much evidence of a finding stands open, and so much is in the page at all. The JSON has all
/// of it.
const EVIDENCE: (usize, usize) = (8, 200);

impl Shown<'_> {
    /// One line for each tree, where there are several.
    fn overview(&self, trees: &[Tree]) -> Markup {
        let below = |tree: &Tree| tree.0[1..].iter().map(|it| it.members.len()).sum::<usize>();
        html! {
            @if trees.len() > 1 {
                ol.overview aria-label="What is broken, worst first" {
                    @for tree in trees.iter().take(OVERVIEW) {
                        @let members = &tree.0[0].members;
                        @let it = self.findings[members[0]];
                        li {
                            (badge(it.severity)) " "
                            a href={ "#" (anchor(it)) } {
                                @if members.len() > 1 {
                                    (self.title(it, members.len()))
                                } @else {
                                    (short(&it.summary))
                                }
                            }
                            @if below(tree) > 0 {
                                " " span.follow { "+" (grouped(below(tree))) " below it" }
                            }
                        }
                    }
                    @if trees.len() > OVERVIEW {
                        li.rest { (grouped(trees.len() - OVERVIEW)) " more stand below" }
                    }
                }
            }
        }
    }

    /// `12 findings of backup-failed: A backup has failed`
    fn title(&self, it: &FindingView, members: usize) -> String {
        let mut title = format!("{} findings of {}", grouped(members), one_line(&it.rule));
        if let Some(looks_for) = self.looks_for.get(&(&*it.pack, &*it.rule)) {
            let _ = write!(title, ": {}", one_line(looks_for));
        }
        title
    }

    fn tree(&self, tree: &Tree) -> Markup {
        let mut said = Said::default();
        html! {
            div.tree {
                @for entry in &tree.0 {
                    @if let [at] = entry.members[..] {
                        (self.finding(at, entry, &mut said))
                    } @else {
                        (self.group(entry, &mut said))
                    }
                }
            }
        }
    }

    fn finding<'f>(&'f self, at: usize, entry: &Entry, said: &mut Said<'f>) -> Markup {
        let it = self.findings[at];
        let class = format!("finding {} depth-{}", it.severity, entry.depth.min(DEEPEST));
        let why = html! {
            (said.cause(&it.cause))
            (said.remedy(&it.steps, None))
            @if at < PROVEN { (self.proof(it, entry.depth == 0)) }
        };
        html! {
            article #(anchor(it)) class=(class)
                data-severity=(it.severity) data-cluster=(one_line(&it.cluster))
                data-pack=(one_line(&it.pack)) data-rule=(one_line(&it.rule))
                data-namespace=(one_line(&it.subject.namespace)) {
                h3 { (badge(it.severity)) " " span.what { (short(&it.summary)) } }
                (rest_of(&it.summary))
                (self.facts(it))
                (self.because(it, entry))
                @if entry.depth == 0 {
                    (why)
                } @else {
                    details.why {
                        summary {
                            @if at < PROVEN { "Cause, remedy and evidence" }
                            @else { "Cause and remedy" }
                        }
                        (why)
                    }
                }
            }
        }
    }

    /// The object, the rule and the place.
    fn facts(&self, it: &FindingView) -> Markup {
        html! {
            p.facts {
                code.subject { (one_line(&subject_text(&it.subject))) }
                @if !it.cluster.is_empty() { span.cluster { "in " (one_line(&it.cluster)) } }
                code.rule { (one_line(&rule_of(it))) }
                @if let Some(place) = &it.place { (self.place(place)) }
                (self.stale(it))
            }
        }
    }

    /// A line is enough of a place in the only file; all of it is shown where one points.
    fn place(&self, it: &PlaceView) -> Markup {
        let whole = place_text(it);
        let whole = one_line(&whole);
        html! {
            @match it.line {
                Some(line) if self.is_one_file => code.place title=(whole) { "line " (line) },
                _ => code.place { (whole) },
            }
        }
    }

    fn stale(&self, it: &FindingView) -> Markup {
        let since = self.stale.get(&(&*it.cluster, &*it.pack, &*it.rule));
        html! {
            @if let Some(since) = since {
                span.stale { "as it was at " time datetime=(since) { (since) } }
            }
        }
    }

    /// What explains it. Directly below its cause that can be seen, so it is for those who cannot
    /// see, and for a choice that does not hold the cause.
    fn because(&self, it: &FindingView, entry: &Entry) -> Markup {
        html! {
            @if let Some(above) = entry.above.map(|above| self.findings[above]) {
                p.because {
                    "because of "
                    a href={ "#" (anchor(above)) } {
                        (one_line(&above.rule)) ": " (one_line(&subject_text(&above.subject)))
                    }
                    @if it.caused_by.len() > 1 {
                        " and " (many(it.caused_by.len() - 1, "other finding"))
                    }
                }
            }
        }
    }

    /// Findings that say the same of several objects: what they share once, and a line for each.
    fn group<'f>(&'f self, entry: &Entry, said: &mut Said<'f>) -> Markup {
        let findings: Vec<_> = entry.members.iter().map(|at| self.findings[*at]).collect();
        let (first, members) = (findings[0], &entry.members);
        let shared = shared(&findings);
        let class = format!("group {} depth-{}", first.severity, entry.depth.min(DEEPEST));
        let remedy = shared.remedy.as_ref();
        let (open, folded) = members.split_at(members.len().min(MEMBERS));
        let list = |all: &[usize]| {
            html! { @for at in all { (self.member(*at, &shared)) } }
        };
        html! {
            section class=(class) data-severity=(first.severity)
                data-cluster=(one_line(&first.cluster)) data-pack=(one_line(&first.pack))
                data-rule=(one_line(&first.rule)) {
                h3 {
                    (badge(first.severity)) " "
                    span.what { (self.title(first, members.len())) }
                }
                p.facts {
                    code.rule { (one_line(&rule_of(first))) }
                    @if !first.cluster.is_empty() {
                        span.cluster { "in " (one_line(&first.cluster)) }
                    }
                    (self.stale(first))
                }
                (self.because(first, entry))
                @if let Some(cause) = shared.cause { (said.cause(cause)) }
                @if let Some(Remedy { steps, name }) = remedy {
                    (said.remedy(steps, *name))
                }
                div.members {
                    (list(open))
                    @if !folded.is_empty() {
                        details.others {
                            summary { (grouped(folded.len())) " more" }
                            (list(folded))
                        }
                    }
                }
            }
        }
    }

    fn member(&self, at: usize, shared: &Shared<'_>) -> Markup {
        let it = self.findings[at];
        let mut said = Said::default();
        let is_proven = at < PROVEN && !it.evidence.is_empty();
        let has_more = shared.cause.is_none() && !it.cause.is_empty()
            || shared.remedy.is_none() && !it.steps.is_empty()
            || is_proven
            || it.summary.chars().nth(TITLE).is_some();
        let line = html! {
            code.subject { (one_line(&subject_text(&it.subject))) } " "
            span.what { (short(&it.summary)) }
        };
        html! {
            article.finding.member #(anchor(it)) data-namespace=(one_line(&it.subject.namespace)) {
                @if has_more {
                    details.why {
                        summary { (line) }
                        (rest_of(&it.summary))
                        @if shared.cause.is_none() { (said.cause(&it.cause)) }
                        @if shared.remedy.is_none() { (said.remedy(&it.steps, None)) }
                        @if let Some(place) = &it.place { p.facts { (self.place(place)) } }
                        @if is_proven { dl { (self.rows(it)) } }
                    }
                } @else {
                    p { (line) }
                }
            }
        }
    }
}

/// What a tree has said, so that what follows from a cause does not repeat it.
#[derive(Default)]
struct Said<'f> {
    causes: HashSet<&'f str>,
    /// Of remedies: sentences and commands.
    steps: HashSet<&'f str>,
}

impl<'f> Said<'f> {
    fn cause(&mut self, cause: &'f str) -> Markup {
        let is_new = self.causes.insert(cause);
        html! {
            @if !cause.is_empty() {
                div.cause {
                    h4 { "Cause" }
                    @if is_new { div { (prose(cause)) } } @else { div { "as above" } }
                }
            }
        }
    }

    fn remedy(&mut self, steps: &'f [StepView], name: Option<&'f str>) -> Markup {
        // A sentence and the commands behind it.
        let blocks = steps.chunk_by(|_, next| next.kind != StepKindView::Say);
        let blocks: Vec<_> = blocks.map(|it| (it, self.has(it))).collect();
        let is_repeated = blocks.iter().any(|it| it.1);
        let remedy = html! {
            @if !steps.is_empty() {
                div.remedy {
                    h4 { "Remedy" }
                    div {
                        @if let Some(name) = name {
                            p.note {
                                "Shown for " code { (one_line(name)) }
                                ": for each of the others its name stands there."
                            }
                        }
                        @if is_repeated { p { "as above" } }
                        @for (block, _) in blocks.iter().filter(|it| !it.1) {
                            @for it in *block { (step(it, name)) }
                        }
                    }
                }
            }
        };
        self.steps.extend(steps.iter().map(|it| it.text.as_str()));
        remedy
    }

    /// Whether a sentence and the commands behind it say nothing new. What is typed counts: each
    /// rule introduces it in words of its own.
    fn has(&self, block: &[StepView]) -> bool {
        let mut commands = block.iter().filter(|it| it.kind != StepKindView::Say).peekable();
        let is_said = |it: &StepView| self.steps.contains(it.text.as_str());
        if commands.peek().is_none() { block.iter().all(is_said) } else { commands.all(is_said) }
    }
}

/// A title that is longer than this goes on below.
const TITLE: usize = 300;

fn short(text: &str) -> String {
    let text = one_line(text);
    match text.char_indices().nth(TITLE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}

/// All of a text whose beginning alone stands in the title.
fn rest_of(text: &str) -> Markup {
    html! {
        @if one_line(text).chars().nth(TITLE).is_some() { div.whole { (prose(text)) } }
    }
}

impl Shown<'_> {
    /// The evidence; `folded`: to be unfolded by itself.
    fn proof(&self, it: &FindingView, folded: bool) -> Markup {
        let all = html! {
            dl { (self.rows(it)) }
            p.facts { "fingerprint " code { (it.fingerprint) } }
        };
        html! {
            @if it.evidence.is_empty() {
                p.facts { "fingerprint " code { (it.fingerprint) } }
            } @else if folded {
                details.evidence {
                    summary { "Evidence " span.count { (it.evidence.len()) } }
                    (all)
                }
            } @else {
                div.proof { h4 { "Evidence" } div { (all) } }
            }
        }
    }

    /// What was seen: the object where it is another than before, with its place.
    fn rows(&self, FindingView { subject: of, evidence, .. }: &FindingView) -> Markup {
        let name = |it: &SubjectView| [&it.kind, &it.namespace, &it.name].map(String::clone);
        let mut known = HashSet::from([name(of)]);
        let mut is_new = |it: &SubjectView| known.insert(name(it));
        let mut row = |it: &EvidenceView| {
            let other = it.subject.as_ref().filter(|it| name(it) != name(of));
            let place = it.place.as_ref().filter(|_| other.is_some_and(&mut is_new));
            html! {
                div {
                    dt {
                        @if let Some(subject) = other {
                            span.of { (one_line(&subject_text(subject))) } " "
                        }
                        code { (one_line(&it.path)) }
                        @if let Some(place) = place { " " (self.place(place)) }
                    }
                    dd { (lines(&it.value)) }
                }
            }
        };
        let (open, most) = EVIDENCE;
        let (first, rest) = evidence.split_at(evidence.len().min(open));
        html! {
            @for it in first { (row(it)) }
            @if !rest.is_empty() {
                div {
                    dt.unseen { "More" }
                    dd {
                        details.more {
                            summary { (grouped(rest.len())) " more" }
                            dl { @for it in rest.iter().take(most) { (row(it)) } }
                            @if rest.len() > most {
                                p.note {
                                    (grouped(rest.len() - most))
                                    " more stand in the report as JSON."
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
