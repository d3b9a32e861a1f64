//! What happened when, for the timeline: tasks and outages in the row of their vault, what happened
//! to a pod in that of its component. Only what objects and events tell.

use std::{cmp::Reverse, ops::Deref};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{ObjectRef, Run, Seen, SpanDraft, duration_words};

use crate::{
    kubernetes::{
        ends::{self, Why},
        kills,
        messages::{Happening, Warnings, plural},
        objects::core::{ContainerStatus, Pod},
    },
    packs::backup_center::tasks::{Task, TaskKind},
};

/// For how long before the input was taken what has ended is told: a weekly plan has run in it.
const WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many tasks a rule tells, the newest: six plans that run every four hours, for a week. More
/// is no picture, and the metrics count all.
const MOST: usize = 300;

/// A task, how it came out, and what ended it.
pub struct Ran<'a> {
    /// Which.
    pub task: &'a Task,
    /// Whether it goes on for longer than it may.
    pub is_stuck: bool,
    /// What ended it, or made it fail.
    pub ended_by: Vec<ObjectRef>,
}

impl<'a> Ran<'a> {
    /// One of which nothing more is known.
    pub fn of(task: &'a Task) -> Self {
        Self { task, is_stuck: false, ended_by: Vec::new() }
    }

    fn outcome(&self) -> &'static str {
        match self.task.phase.as_str() {
            _ if self.is_stuck => "stuck",
            "Completed" if self.task.lacks_something() => "partially-failed",
            "Completed" => "completed",
            "PartiallyFailed" => "partially-failed",
            "Failed" => "failed",
            "InProgress" => "in-progress",
            "" | "New" if self.task.is_waiting() => "waiting",
            _ => "unknown",
        }
    }

    fn span(&self) -> Option<(Timestamp, SpanDraft)> {
        let Self { task, ended_by, .. } = self;
        let start = task.began()?;
        let (kind, outcome) = (task.kind, self.outcome());
        let is_over = !task.is_waiting();
        let end = is_over.then(|| task.ended.unwrap_or(start));
        let became = match (outcome, task.phase.as_str()) {
            ("stuck", "InProgress") => "is stuck in progress".to_owned(),
            ("stuck", _) => "is stuck: it was not started".to_owned(),
            ("completed", _) => "completed".to_owned(),
            ("partially-failed", _) => "partially failed".to_owned(),
            ("failed", _) => "failed".to_owned(),
            ("in-progress", _) => "is in progress".to_owned(),
            ("waiting", _) => "waits to be started".to_owned(),
            (_, "") => "tells no phase".to_owned(),
            (_, phase) => format!("is {phase}"),
        };
        let when = match task.ended.filter(|_| is_over) {
            Some(ended) => {
                let took = ended.duration_since(start).max(SignedDuration::ZERO);
                format!(" after {}", duration_words(took))
            }
            None if is_over => "; when it ended is not told".to_owned(),
            None => task
                .twin
                .as_ref()
                .filter(|it| it.ended.is_some())
                .map_or_else(String::new, |it| format!("; in Velero it is {}", it.state())),
        };
        let summary = format!("{} {} {became}{when}", kind.title(), task.name());
        let lane = vault_lane(&task.vault.name);
        let draft = SpanDraft::new(kind.noun(), &lane, task.object.clone(), start, summary)
            .outcome(outcome)
            .label("backup", if kind == TaskKind::Backup { "" } else { &task.backup })
            .label("schedule", &task.plan);
        let draft = end.into_iter().fold(draft, SpanDraft::until);
        Some((end.unwrap_or(Timestamp::MAX), ended_by.iter().fold(draft, SpanDraft::ended_by)))
    }
}

/// The row of a vault and its tasks.
pub fn vault_lane(vault: &str) -> String {
    if vault.is_empty() { "no known vault".to_owned() } else { format!("vault {vault}") }
}

/// Tells the tasks that go on, and the newest of those that ended within the last week.
pub fn tell_tasks<'a>(run: &Run<'_>, tasks: impl IntoIterator<Item = Ran<'a>>) {
    let mut tasks: Vec<_> = tasks.into_iter().collect();
    tasks.sort_by_key(|it| (Reverse(it.task.began()), it.task.name().to_owned()));
    let spans = tasks.iter().filter_map(Ran::span).filter(|(end, _)| is_recent(run, *end));
    for (_, span) in spans.take(MOST) {
        run.tell(span);
    }
}

fn is_recent(run: &Run<'_>, end: Timestamp) -> bool {
    !run.age(end).exceeds(WITHIN).certainly()
}

/// Tells how a pod of a component and its containers ended, as far as the pod keeps it (of each
/// container the last time, and the time before), and since when it is not ready.
pub fn tell_pod<L, P: Deref<Target = Pod<L>>>(
    run: &Run<'_>,
    component: &str,
    pod: &Seen<P>,
    warnings: &impl Deref<Target = Warnings>,
) {
    let object = pod.reference();
    let instant = |kind: &str, time: Timestamp, summary: String| {
        SpanDraft::new(kind, component, object.clone(), time, summary).until(time)
    };
    // Most pods have never ended, and need no events.
    let has_ended = pod.status.containers().any(|(_, it)| it.last_end().is_some());
    let known = if has_ended || !pod.status.reason.is_empty() || !pod.lives() {
        ends::all(object, pod, warnings)
    } else {
        Vec::new()
    };
    for end in &known {
        let Some(time) = end.time.filter(|it| is_recent(run, *it)) else { continue };
        let kind = match end.why {
            Why::OomKilled => "oom-kill",
            Why::Killed => "kill",
            why if why.is_of_pod() => why.as_str(),
            _ => "restart",
        };
        let container = end.container.as_deref().unwrap_or_default();
        run.tell(
            instant(kind, time, end.sentence())
                .label("reason", end.why.as_str())
                .label("container", container),
        );
    }
    for (at, container) in pod.status.containers() {
        let is_init = at.starts_with("status.initContainer");
        let now = container.state.terminated.as_ref().filter(|_| !is_init);
        let before = container.last_state.terminated.as_ref();
        let exits = [(now, "exited"), (before, "exited and was restarted")];
        for (end, what) in exits {
            let Some(time) = end.and_then(|it| it.finished_at) else { continue };
            let is_known = known.iter().any(|it| {
                let is_it = it.container.as_ref().is_none_or(|it| *it == container.name);
                is_it && it.time == Some(time)
            });
            if is_known || !is_recent(run, time) {
                continue;
            }
            let exit = end.map(kills::words).unwrap_or_default();
            let summary = format!(
                "Container {} of pod {} {what}: {exit}{}",
                container.name,
                pod.name(),
                restarts(container)
            );
            run.tell(instant("restart", time, summary).label("container", &container.name));
        }
    }
    if pod.lives() && !pod.status.is_ready() {
        let condition = pod.status.condition("Ready");
        let since = condition.and_then(|(_, it)| it.last_transition_time);
        let is_looping = pod.status.containers().any(|(_, it)| it.is_backing_off());
        if let Some(since) = since.filter(|_| !is_looping) {
            let summary = format!("Pod {} of {component} is not ready", pod.name());
            run.tell(SpanDraft::new("not-ready", component, object.clone(), since, summary));
        }
    }
}

/// How often a container was restarted, behind one of the restarts.
fn restarts(container: &ContainerStatus) -> String {
    match container.restarts() {
        0 | 1 => String::new(),
        many => format!("; {many} restarts in all, of which the pod keeps the last"),
    }
}

/// Tells that a container is restarted again and again: since its first back-off, as far as events
/// show it, else since its last run began.
pub fn tell_crash_loop<T>(
    run: &Run<'_>,
    component: &str,
    pod: &Seen<T>,
    container: &ContainerStatus,
    warnings: &Warnings,
) {
    let delays = warnings.happenings(pod.reference()).filter(|it| it.reason == "BackOff");
    let end = container.last_end().map(|(_, it)| it);
    let last_run = end.and_then(|it| it.started_at.or(it.finished_at));
    let Some(start) = delays.filter_map(Happening::first).chain(last_run).min() else { return };
    let many = container.restarts();
    let summary = format!(
        "Container {} of pod {} keeps crashing: {many} {} in all, and this is the first that is \
         known",
        container.name,
        pod.name(),
        plural(many, "restart")
    );
    let span = SpanDraft::new("crash-loop", component, pod.reference().clone(), start, summary)
        .label("container", &container.name);
    let finished = end.and_then(|it| it.finished_at).filter(|_| !container.is_backing_off());
    run.tell(finished.into_iter().fold(span, SpanDraft::until));
}
