//! What the tests of this crate share: the fixtures, and the packs in both their forms.
//!
//! This crate alone sees both the host and the rules. It owns the goldens:
//! `<pack>/<rule>/<case>.snap` has the stem of its fixture, `clusters/<name>.snap` that of its
//! dump.

pub mod imports;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use rulebox_core::{Collector, Evidence, Finding, NeedSet, Reading, Undecided};
use rulebox_engine::{Cache, Engine, Limits, Pack, PackSource};
use rulebox_reader::Reader;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The built-in packs, natively.
pub fn native_packs() -> Vec<rulebox_sdk::Pack> {
    rulebox_rules_standard::PACKS.iter().map(|it| (it.pack)()).collect()
}

/// The same pack as the component that the binary carries.
///
/// # Panics
///
/// If the component is not built.
pub fn component(name: &str) -> Pack {
    let path = root().join("target/packs").join(format!("{name}.cwasm"));
    let bytes = fs::read(&path)
        .unwrap_or_else(|it| panic!("{}: {it}; type: cargo xtask wasm", path.display()));
    let engine = Engine::new(Limits::default(), Cache::Off).expect("an engine");
    engine
        .load(PackSource::Precompiled { name, bytes: bytes.leak() })
        .unwrap_or_else(|it| panic!("{it}"))
}

/// One file under `fixtures/<pack>/<rule>/`.
#[derive(Debug, Clone)]
pub struct RuleFixture {
    /// The folder's name.
    pub rule: String,
    /// `bad_bucket_not_owned`.
    pub stem: String,
    /// The whole text.
    pub text: String,
}

/// The fixtures of a pack, sorted.
pub fn rule_fixtures(pack: &str) -> Vec<RuleFixture> {
    let folder = root().join("fixtures").join(pack);
    let rules = list(&folder).into_iter().filter(|it| it.is_dir());
    let fixtures = rules.flat_map(|folder| {
        list(&folder).into_iter().map(move |path| RuleFixture {
            rule: stem(&folder),
            stem: stem(&path),
            text: fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display())),
        })
    });
    fixtures.collect()
}

/// The whole dumps of one cluster: `fixtures/clusters/<name>.yaml`, as name and path, sorted.
pub fn cluster_dumps() -> Vec<(String, PathBuf)> {
    let files = list(&root().join("fixtures/clusters")).into_iter().filter(|it| it.is_file());
    files.map(|it| (stem(&it), it)).collect()
}

/// What is in a folder, sorted.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|it| panic!("{}: {it}", folder.display()));
    let mut paths: Vec<_> = entries.map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// A file's name without its ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Reads a text as the product reads a dump, for the needs of a pack.
pub fn read(pack: &str, needs: &NeedSet, text: &[u8]) -> Reading {
    let mut scoped = NeedSet::default();
    scoped.add(pack, needs);
    let reader = Reader::new(&scoped).unwrap_or_else(|it| panic!("{it}"));
    let mut collector = Collector::new(scoped).unwrap_or_else(|it| panic!("{it}"));
    reader.read_text("fixture.yaml", text, &mut collector);
    collector.finish()
}

/// What a rule reported, as a reviewer reads it.
pub fn render(findings: &[Finding], undecided: &[Undecided]) -> String {
    let mut text = String::new();
    for finding in findings {
        let Finding {
            rule,
            severity,
            subject,
            summary,
            cause,
            remedy,
            evidence,
            labels,
            caused_by,
        } = finding;
        let _ = writeln!(
            text,
            "{severity} {rule}: {subject}\nwhat:  {summary}\nwhy:   {cause}\ndo:    {remedy}"
        );
        for Evidence { subject: holder, path, value } in evidence {
            let holder = holder
                .as_ref()
                .filter(|it| *it != subject)
                .map(|it| format!("{it} "))
                .unwrap_or_default();
            let _ = writeln!(text, "seen:  {holder}{path} = {value}");
        }
        for (name, value) in labels {
            let _ = writeln!(text, "label: {name}={value}");
        }
        for object in caused_by {
            let _ = writeln!(text, "from:  {object}");
        }
        text.push('\n');
    }
    for Undecided { rule: _, reason } in undecided {
        let _ = writeln!(text, "no data: {reason}");
    }
    text
}
