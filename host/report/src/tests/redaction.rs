//! Secrets that were planted in every text of a report: none comes out of any format.

use proptest::prelude::*;
use rulebox_core::{Evidence, Report, Severity};

use super::sample::{all, evidence, finding, object, ready, rich};
use crate::{
    Format, Own, Redaction, RenderOptions, SecretValues, arrange, diff, diff_json, diff_text,
    texts::{self, Said},
    view::ReportView,
};

/// A report in which each text ends in this one.
fn planted(text: &str) -> Report {
    let mut report = rich();
    texts::change(&mut report, &mut |_, it| *it = format!("{it} {text}"));
    report
}

/// All that is written of a report, without the blanks at which text is wrapped.
fn written(report: &Report) -> Vec<(String, String)> {
    let options = RenderOptions::default();
    let mut all: Vec<_> =
        Format::ALL.iter().map(|it| (it.to_string(), it.render(report, &options))).collect();
    let found = diff(("old", &view(&rich())), ("new", &view(report)));
    all.push(("diff".to_owned(), diff_text(&found, 80, crate::Detail::Verbose)));
    all.push(("diff -o json".to_owned(), diff_json(&found)));
    let bare = |it: &str| it.chars().filter(|it| !it.is_whitespace()).collect();
    all.into_iter().map(|(format, text)| (format, bare(&text))).collect()
}

/// The part of the text between the marks comes out of no format, wherever it was planted, and it
/// is counted as this kind.
#[track_caller]
fn check(kind: &str, marked: &str) {
    let (_, behind) = marked.split_once('‹').expect("a mark");
    let (secret, _) = behind.split_once('›').expect("a mark");
    let report = planted(&marked.replace(['‹', '›'], ""));
    // What cannot be found in the end must be there in the beginning.
    let needle: String = secret.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let is_in = |report: &Report| {
        let bare = |it: &str| it.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let written = written(report).into_iter();
        written.filter(|it| bare(&it.1).contains(&needle)).map(|it| it.0).collect::<Vec<_>>()
    };
    assert_eq!(is_in(&report).len(), Format::ALL.len() + 2, "{needle} is in every format");
    let clean = arrange(Redaction::default().redacted(report));
    assert_eq!(is_in(&clean), Vec::<String>::new(), "{needle}");
    assert!(clean.redacted.get(kind).is_some_and(|it| *it > 10), "{kind}: {:?}", clean.redacted);
    assert_eq!(view(&Redaction::default().redacted(clean.clone())), view(&clean), "once is enough");
    assert_eq!(references(&clean), references(&rich()), "references stay");
}

fn view(report: &Report) -> ReportView {
    report.into()
}

/// Which finding explains which.
fn references(report: &Report) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<_> =
        report.findings.iter().map(|it| (it.fingerprint.clone(), it.causes.clone())).collect();
    all.sort();
    all
}

#[test]
fn keys_of_alibaba_cloud_do_not_come_out() {
    check("access-key", concat!("id ‹LTA", "I5tPlantedPlantedPla›"));
    check("access-key", concat!("id ‹STS", ".NUGh5PlantedPlanted12›"));
    check("assigned", "AccessKeySecret: ‹7xTq9KpLm2VbNz4RwYc8HsJdFg6Ae3›");
}

#[test]
fn keys_of_aws_do_not_come_out() {
    check("access-key", concat!("id ‹AKI", "AIOSFODNN7PLANTED›"));
    check("assigned", "aws_secret_access_key=‹wJalrXUtnFEMIK7MDENGbPxRfiCYPLANTEDKEY›");
}

#[test]
fn keys_of_google_do_not_come_out() {
    check("token", concat!("key ‹AIz", "aSyPlantedPlantedPlantedPlantedPlante›"));
    check("token", concat!("secret is ‹GOC", "SPX-Planted1Planted2Planted3›"));
    check("access-key", concat!("‹GOO", "G1EPLANTEDPLANTEDPLANTEDPLANTED›"));
}

#[test]
fn keys_of_azure_do_not_come_out() {
    check("assigned", "AccountName=a;AccountKey=‹Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6›;");
    check("token", concat!("client ‹aB1", "8Q~PlantedPlantedPlantedPlanted1234›"));
    check("signature", "https://x.blob.core.windows.net/c?sv=2022&sig=‹Planted1Planted2%3D›");
}

#[test]
fn tokens_of_github_and_gitlab_do_not_come_out() {
    check("token", concat!("with ‹gh", "p_Planted7e42F292c6912E7710c838347Ae17›"));
    check("token", concat!("with ‹github", "_pat_11ABCDEFG0Planted_Planted1234›"));
    check("token", concat!("with ‹glp", "at-Planted1Planted2Plan›"));
}

#[test]
fn tokens_of_chats_do_not_come_out() {
    check("token", concat!("bot ‹xox", "b-123456789012-Planted1Planted2›"));
    check(
        "token",
        concat!("https://hooks.slack", ".com/services/‹T000PLANT/B000/PlantedPlanted12›"),
    );
    check("token", concat!("bot ‹1234567890", ":AAPlantedPlantedPlantedPlantedPlant12›"));
}

#[test]
fn tokens_of_registries_do_not_come_out() {
    check("token", concat!("‹npm", "_PlantedPlantedPlantedPlantedPlanted1›"));
    check("token", concat!("‹dckr", "_pat_Planted1Planted2Planted3›"));
    check("password", r#"{"auths":{"r.example":{"auth":"‹dXNlcjpwbGFudGVkcGxhbnRlZA==›"}}}"#);
}

#[test]
fn keys_of_services_do_not_come_out() {
    check("token", concat!("‹sk", "-proj-Planted1Planted2Planted3›"));
    check("token", concat!("‹sk", "_live_Planted1Planted2Planted3›"));
    check("token", concat!("‹SG", ".PlantedPlanted12.PlantedPlanted1234›"));
    check("token", concat!("‹hvs", ".Planted1Planted2Planted3Planted4›"));
    check("token", concat!("‹sha256~", "PlantedPlantedPlantedPlantedPlantedPlanted1›"));
}

#[test]
fn json_web_tokens_do_not_come_out() {
    check("json-web-token", "got ‹eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJwbGFudGVkIn0.c2lnbmF0dXJl›");
}

#[test]
fn signed_addresses_do_not_come_out() {
    check(
        "signature",
        "GET https://b.oss-cn-hangzhou.aliyuncs.com/o?Expires=1&Signature=‹Planted1Planted2%3D›",
    );
    check("signature", "https://b/o?X-Amz-Date=2026&X-Amz-Signature=‹aeeed9bbccd4d02eplanted1›");
}

#[test]
fn passwords_do_not_come_out() {
    check("password", "postgres://app:‹hunter2planted›@db:5432/app");
    check("assigned", "password: ‹hunter2planted›");
    check("assigned", "{\"password\":\"‹hunter2 planted›\"}");
    check("assigned", "DB_PASSWORD=‹hunter2planted›");
    check("password", "mysqldump --password ‹hunter2planted› --all");
    check("password", "curl -u admin:‹hunter2planted› https://x");
    check("assigned", "- name: DB_PASSWORD\n  value: ‹hunter2planted›\n");
    check("assigned", "password: |\n  ‹hunter2planted›\n");
    check("password", concat!("hash ‹$2y$10$", "PlantedPlantedPlantedPlanted›"));
}

#[test]
fn headers_do_not_come_out() {
    check("authorization", "Authorization: Bearer ‹planted1planted2›");
    check("authorization", "Set-Cookie: ‹session=planted1planted2›; Path=/");
}

#[test]
fn private_keys_do_not_come_out() {
    check(
        "private-key",
        "‹-----BEGIN RSA PRIVATE KEY-----\nMIIplanted1planted2\n-----END RSA PRIVATE KEY-----›",
    );
    // Cut off, and in lines that were escaped.
    check("private-key", "‹-----BEGIN PRIVATE KEY-----\\nMIIplanted1›");
}

#[test]
fn values_of_secrets_in_manifests_do_not_come_out() {
    check(
        "secret-data",
        r#"{"apiVersion":"v1","data":{"any":"‹cGxhbnRlZCBoZXJl›"},"kind":"Secret"}"#,
    );
    check("secret-data", "apiVersion: v1\nkind: Secret\nstringData:\n  any: ‹planted here›\n");
    check("secret-data", "kind: Secret\ndata:\n  any: >-\n    ‹cGxhbnRlZCBoZXJl›\n");
}

#[test]
fn secrets_in_base64_do_not_come_out() {
    // `password=plantedplanted1`, and a key of AWS.
    check("encoded", "value ‹cGFzc3dvcmQ9cGxhbnRlZHBsYW50ZWQx›");
}

#[test]
fn secrets_with_hidden_characters_inside_do_not_come_out() {
    check("access-key", concat!("id ‹LTA", "I5tPla\u{200b}ntedPlantedPla›"));
    check("access-key", concat!("id ‹LTA", "I5tPla\u{1b}[31mntedPlantedPla›\u{1b}[0m"));
    check("access-key", concat!("id ‹LTA", r"I5tPla\u{200b}ntedPlantedPla›"));
    check("access-key", concat!("id ‹LTA", r"I5tPla\u{1b}[1mntedPlantedPla›"));
    // As a word of a command.
    check("access-key", concat!("id '‹LTA", "I5tPla?ntedPlantedPla›'"));
}

#[test]
fn the_beginning_of_a_secret_does_not_come_out() {
    check("token", concat!("with ‹gh", "p_Planted7e›…"));
    check("token", concat!("with ‹AKI", "AIOSFODNN›... (cut)"));
}

/// A finding with these pieces of evidence.
fn report_of(pieces: Vec<Evidence>) -> Report {
    let pod = object("v1", "Pod", "csdr", "a");
    let mut found = finding("r", Severity::High, pod);
    found.finding.evidence = pieces;
    ready(Report { findings: vec![found], ..Report::default() })
}

/// The values of evidence that are left.
#[track_caller]
fn check_evidence(pieces: Vec<Evidence>, want: &[&str]) {
    let clean = Redaction::default().redacted(report_of(pieces));
    let values: Vec<_> =
        clean.findings[0].finding.evidence.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(values, want);
}

#[test]
fn a_key_in_the_lines_of_a_log_does_not_come_out() {
    let line = |text: &str| Evidence { value: text.to_owned(), ..Evidence::default() };
    check_evidence(
        [
            "-----BEGIN RSA PRIVATE KEY-----",
            "MIIEpAIBAAKCAQEA",
            "c2Vjb25k",
            "-----END RSA PRIVATE KEY-----",
            "level=info",
        ]
        .map(line)
        .to_vec(),
        &["REDACTED", "REDACTED", "REDACTED", "-----END RSA PRIVATE KEY-----", "level=info"],
    );
}

#[test]
fn a_key_in_the_tail_of_a_log_does_not_come_out() {
    let line = |text: &str| Evidence { value: text.to_owned(), ..Evidence::default() };
    check_evidence(
        [
            "level=info",
            "MIIEpAIBAAKCAQEA",
            "c2Vjb25k",
            "-----END RSA PRIVATE KEY-----",
            "MIIBcert",
            "-----END CERTIFICATE-----",
        ]
        .map(line)
        .to_vec(),
        &[
            "level=info",
            "REDACTED",
            "REDACTED",
            "-----END RSA PRIVATE KEY-----",
            "MIIBcert",
            "-----END CERTIFICATE-----",
        ],
    );
}

#[test]
fn a_key_behind_the_times_of_a_log_does_not_come_out() {
    let line = |text: &str| Evidence { value: text.to_owned(), ..Evidence::default() };
    let long = |time: &str| format!("{time} {}", "MIIEpAIB".repeat(8));
    let lines = [long("10:01"), long("10:02"), "10:03 c2Vjb25k".to_owned()];
    let end = "10:04 -----END RSA PRIVATE KEY-----".to_owned();
    let begin = ["10:00 -----BEGIN RSA PRIVATE KEY-----".to_owned()];
    let kept = ["10:01 REDACTED", "10:02 REDACTED", "10:03 REDACTED"];
    let tail = [&["10:00 it began".to_owned()][..], &lines, std::slice::from_ref(&end)].concat();
    let kept_tail = [&["10:00 it began"][..], &kept, &[&end]].concat();
    check_evidence(tail.iter().map(|it| line(it)).collect(), &kept_tail);
    let head = [&begin[..], &lines[..2], &["10:03 level=info".to_owned()]].concat();
    let kept_head = [&["10:00 REDACTED"][..], &kept[..2], &["10:03 level=info"]].concat();
    check_evidence(head.iter().map(|it| line(it)).collect(), &kept_head);
}

#[test]
fn what_a_message_calls_a_secret_takes_no_names_and_no_times_away() {
    let mut report = rich();
    let said = "password=b1234567 token=2026-09-15T02:26:39Z api_key=bucket9911 secret=Tr0ub4dor9";
    report.findings[0].finding.cause = said.to_owned();
    report.findings[0].finding.summary =
        "BackupLocation csdr/b1234567 of bucket9911 since 2026-09-15T02:26:39Z: Tr0ub4dor9".into();
    report.findings[1].finding.subject.name = "b1234567".to_owned();
    report.findings[1].finding.labels = [("bucket".to_owned(), "bucket9911".to_owned())].into();
    let clean = Redaction::default().redacted(report);
    let texts = &clean.findings[0].finding;
    assert_eq!(
        texts.cause,
        "password=REDACTED token=2026-09-15T02:26:39Z api_key=REDACTED secret=REDACTED"
    );
    assert_eq!(
        texts.summary,
        "BackupLocation csdr/b1234567 of bucket9911 since 2026-09-15T02:26:39Z: REDACTED"
    );
    let other = &clean.findings[1].finding;
    assert_eq!(other.subject.name, "b1234567");
    assert_eq!(other.labels[0].1, "bucket9911");
}

#[test]
fn a_value_is_a_secret_where_its_path_says_so() {
    let pod = object("v1", "Pod", "csdr", "a");
    let secret = object("v1", "Secret", "csdr", "s");
    check_evidence(
        vec![
            evidence(&pod, "spec.config.password", "short"),
            evidence(&pod, "spec.config.accessKey", "a1b2c3"),
            evidence(&pod, "spec.secretName", "cloud-credentials"),
            evidence(&pod, "spec.token", "hbr-token"),
            evidence(&pod, "status.phase", "Failed"),
            evidence(&secret, "data.anything", "c2hvcnQ="),
            evidence(&secret, "stringData['x']", "short"),
            evidence(&secret, "metadata.name", "s"),
        ],
        &[
            "REDACTED",
            "REDACTED",
            "cloud-credentials",
            "hbr-token",
            "Failed",
            "REDACTED",
            "REDACTED",
            "s",
        ],
    );
}

#[test]
fn a_secret_that_one_text_shows_goes_from_all() {
    let mut report = rich();
    report.findings[0].finding.cause = "login with password=Tr0ub4dor9 failed".to_owned();
    report.findings[0].finding.summary = "the server said Tr0ub4dor9 to us".to_owned();
    report.inputs[0].name = "dump-Tr0ub4dor9.yaml".to_owned();
    report.findings[0].finding.remedy = "say Tr0ub4dor9Tr0ub4dor9".to_owned();
    let clean = Redaction::default().redacted(report);
    assert_eq!(clean.findings[0].finding.summary, "the server said REDACTED to us");
    assert_eq!(clean.inputs[0].name, "dump-REDACTED.yaml");
    assert_eq!(clean.findings[0].finding.remedy, "say REDACTED");
    assert_eq!(clean.redacted["repeated"], 4);
}

#[test]
fn a_report_without_secrets_stays_as_it_is() {
    for (name, report) in all() {
        assert_eq!(view(&Redaction::default().redacted(report.clone())), view(&report), "{name}");
    }
}

#[test]
fn one_secret_is_told_as_one() {
    let text = crate::redacted_text(&[("token".to_owned(), 1)].into());
    let want = "1 value that looks like a secret (1 token): REDACTED stands for it";
    assert_eq!(text.as_deref(), Some(want));
}

#[test]
fn what_was_taken_out_is_counted_and_told() {
    let report = arrange(Redaction::default().redacted(planted("password=hunter2planted")));
    let count: usize = report.redacted.values().sum();
    assert!(count > 20, "{count}");
    let told = format!("{count} values that look like secrets");
    for format in [Format::Text, Format::Html, Format::Markdown] {
        let text = format.render(&report, &RenderOptions::default());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&told), "{format}: {text}");
    }
    let view = view(&report);
    assert_eq!(view.summary.redacted, report.redacted);
    let read = Report::try_from(&view).expect("times are times");
    assert_eq!(read.redacted, report.redacted);
}

#[test]
fn the_users_own_forms_come_on_top() {
    let own = |it: &str| Own::new(it).expect("a pattern");
    let step = Redaction::new(vec![
        own("(?i)tk-[0-9a-f]{8}").named("ticket").expect("a name"),
        own(r"employee (?<secret>\d+)"),
    ]);
    let clean = step.text("TK-00ff00ff of employee 4711, password=hunter2");
    assert_eq!(clean, "REDACTED of employee REDACTED, password=REDACTED");
    let clean = step.redacted(planted("tk-00ff00ff of employee 4711"));
    assert!(clean.redacted["ticket"] > 10 && clean.redacted["own"] > 10, "{:?}", clean.redacted);
    assert_eq!(view(&step.redacted(clean.clone())), view(&clean));
}

/// What is left of a text in the report of a run that has read this Secret.
#[track_caller]
fn check_values(secret: &str, text: &str, want: &str) {
    let mut values = SecretValues::default();
    let (field, entries) = secret.split_once(' ').expect("a field, and its entries");
    let entries: serde_json::Value = serde_json::from_str(entries).expect("JSON");
    values.learn(&serde_json::json!({"kind": "Secret", field: entries}));
    let mut report = rich();
    report.findings[0].finding.summary = text.to_owned();
    let step = Redaction::default().knowing(&values, &report);
    assert_eq!(step.text(text), want);
    let clean = step.redacted(report);
    assert_eq!(clean.findings[0].finding.summary, want);
    assert_eq!(clean.redacted.contains_key("secret-data"), text != want);
    assert_eq!(view(&step.redacted(clean.clone())), view(&clean), "once is enough");
}

#[test]
fn a_value_of_a_secret_goes_from_all_texts() {
    let phrase = r#"stringData {"a": "correcthorsebattery"}"#;
    check_values(phrase, "`correcthorsebattery` is no number", "`REDACTED` is no number");
    check_values(phrase, "CORRECTHORSEBATTERY.", "REDACTED.");
    check_values(phrase, "b Y29ycmVjdGhvcnNlYmF0dGVyeQ==", "b REDACTED");
    // `hunter2pass`
    let encoded = r#"data {"a": "aHVudGVyMnBhc3M="}"#;
    check_values(encoded, "is aHVudGVyMnBhc3M= here", "is REDACTED here");
    check_values(encoded, "xhunter2passx", "xREDACTEDx");
    check_values(r#"stringData {"a": "hunter2"}"#, "-p hunter2, b", "-p REDACTED, b");
    check_values(r#"stringData {"a": "a b\"c\nd e"}"#, r#"is a b\"c\nd e"#, "is REDACTED");
    check_values(r#"stringData {"n": 123456789012}"#, "123456789012", "REDACTED");
    let file = r#"stringData {"f": "user: admin\nphrase: tell no one\n"}"#;
    check_values(file, "line 2: phrase: tell no one", "line 2: REDACTED");
}

#[test]
fn a_long_value_of_a_secret_goes_also_where_it_was_cut() {
    let long = "0123456789abcdef".repeat(12);
    let secret = format!(r#"stringData {{"a": "{long}", "b": "{}z"}}"#, &long[..80]);
    check_values(&secret, &format!("is {long}!"), "is REDACTED!");
    check_values(&secret, &format!("is {}z!", &long[..80]), "is REDACTED!");
    check_values(&secret, &format!("is {}…", &long[..100]), "is REDACTED…");
    let other = format!("is {}g", &long[..100]);
    check_values(&secret, &other, &other);
}

#[test]
fn words_numbers_and_names_that_are_values_of_secrets_stay() {
    let check = |value: &str, text: &str| {
        check_values(&format!(r#"stringData {{"a": {value:?}}}"#), text, text);
    };
    check("short", "a short text");
    check("backup", "the backup failed");
    check("false", "it is false");
    check("65535000", "65535000 bytes");
    check("postgres", "Pod postgres-0 of db.postgres.svc");
    check("csdr-velero-0", "Pod csdr-velero-0 waits");
    check("  ", "a  b");
    check("redacted", "REDACTED");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 64,
        ..ProptestConfig::default()
    })]

    /// Redacting changes no count and no reference, whatever the texts are.
    #[test]
    fn a_redacted_report_has_the_same_form(texts in prop::collection::vec(".{0,20}", 1..8)) {
        let mut report = rich();
        let mut nth = 0;
        texts::change(&mut report, &mut |said, it| {
            nth += 1;
            if said == Said::Prose {
                it.push_str(&texts[nth % texts.len()]);
            }
        });
        let clean = Redaction::default().redacted(report.clone());
        prop_assert_eq!(references(&clean), references(&report));
        prop_assert_eq!(clean.findings.len(), report.findings.len());
        prop_assert_eq!(clean.samples.len(), report.samples.len());
        prop_assert_eq!(&Redaction::default().redacted(clean.clone()).redacted, &clean.redacted);
    }
}
