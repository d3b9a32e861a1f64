//! Reports written by hand.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rulebox_core::{
    AsOf, AsOfSource, ClusterMoment, Concerns, Coverage, Evidence, Expiry, Finding, Input,
    MetricInfo, MetricType, Moment, NeedCoverage, ObjectRef, PackFailure, PackSample, PackSpan,
    PackVersion, Place, Problem, Report, ReportedFinding, RuleInfo, RuleOutcome, RuleResult,
    Sample, Severity, Span, Suppression, Tool, Witness,
};

use crate::{arrange, identify};

const PACK: &str = "backup-center";

pub(crate) fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: String::new(),
    }
}

pub(crate) fn evidence(subject: &ObjectRef, path: &str, value: &str) -> Evidence {
    Evidence { subject: Some(subject.clone()), path: path.to_owned(), value: value.to_owned() }
}

pub(crate) fn finding(rule: &str, severity: Severity, subject: ObjectRef) -> ReportedFinding {
    ReportedFinding {
        cluster: String::new(),
        pack: PACK.to_owned(),
        fingerprint: String::new(),
        finding: Finding {
            rule: rule.to_owned(),
            severity,
            subject,
            summary: String::new(),
            cause: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            labels: Vec::new(),
            caused_by: Vec::new(),
        },
        place: None,
        evidence_places: Vec::new(),
        suppressed: None,
        causes: Vec::new(),
    }
}

pub(crate) fn outcome(
    rule: &str,
    severity: Severity,
    result: RuleResult,
    reason: &str,
) -> RuleOutcome {
    RuleOutcome {
        cluster: String::new(),
        pack: PACK.to_owned(),
        rule: RuleInfo {
            id: rule.to_owned(),
            severity,
            summary: format!("What {rule} looks for"),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        },
        severity,
        result,
        reasons: if reason.is_empty() { Vec::new() } else { vec![reason.to_owned()] },
        stale_since: None,
    }
}

pub(crate) fn sample(metric: &MetricInfo, values: &[&str], value: f64) -> PackSample {
    PackSample {
        cluster: String::new(),
        pack: PACK.to_owned(),
        metric: Arc::new(metric.clone()),
        sample: Sample {
            metric: metric.name.clone(),
            label_values: values.iter().map(ToString::to_string).collect(),
            value,
        },
    }
}

pub(crate) fn metric(name: &str, metric_type: MetricType, labels: &[&str]) -> MetricInfo {
    MetricInfo {
        name: name.to_owned(),
        metric_type,
        help: format!("What {name} tells."),
        rule: "vault-unavailable".to_owned(),
        labels: labels.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) fn problem(place: &str, line: Option<u64>, reason: &str, lost: bool) -> Problem {
    let concerns = if lost { Concerns::Everything } else { Concerns::Nothing };
    Problem {
        place: place.to_owned(),
        line,
        reason: reason.to_owned(),
        concerns,
        ..Problem::default()
    }
}

pub(crate) fn place(input: &str, path: &str, line: Option<u64>) -> Place {
    Place { input: input.to_owned(), path: path.to_owned(), line, logged: false }
}

pub(crate) fn coverage(
    need: &str,
    group: &str,
    kind: &str,
    coverage: Coverage,
    selected: usize,
    reason: &str,
) -> NeedCoverage {
    NeedCoverage {
        cluster: String::new(),
        pack: PACK.to_owned(),
        need: need.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespaces: Vec::new(),
        label_selector: String::new(),
        coverage,
        selected,
        reason: reason.to_owned(),
    }
}

/// Something that goes on, without an outcome.
pub(crate) fn span(kind: &str, lane: &str, subject: &ObjectRef, start: &str) -> PackSpan {
    let span = Span {
        start: time(start),
        end: None,
        lane: lane.to_owned(),
        kind: kind.to_owned(),
        subject: subject.clone(),
        rule: "backup-failed".to_owned(),
        summary: format!("{kind} of {}", subject.name),
        outcome: String::new(),
        ended_by: Vec::new(),
        labels: Vec::new(),
    };
    PackSpan { cluster: String::new(), span, pack: PACK.to_owned() }
}

/// The same, ended.
pub(crate) fn ended(mut it: PackSpan, end: &str, outcome: &str) -> PackSpan {
    it.span.end = Some(time(end));
    outcome.clone_into(&mut it.span.outcome);
    it
}

/// What happened to csdr-velero, two vaults and five backups: one was killed, one is stuck since,
/// one failed in an outage.
pub(crate) fn happenings() -> Vec<PackSpan> {
    let backup =
        |name: &str| object("csdr.alibabacloud.com/v1beta1", "ApplicationBackup", "csdr", name);
    let pod = object("v1", "Pod", "csdr", "csdr-velero-0");
    let vault = object("csdr.alibabacloud.com/v1beta1", "BackupLocation", "csdr", "vault-a");
    let of = |lane, name, start| span("backup", lane, &backup(name), start);
    let at = "2026-07-01T10:20:05Z";
    let mut kill = ended(span("oom-kill", "csdr-velero", &pod, at), at, "");
    kill.span.labels = vec![("container".to_owned(), "velero".to_owned())];
    let mut killed =
        ended(of("vault b", "b-2", "2026-07-01T10:00:00Z"), "2026-07-01T10:21:00Z", "failed");
    killed.span.ended_by = vec![pod.clone()];
    let mut stuck = of("vault b", "b-3", "2026-07-01T10:10:00Z");
    stuck.span.outcome = "stuck".to_owned();
    stuck.span.ended_by = vec![pod.clone()];
    let mut refused =
        ended(of("vault vault-a", "a-2", "2026-07-01T11:00:00Z"), "2026-07-01T11:00:30Z", "failed");
    refused.span.ended_by = vec![vault.clone()];
    let mut runs = of("vault b", "b-4", "2026-07-01T12:20:00Z");
    runs.span.outcome = "in-progress".to_owned();
    let restart = "2026-06-30T23:59:00Z";
    vec![
        kill,
        ended(span("restart", "csdr-velero", &pod, restart), restart, ""),
        ended(of("vault b", "b-1", "2026-07-01T04:00:00Z"), "2026-07-01T04:30:00Z", "completed"),
        killed,
        stuck,
        runs,
        span("outage", "vault vault-a", &vault, "2026-07-01T10:55:00Z"),
        ended(
            of("vault vault-a", "a-1", "2026-07-01T05:00:00Z"),
            "2026-07-01T05:30:00Z",
            "completed",
        ),
        refused,
    ]
}

/// With fingerprints, and in order.
pub(crate) fn ready(mut report: Report) -> Report {
    identify(&mut report.findings);
    arrange(report)
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// Something of everything, of one dump.
pub(crate) fn rich() -> Report {
    let vault = object("csdr.alibabacloud.com/v1beta1", "BackupLocation", "csdr", "vault-a");
    let event = object("v1", "Event", "csdr", "vault-a.17");
    let pod = object("v1", "Pod", "csdr", "csdr-velero-0");
    let node = object("v1", "Node", "", "node-1");

    let mut unavailable = finding("vault-unavailable", Severity::Critical, vault.clone());
    unavailable.finding = Finding {
        summary: "The vault is Unavailable: \
                  nothing can be backed up to it or restored from it."
            .to_owned(),
        cause: "The bucket cnfs-oss-a does not exist in region cn-beijing, \
                or the account that the vault uses does not own it."
            .to_owned(),
        remedy: "Create the bucket again, or name another one in the vault:\n\
                 kubectl -n csdr patch backuplocation vault-a --type merge \
                 -p '{\"spec\":{\"objectStorage\":{\"bucket\":\"NAME\"}}}'\n\
                 The vault is checked every five minutes."
            .to_owned(),
        evidence: vec![
            evidence(&vault, "status.phase", "Unavailable"),
            evidence(
                &event,
                "message",
                "NoSuchBucket: The specified bucket does not exist. \
                 RequestId 5C3D9175B6FC201293AD",
            ),
        ],
        labels: vec![
            ("vault".to_owned(), "vault-a".to_owned()),
            ("bucket".to_owned(), "cnfs-oss-a".to_owned()),
            ("name".to_owned(), "shadowed".to_owned()),
            ("request_id".to_owned(), "5C3D9175B6FC201293AD".to_owned()),
        ],
        ..unavailable.finding
    };

    let at = |path: &str, line| Some(place("bundle.tar.gz", path, line));
    unavailable.place = at("csdr/backuplocations.yaml", Some(812));
    unavailable.evidence_places =
        vec![unavailable.place.clone(), at("csdr/events.yaml", Some(47_110))];

    let mut oom = finding("velero-oom-restarts", Severity::High, pod.clone());
    oom.finding.summary =
        "The container velero was restarted 7 times because it ran out of memory.".to_owned();
    oom.finding.cause = "Its limit is 256Mi.".to_owned();
    oom.finding.remedy =
        "kubectl -n csdr set resources deployment/csdr-velero --limits=memory=512Mi".to_owned();
    oom.finding.evidence = vec![evidence(
        &pod,
        "status.containerStatuses[0].lastState.terminated.reason",
        "OOMKilled",
    )];

    // As where the pod stands in a list inside a list.
    oom.place = Some(place("-", "", None));
    oom.evidence_places = vec![oom.place.clone()];

    let mut known = finding("component-version", Severity::Medium, node);
    known.finding.summary = "The kubelet is older than 1.20.".to_owned();
    known.suppressed = Some(Suppression {
        reason: "upgrade is planned, ticket 4711".to_owned(),
        expires: Some(Expiry {
            time: time("2026-09-01T00:00:00Z"),
            typed: "2026-08-31".to_owned(),
        }),
        ..Suppression::default()
    });

    let info = metric("backup_center_backup_location", MetricType::Info, &["name", "phase"]);
    let restarts = metric("backup_center_component_restarts", MetricType::Gauge, &["pod"]);
    let last = metric(
        "backup_center_last_successful_backup_timestamp_seconds",
        MetricType::Gauge,
        &["schedule"],
    );

    ready(Report {
        tool: Some(Tool { name: "Rulebox".to_owned(), version: "1.2.3".to_owned() }),
        packs: vec![PackVersion {
            name: PACK.to_owned(),
            version: "4.5.6".to_owned(),
            contract: "0.1.0".to_owned(),
        }],
        asked: Vec::new(),
        timeline: happenings(),
        baseline: None,
        cluster_uids: Vec::new(),
        as_of: AsOf {
            moment: Moment::bounded(Some(time("2026-07-01T12:30:00Z")), None),
            source: AsOfSource::Witness(Witness {
                time: time("2026-07-01T12:30:00Z"),
                field: "lastTimestamp".to_owned(),
                object: "Event csdr/vault-a.17".to_owned(),
            }),
        },
        clusters: Vec::new(),
        inputs: vec![
            Input {
                name: "bundle.tar.gz".to_owned(),
                files: 4,
                bytes: 1_500_000,
                objects: 120,
                needed: 20,
                problems: vec![
                    problem("logo.png", None, "is a picture", false),
                    problem("pods.yaml", Some(4711), "the file ends inside an object", true),
                ],
            },
            Input {
                name: "-".to_owned(),
                files: 1,
                bytes: 512,
                objects: 1,
                needed: 1,
                problems: vec![],
            },
        ],
        coverage: vec![
            coverage(
                "vaults",
                "csdr.alibabacloud.com",
                "BackupLocation",
                Coverage::Complete,
                1,
                "",
            ),
            coverage("pods", "", "Pod", Coverage::Partial, 19, "pods.yaml ends inside an object"),
            coverage(
                "twins",
                "velero.io",
                "BackupStorageLocation",
                Coverage::Absent,
                0,
                "the dump holds no BackupStorageLocation",
            ),
        ],
        findings: vec![known, oom, unavailable],
        rules: vec![
            outcome("vault-unavailable", Severity::Critical, RuleResult::Fail, ""),
            outcome("velero-oom-restarts", Severity::High, RuleResult::Fail, ""),
            outcome("component-version", Severity::Medium, RuleResult::Fail, ""),
            outcome("backup-failed", Severity::High, RuleResult::Pass, ""),
            outcome(
                "vault-twin-drift",
                Severity::Low,
                RuleResult::NoData,
                "the dump holds no BackupStorageLocation",
            ),
            outcome(
                "hbr-client-unhealthy",
                Severity::High,
                RuleResult::NoData,
                "the dump holds no BackupStorageLocation",
            ),
            outcome("backup-stuck", Severity::High, RuleResult::Error, "it ran out of time"),
            outcome("backups-none-recent", Severity::Info, RuleResult::Skipped, "--skip-rule"),
        ],
        failures: vec![
            PackFailure {
                cluster: String::new(),
                pack: PACK.to_owned(),
                rule: Some("backup-stuck".to_owned()),
                code: "deadline-exceeded".to_owned(),
                message: "the rule did not end within 2 s".to_owned(),
                help:
                    "raise limits.deadline in rulebox.yaml, or report it to the author of the pack"
                        .to_owned(),
            },
            PackFailure {
                cluster: String::new(),
                pack: "./org.wasm".to_owned(),
                rule: None,
                code: "import-refused".to_owned(),
                message: "the pack imports wasi:sockets/tcp".to_owned(),
                help: String::new(),
            },
        ],
        samples: vec![
            sample(&info, &["vault-a", "Unavailable"], 1.0),
            sample(&restarts, &["csdr-velero-0"], 7.0),
            sample(&restarts, &["csdr-controller-0"], 0.5),
            sample(&last, &[""], 1_782_000_000.0),
        ],
        objects: vec![
            (String::new(), "Pod".to_owned(), 119),
            ("csdr.alibabacloud.com".to_owned(), "BackupLocation".to_owned(), 2),
        ],
        objects_needed: 20,
        redacted: BTreeMap::new(),
    })
}

/// A vault that explains the failures of backups and a plan, a component that another explains, and
/// a plan whose cause is suppressed.
pub(crate) fn trees() -> Report {
    let csdr = |kind: &str, name: &str| object("csdr.alibabacloud.com/v1beta1", kind, "csdr", name);
    let vault = csdr("BackupLocation", "vault-a");
    let denied = "OSS refuses the bucket cnfs-oss-a.";
    let policy = "Grant the role a policy for the bucket, then let the vault read it again:\n  \
                  kubectl -n csdr rollout restart deploy csdr-controller";
    let phase = evidence(&vault, "status.phase", "Unavailable");
    let at = |line| Some(place("dump.yaml", "", Some(line)));

    let mut unavailable = finding("vault-unavailable", Severity::Critical, vault.clone());
    unavailable.finding.summary = "Vault vault-a is unavailable.".to_owned();
    unavailable.finding.cause = denied.to_owned();
    unavailable.finding.remedy =
        format!("{policy}\nSee whether it is Available:\n  kubectl -n csdr get backuplocations");
    unavailable.finding.evidence = vec![phase.clone()];
    unavailable.place = at(7);
    unavailable.evidence_places = vec![at(7)];

    let backup = csdr("ApplicationBackup", "orders-1");
    let mut failed = finding("backup-failed", Severity::High, vault.clone());
    failed.finding.summary = "2 backups failed because of their vault vault-a.".to_owned();
    failed.finding.cause = denied.to_owned();
    failed.finding.remedy = format!("{policy}\nThen start the backups again.");
    failed.finding.evidence = vec![phase, evidence(&backup, "status.phase", "Failed")];
    failed.place = at(7);
    failed.evidence_places = vec![at(7), at(99)];

    let schedule = |name: &str| object("velero.io/v1", "Schedule", "csdr", name);
    let mut late = finding("backups-none-recent", Severity::High, schedule("orders"));
    late.finding.summary = "Plan orders has no backup since Monday.".to_owned();
    late.finding.cause = "Its vault is unavailable.".to_owned();
    late.finding.remedy = policy.to_owned();

    let deployment = |namespace, name: &str| object("apps/v1", "Deployment", namespace, name);
    let installer = deployment("kube-system", "migrate-controller");
    let mut crashing = finding("component-unhealthy", Severity::Medium, installer);
    crashing.finding.summary = "migrate-controller crashes.".to_owned();
    let controller = deployment("csdr", "csdr-controller");
    let mut missing = finding("component-missing", Severity::Critical, controller);
    missing.finding.summary = "csdr-controller is not installed.".to_owned();
    let mut stuck = finding("backup-stuck", Severity::High, csdr("ApplicationBackup", "books-1"));
    stuck.finding.summary = "Backup books-1 is in progress for 5 h.".to_owned();

    let mut known = finding("velero-oom-restarts", Severity::Critical, controller_pod());
    known.suppressed =
        Some(Suppression { reason: "ticket 4711".to_owned(), ..Suppression::default() });
    let mut left = finding("backups-none-recent", Severity::Low, schedule("drill"));
    left.finding.summary = "Plan drill has no recent backup.".to_owned();

    let mut report = Report {
        findings: vec![left, known, stuck, missing, crashing, late, failed, unavailable],
        inputs: vec![Input { name: "dump.yaml".to_owned(), objects: 9, ..Input::default() }],
        ..Report::default()
    };
    identify(&mut report.findings);
    let name = |at: usize| report.findings[at].fingerprint.clone();
    let place = |rule: &str, name: &str| {
        let is_it =
            |it: &ReportedFinding| it.finding.rule == rule && it.finding.subject.name == name;
        report.findings.iter().position(is_it).expect("a finding")
    };
    let follows = [
        (place("backup-failed", "vault-a"), vec![name(place("vault-unavailable", "vault-a"))]),
        (
            place("backups-none-recent", "orders"),
            vec![
                name(place("vault-unavailable", "vault-a")),
                name(place("backup-stuck", "books-1")),
            ],
        ),
        (
            place("component-missing", "csdr-controller"),
            vec![name(place("component-unhealthy", "migrate-controller"))],
        ),
        (
            place("backup-stuck", "books-1"),
            vec![name(place("component-missing", "csdr-controller"))],
        ),
        (
            place("backups-none-recent", "drill"),
            vec![name(place("velero-oom-restarts", "csdr-controller-0"))],
        ),
    ];
    for (at, causes) in follows {
        report.findings[at].causes = causes;
    }
    arrange(report)
}

fn controller_pod() -> ObjectRef {
    object("v1", "Pod", "csdr", "csdr-controller-0")
}

/// Two files, and not one object.
pub(crate) fn nothing_read() -> Report {
    Report {
        inputs: vec![
            Input { name: "empty.yaml".to_owned(), files: 1, ..Input::default() },
            Input {
                name: "notes.txt".to_owned(),
                files: 1,
                bytes: 70,
                problems: vec![problem("", None, "holds no Kubernetes object", true)],
                ..Input::default()
            },
        ],
        rules: vec![outcome(
            "vault-unavailable",
            Severity::High,
            RuleResult::NoData,
            "no BackupLocation was read",
        )],
        ..Report::default()
    }
}

/// One problem in two clusters, and a third cluster that forbids to read.
pub(crate) fn clusters() -> Report {
    let mut report = Report {
        as_of: AsOf { moment: Moment::at(time("2026-07-01T12:30:00Z")), source: AsOfSource::Now },
        ..Report::default()
    };
    let owned = metric("backup_center_clusters", MetricType::Gauge, &["cluster"]);
    for cluster in ["prod", "dev"] {
        let (cluster_of, as_of) = (cluster.to_owned(), report.as_of.clone());
        report.clusters.push(ClusterMoment { cluster: cluster_of, as_of });
        let mut it =
            finding("velero-oom-restarts", Severity::High, object("v1", "Pod", "csdr", "velero-0"));
        it.finding.summary = "It ran out of memory.".to_owned();
        it.cluster = cluster.to_owned();
        report.findings.push(it);
        let rule = outcome("velero-oom-restarts", Severity::High, RuleResult::Fail, "");
        report.rules.push(RuleOutcome { cluster: cluster.to_owned(), ..rule });
        let sample = sample(&owned, &["own"], 1.0);
        report.samples.push(PackSample { cluster: cluster.to_owned(), ..sample });
        report.inputs.push(Input {
            name: format!("context {cluster}"),
            objects: 5,
            needed: 1,
            ..Input::default()
        });
    }
    let rule =
        outcome("velero-oom-restarts", Severity::High, RuleResult::NoData, "pods is forbidden");
    report.rules.push(RuleOutcome { cluster: "test".to_owned(), ..rule });
    report.objects_needed = 2;
    ready(report)
}

/// A dump full of control characters and faked lines.
pub(crate) fn hostile() -> Report {
    let mut it = finding(
        "vault\u{1b}]0;rule\u{7}",
        Severity::Low,
        object("v1", "Pod\nCRITICAL  fake", "ns\u{202e}", "a\"b\\c\r\u{0}"),
    );
    it.finding.summary = "first\nCRITICAL  Pod a/b  faked \u{1b}[2J".to_owned();
    it.finding.cause = "one\nCRITICAL  two\u{9b}31m".to_owned();
    it.finding.remedy = "Do:\nkubectl get pods \u{1b}[8m; rm x".to_owned();
    it.finding.evidence = vec![evidence(&object("v1", "\u{7}", "", "\n"), "p\n", "v\u{200b}\t")];
    it.place = Some(place("in\u{1b}", "p\n\u{202e}", Some(1)));
    it.evidence_places = vec![Some(place("in\n", "", Some(2)))];
    it.finding.labels = vec![("9\nx".to_owned(), "l\n\u{1b}".to_owned())];
    it.suppressed = None;
    let mut hidden = it.clone();
    hidden.finding.summary.push('2');
    hidden.suppressed =
        Some(Suppression { reason: "a\n\u{1b}".to_owned(), ..Suppression::default() });
    let mut rule = outcome("r\n\u{1b}", Severity::Low, RuleResult::NoData, "why\n\u{1b}");
    rule.pack = "p\u{1b}".to_owned();
    let mut error = rule.clone();
    error.rule.id.push('2');
    error.result = RuleResult::Error;
    let failure = PackFailure {
        cluster: String::new(),
        pack: "p\n\u{1b}".to_owned(),
        rule: Some("\u{1b}".to_owned()),
        code: "c\u{1b}".to_owned(),
        message: "m\u{1b}".to_owned(),
        help: "h\u{1b}".to_owned(),
    };
    let mut info = metric("hostile", MetricType::Gauge, &["l"]);
    info.help = "back\\slash\nand \u{1b}".to_owned();
    let mut first = span("\u{1b}", "l\n\u{1b}", &it.finding.subject, "0001-01-01T00:00:00Z");
    first.span.summary = "s\u{1b}\n</svg><script>".to_owned();
    first.span.outcome = "o\n\u{1b}".to_owned();
    first.span.ended_by = vec![it.finding.subject.clone()];
    first.span.labels = vec![("9\nx".to_owned(), "l\n\u{1b}".to_owned())];
    let last = ended(first.clone(), "9999-12-30T22:00:00Z", "");
    ready(Report {
        tool: Some(Tool { name: "t\n\u{1b}".to_owned(), version: "v\n\u{1b}".to_owned() }),
        packs: vec![PackVersion {
            name: "p\n\u{1b}".to_owned(),
            version: "1\n::error::\u{1b}".to_owned(),
            contract: "c\n\u{1b}".to_owned(),
        }],
        asked: Vec::new(),
        timeline: vec![first, last],
        baseline: None,
        cluster_uids: Vec::new(),
        as_of: AsOf {
            moment: Moment::bounded(Some(Timestamp::UNIX_EPOCH), None),
            source: AsOfSource::Witness(Witness {
                time: Timestamp::UNIX_EPOCH,
                field: "\u{1b}".to_owned(),
                object: "\n".to_owned(),
            }),
        },
        clusters: Vec::new(),
        inputs: vec![Input {
            name: "in\u{1b}".to_owned(),
            objects: 1,
            needed: 1,
            problems: vec![problem("p\u{1b}\n", Some(1), "r\u{1b}\n", true)],
            ..Input::default()
        }],
        coverage: vec![coverage("n\u{1b}", "g\u{1b}", "k\n", Coverage::Partial, 1, "r\u{1b}")],
        findings: vec![it, hidden],
        rules: vec![rule, error],
        failures: vec![failure],
        samples: vec![sample(&info, &["a\"\\\n\u{0}"], f64::NEG_INFINITY)],
        objects: vec![("g\n\u{1b}".to_owned(), "\u{7f}".to_owned(), 1)],
        objects_needed: 1,
        redacted: BTreeMap::from([("a\u{1b}\n\"<".to_owned(), 2)]),
    })
}

/// No rule could judge, and the moment is unknown.
pub(crate) fn no_data() -> Report {
    let reason = "the dump holds no Backup (velero.io); \
                  take it again with `kubectl get backups.velero.io -A -o yaml`";
    ready(Report {
        inputs: vec![Input {
            name: "pods.yaml".to_owned(),
            files: 1,
            bytes: 2048,
            objects: 3,
            ..Input::default()
        }],
        rules: vec![
            outcome("backup-failed", Severity::High, RuleResult::NoData, reason),
            outcome(
                "backup-stuck",
                Severity::High,
                RuleResult::NoData,
                "the moment of the dump is unknown",
            ),
            outcome("backup-partially-failed", Severity::High, RuleResult::NoData, reason),
        ],
        objects: vec![(String::new(), "Pod".to_owned(), 3)],
        ..Report::default()
    })
}

/// Every report above, by name.
pub(crate) fn all() -> [(&'static str, Report); 6] {
    [
        ("rich", rich()),
        ("trees", trees()),
        ("nothing_read", nothing_read()),
        ("clusters", clusters()),
        ("hostile", hostile()),
        ("no_data", no_data()),
    ]
}
