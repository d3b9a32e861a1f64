//! From what was told about a failure to why it failed, what to do, and words for machines.
//!
//! The words come from the [`catalogue`]; this module chooses the entry, puts the object's own names in, and writes all of
//! it into a finding.

use rulebox_sdk::{Draft, shell_word};
use serde_json::json;

use crate::{
    catalogue::{self, Entry, Step, Tells},
    oss::OssError,
    tasks::Task,
    told::Told,
};

/// The names that stand in causes and commands. An empty one is not known: a word in capitals takes its place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// The BackupLocation.
    pub vault: &'a str,
    /// Its bucket.
    pub bucket: &'a str,
    /// The region of the bucket.
    pub region: &'a str,
    /// `internal` or `public`, in any case of letters.
    pub network: &'a str,
    /// The ApplicationBackup: of a restore or a conversion the one that it restores.
    pub backup: &'a str,
    /// The task that failed, where one did.
    pub task: Option<&'a Task>,
}

impl<'a> Names<'a> {
    /// The names that a task knows by itself.
    pub fn of(task: &'a Task) -> Self {
        Self { backup: &task.backup, task: Some(task), ..Self::default() }
    }
}

impl Names<'_> {
    /// A text of the catalogue with the names in it.
    fn fill(&self, text: &str) -> String {
        let word = |name: &str, stand_in: &str| {
            if name.is_empty() { stand_in.to_owned() } else { shell_word(name).into_owned() }
        };
        let mut public = json!({"spec": {"config": {"network": "public"}}});
        if !self.region.is_empty() {
            public["spec"]["config"]["region"] = self.region.into();
        }
        let region = if self.region.is_empty() { "REGION" } else { self.region };
        let region = json!({"spec": {"config": {"region": region}}});
        text.replace("{public_network}", &shell_word(&public.to_string()))
            .replace("{set_region}", &shell_word(&region.to_string()))
            .replace("{vault}", &word(self.vault, "VAULT"))
            .replace("{bucket}", &word(self.bucket, "BUCKET"))
            .replace("{region}", &word(self.region, "REGION"))
            .replace("{backup}", &word(self.backup, "BACKUP"))
    }

    /// A sentence of the catalogue: there a name that is not known is left out.
    fn say(&self, text: &str) -> String {
        if self.bucket.is_empty() {
            self.fill(&text.replace(" {bucket}", ""))
        } else {
            self.fill(text)
        }
    }

    /// A cause of the catalogue: as a sentence, and it can do without the region too.
    fn explain(&self, text: &str) -> String {
        if !self.region.is_empty() {
            return self.say(text);
        }
        let parts = [", {region},", ", {region}", " {region}"];
        self.say(&parts.iter().fold(text.to_owned(), |text, it| text.replace(it, "")))
    }

    /// The network by which the bucket was asked: as the endpoint in the message shows it, else as the vault has it.
    fn network(&self, message: &str) -> &'static str {
        if message.contains("-internal.aliyuncs.com") {
            "internal"
        } else if message.contains(".aliyuncs.com") {
            "public"
        } else {
            let configured = |it: &&str| self.network.eq_ignore_ascii_case(it);
            ["internal", "public"].into_iter().find(configured).unwrap_or_default()
        }
    }
}

/// Why something failed.
#[derive(Debug)]
pub struct Diagnosis {
    /// Every text, the best witness first.
    told: Vec<Told>,
    /// Which of them the entry explains.
    by: usize,
    entry: Option<&'static Entry>,
}

impl Diagnosis {
    /// Of a vault that is unavailable.
    pub fn of_vault(told: Vec<Told>, names: &Names<'_>) -> Self {
        // Whatever a vault says, it says why it is unavailable.
        let mut diagnosis = Self::find(told, names, "backup vault is unavailable: ");
        if diagnosis.reason() == "vault-unavailable" {
            // No more than is known already.
            diagnosis.entry = None;
        }
        diagnosis
    }

    /// Of a task that failed.
    pub fn of_task(told: Vec<Told>, names: &Names<'_>) -> Self {
        Self::find(told, names, "")
    }

    /// The first text that tells a cause, else the first that tells a symptom.
    fn find(told: Vec<Told>, names: &Names<'_>, context: &str) -> Self {
        let known = told.iter().enumerate().filter_map(|(by, it)| {
            let message = format!("{context}{}", it.text);
            Some((by, catalogue::find(&message, names.network(&message))?))
        });
        let known: Vec<_> = known.collect();
        let cause = known.iter().find(|(_, entry)| entry.tells == Tells::Cause);
        let best = cause.or(known.first()).copied();
        Self { by: best.map_or(0, |(by, _)| by), entry: best.map(|(_, entry)| entry), told }
    }

    /// A stable word: an entry's, `unknown` for a message that nobody knows, `not-told` where there is none.
    pub fn reason(&self) -> &'static str {
        match self.entry {
            Some(entry) => entry.reason,
            None if self.told.is_empty() => "not-told",
            None => "unknown",
        }
    }

    /// The reason, and for an unknown one the message: what tells failures of different causes apart.
    pub fn reason_word_for_word(&self) -> String {
        match self.told.get(self.by) {
            Some(told) if self.entry.is_none() => told.text.clone(),
            _ => self.reason().to_owned(),
        }
    }

    /// Whether it failed because its vault could not be used: then there is nothing to look at but the vault.
    pub fn blames_vault(&self) -> bool {
        let of_vault = ["vaulterror", "vault is unavailable", "is in unavailable status"];
        let texts = || self.told.iter().map(|it| it.text.to_lowercase());
        of_vault.iter().any(|part| texts().any(|it| it.contains(part)))
    }

    /// Writes the cause, the labels and what they stand on into a finding, and the remedy where one is known.
    pub fn write(&self, draft: Draft, names: &Names<'_>) -> Draft {
        let told = self.told.get(self.by);
        let oss = told.and_then(|it| OssError::find(&it.text));
        let mut draft = draft
            .cause(self.cause(names, told, oss.as_ref()))
            .label("reason", self.reason())
            .label("class", self.entry.map_or("", |it| it.class.as_str()))
            .label("error_code", oss.map(|it| it.code).unwrap_or_default());
        for step in self.entry.map_or(&[][..], |it| it.remedy) {
            draft = match step {
                Step::Say(text) => draft.remedy(names.say(text)),
                Step::Type(command) => draft.command(names.fill(command)),
            };
        }
        for told in told.into_iter().chain(self.told.first().filter(|_| self.by > 0)) {
            draft = told.cite(draft);
        }
        draft
    }

    /// Whether [`Self::write`] has written a remedy.
    pub fn has_remedy(&self) -> bool {
        self.entry.is_some()
    }

    fn cause(&self, names: &Names<'_>, told: Option<&Told>, oss: Option<&OssError>) -> String {
        let Some(told) = told else {
            return "Nothing says why: neither its status, nor a Warning event (they are kept for about an hour), nor its twin in Velero.".to_owned();
        };
        let Some(entry) = self.entry else {
            return format!("Nothing is known about this message: {}", told.text);
        };
        let cause = names.explain(entry.cause);
        let Some(oss) = oss else { return cause };
        if oss.status == 403 && !names.bucket.is_empty() && !names.bucket.starts_with("cnfs-oss-") {
            return format!(
                "{cause} The name of the bucket does not begin with cnfs-oss-: an ACK managed cluster may use no other. OSS answered {oss}"
            );
        }
        format!("{cause} OSS answered {oss}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::csdr::BackupLocation;

    const NAMES: Names<'_> = Names {
        vault: "vault-prod",
        bucket: "cnfs-oss-prod",
        region: "cn-hangzhou",
        network: "Public",
        backup: "orders-1",
        task: None,
    };

    fn told(texts: &[&str]) -> Vec<Told> {
        let object = BackupLocation::named("vault-prod");
        let told = |it: &&str| Told {
            text: (*it).to_owned(),
            object: object.clone(),
            path: "status.message".to_owned(),
            events: None,
        };
        texts.iter().map(told).collect()
    }

    #[track_caller]
    fn check(texts: &[&str], want_of_backup: &str, want_of_vault: &str) {
        assert_eq!(Diagnosis::of_task(told(texts), &NAMES).reason(), want_of_backup, "{texts:?}");
        assert_eq!(Diagnosis::of_vault(told(texts), &NAMES).reason(), want_of_vault, "{texts:?}");
    }

    #[test]
    fn a_cause_outweighs_a_symptom_that_a_better_witness_tells() {
        check(
            &["velero backup process timeout", "ErrorCode=InvalidObjectState"],
            "archive-class",
            "archive-class",
        );
    }

    #[test]
    fn of_two_causes_the_better_witness_counts() {
        check(&["NoSuchBucket", "InvalidAccessKeyId"], "no-such-bucket", "no-such-bucket");
    }

    #[test]
    fn a_vault_that_says_only_that_it_is_unavailable_says_nothing() {
        check(&["VaultError: backup vault is unavailable: lane 7"], "vault-unavailable", "unknown");
    }

    #[test]
    fn a_vault_speaks_of_its_bucket_even_without_naming_it() {
        check(&["dial tcp 1.2.3.4:443: i/o timeout"], "unknown", "public-network-unreachable");
    }

    #[test]
    fn silence_has_a_word_of_its_own() {
        check(&[], "not-told", "not-told");
    }

    #[test]
    fn the_endpoint_that_was_asked_outweighs_the_configuration() {
        check(
            &["VaultError: Get https://b.oss-cn-hangzhou-internal.aliyuncs.com: i/o timeout"],
            "internal-network-unreachable",
            "internal-network-unreachable",
        );
    }

    #[test]
    fn a_bucket_that_a_managed_cluster_may_not_use_is_told() {
        let cause = |bucket| {
            let names = Names { bucket, ..NAMES };
            let text = r#"oss: service returned error: StatusCode=403, ErrorCode=AccessDenied, ErrorMessage="No.""#;
            let finding = Draft::new(BackupLocation::named("v"), "");
            let diagnosis = Diagnosis::of_vault(told(&[text]), &names);
            format!("{:?}", diagnosis.write(finding, &names))
        };
        assert!(cause("prod").contains("does not begin with cnfs-oss-"));
        assert!(!cause("cnfs-oss-prod").contains("does not begin"));
    }

    #[track_caller]
    fn check_fill(names: &Names<'_>, text: &str, want: &str) {
        assert_eq!(names.fill(text), want);
    }

    #[test]
    fn names_are_filled_in() {
        check_fill(
            &NAMES,
            "{vault} {bucket} {region} {backup}-hbr",
            "vault-prod cnfs-oss-prod cn-hangzhou orders-1-hbr",
        );
        check_fill(
            &NAMES,
            "-p {public_network}",
            r#"-p '{"spec":{"config":{"network":"public","region":"cn-hangzhou"}}}'"#,
        );
    }

    #[test]
    fn unknown_names_have_a_stand_in() {
        check_fill(
            &Names::default(),
            "{vault} {bucket} {region} {backup}",
            "VAULT BUCKET REGION BACKUP",
        );
        check_fill(
            &Names::default(),
            "{public_network}",
            r#"'{"spec":{"config":{"network":"public"}}}'"#,
        );
        check_fill(
            &Names::default(),
            "{set_region}",
            r#"'{"spec":{"config":{"region":"REGION"}}}'"#,
        );
    }

    #[test]
    fn a_cause_does_without_names_that_are_not_known() {
        let causes = catalogue::CATALOGUE.iter().map(|it| Names::default().explain(it.cause));
        for cause in causes {
            assert!(!cause.contains("BUCKET") && !cause.contains("REGION"), "{cause}");
            assert!(!cause.contains(" .") && !cause.contains("  "), "{cause}");
        }
    }

    #[test]
    fn names_cannot_leave_their_place() {
        let evil = Names { vault: "a'; id; '", region: "x'\"", ..NAMES };
        check_fill(&evil, "describe {vault}", r"describe 'a'\''; id; '\'''");
        check_fill(&evil, "{set_region}", r#"'{"spec":{"config":{"region":"x'\''\""}}}'"#);
    }

    #[test]
    fn no_name_stays_unfilled() {
        let texts = catalogue::CATALOGUE.iter().flat_map(|it| {
            let steps = it.remedy.iter().map(|step| match step {
                Step::Say(text) | Step::Type(text) => *text,
            });
            steps.chain([it.cause])
        });
        for text in texts {
            let filled = NAMES.fill(text).replace("{.spec", "");
            let open = filled.find('{').filter(|_| !filled.contains("'{\"spec\""));
            assert_eq!(open, None, "{filled}");
        }
    }
}
