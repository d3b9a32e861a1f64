//! The errors of this crate: of the engine, of packs that cannot be loaded, of guests that fail,
//! and of settings. Each has a stable code and says what to do.

use std::{fmt, io, path::PathBuf, time::Duration};

use rulebox_core::{PackFailure, text::escaped};
use thiserror::Error;

use crate::{CONTRACT, CONTRACT_VERSION};

/// Why an [`Engine`](crate::Engine) could not be made.
#[derive(Debug, Error)]
pub enum EngineError {
    /// wasmtime refuses the configuration, or the machine lacks address space.
    #[error("cannot start the WebAssembly runtime: {reason}")]
    Runtime {
        /// wasmtime's words.
        reason: String,
    },
    /// The named folder cannot hold compiled packs.
    #[error("cannot keep compiled packs in {}: {reason}", directory.display())]
    Cache {
        /// The folder.
        directory: PathBuf,
        /// wasmtime's words.
        reason: String,
    },
}

impl EngineError {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Runtime { .. } => "runtime-unavailable",
            Self::Cache { .. } => "cache-unavailable",
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::Runtime { .. } => {
                "check `ulimit -v`: a pack reserves address space, not memory".to_owned()
            }
            Self::Cache { directory, .. } => format!(
                "make {} writable for this user, or name another folder",
                directory.display()
            ),
        }
    }
}

/// Why a pack could not be loaded.
#[derive(Debug, Error)]
#[error("pack {pack}: {kind}")]
pub struct PackError {
    /// The name it was loaded under.
    pub pack: String,
    /// What is wrong with it.
    pub kind: PackErrorKind,
}

impl PackError {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// What to do.
    pub fn help(&self) -> String {
        self.kind.help()
    }

    /// As a report tells it.
    pub fn failure(&self) -> PackFailure {
        failure(&self.pack, None, self.code(), self.kind.to_string(), self.help())
    }
}

/// What is wrong with a pack that could not be loaded.
#[derive(Debug, Error)]
pub enum PackErrorKind {
    /// The bytes are not WebAssembly.
    #[error("not WebAssembly: {found}")]
    NotWebAssembly {
        /// What the bytes look like.
        found: &'static str,
    },
    /// A core module, which has no types for the contract.
    #[error("a core WebAssembly module, not a component")]
    CoreModule,
    /// More than [`Limits::pack_bytes`](crate::Limits::pack_bytes).
    #[error("{bytes} bytes; the limit is {limit}")]
    PackTooBig {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The pack imports something that no pack gets.
    #[error("it imports {}, which is outside the contract", imports.join(", "))]
    ImportOutsideContract {
        /// The imports.
        imports: Vec<String>,
    },
    /// The pack is built against another version of the contract.
    #[error("it speaks {CONTRACT}@{found}; this host speaks {CONTRACT}@{CONTRACT_VERSION}")]
    ContractVersion {
        /// The version that it imports.
        found: String,
    },
    /// The pack does not export a function of the contract.
    #[error("it does not export `{export}`")]
    MissingExport {
        /// The function.
        export: &'static str,
    },
    /// The pack's names agree with the contract, and its types do not.
    #[error("its types are not those of {CONTRACT}@{CONTRACT_VERSION}: {reason}")]
    ContractMismatch {
        /// wasmtime's words.
        reason: String,
    },
    /// The bytes are damaged, or use a feature that is switched off.
    #[error("it cannot be compiled: {reason}")]
    NotCompilable {
        /// wasmtime's words.
        reason: String,
    },
    /// [`Engine::precompile`](crate::Engine::precompile) was asked for a target that this build
    /// cannot compile for.
    #[error("cannot compile for the target `{target}`: {reason}")]
    TargetUnavailable {
        /// The target.
        target: String,
        /// wasmtime's words.
        reason: String,
    },
    /// The pack was compiled for another machine, or by another build.
    #[error("its compiled form cannot be used here: {reason}")]
    PrecompiledUnusable {
        /// wasmtime's words.
        reason: String,
    },
    /// The pack's description is not valid.
    #[error("what it says of itself is not valid: {}", problems.join("; "))]
    InvalidDescription {
        /// All problems.
        problems: Vec<String>,
    },
    /// `describe` failed.
    #[error("`describe` failed: {0}")]
    Describe(GuestError),
}

impl PackErrorKind {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotWebAssembly { .. } => "not-webassembly",
            Self::CoreModule => "core-module",
            Self::PackTooBig { .. } => "pack-too-big",
            Self::ImportOutsideContract { .. } => "import-outside-contract",
            Self::ContractVersion { .. } => "contract-version",
            Self::MissingExport { .. } => "missing-export",
            Self::ContractMismatch { .. } => "contract-mismatch",
            Self::NotCompilable { .. } => "not-compilable",
            Self::TargetUnavailable { .. } => "target-unavailable",
            Self::PrecompiledUnusable { .. } => "precompiled-unusable",
            Self::InvalidDescription { .. } => "invalid-description",
            Self::Describe(error) => error.code(),
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::NotWebAssembly { .. } => {
                "name a pack's .wasm file; to build one, see rules-wasm/examples/rust/README.md"
                    .to_owned()
            }
            Self::CoreModule => {
                "make a component of it: `wasm-tools component new MODULE.wasm -o PACK.wasm`"
                    .to_owned()
            }
            Self::PackTooBig { .. } => {
                "strip the pack: `wasm-tools strip`, or leave out parts of its toolchain".to_owned()
            }
            Self::ImportOutsideContract { .. } => format!(
                "import only {CONTRACT}@{CONTRACT_VERSION}; a pack has no files, no network and no \
                 other host"
            ),
            Self::ContractVersion { .. } => {
                format!("build the pack against {CONTRACT}@{CONTRACT_VERSION}")
            }
            Self::MissingExport { .. } | Self::ContractMismatch { .. } => format!(
                "build the pack for the world `pack` of {CONTRACT}@{CONTRACT_VERSION}, unchanged"
            ),
            Self::NotCompilable { .. } => {
                "check it with `wasm-tools validate`; threads, memory64 and GC are off".to_owned()
            }
            Self::TargetUnavailable { .. } => {
                "compile packs on a machine of the target's architecture".to_owned()
            }
            Self::PrecompiledUnusable { .. } => {
                "use the build of rulebox for this machine; compiled packs are part of one build"
                    .to_owned()
            }
            Self::InvalidDescription { .. } => {
                "correct what the pack's `describe` returns".to_owned()
            }
            Self::Describe(error) => error.help(),
        }
    }
}

/// How a guest failed while it ran.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GuestError {
    /// The guest ran longer than [`Limits::deadline`](crate::Limits::deadline).
    #[error("it ran longer than {}", seconds(*limit))]
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
    /// More than [`Limits::samples`](crate::Limits::samples).
    #[error("more than {limit} samples")]
    TooManySamples {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::undecided`](crate::Limits::undecided).
    #[error("more than {limit} calls of `undecided`")]
    TooManyUndecided {
        /// The limit.
        limit: usize,
    },
    /// The host rejected more findings, samples and reasons than
    /// [`Limits::findings`](crate::Limits::findings).
    #[error(
        "more than {limit} findings, samples and reasons that cannot be taken; one of them: \
         {example}"
    )]
    TooManyRejected {
        /// The limit.
        limit: usize,
        /// Why the host rejected one of them.
        example: String,
    },
    /// More than [`Limits::output_bytes`](crate::Limits::output_bytes).
    #[error("more than {limit} bytes of findings and samples")]
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
            Self::TooManySamples { .. } => "too-many-samples",
            Self::TooManyUndecided { .. } => "too-many-undecided",
            Self::TooManyRejected { .. } => "too-many-rejected",
            Self::OutputTooBig { .. } => "output-too-big",
            Self::CallTooBig { .. } => "call-too-big",
            Self::InvalidValue { .. } => "invalid-value",
            Self::Returned { .. } => "evaluate-failed",
            Self::NoThread { .. } => "no-thread",
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        let help = match self {
            Self::DeadlineExceeded { .. } => "look for a loop that does not end in the rule",
            Self::NotRun { .. } => "correct or skip the rules that ran into it",
            Self::MemoryExceeded { .. } => {
                "ask for fewer fields, and do not keep objects that the rule is done with"
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
            Self::TooManyFindings { .. } => "report one finding for the cause, not for each effect",
            Self::TooManySamples { .. } => "aggregate: a series for each object is too many",
            Self::TooManyUndecided { .. } => "say it once for each rule",
            Self::TooManyRejected { .. } => {
                "report only what `describe` has declared, and for the rules that are asked for"
            }
            Self::OutputTooBig { .. } => "quote what matters as evidence, not whole objects",
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

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingProblem {
    /// Keys, and numbers from 0 in lists; empty for the settings as a whole.
    pub path: Vec<String>,
    /// What is wrong with the value, or that there is no such setting.
    pub reason: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.reason)
    }
}

/// Why a pack does not take settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The pack has no settings.
    #[error("the pack takes no settings")]
    NoSettings,
    /// The settings do not fit the pack's schema.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// All problems, each with its place.
        problems: Vec<SettingProblem>,
    },
    /// The pack's schema cannot be read. This happens only if the pack was not verified when it was
    /// built.
    #[error("the pack's settings schema cannot be used: {reason}")]
    Schema {
        /// Why.
        reason: String,
    },
}

impl SettingsError {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSettings => "no-settings",
            Self::Invalid { .. } => "invalid-settings",
            Self::Schema { .. } => "invalid-settings-schema",
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        let help = match self {
            Self::NoSettings => "remove the settings of this pack from the configuration",
            Self::Invalid { .. } => "see which settings the pack takes: `rulebox schema PACK`",
            Self::Schema { .. } => "report it to the pack's author",
        };
        help.to_owned()
    }
}

/// The words of a failure hold names that the pack has chosen, and what it said last.
pub(crate) fn failure(
    pack: &str,
    rule: Option<String>,
    code: &str,
    message: String,
    help: String,
) -> PackFailure {
    PackFailure {
        cluster: String::new(),
        pack: pack.to_owned(),
        rule,
        code: code.to_owned(),
        message: escaped(message),
        help: escaped(help),
    }
}

impl From<io::Error> for GuestError {
    fn from(error: io::Error) -> Self {
        Self::NoThread { reason: error.to_string() }
    }
}

fn seconds(duration: Duration) -> String {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn word() -> String {
        "word".to_owned()
    }

    /// One error of each variant; a new variant belongs here.
    fn guest_errors() -> Vec<GuestError> {
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
            GuestError::TooManySamples { limit: 1 },
            GuestError::TooManyUndecided { limit: 1 },
            GuestError::TooManyRejected { limit: 1, example: word() },
            GuestError::OutputTooBig { limit: 1 },
            GuestError::CallTooBig { limit: 1 },
            GuestError::InvalidValue { reason: word() },
            GuestError::Returned { message: word() },
            GuestError::NoThread { reason: word() },
        ]
    }

    fn pack_errors() -> Vec<PackErrorKind> {
        vec![
            PackErrorKind::NotWebAssembly { found: "the file is empty" },
            PackErrorKind::CoreModule,
            PackErrorKind::PackTooBig { bytes: 2, limit: 1 },
            PackErrorKind::ImportOutsideContract { imports: vec![word()] },
            PackErrorKind::ContractVersion { found: word() },
            PackErrorKind::MissingExport { export: "describe" },
            PackErrorKind::ContractMismatch { reason: word() },
            PackErrorKind::NotCompilable { reason: word() },
            PackErrorKind::TargetUnavailable { target: word(), reason: word() },
            PackErrorKind::PrecompiledUnusable { reason: word() },
            PackErrorKind::InvalidDescription { problems: vec![word()] },
        ]
    }

    #[test]
    fn codes_are_kebab_case_and_each_its_own() {
        let guests = guest_errors().iter().map(GuestError::code).collect::<Vec<_>>();
        let packs = pack_errors().iter().map(PackErrorKind::code).collect::<Vec<_>>();
        let codes = [guests, packs].concat();
        let kebab = |it: &&str| it.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(codes.iter().all(kebab), "{codes:?}");
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
    }

    #[test]
    fn messages_are_one_lower_case_line_and_advice_follows() {
        let guests = guest_errors().into_iter().map(|it| (it.to_string(), it.help()));
        let packs = pack_errors().into_iter().map(|it| (it.to_string(), it.help()));
        for (message, help) in guests.chain(packs) {
            assert!(!message.starts_with(char::is_uppercase), "{message}");
            assert!(!message.contains('\n') && !message.ends_with('.'), "{message}");
            assert!(!help.is_empty(), "{message}");
        }
    }

    #[test]
    fn what_a_guest_logged_last_is_told_in_one_line() {
        let said = "one\n two \n\n".to_owned();
        let error = GuestError::Trap { trap: word(), function: Some("f".to_owned()), said };
        assert_eq!(error.to_string(), "it trapped: word in `f`; its last words: one | two");
    }
}
