//! What the sandbox costs: the start of the program, loading a pack, a call, an object. Run by
//! `cargo xtask bench engine`.

mod measure;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use measure::{Arguments, Record, fail, in_turns, read, thing};
use rulebox_core::{Collector, Inventory, Json, Moment, NeedSet};
use rulebox_engine::{Cache, Engine, Limits, Pack, PackSource, Run};
use rulebox_reader::{Reader, Source};
use rulebox_sdk::testing::Store;

/// The rule whose objects are counted, because it reads the status of all containers.
const RULE: &str = "pod-crash-loop";

fn main() {
    let arguments = Arguments::parse();
    let mut record = Record::new("engine");
    start(&arguments, &mut record);
    let pack = load(&arguments, &mut record);
    call(&pack, &mut record);
    objects(&arguments, &pack, &mut record);
    record.write(&arguments.path("out"));
}

/// The whole process with the built-in packs, on a small dump. All its files are in the page cache.
fn start(arguments: &Arguments, record: &mut Record) {
    let rulebox = arguments.path("rulebox");
    let dump = arguments.path("cluster");
    let run = |program: &Path, arguments: &[&str]| {
        let status = Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        // 1 means that there are findings.
        if !status.is_ok_and(|it| matches!(it.code(), Some(0 | 1))) {
            fail(&format!("{} {} failed", program.display(), arguments.join(" ")));
        }
    };
    let dump_text = dump.to_string_lossy().into_owned();
    let times = in_turns(
        arguments.number("rounds"),
        vec![
            thing("/bin/true", || run(Path::new("/bin/true"), &[])),
            thing("read the dump", || read(&dump)),
            thing("rulebox --version", || run(&rulebox, &["--version"])),
            thing("rulebox check, built-in packs", || run(&rulebox, &["check", &dump_text])),
        ],
    );
    record.times("start of the process", &times);
}

/// From bytes to a pack whose description is known.
fn load(arguments: &Arguments, record: &mut Record) -> Pack {
    let bytes = read(&arguments.path("pack"));
    let standard = read(&arguments.path("standard"));
    let cached = std::env::temp_dir().join(format!("rulebox-bench-{}", std::process::id()));
    let engine =
        |cache| Engine::new(Limits::default(), cache).unwrap_or_else(|it| fail(&it.to_string()));
    let plain = engine(Cache::Off);
    let caching = engine(Cache::Directory(cached.clone()));
    let compiled: &'static [u8] = plain
        .precompile("org-workloads", &bytes, None)
        .unwrap_or_else(|it| fail(&it.to_string()))
        .leak();
    let standard: &'static [u8] = standard.leak();
    let load =
        |engine: &Engine, source| engine.load(source).unwrap_or_else(|it| fail(&it.to_string()));

    let component = PackSource::Bytes { name: "org-workloads", bytes: &bytes };
    let precompiled = PackSource::Precompiled { name: "org-workloads", bytes: compiled };
    let built_in = PackSource::Precompiled { name: "standard", bytes: standard };
    let times = in_turns(
        20,
        vec![
            thing("an engine without packs", || engine(Cache::Off)),
            thing("load precompiled: backup-center", || load(&plain, built_in)),
            thing("load precompiled: org-workloads", || load(&plain, precompiled)),
            thing("load org-workloads from the cache", || load(&caching, component)),
            thing("load org-workloads, compiling it", || load(&plain, component)),
        ],
    );
    record.times("loading a pack", &times);
    let sizes = [("component", bytes.len()), ("precompiled", compiled.len())];
    record.figures(
        "size of org-workloads, KiB",
        &sizes.map(|(name, it)| (name.to_owned(), it as f64 / 1024.0)),
    );
    let _ = fs::remove_dir_all(cached);
    load(&plain, precompiled)
}

/// An evaluation without objects: a store, an instance, a call, and the return.
fn call(pack: &Pack, record: &mut Record) {
    let (empty, settings) = (Arc::new(inventory(pack, Vec::new())), settings(pack));
    let native = org_rules::pack();
    let run = |rules| {
        pack.evaluate(&Run { as_of: Moment::default(), settings: &settings, rules }, &empty)
    };
    let times = in_turns(
        1_000,
        vec![
            thing("native", || evaluate_natively(&native, &empty, &settings, &[RULE])),
            thing("sandbox, no rule and so no guest", || run(&[])),
            thing("sandbox, one guest instantiated and called", || run(&[RULE])),
        ],
    );
    record.times("an evaluation over no objects", &times);
}

/// One rule, and the whole pack, over the same objects: in the sandbox and natively.
fn objects(arguments: &Arguments, pack: &Pack, record: &mut Record) {
    let inventory =
        Arc::new(inventory(pack, vec![Source::Path(arguments.path("dumps").join("list.json"))]));
    let settings = settings(pack);
    let native = org_rules::pack();
    let all: Vec<_> = pack.info().rules.iter().map(|it| it.id.as_str()).collect();
    let sandboxed = |rules: &[&str]| {
        let evaluation = pack
            .evaluate(&Run { as_of: Moment::default(), settings: &settings, rules }, &inventory);
        if !evaluation.failures.is_empty() {
            fail(&format!("{:?}", evaluation.failures));
        }
        evaluation.findings
    };
    let natively = |rules: &[&str]| evaluate_natively(&native, &inventory, &settings, rules);
    for rules in [&[RULE][..], &all] {
        if sandboxed(rules) != natively(rules) {
            fail("the sandbox and the native run found different things");
        }
    }
    let times = in_turns(
        20,
        vec![
            thing("one rule, native", || natively(&[RULE])),
            thing("one rule, sandbox", || sandboxed(&[RULE])),
            thing("two rules, native", || natively(&all)),
            thing("two rules, sandbox", || sandboxed(&all)),
        ],
    );
    let slot = inventory.objects.values().next().unwrap_or_else(|| fail("the pack has no need"));
    let objects = slot.objects.len();
    let bytes: usize = slot.objects.iter().map(Json::len).sum();
    record.times(&format!("rules over {objects} pods"), &times);

    let per_object = times.iter().map(|(name, it)| {
        (format!("{name}, µs"), it.median().as_secs_f64() * 1e6 / objects as f64)
    });
    let mut figures: Vec<_> = per_object.collect();
    figures.push(("bytes that reach the rule".to_owned(), bytes as f64 / objects as f64));
    record.figures("an object", &figures);
}

fn evaluate_natively(
    pack: &rulebox_sdk::Pack,
    inventory: &Inventory,
    settings: &str,
    rules: &[&str],
) -> Vec<rulebox_core::Finding> {
    let rules: Vec<_> = rules.iter().map(|&it| it.to_owned()).collect();
    let store = Store::new(inventory, pack.name());
    pack.evaluate(&store, Moment::default(), settings, &rules).unwrap_or_else(|it| fail(&it));
    store.into_outcome().findings
}

fn settings(pack: &Pack) -> String {
    pack.settings(None).unwrap_or_else(|it| fail(&it.to_string()))
}

/// The objects of dumps that a pack sees.
fn inventory(pack: &Pack, sources: Vec<Source>) -> Inventory {
    let mut needs = NeedSet::default();
    pack.add_needs(&mut needs);
    let reader = Reader::new(&needs).unwrap_or_else(|it| fail(&it.to_string()));
    let mut collector = Collector::new(needs).unwrap_or_else(|it| fail(&it.to_string()));
    reader.read(sources, &mut collector, &mut |_| {});
    collector.finish().inventory
}
