//! What the rules tell of the whole dumps for the timeline: what happened when, and what ended
//! what.

use std::fmt::Write as _;

use std::{fs, path::Path};

use rulebox_rules_standard::packs::backup_center;
use rulebox_sdk::{Span, testing};

/// A span in a line: its times, its row, what it is, how it came out, and what ended it.
fn line(it: &Span) -> String {
    let Span { start, end, lane, kind, subject, outcome, ended_by, .. } = it;
    let end = match end {
        Some(end) if end == start => String::new(),
        Some(end) => format!(" to {end}"),
        None => " on".to_owned(),
    };
    let outcome = if outcome.is_empty() { String::new() } else { format!(" {outcome}") };
    let mut by = String::new();
    for it in ended_by {
        let _ = write!(by, " < {it}");
    }
    format!("{start}{end} [{lane}] {kind} {}{outcome}{by}", subject.name)
}

/// What one rule tells of a dump.
fn tell(dump: &str, rule: &str) -> Vec<Span> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clusters").join(dump);
    let text = fs::read_to_string(path).expect("a dump");
    // The comments at its head say what all rules find.
    let begin = text.find("apiVersion").expect("an object");
    testing::evaluate(&backup_center::pack(), rule, &text[begin..]).spans
}

#[track_caller]
fn check(dump: &str, rule: &str, want: &[&str]) {
    let told = tell(dump, rule);
    assert_eq!(told.iter().map(line).collect::<Vec<_>>(), want, "{told:#?}");
}

#[test]
fn a_kill_ends_the_backup_that_is_stuck_since() {
    check(
        "velero-oom.yaml",
        "component-unhealthy",
        &["2026-09-14T23:52:48Z [csdr-velero] oom-kill csdr-velero-mpz4skvgd-j4pfd"],
    );
    check(
        "velero-oom.yaml",
        "backup-stuck",
        &["2026-09-14T23:30:00Z on [vault vault-erp] backup erp-every-6h-20260914233000 stuck \
           < Pod csdr/csdr-velero-mpz4skvgd-j4pfd"],
    );
}

#[test]
fn backups_that_have_ended_are_told_the_newest_first() {
    check(
        "velero-oom.yaml",
        "backup-failed",
        &[
            "2026-09-14T17:30:00Z to 2026-09-14T17:42:22Z [vault vault-erp] backup \
             erp-every-6h-20260914173000 completed",
            "2026-09-14T11:30:00Z to 2026-09-14T11:42:22Z [vault vault-erp] backup \
             erp-every-6h-20260914113000 completed",
            "2026-09-14T05:30:00Z to 2026-09-14T05:42:22Z [vault vault-erp] backup \
             erp-every-6h-20260914053000 completed",
        ],
    );
}

#[test]
fn an_outage_of_a_vault_begins_with_the_first_sign_of_it() {
    check(
        "vault-denied.yaml",
        "vault-unavailable",
        &["2026-09-15T02:00:09Z on [vault vault-prod] outage vault-prod"],
    );
    // Its events have expired; backups that failed for it say so themselves.
    check(
        "two-vaults.yaml",
        "vault-unavailable",
        &["2026-09-13T00:30:00Z on [vault vault-bj] outage vault-bj"],
    );
}

#[test]
fn a_vault_ends_the_backups_that_say_so() {
    let told = tell("vault-denied.yaml", "backup-failed");
    let failed = told.iter().filter(|it| it.outcome == "failed");
    let by: Vec<_> = failed.flat_map(|it| &it.ended_by).map(ToString::to_string).collect();
    assert_eq!(by, ["BackupLocation csdr/vault-prod"; 2]);
}

#[test]
fn a_crash_loop_is_told_since_its_first_sign() {
    check(
        "migrate-crash-loop.yaml",
        "migrate-controller-crash-loop",
        &["2026-09-15T00:31:19Z on [migrate-controller] crash-loop \
           migrate-controller-6jbk4shb57-x4ncv"],
    );
}

/// A dump may hold any text and any time; a span of it must be one that the host takes.
const HOSTILE: &str = r#"
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: "a\u001b", namespace: csdr, creationTimestamp: "-009999-01-02T02:00:00Z"}
spec: {storageLocation: LONG}
status: {phase: "No\nPhase"}
---
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: "b\u001b", namespace: csdr, creationTimestamp: "9999-12-30T21:00:00Z"}
spec: {storageLocation: LONG}
status: {phase: "No\nPhase"}
"#;

#[test]
fn a_hostile_dump_gives_spans_that_the_contract_takes() {
    let text = HOSTILE.replace("LONG", &"v".repeat(1000));
    let spans = testing::evaluate(&backup_center::pack(), "backup-failed", &text).spans;
    let [span] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!((span.lane.len(), span.outcome.as_str()), (256, "unknown"));
    assert!(!span.summary.contains(['\u{1b}', '\n']), "{}", span.summary);
}
