//! What this crate must not know, it does not name: no terminal, file, network, clock or command
//! line in its sources, and no crate that brings them in its manifest.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Names of std, jiff and other crates by which sources print, read, ask for the time, or know how
/// they are called. `use std::{fs, …}` names them too, so identifiers are compared and not paths.
const NAMES: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "dbg",
    "stdin",
    "stdout",
    "stderr",
    "fs",
    "net",
    "env",
    "process",
    "now",
    "SystemTime",
    "Instant",
    "clap",
    "tokio",
];

/// Crates that read files or clusters, or that know a terminal.
const CRATES: &[&str] = &["rulebox-reader", "rulebox-cluster", "clap", "tokio", "anstream"];

/// The forbidden names in a source, but for its comments.
fn named(source: &str) -> Vec<&str> {
    let lines = source.lines().filter(|it| !it.trim_start().starts_with("//"));
    let words = lines.flat_map(|it| it.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter(|it| NAMES.contains(it)).collect()
}

#[track_caller]
fn check(source: &str, want: &[&str]) {
    assert_eq!(named(source), want, "{source}");
}

#[test]
fn a_forbidden_name_is_found_however_it_is_imported() {
    check("println!(\"{x}\");", &["println"]);
    check("std::fs::read(path)", &["fs"]);
    check("use std::{collections::BTreeMap, fs, net::TcpStream};", &["fs", "net"]);
    check("let time = Timestamp::now();", &["now"]);
    check("use clap::Parser;", &["clap"]);
}

#[test]
fn comments_and_longer_names_are_not_meant() {
    check("//! Prints nothing.\n    // no println! here\nlet printed = fingerprint(known);", &[]);
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|it| it.expect("an entry").path());
    paths.flat_map(|it| if it.is_dir() { sources(&it) } else { vec![it] }).collect()
}

#[test]
fn no_source_names_what_this_crate_must_not_know() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.iter().any(|it| it.ends_with("plan.rs")), "{sources:?}");
    for path in sources {
        let source = fs::read_to_string(&path).expect("a source");
        assert_eq!(named(&source), [""; 0], "{}", path.display());
    }
}

#[test]
fn the_manifest_names_no_crate_that_knows_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(path).expect("a manifest");
    let (_, dependencies) = manifest.split_once("[dependencies]").expect("dependencies");
    for line in dependencies.lines() {
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        assert!(!CRATES.contains(&name), "{line}");
    }
}
