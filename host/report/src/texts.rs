//! Each text of a report that may hold words of a dump, of a cluster or of the user, for steps that
//! change them all. Each type is taken apart by its fields, so that a new field does not compile
//! here until it is given on, or left out on purpose.

use rulebox_core::{
    AsOf, AsOfSource, AskedCluster, Baseline, ClusterMoment, ClusterUid, Evidence, Finding, Input,
    NeedCoverage, ObjectRef, PackFailure, PackSample, PackSpan, Place, Problem, Report,
    ReportedFinding, RuleOutcome, Sample, Span, Suppression, Witness,
};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// The name of a cluster.
    Cluster,
    /// The name of an input: a path, or a context.
    Input,
    /// A file inside an input.
    File,
    /// The namespace of an object.
    Namespace,
    /// The name of an object of this kind.
    Name(&'a str),
    /// The uid of an object.
    Uid,
    /// A kind, an API version or a group.
    Type,
    /// The path of a field, or the file of a line.
    Path,
    /// The value of a field of an object of this kind; the kind is empty for a line of text.
    Value {
        /// The kind of the object.
        kind: &'a str,
        /// The path of the field.
        path: &'a str,
    },
    /// The value of this label.
    Label(&'a str),
    /// The name of a row of the timeline, perhaps behind a word that says what it names.
    Lane,
    /// An object as users name it: its kind, and `namespace/name` or its name.
    Object,
    /// Sentences and commands.
    Prose,
}

/// What is done to a text.
type Change<'c> = dyn FnMut(Said<'_>, &mut String) + 'c;

/// Gives each text to `change`. Ids of rules, packs and needs, fingerprints and codes are not among
/// them: packs declare them before they see an object.
pub(crate) fn change(report: &mut Report, change: &mut Change<'_>) {
    let Report {
        tool: _,
        packs: _,
        as_of: moment,
        clusters,
        asked,
        inputs,
        coverage,
        findings,
        rules,
        failures,
        samples,
        objects,
        objects_needed: _,
        timeline,
        redacted: _,
        baseline,
        cluster_uids,
    } = report;
    if let Some(Baseline { name, as_of: _, known: _, gone }) = baseline {
        change(Said::Input, name);
        for it in gone {
            finding(it, change);
        }
    }
    for ClusterUid { cluster, uid } in cluster_uids {
        change(Said::Cluster, cluster);
        change(Said::Uid, uid);
    }
    as_of(moment, change);
    for ClusterMoment { cluster, as_of: moment } in clusters {
        change(Said::Cluster, cluster);
        as_of(moment, change);
    }
    for AskedCluster { cluster, up: _ } in asked {
        change(Said::Cluster, cluster);
    }
    for Input { name, files: _, bytes: _, objects: _, needed: _, problems } in inputs {
        change(Said::Input, name);
        for Problem { place, line: _, reason, concerns: _, kind: _ } in problems {
            change(Said::File, place);
            change(Said::Prose, reason);
        }
    }
    for it in coverage {
        let NeedCoverage {
            cluster,
            pack: _,
            need: _,
            group: _,          // as the pack declares the need
            kind: _,           // likewise
            namespaces: _,     // likewise
            label_selector: _, // likewise
            coverage: _,
            selected: _,
            reason,
        } = it;
        change(Said::Cluster, cluster);
        change(Said::Prose, reason);
    }
    for it in findings {
        finding(it, change);
    }
    for it in rules {
        let RuleOutcome {
            cluster,
            pack: _,
            rule: _,
            severity: _,
            result: _,
            reasons,
            stale_since: _,
        } = it;
        change(Said::Cluster, cluster);
        for it in reasons {
            change(Said::Prose, it);
        }
    }
    for PackFailure { cluster, pack, rule: _, code: _, message, help } in failures {
        change(Said::Cluster, cluster);
        // The path from which it was loaded, where it has no name.
        if pack.contains(['/', '.']) {
            change(Said::Input, pack);
        }
        change(Said::Prose, message);
        change(Said::Prose, help);
    }
    for PackSample { cluster, pack: _, metric, sample } in samples {
        change(Said::Cluster, cluster);
        let Sample { metric: _, label_values, value: _ } = sample;
        for (label, value) in metric.labels.iter().zip(label_values) {
            change(Said::Label(label), value);
        }
    }
    for PackSpan { cluster, span: it, pack: _ } in timeline {
        change(Said::Cluster, cluster);
        span(it, change);
    }
    for (group, kind, _) in objects {
        change(Said::Type, group);
        change(Said::Type, kind);
    }
}

fn as_of(AsOf { moment: _, source }: &mut AsOf, change: &mut Change<'_>) {
    if let AsOfSource::Witness(Witness { time: _, object, field }) = source {
        change(Said::Object, object);
        change(Said::Path, field);
    }
}

fn finding(it: &mut ReportedFinding, change: &mut Change<'_>) {
    let ReportedFinding {
        cluster,
        pack: _,
        fingerprint: _,
        finding,
        place: found,
        evidence_places,
        suppressed,
        causes: _,
    } = it;
    let Finding {
        rule: _,
        severity: _,
        subject,
        summary,
        cause,
        remedy,
        evidence,
        labels,
        caused_by,
    } = finding;
    change(Said::Cluster, cluster);
    object(subject, change);
    for it in [summary, cause, remedy] {
        change(Said::Prose, it);
    }
    for Evidence { subject, path, value } in evidence {
        let kind = subject.as_ref().map(|it| it.kind.clone()).unwrap_or_default();
        change(Said::Value { kind: &kind, path }, value);
        change(Said::Path, path);
        if let Some(it) = subject {
            object(it, change);
        }
    }
    for (label, value) in labels {
        change(Said::Label(label), value);
        change(Said::Prose, label);
    }
    for it in caused_by {
        object(it, change);
    }
    if let Some(it) = found {
        place(it, change);
    }
    for it in evidence_places.iter_mut().flatten() {
        place(it, change);
    }
    if let Some(Suppression { reason, expires: _, source: _ }) = suppressed {
        change(Said::Prose, reason);
    }
}

fn span(it: &mut Span, change: &mut Change<'_>) {
    let Span {
        start: _,
        end: _,
        lane,
        kind: _,
        subject,
        rule: _,
        summary,
        outcome: _,
        ended_by,
        labels,
    } = it;
    change(Said::Lane, lane);
    object(subject, change);
    change(Said::Prose, summary);
    for it in ended_by {
        object(it, change);
    }
    for (label, value) in labels {
        change(Said::Label(label), value);
        change(Said::Prose, label);
    }
}

fn object(it: &mut ObjectRef, change: &mut Change<'_>) {
    let ObjectRef { api_version, kind, namespace, name, uid } = it;
    change(Said::Namespace, namespace);
    change(Said::Name(kind), name);
    change(Said::Uid, uid);
    change(Said::Type, api_version);
    change(Said::Type, kind);
}

fn place(Place { input, path, line: _, logged: _ }: &mut Place, change: &mut Change<'_>) {
    change(Said::Input, input);
    change(Said::File, path);
}
