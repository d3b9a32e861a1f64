//! What a large dump costs: three forms of the same pods, read by the whole program, and how the
//! time is spent. Fails if a planted fault is not found. Run by `cargo xtask bench dump`.

mod measure;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use measure::{Arguments, Record, fail, in_turns, read, thing};
use rulebox_core::{Collector, Moment, NeedSet, Reading};
use rulebox_engine::{Cache, Engine, Limits, Pack, PackSource, Run};
use rulebox_reader::{Reader, Source};
use serde_json::Value;

fn main() {
    let arguments = Arguments::parse();
    let mut record = Record::new("dump");
    let pack = load(&arguments);
    for form in ["list.yaml", "multi-document.yaml", "list.json"] {
        let path = arguments.path("dumps").join(form);
        program(&arguments, &path, &mut record);
        phases(&pack, &path, &mut record);
    }
    record.write(&arguments.path("out"));
}

fn load(arguments: &Arguments) -> Pack {
    let engine =
        Engine::new(Limits::default(), Cache::Off).unwrap_or_else(|it| fail(&it.to_string()));
    let bytes = read(&arguments.path("pack"));
    engine
        .load(PackSource::Bytes { name: "org-workloads", bytes: &bytes })
        .unwrap_or_else(|it| fail(&it.to_string()))
}

/// The whole program beside `cat` of the same file. The first round compiles the pack into the
/// cache.
fn program(arguments: &Arguments, dump: &Path, record: &mut Record) {
    let report = arguments.path("dumps").join("report.json");
    let peaks = RefCell::new(Vec::new());
    let command = [
        arguments.path("rulebox"),
        "check".into(),
        "--pack".into(),
        arguments.path("pack"),
        dump.to_owned(),
        "-o".into(),
        "json".into(),
    ];
    let times = in_turns(
        arguments.number("rounds"),
        vec![
            thing("cat", || run(&[PathBuf::from("cat"), dump.to_owned()], Stdio::null())),
            thing("rulebox check --pack org-workloads -o json", || {
                let stdout = File::create(&report)
                    .unwrap_or_else(|it| fail(&format!("cannot write {}: {it}", report.display())));
                peaks.borrow_mut().push(run(&command, stdout.into()));
            }),
        ],
    );
    // The first round may have compiled the pack.
    let peak = peaks.borrow().iter().skip(1).copied().max().unwrap_or_default();
    let found = findings(&read(&report));
    for (rule, planted) in
        [("pod-crash-loop", "crash-loops"), ("container-oom-killed", "out-of-memory-kills")]
    {
        let (found, planted) =
            (found.get(rule).copied().unwrap_or_default(), arguments.number(planted));
        if found != planted {
            fail(&format!("{}: {rule} found {found} of {planted} planted faults", dump.display()));
        }
    }
    let name = stem(dump);
    let mib = fs::metadata(dump).map_or(0, |it| it.len()) as f64 / f64::from(1 << 20);
    record.times(&format!("{name}: the program"), &times);
    record.figures(
        &format!("{name}: figures"),
        &[
            ("planted faults, all found".to_owned(), found.values().sum::<usize>() as f64),
            ("size of the dump, MiB".to_owned(), mib),
            ("peak memory, MiB".to_owned(), peak as f64 / 1024.0),
            ("throughput, MiB/s".to_owned(), mib / times[1].1.median().as_secs_f64()),
        ],
    );
}

/// Runs a program under GNU time, because the peak memory of a process cannot be read once the
/// process has ended. Returns the peak of its resident memory in KiB.
fn run(command: &[PathBuf], stdout: Stdio) -> u64 {
    let note = std::env::temp_dir().join(format!("rulebox-bench-{}.time", std::process::id()));
    let mut time = Command::new("/usr/bin/time");
    let status =
        time.args(["-q", "-f", "%M", "-o"]).arg(&note).args(command).stdout(stdout).status();
    let status = status.unwrap_or_else(|it| {
        fail(&format!("cannot run /usr/bin/time: {it}; install the package `time`"))
    });
    // 1 means that there are findings.
    if !matches!(status.code(), Some(0 | 1)) {
        fail(&format!("{command:?} failed: {status}"));
    }
    let peak = read(&note);
    let _ = fs::remove_file(note);
    String::from_utf8_lossy(&peak)
        .trim()
        .parse()
        .unwrap_or_else(|_| fail("GNU time said no number"))
}

/// How many findings of each rule a JSON report holds.
fn findings(report: &[u8]) -> BTreeMap<String, usize> {
    let report: Value = serde_json::from_slice(report)
        .unwrap_or_else(|it| fail(&format!("the report is no JSON: {it}")));
    let rules =
        report["findings"].as_array().into_iter().flatten().filter_map(|it| it["rule"].as_str());
    let mut counts = BTreeMap::new();
    for rule in rules {
        *counts.entry(rule.to_owned()).or_default() += 1;
    }
    counts
}

/// The parts of the work, in this process. The program's remaining time is its start, the loading
/// of the pack, and the report.
fn phases(pack: &Pack, dump: &Path, record: &mut Record) {
    let mut needs = NeedSet::default();
    pack.add_needs(&mut needs);
    let reading = Arc::new(take(&needs, dump).inventory);
    let settings = pack.settings(None).unwrap_or_else(|it| fail(&it.to_string()));
    let rules: Vec<_> = pack.info().rules.iter().map(|it| it.id.as_str()).collect();
    let times = in_turns(
        5,
        vec![
            thing("read the bytes", || read(dump)),
            thing("read, and find the objects", || take(&NeedSet::default(), dump)),
            thing("read, find the objects, and take the fields", || take(&needs, dump)),
            thing("evaluate two rules in the sandbox", || {
                pack.evaluate(
                    &Run { as_of: Moment::default(), settings: &settings, rules: &rules },
                    &reading,
                )
            }),
        ],
    );
    record.times(&format!("{}: where the time goes", stem(dump)), &times);
}

fn take(needs: &NeedSet, dump: &Path) -> Reading {
    let reader = Reader::new(needs).unwrap_or_else(|it| fail(&it.to_string()));
    let mut collector = Collector::new(needs.clone()).unwrap_or_else(|it| fail(&it.to_string()));
    reader.read(vec![Source::Path(dump.to_owned())], &mut collector, &mut |_| {});
    collector.finish()
}

fn stem(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
