//! The alerts, one after the other.

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// `BackupCenterVaultUnavailable`.
    pub name: &'static str,
    /// `critical`, `warning` or `info`.
    pub severity: &'static str,
    /// How long it must hold.
    pub holds_for: &'static str,
    /// What is asked.
    pub expr: String,
    /// One sentence without values.
    pub summary: &'static str,
    /// What is wrong, with the values of the labels.
    pub description: String,
    /// What to do.
    pub remedy: &'static str,
    /// The rule whose documentation says more.
    pub rule: Option<&'static str>,
}

/// Alerts on findings of the built-in pack: name, severity, for how long, rules, summary. The first
/// rule is the one that is documented.
type OfPack = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str);

const OF_PACK: &[OfPack] = &[
    (
        "BackupCenterVaultUnavailable",
        "critical",
        "5m",
        &["vault-unavailable"],
        "A backup vault cannot be used",
    ),
    (
        "BackupCenterVaultNotChecked",
        "warning",
        "15m",
        &["vault-validation-stale", "vault-initializing-long"],
        "Nobody checks whether a backup vault can be used",
    ),
    ("BackupCenterBackupFailed", "warning", "1m", &["backup-failed"], "Backups have failed"),
    (
        "BackupCenterBackupPartiallyFailed",
        "warning",
        "1m",
        &["backup-partially-failed"],
        "Backups are incomplete",
    ),
    (
        "BackupCenterTaskStuck",
        "warning",
        "5m",
        &["backup-stuck"],
        "A backup or a restore does not end",
    ),
    (
        "BackupCenterNoRecentBackup",
        "critical",
        "10m",
        &["backups-none-recent"],
        "A plan or a vault has no recent backup",
    ),
    (
        "BackupCenterRestoreFailed",
        "warning",
        "1m",
        &["restore-failed", "restore-incomplete", "conversion-failed"],
        "A restore or a conversion has failed",
    ),
    (
        "BackupCenterComponentUnhealthy",
        "critical",
        "10m",
        &["component-unhealthy", "component-missing", "hbr-client-unhealthy"],
        "A component of the backup center does not work",
    ),
    (
        "BackupCenterOOMRestarts",
        "warning",
        "1m",
        &["velero-oom-restarts"],
        "A component of the backup center was killed for lack of memory",
    ),
    (
        "BackupCenterCrashLoop",
        "warning",
        "10m",
        &["migrate-controller-crash-loop"],
        "The component that installs the backup center keeps crashing",
    ),
];

/// The severities of findings that have an alert of their own, where that is a warning.
const SERIOUS: &str = "critical|high|medium";

/// The same, where it wakes somebody up.
const WORST: &str = "critical|high";

/// The rules without whose data the backup center is not watched.
const EYES: &str = "vault-unavailable|backup-failed|backups-none-recent|component-unhealthy";

/// All of them.
pub fn alerts() -> Vec<Alert> {
    OF_PACK.iter().map(of_pack).chain(of_rulebox()).collect()
}

fn of_pack((name, severity, holds_for, rules, summary): &OfPack) -> Alert {
    let which = match rules {
        [rule] => format!("rule=\"{rule}\""),
        rules => format!("rule=~\"{}\"", rules.join("|")),
    };
    let least = if *severity == "critical" { WORST } else { SERIOUS };
    Alert {
        name,
        severity,
        holds_for,
        expr: findings(&[format!("pack=\"backup-center\",{which},severity=~\"{least}\"")]),
        summary,
        description: format!(
            "{summary}: {SUBJECT}{IN_CLUSTER}. `rulebox check --live --rule \
             {{{{ $labels.rule }}}}` says why, and what to type."
        ),
        remedy: "See the finding: `rulebox check --live --rule RULE`, with the rule of the alert's \
                 label. It says the cause and the commands that mend it.",
        rule: rules.first().copied(),
    }
}

/// The object of a finding.
const SUBJECT: &str =
    "{{ $labels.kind }} {{ with $labels.namespace }}{{ . }}/{{ end }}{{ $labels.name }}";

/// Which cluster, where it has a name.
const IN_CLUSTER: &str = "{{ with $labels.cluster }} in cluster {{ . }}{{ end }}";

/// Findings that nothing else explains, one series for each object and rule, whatever else their
/// labels say: another reason is no new alert, and no second replica is.
fn findings(choices: &[String]) -> String {
    let selectors = choices.iter().map(|it| format!("rulebox_finding{{{it},caused_by=\"\"}}"));
    let selectors = selectors.collect::<Vec<_>>().join("\n  or ");
    format!("max by (cluster, rule, kind, namespace, name) (\n  {selectors}\n) > 0")
}

/// The serious findings that no alert above asks for.
fn others() -> Vec<String> {
    let rules = |of: fn(&OfPack) -> bool| {
        let rules = OF_PACK.iter().filter(|it| of(it)).flat_map(|it| it.3);
        rules.copied().collect::<Vec<_>>().join("|")
    };
    let (all, critical) = (rules(|_| true), rules(|it| it.1 == "critical"));
    vec![
        format!("pack!=\"backup-center\",severity=~\"{SERIOUS}\""),
        format!("pack=\"backup-center\",rule!~\"{all}\",severity=~\"{SERIOUS}\""),
        format!("pack=\"backup-center\",rule=~\"{critical}\",severity=\"medium\""),
    ]
}

fn of_rulebox() -> Vec<Alert> {
    let alert = |name, severity, holds_for, expr: &str, (summary, description, remedy)| {
        let text: &str = description;
        Alert {
            name,
            severity,
            holds_for,
            expr: expr.to_owned(),
            summary,
            description: text.replace("CLUSTER", IN_CLUSTER).replace("SUBJECT", SUBJECT),
            remedy,
            rule: None,
        }
    };
    vec![
        alert(
            "BackupCenterNotWatched",
            "warning",
            "30m",
            &format!(
                "max by (cluster, rule) (\n  rulebox_rule_result{{pack=\"backup-center\",\
                 rule=~\"{EYES}\",result=~\"no_data|error\"}}\n) > 0"
            ),
            (
                "A rule about the backup center cannot judge",
                "The rule {{ $labels.rule }} has no dataCLUSTER: what it would find is not \
                 reported. That is not a pass.",
                "`rulebox check --live --rule RULE` says what it could not see: mostly a \
                 permission that is missing, or a kind that is not installed.",
            ),
        ),
        alert(
            "RuleboxFinding",
            "warning",
            "5m",
            &findings(&others()),
            (
                "A rule has found a problem",
                "The rule {{ $labels.rule }} has found a problem of SUBJECTCLUSTER.",
                "`rulebox check --live --rule RULE` says why, and what to type.",
            ),
        ),
        alert(
            "RuleboxFindingMinor",
            "info",
            "15m",
            &findings(&[format!("severity!~\"{SERIOUS}\"")]),
            (
                "A rule has found a minor problem",
                "The rule {{ $labels.rule }} has found a minor problem of SUBJECTCLUSTER.",
                "`rulebox check --live --rule RULE` says why, and what to type. A finding that is \
                 known can be suppressed in the configuration.",
            ),
        ),
        alert(
            "RuleboxAbsent",
            "critical",
            "15m",
            "absent(rulebox_rule_result)",
            (
                "Rulebox gives no metrics",
                "No series of rulebox_rule_result is there: Rulebox does not run, or is not \
                 scraped. No other alert about findings can be raised.",
                "See whether its pods are ready, and whether Prometheus has them as targets.",
            ),
        ),
        alert(
            "RuleboxStale",
            "critical",
            "5m",
            "time() - max by (cluster) (rulebox_last_run_timestamp_seconds) > 900",
            (
                "Rulebox has not evaluated its rules for long",
                "The last evaluation was {{ $value | humanizeDuration }} agoCLUSTER: findings are \
                 those of then.",
                "See the log of its pods.",
            ),
        ),
        alert(
            "RuleboxClusterUnreachable",
            "critical",
            "10m",
            "max by (cluster) (rulebox_cluster_up) == 0",
            (
                "Rulebox does not reach a cluster",
                "The API server does not answerCLUSTER: what is known of it grows old, and then \
                 has no data.",
                "See the log of its pods, and whether its NetworkPolicy lets it reach the API \
                 server.",
            ),
        ),
        alert(
            "RuleboxWatchDown",
            "warning",
            "15m",
            "max by (cluster, group, kind, namespace) (rulebox_watch_up) == 0",
            (
                "Rulebox cannot watch a kind",
                "{{ $labels.kind }}{{ with $labels.group }}.{{ . }}{{ end }}{{ with \
                 $labels.namespace }} in namespace {{ . }}{{ end }} is not watchedCLUSTER: rules \
                 that need it have no data, or old data.",
                "Mostly a permission is missing: apply what `rulebox manifests` prints. Else the \
                 kind is not installed: leave its rules out with `skipRules`.",
            ),
        ),
        alert(
            "RuleboxWatchStale",
            "warning",
            "5m",
            "time() - max by (cluster, group, kind, namespace) (\n  \
             rulebox_watch_last_contact_timestamp_seconds\n) > 900",
            (
                "A watch of Rulebox is silent",
                "Nothing was heard of {{ $labels.kind }}{{ with $labels.group }}.{{ . }}{{ end }}\
                 {{ with $labels.namespace }} in namespace {{ . }}{{ end }} for \
                 {{ $value | humanizeDuration }}CLUSTER.",
                "See the log of its pods; a proxy before the API server may hold watches back.",
            ),
        ),
        alert(
            "RuleboxRuleWithoutData",
            "info",
            "1h",
            "max by (cluster, pack, rule) (rulebox_rule_result{result=\"no_data\"}) > 0",
            (
                "A rule cannot judge",
                "The rule {{ $labels.pack }}/{{ $labels.rule }} has no dataCLUSTER. That is not a \
                 pass.",
                "`rulebox check --live --rule RULE` says what it could not see. Leave a rule out \
                 that has nothing to judge here: `skipRules`.",
            ),
        ),
        alert(
            "RuleboxPackFailed",
            "warning",
            "5m",
            "max by (cluster, pack, code) (rulebox_pack_failures) > 0",
            (
                "A pack of rules fails",
                "The pack {{ $labels.pack }} fails ({{ $labels.code }})CLUSTER: some or all of its \
                 rules report nothing.",
                "`rulebox check --live` says which rule fails, and why.",
            ),
        ),
        alert(
            "RuleboxSourceErrors",
            "info",
            "30m",
            "sum by (cluster, reason) (increase(rulebox_source_errors_total[15m])) > 0",
            (
                "Requests of Rulebox to a cluster fail",
                "Requests fail again and again ({{ $labels.reason }})CLUSTER.",
                "See the log of its pods; `forbidden` is a permission that is missing.",
            ),
        ),
        alert(
            "RuleboxReloadFailed",
            "warning",
            "10m",
            "min by (cluster) (rulebox_config_last_reload_successful) == 0",
            (
                "Rulebox cannot use files that have changed",
                "The configuration, a pack or the certificate was changed and cannot be \
                 usedCLUSTER: what was loaded before stays, and a restart would fail.",
                "See the log of its pods: `what was loaded before stays` stands before the file, \
                 the line and the reason. Correct the file: it is read again by itself.",
            ),
        ),
        alert(
            "RuleboxNotificationsFailing",
            "warning",
            "15m",
            "sum by (cluster, output) (\n  \
             increase(rulebox_notifications_total{result=\"failed\"}[15m])\n) > 0",
            (
                "What Rulebox writes elsewhere is not accepted",
                "Writing to {{ $labels.output }} fails again and againCLUSTER: findings may be \
                 missing there, or be those of before.",
                "See the log of its pods. `alertmanager`: its address, and the NetworkPolicy. \
                 `events` and `reports`: a permission that is missing, or the kinds of reports are \
                 not installed; apply what `rulebox manifests` prints for the same arguments.",
            ),
        ),
        alert(
            "RuleboxSeriesDropped",
            "warning",
            "15m",
            "max by (cluster, reason) (rulebox_series_dropped{reason=~\"limit|conflict|invalid\"}) \
             > 0",
            (
                "Rulebox leaves out series",
                "{{ $value }} series are left out ({{ $labels.reason }})CLUSTER: not every finding \
                 has its alert.",
                "Raise `--max-series`, or suppress findings that are known.",
            ),
        ),
    ]
}
