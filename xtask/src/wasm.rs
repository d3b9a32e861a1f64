//! The packs: `rules-wasm/packs/<name>` → `target/packs/<name>.wasm`, a component, and
//! `<name>.cwasm`, the same compiled for this machine's kind, and `<name>.wasm.gz`, the component
//! once more, packed: the binary carries both; and in the same way the interpreters of packs that
//! are written as text, in `target/interpreters`. The examples → `target/packs/examples`, which it
//! does not.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use wit_component::ComponentEncoder;

use crate::{
    process::{Process, Result, cargo, root, write_if_changed},
    toolchain::{TARGET, Toolchain},
};

/// Options of cargo for all that is built for the sandbox.
const PROFILE: [&str; 5] = ["--quiet", "--profile", "wasm", "--target-dir", "target/wasm"];

/// The package of `rules-wasm/examples/rust`, named as an organisation would name it, and its pack.
const RUST_EXAMPLE: (&str, &str) = ("org-rules", "org-workloads");

/// The folder of the example in JavaScript, and its pack.
const JAVASCRIPT_EXAMPLE: (&str, &str) = ("rules-wasm/examples/javascript", "org-javascript");

/// The folders of what is written in Python, the example and a rule of the gallery; and the packs.
const PYTHON: [(&str, &str); 2] = [
    ("rules-wasm/examples/python", "org-python"),
    ("rules-wasm/gallery/schedule-slower-than-rpo", "org-recovery-points"),
];

/// Builds what has changed.
pub(crate) fn build() -> Result {
    let packs = packs()?.into_iter().map(|it| (package(&it), format!("target/packs/{it}.wasm")));
    let interpreters = names("rules-wasm/interpreters")?
        .into_iter()
        .map(|it| (format!("rulebox-interpreter-{it}"), format!("target/interpreters/{it}.wasm")));
    let components: Vec<_> = packs.chain(interpreters).collect();
    let mut build = Toolchain::find_or_install()?.cargo("build");
    for (package, _) in &components {
        build = build.args(["--package", package]);
    }
    build.args(PROFILE).run()?;

    let precompile = build_bin("rulebox-precompile")?;
    for (package, component) in &components {
        let component = root().join(component);
        let bytes = componentize(&module(package))?;
        write_if_changed(&component, &bytes)?;
        write_if_changed(&component.with_extension("wasm.gz"), &packed(&bytes)?)?;
        let compiled = component.with_extension("cwasm");
        if is_older(&compiled, &component) || is_older(&compiled, &precompile) {
            Process::new(&precompile.to_string_lossy()).args([&component, &compiled]).run()?;
        }
    }
    Ok(())
}

/// The same bytes as gzip, without a time in them.
fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let packed = packed.write_all(bytes).and_then(|()| packed.finish());
    packed.map_err(|it| format!("cannot pack a component: {it}"))
}

/// Compiles the packs and interpreters, which are built, for another processor: into
/// `target/packs/<processor>` and `target/interpreters/<processor>`. The compiler for it is a
/// feature, because the program has no use for it.
pub(crate) fn precompile_for(processor: &str) -> Result {
    for kind in ["packs", "interpreters"] {
        let made = root().join("target").join(kind);
        let folder = made.join(processor);
        fs::create_dir_all(&folder)
            .map_err(|it| format!("cannot make {}: {it}", folder.display()))?;
        for name in names(&format!("rules-wasm/{kind}"))? {
            let component = made.join(format!("{name}.wasm"));
            let compiled = folder.join(&name).with_extension("cwasm");
            cargo(["run", "--quiet", "--package", "rulebox-engine", "--features", "all-arch"])
                .args(["--bin", "rulebox-precompile", "--"])
                .args([&component, &compiled])
                .args([format!("{processor}-unknown-linux-gnu")])
                .run()?;
        }
    }
    Ok(())
}

/// Builds the example in Rust, and says where its component is.
pub(crate) fn build_rust_example() -> Result<PathBuf> {
    let (package, pack) = RUST_EXAMPLE;
    // The example is a library for tests too, and cargo leaves link-time optimisation out where it
    // builds one beside a module, so that only the module is asked for.
    let module_only = ["--package", package, "--lib", "--crate-type", "cdylib"];
    Toolchain::find_or_install()?.cargo("rustc").args(module_only).args(PROFILE).run()?;
    let component = example(pack);
    write_if_changed(&component, &componentize(&module(package))?)?;
    Ok(component)
}

/// Builds the example in JavaScript where its sources have changed. Without npm, or what npm must
/// fetch, it says so and goes on: the tests then show that they were not run.
pub(crate) fn build_javascript_example() -> Result {
    let (folder, pack) = JAVASCRIPT_EXAMPLE;
    let component = example(pack);
    let sources = ["pack.js", "build.mjs", "package-lock.json", "../../wit/rulebox.wit"];
    if !sources.iter().any(|it| is_older(&component, &root().join(folder).join(it))) {
        return Ok(());
    }
    removed(&component)?;
    let npm = || Process::new("npm").args(["--prefix", folder, "--loglevel", "error"]);
    if npm().args(["--version"]).output().is_none() {
        eprintln!("The example in JavaScript is not built: install Node.js 20 or later, with npm.");
        return Ok(());
    }
    let modules = root().join(folder).join("node_modules/.package-lock.json");
    if is_older(&modules, &root().join(folder).join("package-lock.json")) {
        let installed = npm().args(["ci", "--no-audit", "--no-fund"]).run();
        if let Err(failure) = installed {
            eprintln!("The example in JavaScript is not built: {failure}");
            return Ok(());
        }
    }
    npm().args(["run", "--silent", "build", "--"]).args([component]).run()
}

/// Builds what is written in Python where its sources have changed, by one compiler. Without Python
/// and its venv, or what pip must fetch, it says so and goes on: the tests then show that they were
/// not run.
pub(crate) fn build_python_examples() -> Result {
    let wit = root().join("rules-wasm/wit/rulebox.wit");
    for (folder, pack) in PYTHON {
        let component = example(pack);
        let sources = python_sources(folder)?;
        if !sources.iter().chain([&wit]).any(|it| is_older(&component, it)) {
            continue;
        }
        removed(&component)?;
        let Some(compiler) = python_compiler() else { return Ok(()) };
        Process::new(&compiler.to_string_lossy())
            .args(["--quiet", "--wit-path", "rules-wasm/wit", "--world", "pack"])
            .args(["componentize", "app", "--python-path", folder, "-o"])
            .args([component])
            .run()?;
        // The tests that it has beside its cases.
        Process::new("python3").args(["-m", "unittest", "discover", "-q", "-s", folder]).run()?;
    }
    Ok(())
}

/// The modules of a pack, and what names its compiler.
fn python_sources(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = root().join(folder);
    let files = names(&folder.to_string_lossy())?.into_iter().map(|it| folder.join(it));
    let is_source =
        |it: &PathBuf| it.extension().is_some_and(|it| it == "py") || it.ends_with(REQUIREMENTS);
    Ok(files.filter(is_source).collect())
}

const REQUIREMENTS: &str = "requirements.txt";

/// componentize-py, as the example names it; none where it cannot be had, which is told.
fn python_compiler() -> Option<PathBuf> {
    let here = |path: &str| root().join(PYTHON[0].0).join(path);
    if Process::new("python3").args(["-m", "venv", "--help"]).output().is_none() {
        eprintln!("The examples in Python are not built: install Python 3.10 or later, with venv.");
        return None;
    }
    let compiler = here(".venv/bin/componentize-py");
    if is_older(&compiler, &here(REQUIREMENTS)) {
        let venv = Process::new("python3").args(["-m", "venv"]).args([here(".venv")]).run();
        let pip = || {
            let python = here(".venv/bin/python").to_string_lossy().into_owned();
            Process::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
                .args([here(REQUIREMENTS)])
                .run()
        };
        if let Err(failure) = venv.and_then(|()| pip()) {
            eprintln!("The examples in Python are not built: {failure}");
            return None;
        }
    }
    Some(compiler)
}

/// The languages of the projects that `rulebox rules new` begins and a compiler builds.
const PROJECTS: [&str; 3] = ["rust", "javascript", "python"];

/// Begins a project in each language and builds it, as a user does, where its templates have
/// changed. What cannot be built is told, and the tests then show that they were not run.
pub(crate) fn build_projects() -> Result {
    let rulebox = build_bin("rulebox")?;
    for language in PROJECTS {
        let folder = root().join("target/packs/projects").join(language);
        let component = folder.join("acme.wasm");
        let templates = root().join("host/author/templates");
        let mut sources = vec![root().join("rules-wasm/wit/rulebox.wit")];
        for part in ["common", language] {
            files_below(&templates.join(part), &mut sources);
        }
        if is_kept(language) && !sources.iter().any(|it| is_older(&component, it)) {
            continue;
        }
        let _ = fs::remove_dir_all(&folder);
        let rules = |arguments: &[&str]| {
            Process::new(&rulebox.to_string_lossy())
                .args(["rules"])
                .args(arguments)
                .args([&folder])
                // Where the tests of the program look for compiled packs.
                .env("XDG_CACHE_HOME", target_dir().join("tmp"))
                .env("npm_config_cache", kept("npm"))
        };
        rules(&["new", "--language", language, "acme", "--to"]).run()?;
        if let Err(failure) = rules(&["build"]).run().and_then(|()| keep(language, &folder)) {
            eprintln!("The project in {language} is not built: {failure}");
            continue;
        }
        // The tests that a project has beside its cases.
        let own = match language {
            "rust" => {
                cargo(["test", "--quiet", "--manifest-path"]).args([folder.join("Cargo.toml")])
            }
            "javascript" => {
                Process::new("npm").args(["test", "--silent", "--prefix"]).args([&folder])
            }
            _ => Process::new("python3")
                .args(["-m", "unittest", "discover", "-q", "-s"])
                .args([&folder]),
        };
        own.run()?;
    }
    Ok(())
}

/// Where the tests of tutorials, which fetch nothing, find what compilers are installed from: the
/// cache of npm, and packages of Python.
fn kept(kind: &str) -> PathBuf {
    root().join("target/packs/projects/kept").join(kind)
}

/// Whether what the compiler of a language is installed from is kept.
fn is_kept(language: &str) -> bool {
    match language {
        "javascript" => kept("npm").is_dir(),
        "python" => kept("wheels").is_dir(),
        // cargo keeps it.
        _ => true,
    }
}

/// Keeps what npm has not kept while it installed.
fn keep(language: &str, folder: &Path) -> Result {
    if language != "python" {
        return Ok(());
    }
    let python = folder.join(".venv/bin/python").to_string_lossy().into_owned();
    Process::new(&python)
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest"])
        .args([kept("wheels")])
        .args(["-r".into(), folder.join("requirements.txt")])
        .run()
}

/// All files below a folder.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

/// A test of what is outdated would show nothing.
fn removed(component: &Path) -> Result {
    match fs::remove_file(component) {
        Err(it) if component.exists() => {
            Err(format!("cannot remove {}: {it}", component.display()))
        }
        _ => Ok(()),
    }
}

/// Where the component of an example is put.
fn example(pack: &str) -> PathBuf {
    root().join("target/packs/examples").join(pack).with_extension("wasm")
}

/// Builds a binary of the host and gives its path.
///
/// Always of the whole workspace: cargo unifies the features of what it is asked for, and another
/// choice of packages would compile wasmtime once more.
pub(crate) fn build_bin(name: &str) -> Result<PathBuf> {
    cargo(["build", "--quiet", "--workspace", "--bin", name]).run()?;
    Ok(target_dir().join("debug").join(name))
}

/// The names of the packs.
pub(crate) fn packs() -> Result<Vec<String>> {
    names("rules-wasm/packs")
}

/// The names of what stands in a folder of the repository, sorted.
fn names(folder: &str) -> Result<Vec<String>> {
    let folder = root().join(folder);
    let entries =
        fs::read_dir(&folder).map_err(|it| format!("cannot read {}: {it}", folder.display()))?;
    let mut names: Vec<_> =
        entries.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

fn package(pack: &str) -> String {
    format!("rulebox-pack-{pack}")
}

/// What cargo makes of a package of packs.
fn module(package: &str) -> PathBuf {
    let file = format!("{}.wasm", package.replace('-', "_"));
    root().join("target/wasm").join(TARGET).join("wasm").join(file)
}

/// Where cargo puts the binaries of the host.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |it| root().join(it))
}

/// A core module, which carries its interface types in a section of its own, as a component.
fn componentize(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module).map_err(|it| format!("cannot read {}: {it}", module.display()))?;
    let encoded =
        ComponentEncoder::default().validate(true).module(&bytes).and_then(|mut it| it.encode());
    encoded.map_err(|it| format!("cannot make a component of {}: {it:#}", module.display()))
}

/// Whether `made` must be made again from `source`.
pub(crate) fn is_older(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    modified(made).is_none_or(|it| modified(source).is_some_and(|source| source > it))
}
