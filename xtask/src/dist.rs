//! What a user is handed: the program for this machine, or a release: for each kind of machine an
//! archive with the program, linked statically, its manual, completions and bill of materials, and
//! the digests of all files. The same sources give the same bytes. Each archive is unpacked and its
//! program started once.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    archive::{Content, Entry, archive, digest, gzip},
    bom::bom,
    image::{VERSION, check_static, read},
    machine::{AARCH64, Machine, X86_64},
    process::{Process, Result, cargo, root},
    wasm,
};

/// What to hand over.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Build target/dist/rulebox, for this machine, and no release.
    #[arg(long)]
    plain: bool,
    /// The program of the archive for x86-64, linked statically, and no other archive; without it,
    /// programs are built.
    #[arg(long, value_name = "FILE", conflicts_with = "plain")]
    binary: Option<PathBuf>,
}

/// Completions: the shell, and the file that its users expect.
const COMPLETIONS: [(&str, &str); 3] =
    [("bash", "rulebox.bash"), ("zsh", "_rulebox"), ("fish", "rulebox.fish")];

/// What of the repository lies beside the program.
const DOCUMENTS: [&str; 4] = ["CHANGELOG.md", "LICENSE", "README.md", "VERSIONS.md"];

/// Builds what is asked for, and says where it is.
pub(crate) fn run(options: &Options) -> Result {
    let Options { plain, binary } = options;
    if *plain {
        println!("{}", program()?.display());
        return Ok(());
    }
    let mut built = Vec::new();
    if let Some(file) = binary {
        built.push((X86_64, file.clone()));
    } else {
        built.push((X86_64, X86_64.build()?));
        match AARCH64.build() {
            Ok(program) => built.push((AARCH64, program)),
            Err(error) => eprintln!("No archive for aarch64: {error}"),
        }
    }
    let to = wasm::target_dir().join("dist");
    let mut programs = Vec::new();
    for (machine, program) in built {
        check_static(&program, &read(&program)?)?;
        programs.push((machine, program, bom(&machine.target())?));
    }
    for file in release(&programs, &to)? {
        println!("{}", file.display());
    }
    Ok(())
}

/// Builds the binary for this machine.
pub(crate) fn program() -> Result<PathBuf> {
    wasm::build()?;
    cargo(["build", "--profile", "dist", "--package", "rulebox"]).run()?;
    Ok(wasm::target_dir().join("dist/rulebox"))
}

/// Writes the files of a release into a folder, and tries them. The manual and the completions are
/// those of the first program, which runs here.
fn release(programs: &[(Machine, PathBuf, String)], to: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(to).map_err(|it| format!("cannot make {}: {it}", to.display()))?;
    let (_, runs, _) = programs.first().ok_or("there is no program to release")?;
    let (mut files, mut sums) = (Vec::new(), String::new());
    for (machine, program, bom) in programs {
        let name = name(*machine);
        let contents = contents((program, runs), bom, to)?;
        let entries = entries(&name, &contents);
        let listed = entries.iter().map(|(path, &(mode, content))| Entry { path, mode, content });
        let tar = gzip(&archive(&listed.collect::<Vec<_>>())?)?;
        for (file, bytes) in
            [(format!("{name}.cdx.json"), bom.as_bytes()), (format!("{name}.tar.gz"), &tar[..])]
        {
            let _ = writeln!(sums, "{}  {file}", digest(bytes).trim_start_matches("sha256:"));
            files.push(written(&to.join(file), bytes)?);
        }
    }
    files.push(written(&to.join("SHA256SUMS"), sums.as_bytes())?);
    for (machine, ..) in programs {
        try_out(*machine, to)?;
    }
    Ok(files)
}

fn name(machine: Machine) -> String {
    format!("rulebox-{VERSION}-linux-{}", machine.processor)
}

fn written(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    fs::write(path, bytes).map_err(|it| format!("cannot write {}: {it}", path.display()))?;
    Ok(path.to_owned())
}

/// The files of the archive, by their paths in its folder: a program, and what one that `runs` here
/// says of itself.
fn contents(
    (program, runs): (&Path, &Path),
    bom: &str,
    to: &Path,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    files.insert("rulebox".to_owned(), read(program)?);
    files.insert("rulebox.cdx.json".to_owned(), bom.as_bytes().to_vec());
    for name in DOCUMENTS {
        files.insert(name.to_owned(), read(&root().join(name))?);
    }
    let run = |arguments: &[&str]| {
        let program = runs.display().to_string();
        let said = Process::new(&program).args(arguments).output();
        said.ok_or_else(|| format!("{program} {} failed", arguments.join(" ")))
    };
    for (shell, file) in COMPLETIONS {
        let script = run(&["completions", shell])? + "\n";
        files.insert(format!("completions/{file}"), script.into_bytes());
    }
    let manual = emptied(&to.join("manual"))?;
    run(&["manual", "--to", &manual.display().to_string()])?;
    let pages = fs::read_dir(&manual).map_err(|it| format!("no manual was written: {it}"))?;
    for page in pages.flatten() {
        let name = page.file_name().to_string_lossy().into_owned();
        files.insert(format!("man/man1/{name}"), read(&page.path())?);
    }
    let _ = fs::remove_dir_all(manual);
    Ok(files)
}

/// An empty folder.
fn emptied(folder: &Path) -> Result<PathBuf> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|it| format!("cannot make {}: {it}", folder.display()))?;
    Ok(folder.to_owned())
}

/// The entries of the archive by path, folders before what is in them.
fn entries<'a>(
    name: &str,
    files: &'a BTreeMap<String, Vec<u8>>,
) -> BTreeMap<String, (u32, Content<'a>)> {
    let path = |it: &str| format!("{name}/{it}");
    let mut entries = BTreeMap::from([(path(""), (0o755, Content::Folder))]);
    for (file, bytes) in files {
        for (at, _) in file.match_indices('/') {
            entries.insert(path(&file[..=at]), (0o755, Content::Folder));
        }
        let mode = if file == "rulebox" { 0o755 } else { 0o644 };
        entries.insert(path(file), (mode, Content::File(bytes)));
    }
    // By this name kubectl finds it: `kubectl rulebox`.
    entries.insert(path("kubectl-rulebox"), (0o777, Content::Link("rulebox")));
    entries
}

/// Does with a release what its user does first: compares the digests, unpacks the archive into an
/// empty folder, and starts the program there, without anything around it.
fn try_out(machine: Machine, to: &Path) -> Result {
    let name = name(machine);
    let folder = emptied(&to.join("unpacked"))?;
    let shell = |line: &str| {
        let line = format!("set -e; cd '{}'; {line}", to.display());
        let said = Process::new("sh").args(["-c", &line]).output();
        said.ok_or_else(|| format!("the release does not work: `{line}` failed"))
    };
    shell("sha256sum --quiet --check SHA256SUMS")?;
    shell(&format!("tar -xzf {name}.tar.gz -C unpacked"))?;
    let here = format!("cd unpacked/{name}; env -i PATH=\"$PATH\"");
    match machine.emulator() {
        Some(emulator) => start(&shell, &format!("{here} {emulator}"))?,
        None => eprintln!(
            "The program for {} was not started: on Debian type apt-get install qemu-user",
            machine.processor
        ),
    }
    if Process::new("man").args(["--version"]).output().is_some() {
        shell(&format!("{here} man -l man/man1/rulebox.1"))?;
    } else {
        eprintln!("The manual was not shown: man is not installed.");
    }
    fs::remove_dir_all(&folder).map_err(|it| format!("cannot empty {}: {it}", folder.display()))
}

/// Starts the program of a release: it must know its version, its packs, and that it is a plug-in.
fn start(shell: &impl Fn(&str) -> Result<String>, here: &str) -> Result {
    let version = shell(&format!("{here} ./rulebox --version"))?;
    if version != format!("rulebox {VERSION}") {
        return Err(format!("the program of the release says that it is `{version}`"));
    }
    // They were compiled by another program, perhaps on another machine.
    shell(&format!("{here} ./rulebox rules list"))?;
    let help = shell(&format!("{here} ./kubectl-rulebox --help"))?;
    if !help.contains("Usage: kubectl rulebox") {
        return Err("the plug-in of the release does not know its name".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A program that answers as `rulebox` does.
    fn program(folder: &Path, version: &str) -> PathBuf {
        let program = folder.join("program");
        let script = format!(
            "#!/bin/sh\ncase $1 in\n--version) echo rulebox {version};;\n\
             --help) echo Usage: kubectl rulebox;;\ncompletions) echo \"# $2\";;\n\
             manual) echo .TH rulebox 1 > \"$3/rulebox.1\";;\nrules) ;;\nesac\n"
        );
        fs::write(&program, script).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
        program
    }

    /// An empty folder of this test.
    fn folder(test: &str) -> PathBuf {
        let name = format!("rulebox-xtask-{test}-{}", std::process::id());
        emptied(&std::env::temp_dir().join(name)).expect("a folder")
    }

    #[test]
    fn a_release_has_all_and_the_same_bytes_each_time() {
        let at = folder("release");
        let programs = [(X86_64, program(&at, VERSION), "{}\n".to_owned())];
        let [first, second] = ["a", "b"].map(|it| {
            let files = release(&programs, &at.join(it)).expect("a release");
            files.iter().map(|it| fs::read(it).expect("a file")).collect::<Vec<_>>()
        });
        assert_eq!(first.len(), 3);
        assert!(first == second);
        let mut paths = Vec::new();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&*first[1]));
        for entry in archive.entries().expect("entries") {
            let entry = entry.expect("an entry");
            let path = entry.path().expect("a path").display().to_string();
            paths.push(path.split_once('/').expect("a folder").1.to_owned());
        }
        let want = [
            "",
            "CHANGELOG.md",
            "LICENSE",
            "README.md",
            "VERSIONS.md",
            "completions/",
            "completions/_rulebox",
            "completions/rulebox.bash",
            "completions/rulebox.fish",
            "kubectl-rulebox",
            "man/",
            "man/man1/",
            "man/man1/rulebox.1",
            "rulebox",
            "rulebox.cdx.json",
        ];
        assert_eq!(paths, want);
        fs::remove_dir_all(at).expect("it was made here");
    }

    #[test]
    fn a_program_of_another_version_is_no_release() {
        let at = folder("version");
        let programs = [(X86_64, program(&at, "9.9.9"), "{}\n".to_owned())];
        let told = release(&programs, &at).expect_err("another version");
        assert!(told.contains("9.9.9"), "{told}");
        fs::remove_dir_all(at).expect("it was made here");
    }
}
