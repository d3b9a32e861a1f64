//! The picture of what happened when: what is drawn, where, and what is not.

use jiff::Timestamp;
use rulebox_core::{AsOf, AsOfSource, Moment, PackSpan, Report};

use super::sample::{ended, happenings, object, ready, rich, span, time};
use crate::{PageOptions, html, view::ReportView};

/// The moment of the reports here.
const NOON: &str = "2026-07-01T12:30:00Z";

fn report(timeline: Vec<PackSpan>) -> Report {
    let as_of = AsOf { moment: Moment::at(time(NOON)), source: AsOfSource::Given };
    Report { as_of, timeline, ..Report::default() }
}

/// The part of the page that is the timeline.
fn section(report: Report) -> String {
    let page = html(&ReportView::from(&ready(report)), &PageOptions::default());
    let Some((_, rest)) = page.split_once(r#"<section class="timeline""#) else {
        return String::new();
    };
    rest.split_once("</section>").expect("it ends").0.to_owned()
}

#[test]
fn a_small_timeline() {
    // One element a line, for a reader.
    let drawn = section(rich()).replace("><", ">\n<");
    insta::assert_snapshot!(drawn);
}

#[test]
fn what_ends_a_backup_stands_above_it_with_a_line_to_it() {
    let drawn = section(report(happenings()));
    assert_eq!(drawn.matches(r#"<path class="ended" marker-end"#).count(), 3, "legend, b-2, b-3");
    let at = |name: &str| drawn.find(&format!(">{name}</text>")).expect("a row");
    assert!(at("csdr-velero") < at("vault b"), "{drawn}");
}

#[test]
fn a_day_begins_with_its_date_wherever_it_stands() {
    let drawn = section(report(happenings()));
    let of_noon = "as of 2026-07-01 12:30 UTC</text>";
    assert!(drawn.contains(of_noon), "{drawn}");
    assert_eq!(drawn.matches(">2026-07-01</text>").count(), 1, "{drawn}");
    // Beside what the moment of the report is called.
    assert!(drawn.contains(">12:00</text>"), "{drawn}");
}

#[test]
fn the_legend_calls_things_what_the_picture_calls_them() {
    let drawn = section(report(happenings()));
    let (picture, legend) = drawn.split_once("<ul class=\"legend\">").expect("a legend");
    assert!(picture.contains(">outage</text>") && legend.contains("</svg>outage</li>"), "{drawn}");
    assert!(legend.contains("</svg>stopped it</li>"), "{drawn}");
    assert!(drawn.contains("; stopped by Pod csdr/csdr-velero-0)"), "{drawn}");
}

#[test]
fn a_row_has_its_name_at_either_end() {
    let drawn = section(report(happenings()));
    for name in ["csdr-velero", "vault b", "vault vault-a"] {
        assert_eq!(drawn.matches(&format!(">{name}</text>")).count(), 2, "{drawn}");
    }
    assert_eq!(drawn.matches("class=\"lane-name last\"").count(), 3, "{drawn}");
}

#[test]
fn a_backup_that_is_stuck_was_worked_on_until_the_kill() {
    let drawn = section(report(happenings()));
    assert_eq!(drawn.matches(r#"class="bar worked""#).count(), 1);
    let name = "b-3 stuck</text>";
    assert!(drawn.contains(name) && drawn.contains("OOM-killed 10:20</text>"), "{drawn}");
}

#[test]
fn a_span_leads_to_its_finding() {
    let report = ready(rich());
    let fingerprint = |rule: &str| {
        let found = report.findings.iter().find(|it| it.finding.rule == rule);
        format!("href=\"#f-{}\"", found.expect("a finding").fingerprint)
    };
    let (pod, vault) = (fingerprint("velero-oom-restarts"), fingerprint("vault-unavailable"));
    let suppressed = fingerprint("component-version");
    let drawn = section(report);
    // Two marks of the pod and an outage of the vault, each in the picture and in the table.
    assert_eq!(drawn.matches(&pod).count(), 4, "{drawn}");
    assert_eq!(drawn.matches(&vault).count(), 2, "{drawn}");
    assert!(!drawn.contains(&suppressed));
}

#[test]
fn without_a_timeline_there_is_no_section() {
    assert_eq!(section(report(Vec::new())), "");
}

#[test]
fn what_is_older_than_a_week_is_told_and_not_drawn() {
    let pod = object("v1", "Pod", "csdr", "p");
    let old = "2026-06-20T00:00:00Z";
    let drawn = section(report(vec![ended(span("restart", "l", &pod, old), old, "")]));
    assert!(drawn.contains("Nothing happened in the last 7 days"), "{drawn}");
    assert!(drawn.contains("1 of 1 are not drawn"), "{drawn}");
    assert!(drawn.contains("The table has all of them."), "{drawn}");
}

/// The numbers of all attributes of this name.
fn numbers<'d>(drawn: &'d str, attribute: &str) -> impl Iterator<Item = f64> + 'd {
    let begin = format!(" {attribute}=\"");
    let values: Vec<_> =
        drawn.match_indices(&begin).map(|(at, it)| &drawn[at + it.len()..]).collect();
    values.into_iter().map(|it| it.split('"').next().expect("a value").parse().expect("a number"))
}

#[track_caller]
fn check_bounds(timeline: Vec<PackSpan>, as_of: Option<Timestamp>) {
    let moment = as_of.map_or_else(Moment::default, Moment::at);
    let drawn =
        section(Report { as_of: AsOf { moment, source: AsOfSource::Given }, ..report(timeline) });
    assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    let Some((_, svg)) = drawn.split_once("viewBox=\"0 0 1000 ") else { return };
    let height: f64 = svg.split('"').next().expect("a height").parse().expect("a number");
    let svg = svg.split("</svg>").next().expect("an end");
    for (attribute, most) in [
        ("x", 1000.0),
        ("x1", 1000.0),
        ("x2", 1000.0),
        ("y", height),
        ("y1", height),
        ("y2", height),
    ] {
        for it in numbers(svg, attribute) {
            assert!((0.0..=most).contains(&it), "{attribute} is {it}, of {most}: {drawn}");
        }
    }
    for it in numbers(svg, "width").chain(numbers(svg, "height")) {
        assert!((0.0..=height.max(1000.0)).contains(&it), "{it}: {drawn}");
    }
}

#[test]
fn whatever_the_times_are_all_stands_within_the_picture() {
    let moments = [
        Timestamp::MIN,
        time("0001-01-01T00:00:00Z"),
        time("2026-06-20T00:00:00Z"),
        time("2026-07-01T12:29:59Z"),
        time(NOON),
        time("9999-12-30T22:00:00Z"),
        Timestamp::MAX,
    ];
    let pod = object("v1", "Pod", "csdr", "p");
    for as_of in moments.into_iter().map(Some).chain([None]) {
        let mut all = Vec::new();
        for start in moments {
            for end in moments.into_iter().filter(|it| *it >= start).map(Some).chain([None]) {
                for outcome in ["", "failed"] {
                    let mut it = span("outage", "l", &pod, NOON);
                    (it.span.start, it.span.end) = (start, end);
                    outcome.clone_into(&mut it.span.outcome);
                    it.span.ended_by = vec![pod.clone()];
                    check_bounds(vec![it.clone()], as_of);
                    all.push(it);
                }
            }
        }
        check_bounds(all, as_of);
    }
}

#[test]
fn names_from_a_dump_are_text() {
    let mut it =
        span("backup", "</text><script>\u{1b}", &object("v1", "Pod", "<i>", "\u{202e}&"), NOON);
    it.span.summary = "</title></svg><script>alert(1)</script>\n\u{1b}[8m".to_owned();
    it.span.ended_by = vec![object("v1", "<b>", "", "\u{7}")];
    it.span.outcome = "\"><x>".to_owned();
    let drawn = section(report(vec![it]));
    for hostile in ["<script", "<i>", "<b>", "<x>", "\u{1b}", "\u{202e}", "\u{7}"] {
        assert!(!drawn.contains(hostile), "{hostile:?} in {drawn}");
    }
}

/// Two thousand backups in a week, each tenth of which was killed.
fn many() -> Vec<PackSpan> {
    let pod = object("v1", "Pod", "csdr", "csdr-velero-0123456789-abcde");
    let first = time("2026-06-25T00:00:00Z").as_second();
    let spans = (0..2000_i64).map(|nth| {
        let name = format!("orders-every-quarter-of-an-hour-{nth:014}");
        let backup = object("csdr.alibabacloud.com/v1beta1", "ApplicationBackup", "csdr", &name);
        let mut it = span("backup", &format!("vault {}", nth % 40), &backup, NOON);
        it.span.start = Timestamp::from_second(first + nth * 280).expect("a time");
        it.span.end = Timestamp::from_second(first + nth * 280 + 900).ok();
        it.span.summary = format!("Backup {name} of the plan failed after 15 minutes");
        it.span.outcome = if nth % 10 == 0 { "failed" } else { "completed" }.to_owned();
        it.span.ended_by = vec![pod.clone()];
        it
    });
    let kill = ended(span("oom-kill", "csdr-velero", &pod, NOON), NOON, "");
    spans.chain([kill]).collect()
}

#[test]
fn two_thousand_spans_stay_small_and_what_is_left_out_is_told() {
    let drawn = section(report(many()));
    assert!(drawn.len() < 150_000, "{}", drawn.len());
    assert!(drawn.contains("of 2001 are not drawn"), "it says so");
    assert!(drawn.contains("(the newest 160 of 2001)"), "and of the table");
    assert!(drawn.contains("The report as JSON has all of them."), "which has not");
}
