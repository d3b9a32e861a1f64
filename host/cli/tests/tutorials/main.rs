//! The tutorials of the book, as a reader follows them: files are written, commands run in a
//! shell, and what they print is what the page shows. `page` says how a page is read; with `BLESS`
//! what is printed is written into the page.
//!
//! Nothing is fetched: `cargo xtask test` keeps what the compilers of the languages need, where
//! they are there.

#[path = "../../../registry/tests/registry/fake.rs"]
#[expect(dead_code, reason = "the tests of the crate use more of it")]
mod fake;
mod page;
#[path = "../program/mod.rs"]
#[expect(dead_code, reason = "the commands of pages are run by a shell")]
mod program;
mod walk;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use fake::Fake;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use page::Step;
use walk::Walk;

/// Where the pages lie. `index.md` leads to the others.
const PAGES: &str = "host/docs/src/tutorials";

/// How pages name the registry that their reader has.
const REGISTRY: &str = "localhost:5000";

/// The pages whose rules a compiler builds, each named after its language.
const COMPILED: [&str; 3] = ["javascript", "python", "rust"];

fn main() {
    let entries = fs::read_dir(program::root().join(PAGES)).expect("the tutorials");
    let paths = entries.map(|it| it.expect("an entry").path());
    let pages = paths.filter(|it| it.file_name().is_some_and(|it| it != "index.md"));
    let mut trials: Vec<_> = pages.map(trial).collect();
    let own = page::tests::ALL.iter().map(|&(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    trials.extend(own);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Trial::ignorable_test(format!("{name} prints what its page shows"), move || {
        let built = projects().join(&name).join("acme.wasm");
        if COMPILED.contains(&&*name) && !built.exists() {
            return Ok(Completion::ignored_with("nothing builds it; type: cargo xtask test"));
        }
        follow(&path).map(|()| Completion::Completed)
    })
}

/// Where `cargo xtask test` has built a project of each language, and keeps what that has fetched.
fn projects() -> PathBuf {
    program::root().join("target/packs/projects")
}

/// Does what a page says, and compares what it shows.
fn follow(path: &Path) -> Result<(), Failed> {
    let page = fs::read_to_string(path)?;
    let shown = path.display();
    let steps = page::steps(&page).map_err(|it| format!("{shown}: {it}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let registry = runtime.block_on(Fake::start());
    let folder = tempfile::tempdir()?;
    let address = registry.address.to_string();
    let walk = Walk {
        folder: folder.path(),
        steps: &steps,
        address: (REGISTRY, &address),
        environment: environment(folder.path()),
    };
    let printed = walk.run()?.map_err(|(nth, said)| match &steps[nth] {
        Step::Run(run) => format!("{shown}:{}: it fails: {said}", run.line),
        Step::Write(file) => format!("{shown}: {} cannot be written: {said}", file.path),
    })?;
    let mut wrong = Vec::new();
    let lines: Vec<_> = page.lines().collect();
    for (step, text) in steps.iter().zip(printed) {
        let Step::Run(run) = step else { continue };
        let Some(range) = &run.shown else { continue };
        if !page::fits(&lines[range.clone()], &text.lines().collect::<Vec<_>>()) {
            wrong.push((range.clone(), text));
        }
    }
    if env::var_os("BLESS").is_some() {
        fs::write(path, page::shows(&page, &wrong))?;
    } else if !wrong.is_empty() {
        let wrong = wrong.iter().map(|(range, text)| format!("{shown}:{}:\n{text}", range.start));
        let wrong: String = wrong.collect();
        let bless = "BLESS=1 cargo test --workspace --test tutorials";
        return Err(format!("it prints something else than is shown:\n{wrong}type: {bless}").into());
    }
    Ok(())
}

/// What the shell is given: the program, a home for packs and logins, and compilers that fetch
/// nothing.
fn environment(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let program = Path::new(env!("CARGO_BIN_EXE_rulebox")).parent().expect("a folder");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [program.to_owned()].into_iter().chain(env::split_paths(&path));
    let projects = projects();
    vec![
        ("PATH", env::join_paths(path).expect("no colon in it").into()),
        ("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR").into()), // of compiled packs
        ("XDG_DATA_HOME", folder.join("data")),
        ("DOCKER_CONFIG", folder.join("data")),
        ("COSIGN_PASSWORD", "a password".into()),
        ("npm_config_cache", projects.join("kept/npm")),
        ("npm_config_offline", "true".into()),
        ("PIP_FIND_LINKS", projects.join("kept/wheels")),
        ("PIP_NO_INDEX", "1".into()),
        ("CARGO_NET_OFFLINE", "true".into()),
        ("CARGO_TARGET_DIR", projects.join("rust/target")),
    ]
}
