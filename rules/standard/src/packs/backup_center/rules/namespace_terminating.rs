//! See [`namespace_terminating`].

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Draft, Exceeds, Objects, Run, Seen, SettingsOf, rule, shell_word};

use crate::{
    kubernetes::{messages::Message, objects::core::Namespace},
    packs::backup_center::{
        catalogue::Subject,
        diagnosis::{Diagnosis, Names},
        objects::csdr::{ApplicationBackup, ApplicationRestore, ConvertToSnapshot, NAMESPACE},
        settings::BackupCenterSettings,
        tasks::{Task, TaskKind},
    },
};

/// How many tasks get a command of their own: as many as can be read before typing. A command for
/// all follows.
const COMMANDS: usize = 10;

/// A merge patch that removes the finalizers of an object.
const NO_FINALIZERS: &str = r#"'{"metadata":{"finalizers":null}}'"#;

/// The deletion of the backup center's namespace hangs.
///
/// While it is being deleted nothing can be created in it: no backup, no pod of a component. So the
/// backup center can neither be upgraded nor uninstalled nor reinstalled.
///
/// **Fires** on the namespace csdr once it has been Terminating for more than 10 minutes.
///
/// **Quiet** on a namespace that is Active or newly Terminating, and on every other namespace.
/// Where the time of the deletion is not known, or the dump may have been taken before or after
/// those 10 minutes, it is `no data`.
///
/// **Why**: backups, restores and conversions that have finalizers, those in progress first; each
/// is evidence. If the input has none, the conditions of the namespace, which list what is left in
/// it, verbatim.
///
/// - `namespace-terminating`: finalizers of tasks. Remedy: remove them from tasks that are not
///   needed.
/// - `unknown`, `not-told`: something else, or something unknown, is left in it. Remedy: list what
///   is left.
///
/// # Settings
///
/// `namespaceTerminatingMinutes`: how long it may take.
///
/// # Metrics
///
/// None.
///
/// # Examples
///
/// ```yaml fires
/// # as-of: 2026-09-15T02:30:00Z
/// apiVersion: v1
/// kind: Namespace
/// metadata: {name: csdr, deletionTimestamp: "2026-09-15T02:00:00Z"}
/// status: {phase: Terminating}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Namespace
/// metadata: {name: csdr}
/// status: {phase: Active}
/// ```
///
/// # Sources
///
/// - That the finalizers of tasks in progress block the deletion of the namespace, and that they
///   may be removed: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - The conditions and their words: kubernetes/kubernetes
///   `pkg/controller/namespace/deletion/status_condition_utils.go`.
/// - Inferred: which tasks block it, from `metadata.finalizers`.
#[rule(severity = high)]
pub fn namespace_terminating(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    namespaces: Objects<'_, Namespace>,
    backups: Consulted<'_, ApplicationBackup>,
    restores: Consulted<'_, ApplicationRestore>,
    conversions: Consulted<'_, ConvertToSnapshot>,
) {
    let terminating = |it: &Seen<Namespace>| it.name() == NAMESPACE && it.is_terminating();
    let Some(namespace) = namespaces.iter().find(terminating) else { return };
    let Some(since) = namespace.metadata.deletion_timestamp else {
        run.undecided(&format!(
            "{}: it is being deleted; for how long is unknown, because it has no \
             metadata.deletionTimestamp",
            namespace.reference()
        ));
        return;
    };
    let age = run.age(since);
    match age.exceeds(SignedDuration::from_mins(settings.namespace_terminating_minutes.into())) {
        Exceeds::Yes => {}
        Exceeds::No => return,
        Exceeds::Undecided => {
            run.age_not_known(namespace.reference(), "how long it has been Terminating");
            return;
        }
    }
    let mut tasks = Task::backups(&backups, []);
    tasks.extend(Task::restores(&restores, []));
    tasks.extend(Task::conversions(&conversions));
    tasks.retain(|it| !it.finalizers.is_empty());
    tasks.sort_by_key(|it| it.phase != "InProgress");

    let messages = messages(&namespace);
    let names = Names::default();
    let diagnosis = if tasks.is_empty() {
        Diagnosis::of(Subject::Namespace, messages, &names)
    } else {
        Diagnosis::seen("namespace-terminating", messages)
    };
    let draft = namespace.finding(format!(
        "Namespace {NAMESPACE} has been Terminating for {age}: the backup center can be neither \
         used nor upgraded nor uninstalled"
    ));
    let draft = diagnosis.write(draft, &names);
    let draft = if diagnosis.has_remedy() { remove_finalizers(draft, &tasks) } else { list(draft) };
    let draft = draft.evidence("metadata.deletionTimestamp", since);
    run.report(tasks.iter().fold(draft, |draft, task| {
        let value = format!(
            "{} of a {} that is {}",
            task.finalizers.join(", "),
            task.kind.noun(),
            task.phase
        );
        draft.related_to(&task.object, "metadata.finalizers", value)
    }));
}

/// What the namespace says about its remaining contents.
fn messages(namespace: &Seen<Namespace>) -> Vec<Message> {
    let conditions = namespace.status.conditions.iter().enumerate();
    let messages = conditions.filter(|(_, it)| it.status == "True").filter_map(|(i, it)| {
        Message::at(namespace, format!("status.conditions[{i}].message"), &it.message)
    });
    messages.collect()
}

/// The commands that remove finalizers: of each task, and of all if there are none or too many in
/// the input.
fn remove_finalizers(draft: Draft, tasks: &[Task]) -> Draft {
    let draft = tasks.iter().take(COMMANDS).fold(draft, |draft, task| {
        draft.command(format!(
            "kubectl -n csdr patch {}/{} --type=merge -p {NO_FINALIZERS}",
            task.kind.resource(),
            shell_word(task.name())
        ))
    });
    let draft = match tasks.len() {
        0 => draft,
        all if all > COMMANDS => {
            draft.remedy(format!("There are {all} in total; this removes the finalizers of all:"))
        }
        _ => return draft,
    };
    let kinds = [TaskKind::Backup, TaskKind::Restore, TaskKind::Conversion].map(TaskKind::resource);
    draft.command(format!(
        "kubectl -n csdr get {} -o name | xargs -n 1 kubectl -n csdr patch --type=merge -p \
         {NO_FINALIZERS}",
        kinds.join(",")
    ))
}

fn list(draft: Draft) -> Draft {
    draft.remedy("This lists what is left in it; each of these objects has finalizers that must be \
                  removed:").command(
        "kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 kubectl -n csdr get \
         --ignore-not-found --show-kind",
    )
}
