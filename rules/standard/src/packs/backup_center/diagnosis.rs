//! From the messages about a failure to its cause, its remedy and its labels.
//!
//! The texts come from the [`catalogue`]; this module chooses the entry, fills in the names of the
//! object, and writes all of it into a finding.

use rulebox_sdk::{Coverage, Draft, ObjectRef, Remedy, Seen, shell_word};
use serde_json::json;

use crate::{
    kubernetes::messages::Message,
    packs::backup_center::{
        api_error::ApiError,
        catalogue::{self, Class, Entry, Found, FoundNames, Step, Subject, Tells},
        objects::csdr::BackupLocation,
        tasks::{Task, TaskKind},
    },
};

/// The names in causes and commands. An empty name is unknown: its key in upper case takes its
/// place.
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
    /// The pod that the message is about.
    pub pod: &'a str,
    /// Its node.
    pub node: &'a str,
    /// The task, where it is about one.
    pub task: Option<&'a Task>,
}

impl<'a> Names<'a> {
    /// The names of a vault.
    pub fn of_vault(vault: &'a Seen<BackupLocation>) -> Self {
        Self {
            vault: vault.name(),
            bucket: &vault.spec.object_storage.bucket,
            region: &vault.spec.config.region,
            network: &vault.spec.config.network,
            ..Self::default()
        }
    }
}

/// What replaces an unknown name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    /// Its key in upper case: the reader of a command puts the name there.
    Uppercase,
    /// Nothing, except for the names that a remedy is about: those become upper case.
    OmitOptional,
    /// Nothing.
    Omit,
}

impl Names<'_> {
    /// A name of [`catalogue::NAMES`], quoted for a shell; none if it is unknown.
    fn get(&self, name: &str, in_message: &FoundNames) -> Option<String> {
        let known = |it: &str| (!it.is_empty()).then(|| shell_word(it).into_owned());
        let kind = self.task.map(|it| it.kind);
        match name {
            "vault" => known(self.vault),
            "bucket" => known(self.bucket),
            "region" => known(self.region),
            "backup" => known(self.backup),
            "pod" => known(self.pod),
            "node" => known(self.node),
            "task" => self.task.and_then(|it| known(it.name())),
            "kind" => Some(kind.map_or("task", TaskKind::noun).to_owned()),
            "job" => Some(match self.task {
                // Only of a backup it is documented which name its job has.
                Some(task) if task.kind == TaskKind::Backup => {
                    format!("the job {}-hbr", shell_word(task.name()))
                }
                _ => "the newest job".to_owned(),
            }),
            "public_network" => {
                let mut patch = json!({"spec": {"config": {"network": "public"}}});
                if !self.region.is_empty() {
                    patch["spec"]["config"]["region"] = self.region.into();
                }
                known(&patch.to_string())
            }
            "set_region" => {
                let region = if self.region.is_empty() { "REGION" } else { self.region };
                known(&json!({"spec": {"config": {"region": region}}}).to_string())
            }
            _ => in_message.iter().find(|(it, _)| *it == name).and_then(|(_, it)| known(it)),
        }
    }

    /// A text of the catalogue with the names in it.
    fn fill(&self, text: &str, in_message: &FoundNames, placeholder: Placeholder) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled += before;
            let found = after.split_once('}');
            let found = found.filter(|(name, _)| catalogue::NAMES.iter().any(|(it, _)| it == name));
            let Some((name, after)) = found else {
                // A brace of a command's own.
                filled.push('{');
                rest = after;
                continue;
            };
            rest = after;
            let is_needed = placeholder == Placeholder::OmitOptional
                && ["vault", "region", "backup", "task"].contains(&name);
            match self.get(name, in_message) {
                Some(value) => filled += &value,
                None if placeholder == Placeholder::Uppercase || is_needed => {
                    filled += &name.to_uppercase();
                }
                None => {
                    filled.truncate(filled.trim_end_matches(' ').len());
                    if filled.ends_with(',') {
                        // It stood between commas.
                        filled.pop();
                        rest = rest.strip_prefix(',').unwrap_or(rest);
                    }
                }
            }
        }
        filled + rest
    }

    /// The network by which the bucket was asked: as the endpoint in the message shows it, else as
    /// the vault has it.
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

/// What an object shows beside the messages: no known message, but a fact.
#[derive(Debug, Clone)]
pub struct Clue {
    /// The label `reason` of a finding of which nothing else is known.
    pub reason: &'static str,
    /// The fact, in a sentence.
    pub sentence: String,
    /// The objects, the paths and the values that show it.
    pub evidence: Vec<(ObjectRef, String, String)>,
    /// What to do about it.
    pub remedy: Remedy,
    /// Whether it is what ended a component: then no other end is likely.
    pub is_end: bool,
    /// The objects whose findings would explain it.
    pub culprits: Vec<ObjectRef>,
}

/// Why something failed.
#[derive(Debug)]
pub struct Diagnosis {
    /// Every message, the best source first.
    messages: Vec<Message>,
    /// The index of the message that the entry explains.
    by: usize,
    entry: Option<&'static Entry>,
    /// The names found in it.
    names: FoundNames,
    /// Whether the message says more than the entry knows.
    says_more: bool,
    /// What else is known.
    clues: Vec<Clue>,
    /// Whether its events could be seen; none where the rule does not ask for them.
    events: Option<Coverage>,
    /// Whether it has a twin in Velero.
    has_twin: bool,
    /// Whether nothing is to be mended any more.
    is_over: bool,
}

impl Diagnosis {
    /// Of a vault that is unavailable.
    pub fn of_vault(messages: Vec<Message>, names: &Names<'_>) -> Self {
        // Whatever a vault says, it says why it is unavailable.
        let context = "backup vault is unavailable: ";
        let mut diagnosis = Self::find(messages, Subject::Vault, names, context);
        if diagnosis.reason() == "vault-unavailable" {
            // No more than is known already.
            diagnosis.entry = None;
        }
        diagnosis
    }

    /// Of a task that failed, which the names hold; of none, nothing is known.
    pub fn of_task(messages: Vec<Message>, names: &Names<'_>) -> Self {
        let Some(task) = names.task else { return Self::unknown(messages) };
        let subject = match task.kind {
            TaskKind::Backup => Subject::Backup,
            TaskKind::Restore => Subject::Restore,
            TaskKind::Conversion => Subject::Conversion,
        };
        Self { has_twin: task.twin.is_some(), ..Self::of(subject, messages, names) }
    }

    /// Of something else.
    pub fn of(subject: Subject, messages: Vec<Message>, names: &Names<'_>) -> Self {
        Self::find(messages, subject, names, "")
    }

    /// Of what a rule detects by itself, by its reason in the catalogue; messages may add to it.
    pub fn seen(reason: &str, messages: Vec<Message>) -> Self {
        Self { entry: catalogue::named(reason), ..Self::unknown(messages) }
    }

    /// The same, where events were looked for.
    #[must_use]
    pub fn with_events(self, coverage: Coverage) -> Self {
        Self { events: Some(coverage), ..self }
    }

    /// The same of a vault, whose twin was looked for.
    #[must_use]
    pub fn with_twin(self, has_twin: bool) -> Self {
        Self { has_twin, ..self }
    }

    /// The same, with what objects show beside the messages.
    #[must_use]
    pub fn with_clues(self, clues: Vec<Clue>) -> Self {
        Self { clues, ..self }
    }

    /// The same, where nothing is to be mended any more.
    #[must_use]
    pub fn without_remedy(self) -> Self {
        Self { is_over: true, ..self }
    }

    /// Whether no message says a known cause: what objects show may be it.
    pub fn is_open(&self) -> bool {
        self.entry.is_none_or(|it| it.tells == Tells::Symptom)
    }

    /// Whether neither a message nor an object says anything.
    pub fn is_silent(&self) -> bool {
        self.entry.is_none() && self.messages.is_empty() && self.clues.is_empty()
    }

    /// Whether no message is known.
    pub fn is_unknown(&self) -> bool {
        self.entry.is_none()
    }

    fn unknown(messages: Vec<Message>) -> Self {
        Self {
            messages,
            by: 0,
            entry: None,
            names: Vec::new(),
            says_more: false,
            clues: Vec::new(),
            events: None,
            has_twin: false,
            is_over: false,
        }
    }

    /// The first message that names a cause, else the first that names a symptom.
    fn find(messages: Vec<Message>, subject: Subject, names: &Names<'_>, context: &str) -> Self {
        let known = messages.iter().enumerate().filter_map(|(by, it)| {
            let message = format!("{context}{}", it.text);
            Some((by, catalogue::find(&message, subject, names.network(&message))?))
        });
        let mut known: Vec<_> = known.collect();
        let cause = known.iter().position(|(_, it)| it.entry.tells == Tells::Cause);
        if known.is_empty() {
            return Self::unknown(messages);
        }
        let (by, Found { entry, names, says_more }) = known.swap_remove(cause.unwrap_or(0));
        Self { by, entry: Some(entry), names, says_more, ..Self::unknown(messages) }
    }

    /// A stable word: that of the entry, that of a clue without a message, `unknown` for an unknown
    /// message, `not-told` where nothing says anything.
    pub fn reason(&self) -> &'static str {
        match (self.entry, self.clues.first()) {
            (Some(entry), _) => entry.reason,
            (None, Some(clue)) if self.messages.is_empty() => clue.reason,
            (None, _) if self.messages.is_empty() => "not-told",
            (None, _) => "unknown",
        }
    }

    /// Whose failure it is, where a message says it.
    pub fn class(&self) -> Option<Class> {
        self.entry.map(|it| it.class)
    }

    /// A name of [`catalogue::NAMES`] that was found in the message.
    pub fn name(&self, name: &str) -> Option<&str> {
        self.names.iter().find(|(it, _)| *it == name).map(|(_, it)| it.as_str())
    }

    /// The reason, or the text of an unknown message: what distinguishes failures of different
    /// causes.
    pub fn reason_or_text(&self) -> String {
        match self.messages.get(self.by) {
            Some(message) if self.entry.is_none() => message.text.clone(),
            _ => self.reason().to_owned(),
        }
    }

    /// Whether it failed because its vault could not be used: then there is nothing to look at but
    /// the vault.
    pub fn blames_vault(&self) -> bool {
        let of_vault = [
            "vaulterror",
            "vault is unavailable",
            "is in unavailable status",
            "is unavailable, cannot retrieve the backup",
        ];
        let texts = || self.messages.iter().map(|it| it.text.to_lowercase());
        of_vault.iter().any(|part| texts().any(|it| it.contains(part)))
    }

    /// Writes the cause, the labels and the evidence into a finding, and the remedy if one is
    /// known.
    pub fn write(&self, draft: Draft, names: &Names<'_>) -> Draft {
        let message = self.messages.get(self.by);
        let answer = message.and_then(|it| ApiError::find(&it.text));
        let code = answer.as_ref().map_or("", |it| &it.code);
        let mut draft = draft
            .cause(self.cause(names, message, answer.as_ref()))
            .label("reason", self.reason())
            .label("class", self.entry.map_or("", |it| it.class.as_str()))
            .label("error_code", code);
        for clue in self.clues.iter().filter(|_| !self.is_over) {
            draft = draft.steps(&clue.remedy);
        }
        for step in self.steps() {
            draft = match step {
                Step::Say(text) => {
                    draft.remedy(names.fill(text, &self.names, Placeholder::OmitOptional))
                }
                Step::Type(command) => {
                    draft.command(names.fill(command, &self.names, Placeholder::Uppercase))
                }
                Step::Again => match names.task {
                    Some(task) => start_again(draft, task),
                    None => draft,
                },
            };
        }
        for message in message.into_iter().chain(self.messages.first().filter(|_| self.by > 0)) {
            draft = message.cite(draft);
        }
        for (object, path, value) in self.clues.iter().flat_map(|it| &it.evidence) {
            draft = draft.related_to(object, path, value);
        }
        match (message, answer) {
            // Every request has a different one, so it is not a label; the vendor's support asks
            // for it.
            (Some(message), Some(ApiError { request_id, .. })) if !request_id.is_empty() => draft
                .related_to(&message.object, &format!("RequestId in {}", message.path), request_id),
            _ => draft,
        }
    }

    /// The objects whose findings would explain what objects show.
    pub fn culprits(&self) -> impl Iterator<Item = &ObjectRef> {
        self.clues.iter().flat_map(|it| &it.culprits)
    }

    /// Whether [`Self::write`] has quoted a text.
    pub fn has_quoted(&self, text: &str) -> bool {
        self.quoted().into_iter().any(|it| self.messages.get(it).is_some_and(|it| it.text == text))
    }

    /// Which of the texts [`Self::write`] has quoted.
    pub fn quoted(&self) -> [usize; 2] {
        [self.by, 0]
    }

    /// Whether [`Self::write`] has written a remedy.
    pub fn has_remedy(&self) -> bool {
        let by_clues = self.clues.iter().any(|it| it.remedy != Remedy::default());
        by_clues || self.steps().next().is_some()
    }

    /// Whether the message has words of which nothing is known.
    fn is_quoted(&self) -> bool {
        self.says_more && self.entry.is_some_and(|it| it.quotes)
    }

    /// Whether what ended a component is known.
    fn knows_end(&self) -> bool {
        self.clues.iter().any(|it| it.is_end)
    }

    /// The steps of the entry that are right here.
    fn steps(&self) -> impl Iterator<Item = &'static Step> {
        let remedy = self.entry.filter(|_| !self.is_over).map_or(&[][..], |it| it.remedy);
        let looks = self.entry.filter(|_| self.is_quoted()).map_or(usize::MAX, |it| it.looks);
        // How to look for an end that is known, and to guard against another, is of no use.
        let ends_known = self.knows_end();
        remedy.iter().take(looks).filter(move |it| !ends_known || matches!(it, Step::Again))
    }

    fn cause(
        &self,
        names: &Names<'_>,
        message: Option<&Message>,
        answer: Option<&ApiError>,
    ) -> String {
        let mut cause = match (self.entry, message) {
            (Some(entry), _) => self.known_cause(entry, names, message, answer),
            (None, Some(message)) => format!("Unrecognised message: {}", message.text),
            (None, None) if self.clues.iter().all(|it| it.reason == "not-told") => self.silence(),
            (None, None) => String::new(),
        };
        for clue in &self.clues {
            // An unknown message may end in anything.
            if !cause.is_empty() {
                cause += if cause.ends_with(['.', '!', '?']) { " " } else { ". " };
            }
            cause += &clue.sentence;
        }
        cause
    }

    fn known_cause(
        &self,
        entry: &'static Entry,
        names: &Names<'_>,
        message: Option<&Message>,
        answer: Option<&ApiError>,
    ) -> String {
        let mut cause = names.fill(entry.cause, &self.names, Placeholder::Omit);
        match message {
            Some(message) if self.is_quoted() => {
                return format!("{cause} The message says: {}", message.text);
            }
            _ if entry.possible.is_empty() || !self.clues.is_empty() => {}
            _ => {
                cause += " ";
                cause += &names.fill(entry.possible, &self.names, Placeholder::Omit);
            }
        }
        let Some(answer) = answer else { return cause };
        let is_refused = ["AccessDenied", "BucketNotBelongTo"].contains(&answer.code.as_str());
        let is_refused = answer.is_oss && is_refused;
        if is_refused && !names.bucket.is_empty() && !names.bucket.starts_with("cnfs-oss-") {
            cause += " The name of the bucket does not begin with cnfs-oss-, which an ACK managed \
                      cluster requires.";
        }
        let who = if answer.is_oss { "OSS" } else { "Alibaba Cloud" };
        format!("{cause} {who} answered {answer}")
    }

    /// Where a reason was looked for, and is none.
    fn silence(&self) -> String {
        let mut asked = vec!["its status"];
        if self.events == Some(Coverage::Complete) {
            asked.push("its Warning events (they are kept for about an hour)");
        }
        if self.has_twin {
            asked.push("its twin in Velero");
        }
        let none = match asked.as_slice() {
            [status] => format!("{status} gives none"),
            [first @ .., last] => format!("{} and {last} give none", first.join(", ")),
            [] => String::new(),
        };
        let unseen = match self.events {
            Some(Coverage::Absent) => " The input does not show events.",
            Some(Coverage::Partial) => " The input does not show all events.",
            Some(Coverage::Complete) | None => "",
        };
        format!("No reason was found: {none}.{unseen}")
    }
}

/// How to see the outcome for each object, if no message says it.
pub fn read_on_in_velero(draft: Draft, names: &Names<'_>) -> Draft {
    let command = |text| names.fill(text, &Vec::new(), Placeholder::Uppercase);
    draft
        .remedy("Then see which objects Velero could not process, and why:")
        .command(command(catalogue::DESCRIBE_VELERO))
        .command(command(catalogue::LOG_VELERO))
}

/// How a task is started again.
fn start_again(draft: Draft, task: &Task) -> Draft {
    match (task.kind, task.plan.as_str()) {
        (TaskKind::Backup, "") => draft.remedy("Then start the backup again, under a new name."),
        (TaskKind::Backup, plan) => draft.remedy(format!(
            "Then start the backup again under a new name, or wait for the next run of its plan \
             {plan}."
        )),
        (TaskKind::Restore, _) => draft.remedy("Then start the restore again, under a new name."),
        // It has the name of its backup, so there can only be one.
        (TaskKind::Conversion, _) => draft
            .remedy(
                "Then remove the failed conversion by a DeleteRequest, not by kubectl delete, and \
                 start it again:",
            )
            .command(task.delete_command()),
    }
}

#[cfg(test)]
mod tests {
    use rulebox_sdk::ObjectRef;

    use super::*;

    const NAMES: Names<'_> = Names {
        vault: "vault-prod",
        bucket: "cnfs-oss-prod",
        region: "cn-hangzhou",
        network: "Public",
        backup: "orders-1",
        pod: "hbr-client-1",
        node: "node-1",
        task: None,
    };

    fn messages(texts: &[&str]) -> Vec<Message> {
        let object = BackupLocation::named("vault-prod");
        let message = |it: &&str| Message {
            text: (*it).to_owned(),
            object: object.clone(),
            path: "status.message".to_owned(),
            events: None,
        };
        texts.iter().map(message).collect()
    }

    fn task(kind: TaskKind, name: &str, plan: &str) -> Task {
        let object = ObjectRef { name: name.to_owned(), ..ObjectRef::default() };
        Task { plan: plan.to_owned(), ..Task::named(kind, &object) }
    }

    #[track_caller]
    fn check(texts: &[&str], want_of_backup: &str, want_of_vault: &str) {
        let backup = Diagnosis::of(Subject::Backup, messages(texts), &NAMES);
        assert_eq!(backup.reason(), want_of_backup, "{texts:?}");
        assert_eq!(
            Diagnosis::of_vault(messages(texts), &NAMES).reason(),
            want_of_vault,
            "{texts:?}"
        );
    }

    #[test]
    fn a_cause_outweighs_a_symptom_that_a_better_witness_tells() {
        check(
            &["vault is unavailable: StatusCode=403", "ErrorCode=InvalidObjectState"],
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

    /// The cause in a finding about a backup.
    #[track_caller]
    fn check_cause(diagnosis: Diagnosis, want: &str) {
        let draft = diagnosis.write(Draft::new(BackupLocation::named("v"), ""), &NAMES);
        let text = format!("{draft:?}");
        assert!(text.contains(&format!("cause: {want:?}")), "{want}\n{text}");
    }

    #[test]
    fn silence_is_told_only_of_what_was_seen() {
        let silence = || Diagnosis::of(Subject::Backup, Vec::new(), &NAMES);
        let none = "No reason was found: its status";
        check_cause(silence(), &format!("{none} gives none."));
        check_cause(
            silence().with_events(Coverage::Absent),
            &format!("{none} gives none. The input does not show events."),
        );
        check_cause(
            silence().with_events(Coverage::Partial).with_twin(true),
            &format!(
                "{none} and its twin in Velero give none. The input does not show all events."
            ),
        );
        check_cause(
            silence().with_events(Coverage::Complete).with_twin(true),
            &format!(
                "{none}, its Warning events (they are kept for about an hour) and its twin in \
                 Velero give none."
            ),
        );
    }

    fn clue(reason: &'static str, is_end: bool) -> Clue {
        Clue {
            reason,
            sentence: "The loom burnt.".to_owned(),
            evidence: Vec::new(),
            remedy: Remedy::default(),
            is_end,
            culprits: Vec::new(),
        }
    }

    #[test]
    fn what_objects_show_takes_the_place_of_what_is_likely() {
        let of = |texts: &[&str]| Diagnosis::of(Subject::Backup, messages(texts), &NAMES);
        let restarted = "found a backup during the server starting";
        let marked = "csdr-velero was restarted during the task and marked it Failed when it \
                      started again.";
        check_cause(
            of(&[restarted]),
            &format!("{marked} The usual reason is that it was OOM-killed."),
        );
        let known = of(&[restarted]).with_clues(vec![clue("evicted", true)]);
        assert!(known.steps().all(|it| matches!(it, Step::Again)), "no memory is advised");
        check_cause(known, &format!("{marked} The loom burnt."));
        check_cause(
            of(&["lane 7"]).with_clues(vec![clue("evicted", false)]),
            "Unrecognised message: lane 7. The loom burnt.",
        );
        let alone = of(&[]).with_clues(vec![clue("evicted", false)]);
        assert_eq!(alone.reason(), "evicted");
        check_cause(alone, "The loom burnt.");
        check_cause(
            of(&[]).with_clues(vec![clue("not-told", false)]),
            "No reason was found: its status gives none. The loom burnt.",
        );
    }

    #[test]
    fn what_is_unknown_behind_a_known_beginning_is_quoted() {
        let text = "HBR backup request failed: InDebt";
        check_cause(
            Diagnosis::of(Subject::Backup, messages(&[text]), &NAMES),
            &format!("Cloud Backup did not take or finish the job. The message says: {text}"),
        );
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
        let cause = |bucket, text| {
            let names = Names { bucket, ..NAMES };
            let finding = Draft::new(BackupLocation::named("v"), "");
            let diagnosis = Diagnosis::of_vault(messages(&[text]), &names);
            format!("{:?}", diagnosis.write(finding, &names))
        };
        let oss = concat!(
            "oss: service returned error: StatusCode=403, ErrorCode=AccessDenied, ",
            r#"ErrorMessage="No.""#,
        );
        assert!(cause("prod", oss).contains("does not begin with cnfs-oss-"));
        assert!(!cause("cnfs-oss-prod", oss).contains("does not begin"));
        let other = "check HBR vault error: SDKError:\n   StatusCode: 403\n   Code: Forbidden";
        assert!(!cause("prod", other).contains("does not begin"));
    }

    #[test]
    fn the_id_of_a_request_is_evidence_and_no_label() {
        let text = "SDKError:\n   StatusCode: 403\n   Code: Forbidden\n   Message: No, request id: \
                    5A3C-01";
        let draft = Draft::new(BackupLocation::named("v"), "");
        let draft = Diagnosis::of(Subject::Backup, messages(&[text]), &NAMES).write(draft, &NAMES);
        let text = format!("{draft:?}");
        assert!(
            text.contains(r#"path: "RequestId in status.message", value: "5A3C-01""#),
            "{text}"
        );
        assert!(text.contains(r#"("error_code", "Forbidden")"#), "{text}");
        assert!(!text.contains(r#"", "5A3C-01")"#), "{text}");
    }

    #[track_caller]
    fn check_fill(names: &Names<'_>, text: &str, want: &str) {
        assert_eq!(names.fill(text, &Vec::new(), Placeholder::Uppercase), want);
    }

    #[test]
    fn names_are_filled_in() {
        check_fill(
            &NAMES,
            "{vault} {bucket} {region} {backup}-hbr {pod} {node}",
            "vault-prod cnfs-oss-prod cn-hangzhou orders-1-hbr hbr-client-1 node-1",
        );
        check_fill(
            &NAMES,
            "-p {public_network}",
            r#"-p '{"spec":{"config":{"network":"public","region":"cn-hangzhou"}}}'"#,
        );
    }

    #[test]
    fn names_that_the_message_tells_are_filled_in() {
        let found = vec![("pvc", "data".to_owned()), ("namespace", "a b".to_owned())];
        let filled = NAMES.fill("-n {namespace} {pvc} {driver}", &found, Placeholder::Uppercase);
        assert_eq!(filled, "-n 'a b' data DRIVER");
    }

    #[test]
    fn a_command_speaks_of_the_task() {
        let text = "{kind} {task} {job}";
        for (kind, want) in [
            (TaskKind::Backup, "backup 'x y' the job 'x y'-hbr"),
            (TaskKind::Restore, "restore 'x y' the newest job"),
            (TaskKind::Conversion, "conversion 'x y' the newest job"),
        ] {
            let task = task(kind, "x y", "");
            check_fill(&Names { task: Some(&task), ..NAMES }, text, want);
        }
        check_fill(&NAMES, text, "task TASK the newest job");
    }

    #[test]
    fn a_task_is_started_again_as_its_kind_allows() {
        let again = |kind, plan| {
            let draft = Draft::new(ObjectRef::default(), "");
            format!("{:?}", start_again(draft, &task(kind, "x", plan)))
        };
        assert!(again(TaskKind::Backup, "").contains("again, under a new name."));
        assert!(again(TaskKind::Backup, "daily").contains("the next run of its plan daily."));
        assert!(again(TaskKind::Restore, "").contains("the restore again, under a new name."));
        let conversion = again(TaskKind::Conversion, "");
        assert!(conversion.contains(r#"deleteObjectType\":\"Convert"#), "{conversion}");
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
        for entry in catalogue::CATALOGUE {
            let cause = Names::default().fill(entry.cause, &Vec::new(), Placeholder::Omit);
            let words: Vec<_> = cause.split([' ', ',', '.', ':']).collect();
            // PVC is a word of its own.
            for (name, _) in catalogue::NAMES.iter().filter(|(it, _)| *it != "pvc") {
                let stand_in = name.to_uppercase();
                assert!(!words.contains(&stand_in.as_str()), "{stand_in} in {cause}");
            }
            assert!(!cause.contains(" .") && !cause.contains("  "), "{cause}");
            assert!(!cause.contains(" ,") && !cause.contains(",,"), "{cause}");
        }
    }

    #[test]
    fn names_cannot_leave_their_place() {
        let evil = Names { vault: "a'; id; '", region: "x'\"", ..NAMES };
        check_fill(&evil, "describe {vault}", r"describe 'a'\''; id; '\'''");
        check_fill(&evil, "{set_region}", r#"'{"spec":{"config":{"region":"x'\''\""}}}'"#);
        let nested = Names { vault: "{region}", ..NAMES };
        check_fill(&nested, "describe {vault}", "describe '{region}'");
    }

    #[test]
    fn braces_that_are_no_name_stay() {
        check_fill(
            &NAMES,
            "-o jsonpath='{.spec}' '{\"a\":{}}'",
            "-o jsonpath='{.spec}' '{\"a\":{}}'",
        );
    }
}
