//! What happened when, as a picture: a row for each component and each vault up to the moment of
//! the report, with backups as bars, restarts and kills as marks, outages as bands, and a line from
//! what ended a backup to the backup. The same stands below it as a table.
//!
//! It is drawn here and needs no script. No sign is told by its colour alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{Timestamp, tz::Offset};
use maud::{Markup, html};

use super::parts::{self, Section, anchor};
use crate::{
    shown::{one_line, subject_text},
    view::{FindingView, ReportView, SpanView, SubjectView},
};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// The picture shows so much before its moment at least, even if nothing went wrong.
const LEAST: i64 = DAY;

/// And so much at most: in a month a backup of ten minutes would be no wider than a hair.
const MOST: i64 = 7 * DAY;

/// So many spans are drawn, those that went wrong first, then the newest: more are no picture, and
/// would make the page long.
const DRAWN: usize = 240;

/// So many rows are drawn, each of a component or a vault.
const LANES: usize = 24;

/// So many spans may lie above each other in one row.
const DEPTH: usize = 16;

/// So many stand in the table, the newest.
const LISTED: usize = 160;

/// So many things that went wrong have their name beside them.
const NAMED: usize = 60;

/// So much of a name is drawn; all of it is shown where one points.
const NAME: usize = 40;

/// So many kinds of bands are named below the picture.
const KINDS: usize = 3;

/// So much of a sentence is shown where one points, and in the table.
const SENTENCE: usize = 300;

/// Widths and heights, in units of the picture.
const WIDTH: f64 = 1000.0;
const RIGHT: f64 = 992.0;
/// The axis: a line for the moment of the report, and one for the hours.
const TOP: f64 = 42.0;
const HEADING: f64 = 22.0;
const ROW: f64 = 20.0;
const BAR: f64 = 12.0;
/// The least width of a bar: a click hits it.
const LEAST_WIDTH: f64 = 4.0;
/// Half of a mark.
const MARK: f64 = 7.0;
/// What a letter of a name takes, rather too much.
const LETTER: f64 = 6.6;

/// How a span is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Work that has an outcome.
    Bar,
    /// A state that lasted, behind all else.
    Band,
    /// What took no time.
    Mark,
}

/// A span of the report, within the picture.
struct Drawn<'r> {
    span: &'r SpanView,
    start: i64,
    /// None while it goes on.
    end: Option<i64>,
    shape: Shape,
    /// Where it stands in the picture, set once the rows are known.
    left: f64,
    right: f64,
    middle: f64,
}

impl<'r> Drawn<'r> {
    /// None where its times are no times.
    fn of(span: &'r SpanView) -> Option<Self> {
        let seconds = |it: &str| it.parse::<Timestamp>().ok().map(Timestamp::as_second);
        let start = seconds(&span.start)?;
        let end = span.end.as_deref().map(seconds);
        let end = match end {
            Some(None) => return None,
            other => other.flatten().map(|it| it.max(start)),
        };
        let shape = match (span.outcome.is_empty(), end == Some(start)) {
            (false, _) => Shape::Bar,
            (true, true) => Shape::Mark,
            (true, false) => Shape::Band,
        };
        Some(Self { span, start, end, shape, left: 0.0, right: 0.0, middle: 0.0 })
    }

    /// Whether it went wrong, or is something that does.
    fn is_trouble(&self) -> bool {
        !matches!(self.span.outcome.as_str(), "completed" | "in-progress" | "waiting")
    }

    /// What is written beside it.
    fn name(&self) -> String {
        let Self { span, .. } = self;
        match self.shape {
            Shape::Bar => short(&format!("{} {}", span.subject.name, words(&span.outcome)), NAME),
            Shape::Mark => short(&format!("{} {}", words(&span.kind), clock(self.start)), NAME),
            Shape::Band => short(&words(&span.kind), NAME),
        }
    }

    /// The moment up to which it matters: what goes on matters until the end.
    fn until(&self) -> i64 {
        self.end.unwrap_or(i64::MAX)
    }
}

/// The picture and its table; nothing where no rule told anything.
pub(super) fn timeline(report: &ReportView) -> Option<Section> {
    let all: Vec<_> = report.timeline.iter().filter_map(Drawn::of).collect();
    let window = Window::of(report, &all)?;
    let total = report.timeline.len();
    let picture = Picture::of(all, window);
    let findings = Findings::of(report);
    let left_out = total - picture.drawn.len();
    let body = html! {
        div.panel {
            @if picture.drawn.is_empty() {
                p { "Nothing happened in the last " (MOST / DAY) " days, as far as it is told." }
            } @else {
                p.unseen { (picture.label()) }
                // A picture that is wider than a phone is scrolled, also by keyboard.
                div.wide tabindex="0" role="group" aria-labelledby="timeline" {
                    (picture.svg(&findings))
                }
                (legend(&picture.drawn))
            }
            @if left_out > 0 {
                p.quiet {
                    (left_out) " of " (total)
                    " are not drawn: they are older, or too many. "
                    @if total > LISTED { "The report as JSON has all of them." }
                    @else { "The table has all of them." }
                }
            }
            (table(report, &findings))
        }
    };
    let title = "Timeline".to_owned();
    Some(Section { id: "timeline", title, count: total, class: "timeline", folded: false, body })
}

/// From when to when the picture reaches, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    from: i64,
    to: i64,
}

impl Window {
    /// Up to the moment of the report; back to the first that went wrong, a day at least and a week
    /// at most. Without that moment it ends with the newest that is told.
    fn of(report: &ReportView, all: &[Drawn<'_>]) -> Option<Self> {
        let as_of = report.as_of.time.as_deref().and_then(|it| it.parse::<Timestamp>().ok());
        let newest = all.iter().map(|it| it.end.unwrap_or(it.start)).max()?;
        let to = as_of.map_or(newest, Timestamp::as_second);
        let earliest = to - MOST;
        let seen = || all.iter().filter(|it| it.start <= to && it.until() >= earliest);
        let trouble = seen().filter(|it| it.is_trouble()).map(|it| it.start).min();
        let first = seen().map(|it| it.start).min().unwrap_or(to);
        let from = trouble.map_or(to - LEAST, |it| it.min(to - LEAST)).max(first).max(earliest);
        // A little before the first, and an hour in any case.
        let from = (from - (to - from) / 50).min(to - HOUR);
        Some(Self { from, to })
    }

    /// Where a moment stands, from the left edge to the right one.
    #[expect(clippy::cast_precision_loss, reason = "a week has few seconds")]
    fn x(self, moment: i64) -> f64 {
        let moment = moment.clamp(self.from, self.to);
        (moment - self.from) as f64 / (self.to - self.from) as f64 * RIGHT
    }

    /// The moments that the axis names, and whether a day begins there.
    fn ticks(self) -> impl Iterator<Item = (i64, bool)> {
        const STEPS: [i64; 10] =
            [5 * 60, 10 * 60, 15 * 60, 30 * 60, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
        let length = self.to - self.from;
        let step = STEPS.into_iter().find(|it| length / it <= 12).unwrap_or(DAY);
        let first = self.from.div_euclid(step) + 1;
        let last = self.to.div_euclid(step);
        (first..=last).map(move |it| (it * step, (it * step).rem_euclid(DAY) == 0))
    }
}

/// A row: what lies in it, and where.
struct Lane {
    name: String,
    top: f64,
    height: f64,
}

/// All that is drawn, with its places.
struct Picture<'r> {
    window: Window,
    drawn: Vec<Drawn<'r>>,
    /// What is written beside each that is drawn, and whether to its left.
    names: Vec<Option<(String, bool)>>,
    lanes: Vec<Lane>,
    height: f64,
}

impl<'r> Picture<'r> {
    fn of(all: Vec<Drawn<'r>>, window: Window) -> Self {
        let seen = all.into_iter();
        let seen = seen.filter(|it| it.start <= window.to && it.until() >= window.from);
        let mut seen: Vec<_> = seen.collect();
        seen.sort_by_key(|it| (!it.is_trouble(), std::cmp::Reverse(it.start)));
        seen.truncate(DRAWN);
        // What ends others stands above what it ends.
        let ended_by: BTreeSet<_> =
            seen.iter().flat_map(|it| it.span.ended_by.iter().map(key)).collect();
        let mut lanes: BTreeMap<_, (bool, Vec<Drawn<'_>>)> = BTreeMap::new();
        for it in seen {
            let lane = lanes.entry((it.span.cluster.as_str(), it.span.lane.as_str())).or_default();
            lane.0 |= it.shape == Shape::Mark && ended_by.contains(&key(&it.span.subject));
            lane.1.push(it);
        }
        let mut lanes: Vec<_> = lanes.into_iter().collect();
        // Sorting keeps the order of names.
        lanes.sort_by_key(|(_, (ends_others, _))| !ends_others);
        lanes.truncate(LANES);
        let mut picture =
            Self { window, drawn: Vec::new(), names: Vec::new(), lanes: Vec::new(), height: TOP };
        for ((cluster, name), (_, spans)) in lanes {
            let name = one_line(name);
            let name = if cluster.is_empty() {
                short(&name, 2 * NAME)
            } else {
                short(&format!("{name} in {}", one_line(cluster)), 2 * NAME)
            };
            picture.add(name, spans);
        }
        picture
    }

    /// Adds a row, with each span where there is room for it and for its name.
    fn add(&mut self, name: String, mut spans: Vec<Drawn<'r>>) {
        // Bands first: they lie behind the others.
        spans.sort_by_key(|it| (it.shape != Shape::Band, it.start));
        let top = self.height;
        // Up to where each line of the row is taken.
        let mut lines: Vec<f64> = Vec::new();
        let begun = self.drawn.len();
        for mut it in spans {
            let (start, end) = (self.window.x(it.start), self.window.x(it.until()));
            (it.left, it.right) = match it.shape {
                Shape::Mark => {
                    let at = start.clamp(MARK, RIGHT - MARK);
                    (at - MARK, at + MARK)
                }
                Shape::Bar | Shape::Band => {
                    let left = start.min(RIGHT - LEAST_WIDTH);
                    (left, end.max(left + LEAST_WIDTH))
                }
            };
            let named = self.names.iter().flatten().count();
            let name = (it.is_trouble() && named < NAMED).then(|| it.name());
            let width = name.as_deref().map_or(0.0, length);
            // That of a band stands in it, and takes a line there.
            let is_band = it.shape == Shape::Band;
            let is_left = !is_band && it.right + width > RIGHT && it.left - width > 0.0;
            let (from, to) =
                if is_left { (it.left - width, it.right) } else { (it.left, it.right + width) };
            let free = lines.iter().position(|taken| *taken <= from);
            let line = match free {
                Some(line) => line,
                None if lines.len() < DEPTH => {
                    lines.push(0.0);
                    lines.len() - 1
                }
                None => continue,
            };
            let taken = if is_band { it.left + width } else { to };
            lines[line] = taken + 4.0;
            #[expect(clippy::cast_precision_loss, reason = "there are few lines")]
            let line = line as f64;
            it.middle = top + HEADING + ROW * (line + 0.5);
            self.drawn.push(it);
            self.names.push(name.map(|it| (it, is_left)));
        }
        if self.drawn.len() == begun {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "there are few lines")]
        let height = HEADING + ROW * lines.len() as f64 + 4.0;
        self.lanes.push(Lane { name, top, height });
        self.height += height;
    }

    /// What ended a span, and was drawn: of each subject a kill rather than anything else, and the
    /// last before the end of the span, if its end is told.
    fn enders<'p>(&'p self, of: &'p Drawn<'r>) -> impl Iterator<Item = &'p Drawn<'r>> {
        of.span.ended_by.iter().filter_map(move |subject| {
            let may_end = |it: &&Drawn<'_>| {
                let is_near = it.span.cluster == of.span.cluster && it.until() >= of.start;
                is_near && is_same(&it.span.subject, subject)
            };
            self.drawn.iter().filter(may_end).max_by_key(|it| {
                let is_kill = matches!(it.span.kind.as_str(), "oom-kill" | "kill");
                (it.start <= of.until(), is_kill, it.shape == Shape::Mark, it.start)
            })
        })
    }

    /// What the picture is, for those who cannot see it.
    fn label(&self) -> String {
        let Window { from, to } = self.window;
        format!(
            "From {} {} to {} {} UTC: {} of what the table below lists",
            date(from),
            clock(from),
            date(to),
            clock(to),
            self.drawn.len()
        )
    }

    fn svg(&self, findings: &Findings<'_>) -> Markup {
        let (width, height) = (WIDTH, self.height + 4.0);
        let bands = || self.drawn.iter().filter(|it| it.shape == Shape::Band);
        let others = || self.drawn.iter().filter(|it| it.shape != Shape::Band);
        html! {
            // The table has the same, with its links.
            svg aria-hidden="true" viewBox=(format!("0 0 {width} {height:.0}")) {
                defs {
                    pattern #timeline-stuck width="6" height="6" patternUnits="userSpaceOnUse"
                        patternTransform="rotate(45)" {
                        rect.ground width="6" height="6" {}
                        rect.stripe width="2.5" height="6" {}
                    }
                    pattern #timeline-band width="8" height="8" patternUnits="userSpaceOnUse"
                        patternTransform="rotate(-45)" {
                        rect.ground width="8" height="8" {}
                        rect.stripe width="1.5" height="8" {}
                    }
                    marker #timeline-arrow viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"
                        markerHeight="7" orient="auto" {
                        path d="M0 0 8 4 0 8z" {}
                    }
                }
                @for (nth, it) in self.lanes.iter().enumerate() {
                    rect.lane.odd[nth % 2 == 1] y=(units(it.top)) width=(WIDTH)
                        height=(units(it.height)) {}
                }
                (self.axis())
                @for it in bands() { (self.one(it, findings)) }
                @for it in &self.lanes {
                    text.lane-name x="4" y=(units(it.top + 15.0)) { (it.name) }
                    // A phone shows this end first.
                    text.lane-name.last x=(RIGHT - 4.0) y=(units(it.top + 15.0)) { (it.name) }
                }
                @for it in others() { (self.one(it, findings)) }
                @for it in &self.drawn { @for by in self.enders(it) { (arrow(by, it)) } }
                @for (it, name) in self.drawn.iter().zip(&self.names) {
                    @if let Some((name, is_left)) = name { (label_of(it, name, *is_left)) }
                }
            }
        }
    }

    fn axis(&self) -> Markup {
        html! {
            @for (moment, is_day) in self.window.ticks() {
                @let x = self.window.x(moment);
                line.tick.day[is_day] x1=(units(x)) x2=(units(x)) y1="34" y2=(units(self.height)) {}
                @let name = if is_day { date(moment) } else { clock(moment) };
                // A name at an edge stands within it.
                @let half = length(&name) / 2.0;
                text.tick-name.day[is_day] x=(units(x.clamp(half, RIGHT - half))) y="29" { (name) }
            }
            line.as-of-line x1=(RIGHT) x2=(RIGHT) y1="34" y2=(units(self.height)) {}
            text.as-of-name x=(RIGHT) y="13" {
                "as of " (date(self.window.to)) " " (clock(self.window.to)) " UTC"
            }
        }
    }

    /// A span, and where its finding is.
    fn one(&self, it: &Drawn<'_>, findings: &Findings<'_>) -> Markup {
        let shape = html! {
            @match it.shape {
                Shape::Bar => (self.bar(it)),
                Shape::Band => (self.band(it)),
                Shape::Mark => (mark(it)),
            }
        };
        html! {
            @match findings.about(it.span) {
                // The table has the same link for the keyboard.
                Some(finding) => a href={ "#" (anchor(finding)) } tabindex="-1" { (shape) },
                None => (shape),
            }
        }
    }

    fn bar(&self, it: &Drawn<'_>) -> Markup {
        let class = known(&it.span.outcome, &OUTCOMES);
        let (y, width) = (units(it.middle - BAR / 2.0), it.right - it.left);
        let x = units(it.left);
        // Behind what ended it nothing works on it any more.
        let ended = self.enders(it).filter(|by| by.shape == Shape::Mark).map(|it| it.left + MARK);
        let ended = ended.fold(f64::INFINITY, f64::min).max(it.left);
        let work = (ended < it.right && class == "stuck").then(|| (ended - it.left).max(2.0));
        html! {
            g {
                title { (tooltip(it.span)) }
                rect.bar.(class) x=(x) y=(y) width=(units(width)) height=(BAR) rx="2" {}
                @if let Some(work) = work {
                    rect.bar.worked x=(x) y=(y) width=(units(work)) height=(BAR) rx="2" {}
                }
                @if matches!(class, "failed" | "partially-failed") {
                    @let (x, y) = (it.right, it.middle);
                    path.cross d=(cross(x, y, 4.0)) {}
                }
            }
        }
    }

    fn band(&self, it: &Drawn<'_>) -> Markup {
        let is_in = |lane: &&Lane| (lane.top..lane.top + lane.height).contains(&it.middle);
        let Some(lane) = self.lanes.iter().find(is_in) else { return html! {} };
        html! {
            rect.band x=(units(it.left)) y=(units(lane.top + 1.0))
                width=(units(it.right - it.left)) height=(units(lane.height - 2.0)) {
                title { (tooltip(it.span)) }
            }
        }
    }
}

/// A mark: a kill is a diamond, everything else a triangle.
fn mark(it: &Drawn<'_>) -> Markup {
    let (x, y) = (it.left + MARK, it.middle);
    let is_kill = matches!(it.span.kind.as_str(), "oom-kill" | "kill");
    let (left, right, top, bottom) = (x - MARK, x + MARK, y - MARK, y + MARK);
    html! {
        g {
            title { (tooltip(it.span)) }
            @if is_kill {
                path.mark.kill d=(format!(
                    "M{x:.1} {top:.1} {right:.1} {y:.1} {x:.1} {bottom:.1} {left:.1} {y:.1}z"
                )) {}
            } @else {
                path.mark d=(format!(
                    "M{x:.1} {top:.1} {right:.1} {bottom:.1} {left:.1} {bottom:.1}z"
                )) {}
            }
        }
    }
}

/// From what ended a span to the span.
fn arrow(from: &Drawn<'_>, to: &Drawn<'_>) -> Markup {
    let x = match from.shape {
        Shape::Mark => from.left + MARK,
        // An outage ends what it meets where that ends.
        Shape::Bar | Shape::Band => to.right.clamp(from.left, from.right),
    };
    let end = x.clamp(to.left, to.right);
    let half = if from.shape == Shape::Mark { MARK } else { 0.0 };
    let is_below = to.middle > from.middle;
    let sign = if is_below { 1.0 } else { -1.0 };
    let (y1, y2) = (from.middle + sign * half, to.middle - sign * (BAR / 2.0 + 1.0));
    // A band lies behind the bars of its row, and needs no line to them.
    let lies_behind = from.shape == Shape::Band && from.span.lane == to.span.lane;
    let is_apart = (y2 - y1) * sign > 2.0 && !lies_behind;
    html! {
        @if is_apart {
            path.ended marker-end="url(#timeline-arrow)"
                d=(format!("M{x:.1} {y1:.1} {end:.1} {y2:.1}")) {}
        }
    }
}

fn label_of(it: &Drawn<'_>, name: &str, is_left: bool) -> Markup {
    let (x, class) = match (it.shape, is_left) {
        (Shape::Band, _) => (it.left + 4.0, "beside"),
        (_, true) => (it.left - 5.0, "beside before"),
        // Behind the cross of what failed.
        (Shape::Bar, false) => (it.right + 8.0, "beside"),
        (_, false) => (it.right + 4.0, "beside"),
    };
    // What does not fit on either side begins at the edge.
    let x = if is_left { x } else { x.min((RIGHT - length(name)).max(2.0)) };
    html! { text class=(class) x=(units(x)) y=(units(it.middle + 4.0)) { (name) } }
}

fn cross(x: f64, y: f64, half: f64) -> String {
    let (left, right, top, bottom) = (x - half, x + half, y - half, y + half);
    format!("M{left:.1} {top:.1} {right:.1} {bottom:.1}M{left:.1} {bottom:.1} {right:.1} {top:.1}")
}

/// The outcomes that are drawn differently; all others are drawn alike.
const OUTCOMES: [&str; 6] =
    ["completed", "partially-failed", "failed", "in-progress", "stuck", "waiting"];

fn known(word: &str, words: &[&'static str]) -> &'static str {
    words.iter().find(|it| **it == word).copied().unwrap_or("other")
}

/// What the signs mean that stand in the picture.
fn legend(drawn: &[Drawn<'_>]) -> Markup {
    let has = |outcome: &str| drawn.iter().any(|it| it.span.outcome == outcome);
    let outcomes = OUTCOMES.into_iter().filter(|it| has(it));
    let bands = drawn.iter().filter(|it| it.shape == Shape::Band);
    let bands: BTreeSet<_> = bands.map(|it| it.span.kind.as_str()).collect();
    let bands: Vec<_> = bands.into_iter().take(KINDS).map(|it| short(&words(it), NAME)).collect();
    let is_kill = |it: &Drawn<'_>| matches!(it.span.kind.as_str(), "oom-kill" | "kill");
    let marks = || drawn.iter().filter(|it| it.shape == Shape::Mark);
    let sample = |shape: Markup, what: &str| {
        html! {
            li {
                svg aria-hidden="true" viewBox="0 0 26 14" width="26" height="14" { (shape) }
                (what)
            }
        }
    };
    html! {
        ul.legend {
            @for it in outcomes {
                (sample(html! {
                    rect.bar.(it) x="1" y="1" width="20" height=(BAR) rx="2" {}
                    @if matches!(it, "failed" | "partially-failed") {
                        path.cross d=(cross(21.0, 7.0, 4.0)) {}
                    }
                }, &words(it)))
            }
            @if marks().any(is_kill) {
                (sample(html! {
                    path.mark.kill d="M13 1 19 7 13 13 7 7z" {}
                    }, "killed"))
            }
            @if marks().any(|it| !is_kill(it)) {
                (sample(html! { path.mark d="M13 1 19 13 7 13z" {} }, "restarted, or ended"))
            }
            @if !bands.is_empty() {
                (sample(html! {
                    rect.band x="1" y="1" width="24" height="12" {}
                }, &bands.join(", ")))
            }
            @if drawn.iter().any(|it| !it.span.ended_by.is_empty()) {
                (sample(html! {
                    path.ended marker-end="url(#timeline-arrow)" d="M2 7 22 7" {}
                }, "stopped it"))
            }
        }
    }
}

/// The same as text, the newest first.
fn table(report: &ReportView, findings: &Findings<'_>) -> Markup {
    let mut all: Vec<_> = report.timeline.iter().collect();
    // They come by cluster and start; sorting keeps what is at the same time in its order.
    all.sort_by_key(|it| std::cmp::Reverse(it.start.parse::<Timestamp>().ok()));
    let several = !report.clusters.is_empty();
    let title = if all.len() > LISTED {
        format!("The same as a table (the newest {LISTED} of {})", all.len())
    } else {
        format!("The same as a table ({})", all.len())
    };
    let row = |it: &&SpanView| {
        let ended = match &it.end {
            None => "goes on".into(),
            Some(end) if *end == it.start => "".into(),
            Some(end) => one_line(end),
        };
        vec![
            html! { time { (one_line(&it.start)) } },
            html! { @if !ended.is_empty() { time { (ended) } } },
            html! {
                @match findings.about(it) {
                    Some(finding) => a href={ "#" (anchor(finding)) } { (sentence(it)) },
                    None => (sentence(it)),
                }
                @if several && !it.cluster.is_empty() { " in " (one_line(&it.cluster)) }
            },
            html! { (enders(it)) },
        ]
    };
    let rows: Vec<_> = all.iter().take(LISTED).map(row).collect();
    let columns = ["Began", "Ended", "What happened", "Stopped by"];
    html! {
        details {
            summary { (title) }
            (parts::table("Timeline as a table", &columns, &rows))
        }
    }
}

fn sentence(it: &SpanView) -> String {
    let text = one_line(&it.summary);
    if text.is_empty() {
        return short(&format!("{}: {}", words(&it.kind), subject_text(&it.subject)), SENTENCE);
    }
    short(&text, SENTENCE)
}

/// What ended it, by name.
fn enders(it: &SpanView) -> String {
    let names: Vec<_> = it.ended_by.iter().take(3).map(|it| short(&subject_text(it), 80)).collect();
    let more = it.ended_by.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &more
}

/// What is shown where one points at it.
fn tooltip(it: &SpanView) -> String {
    let when = match &it.end {
        None => format!("since {}", it.start),
        Some(end) if *end == it.start => format!("at {end}"),
        Some(end) => format!("{} to {end}", it.start),
    };
    let by = enders(it);
    let by = if by.is_empty() { by } else { format!("; stopped by {by}") };
    format!("{} ({}{by})", sentence(it), one_line(&when))
}

/// A kebab-case word as words.
fn words(word: &str) -> String {
    match word {
        "oom-kill" => "OOM-killed".to_owned(),
        "kill" => "killed".to_owned(),
        "restart" => "restarted".to_owned(),
        _ => one_line(word).replace('-', " "),
    }
}

/// No more than so many characters, all visible.
fn short(text: &str, most: usize) -> String {
    let text = one_line(text);
    match text.char_indices().nth(most) {
        None => text.into_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// How wide a name is drawn. What is not of the Latin script may be twice as wide as its letters.
#[expect(clippy::cast_precision_loss, reason = "names are short")]
fn length(name: &str) -> f64 {
    let letters: usize = name.chars().map(|it| if it.is_ascii() { 1 } else { 2 }).sum();
    letters as f64 * LETTER + 10.0
}

fn units(number: f64) -> String {
    format!("{number:.1}")
}

/// `2026-09-15`
fn date(seconds: i64) -> String {
    civil(seconds).map(|it| it.date().to_string()).unwrap_or_default()
}

/// `23:40`
fn clock(seconds: i64) -> String {
    civil(seconds).map(|it| format!("{:02}:{:02}", it.hour(), it.minute())).unwrap_or_default()
}

fn civil(seconds: i64) -> Option<jiff::civil::DateTime> {
    Timestamp::from_second(seconds).ok().map(|it| Offset::UTC.to_datetime(it))
}

/// What an object is known by, but for its uid and its version.
type Key<'v> = (&'v str, &'v str, &'v str, &'v str);

fn key(it: &SubjectView) -> Key<'_> {
    let group = it.api_version.split_once('/').map_or("", |(group, _)| group);
    (group, &it.kind, &it.namespace, &it.name)
}

/// Whether two references mean one object; one of them may lack the uid.
fn is_same(a: &SubjectView, b: &SubjectView) -> bool {
    key(a) == key(b) && (a.uid.is_empty() || b.uid.is_empty() || a.uid == b.uid)
}

/// The findings about what is in the timeline.
struct Findings<'r>(HashMap<(&'r str, Key<'r>), &'r FindingView>);

impl<'r> Findings<'r> {
    /// Of each object the first, which is the worst, that is about it, else one that names it.
    fn of(report: &'r ReportView) -> Self {
        let told: BTreeSet<_> =
            report.timeline.iter().map(|it| (it.cluster.as_str(), key(&it.subject))).collect();
        let counted = || report.findings.iter().filter(|it| it.suppressed.is_none());
        let mut about = HashMap::new();
        for it in counted() {
            let key = (it.cluster.as_str(), key(&it.subject));
            if told.contains(&key) {
                about.entry(key).or_insert(it);
            }
        }
        for it in counted() {
            for named in it.evidence.iter().filter_map(|it| it.subject.as_ref()) {
                let key = (it.cluster.as_str(), key(named));
                if told.contains(&key) {
                    about.entry(key).or_insert(it);
                }
            }
        }
        Self(about)
    }

    fn about(&self, it: &SpanView) -> Option<&'r FindingView> {
        self.0.get(&(it.cluster.as_str(), key(&it.subject))).copied()
    }
}
