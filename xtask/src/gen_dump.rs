//! A dump of a cluster that does not exist: objects as a kubelet, controllers and people leave them, of any number and of
//! many kinds, printed as the tools print them, the same for the same seed, with a known number of faults in them.
//!
//! ```text
//! Choices ─> plan::Group ─> kinds (values) ─> prototype::Stamp ─> stock::Shelf (copies) ─> lists
//!                           pods (plants faults)   yaml | json                              trees ─> files
//! ```
//!
//! A few dozen objects of each kind are built and printed; each object of the dump is a copy with names, uids and times of its
//! own. So a dump is written about as fast as memory is copied, and may be larger than memory.

mod files;
mod json;
mod kinds;
mod lists;
mod moment;
mod plan;
mod pods;
mod prototype;
mod random;
mod stock;
mod trees;
mod yaml;

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::process::Result;

pub(crate) use pods::Planted;

use files::{Folder, Packing};
use lists::Notation;
use plan::{Choices, Group};
use stock::{Stock, Style};

/// What to write.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// How many objects.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    objects: u64,
    /// As many objects as give about this size, each once and unpacked: 500M, 10G, 64Ki.
    #[arg(long, value_name = "SIZE", conflicts_with = "objects", value_parser = size)]
    bytes: Option<u64>,
    /// Another seed gives other objects.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Kinds by their plural, each with a weight or not: pods,events=5,secrets=95. `all`: as a cluster with a backup center has
    /// them.
    #[arg(long, value_name = "KIND[=WEIGHT],…", default_value = "pods")]
    kinds: Choices,
    /// How many percent of the objects the built-in pack needs: those of the backup center's namespace. Without it, a
    /// fiftieth of pods, events and the like, and all custom resources.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    needed: Option<f64>,
    /// How the objects are written.
    #[arg(long, value_enum, default_value_t = Form::List)]
    form: Form,
    /// Pack the files of a form that has several.
    #[arg(long, value_enum)]
    archive: Option<Packing>,
    /// Leave `metadata.managedFields` out, as kubectl does unless told otherwise.
    #[arg(long)]
    without_managed_fields: bool,
    /// The file to write, or the folder for a form of several files that is not packed; without it, standard output.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// How the objects of a dump are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// YAML, one `kind: List`: `kubectl get -o yaml`.
    List,
    /// YAML, one document an object, with `---` between them.
    MultiDocument,
    /// YAML, a list of each kind, whose items name no kind.
    TypedList,
    /// JSON without blanks, one `kind: List`.
    Json,
    /// JSON indented by four, one `kind: List`: `kubectl get -o json`.
    JsonIndented,
    /// JSON, a list of each kind on a line of its own, as an API server answers it.
    JsonAnswers,
    /// JSON and logs in one text: `kubectl cluster-info dump`. No custom resources, as all of its forms.
    ClusterInfoText,
    /// A folder with a YAML file of each object.
    Folder,
    /// A folder: `kubectl cluster-info dump --output-directory`.
    ClusterInfoDump,
    /// A folder: `oc adm must-gather`.
    MustGather,
    /// A folder: what `sonobuoy retrieve` unpacks to.
    Sonobuoy,
    /// A folder: a support bundle of Troubleshoot.
    Troubleshoot,
    /// A folder: what Velero stores as a backup.
    VeleroBackup,
    /// A folder: `velero debug`.
    VeleroDebug,
}

impl Form {
    /// Whether it is several files.
    fn is_tree(self) -> bool {
        match self {
            Self::List
            | Self::MultiDocument
            | Self::TypedList
            | Self::Json
            | Self::JsonIndented
            | Self::JsonAnswers
            | Self::ClusterInfoText => false,
            Self::Folder
            | Self::ClusterInfoDump
            | Self::MustGather
            | Self::Sonobuoy
            | Self::Troubleshoot
            | Self::VeleroBackup
            | Self::VeleroDebug => true,
        }
    }

    /// The name of a file or folder that holds it.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::List => "list.yaml",
            Self::MultiDocument => "multi-document.yaml",
            Self::TypedList => "typed-list.yaml",
            Self::Json => "list.json",
            Self::JsonIndented => "list-indented.json",
            Self::JsonAnswers => "answers.json",
            Self::ClusterInfoText => "cluster-info.txt",
            Self::Folder => "folder",
            Self::ClusterInfoDump => "cluster-info",
            Self::MustGather => "must-gather",
            Self::Sonobuoy => "sonobuoy",
            Self::Troubleshoot => "support-bundle",
            Self::VeleroBackup => "velero-backup",
            Self::VeleroDebug => "velero-debug",
        }
    }

    /// How an object is printed in it, most often.
    fn style(self) -> Style {
        match self {
            Self::List | Self::TypedList => Style::YamlItem,
            Self::MultiDocument | Self::Folder | Self::MustGather => Style::Yaml,
            Self::Json | Self::JsonAnswers | Self::Sonobuoy | Self::VeleroBackup => {
                Style::JsonCompact
            }
            Self::JsonIndented
            | Self::ClusterInfoText
            | Self::ClusterInfoDump
            | Self::VeleroDebug => Style::Json { by: 4, level: 2 },
            Self::Troubleshoot => Style::Json { by: 2, level: 2 },
        }
    }
}

fn percent(text: &str) -> Result<f64> {
    let percent = text.parse().ok().filter(|it| (0.0..=100.0).contains(it));
    percent.ok_or_else(|| "not a number from 0 to 100".to_owned())
}

/// Bytes, with a suffix as Kubernetes writes quantities.
pub(crate) fn size(text: &str) -> Result<u64> {
    const SUFFIXES: [(&str, u64); 8] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
    ];
    let suffix = SUFFIXES.iter().find_map(|(it, unit)| Some((text.strip_suffix(it)?, *unit)));
    let (number, unit) = suffix.unwrap_or((text, 1));
    let bytes = number.parse::<u64>().ok().and_then(|it| it.checked_mul(unit));
    bytes.ok_or_else(|| {
        "not a number of bytes with one of Ki, Mi, Gi, Ti, k, M, G, T or nothing behind it"
            .to_owned()
    })
}

/// What a dump holds.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) planted: Planted,
    groups: Vec<Group>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects: u64 = self.groups.iter().map(|it| it.count).sum();
        let needed: u64 = self.groups.iter().filter(|it| it.is_needed()).map(|it| it.count).sum();
        write!(f, "{objects} objects, {needed} of them in what the built-in pack needs")?;
        let mut kinds: Vec<(&str, u64)> = Vec::new();
        for Group { kind, count, .. } in &self.groups {
            match kinds.last_mut().filter(|it| it.0 == kind.plural) {
                Some(last) => last.1 += count,
                None => kinds.push((kind.plural, *count)),
            }
        }
        for (i, (plural, count)) in kinds.iter().enumerate() {
            write!(f, "{} {count} {plural}", if i == 0 { ":" } else { "," })?;
        }
        write!(f, "\n{}", self.planted)
    }
}

impl Options {
    /// Pods alone.
    pub(crate) fn pods(objects: u64, seed: u64, form: Form) -> Self {
        Self {
            objects,
            bytes: None,
            seed,
            kinds: "pods".parse().expect("a kind"),
            needed: None,
            form,
            archive: None,
            without_managed_fields: false,
            out: None,
        }
    }

    /// As many objects of all kinds as give a size, so many percent of them needed.
    pub(crate) fn mix(bytes: u64, needed: f64, seed: u64, form: Form) -> Self {
        let kinds = "all".parse().expect("kinds");
        Self { bytes: Some(bytes), kinds, needed: Some(needed), ..Self::pods(0, seed, form) }
    }

    /// A folder of so many files with one object each.
    pub(crate) fn files(objects: u64, needed: f64, seed: u64) -> Self {
        let kinds = "all".parse().expect("kinds");
        Self { kinds, needed: Some(needed), ..Self::pods(objects, seed, Form::Folder) }
    }

    /// The same dump as an archive, where it is a folder.
    pub(crate) fn packed(self) -> Self {
        Self { archive: Some(Packing::TarGz), ..self }
    }

    /// A few objects of kinds.
    pub(crate) fn of(kinds: &str, objects: u64, form: Form) -> Result<Self> {
        Ok(Self { kinds: kinds.parse()?, ..Self::pods(objects, 1, form) })
    }

    fn plan(&self) -> Result<(Stock, Vec<Group>)> {
        let groups = self.kinds.plan(self.count()?, self.needed)?;
        let pods = groups.iter().filter(|it| it.kind.is_pod()).map(|it| it.count).sum();
        Ok((self.stock(pods), groups))
    }

    fn stock(&self, pods: u64) -> Stock {
        let Self { seed, without_managed_fields, .. } = *self;
        Stock { seed, planted: Planted::among(pods), managed_fields: !without_managed_fields }
    }

    /// How many objects give the size that is asked for, if one is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are positive, and the size is a u64"
    )]
    fn count(&self) -> Result<u64> {
        let Some(bytes) = self.bytes else { return Ok(self.objects) };
        const SAMPLE: u64 = 1_000_000;
        let stock = self.stock(0);
        let groups = self.kinds.plan(SAMPLE, self.needed)?;
        let mean = |it: &Group| stock.shelf(*it, self.form.style(), true).mean();
        let total: f64 = groups.iter().map(|it| it.count as f64 * mean(it)).sum();
        Ok((bytes as f64 * SAMPLE as f64 / total).round() as u64)
    }
}

/// Writes a dump, and says on standard error what is in it.
pub(crate) fn run(options: &Options) -> Result {
    let written = if let Some(path) = &options.out {
        write_to(options, path)?
    } else {
        let failed = |it: io::Error| format!("cannot write to standard output: {it}");
        write_stream(options, &mut io::stdout().lock(), &failed)?
    };
    eprintln!("{written}");
    Ok(())
}

/// Writes a dump to a file or a folder, and the folder around it where it is not there.
pub(crate) fn write_to(options: &Options, path: &Path) -> Result<Written> {
    let failed = |it: io::Error| format!("cannot write {}: {it}", path.display());
    if options.form.is_tree() && options.archive.is_none() {
        if std::fs::read_dir(path).is_ok_and(|mut it| it.next().is_some()) {
            return Err(format!(
                "{} is not empty: name another folder, or empty it",
                path.display()
            ));
        }
        let (stock, groups) = options.plan()?;
        trees::write(options.form, &stock, &groups, &mut Folder::new(path)).map_err(failed)?;
        return Ok(Written { planted: stock.planted, groups });
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    /// So much is written at once. What is written bit by bit, Linux keeps in small pages, and then reads it half as fast:
    /// small dumps and large ones alike are to be read at the speed of the machine.
    const AT_ONCE: usize = 1 << 20;
    let mut out = BufWriter::with_capacity(AT_ONCE, File::create(path).map_err(failed)?);
    write_stream(options, &mut out, &failed)
}

/// Writes a dump that is one file, packed or not.
fn write_stream(
    options: &Options,
    out: &mut dyn Write,
    failed: &dyn Fn(io::Error) -> String,
) -> Result<Written> {
    let Options { form, archive, .. } = *options;
    let (stock, groups) = options.plan()?;
    let written = match (form.is_tree(), archive) {
        (false, None) => write(form, &stock, &groups, out),
        (true, Some(packing)) => {
            packing.pack(out, |files| trees::write(form, &stock, &groups, files))
        }
        (true, None) => {
            return Err(
                "this form is a folder: name it with --out, or pack it with --archive".to_owned()
            );
        }
        (false, Some(_)) => {
            return Err(
                "--archive is for forms of several files: say --form folder or the like".to_owned()
            );
        }
    };
    written.and_then(|()| out.flush()).map_err(failed)?;
    Ok(Written { planted: stock.planted, groups })
}

fn write(form: Form, stock: &Stock, groups: &[Group], out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::List => lists::list(stock, groups, Notation::Yaml, out),
        Form::Json => lists::list(stock, groups, Notation::Compact, out),
        Form::JsonIndented => lists::list(stock, groups, Notation::Indented(4), out),
        Form::MultiDocument => {
            for (i, group) in groups.iter().enumerate() {
                let first = if i == 0 { "" } else { "---\n" };
                stock.shelf(*group, Style::Yaml, true).write(first, "---\n", out)?;
            }
            Ok(())
        }
        Form::TypedList => {
            for (i, groups) in of_one_kind(groups).enumerate() {
                out.write_all(if i == 0 { b"" } else { b"---\n" })?;
                let kind = groups[0].kind;
                let api_version = kind.api_version();
                let notation = Notation::Yaml;
                lists::typed_list(stock, (&api_version, kind.kind), groups, notation, false, out)?;
            }
            Ok(())
        }
        Form::JsonAnswers => {
            for groups in of_one_kind(groups) {
                let kind = groups[0].kind;
                lists::answer(stock, (&kind.api_version(), kind.kind), groups, out)?;
            }
            Ok(())
        }
        Form::ClusterInfoText => lists::cluster_info(stock, groups, out),
        _ => unreachable!("a form of several files"),
    }
}

/// The groups of each kind.
fn of_one_kind(groups: &[Group]) -> impl Iterator<Item = &[Group]> {
    groups.chunk_by(|a, b| a.kind.plural == b.kind.plural)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Read as _};

    use clap::ValueEnum as _;
    use rulebox_core::{Collector, NeedSet, ObjectNeed, Reading};
    use serde_json::Value;

    use super::{kinds::KINDS, *};

    fn dump(options: &Options) -> (Vec<u8>, Written) {
        let mut bytes = Vec::new();
        let (stock, groups) = options.plan().expect("a plan");
        write(options.form, &stock, &groups, &mut bytes).expect("memory takes all");
        (bytes, Written { planted: stock.planted, groups })
    }

    /// The forms of one text, and those of several files.
    fn forms(trees: bool) -> impl Iterator<Item = Form> {
        Form::value_variants().iter().copied().filter(move |it| it.is_tree() == trees)
    }

    fn all(objects: u64, seed: u64, form: Form) -> Options {
        Options { kinds: "all".parse().expect("kinds"), ..Options::pods(objects, seed, form) }
    }

    fn items(objects: u64, seed: u64) -> Vec<Value> {
        let (bytes, _) = dump(&Options::pods(objects, seed, Form::Json));
        let mut list: Value = serde_json::from_slice(&bytes).expect("JSON");
        let Value::Array(items) = list["items"].take() else { panic!("a list has items") };
        items
    }

    /// As the product reads it: all of each object.
    fn read(bytes: &[u8]) -> Reading {
        let (reader, mut collector) = reader();
        reader.read_text("dump", bytes, &mut collector);
        collector.finish()
    }

    fn reader() -> (rulebox_reader::Reader, Collector) {
        let need = |it: &kinds::Kind| ObjectNeed {
            id: it.resource(),
            group: it.group.to_owned(),
            kind: it.kind.to_owned(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet { objects: KINDS.iter().map(need).collect(), texts: Vec::new() };
        let reader = rulebox_reader::Reader::new(&needs).expect("no paths");
        (reader, Collector::new(needs).expect("no selectors"))
    }

    /// The containers of a pod for which `is` holds of the status.
    fn count(pod: &Value, is: impl Fn(&Value) -> bool) -> usize {
        let lists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
        let statuses = lists.into_iter().filter_map(|it| pod["status"][it].as_array());
        statuses.flatten().filter(|it| is(it)).count()
    }

    fn crashes(status: &Value) -> bool {
        status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    }

    fn out_of_memory(status: &Value) -> bool {
        let killed = |state: &str| status[state]["terminated"]["reason"] == "OOMKilled";
        killed("state") || killed("lastState")
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        for form in forms(false) {
            let bytes = |seed| dump(&all(200, seed, form)).0;
            assert!(bytes(3) == bytes(3), "{form:?}");
            assert!(bytes(3) != bytes(4), "{form:?}: another seed");
        }
    }

    #[track_caller]
    fn check_planted(objects: u64, seed: u64, crash_loops: usize, out_of_memory_kills: usize) {
        let pods = items(objects, seed);
        assert_eq!(pods.len() as u64, objects);
        let counts = |is: fn(&Value) -> bool| pods.iter().map(|pod| count(pod, is)).sum::<usize>();
        assert_eq!((counts(crashes), counts(out_of_memory)), (crash_loops, out_of_memory_kills));
        let faulty = pods.iter().filter(|it| count(it, |it| crashes(it) || out_of_memory(it)) > 0);
        assert_eq!(faulty.count(), crash_loops + out_of_memory_kills, "one fault a pod");
    }

    #[test]
    fn ten_thousand_pods_hold_298_faults() {
        check_planted(10_000, 1, 92, 206);
    }

    #[test]
    fn faults_scale_with_the_number_of_pods() {
        check_planted(1_000, 1, 9, 21);
        check_planted(1_000, 2, 9, 21);
        check_planted(10, 1, 0, 0);
        check_planted(0, 1, 0, 0);
    }

    #[test]
    fn faults_are_spread_over_the_lists_and_states() {
        let pods = items(10_000, 1);
        let count = |list: &str, is: &dyn Fn(&Value) -> bool| {
            let lists = pods.iter().filter_map(|it| it["status"][list].as_array());
            lists.flatten().filter(|it| is(it)).count()
        };
        let killed = |state: &'static str| {
            move |it: &Value| it[state]["terminated"]["reason"] == "OOMKilled"
        };
        for list in ["initContainerStatuses", "containerStatuses"] {
            assert!(count(list, &crashes) > 10, "{list}");
            assert!(count(list, &killed("lastState")) > 10, "{list}");
        }
        assert!(count("containerStatuses", &killed("state")) > 10);
        assert!(count("ephemeralContainerStatuses", &killed("state")) > 10);
        let other_code = |it: &Value| {
            out_of_memory(it)
                && it["state"]["terminated"]["exitCode"] != 137
                && it["lastState"]["terminated"]["exitCode"] != 137
        };
        assert!(count("containerStatuses", &other_code) > 5, "an exit code that is not 137");
    }

    #[test]
    fn a_pod_is_about_six_kilobytes() {
        let (bytes, _) = dump(&Options::pods(1_000, 1, Form::Json));
        let mean = bytes.len() / 1_000;
        assert!((6_000..6_400).contains(&mean), "{mean} bytes");
    }

    #[test]
    fn no_timestamp_is_newer_than_the_capture() {
        let (bytes, _) = dump(&all(500, 1, Form::Json));
        let Reading { witness, .. } = read(&bytes);
        let newest = witness.expect("a pod has timestamps").time.to_string();
        assert!(
            ("2026-09-15T00:00:00Z".."2026-09-15T02:30:01Z").contains(&newest.as_str()),
            "{newest}"
        );
    }

    #[test]
    fn names_and_uids_are_unique() {
        let (bytes, _) = dump(&all(1_000, 1, Form::Json));
        let list: Value = serde_json::from_slice(&bytes).expect("JSON");
        let items = list["items"].as_array().expect("items");
        for paths in [["/kind", "/metadata/name"], ["/metadata/uid", ""]] {
            let ids: std::collections::BTreeSet<_> = items
                .iter()
                .map(|it| paths.map(|path| it.pointer(path).and_then(Value::as_str)))
                .collect();
            assert_eq!(ids.len(), items.len(), "{paths:?}");
        }
    }

    #[test]
    fn every_form_holds_the_objects_that_were_asked_for() {
        let (json, _) = dump(&all(1_000, 7, Form::Json));
        let json = read(&json);
        for form in forms(false).filter(|it| *it != Form::ClusterInfoText) {
            let (bytes, written) = dump(&all(1_000, 7, form));
            let reading = read(&bytes);
            assert!(
                reading.inputs[0].problems.is_empty(),
                "{form:?}: {:?}",
                reading.inputs[0].problems
            );
            for kind in &KINDS {
                let planned: u64 = written
                    .groups
                    .iter()
                    .filter(|it| it.kind.plural == kind.plural)
                    .map(|it| it.count)
                    .sum();
                let [got, want] =
                    [&reading, &json].map(|it| &it.inventory.objects[&kind.resource()].objects);
                assert_eq!(
                    (got.len() as u64, planned > 0),
                    (planned, true),
                    "{form:?}: {}",
                    kind.plural
                );
                let value = |it: &str| serde_json::from_str::<Value>(it).expect("JSON");
                let first = got.iter().zip(want).find(|(got, want)| value(got) != value(want));
                assert_eq!(first, None, "{form:?}: {}", kind.plural);
            }
        }
    }

    #[test]
    fn a_share_of_the_objects_is_needed() {
        let options = Options { needed: Some(3.0), ..all(1_000, 1, Form::List) };
        let (bytes, written) = dump(&options);
        let mut needs = NeedSet::default();
        for kind in KINDS.iter().filter(|it| it.needed) {
            needs.objects.push(ObjectNeed {
                id: kind.resource(),
                group: kind.group.to_owned(),
                kind: kind.kind.to_owned(),
                namespaces: vec![kinds::CSDR.to_owned()],
                ..ObjectNeed::default()
            });
        }
        let reader = rulebox_reader::Reader::new(&needs).expect("no paths");
        let mut collector = Collector::new(needs).expect("no selectors");
        reader.read_text("dump", &bytes, &mut collector);
        let reading = collector.finish();
        assert_eq!((reading.inputs[0].objects, reading.inputs[0].needed), (1_000, 30));
        assert!(
            written
                .to_string()
                .starts_with("1000 objects, 30 of them in what the built-in pack needs: ")
        );
    }

    #[test]
    fn a_size_is_kept_within_a_tenth() {
        for form in forms(false).filter(|it| *it != Form::ClusterInfoText) {
            let options = Options { bytes: Some(8_000_000), ..all(0, 1, form) };
            let size = dump(&options).0.len();
            assert!((7_200_000..8_800_000).contains(&size), "{form:?}: {size}");
        }
    }

    #[test]
    fn managed_fields_can_be_left_out() {
        let options = Options { without_managed_fields: true, ..all(300, 1, Form::List) };
        let text = String::from_utf8(dump(&options).0).expect("text");
        assert!(!text.contains("managedFields"));
    }

    #[test]
    fn sizes_are_quantities() {
        assert_eq!(["7", "64Ki", "10G"].map(size), [Ok(7), Ok(65_536), Ok(10_000_000_000)]);
        for text in ["", "G", "1.5G", "-1", "1g", "99999999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!([percent("3"), percent("0.5")], [Ok(3.0), Ok(0.5)]);
        for text in ["101", "-1", "NaN", "x"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[track_caller]
    fn check_kinds(
        form: Form,
        reading: &Reading,
        groups: &[Group],
        holds: impl Fn(&Group) -> bool,
    ) {
        let lost: Vec<_> = reading.inputs[0].problems.iter().filter(|it| it.lost).collect();
        assert!(lost.is_empty(), "{form:?}: {lost:?}");
        for kind in &KINDS {
            let held = groups.iter().filter(|it| it.kind.plural == kind.plural && holds(it));
            let got = &reading.inventory.objects[&kind.resource()].objects;
            let want: u64 = held.map(|it| it.count).sum();
            assert_eq!(got.len() as u64, want, "{form:?}: {}", kind.plural);
        }
    }

    fn in_cluster_info(group: &Group) -> bool {
        ["nodes", "events", "deployments", "replicasets", "pods"].contains(&group.kind.plural)
    }

    #[test]
    fn what_cluster_info_dump_prints_holds_some_kinds() {
        let (bytes, written) = dump(&all(1_000, 7, Form::ClusterInfoText));
        check_kinds(Form::ClusterInfoText, &read(&bytes), &written.groups, in_cluster_info);
    }

    #[test]
    fn trees_hold_what_their_tools_take() {
        for form in forms(true) {
            let folder = tempfile::tempdir().expect("a folder");
            let written = write_to(&all(300, 7, form), folder.path()).expect("a folder");
            let (reader, mut collector) = reader();
            let source = rulebox_reader::Source::Path(folder.path().to_owned());
            reader.read(vec![source], &mut collector, &mut |_| {});
            let reading = collector.finish();
            let holds = |it: &Group| match form {
                Form::ClusterInfoDump => in_cluster_info(it),
                Form::Sonobuoy => {
                    !it.kind.is_custom() && !["events", "secrets"].contains(&it.kind.plural)
                }
                Form::Troubleshoot => it.kind.plural != "secrets",
                Form::VeleroDebug => {
                    it.namespace == kinds::CSDR
                        && (it.kind.is_pod() || it.kind.group == "velero.io")
                }
                _ => true,
            };
            check_kinds(form, &reading, &written.groups, holds);
        }
    }

    /// Each file of a form.
    fn folder(form: Form) -> BTreeMap<String, Vec<u8>> {
        struct Files(BTreeMap<String, Vec<u8>>);
        impl files::Files for Files {
            fn file(&mut self, path: &str, content: &files::Content<'_>) -> io::Result<()> {
                let mut bytes = Vec::new();
                content(&mut bytes)?;
                assert_eq!(self.0.insert(path.to_owned(), bytes), None, "{path}");
                Ok(())
            }
        }
        let mut files = Files(BTreeMap::new());
        let (stock, groups) = all(300, 7, form).plan().expect("a plan");
        trees::write(form, &stock, &groups, &mut files).expect("memory takes all");
        files.0
    }

    fn untar(input: impl io::Read) -> BTreeMap<String, Vec<u8>> {
        let mut archive = tar::Archive::new(input);
        let files = archive.entries().expect("entries").map(|entry| {
            let mut entry = entry.expect("an entry");
            let path = entry.path().expect("a path").display().to_string();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("content");
            (path, bytes)
        });
        files.collect()
    }

    #[test]
    fn archives_hold_the_files_of_the_folder() {
        let form = Form::MustGather;
        let want = folder(form);
        for packing in Packing::value_variants() {
            let options = Options { archive: Some(*packing), ..all(300, 7, form) };
            let mut bytes = Vec::new();
            let failed = |it: io::Error| it.to_string();
            write_stream(&options, &mut bytes, &failed).expect("memory takes all");
            let got = match packing {
                Packing::Tar => untar(bytes.as_slice()),
                Packing::TarGz => untar(flate2::read::GzDecoder::new(bytes.as_slice())),
                Packing::TarZst => untar(zstd::Decoder::new(bytes.as_slice()).expect("zstd")),
                Packing::Zip => {
                    let mut archive =
                        zip::ZipArchive::new(io::Cursor::new(bytes)).expect("a zip file");
                    let files = (0..archive.len()).map(|at| {
                        let mut file = archive.by_index(at).expect("a file");
                        let mut bytes = Vec::new();
                        file.read_to_end(&mut bytes).expect("content");
                        (file.name().expect("a name").into_owned(), bytes)
                    });
                    files.collect()
                }
            };
            assert!(got == want, "{packing:?}");
        }
    }

    #[test]
    fn a_form_and_where_it_goes_must_agree() {
        let check = |form, archive, want: &str| {
            let options = Options { archive, ..all(10, 1, form) };
            let failed = |it: io::Error| it.to_string();
            let error = write_stream(&options, &mut io::sink(), &failed).expect_err("misuse");
            assert!(error.contains(want), "{error}");
        };
        check(Form::Folder, None, "name it with --out, or pack it with --archive");
        check(Form::List, Some(Packing::Zip), "--archive is for forms of several files");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("precious"), "").expect("a file");
        let error = write_to(&all(10, 1, Form::Folder), folder.path()).expect_err("misuse");
        assert!(error.ends_with("is not empty: name another folder, or empty it"), "{error}");
    }
}
