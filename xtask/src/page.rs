//! Shows reports to a real browser: Chromium, driven by Playwright, with axe to look for what keeps
//! somebody from reading. This file finds the programs, and hands their places to the tests: those
//! of `host/report/browser` and, for the page of `serve`, of `host/cli/tests/serve`.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{
    debian,
    process::{Process, Result, cargo, npm_ci, root},
    wasm,
};

/// What to run, and when.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where the programs cannot be had (no Node.js, a registry that does not answer), say so and
    /// succeed.
    #[arg(long)]
    if_available: bool,
    /// Measure a page of so many findings, and run no tests.
    #[arg(long, value_name = "FINDINGS")]
    measure: Option<u32>,
    /// Write pictures of pages to this folder, and run no tests.
    #[arg(long, value_name = "FOLDER", conflicts_with = "measure")]
    pictures: Option<PathBuf>,
}

/// The folder of the tests, and of what npm brings them.
const FOLDER: &str = "host/report/browser";

/// Finds what is missing, and runs the tests.
pub(crate) fn run(options: &Options) -> Result {
    let Options { if_available, measure, pictures } = options;
    let found = modules().and_then(|()| Chromium::find());
    let chromium = match found {
        Ok(it) => it,
        Err(error) if *if_available => {
            eprintln!("The tests of the page are skipped: {error}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    wasm::build()?;
    let rulebox = wasm::build_bin("rulebox")?;
    let node = || chromium.known_to(Process::new("node")).env("RULEBOX_PROGRAM", &rulebox);
    if let Some(findings) = measure {
        let script = format!("{FOLDER}/measure.mjs");
        return node().args([script, findings.to_string()]).run();
    }
    if let Some(folder) = pictures {
        let folder = env::current_dir().unwrap_or_default().join(folder);
        return node().args([Path::new(FOLDER).join("pictures.mjs"), folder]).run();
    }
    node().args(["--test", &format!("{FOLDER}/page.test.mjs")]).run()?;
    let live = cargo(["test", "--workspace", "--test", "serve", "--", "page::"]);
    chromium.known_to(live).run()
}

/// What npm brings, had once.
fn modules() -> Result {
    if Process::new("npm").args(["--version"]).output().is_none() {
        return Err("there is no npm: install Node.js 20 or later".to_owned());
    }
    let folder = root().join(FOLDER);
    let installed = folder.join("node_modules/.package-lock.json");
    if wasm::is_older(&installed, &folder.join("package-lock.json")) {
        npm_ci(&folder)?;
    }
    Ok(())
}

/// A browser, and the libraries that it brings.
struct Chromium {
    program: PathBuf,
    libraries: Option<String>,
}

impl Chromium {
    /// On the PATH, else Debian's, unpacked.
    fn find() -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let installed = env::split_paths(&path).map(|it| it.join("chromium"));
        if let Some(program) = installed.into_iter().find(|it| it.is_file()) {
            return Ok(Self { program, libraries: None });
        }
        let folder = root().join("target/page/chromium");
        let program = folder.join("usr/lib/chromium/chromium");
        if !program.is_file() {
            debian::unpack_whole(&folder, "chromium")?;
        }
        let libraries = folder.join(format!("usr/lib/{}-linux-gnu", env::consts::ARCH));
        let libraries = [libraries.join("pulseaudio"), libraries];
        let libraries = libraries.map(|it| it.to_string_lossy().into_owned()).join(":");
        Ok(Self { program, libraries: Some(libraries) })
    }

    fn known_to(&self, process: Process) -> Process {
        process
            .env("RULEBOX_CHROMIUM", &self.program)
            .env("RULEBOX_CHROMIUM_LIBRARIES", self.libraries.as_deref().unwrap_or_default())
    }
}
