//! Files that may be of a bundle which Rulebox has collected. An archive may hold the file that
//! makes a folder a bundle behind all others: so what was read of them is held back until the end
//! of the input.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_bundle::{self as bundle, Fields, List, TableError};
use rulebox_core::{Concerns, ListScope, ObjectNeed, Problem, addresses};

use super::pages::Pages;
use crate::{
    journal::{Page, Redacted, Root, Section, Skipped},
    layout::collected::{self, Contents, Part, State},
};

/// What was read of the files that may be of bundles, by the place of each.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<String, File>);

/// What was read of one file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) sections: Vec<Section>,
    pub(super) problems: Vec<Problem>,
    /// Whose objects may be missing, and why, since something of them was redacted.
    pub(super) redacted: Vec<(Concerns, String, Redacted)>,
    /// Lists, or pages of lists, each with its line.
    pub(super) pages: Vec<(Option<u64>, Page)>,
    pub(super) skipped: Vec<Skipped>,
    /// What each document of it is, where it may be a list of a bundle.
    pub(super) roots: Vec<Root>,
    /// The path by which layouts of other tools know it, once it was read.
    pub(super) path: Option<String>,
    /// Its text, where that tells of the bundle; none if it could not be held.
    #[expect(clippy::option_option, reason = "no such file, one that is too long, and a text")]
    text: Option<Option<String>>,
}

/// A bundle, and its files.
pub(super) struct Bundle {
    pub(super) folder: String,
    pub(super) told: rulebox_core::Bundle,
    /// The uid of its cluster; empty where that is not known.
    pub(super) cluster: String,
    /// The needs that lack fields of it: they are given nothing.
    pub(super) blind: Vec<usize>,
    /// The files of its lists, and each list that is whole.
    pub(super) lists: Vec<(String, File, Option<ListScope>)>,
    /// What was lost of it.
    pub(super) problems: Vec<Problem>,
}

impl Held {
    /// Where what was read of a file is held; none if no bundle has such a file.
    pub(super) fn file(&mut self, place: &str) -> Option<&mut File> {
        collected::part(place)?;
        if !self.0.contains_key(place) {
            self.0.insert(place.to_owned(), File::default());
        }
        self.0.get_mut(place)
    }

    /// The text of a file that tells of a bundle.
    pub(super) fn told(&mut self, place: &str, text: Option<String>) {
        if let Some(file) = self.file(place) {
            file.text = Some(text);
        }
    }

    /// The bundles, in the order of their places; and the files that are of none.
    pub(super) fn parted(self, needs: &[ObjectNeed]) -> (Vec<Bundle>, BTreeMap<String, File>) {
        let Self(mut files) = self;
        // By folder: what is there, and whether that makes it a bundle.
        let mut folders: BTreeMap<String, (Vec<String>, bool)> = BTreeMap::new();
        for place in files.keys() {
            let Some((folder, part)) = collected::part(place) else { continue };
            let (places, is_bundle) = folders.entry(folder.to_owned()).or_default();
            places.push(place.clone());
            *is_bundle |= part == Part::Info;
        }
        let bundles = folders.into_iter().filter(|it| it.1.1).map(|(folder, (places, _))| {
            let own = places.into_iter().filter_map(|it| files.remove_entry(&it)).collect();
            Bundle::of(folder, own, needs)
        });
        (bundles.collect(), files)
    }
}

impl File {
    /// Tells what no other file of a bundle can add: the list stands in this one alone.
    fn settle(&mut self, place: &str) {
        let mut pages = Pages::default();
        for (line, page) in self.pages.drain(..) {
            pages.see(place.to_owned(), line, page);
        }
        let redacted =
            self.redacted.drain(..).map(|(concerns, reason, it)| it.problem(concerns, reason));
        self.problems.extend(pages.missing().chain(redacted));
    }

    /// What was lost of it first.
    fn loss(&self) -> Option<&Problem> {
        self.problems.iter().find(|it| it.lost())
    }

    /// Why it is not the list that it is to be, whatever was lost of it, and whether it is one of
    /// that kind at all; none if nothing speaks against it.
    fn flaw(&self, list: &List) -> Option<(String, bool)> {
        let is = |group: &str, kind: &str| is_of(list, group, kind);
        // `kubectl get` prints a list of kind List, which any objects may stand in.
        let is_list = |group: &str, kind: &str| {
            kind == "List" || kind.strip_suffix("List").is_some_and(|it| is(group, it))
        };
        let described = list.described();
        let other = self.roots.iter().find_map(|it| match it {
            Root::List { group, kind, .. } if is_list(group, kind) => None,
            Root::List { kind, .. } => Some(format!("a {kind}")),
            Root::Other => Some("what is no list".to_owned()),
        });
        if let Some(other) = other {
            return Some((format!("holds no list of {described}, but {other}"), false));
        }
        let seen = || self.sections.iter().flat_map(Section::seen);
        if let Some((_, kind, ..)) = seen().find(|it| !is(it.0, it.1)) {
            let any = seen().any(|it| is(it.0, it.1));
            return Some((format!("is to hold {described}, and holds a {kind}"), any));
        }
        let elsewhere = |it: &&str| Some(*it) != list.namespace.as_deref() && !it.is_empty();
        if list.namespace.is_some()
            && let Some(other) = seen().map(|it| it.2).filter(elsewhere).min()
        {
            return Some((format!("is to hold {described}, and holds some of {other}"), true));
        }
        match self.roots.as_slice() {
            [] => Some((format!("holds no list of {described}"), false)),
            [Root::List { is_page: true, .. }] => {
                Some(("is one page of a list: `metadata` says that others follow".to_owned(), true))
            }
            // An empty list of no kind counts as no object.
            [_] if self.skipped.iter().all(|it| *it == Skipped::NoObjects) => None,
            _ => Some((format!("holds more than the list of {described}"), true)),
        }
    }

    /// The uids of the Namespace kube-system in it.
    fn clusters(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().filter_map(|it| it.cluster.as_deref())
    }

    /// Whether objects of the list, or the list without any, were found in it.
    fn begins(&self, list: &List) -> bool {
        let is = |group: &str, kind: &str| is_of(list, group, kind);
        let mut listed = self.sections.iter().flat_map(|it| &it.listed);
        let mut seen = self.sections.iter().flat_map(Section::seen);
        listed.any(|it| is(&it.0, &it.1)) || seen.any(|it| is(it.0, it.1))
    }

    /// Whether all objects that stand in it have no namespace, and there are some.
    fn has_no_namespace(&self) -> bool {
        let mut seen = self.sections.iter().flat_map(Section::seen).peekable();
        seen.peek().is_some() && seen.all(|it| it.2.is_empty())
    }
}

/// Whether objects of this kind are those of a list, under whichever address.
fn is_of(list: &List, group: &str, kind: &str) -> bool {
    kind == list.kind
        && (addresses(&list.group, kind).any(|it| it == group)
            || addresses(group, kind).any(|it| it == list.group))
}

impl Bundle {
    /// The bundle of these files.
    fn of(folder: String, mut files: BTreeMap<String, File>, needs: &[ObjectNeed]) -> Self {
        let place = |file: &str| {
            if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
        };
        let mut broken = Vec::new();
        let mut refuse = |file: &str, line, reason: String| {
            let concerns = Concerns::Everything;
            let place = place(file);
            broken.push(Problem { place, line, reason, concerns, ..Problem::default() });
        };
        let text = |file: &str| files.get(&place(file)).map(|it| it.text.clone().flatten());
        let info = collected::info(text(bundle::INFO).flatten().as_deref());
        let info = info.map_err(|(line, reason)| refuse(bundle::INFO, Some(line), reason)).ok();
        // What a newer version writes is not looked at.
        let lists = info.as_ref().and_then(|_| {
            let Some(text) = text(bundle::LISTS) else {
                let reason = "is missing, so that nothing tells which lists the bundle holds: \
                              name the folder or archive that holds all of it";
                refuse(bundle::LISTS, None, reason.to_owned());
                return None;
            };
            let lists = table(text.as_deref(), List::parse);
            lists.map_err(|(line, reason)| refuse(bundle::LISTS, line, reason)).ok()
        });
        let fields = info.as_ref().and_then(|_| {
            let Some(text) = text(bundle::FIELDS) else {
                let reason = "is missing, so that nothing tells which fields were taken: \
                              name the folder or archive that holds all of it";
                refuse(bundle::FIELDS, None, reason.to_owned());
                return None;
            };
            let fields = table(text.as_deref(), Fields::parse);
            fields.map_err(|(line, reason)| refuse(bundle::FIELDS, line, reason)).ok()
        });
        let own = info.as_ref().map_or("", |it| it.cluster.as_str());
        let is_list =
            |place: &str| collected::part(place).is_some_and(|it| matches!(it.1, Part::List(_)));
        let of_lists = files.iter().filter(|it| is_list(it.0)).flat_map(|it| it.1.clusters());
        if let Some(other) = of_lists.filter(|it| !own.is_empty() && *it != own).min() {
            let reason = format!(
                "the bundle says that it is of the cluster {own}, and holds objects of the \
                 cluster {other} (the uid of the Namespace kube-system): collect it again"
            );
            refuse(bundle::INFO, None, reason);
        }
        let distrust = broken.first().map(|it| described(it, &folder)).unwrap_or_default();
        let mut states = BTreeMap::new();
        let mut own = Vec::new();
        let mut problems = broken;
        let mut lost = Vec::new();
        match lists.as_ref().filter(|_| distrust.is_empty()) {
            Some(lists) => {
                // One that is named twice is one.
                let mut untold = BTreeSet::new();
                for list in lists.iter().collect::<BTreeSet<_>>() {
                    let is_told = fields.as_ref().is_some_and(|it| it.tells(list));
                    if !is_told && untold.insert((&list.group, &list.kind)) {
                        problems.push(Problem {
                            place: place(bundle::FIELDS),
                            line: None,
                            reason: format!(
                                "names no field of {}, which {} names: nothing tells what was \
                                 taken",
                                list.kind,
                                bundle::LISTS
                            ),
                            concerns: Concerns::kind(&list.group, &list.kind),
                            ..Problem::default()
                        });
                    }
                    let mut file = files.remove(&place(&list.file()));
                    if let Some(file) = &mut file {
                        file.settle(&place(&list.file()));
                    }
                    let error = files.remove(&place(&list.error_file()));
                    let (state, told) = state(list, file.as_ref(), error.as_ref());
                    problems.extend(told.map(|(file, line, reason)| Problem {
                        place: place(&file),
                        line,
                        reason,
                        concerns: Concerns::kind(&list.group, &list.kind),
                        ..Problem::default()
                    }));
                    let whole = state.as_ref().filter(|it| it.shortfall.is_empty());
                    let whole = whole.map(|_| ListScope {
                        group: list.group.clone(),
                        kind: list.kind.clone(),
                        namespace: list.namespace.clone(),
                    });
                    match state {
                        Some(state) => _ = states.insert(list.clone(), state),
                        None => lost.push(list),
                    }
                    own.extend(file.map(|it| (place(&list.file()), it, whole)));
                }
            }
            // Which kinds it holds is not known; what its objects are shows.
            None => {
                for (place, file) in &mut files {
                    if matches!(collected::part(place), Some((_, Part::List(_)))) {
                        file.settle(place);
                        seen_in(file, &mut states);
                        own.push((place.clone(), std::mem::take(file), None));
                    }
                }
            }
        }
        // A list that the bundle does not name is none of it, and nothing tells what it holds.
        for place in files.into_keys().filter(|it| is_list(it) && distrust.is_empty()) {
            let reason = format!("{} does not name this list: it is not read", bundle::LISTS);
            problems.push(Problem { place, reason, ..Problem::default() });
        }
        problems.extend(ended_early(&lost, place(bundle::LISTS)));
        let contents = Contents { lists: lists.unwrap_or_default(), fields, states, distrust };
        let judged: Vec<_> = needs.iter().map(|it| contents.judge(it)).collect();
        let blind = (0..needs.len()).filter(|it| judged[*it].is_blind).collect();
        let told = rulebox_core::Bundle {
            folder: folder.clone(),
            as_of: info.as_ref().map(|it| it.as_of),
            needs: judged.into_iter().map(|it| (it.coverage, it.reason)).collect(),
        };
        let cluster = info.map(|it| it.cluster).unwrap_or_default();
        Self { folder, told, cluster, blind, lists: own, problems }
    }
}

/// Reads a table, or says on which line it cannot be read, and why.
fn table<T>(
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, TableError>,
) -> Result<T, (Option<u64>, String)> {
    let text = text.ok_or_else(|| {
        (None, "cannot be read as text, or is longer than any such file".to_owned())
    })?;
    parse(text).map_err(|it| (Some(it.line as u64), it.reason))
}

/// A problem of a bundle, as the reason of its needs gives it.
fn described(Problem { place, line, reason, .. }: &Problem, folder: &str) -> String {
    let file = place[folder.len()..].trim_start_matches('/');
    let line = line.map(|it| format!(":{it}")).unwrap_or_default();
    format!("nothing of the bundle can be relied on: {file}{line}: {reason}")
}

/// The file in which something was lost that nothing else tells, the line, and what.
type Told = (String, Option<u64>, String);

/// How the reading of a list ended; none if there is nothing of it.
fn state(list: &List, file: Option<&File>, error: Option<&File>) -> (Option<State>, Option<Told>) {
    let error = error.map(|it| match &it.text {
        Some(Some(text)) => collected::reason(text, list),
        _ => format!("{} is no file that can be read as text", list.error_file()),
    });
    let told = error.as_ref().filter(|it| !collected::is_refusal(it));
    let told = told.map(|it| (list.error_file(), None, it.clone()));
    // A shell makes the file before kubectl fails.
    let file = file.filter(|it| !it.skipped.contains(&Skipped::Empty));
    let Some(file) = file else {
        return (error.map(|shortfall| State { begun: false, shortfall }), told);
    };
    let flaw = file.flaw(list);
    let begun = flaw.as_ref().is_none_or(|it| it.1);
    if let Some(loss) = file.loss() {
        let begun = begun || file.begins(list);
        let line = loss.line.map(|it| format!(":{it}")).unwrap_or_default();
        let reason = format!("{}{line}: {}", list.file(), loss.reason);
        let shortfall = error.map_or(reason, |it| it);
        return (Some(State { begun, shortfall }), told);
    }
    if let (Some((reason, _)), None) = (flaw, &error) {
        let shortfall = format!("{} {reason}", list.file());
        return (Some(State { begun, shortfall }), Some((list.file(), None, reason)));
    }
    if let (Some(namespace), true) = (&list.namespace, file.has_no_namespace()) {
        let separator = if list.group.is_empty() { "" } else { "." };
        let shortfall = format!(
            "{}{separator}{} is cluster-scoped, and the need asks for namespace {namespace}",
            list.kind, list.group
        );
        return (Some(State { begun: false, shortfall }), told);
    }
    (Some(State { begun, shortfall: error.unwrap_or_default() }), told)
}

/// The kinds in a list of which nothing tells what it was meant to hold.
fn seen_in(file: &File, states: &mut BTreeMap<List, State>) {
    for section in &file.sections {
        let listed = section.listed.iter().map(|it| (it.0.as_str(), it.1.as_str()));
        for (group, kind) in listed.chain(section.seen().map(|it| (it.0, it.1))) {
            let (group, kind) = (group.to_owned(), kind.to_owned());
            states.entry(List { group, kind, namespace: None }).or_default().begun = true;
        }
    }
}

/// One loss for all lists of which there is nothing.
fn ended_early(lists: &[&List], place: String) -> Option<Problem> {
    const SHOWN: usize = 3;
    let shown: Vec<_> = lists.iter().take(SHOWN).map(|it| it.described()).collect();
    let more = match lists.len().checked_sub(SHOWN) {
        None | Some(0) => String::new(),
        Some(more) => format!(" and {more} more"),
    };
    let concerns = lists.iter().map(|it| (it.group.clone(), it.kind.clone())).collect();
    (!lists.is_empty()).then(|| Problem {
        place,
        line: None,
        reason: format!(
            "names lists of which there is nothing: collecting or copying the bundle ended early: \
             {}{more}",
            shown.join(", ")
        ),
        concerns: Concerns::Kinds(concerns),
        ..Problem::default()
    })
}
