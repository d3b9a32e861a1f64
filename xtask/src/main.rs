//! The chores of this repository: `cargo xtask help`.
//!
//! Thin, so that it builds in seconds: it runs cargo and writes files, and `gen-dump` writes the
//! dumps. It does not link the host.

#[cfg(test)]
mod advice;
mod archive;
mod bench;
mod bom;
mod catalogue;
mod codegen;
mod debian;
mod deny;
mod dist;
mod docs;
mod e2e;
mod fuzz;
mod image;
mod machine;
mod new_rule;
mod page;
mod process;
mod toolchain;
mod tools;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use process::{Process, Result, cargo};

/// The chores of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build what is needed and run `rulebox` with the arguments that follow.
    Rulebox {
        /// Arguments of `rulebox`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build what is needed and run all tests; what follows goes to `cargo test`.
    Test {
        /// Arguments of `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check the formatting and the lints, of the host and of the guests.
    Lint,
    /// Build the packs: components, and their compiled form for this machine's kind. Installs the
    /// WebAssembly target.
    Wasm,
    /// Build what a user is handed, in target/dist: the program, and for x86-64 and aarch64 an
    /// archive of it linked statically, with its manual, completions, bill of materials and
    /// digests. Needs what `image` needs, and for aarch64 gcc-aarch64-linux-gnu.
    Dist(dist::Options),
    /// Build the image of a container, as an archive: the program, linked statically, and
    /// certificates. Installs the target x86_64-unknown-linux-musl; needs musl-tools.
    Image(image::Options),
    /// Write the generated files anew, or with --check fail where one is stale.
    Codegen {
        /// Change nothing; fail where a file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Start a rule: its file, a bad and a good fixture, and the generated files.
    NewRule {
        /// The pack, for example backup-center.
        pack: String,
        /// The rule's id in kebab-case, named after the problem: vault-unavailable.
        rule: String,
    },
    /// Write a dump of objects that do not exist, of many kinds and forms, with known faults in
    /// them, and say what it holds.
    GenDump(gen_dump::Options),
    /// Run `rulebox serve` against a real kube-apiserver, Prometheus and Alertmanager, and give the
    /// chart, the manifests and the boards to that server, Helm, kube-score and Grafana's types;
    /// and give reports to readers of Python and npm, which are installed into target/e2e.
    /// kube-apiserver and etcd come from $KUBEBUILDER_ASSETS, Prometheus and Alertmanager from the
    /// PATH or from Debian; the rest is built once from Go modules.
    E2e(e2e::Options),
    /// Show reports and the page of `serve` to Chromium: what is found, chosen, copied and printed,
    /// whether all can read it, and that nothing of a dump acts in it. Chromium comes from the PATH
    /// or from Debian, Playwright and axe from npm.
    Page(page::Options),
    /// Fuzz what reads, checks and writes what outsiders send: one target, or all in turn. Needs a
    /// C++ compiler.
    Fuzz(fuzz::Options),
    /// Check the dependencies: licences, duplicates, sources, and advisories where they can be
    /// fetched. Installs cargo-deny into target/tools.
    Deny,
    /// Build the documentation as a site: target/docs. Installs mdbook into target/tools.
    Docs(docs::Options),
    /// Measure, and print medians and ratios.
    Bench {
        #[command(subcommand)]
        suite: bench::Suite,
    },
}

fn main() -> ExitCode {
    if let Some(compiled) = fuzz::stand_in() {
        return compiled;
    }
    match run(Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result {
    match chore {
        Chore::Rulebox { arguments } => {
            wasm::build()?;
            let rulebox = wasm::build_bin("rulebox")?;
            Process::new(&rulebox.to_string_lossy()).args(arguments).hand_over()
        }
        Chore::Test { arguments } => {
            wasm::build()?;
            wasm::build_rust_example()?;
            wasm::build_javascript_example()?;
            wasm::build_python_examples()?;
            wasm::build_projects()?;
            cargo(["test", "--workspace"]).args(arguments).run()
        }
        Chore::Lint => {
            wasm::build()?;
            cargo(["fmt", "--all", "--check"]).run()?;
            cargo(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]).run()
        }
        Chore::Wasm => {
            wasm::build()?;
            wasm::build_rust_example().map(drop)
        }
        Chore::Dist(options) => dist::run(&options),
        Chore::Image(options) => image::run(&options),
        Chore::Codegen { check } => {
            codegen::run(check)?;
            // What the chart holds follows from the packs, whose rules were just registered.
            if check { Ok(()) } else { write_chart() }
        }
        Chore::NewRule { pack, rule } => new_rule::run(&pack, &rule),
        Chore::GenDump(options) => gen_dump::run(&options),
        Chore::E2e(options) => e2e::run(&options),
        Chore::Page(options) => page::run(&options),
        Chore::Fuzz(options) => fuzz::run(&options),
        Chore::Deny => deny::run(),
        Chore::Docs(options) => docs::run(&options),
        Chore::Bench { suite } => bench::run(&suite),
    }
}

/// Writes what of the chart follows from the packs: the test that checks it knows both.
fn write_chart() -> Result {
    wasm::build()?;
    let test = cargo(["test", "--quiet", "--workspace", "--test", "deploy"]);
    test.env("BLESS", "1").run()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
