//! What `--cluster` says: which input is of which cluster, or the name of the one.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use rulebox_bundle::{self as bundle, FIELDS, INFO, VERSION};
use rulebox_core::{SeveralOfOneName, closest, shell_word, text::escaped};

use crate::{
    cluster_args::{Live, Named},
    exit::Failure,
};

/// What to read, and what the user says of whose it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// All inputs: those that stand alone, then those that only `--cluster` names.
    pub(crate) paths: Vec<PathBuf>,
    /// The cluster of each, where it is named.
    pub(crate) names: Vec<Option<String>>,
    /// The name of the only cluster.
    pub(crate) one: Option<String>,
}

impl Inputs {
    /// What was typed, where it can be meant.
    pub(crate) fn of(paths: &[PathBuf], clusters: &[Named], live: &Live) -> Result<Self, Failure> {
        let mut all = Self { paths: paths.to_vec(), ..Self::default() };
        all.names.resize(all.paths.len(), None);
        for Named { name, input } in clusters {
            match input {
                None => all.name_the_one(name)?,
                Some(input) => all.name_input(name, input)?,
            }
        }
        let named = all.names.iter().flatten().next();
        if let (Some(one), Some(other)) = (&all.one, named) {
            return Err(Failure::usage(format!(
                "--cluster names the one cluster `{one}`, and `{other}` as one of several"
            ))
            .help("give each an input: --cluster NAME=INPUT"));
        }
        if live.enabled {
            if let Some(name) = named {
                return Err(Failure::usage(format!(
                    "--cluster gives the input of {name}, and --live reads none"
                ))
                .help(format!("name the cluster alone: --live --cluster {}", shell_word(name))));
            }
            if let (Some(one), true) = (&all.one, live.all_contexts) {
                return Err(Failure::usage(format!(
                    "--cluster gives all contexts the one name `{one}`"
                ))
                .help("leave it out: each cluster is named after its context"));
            }
        } else if all.paths.is_empty() {
            let one = all.one.as_deref().unwrap_or("NAME");
            return Err(Failure::usage("there is nothing to read")
                .help(format!("name an input: --cluster {}=INPUT", shell_word(one))));
        }
        all.whole_bundles()
    }

    /// Paths whose clusters nobody names.
    pub(crate) fn of_paths(paths: Vec<PathBuf>) -> Result<Self, Failure> {
        let names = vec![None; paths.len()];
        Self { paths, names, one: None }.whole_bundles()
    }

    /// Refuses parts of bundles.
    fn whole_bundles(self) -> Result<Self, Failure> {
        match self.paths.iter().find_map(|it| Some((it, bundle_around(it)?))) {
            None => Ok(self),
            Some((path, bundle)) => {
                let bundle = shell_word(&bundle.to_string_lossy()).into_owned();
                Err(Failure::usage(format!("{} is a part of a bundle", path.display()))
                    .help(format!("read all of it: `rulebox check {bundle}`")))
            }
        }
    }

    fn name_the_one(&mut self, name: &str) -> Result<(), Failure> {
        if let Some(other) = self.one.as_ref().filter(|it| *it != name) {
            return Err(Failure::usage(format!(
                "--cluster names one cluster twice, `{other}` and `{name}`"
            ))
            .help("for several clusters give each an input: --cluster NAME=INPUT"));
        }
        if Path::new(name).exists() {
            return Err(Failure::usage(format!("--cluster takes a name, and `{name}` is a path"))
                .help(format!("say whose it is: --cluster NAME={}", shell_word(name))));
        }
        self.one = Some(name.to_owned());
        Ok(())
    }

    fn name_input(&mut self, name: &str, input: &Path) -> Result<(), Failure> {
        let known = self.paths.iter().map(|it| plain(it)).collect::<Vec<_>>();
        let mut known = (0..known.len()).filter(|it| known[*it] == plain(input)).peekable();
        if known.peek().is_none() {
            self.paths.push(input.to_owned());
            self.names.push(Some(name.to_owned()));
        }
        for at in known {
            if let Some(other) = self.names[at].replace(name.to_owned()).filter(|it| it != name) {
                return Err(Failure::usage(format!(
                    "{} cannot be of two clusters, `{other}` and `{name}`",
                    input.display()
                ))
                .help("name its folders or files one by one: --cluster NAME=INPUT"));
            }
        }
        Ok(())
    }
}

/// The folder of the bundle of which this is a part. Without the rest nothing tells when it was
/// taken, and which fields are missing.
fn bundle_around(path: &Path) -> Option<PathBuf> {
    const LISTS: &str = "lists";
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?;
    let root = if folder.ends_with(LISTS) {
        folder.parent()?
    } else if [INFO, bundle::LISTS, FIELDS, VERSION, LISTS].contains(&name) {
        folder
    } else {
        return None;
    };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    root.join(INFO).is_file().then(|| root.to_owned())
}

/// What was probably meant by each input that does not exist: a file or folder beside it whose name
/// is near.
pub(crate) fn mistyped(paths: &[PathBuf]) -> Vec<String> {
    /// A folder of more is not looked through.
    const MOST: usize = 10_000;
    let near = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let folder = path.parent()?;
        let read = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = read
            .read_dir()
            .ok()?
            .take(MOST)
            .filter_map(|it| it.ok()?.file_name().into_string().ok());
        let entries: Vec<_> = entries.collect();
        let meant = folder.join(closest(name, entries.iter().map(String::as_str))?);
        let meant = shell_word(&meant.to_string_lossy()).into_owned();
        Some(escaped(format!("there is no {}; did you mean `{meant}`?", path.display())))
    };
    paths.iter().filter(|it| *it != Path::new("-") && !it.exists()).filter_map(near).collect()
}

/// The path without `./`.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|it| *it != Component::CurDir).collect()
}

/// What a person is told of several clusters that were found, where nobody has named them.
/// `left_out`: how many more there are. `places`: of each the files and folders in which it was
/// read; empty where it has a name.
pub(crate) fn note(
    labels: &[&str],
    left_out: usize,
    places: &[Vec<String>],
    names: &[Option<String>],
) -> Option<String> {
    let unnamed: Vec<_> = places.iter().filter(|it| !it.is_empty()).map(Vec::as_slice).collect();
    (labels.len() > 1 && !unnamed.is_empty()).then(|| {
        let names: Vec<_> = names.iter().flatten().map(String::as_str).collect();
        let typed = match typed(&unnamed, &names) {
            Some(typed) => format!("to name them: `{typed}`"),
            None => format!("to name them, {SPLIT}"),
        };
        let judged = match left_out {
            0 => "each judged by itself".to_owned(),
            _ => format!("of which {} are judged, each by itself", labels.len()),
        };
        escaped(format!(
            "the input is of {} clusters, {judged}: {}; {typed}",
            labels.len() + left_out,
            shown(labels)
        ))
    })
}

/// What to do where no line names each cluster: they are in one file or archive, or torn apart.
const SPLIT: &str =
    "put what is of each cluster into a file or folder of its own: `--cluster NAME=PATH`";

/// What to type to give each of several clusters a name, where they are in few files or folders of
/// their own.
/// `names`: those that are taken.
fn typed(clusters: &[&[String]], names: &[&str]) -> Option<String> {
    const MOST_WORDS: usize = 8;
    let is_path = |it: &String| it != "-" && Path::new(it).exists();
    if !clusters.iter().copied().flatten().all(is_path) {
        return None;
    }
    let new: Vec<_> = clusters.iter().map(|it| short_name(it.first()?)).collect();
    let different: BTreeSet<_> =
        new.iter().flatten().map(String::as_str).chain(names.iter().copied()).collect();
    let names_of: BTreeSet<_> = names.iter().collect();
    let fits = different.len() == new.len() + names_of.len();
    let mut words = Vec::new();
    for (nth, (places, name)) in clusters.iter().zip(&new).enumerate() {
        let name = match name {
            Some(name) if fits => name.clone(),
            _ => format!("NAME{}", nth + 1),
        };
        let word = |place: &String| format!("--cluster {}", shell_word(&format!("{name}={place}")));
        words.extend(places.iter().map(word));
    }
    (words.len() <= MOST_WORDS).then(|| words.join(" "))
}

/// What a file or folder is called, where that can be a name.
fn short_name(place: &str) -> Option<String> {
    let name = Path::new(place).file_name()?.to_str()?.split('.').next()?;
    let plain = name.chars().all(|it| it.is_ascii_alphanumeric() || "-_".contains(it));
    (plain && !name.is_empty() && name.len() < 64).then(|| name.to_owned())
}

/// One name was given, and several clusters were found.
pub(crate) fn several(
    one: &str,
    labels: &[&str],
    left_out: usize,
    places: &[Vec<String>],
) -> Failure {
    let places: Vec<_> = places.iter().map(Vec::as_slice).collect();
    Failure::usage(format!(
        "--cluster names one cluster, `{one}`, and the input holds objects of {}: {}",
        labels.len() + left_out,
        shown(labels)
    ))
    .help(name_each(&places, &[]))
}

/// One name was given to inputs of which each, or a part of each, is of another cluster.
pub(crate) fn several_of_one_name(several: &SeveralOfOneName, names: &[Option<String>]) -> Failure {
    let SeveralOfOneName { name, clash, clusters } = several;
    let others: Vec<_> =
        names.iter().flatten().filter(|it| *it != name).map(String::as_str).collect();
    let labels: Vec<_> = clusters.iter().map(|it| it.0.as_str()).collect();
    let places: Vec<_> = clusters.iter().map(|it| it.1.as_slice()).collect();
    Failure::usage(format!(
        "--cluster gives one name, `{name}`, to objects of {} clusters: {}; {clash}",
        labels.len(),
        shown(&labels)
    ))
    .help(name_each(&places, &others))
}

/// `names`: those that are taken.
fn name_each(places: &[&[String]], names: &[&str]) -> String {
    match typed(places, names) {
        Some(typed) => format!("name each: {typed}"),
        None => SPLIT.to_owned(),
    }
}

/// The first of them, and how many more there are.
fn shown(labels: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown = labels.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match labels.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more clusters"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    /// The inputs and their clusters, or what is wrong and what to do.
    #[track_caller]
    fn check(typed: &[&str], want: Result<&[(&str, &str)], &str>) {
        let typed = ["rulebox", "check"].iter().chain(typed);
        let got = match Cli::try_parse_from(typed) {
            Err(error) => Err(error.to_string()),
            Ok(Cli { command: Command::Check(check), .. }) => {
                Inputs::of(&check.inputs, &check.clusters, &check.live).map_err(|it| it.to_string())
            }
            Ok(other) => panic!("{other:?}"),
        };
        match (got, want) {
            (Ok(got), Ok(want)) => {
                let names = got.names.iter().map(|it| it.as_deref().unwrap_or_default());
                let paths = got.paths.iter().map(|it| it.to_str().expect("a path"));
                let mut pairs: Vec<_> = paths.zip(names).collect();
                pairs.extend(got.one.as_deref().map(|it| ("", it)));
                assert_eq!(pairs, want);
            }
            (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
            (got, want) => panic!("{got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn a_name_is_of_the_one_cluster_or_of_an_input() {
        check(&["a", "--cluster", "prod"], Ok(&[("a", ""), ("", "prod")]));
        check(&["a", "b", "--cluster", "east=./b"], Ok(&[("a", ""), ("b", "east")]));
        check(&["--live", "--cluster", "prod"], Ok(&[("", "prod")]));
    }

    #[test]
    fn an_input_that_only_the_cluster_names_is_read_too() {
        let both = ["--cluster", "east=e.yaml", "--cluster", "west=w=1.yaml"];
        check(&both, Ok(&[("e.yaml", "east"), ("w=1.yaml", "west")]));
        let one = ["--cluster", "east=a", "--cluster", "east=b", "--cluster", "east=a"];
        check(&one, Ok(&[("a", "east"), ("b", "east")]));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        check(&["a", "--cluster", "=b"], Err("a name must come first"));
        check(&["a", "--cluster", " "], Err("a name must come first"));
        check(&["a", "--cluster", "b="], Err("b=dump.yaml"));
        check(&["a", "--cluster", "x\u{202e}y"], Err("can be seen"));
        check(&["a", "--cluster", &"x".repeat(64)], Err("at most 63"));
        check(&["a", "--cluster", "Cargo.toml"], Err("--cluster NAME=Cargo.toml"));
    }

    #[test]
    fn names_that_contradict_each_other_are_refused() {
        check(&["a", "--cluster", "x=a", "--cluster", "y=a"], Err("two clusters, `x` and `y`"));
        check(&["a", "--cluster", "x", "--cluster", "y"], Err("twice, `x` and `y`"));
        check(&["a", "--cluster", "x", "--cluster", "y=b"], Err("`y` as one of several"));
        check(&["--cluster", "x"], Err("--cluster x=INPUT"));
    }

    #[test]
    fn a_live_cluster_has_no_input_and_all_contexts_have_names() {
        check(&["--live", "--cluster", "x=a"], Err("--live --cluster x"));
        check(&["--live", "--all-contexts", "--cluster", "x"], Err("named after its context"));
    }
}
