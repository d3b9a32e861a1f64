//! The benches: builds what a user is handed, makes the dumps, and runs `snapshots/benches/<suite>.rs` on them.

use std::{fs, path::PathBuf};

use crate::{
    gen_dump::{self, Form, Planted},
    process::{Result, cargo, root},
    wasm,
};

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Suite {
    /// The start of the program, loading a pack, a call into the sandbox, an object in it beside the same natively.
    Engine {
        #[command(flatten)]
        pods: Pods,
        /// How often the program is started.
        #[arg(long, value_name = "N", default_value_t = 60)]
        rounds: u32,
    },
    /// A large dump in three forms: time and peak memory, and whether all planted faults are found.
    Dump {
        #[command(flatten)]
        pods: Pods,
        /// How often each dump is checked.
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: u32,
    },
}

/// The pods to measure on.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Pods {
    /// How many pods.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    objects: u64,
    /// Another seed gives other pods.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Measures, prints a table, and writes `target/bench/<suite>.json`.
pub(crate) fn run(suite: &Suite) -> Result {
    let rulebox = crate::dist()?;
    let folder = root().join("target/bench");
    let (name, rounds, planted) = match suite {
        Suite::Engine { pods, rounds } => ("engine", rounds, pods.write(&folder, &[Form::Json])?),
        Suite::Dump { pods, rounds } => {
            ("dump", rounds, pods.write(&folder, &[Form::List, Form::MultiDocument, Form::Json])?)
        }
    };
    let Planted { pods: _, crash_loops, out_of_memory_kills } = planted;
    let path = |it: PathBuf| it.display().to_string();
    // The program is named too, so that its dependencies are not compiled once more with the features of the bench alone.
    cargo(["bench", "--quiet", "--profile", "dist", "--package", "rulebox"])
        .args(["--package", "rulebox-snapshots", "--bench", name, "--"])
        .args(["--rulebox", &path(rulebox), "--pack", &path(wasm::build_rust_example()?)])
        .args(["--standard", &path(root().join("target/packs/backup-center.cwasm"))])
        .args(["--cluster", &path(root().join("fixtures/clusters/vault-denied.yaml"))])
        .args([
            "--dumps",
            &path(folder.clone()),
            "--out",
            &path(folder.join(name).with_extension("json")),
        ])
        .args(["--crash-loops", &crash_loops.to_string()])
        .args(["--out-of-memory-kills", &out_of_memory_kills.to_string()])
        .args(["--rounds", &rounds.to_string()])
        .run()
}

impl Pods {
    fn write(self, folder: &std::path::Path, forms: &[Form]) -> Result<Planted> {
        let Self { objects, seed } = self;
        fs::create_dir_all(folder)
            .map_err(|it| format!("cannot make {}: {it}", folder.display()))?;
        let mut planted = None;
        for &form in forms {
            let options = gen_dump::Options::pods(objects, seed, form);
            planted = Some(gen_dump::write_to(&options, &folder.join(form.file_name()))?.planted);
        }
        planted.ok_or_else(|| "no form of a dump was asked for".to_owned())
    }
}
