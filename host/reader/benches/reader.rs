//! How fast dumps are read, compared with a full parse, a plain read, and `grep -c`:
//! `cargo xtask bench reader`.
//!
//! Each figure is measured in a process of its own, for its peak memory, and in turns with what it
//! is compared with. Timings on a shared machine are noisy: compare the ratios.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use rulebox_core::{Collector, NeedSet, ObjectNeed, Reading};
use rulebox_reader::{Reader, Source};
use serde_json::{Value, json};
use walkdir::WalkDir;

fn main() {
    let arguments = Arguments::parse();
    match arguments.get("case") {
        Some(case) => println!("{}", one(case, &arguments)),
        None => all(&arguments),
    }
}

/// `--name value`, each at most once. Cargo adds `--bench`, without a value.
struct Arguments(BTreeMap<String, String>);

impl Arguments {
    fn parse() -> Self {
        let mut words = std::env::args().skip(1).filter(|it| it != "--bench");
        let mut values = BTreeMap::new();
        while let Some(word) = words.next() {
            let Some(name) = word.strip_prefix("--") else {
                fail(&format!("`{word}` is no option"))
            };
            let value = words.next().unwrap_or_else(|| fail(&format!("{word} has no value")));
            values.insert(name.to_owned(), value);
        }
        Self(values)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.get(name)
            .unwrap_or_else(|| {
                fail(&format!("--{name} is missing: run `cargo xtask bench reader`"))
            })
            .into()
    }
}

fn fail(reason: &str) -> ! {
    eprintln!("error: {reason}");
    std::process::exit(2)
}

// -------------------------------------------------------------------------------------- One figure

/// Measures one case, in this process: seconds, bytes, objects, peak of memory.
fn one(case: &str, arguments: &Arguments) -> Value {
    let file = arguments.path("file");
    let begin = Instant::now();
    let only_bytes = |bytes| (bytes, 0, 0, None);
    let (bytes, objects, needed, reading) = match case {
        "read" => only_bytes(plain_read(&file)),
        "walk" => only_bytes(walk(&file)),
        "decompress" => only_bytes(decompress(&file)),
        "thorough" => reading(&file, arguments, Reader::thorough),
        _ => reading(&file, arguments, |it| it),
    };
    let seconds = begin.elapsed().as_secs_f64();
    drop(reading);
    json!({
        "seconds": seconds, "bytes": bytes, "objects": objects, "needed": needed, "peak": peak(),
    })
}

/// A buffer that starts at the start of a page: a few bytes later, some processors copy several
/// times slower.
fn whole_pages<T>(bytes: usize, read: impl FnOnce(&mut [u8]) -> T) -> T {
    const PAGE: usize = 4096;
    let mut buffer = vec![0; bytes + PAGE];
    let start = (PAGE - buffer.as_ptr().addr() % PAGE) % PAGE;
    read(&mut buffer[start..start + bytes])
}

fn plain_read(path: &Path) -> u64 {
    whole_pages(256 << 10, |buffer| read_all(path, buffer))
}

fn read_all(path: &Path, buffer: &mut [u8]) -> u64 {
    let mut file = open(path);
    let mut bytes = 0;
    loop {
        match file.read(buffer) {
            Ok(0) => return bytes,
            Ok(n) => bytes += n as u64,
            Err(error) => fail(&format!("{}: {error}", path.display())),
        }
    }
}

/// Opens every file of a folder, in order, and reads it.
fn walk(path: &Path) -> u64 {
    whole_pages(256 << 10, |buffer| {
        let files = WalkDir::new(path).sort_by_file_name().into_iter().flatten();
        let files = files.filter(|it| it.file_type().is_file());
        files.map(|it| read_all(it.path(), buffer)).sum()
    })
}

fn decompress(path: &Path) -> u64 {
    let mut stream = flate2::read::MultiGzDecoder::new(open(path));
    io::copy(&mut stream, &mut io::sink()).unwrap_or_else(|it| fail(&it.to_string()))
}

fn open(path: &Path) -> File {
    File::open(path).unwrap_or_else(|it| fail(&format!("cannot open {}: {it}", path.display())))
}

fn reading(
    path: &Path,
    arguments: &Arguments,
    how: impl FnOnce(Reader) -> Reader,
) -> (u64, usize, usize, Option<Reading>) {
    let needs = match arguments.get("needs") {
        Some("all") => all_needs(),
        _ => few_needs(),
    };
    let threads = arguments.get("threads").and_then(|it| it.parse().ok());
    let reader = Reader::new(&needs).unwrap_or_else(|it| fail(&it.to_string()));
    let reader = how(match threads {
        Some(threads) => reader.with_threads(threads),
        None => reader,
    });
    let collector = Collector::new(needs).unwrap_or_else(|it| fail(&it.to_string()));
    let mut collector = collector.with_threads(reader.threads());
    reader.read(vec![Source::Path(path.to_owned())], &mut collector, &mut |_| {});
    let reading = collector.finish();
    let input = &reading.inputs[0];
    if let Some(problem) = input.problems.iter().find(|it| it.lost()) {
        fail(&format!("{}: {}", path.display(), problem.reason));
    }
    (input.bytes, input.objects, input.needed, Some(reading))
}

/// Peak memory of this process, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|it| it.trim().strip_suffix("kB"))
        .and_then(|it| it.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

// ------------------------------------------------------------------------------------------- Needs

/// The objects in the namespace of the backup center: about 3 % of a dump made with `--needed 3`.
fn few_needs() -> NeedSet {
    let mut needs = all_needs();
    for need in &mut needs.objects {
        need.namespaces = vec!["csdr".to_owned()];
    }
    needs
}

/// Six fields of every object of a generated dump.
fn all_needs() -> NeedSet {
    const CSDR: &str = "csdr.alibabacloud.com";
    const VELERO: &str = "velero.io";
    const KINDS: [(&str, &str); 20] = [
        ("", "Node"),
        ("", "ConfigMap"),
        ("", "Event"),
        ("", "Pod"),
        ("", "Secret"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        (CSDR, "ApplicationBackup"),
        (CSDR, "ApplicationRestore"),
        (CSDR, "BackupLocation"),
        (CSDR, "ConvertToSnapshot"),
        (CSDR, "DeleteRequest"),
        (VELERO, "Backup"),
        (VELERO, "BackupStorageLocation"),
        (VELERO, "DeleteBackupRequest"),
        (VELERO, "PodVolumeBackup"),
        (VELERO, "PodVolumeRestore"),
        (VELERO, "Restore"),
        (VELERO, "Schedule"),
    ];
    let fields = |kind: &str| match kind {
        "Pod" => [
            "metadata.labels",
            "spec.nodeName",
            "status.phase",
            "status.containerStatuses[].name",
            "status.containerStatuses[].restartCount",
            "status.containerStatuses[].state",
        ],
        "Event" => ["involvedObject", "reason", "message", "type", "count", "lastTimestamp"],
        _ => [
            "metadata.creationTimestamp",
            "metadata.labels",
            "spec.replicas",
            "status.phase",
            "status.message",
            "status.conditions[].type",
        ],
    };
    let need = |(group, kind): (&str, &str)| ObjectNeed {
        id: kind.to_lowercase(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        fields: fields(kind).map(str::to_owned).to_vec(),
        ..ObjectNeed::default()
    };
    NeedSet { objects: KINDS.into_iter().map(need).collect(), texts: Vec::new() }
}

// --------------------------------------------------------------------------------------- The table

/// The figures of one thing, over the rounds.
#[derive(Default)]
struct Figures {
    seconds: Vec<f64>,
    bytes: u64,
    objects: u64,
    needed: u64,
    peak: u64,
}

impl Figures {
    fn median(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// Bytes of text per second.
    fn speed(&self) -> f64 {
        self.bytes as f64 / self.median()
    }
}

/// What is measured: a name, and arguments for this program, or another command.
struct Thing {
    name: &'static str,
    command: Vec<String>,
    /// How often, if not in every round.
    rounds: Option<usize>,
}

struct Bench {
    program: PathBuf,
    rounds: usize,
    table: String,
    record: Vec<Value>,
}

fn all(arguments: &Arguments) {
    let program = std::env::current_exe().unwrap_or_else(|it| fail(&it.to_string()));
    let rounds = arguments.get("rounds").and_then(|it| it.parse().ok()).unwrap_or(5);
    let mut bench = Bench { program, rounds, table: String::new(), record: Vec::new() };
    let dumps = arguments.path("dumps");
    let rulebox = arguments.get("rulebox");
    for form in ["list.yaml", "list.json", "list-indented.json"] {
        let file = dumps.join(form);
        if file.exists() {
            bench.dump(form, &file, rulebox);
        }
    }
    let archive = dumps.join("folder.tar.gz");
    if archive.exists() {
        bench.archive(&archive, rulebox);
    }
    let folder = dumps.join("folder");
    if folder.exists() {
        bench.folder(&folder, rulebox);
    }
    bench.sizes(&dumps);
    print!("{}", bench.table);
    let out = arguments.path("out");
    let text = format!("{:#}\n", json!({"suite": "reader", "figures": bench.record}));
    let written = File::create(&out).and_then(|mut it| it.write_all(text.as_bytes()));
    written.unwrap_or_else(|it| fail(&format!("cannot write {}: {it}", out.display())));
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&it| it.to_owned()).collect()
}

/// What a user types. Its targets are 0.8 of those of the reader alone.
fn check(rulebox: &str, path: &str) -> Vec<String> {
    words(&[rulebox, "check", "--quiet", "-o", "json", path])
}

impl Bench {
    /// Measures in turns, so that a disturbance affects all.
    fn in_turns(&mut self, things: &[Thing]) -> BTreeMap<&'static str, Figures> {
        let mut figures: BTreeMap<&'static str, Figures> = BTreeMap::new();
        for round in 0..self.rounds {
            for thing in things.iter().filter(|it| it.rounds.is_none_or(|it| round < it)) {
                let result = self.run(&thing.command);
                let number = |key: &str| result[key].as_u64().unwrap_or_default();
                let it = figures.entry(thing.name).or_default();
                it.seconds.push(result["seconds"].as_f64().unwrap_or(f64::NAN));
                it.bytes = number("bytes");
                (it.objects, it.needed) = (number("objects"), number("needed"));
                it.peak = it.peak.max(number("peak"));
            }
        }
        figures
    }

    /// Runs a case of this program. Another program is timed from outside.
    fn run(&self, command: &[String]) -> Value {
        if command[0] == "--case" {
            let output =
                Command::new(&self.program).args(command).stderr(Stdio::inherit()).output();
            let output = output.unwrap_or_else(|it| fail(&it.to_string()));
            return serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| fail(&format!("`{}` has failed", command.join(" "))));
        }
        let begin = Instant::now();
        // Into a pipe: grep stops at the first match if its output is discarded.
        let output = Command::new(&command[0]).args(&command[1..]).stderr(Stdio::null()).output();
        // `rulebox check` exits with 1 if there are findings.
        let ran = output.is_ok_and(|it| it.status.code().is_some_and(|it| it < 2));
        if !ran {
            fail(&format!("`{}` has failed", command.join(" ")));
        }
        json!({"seconds": begin.elapsed().as_secs_f64()})
    }

    /// A row: what was measured, and what it is compared with.
    fn row(&mut self, name: &str, it: &Figures, beside: &[(&str, f64)], target: &str) {
        let (speed, peak) = (it.speed() / 1e6, it.peak as f64 / f64::from(1 << 20));
        let ratios: Vec<_> =
            beside.iter().map(|(name, ratio)| format!("{ratio:.2} × {name}")).collect();
        let _ = writeln!(
            self.table,
            "{name:<44} {:>8.3} s {speed:>7.0} MB/s {peak:>6.0} MiB  {}   [{target}]",
            it.median(),
            ratios.join(", "),
        );
        let beside: BTreeMap<_, _> = beside.iter().copied().collect();
        self.record.push(json!({
            "name": name, "seconds": it.seconds, "median": it.median(), "bytes": it.bytes,
            "bytesPerSecond": it.speed(), "objects": it.objects, "needed": it.needed,
            "peakBytes": it.peak, "ratios": beside, "target": target,
        }));
    }

    /// One dump: a few of its objects and all, on one thread and on two, compared with the full
    /// parse.
    fn dump(&mut self, form: &str, file: &Path, rulebox: Option<&str>) {
        let path = file.display().to_string();
        let read = |name, case: &str, needs: &str, threads: &str, rounds| Thing {
            name,
            command: words(&[
                "--case",
                case,
                "--file",
                &path,
                "--needs",
                needs,
                "--threads",
                threads,
            ]),
            rounds,
        };
        let mut things = vec![
            read("read", "read", "few", "1", None),
            Thing {
                name: "grep",
                command: words(&["grep", "-c", "apiVersion", &path]),
                rounds: None,
            },
            read("full few", "thorough", "few", "1", Some(3)),
            read("full all", "thorough", "all", "1", Some(3)),
            read("few", "scan", "few", "1", None),
            read("all", "scan", "all", "1", None),
            read("few 2", "scan", "few", "2", None),
            read("all 2", "scan", "all", "2", None),
        ];
        if let Some(rulebox) = rulebox {
            let check = check(rulebox, &path);
            let one_core = words(&["taskset", "--cpu-list", "0"]);
            let command = one_core.into_iter().chain(check.clone()).collect();
            things.push(Thing { name: "check 1", command, rounds: None });
            things.push(Thing { name: "check 2", command: check, rounds: None });
        }
        let mut figures = self.in_turns(&things);
        let median = |figures: &BTreeMap<_, Figures>, name| {
            figures.get(name).map_or(f64::NAN, Figures::median)
        };
        let bytes = figures["few"].bytes;
        for name in ["grep", "check 1", "check 2"] {
            if let Some(it) = figures.get_mut(name) {
                it.bytes = bytes;
            }
        }
        let yaml = form.ends_with("yaml");
        for (name, full, target) in [
            ("few", "full few", if yaml { "1500 MB/s, 50 × full" } else { "1500 MB/s" }),
            ("all", "full all", if yaml { "400 MB/s, 15 × full" } else { "700 MB/s" }),
        ] {
            let it = &figures[name];
            let share = it.needed as f64 / it.objects as f64 * 100.0;
            let beside = [
                ("full parse", median(&figures, full) / it.median()),
                ("plain read", median(&figures, "read") / it.median()),
                ("grep -c", median(&figures, "grep") / it.median()),
            ];
            let row = format!("{form}, {share:.0} % needed, one core");
            let it = figures.remove(name).unwrap_or_default();
            let two = figures.remove(&*format!("{name} 2")).unwrap_or_default();
            self.row(&row, &it, &beside, target);
            let beside = [("one core", it.median() / two.median())];
            self.row(
                &format!("{form}, {share:.0} % needed, two cores"),
                &two,
                &beside,
                "1.7 × one core",
            );
            if name == "few" {
                for (check, cores, reader, target) in [
                    ("check 1", "one core", &it, "1200 MB/s"),
                    ("check 2", "two cores", &two, "2040 MB/s"),
                ] {
                    let Some(check) = figures.remove(check) else { continue };
                    let beside = [("the reader alone", reader.median() / check.median())];
                    self.row(&format!("{form}, rulebox check, {cores}"), &check, &beside, target);
                }
            }
            figures.insert(name, it);
        }
        for name in ["read", "grep", "full few", "full all"] {
            let it = figures.remove(name).unwrap_or_default();
            self.row(&format!("{form}, {name}"), &it, &[], "");
        }
    }

    /// Decompression and scanning, compared with decompression alone.
    fn archive(&mut self, file: &Path, rulebox: Option<&str>) {
        let path = file.display().to_string();
        let thing = |name, words: &[&str]| {
            let mut command = self::words(words);
            command.extend(self::words(&["--file", &path]));
            Thing { name, command, rounds: None }
        };
        let mut things = vec![
            thing("decompress", &["--case", "decompress"]),
            thing("scan", &["--case", "scan", "--threads", "2"]),
        ];
        if let Some(rulebox) = rulebox {
            things.push(Thing { name: "check", command: check(rulebox, &path), rounds: None });
        }
        let mut figures = self.in_turns(&things);
        let alone = figures.remove("decompress").unwrap_or_default();
        let bytes = figures["scan"].bytes;
        self.row("tar.gz, decompression alone", &alone, &[], "");
        for (name, row, target) in [
            ("scan", "tar.gz, read on two cores", "at most 1.15 × the time"),
            ("check", "tar.gz, rulebox check", "at most 1.44 × the time"),
        ] {
            let Some(it) = figures.remove(name) else { continue };
            let beside = [("decompression alone", it.median() / alone.median())];
            self.row(row, &Figures { bytes, ..it }, &beside, target);
        }
    }

    /// A folder of small files, compared with only reading them.
    fn folder(&mut self, folder: &Path, rulebox: Option<&str>) {
        let path = folder.display().to_string();
        let thing = |name, words: &[&str]| {
            let mut command = self::words(words);
            command.extend(self::words(&["--file", &path]));
            Thing { name, command, rounds: None }
        };
        let mut things = vec![
            thing("walk", &["--case", "walk"]),
            thing("one", &["--case", "scan", "--threads", "1"]),
            thing("two", &["--case", "scan", "--threads", "2"]),
        ];
        if let Some(rulebox) = rulebox {
            things.push(Thing { name: "check", command: check(rulebox, &path), rounds: None });
        }
        let mut figures = self.in_turns(&things);
        let walk = figures.remove("walk").unwrap_or_default();
        let bytes = walk.bytes;
        self.row("a folder, walk and read", &walk, &[], "");
        for (name, row, target) in [
            ("one", "a folder, one core", "0.8 × the walk"),
            ("two", "a folder, two cores", "0.8 × the walk"),
            ("check", "a folder, rulebox check", "0.64 × the walk"),
        ] {
            let Some(it) = figures.remove(name) else { continue };
            let beside = [("the walk's speed", walk.median() / it.median())];
            self.row(row, &Figures { bytes, ..it }, &beside, target);
        }
    }

    /// More and more of the same mix of objects. Cost per byte is constant; starting a process is
    /// not free.
    fn sizes(&mut self, dumps: &Path) {
        const SIZES: [(&str, &str); 4] = [
            ("10 MB", "10M.yaml"),
            ("100 MB", "100M.yaml"),
            ("1 GB", "list.yaml"),
            ("10 GB", "10G.yaml"),
        ];
        let path = |file| dumps.join(file).display().to_string();
        let sizes = SIZES.into_iter().filter(|(_, file)| dumps.join(file).exists());
        let things: Vec<_> = sizes
            .clone()
            .flat_map(|(name, file)| {
                let thing = |name, case| Thing {
                    name,
                    command: words(&["--case", case, "--file", &path(file), "--threads", "1"]),
                    rounds: None,
                };
                [thing(name, "read"), thing(file, "scan")]
            })
            .collect();
        let mut figures = self.in_turns(&things);
        let sizes: Vec<_> = sizes
            .map(|(name, file)| {
                let read = figures.remove(name).unwrap_or_default();
                (name, figures.remove(file).unwrap_or_default(), read)
            })
            .collect();
        let per_byte = |step: usize| {
            let (less, more) = (&sizes[step].1, &sizes[step + 1].1);
            (more.median() - less.median()) / (more.bytes - less.bytes) as f64
        };
        for (i, (name, it, read)) in sizes.iter().enumerate() {
            let mut beside = vec![("plain read", read.median() / it.median())];
            if let Some(step) = i.checked_sub(1) {
                let first = per_byte(0);
                beside.push(("the first step's time for each byte more", per_byte(step) / first));
            } else if sizes.len() > 1 {
                let start = it.median() - per_byte(0) * it.bytes as f64;
                beside.push(("the time, to start", start / it.median()));
            }
            let row = format!("{name} of YAML, one core");
            self.row(&row, it, &beside, "each step linear within 10 %, 128 MiB");
        }
    }
}
