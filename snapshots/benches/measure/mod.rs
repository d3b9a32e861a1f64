//! What the benches share: times of things that take turns, as a table and as JSON.
//!
//! Nothing here judges a time. What is compared is measured in turns, so that whatever else the
//! machine does falls on both alike, and figures are medians with the least and the most beside
//! them.

use std::{
    collections::BTreeMap,
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::exit,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// `--name value` pairs of the command line.
pub(crate) struct Arguments(BTreeMap<String, String>);

impl Arguments {
    /// `cargo bench` adds `--bench`; the rest is what `cargo xtask bench` gives.
    pub(crate) fn parse() -> Self {
        let mut given = std::env::args().skip(1).filter(|it| it != "--bench");
        let mut pairs = BTreeMap::new();
        while let (Some(name), Some(value)) = (given.next(), given.next()) {
            pairs.insert(name.trim_start_matches("--").to_owned(), value);
        }
        Self(pairs)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| {
            fail(&format!("--{name} is missing: run this bench by `cargo xtask bench`"))
        })
    }

    /// A path.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        PathBuf::from(self.text(name))
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> usize {
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| fail(&format!("--{name} is no number: {text}")))
    }
}

/// Ends the bench.
pub(crate) fn fail(reason: &str) -> ! {
    eprintln!("error: {reason}");
    exit(1)
}

/// The content of a file.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|it| fail(&format!("cannot read {}: {it}", path.display())))
}

/// The times of one thing.
#[derive(Debug, Clone)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// In the middle of the sorted times.
    pub(crate) fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    fn json(&self) -> Value {
        let micros = |it: Duration| it.as_secs_f64() * 1e6;
        json!({
            "rounds": self.0.len(),
            "minMicroseconds": micros(self.0[0]),
            "medianMicroseconds": micros(self.median()),
            "maxMicroseconds": micros(self.0[self.0.len() - 1]),
        })
    }
}

/// Something that is measured: a name, and what is done once a round.
pub(crate) struct Thing<'a>(&'a str, Box<dyn FnMut() + 'a>);

/// Names what is measured. What it gives is dropped within the measured time.
pub(crate) fn thing<'a, T>(name: &'a str, mut run: impl FnMut() -> T + 'a) -> Thing<'a> {
    Thing(name, Box::new(move || drop(black_box(run()))))
}

/// Does each thing once a round, in turns, after one round that is not measured. Gives the times in
/// the order of the things.
pub(crate) fn in_turns(rounds: usize, mut things: Vec<Thing<'_>>) -> Vec<(String, Times)> {
    let mut times = vec![Vec::with_capacity(rounds); things.len()];
    for round in 0..=rounds {
        for (Thing(_, run), times) in things.iter_mut().zip(&mut times) {
            let start = Instant::now();
            run();
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    let named = things.into_iter().zip(times).map(|(Thing(name, _), mut times)| {
        times.sort_unstable();
        (name.to_owned(), Times(times))
    });
    named.collect()
}

/// What was measured, printed as it grows and written at the end.
pub(crate) struct Record {
    title: &'static str,
    groups: serde_json::Map<String, Value>,
}

impl Record {
    /// Of one bench.
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, groups: serde_json::Map::new() }
    }

    /// Prints and keeps times; the column `ratio` is that of each median to the first one's.
    pub(crate) fn times(&mut self, group: &str, times: &[(String, Times)]) {
        println!(
            "\n{group}\n  {:<58} {:>11} {:>11} {:>11} {:>7}",
            "", "median", "min", "max", "ratio"
        );
        let first = times[0].1.median().as_secs_f64();
        let mut kept = serde_json::Map::new();
        for (name, it) in times {
            let ratio = it.median().as_secs_f64() / first;
            let [median, min, max] = [it.median(), it.0[0], it.0[it.0.len() - 1]].map(readable);
            println!("  {name:<58} {median:>11} {min:>11} {max:>11} {ratio:>7.2}");
            kept.insert(name.clone(), it.json());
        }
        self.groups.insert(group.to_owned(), Value::Object(kept));
    }

    /// Prints and keeps figures.
    pub(crate) fn figures(&mut self, group: &str, figures: &[(String, f64)]) {
        println!("\n{group}");
        for (name, value) in figures {
            println!("  {name:<58} {value:>11.3}");
        }
        let kept = figures.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        self.groups.insert(group.to_owned(), Value::Object(kept));
    }

    /// Writes all of it.
    pub(crate) fn write(self, path: &Path) {
        let cpus = std::thread::available_parallelism().map_or(0, usize::from);
        let record = json!({
            "bench": self.title,
            "machine": {
                "os": std::env::consts::OS,
                "architecture": std::env::consts::ARCH,
                "cpus": cpus,
            },
            "groups": self.groups,
        });
        let text = format!("{record:#}\n");
        fs::write(path, text)
            .unwrap_or_else(|it| fail(&format!("cannot write {}: {it}", path.display())));
        println!("\nwrote {}", path.display());
    }
}

/// In a unit that leaves three digits before the point.
fn readable(it: Duration) -> String {
    let micros = it.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.1} µs"),
        ..1_000_000.0 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.3} s", micros / 1e6),
    }
}
