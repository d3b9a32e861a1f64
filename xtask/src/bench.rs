//! Runs the benches: builds the program that users get, makes the dumps, and starts
//! `snapshots/benches/<suite>.rs` with them. The benches of the reader and of the formats lie
//! beside what they measure.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gen_dump::{Form, Planted};

use crate::{
    process::{Result, cargo, root},
    wasm,
};

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Suite {
    /// The start of the program, loading a pack, a call into the sandbox, an object in it beside
    /// the same natively.
    Engine {
        #[command(flatten)]
        pods: Pods,
        /// How often the program is started.
        #[arg(long, value_name = "N", default_value_t = 60)]
        rounds: u32,
    },
    /// Reading alone, of dumps of several forms and sizes: beside the full parse, a plain read and
    /// `grep -c`.
    Reader {
        #[command(flatten)]
        dumps: Dumps,
        /// How often each thing is measured.
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: u32,
        /// Leave out the program itself, whose build takes minutes.
        #[arg(long)]
        without_program: bool,
    },
    /// Writing many findings in each format: time, memory and bytes.
    Report {
        /// How many findings.
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        findings: u64,
        /// How often each format is written.
        #[arg(long, value_name = "N", default_value_t = 5)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
    },
    /// `rulebox serve` beside a real API server with many objects: time to the first result,
    /// memory, bytes, and how late changes are.
    Serve {
        /// How many pods.
        #[arg(long, value_name = "N", default_value_t = 20_000)]
        objects: u64,
        /// How long objects change in ways that matter to nobody.
        #[arg(long, value_name = "MINUTES", default_value_t = 60)]
        minutes: u64,
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
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    objects: u64,
    /// Another seed gives other pods.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// The dumps to read.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Dumps {
    /// The size of most dumps.
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = gen_dump::size)]
    bytes: u64,
    /// The size of the largest.
    #[arg(long, value_name = "SIZE", default_value = "10G", value_parser = gen_dump::size)]
    largest: u64,
    /// Another seed gives other objects.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Measures, prints a table, and writes `target/bench/<suite>.json`.
pub(crate) fn run(suite: &Suite) -> Result {
    let folder = root().join("target/bench");
    if let Suite::Reader { dumps, rounds, without_program } = suite {
        return reader(&folder, *dumps, *rounds, !without_program);
    }
    if let Suite::Serve { objects, minutes } = suite {
        return crate::e2e::bench(*objects, *minutes);
    }
    if let Suite::Report { findings, rounds } = suite {
        return cargo([
            "bench",
            "--quiet",
            "--package",
            "rulebox-report",
            "--bench",
            "report",
            "--",
        ])
        .args(["--findings", &findings.to_string(), "--rounds", &rounds.to_string()])
        .run();
    }
    let rulebox = crate::dist::program()?;
    let (name, rounds, planted) = match suite {
        Suite::Reader { .. } | Suite::Report { .. } | Suite::Serve { .. } => return Ok(()),
        Suite::Engine { pods, rounds } => ("engine", rounds, pods.write(&folder, &[Form::Json])?),
        Suite::Dump { pods, rounds } => {
            ("dump", rounds, pods.write(&folder, &[Form::List, Form::MultiDocument, Form::Json])?)
        }
    };
    let Planted { pods: _, crash_loops, out_of_memory_kills } = planted;
    let path = |it: PathBuf| it.display().to_string();
    // The program is named too: for the features of the bench alone, cargo would compile its
    // dependencies once more.
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

/// Runs the bench of the reader, which is in `host/reader` and needs the program only to run it.
fn reader(folder: &Path, dumps: Dumps, rounds: u32, program: bool) -> Result {
    let rulebox = program.then(crate::dist::program).transpose()?;
    let out = folder.join("reader.json");
    let folder = folder.join("reader");
    make_folder(&folder)?;
    dumps.write(&folder)?;
    let path = |it: &Path| it.display().to_string();
    let mut bench =
        cargo(["bench", "--quiet", "--package", "rulebox-reader", "--bench", "reader", "--"]).args(
            ["--dumps", &path(&folder), "--out", &path(&out), "--rounds", &rounds.to_string()],
        );
    if let Some(rulebox) = rulebox {
        bench = bench.args(["--rulebox", &path(&rulebox)]);
    }
    bench.run()
}

fn make_folder(folder: &Path) -> Result {
    fs::create_dir_all(folder).map_err(|it| format!("cannot make {}: {it}", folder.display()))
}

impl Dumps {
    fn write(self, folder: &Path) -> Result {
        /// The share of the objects that the built-in pack needs of most dumps.
        const NEEDED: f64 = 3.0;
        /// A large bundle has some ten thousand files.
        const FILES: u64 = 50_000;
        let Self { bytes, largest, seed } = self;
        for (name, bytes, form) in [
            ("list.yaml", bytes, Form::List),
            ("list.json", bytes, Form::Json),
            ("list-indented.json", bytes, Form::JsonIndented),
            ("10M.yaml", 10_000_000, Form::List),
            ("100M.yaml", 100_000_000, Form::List),
            ("10G.yaml", largest, Form::List),
        ] {
            let options = gen_dump::Options::mix(bytes, NEEDED, seed, form);
            gen_dump::write_to(&options, &folder.join(name))?;
        }
        let bundle = gen_dump::Options::mix(bytes / 2, NEEDED, seed, Form::MustGather).packed();
        gen_dump::write_to(&bundle, &folder.join("folder.tar.gz"))?;
        let files = folder.join("folder");
        if files.exists() {
            fs::remove_dir_all(&files)
                .map_err(|it| format!("cannot empty {}: {it}", files.display()))?;
        }
        gen_dump::write_to(&gen_dump::Options::files(FILES, NEEDED, seed), &files)?;
        Ok(())
    }
}

impl Pods {
    fn write(self, folder: &Path, forms: &[Form]) -> Result<Planted> {
        let Self { objects, seed } = self;
        make_folder(folder)?;
        let mut planted = None;
        for &form in forms {
            let options = gen_dump::Options::pods(objects, seed, form);
            planted = Some(gen_dump::write_to(&options, &folder.join(form.file_name()))?.planted);
        }
        planted.ok_or_else(|| "no form of a dump was asked for".to_owned())
    }
}
