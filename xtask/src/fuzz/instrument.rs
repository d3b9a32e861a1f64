//! Builds the fuzzer. Only the crates of this repository are instrumented, so that everything else
//! is taken from where tests have built it: cargo calls this very program instead of the compiler
//! for them, and it adds the flags. The compiler is the one that builds the rest; what it adds to
//! the code is a part of LLVM and no feature of a nightly.

use std::{
    env,
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::{
    process::{Process, Result, cargo},
    wasm::target_dir,
};

/// Set where this program stands in for the compiler.
const MARK: &str = "RULEBOX_INSTRUMENT";

/// Counts edges and shows comparisons to libFuzzer:
/// <https://clang.llvm.org/docs/SanitizerCoverage.html>. No sanitizer: safe code has nothing for it
/// to find, and it would need a nightly and a build of everything.
const FLAGS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// What a fuzzer runs millions of times. Optimised a little, as tests are not; libFuzzer more,
/// since it is called at each comparison.
const HOT: [(&str, u8); 5] = [
    ("libfuzzer-sys", 2),
    ("rulebox-bundle", 1),
    ("rulebox-fuzz", 1),
    ("rulebox-reader", 1),
    ("rulebox-report", 1),
];

/// Builds the fuzzer, and returns where it is.
pub(super) fn build() -> Result<PathBuf> {
    if Process::new(&compiler_of_cpp()).args(["--version"]).output().is_none() {
        return Err(
            "the fuzzer is partly C++, and no compiler for it is installed; on Debian, as \
            root, type: apt-get install g++\nElse name one: CXX=COMPILER cargo xtask fuzz"
                .to_owned(),
        );
    }
    let own = env::current_exe().map_err(|it| format!("cannot find xtask: {it}"))?;
    // With all members, so that their dependencies have the features that tests have built.
    let optimised = HOT.iter().flat_map(|(package, level)| {
        ["--config".to_owned(), format!("profile.dev.package.{package}.opt-level={level}")]
    });
    cargo(["build", "--workspace", "--bin", "rulebox-fuzz"])
        .args(["--features", "rulebox-fuzz/libfuzzer"])
        .args(optimised)
        .env("RUSTC_WORKSPACE_WRAPPER", own)
        .env(MARK, "1")
        .run()?;
    Ok(target_dir().join("debug/rulebox-fuzz"))
}

fn compiler_of_cpp() -> String {
    env::var("CXX").unwrap_or_else(|_| "c++".to_owned())
}

/// Where cargo has called this program as a compiler, compiles with [`FLAGS`].
pub(crate) fn stand_in() -> Option<ExitCode> {
    env::var_os(MARK)?;
    let mut arguments = env::args_os().skip(1);
    let mut compiler = Command::new(arguments.next()?);
    let arguments: Vec<_> = arguments.collect();
    // These run in the build, where nobody listens to what they count.
    let is_of_build = arguments.iter().any(|it| it == "proc-macro" || it == "build_script_build");
    compiler.args(&arguments);
    if !is_of_build {
        compiler.args(FLAGS);
    }
    let status = compiler.status();
    let code = status.ok().and_then(|it| it.code()).and_then(|it| u8::try_from(it).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
