//! A dump of a cluster that does not exist: objects as a kubelet and its controllers leave them, of any number, the
//! same for the same seed, with a known number of faults in them.
//!
//! ```text
//! Random ─> pods::Pods (plants faults) ─> Value ─> dump::Dump ─> yaml | JSON
//! ```
//!
//! Objects are made and written one at a time, so a dump may be larger than memory. A new kind of object is an iterator
//! of values beside [`pods`].

mod dump;
mod pods;
mod random;
mod yaml;

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use crate::process::Result;

pub(crate) use dump::Form;
pub(crate) use pods::Planted;

/// What to write.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// How many pods.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) objects: u64,
    /// Another seed gives other pods.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How the objects are written.
    #[arg(long, value_enum, default_value_t = Form::List)]
    pub(crate) form: Form,
    /// Where to; without it, standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Writes a dump, and says on standard error what is planted in it.
pub(crate) fn run(options: &Options) -> Result {
    let planted = if let Some(path) = &options.out {
        write_file(options, path)?
    } else {
        let mut out = BufWriter::new(io::stdout().lock());
        let written = write(options, &mut out).and_then(|it| out.flush().map(|()| it));
        written.map_err(|it| format!("cannot write to standard output: {it}"))?
    };
    eprintln!("{planted}");
    Ok(())
}

/// Writes a dump to a file, and its folder where it is not there.
pub(crate) fn write_file(options: &Options, path: &Path) -> Result<Planted> {
    let failed = |it: io::Error| format!("cannot write {}: {it}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    let planted = write(options, &mut out).map_err(failed)?;
    out.flush().map_err(failed)?;
    Ok(planted)
}

fn write(options: &Options, out: &mut dyn io::Write) -> io::Result<Planted> {
    let planted = Planted::among(options.objects);
    let mut dump = dump::Dump::begin(options.form, out)?;
    for pod in pods::Pods::new(options.seed, planted) {
        dump.object(&pod)?;
    }
    dump.end()?;
    Ok(planted)
}

#[cfg(test)]
mod tests {
    use rulebox_core::{Collector, NeedSet, ObjectNeed, Reading};
    use serde_json::Value;

    use super::*;

    fn dump(objects: u64, seed: u64, form: Form) -> (Vec<u8>, Planted) {
        let mut bytes = Vec::new();
        let options = Options { objects, seed, form, out: None };
        let planted = write(&options, &mut bytes).expect("memory takes all");
        (bytes, planted)
    }

    fn items(objects: u64, seed: u64) -> Vec<Value> {
        let (bytes, _) = dump(objects, seed, Form::Json);
        let mut list: Value = serde_json::from_slice(&bytes).expect("JSON");
        let Value::Array(items) = list["items"].take() else { panic!("a list has items") };
        items
    }

    /// As the product reads it: all of each pod.
    fn read(form: Form) -> Reading {
        let (bytes, _) = dump(300, 7, form);
        let pods =
            ObjectNeed { id: "pods".to_owned(), kind: "Pod".to_owned(), ..ObjectNeed::default() };
        let needs = NeedSet { objects: vec![pods], texts: Vec::new() };
        let reader = rulebox_reader::Reader::new(&needs).expect("no paths");
        let mut collector = Collector::new(needs).expect("no selectors");
        reader.read_text("dump", &bytes, &mut collector);
        collector.finish()
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
        for form in [Form::List, Form::MultiDocument, Form::Json] {
            assert!(dump(50, 3, form).0 == dump(50, 3, form).0, "{form:?}");
            assert!(dump(50, 3, form).0 != dump(50, 4, form).0, "{form:?}: another seed");
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
    fn names_and_uids_are_unique() {
        let pods = items(2_000, 1);
        for path in ["/metadata/name", "/metadata/uid"] {
            let names: std::collections::BTreeSet<_> =
                pods.iter().map(|it| it.pointer(path).and_then(Value::as_str)).collect();
            assert_eq!(names.len(), pods.len(), "{path}");
        }
    }

    #[test]
    fn a_pod_is_about_six_kilobytes() {
        let (bytes, _) = dump(1_000, 1, Form::Json);
        let mean = bytes.len() / 1_000;
        assert!((6_000..6_400).contains(&mean), "{mean} bytes");
    }

    #[test]
    fn no_timestamp_is_newer_than_the_capture() {
        let Reading { witness, .. } = read(Form::Json);
        let newest = witness.expect("a pod has timestamps").time.to_string();
        assert!(
            ("2026-09-15T00:00:00Z".."2026-09-15T02:30:01Z").contains(&newest.as_str()),
            "{newest}"
        );
    }

    #[test]
    fn the_forms_hold_the_same_objects() {
        let json = read(Form::Json);
        assert_eq!(json.inventory.objects["pods"].objects.len(), 300);
        for form in [Form::List, Form::MultiDocument] {
            let yaml = read(form);
            assert!(yaml.inputs[0].problems.is_empty(), "{form:?}: {:?}", yaml.inputs[0].problems);
            let pairs = [&yaml, &json].map(|it| &it.inventory.objects["pods"].objects);
            for (a, b) in pairs[0].iter().zip(pairs[1]) {
                assert_eq!(a, b, "{form:?}");
            }
            assert_eq!(pairs[0].len(), pairs[1].len(), "{form:?}");
        }
    }
}
