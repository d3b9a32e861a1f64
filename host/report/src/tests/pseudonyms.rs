//! Pseudonyms: no name comes out, and the report keeps its form.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rulebox_core::{AsOfSource, Evidence, Report, Severity};
use serde_json::json;

use super::sample::{evidence, finding, object, place, ready, rich, span, trees};
use crate::{
    Format, Pseudonyms, RenderOptions, diff,
    texts::{self, Said},
    view::ReportView,
};

const KEY: &[u8] = b"0123456789abcdef";

/// The report with pseudonyms.
fn pseudonymised(mut names: Pseudonyms, report: &Report) -> Report {
    names.learn_report(report);
    names.report(report.clone())
}

/// What becomes of a sentence where these objects were read.
#[track_caller]
fn check(objects: &[serde_json::Value], text: &str, want: &str) {
    let mut names = Pseudonyms::numbered();
    for it in objects {
        names.learn(it);
    }
    assert_eq!(names.line(text), want);
}

#[test]
fn names_of_objects_go_wherever_they_stand_by_themselves() {
    let pod = json!({
        "kind": "Pod", "metadata": {"name": "orders-7f", "namespace": "erp"},
        "spec": {"nodeName": "worker-12", "containers": [{"name": "app"}]},
    });
    check(
        &[pod],
        "pods \"orders-7f\" in enterprise: kubectl -n erp logs orders-7f -c app, on worker-12",
        "pods \"pod-1\" in enterprise: kubectl -n namespace-1 logs pod-1 -c app, on node-1",
    );
}

#[test]
fn a_name_goes_that_begins_in_another_or_is_the_beginning_of_one() {
    let names = ["t v-vault.of", "v-vault.of.x", "t v", "two-1"];
    let objects = names.map(|it| json!({"kind": "Pod", "metadata": {"name": it}}));
    check(&objects, "t v-vault.often", "pod-3-vault.often");
    check(&objects, "vault v-vault.of.x and two-1", "vault pod-2 and pod-4");
}

/// What becomes of a sentence that names what was not read.
#[track_caller]
fn check_sentence(said: &str, want: &str) {
    let mut report = rich();
    report.findings[0].finding.cause = said.to_owned();
    let fingerprint = report.findings[0].fingerprint.clone();
    let place = report.findings.iter().position(|it| it.fingerprint == fingerprint);
    let shown = pseudonymised(Pseudonyms::keyed(KEY), &report);
    let cause = &shown.findings[place.expect("it is there")].finding.cause;
    let digits = regex::Regex::new("name-[0-9a-f]{12}").expect("a pattern");
    assert_eq!(digits.replace_all(cause, "N"), want);
}

#[test]
fn names_in_users_keys_images_and_resources_go() {
    check_sentence(
        r#"User "system:serviceaccount:acmens:acme-s4" cannot"#,
        r#"User "system:serviceaccount:N:N" cannot"#,
    );
    check_sentence("group system:serviceaccounts:acmens", "group system:serviceaccounts:N");
    check_sentence(r#""system:node:acme10-node" is"#, r#""system:node:N" is"#);
    check_sentence(r#""acme/pay-1" not found"#, r#""N/N" not found"#);
    check_sentence(r#"key "/registry/pods/acme/web""#, r#"key "/registry/pods/N/N""#);
    check_sentence(r#"key "/registry/minions/acmenode""#, r#"key "/registry/minions/N""#);
    check_sentence(
        r#"image "acme8/app@sha256:9f86d081884c7d65" and 'acme/app:1.2'"#,
        r#"image "N@sha256:9f86d081884c7d65" and 'N:1.2'"#,
    );
    check_sentence("“acme-pay-1” and ‘acme-pay-2’ are gone", "“N” and ‘N’ are gone");
    check_sentence("assume arn:aws:iam::123:role/AcmeRole.", "assume arn:aws:iam::N:role/N.");
    check_sentence("of arn:aws:s3:::acme/backup-x", "of arn:aws:s3:::N");
    check_sentence("of acs:ram::123456:role/AcmeRole", "of acs:ram::N:role/N");
    for stays in [
        r#""deployment/velero" and "apps/v1" and "text/plain""#,
        "User \"system:serviceaccount:csdr:velero\" and \"system:masters\"",
        "key \"/registry/pods/csdr/velero\"",
        "image \"velero/velero:v1.14\"",
    ] {
        check_sentence(stays, stays);
    }
}

#[test]
fn a_kind_before_its_group_stays_as_it_is() {
    let text = "the input holds no BackupLocation.csdr.alibabacloud.com";
    check(&[], text, text);
}

#[test]
fn names_of_any_length_go() {
    let name = format!("v-{}", "x".repeat(251));
    let pod = json!({"kind": "Pod", "metadata": {"name": name, "namespace": "erp"}});
    check(&[pod], &format!("vault {name} is unavailable"), "vault pod-1 is unavailable");
    let mut report = rich();
    report.findings[0].finding.cause = format!("\"{}/{name}\" not found", "n".repeat(63));
    let shown = pseudonymised(Pseudonyms::numbered(), &ready(report));
    assert!(shown.findings.iter().all(|it| !it.finding.cause.contains("xxx")));
}

#[test]
fn names_that_are_made_to_take_long_do_not() {
    let names = ["ab-".repeat(20_000) + "a", "b".to_owned()];
    let objects = names.map(|it| json!({"kind": "Pod", "metadata": {"name": it}}));
    let mut names = Pseudonyms::numbered();
    for it in &objects {
        names.learn(it);
    }
    assert!(names.line(&"ab-".repeat(400_000)).len() < 1_200_000);
}

#[test]
fn names_that_everybody_has_stay() {
    let pod = json!({
        "kind": "Pod", "metadata": {"name": "csdr-velero-6bf7d4cf9c-x2b7k", "namespace": "csdr"},
    });
    let text = "kubectl -n csdr describe pod csdr-velero-6bf7d4cf9c-x2b7k in kube-system: \
                backups.velero.io of csdr.alibabacloud.com/v1beta1";
    check(&[pod], text, text);
}

#[test]
fn a_field_of_the_subject_is_no_file() {
    let mut report = rich();
    report.findings[0].finding.evidence = vec![
        Evidence { subject: None, path: "spec.nodeName".into(), value: "worker-12".into() },
        Evidence { subject: None, path: "erp/velero.log:17".into(), value: "on worker-12".into() },
    ];
    let shown = pseudonymised(Pseudonyms::numbered(), &ready(report));
    let evidence = shown.findings.iter().flat_map(|it| &it.finding.evidence);
    let told: Vec<_> = evidence.map(|it| (it.path.as_str(), it.value.as_str())).collect();
    assert!(told.contains(&("spec.nodeName", "node-1")), "{told:?}");
    let is_line = |it: &&(&str, &str)| it.0.starts_with("file-") && it.0.ends_with(":17");
    assert_eq!(told.iter().find(is_line).map(|it| it.1), Some("on node-1"), "{told:?}");
}

#[test]
fn addresses_go_and_services_of_clouds_stay() {
    check(
        &[],
        "Get \"https://10.1.2.3:6443/api/v1/namespaces/erp\": lookup db.corp.example.com, \
         mail ops@example.com, fe80::1",
        "Get \"https://ip-1:6443/path-1\": lookup host-1, mail mail-1, ip-2",
    );
    check(
        &[],
        "https://erp-backups.oss-cn-hangzhou.aliyuncs.com/a/b?x=1 and \
         registry-vpc.cn-hangzhou.aliyuncs.com/acs/velero:v1.7",
        "https://host-1.oss-cn-hangzhou.aliyuncs.com/path-1 and \
         registry-vpc.cn-hangzhou.aliyuncs.com/acs/velero:v1.7",
    );
    let page = "see https://www.alibabacloud.com/help/doc-detail/1.html.";
    check(&[], page, page);
}

#[test]
fn ids_go_and_times_and_digests_stay() {
    check(
        &[],
        "uid 123e4567-e89b-12d3-a456-426614174000, RequestId=68C77D760C5B4A3439E8D1F9, account \
         1234567890123456, disk d-bp1234567890abcdefgh",
        "uid id-1, RequestId=id-2, account id-3, disk id-4",
    );
    let stays = "at 2026-09-15T02:00:00Z, v1.7.2-abc, exit code 137, 3.4 GiB, \
                 ErrorCode=InvalidAccessKeyId, sha256:9f86d081884c7d659a2feaa0c55ad015";
    check(&[], stays, stays);
}

#[test]
fn a_bucket_is_the_same_in_a_label_an_address_and_a_message() {
    let vault = object("csdr.alibabacloud.com/v1beta1", "BackupLocation", "csdr", "vault-erp");
    let mut found = finding("vault-unavailable", Severity::High, vault.clone());
    found.finding.labels = vec![("bucket".to_owned(), "erp-data".to_owned())];
    found.finding.summary = "Vault vault-erp cannot write to erp-data".to_owned();
    found.finding.cause = "PUT https://erp-data.oss-cn-beijing.aliyuncs.com/x: 403".to_owned();
    found.finding.evidence = vec![evidence(&vault, "spec.objectStorage.bucket", "erp-data")];
    found.place = Some(place("dump.yaml", "", Some(3)));
    let report = ready(Report { findings: vec![found], ..Report::default() });
    let shown = pseudonymised(Pseudonyms::numbered(), &report);
    let found = &shown.findings[0].finding;
    assert_eq!(found.subject.name, "backuplocation-1");
    assert_eq!(found.subject.namespace, "csdr");
    assert_eq!(found.labels[0].1, "bucket-1");
    assert_eq!(found.summary, "Vault backuplocation-1 cannot write to bucket-1");
    assert_eq!(found.cause, "PUT https://bucket-1.oss-cn-beijing.aliyuncs.com/path-1: 403");
    assert_eq!(found.evidence[0].value, "bucket-1");
    assert_eq!(shown.findings[0].place.as_ref().expect("a place").input, "input-1");
}

#[test]
fn a_vault_is_the_same_in_a_row_of_the_timeline_and_in_a_sentence() {
    let vault = object("csdr.alibabacloud.com/v1beta1", "BackupLocation", "csdr", "vault-dr");
    let mut found = finding("vault-unavailable", Severity::High, vault.clone());
    found.finding.summary = "Backup vault vault-dr is unavailable".to_owned();
    found.finding.labels = vec![("class".to_owned(), "vault".to_owned())];
    let since = "2026-07-01T10:55:00Z";
    let lanes = ["vault vault-dr", "vault far-away", "no known vault", "csdr-velero", "vault b"];
    let timeline = lanes.map(|it| span("outage", it, &vault, since)).to_vec();
    let report = ready(Report { findings: vec![found], timeline, ..Report::default() });
    let shown = pseudonymised(Pseudonyms::numbered(), &report);
    let of = &shown.findings[0].finding;
    assert_eq!(of.summary, "Backup vault backuplocation-1 is unavailable");
    assert_eq!(of.subject.name, "backuplocation-1");
    assert_eq!(of.labels[0].1, "vault", "a word for what is wrong");
    let rows = |report: &Report| {
        let rows: BTreeSet<_> = report.timeline.iter().map(|it| it.span.lane.clone()).collect();
        rows.into_iter().collect::<Vec<_>>().join(", ")
    };
    let want = "csdr-velero, no known vault, vault backuplocation-1, vault vault-1, vault vault-2";
    assert_eq!(rows(&shown), want);
    let keyed = pseudonymised(Pseudonyms::keyed(KEY), &report);
    let of = &keyed.findings[0].finding;
    assert_eq!(of.summary, format!("Backup vault {} is unavailable", of.subject.name));
    let row = format!("vault {}", of.subject.name);
    assert!(rows(&keyed).contains(&row), "{row}: {}", rows(&keyed));
}

#[test]
fn what_a_message_quotes_goes_where_nothing_else_names_it() {
    let mut found = finding("r", Severity::High, object("v1", "Pod", "csdr", "csdr-velero"));
    found.finding.cause =
        "secrets \"erp-login\" not found: kubectl -n shop get secret, see `vault-unavailable`, \
         `cn-hangzhou`, \"v1.7.2\""
            .to_owned();
    let mut report = rich();
    report.findings = vec![found];
    let shown = pseudonymised(Pseudonyms::numbered(), &ready(report));
    let cause = &shown.findings[0].finding.cause;
    assert!(!cause.contains("erp-login") && !cause.contains("shop"), "{cause}");
    assert!(cause.ends_with("see `vault-unavailable`, `cn-hangzhou`, \"v1.7.2\""), "{cause}");
}

#[test]
fn the_object_that_tells_the_moment_goes() {
    let mut report = rich();
    let AsOfSource::Witness(witness) = &mut report.as_of.source else { panic!("a witness") };
    witness.object = "Event shop/mail-digest-29823750.18d55da76cffa2e2".to_owned();
    let shown = pseudonymised(Pseudonyms::numbered(), &ready(report));
    let AsOfSource::Witness(witness) = shown.as_of.source else { panic!("a witness") };
    assert!(witness.object.starts_with("Event namespace-"), "{}", witness.object);
    assert!(witness.object.ends_with("/event-1"), "{}", witness.object);
}

#[test]
fn a_key_gives_the_same_pseudonyms_from_report_to_report() {
    let keyed = |report: &Report| pseudonymised(Pseudonyms::keyed(KEY), report);
    let (both, one) = (trees(), {
        let mut report = trees();
        report.findings.truncate(1);
        report
    });
    let found =
        diff(("one", &ReportView::from(&keyed(&one))), ("both", &ReportView::from(&keyed(&both))));
    assert_eq!(found.new.len() + found.unknown.len(), both.findings.len() - 1);
    let other = pseudonymised(Pseudonyms::keyed(b"another key of 16"), &one);
    assert_ne!(other.findings[0].fingerprint, keyed(&one).findings[0].fingerprint);
    assert_ne!(other.findings[0].finding.subject, keyed(&one).findings[0].finding.subject);
}

/// What a pseudonymised report has in common with the first: all that is no name.
fn form(report: &Report) -> Vec<String> {
    let at =
        |fingerprint: &String| report.findings.iter().position(|it| it.fingerprint == *fingerprint);
    let findings = report.findings.iter().map(|it| {
        let causes: Vec<_> = it.causes.iter().map(at).collect();
        let kind = &it.finding.subject.kind;
        format!("{} {} {kind} {causes:?}", it.pack, it.finding.rule)
    });
    let rules = report.rules.iter().map(|it| format!("{} {:?}", it.rule.id, it.result));
    let samples = report.samples.iter().map(|it| format!("{} {}", it.metric.name, it.sample.value));
    findings.chain(rules).chain(samples).collect()
}

/// Which texts of the same sort are the same.
fn same(report: &Report) -> Vec<Option<usize>> {
    let mut names = Vec::new();
    texts::change(&mut report.clone(), &mut |said, it| {
        if matches!(said, Said::Namespace | Said::Name(_) | Said::Cluster | Said::Input) {
            names.push(it.clone());
        }
    });
    names.iter().map(|it| names.iter().position(|other| other == it)).collect()
}

/// A name that is no word of ours: `xq` begins none.
fn made() -> impl Strategy<Value = String> {
    "xq[a-z]{3,6}(-[0-9a-z]{2,5})?"
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 48,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_name_comes_out_and_the_form_stays(
        names in prop::collection::btree_set(made(), 3..9),
        with_key in any::<bool>(),
    ) {
        let names: Vec<_> = names.into_iter().collect();
        let mut report = trees();
        let mut nth = 0;
        let mut next = || {
            nth += 1;
            names[nth % names.len()].clone()
        };
        texts::change(&mut report, &mut |said, it| match said {
            Said::Namespace | Said::Name(_) | Said::Cluster | Said::Input | Said::File => {
                *it = next();
            }
            Said::Prose => *it = format!("{it} of {} and \"{}\"", next(), next()),
            _ => {}
        });
        let report = ready(report);
        let key = if with_key { Pseudonyms::keyed(KEY) } else { Pseudonyms::numbered() };
        let shown = pseudonymised(key, &report);
        for format in Format::ALL {
            let text = format.render(&shown, &RenderOptions::default());
            for name in &names {
                prop_assert!(!text.contains(name.as_str()), "{} in {}:\n{}", name, format, text);
            }
        }
        prop_assert_eq!(form(&shown), form(&report));
        prop_assert_eq!(same(&shown), same(&report));
    }
}
