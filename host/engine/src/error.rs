//! The errors of this crate: of the engine and of packs that cannot be loaded; those of guests that
//! fail stand in [`crate::guest_error`], those of settings in [`crate::settings_error`]. Each has a
//! stable code and says what to do.

use std::{path::PathBuf, time::Duration};

use rulebox_core::{PackFailure, text::escaped};
use thiserror::Error;

use crate::{
    CONTRACT, CONTRACT_VERSION, GuestError,
    guest_error::seconds,
    limits::{report, shape},
};

/// Why an [`Engine`](crate::Engine) could not be made.
#[derive(Debug, Error)]
pub enum EngineError {
    /// wasmtime refuses the configuration, or the machine lacks address space.
    #[error("cannot start the WebAssembly runtime: {reason}")]
    Runtime {
        /// wasmtime's words.
        reason: String,
    },
    /// The named folder cannot hold compiled packs, or may not: others may write to it.
    #[error("cannot keep compiled packs in {}: {reason}", directory.display())]
    Cache {
        /// The folder.
        directory: PathBuf,
        /// Why.
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
                "make {} a folder of this user that nobody else can write to (chmod 700), or \
                 remove it",
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

    /// As a report tells it: one failure, or one for each problem of the pack's texts.
    pub fn failures(&self) -> Vec<PackFailure> {
        let told = |message, help| failure(&self.pack, None, self.code(), message, help);
        match &self.kind {
            PackErrorKind::InvalidTexts { problems } => {
                problems.iter().map(|it| told(it.to_string(), it.help.clone())).collect()
            }
            kind => vec![told(kind.to_string(), self.help())],
        }
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
    #[error("more than {limit} bytes")]
    PackTooBig {
        /// The limit.
        limit: usize,
    },
    /// The component holds more of something than can be compiled in reasonable time.
    #[error("{found} {what}; the limit is {limit}")]
    ShapeExceeded {
        /// What there is too much of.
        what: &'static str,
        /// How much was found before the rest was not looked at any more.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// More than [`Limits::compile_deadline`](crate::Limits::compile_deadline).
    #[error("it took more than {} of processor time to compile", seconds(*limit))]
    CompileTooLong {
        /// The limit.
        limit: Duration,
    },
    /// More than [`Limits::compile_memory_bytes`](crate::Limits::compile_memory_bytes).
    #[error("it took more than {limit} bytes of memory to compile")]
    CompileMemory {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::compiled_bytes`](crate::Limits::compiled_bytes).
    #[error("more than {limit} bytes when it is compiled")]
    CompiledTooBig {
        /// The limit.
        limit: usize,
    },
    /// The program that compiles could not be started, or ended without an answer.
    #[error("the compiler failed: {reason}")]
    CompilerFailed {
        /// The system's words.
        reason: String,
    },
    /// The pack imports something that no pack gets.
    #[error("it imports {}, which is outside the contract", imports.join(", "))]
    ImportOutsideContract {
        /// The imports.
        imports: Vec<String>,
    },
    /// The pack is built against another version of the contract.
    #[error("it speaks {CONTRACT}@{found}{}", other_than_ours(*newer))]
    ContractVersion {
        /// The version that it imports.
        found: String,
        /// Whether it came after the host's.
        newer: bool,
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
    /// The pack's description holds more of something than the host takes.
    #[error("what it says of itself is too much: {found} {what}; the limit is {limit}")]
    DescriptionTooBig {
        /// What there is too much of, and where.
        what: String,
        /// How much there is.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// `describe` failed.
    #[error("`describe` failed: {0}")]
    Describe(GuestError),
    /// The texts of a pack cannot be used.
    #[error("{}", told(problems))]
    InvalidTexts {
        /// All problems that the interpreter tells, at least one.
        problems: Vec<TextProblem>,
    },
    /// `check` of an interpreter failed: the texts of a pack take more than a pack may.
    #[error("it cannot be checked: {0}")]
    Check(GuestError),
}

/// What is wrong with a text of a pack, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct TextProblem {
    /// The text.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

fn told(problems: &[TextProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl PackErrorKind {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotWebAssembly { .. } => "not-webassembly",
            Self::CoreModule => "core-module",
            Self::PackTooBig { .. } => "pack-too-big",
            Self::ShapeExceeded { .. } => "shape-exceeded",
            Self::CompileTooLong { .. } => "compile-deadline-exceeded",
            Self::CompileMemory { .. } => "compile-memory-exceeded",
            Self::CompiledTooBig { .. } => "compiled-too-big",
            Self::CompilerFailed { .. } => "compiler-failed",
            Self::DescriptionTooBig { .. } => "description-too-big",
            Self::ImportOutsideContract { .. } => "import-outside-contract",
            Self::ContractVersion { .. } => "contract-version",
            Self::MissingExport { .. } => "missing-export",
            Self::ContractMismatch { .. } => "contract-mismatch",
            Self::NotCompilable { .. } => "not-compilable",
            Self::TargetUnavailable { .. } => "target-unavailable",
            Self::PrecompiledUnusable { .. } => "precompiled-unusable",
            Self::InvalidDescription { .. } => "invalid-description",
            Self::InvalidTexts { .. } => "invalid-pack",
            Self::Describe(error) | Self::Check(error) => error.code(),
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
                "strip the pack: `wasm-tools strip`, leave out parts of its \
                 toolchain, or allow more: `--pack-size`"
                    .to_owned()
            }
            Self::ShapeExceeded { .. } => format!(
                "optimise the pack for size, or make several packs of it; packs of JavaScript and \
                 Python have about 13000 functions, the limit is {}",
                shape::FUNCTIONS
            ),
            Self::CompileTooLong { .. } => {
                "optimise the pack for size, or allow more: `--pack-compile-deadline`".to_owned()
            }
            Self::CompileMemory { .. } => {
                "optimise the pack for size, or allow more: `--pack-compile-memory`".to_owned()
            }
            Self::CompiledTooBig { .. } => {
                "optimise the pack for size, or make several packs of it".to_owned()
            }
            Self::CompilerFailed { .. } => {
                "see whether programs can be started here: packs are compiled by a second process \
                 of rulebox"
                    .to_owned()
            }
            Self::DescriptionTooBig { .. } => {
                "describe less, or make several packs of it".to_owned()
            }
            Self::ImportOutsideContract { .. } => format!(
                "import only {CONTRACT}@{CONTRACT_VERSION}; a pack has no files, no network and no \
                 other host"
            ),
            Self::ContractVersion { newer: true, .. } => format!(
                "use a newer rulebox, or build the pack against {CONTRACT}@{CONTRACT_VERSION}"
            ),
            Self::ContractVersion { newer: false, .. } => {
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
            Self::InvalidTexts { problems } => {
                problems.first().map(|it| it.help.clone()).unwrap_or_default()
            }
            Self::Describe(error) | Self::Check(error) => error.help(),
        }
    }
}

impl PackErrorKind {
    /// For bytes that are damaged: the first line of what wasmtime or its parser says.
    pub(crate) fn not_compilable(error: &impl std::fmt::Display) -> Self {
        Self::NotCompilable { reason: cut(&format!("{error:#}"), report::MESSAGE_BYTES) }
    }
}

/// What this host speaks, after another version.
fn other_than_ours(newer: bool) -> String {
    let ours = format!("{CONTRACT}@{CONTRACT_VERSION}");
    if newer {
        format!(", which is newer than {ours}, the newest that this host speaks")
    } else {
        format!("; this host speaks {ours}")
    }
}

/// A text that a pack chose, as an error repeats it: no longer than `limit` bytes and the words
/// that say how long it was.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    format!("{}… ({} bytes)", &text[..text.floor_char_boundary(limit)], text.len())
}

/// A name that a pack chose, as an error repeats it.
pub(crate) fn cut_name(name: &str) -> String {
    cut(name, report::NAME_BYTES)
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
        message: escaped(cut(&message, report::MESSAGE_BYTES)),
        help: escaped(cut(&help, report::MESSAGE_BYTES)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{GuestError, guest_error};

    fn word() -> String {
        "word".to_owned()
    }

    fn pack_errors() -> Vec<PackErrorKind> {
        vec![
            PackErrorKind::NotWebAssembly { found: "the file is empty" },
            PackErrorKind::CoreModule,
            PackErrorKind::PackTooBig { limit: 1 },
            PackErrorKind::ShapeExceeded { what: "functions", found: 2, limit: 1 },
            PackErrorKind::CompileTooLong { limit: Duration::from_secs(1) },
            PackErrorKind::CompileMemory { limit: 1 },
            PackErrorKind::CompiledTooBig { limit: 1 },
            PackErrorKind::CompilerFailed { reason: word() },
            PackErrorKind::DescriptionTooBig { what: word(), found: 2, limit: 1 },
            PackErrorKind::ImportOutsideContract { imports: vec![word()] },
            PackErrorKind::ContractVersion { found: word(), newer: true },
            PackErrorKind::MissingExport { export: "describe" },
            PackErrorKind::ContractMismatch { reason: word() },
            PackErrorKind::NotCompilable { reason: word() },
            PackErrorKind::TargetUnavailable { target: word(), reason: word() },
            PackErrorKind::PrecompiledUnusable { reason: word() },
            PackErrorKind::InvalidDescription { problems: vec![word()] },
            PackErrorKind::InvalidTexts {
                problems: vec![TextProblem {
                    path: word(),
                    line: 1,
                    column: 1,
                    message: word(),
                    help: word(),
                }],
            },
        ]
    }

    #[test]
    fn codes_are_kebab_case_and_each_its_own() {
        let guests = guest_error::one_of_each().iter().map(GuestError::code).collect::<Vec<_>>();
        let packs = pack_errors().iter().map(PackErrorKind::code).collect::<Vec<_>>();
        let codes = [guests, packs].concat();
        let kebab = |it: &&str| it.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(codes.iter().all(kebab), "{codes:?}");
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
    }

    #[test]
    fn messages_are_one_lower_case_line_and_advice_follows() {
        let guests = guest_error::one_of_each().into_iter().map(|it| (it.to_string(), it.help()));
        let packs = pack_errors().into_iter().map(|it| (it.to_string(), it.help()));
        for (message, help) in guests.chain(packs) {
            assert!(!message.starts_with(char::is_uppercase), "{message}");
            assert!(!message.contains('\n') && !message.ends_with('.'), "{message}");
            assert!(!help.is_empty(), "{message}");
        }
    }
}
