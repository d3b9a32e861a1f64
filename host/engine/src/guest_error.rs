//! How a guest fails while it runs. Each failure has a stable code and says what to do.

use std::{io, time::Duration};

use thiserror::Error;

/// How a guest failed while it ran.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GuestError {
    /// The guest did not end within its part of [`Limits::deadline`](crate::Limits::deadline): half
    /// of it for all rules together, and half of what is left for each rule alone. The message
    /// names the whole, since the parts depend on what the guests before have used.
    #[error("it did not end in time; the pack has {} for all that it does", seconds(*limit))]
    DeadlineExceeded {
        /// The limit.
        limit: Duration,
    },
    /// The rule was not run, because too many other rules of the pack exceeded the deadline.
    #[error("not run: {loops} other rules of the pack ran into the deadline")]
    NotRun {
        /// How many rules exceeded the deadline.
        loops: usize,
    },
    /// The guest asked for more memory than [`Limits::memory_bytes`](crate::Limits::memory_bytes),
    /// and failed without.
    #[error("it asked for {asked} bytes of memory; the limit is {limit}{}", after(then))]
    MemoryExceeded {
        /// How much the guest asked for.
        asked: usize,
        /// The limit.
        limit: usize,
        /// How the guest failed after the refusal.
        then: String,
    },
    /// The same for [`Limits::table_elements`](crate::Limits::table_elements).
    #[error("it asked for tables of {asked} elements; the limit is {limit}{}", after(then))]
    TableExceeded {
        /// How much the guest asked for.
        asked: usize,
        /// The limit.
        limit: usize,
        /// How the guest failed after the refusal.
        then: String,
    },
    /// The guest's functions call each other too deeply.
    #[error("its stack overflowed{}", at(function.as_ref()))]
    StackOverflow {
        /// The function that overflowed the stack, if the pack names its functions.
        function: Option<String>,
    },
    /// The guest trapped.
    #[error("it trapped: {trap}{}{}", at(function.as_ref()), last_words(said))]
    Trap {
        /// wasmtime's words.
        trap: String,
        /// The function that trapped, if the pack names its functions.
        function: Option<String>,
        /// What the guest logged last.
        said: String,
    },
    /// The guest called `exit`.
    #[error("it called exit{}", last_words(said))]
    Exit {
        /// What the guest logged last.
        said: String,
    },
    /// The guest called a function of WASI that the host does not have.
    #[error("it called `{function}`, which a pack does not get")]
    ForeignCall {
        /// The function.
        function: String,
    },
    /// The guest asked for objects, or reported something, in `describe`.
    #[error("`describe` called `{function}`; it may only describe")]
    ImpureDescribe {
        /// The function.
        function: &'static str,
    },
    /// The guest opened a need that the pack has not declared.
    #[error("it opened the need `{need}`, which it has not declared as a need for {sort}")]
    UnknownNeed {
        /// The need.
        need: String,
        /// `objects` or `texts`.
        sort: &'static str,
    },
    /// The guest called `next(0)`; it would take an empty answer for the end.
    #[error("it asked `next` for 0 objects, and could not tell the answer from the end")]
    EmptyBatch,
    /// The guest holds more cursors open than any pack needs.
    #[error("it holds more than {limit} cursors open")]
    TooManyCursors {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::findings`](crate::Limits::findings).
    #[error("more than {limit} findings")]
    TooManyFindings {
        /// The limit.
        limit: usize,
    },
    /// More than a finding may hold of something.
    #[error("a finding of {found} {what}; the limit is {limit}")]
    FindingTooLong {
        /// `pieces of evidence`, `labels` or `causes`.
        what: &'static str,
        /// How many the finding has.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::samples`](crate::Limits::samples).
    #[error("more than {limit} samples")]
    TooManySamples {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::spans`](crate::Limits::spans).
    #[error("more than {limit} spans of the timeline")]
    TooManySpans {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::undecided`](crate::Limits::undecided).
    #[error("more than {limit} calls of `undecided`")]
    TooManyUndecided {
        /// The limit.
        limit: usize,
    },
    /// The host rejected more findings, samples, spans and reasons than
    /// [`Limits::findings`](crate::Limits::findings).
    #[error(
        "more than {limit} findings, samples, spans and reasons that cannot be taken; one of them: \
         {example}"
    )]
    TooManyRejected {
        /// The limit.
        limit: usize,
        /// Why the host rejected one of them.
        example: String,
    },
    /// More than [`Limits::output_bytes`](crate::Limits::output_bytes).
    #[error("more than {limit} bytes of findings, samples and spans")]
    OutputTooBig {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::call_bytes`](crate::Limits::call_bytes).
    #[error("it passed more than {limit} bytes in one call")]
    CallTooBig {
        /// The limit.
        limit: usize,
    },
    /// The guest passed bytes that are no value of the type: invalid UTF-8, an enum case that does
    /// not exist, a pointer outside its memory.
    #[error("it passed a value that is none of its type: {reason}")]
    InvalidValue {
        /// wasmtime's words.
        reason: String,
    },
    /// `evaluate` returned an error.
    #[error("`evaluate` returned an error: {}", one_line(message))]
    Returned {
        /// The pack's words.
        message: String,
    },
    /// The host could not start the thread that watches the deadline.
    #[error("the host has no thread to watch the deadline: {reason}")]
    NoThread {
        /// The system's words.
        reason: String,
    },
}

impl GuestError {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DeadlineExceeded { .. } => "deadline-exceeded",
            Self::NotRun { .. } => "not-run",
            Self::MemoryExceeded { .. } => "memory-exceeded",
            Self::TableExceeded { .. } => "table-exceeded",
            Self::StackOverflow { .. } => "stack-overflow",
            Self::Trap { .. } => "trap",
            Self::Exit { .. } => "exit",
            Self::ForeignCall { .. } => "foreign-call",
            Self::ImpureDescribe { .. } => "impure-describe",
            Self::UnknownNeed { .. } => "unknown-need",
            Self::EmptyBatch => "empty-batch",
            Self::TooManyCursors { .. } => "too-many-cursors",
            Self::TooManyFindings { .. } => "too-many-findings",
            Self::FindingTooLong { .. } => "finding-too-long",
            Self::TooManySamples { .. } => "too-many-samples",
            Self::TooManySpans { .. } => "too-many-spans",
            Self::TooManyUndecided { .. } => "too-many-undecided",
            Self::TooManyRejected { .. } => "too-many-rejected",
            Self::OutputTooBig { .. } => "output-too-big",
            Self::CallTooBig { .. } => "call-too-big",
            Self::InvalidValue { .. } => "invalid-value",
            Self::Returned { .. } => "evaluate-failed",
            Self::NoThread { .. } => "no-thread",
        }
    }

    /// The limit that one pack may be granted more of, as a configuration calls it.
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::DeadlineExceeded { .. } => Some("deadline"),
            Self::MemoryExceeded { .. } => Some("memory"),
            Self::TooManyFindings { .. } => Some("findings"),
            Self::TooManySamples { .. } => Some("samples"),
            Self::OutputTooBig { .. } => Some("output"),
            _ => None,
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        let help = match self {
            Self::DeadlineExceeded { .. } => {
                "look for a loop that does not end in the rule, or allow more: `--pack-deadline`"
            }
            Self::NotRun { .. } => "correct or skip the rules that ran into it",
            Self::MemoryExceeded { .. } => {
                "ask for fewer fields, do not keep objects that the rule is done with, or allow \
                 more: `--pack-memory`"
            }
            Self::TableExceeded { .. } => "build the pack as one component of one module",
            Self::StackOverflow { .. } => "look for a recursion that does not end in the rule",
            Self::Trap { .. } | Self::Exit { .. } => {
                "report it to the pack's author, with this message; skip the rule until then"
            }
            Self::ForeignCall { .. } => {
                "a pack has no files, no network and no processes; do without"
            }
            Self::ImpureDescribe { .. } => "move the call to `evaluate`",
            Self::UnknownNeed { .. } => "declare it in `describe`",
            Self::EmptyBatch => "ask for at least 1",
            Self::TooManyCursors { .. } => "drop each cursor when it is read",
            Self::TooManyFindings { .. } => {
                "report one finding for the cause, not for each effect, or allow more: \
                 `--pack-findings`"
            }
            Self::FindingTooLong { .. } => "name what matters, and count the rest in the summary",
            Self::TooManySamples { .. } => {
                "aggregate, since a series for each object is too many, or allow more: \
                 `--pack-samples`"
            }
            Self::TooManySpans { .. } => "give the newest, as many as a picture can show",
            Self::TooManyUndecided { .. } => "say it once for each rule",
            Self::TooManyRejected { .. } => {
                "report only what `describe` has declared, and for the rules that are asked for"
            }
            Self::OutputTooBig { .. } => {
                "quote what matters as evidence, not whole objects, or allow more: `--pack-output`"
            }
            Self::CallTooBig { .. } => "pass less at once",
            Self::InvalidValue { .. } => {
                "build the pack with a binding generator, not by hand: it breaks the canonical ABI"
            }
            Self::Returned { .. } => "see the message; report it to the pack's author",
            Self::NoThread { .. } => "raise the limit of processes (`ulimit -u`)",
        };
        help.to_owned()
    }
}

impl From<io::Error> for GuestError {
    fn from(error: io::Error) -> Self {
        Self::NoThread { reason: error.to_string() }
    }
}

/// A limit of time in an error.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn at(function: Option<&String>) -> String {
    function.map(|it| format!(" in `{it}`")).unwrap_or_default()
}

fn after(then: &str) -> String {
    if then.is_empty() { String::new() } else { format!(" ({then})") }
}

/// What the guest logged last.
fn last_words(said: &str) -> String {
    let said = one_line(said);
    if said.is_empty() { said } else { format!("; its last words: {said}") }
}

/// What a guest said in lines, in one line, because all messages are one line.
fn one_line(said: &str) -> String {
    let lines: Vec<_> = said.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    lines.join(" | ")
}

/// One error of each variant; a new variant belongs here.
#[cfg(test)]
pub(crate) fn one_of_each() -> Vec<GuestError> {
    let word = || "word".to_owned();
    vec![
        GuestError::DeadlineExceeded { limit: Duration::from_millis(1500) },
        GuestError::NotRun { loops: 2 },
        GuestError::MemoryExceeded { asked: 2, limit: 1, then: word() },
        GuestError::TableExceeded { asked: 2, limit: 1, then: String::new() },
        GuestError::StackOverflow { function: Some(word()) },
        GuestError::Trap { trap: word(), function: None, said: "one\n two \n\n".to_owned() },
        GuestError::Exit { said: String::new() },
        GuestError::ForeignCall { function: word() },
        GuestError::ImpureDescribe { function: "open" },
        GuestError::UnknownNeed { need: word(), sort: "objects" },
        GuestError::EmptyBatch,
        GuestError::TooManyCursors { limit: 1 },
        GuestError::TooManyFindings { limit: 1 },
        GuestError::FindingTooLong { what: "labels", found: 2, limit: 1 },
        GuestError::TooManySamples { limit: 1 },
        GuestError::TooManySpans { limit: 1 },
        GuestError::TooManyUndecided { limit: 1 },
        GuestError::TooManyRejected { limit: 1, example: word() },
        GuestError::OutputTooBig { limit: 1 },
        GuestError::CallTooBig { limit: 1 },
        GuestError::InvalidValue { reason: word() },
        GuestError::Returned { message: word() },
        GuestError::NoThread { reason: word() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guest_logged_last_is_told_in_one_line() {
        let said = "one\n two \n\n".to_owned();
        let error =
            GuestError::Trap { trap: "word".to_owned(), function: Some("f".to_owned()), said };
        assert_eq!(error.to_string(), "it trapped: word in `f`; its last words: one | two");
    }
}
