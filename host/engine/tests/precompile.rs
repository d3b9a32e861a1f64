//! Packs that are compiled by the build, and packs whose compiled form is kept.

mod guests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use guests::{assemble, engine, inventory, limits, load, objects};
use rulebox_core::Moment;
use rulebox_engine::{
    Cache, Code, Compile, Engine, EngineError, Limits, PackErrorKind, PackSource, Run,
};

fn leak(bytes: Vec<u8>) -> &'static [u8] {
    Box::leak(bytes.into_boxed_slice())
}

#[track_caller]
fn check_refused(bytes: &'static [u8], code: &str) {
    let source = PackSource::Precompiled { name: "built-in", bytes };
    let error = engine(limits()).load(source).expect_err("it must be refused");
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.failures()[0].pack, "built-in");
}

#[test]
fn a_precompiled_pack_says_what_it_says_otherwise() {
    let engine = engine(limits());
    let bytes = assemble("honest.wat");
    let compiled = engine.precompile("honest", &bytes, None).expect("compiled");
    let source = PackSource::Precompiled { name: "honest", bytes: leak(compiled) };
    let precompiled = engine.load(source).expect("loaded");
    let pack = load(&engine, &bytes).expect("loaded");
    assert_eq!(precompiled.info(), pack.info());
    let run =
        Run { as_of: Moment::default(), settings: "{}", rules: &["first", "second", "third"] };
    let inventory = inventory(&objects(3));
    assert_eq!(precompiled.evaluate(&run, &inventory), pack.evaluate(&run, &inventory));
}

/// Limits belong to the run: a pack that was compiled under some is loaded under others.
#[test]
fn limits_do_not_change_what_is_compiled() {
    let limits = Limits { memory_bytes: 1 << 24, instances: 1, table_elements: 5000, ..limits() };
    let compiled = engine(Limits::default()).precompile("honest", &assemble("honest.wat"), None);
    let bytes = leak(compiled.expect("compiled"));
    engine(limits).load(PackSource::Precompiled { name: "honest", bytes }).expect("loaded");
}

/// The target is named although it is this machine's, so that the code uses no feature of this
/// machine's processor.
#[test]
fn the_same_bytes_come_out_each_time() {
    let bytes = assemble("honest.wat");
    let compile = || engine(limits()).precompile("honest", &bytes, None).expect("compiled");
    assert!(compile() == compile());
}

#[test]
fn what_is_not_compiled_is_refused() {
    check_refused(leak(assemble("honest.wat")), "precompiled-unusable");
    check_refused(b"", "precompiled-unusable");
    let compiled = engine(limits()).precompile("honest", &assemble("honest.wat"), None);
    let mut cut = compiled.expect("compiled");
    cut.truncate(cut.len() / 2);
    check_refused(leak(cut), "precompiled-unusable");
}

/// A compiled pack is code, so the host never accepts one from a user.
#[test]
fn compiled_bytes_are_no_pack_of_a_user() {
    let engine = engine(limits());
    let compiled = engine.precompile("honest", &assemble("honest.wat"), None).expect("compiled");
    assert_eq!(load(&engine, &compiled).expect_err("refused").code(), "not-webassembly");
}

#[test]
fn what_cannot_be_compiled_is_named() {
    let engine = engine(limits());
    for (file, target, code) in [
        ("core-module.wat", None, "core-module"),
        ("not-webassembly.wat", None, "not-webassembly"),
        ("memory64.wat", None, "not-compilable"),
        ("honest.wat", Some("z80-unknown-cpm"), "target-unavailable"),
    ] {
        let error = engine.precompile(file, &assemble(file), target).expect_err(file);
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn a_large_file_is_refused_before_it_is_compiled() {
    let engine = engine(Limits { pack_bytes: 1000, ..limits() });
    let error = load(&engine, &assemble("honest.wat")).expect_err("too large");
    assert_eq!(error.code(), "pack-too-big");
}

#[test]
fn a_compiled_pack_is_kept_and_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let cached = || Engine::new(limits(), Cache::Directory(folder.path().into())).expect("engine");
    let bytes = assemble("honest.wat");
    load(&cached(), &bytes).expect("compiled");
    let kept = walk(folder.path());
    assert!(!kept.is_empty(), "nothing was kept");
    load(&cached(), &bytes).expect("found");
    assert_eq!(walk(folder.path()), kept, "it was compiled again");
}

#[test]
fn a_cache_that_cannot_be_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let folder = file.path().join("inside");
    let error = Engine::new(limits(), Cache::Directory(folder.clone())).expect_err("no folder");
    assert!(matches!(&error, EngineError::Cache { directory, .. } if *directory == folder));
    assert_eq!(error.code(), "cache-unavailable");
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let cache = Cache::Directory(folder.path().into());
    let error = Engine::new(limits(), cache).expect_err("a folder of all");
    assert_eq!(error.code(), "cache-unavailable");
    assert!(error.to_string().contains("other users have access to it (mode 777)"), "{error}");
}

/// What stands in the folder is machine code, and runs as it is.
#[test]
fn a_kept_pack_that_was_exchanged_or_changed_does_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let cached = || Engine::new(limits(), Cache::Directory(folder.path().into())).expect("engine");
    let entry = |file: &str| {
        let before = walk(folder.path());
        load(&cached(), &assemble(file)).expect("compiled");
        let after = walk(folder.path());
        let new = after.into_iter().find(|it| !before.contains(it) && !it.0.ends_with("key"));
        new.expect("an entry").0
    };
    let (honest, other) = (entry("honest.wat"), entry("rule-traps.wat"));
    let check = || {
        let pack = load(&cached(), &assemble("honest.wat")).expect("the honest pack");
        let run = Run { as_of: Moment::default(), settings: "{}", rules: &["second"] };
        assert_eq!(pack.evaluate(&run, &inventory(&[])).failures, []);
    };
    fs::copy(&other, &honest).expect("both are ours");
    check();
    let mut bytes = fs::read(&honest).expect("an entry");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&honest, bytes).expect("it is ours");
    check();
}

#[test]
fn what_a_compiler_gives_has_a_limit() {
    let limits = Limits { compiled_bytes: 1000, ..limits() };
    let error = load(&engine(limits), &assemble("honest.wat")).expect_err("too large");
    assert_eq!(error.code(), "compiled-too-big");
}

/// A caller may have packs compiled elsewhere; what is refused there is refused here.
#[test]
fn a_compiler_of_the_callers_is_asked() {
    let made =
        |compile: Box<Compile>| Engine::with_compiler(limits(), Code::Plain, Cache::Off, compile);
    let engine = made(Box::new(rulebox_engine::compile)).expect("an engine");
    load(&engine, &assemble("honest.wat")).expect("compiled");
    let refuses =
        |_: &Limits, _, _: &[u8]| Err(PackErrorKind::CompilerFailed { reason: "gone".to_owned() });
    let engine = made(Box::new(refuses)).expect("an engine");
    let error = load(&engine, &assemble("honest.wat")).expect_err("no compiler");
    assert_eq!(error.code(), "compiler-failed");
}

/// The compiled packs below a folder with their key, and when each was written.
fn walk(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            let written = path.metadata().and_then(|it| it.modified()).expect("a time");
            files.push((path, format!("{written:?}")));
        }
    }
    files.sort();
    files
}
