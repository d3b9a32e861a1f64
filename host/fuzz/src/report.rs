//! Reports made from choices, in which every text that a dump or a pack could have chosen is any.

use std::sync::Arc;

use jiff::Timestamp;
use rulebox_core::{
    AsOf, AsOfSource, AskedCluster, Baseline, ClusterMoment, ClusterUid, Concerns, Coverage,
    Evidence, Expiry, Finding, Input, MetricInfo, MetricType, Moment, NeedCoverage, ObjectRef,
    PackFailure, PackSample, PackSpan, PackVersion, Place, Problem, Report, ReportedFinding,
    RuleInfo, RuleOutcome, RuleResult, Sample, Severity, Span, Suppression, SuppressionSource,
    Tool, Witness,
};
use rulebox_report::{arrange, identify};

use crate::draw::Draw;

/// A report in its canonical order, as `host/run` would make it.
pub(crate) fn report(draw: &mut Draw<'_>) -> Report {
    let mut findings = draw.list(5, finding);
    identify(&mut findings);
    // Each is explained by some before it, so that nothing explains itself.
    for at in 1..findings.len() {
        let causes = draw.list(2, |it| it.below(at));
        findings[at].causes =
            causes.into_iter().map(|it| findings[it].fingerprint.clone()).collect();
    }
    let known = findings.iter().map(|it| (it.cluster.clone(), it.fingerprint.clone())).collect();
    arrange(Report {
        as_of: as_of(draw),
        clusters: draw.list(2, |it| ClusterMoment { cluster: cluster(it), as_of: as_of(it) }),
        asked: draw.list(2, |it| AskedCluster { cluster: cluster(it), up: it.flag() }),
        inputs: draw.list(2, input),
        coverage: draw.list(4, coverage),
        findings,
        rules: draw.list(4, outcome),
        failures: draw.list(2, failure),
        samples: draw.list(4, sample),
        objects: draw.list(3, |it| (group(it), kind(it), it.below(9))),
        objects_needed: draw.below(9),
        timeline: draw.list(6, span),
        redacted: [("token".to_owned(), draw.below(9))].into_iter().filter(|it| it.1 > 0).collect(),
        tool: draw.flag().then(|| Tool { name: draw.text(), version: draw.text() }),
        packs: draw.list(2, |it| PackVersion {
            name: pack(it),
            version: it.text(),
            contract: it.text(),
        }),
        // What came later is drawn last: the seeds still make what they were found by.
        baseline: draw.rarely(4).then(|| Baseline {
            name: draw.text(),
            as_of: draw.flag().then(|| time(draw)),
            known,
            gone: draw.list(2, finding),
        }),
        cluster_uids: draw.list(2, |it| ClusterUid { cluster: cluster(it), uid: it.text() }),
    })
}

fn cluster(draw: &mut Draw<'_>) -> String {
    draw.word(&["", "", "", "east"])
}

fn pack(draw: &mut Draw<'_>) -> String {
    draw.word(&["pods", "backup-center"])
}

fn rule(draw: &mut Draw<'_>) -> String {
    draw.word(&["vault-unavailable", "pod-restarts"])
}

fn group(draw: &mut Draw<'_>) -> String {
    draw.word(&["", "apps", "velero.io"])
}

fn kind(draw: &mut Draw<'_>) -> String {
    draw.word(&["Pod", "Backup", "Deployment"])
}

fn object(draw: &mut Draw<'_>) -> ObjectRef {
    ObjectRef {
        api_version: draw.word(&["v1", "velero.io/v1"]),
        kind: kind(draw),
        namespace: draw.word(&["", "csdr"]),
        name: draw.text(),
        uid: String::new(),
    }
}

fn time(draw: &mut Draw<'_>) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(draw.byte()) * 3600).unwrap_or_default()
}

fn as_of(draw: &mut Draw<'_>) -> AsOf {
    let source = match draw.below(5) {
        0 => AsOfSource::Unknown,
        1 => AsOfSource::Given,
        2 => AsOfSource::Now,
        3 => AsOfSource::Bundle,
        _ => {
            let (time, object, field) = (time(draw), draw.text(), draw.text());
            AsOfSource::Witness(Witness { time, object, field })
        }
    };
    let moment = match draw.below(3) {
        0 => Moment::default(),
        1 => Moment::at(time(draw)),
        _ => Moment::bounded(Some(time(draw)), Some(time(draw))),
    };
    AsOf { moment, source }
}

fn place(draw: &mut Draw<'_>) -> Option<Place> {
    let (input, path) = (draw.text(), draw.text());
    let line = draw.flag().then(|| draw.number());
    draw.flag().then_some(Place { input, path, line, logged: false })
}

fn finding(draw: &mut Draw<'_>) -> ReportedFinding {
    let evidence = draw.list(3, |it| Evidence {
        subject: it.flag().then(|| object(it)),
        path: it.text(),
        value: it.text(),
    });
    let evidence_places = draw.list(3, place);
    let finding = Finding {
        rule: rule(draw),
        severity: draw.of(&Severity::ALL),
        subject: object(draw),
        summary: draw.text(),
        cause: draw.text(),
        remedy: draw.text(),
        evidence,
        labels: draw.list(3, |it| (label(it), it.text())),
        caused_by: Vec::new(),
    };
    let expires = draw.flag().then(|| Expiry { time: time(draw), typed: draw.text() });
    let suppressed = draw.rarely(4).then(|| {
        let source = draw.of(&SuppressionSource::ALL);
        Suppression { reason: draw.text(), expires, source }
    });
    ReportedFinding {
        cluster: cluster(draw),
        pack: pack(draw),
        fingerprint: String::new(),
        finding,
        place: place(draw),
        evidence_places,
        suppressed,
        causes: Vec::new(),
    }
}

fn label(draw: &mut Draw<'_>) -> String {
    draw.word(&["bucket", "name", "request_id", "a-b", "a_b", "caused_by", "__x", "1"])
}

fn input(draw: &mut Draw<'_>) -> Input {
    let problems = draw.list(13, |it| Problem {
        place: it.text(),
        line: it.flag().then(|| it.number()),
        reason: it.text(),
        concerns: if it.flag() { Concerns::Everything } else { Concerns::Nothing },
        ..Problem::default()
    });
    Input {
        name: draw.text(),
        files: draw.below(9),
        // All inputs together have fewer bytes than can be counted.
        bytes: draw.number() >> 8,
        objects: draw.below(3),
        needed: draw.below(3),
        problems,
    }
}

fn coverage(draw: &mut Draw<'_>) -> NeedCoverage {
    NeedCoverage {
        cluster: cluster(draw),
        pack: pack(draw),
        need: draw.word(&["pods", "backups"]),
        group: group(draw),
        kind: draw.word(&["Pod", "Backup", ""]),
        namespaces: draw.list(2, Draw::text),
        label_selector: draw.word(&["", "a=b"]),
        coverage: draw.of(&[Coverage::Absent, Coverage::Partial, Coverage::Complete]),
        selected: draw.below(3),
        reason: reason(draw),
    }
}

fn reason(draw: &mut Draw<'_>) -> String {
    const KNOWN: [&str; 4] = [
        "the input holds no Pod",
        "the cluster serves no Backup.velero.io",
        "forbidden: pods",
        "the input holds no Pod: add `kubectl get pods`",
    ];
    if draw.flag() { draw.of(&KNOWN).to_owned() } else { draw.text() }
}

fn outcome(draw: &mut Draw<'_>) -> RuleOutcome {
    let severity = draw.of(&Severity::ALL);
    let rule = RuleInfo {
        id: rule(draw),
        severity,
        summary: draw.text(),
        documentation: draw.text(),
        requires: draw.list(2, |it| it.word(&["pods", "backups"])),
        consults: Vec::new(),
    };
    RuleOutcome {
        cluster: cluster(draw),
        pack: pack(draw),
        rule,
        severity,
        result: draw.of(&RuleResult::ALL),
        reasons: draw.list(2, reason),
        stale_since: None,
    }
}

fn failure(draw: &mut Draw<'_>) -> PackFailure {
    PackFailure {
        cluster: cluster(draw),
        pack: pack(draw),
        rule: draw.flag().then(|| rule(draw)),
        code: draw.word(&["trapped", "deadline-exceeded"]),
        message: draw.text(),
        help: draw.text(),
    }
}

/// Whatever moments there are: a clock may be wrong by thousands of years.
fn span(draw: &mut Draw<'_>) -> PackSpan {
    let moment = |draw: &mut Draw<'_>| match draw.below(6) {
        0 => "0000-01-01T00:00:00Z".parse().unwrap_or_default(),
        1 => Timestamp::MAX,
        _ => time(draw),
    };
    let (start, end) = (moment(draw), moment(draw));
    let span = Span {
        start,
        end: draw.flag().then_some(end.max(start)),
        lane: draw.word(&["csdr-velero", "vault-prod"]),
        kind: draw.word(&["backup", "oom-kill", "outage", "other"]),
        subject: object(draw),
        rule: rule(draw),
        summary: draw.text(),
        outcome: draw.word(&["", "completed", "failed", "stuck", "other"]),
        ended_by: draw.list(2, object),
        labels: draw.list(2, |it| (it.word(&["container", "reason"]), it.text())),
    };
    PackSpan { cluster: cluster(draw), span, pack: pack(draw) }
}

/// A pack has one metric of a name, so the name decides which labels there are.
fn sample(draw: &mut Draw<'_>) -> PackSample {
    const LABELS: [&str; 4] = ["pod", "cluster", "exported_cluster", "a-b"];
    let name = draw.word(&["pod_restarts", "vault", "rulebox_finding", "a:b"]);
    let labels = LABELS.iter().skip(name.len() % 4).take(name.len() % 3);
    let labels: Vec<_> = labels.map(|&it| it.to_owned()).collect();
    let number = if draw.rarely(8) { draw.below(4) } else { labels.len() };
    let label_values = (0..number).map(|_| draw.text()).collect();
    let metric = MetricInfo {
        name,
        metric_type: draw.of(&[MetricType::Gauge, MetricType::Info]),
        help: draw.text(),
        rule: rule(draw),
        labels,
    };
    let sample = Sample { metric: metric.name.clone(), label_values, value: draw.float() };
    PackSample { cluster: cluster(draw), pack: pack(draw), metric: Arc::new(metric), sample }
}
