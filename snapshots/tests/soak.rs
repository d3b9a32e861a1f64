//! One process reads and judges thousands of inputs, good and hostile, one after the other: none
//! panics, and what they take is given back.
//!
//! ```sh
//! RULEBOX_SOAK=10000 cargo test -p rulebox-snapshots --test soak -- --nocapture
//! ```

use std::{
    env, fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use rulebox_core::{AsOf, AsOfSource, Collector};
use rulebox_reader::{Limits, Reader, Source};
use rulebox_run::{Choice, Config, Plan};
use rulebox_snapshots::{component, list, root};

/// How many inputs are read, unless `RULEBOX_SOAK` says it: some seconds.
const FEW: usize = 600;

/// How much more memory may be in use behind the last input than behind the first fifth of them.
/// Few inputs do not fill what the allocator keeps.
const GROWTH_KIB: u64 = 24 << 10;

/// All files in a folder and below it.
fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for path in list(folder) {
        if path.is_dir() {
            files(&path, all);
        } else {
            all.push(path);
        }
    }
}

/// The files that fuzzers begin with, and fixtures, mixed.
fn inputs() -> Vec<Vec<u8>> {
    let (mut seeds, mut fixtures) = (Vec::new(), Vec::new());
    files(&root().join("host/fuzz/seeds"), &mut seeds);
    files(&root().join("fixtures"), &mut fixtures);
    let longest = seeds.len().max(fixtures.len());
    let mixed = (0..longest)
        .flat_map(|nth| [&seeds[nth % seeds.len()], &fixtures[nth % fixtures.len()]])
        .map(|it| fs::read(it).expect("a file"));
    mixed.collect()
}

/// The nth input: the first time each as it is, then cut, doubled, joined with another or changed
/// at some places, always in the same way.
fn input(inputs: &[Vec<u8>], nth: usize) -> Vec<u8> {
    let mut bytes = inputs[nth % inputs.len()].clone();
    let other = &inputs[(nth / 3 + 1) % inputs.len()];
    let mut chance = (nth as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = |below: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance >> 33).expect("31 bits") % below.max(1)
    };
    match if nth < inputs.len() { 0 } else { 1 + nth % 4 } {
        1 => bytes.truncate(draw(bytes.len())),
        2 => bytes.extend_from_slice(other),
        3 => bytes = [&bytes[..], b"2026-09-15T02:30:00Z stdout F starting\n", &bytes[..]].concat(),
        4 => {
            for _ in 0..8 {
                let at = draw(bytes.len());
                let sign = b"\n\0{}[]:-# \"\xff"[draw(12)];
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = sign;
                }
            }
        }
        _ => {}
    }
    bytes
}

/// The memory that this process holds, in KiB; none where the system does not tell.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn what_thousands_of_inputs_take_is_given_back() {
    let many = env::var("RULEBOX_SOAK").ok().map(|it| it.parse().expect("a number"));
    let many: usize = many.unwrap_or(FEW);
    let packs = [component("backup-center")].into();
    let plan = Plan::new(packs, &Choice::default(), Config::default(), &[]).expect("a plan");
    let limits = Limits { total_bytes: 64 << 20, ..Limits::default() };
    let reader = Reader::new(&plan.needs()).expect("needs").with_limits(limits);
    let inputs = inputs();
    let (mut after_few, mut findings) = (None, 0);
    for nth in 0..many {
        let bytes = input(&inputs, nth);
        let mut collector = Collector::new(plan.needs()).expect("selectors");
        let source = Source::Stream("dump".to_owned(), Box::new(Cursor::new(bytes)));
        reader.read(vec![source], &mut collector, &mut |_| {});
        let readings = collector.clusters(&[None]).expect("no name for several clusters");
        for (cluster, reading) in readings.clusters {
            let as_of = AsOf { moment: reading.captured(), source: AsOfSource::Unknown };
            let evaluated = plan.evaluate(&cluster, reading, as_of, &mut |_| {});
            findings += plan.finish(evaluated).report.findings.len();
        }
        if nth + 1 == many / 5 {
            after_few = resident();
        }
    }
    assert!(findings > 0, "the fixtures hold what rules find");
    let (Some(before), Some(after)) = (after_few, resident()) else { return };
    println!(
        "{many} inputs, {findings} findings: {before} KiB behind a fifth of them, {after} KiB at \
         the end"
    );
    assert!(after < before + GROWTH_KIB, "{before} KiB grew to {after} KiB");
}
