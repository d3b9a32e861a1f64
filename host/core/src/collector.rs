use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    thread,
};

use indexmap::IndexMap;

use crate::{
    Coverage, Identity, Input, Inventory, NeedSet, ObjectNeed, ObjectSlot, Selection,
    SelectorError, TextLine, TextSlot, Witness,
};

/// One copy of an object that needs select: what they ask of it.
#[derive(Debug, Clone)]
pub struct ObjectCopy {
    /// Which object it is.
    pub identity: Identity,
    /// `metadata.resourceVersion` as the number that etcd counts by; none where the source tells none.
    pub resource_version: Option<u64>,
    /// The index of each need that selects it, and the compact JSON of the fields that this need asks for.
    pub projections: Vec<(usize, String)>,
}

/// Something that could not be read, or was passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file inside the input; empty where the input is one file.
    pub place: String,
    /// From 1.
    pub line: Option<u64>,
    /// What it is, and why it could not be read.
    pub reason: String,
    /// Whether objects may have been lost by it. Where not, it is only told: a picture in a bundle is no loss.
    pub lost: bool,
}

/// All that a source has read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What rules see.
    pub inventory: Inventory,
    /// One for each input, in order.
    pub inputs: Vec<Input>,
    /// The newest timestamp that the source proves.
    pub witness: Option<Witness>,
    /// How many objects were read, by group and kind.
    pub objects: Vec<(String, String, usize)>,
    /// How many different objects at least one need selects.
    pub objects_needed: usize,
}

/// How far an input reaches, by what the tool that has written it is known to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The index of the object need.
    pub need: usize,
    /// Absent where the tool leaves the kind out, partial where it takes it from some namespaces, complete where it has
    /// taken all that the need selects.
    pub coverage: Coverage,
    /// The namespaces that the tool has taken objects from.
    pub namespaces: BTreeSet<String>,
    /// Why it is not complete, and what to add; empty where it is.
    pub reason: String,
}

/// Takes what a source reads and keeps what the needs select.
///
/// Live and offline fill it alike, so it alone decides which of two copies of an object counts (the higher
/// `resourceVersion`), in which order rules see objects, and what a need has been covered by.
#[derive(Debug)]
pub struct Collector {
    selection: Selection,
    held: IndexMap<Identity, Held>,
    kinds: BTreeMap<(String, String), KindSeen>,
    texts: Vec<TextSeen>,
    stated: BTreeMap<usize, (Coverage, String)>,
    extents: Vec<Extent>,
    inputs: Vec<Input>,
    witness: Option<Witness>,
    threads: usize,
}

/// What counts of an object so far.
#[derive(Debug)]
struct Held {
    resource_version: Option<u64>,
    projections: Vec<(usize, String)>,
}

#[derive(Debug, Default)]
struct KindSeen {
    objects: usize,
    namespaces: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct TextSeen {
    files: usize,
    lines: BTreeSet<TextLine>,
}

impl Collector {
    /// An empty store for these needs; their selectors must be readable.
    pub fn new(needs: NeedSet) -> Result<Self, SelectorError> {
        Ok(Self {
            texts: needs.texts.iter().map(|_| TextSeen::default()).collect(),
            selection: Selection::new(needs)?,
            held: IndexMap::new(),
            kinds: BTreeMap::new(),
            stated: BTreeMap::new(),
            extents: Vec::new(),
            inputs: Vec::new(),
            witness: None,
            threads: 1,
        })
    }

    /// The same collector, which puts the objects of so many needs in order at once; by default one after the other.
    /// What comes out does not depend on it.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// What the run asks for.
    pub fn needs(&self) -> &NeedSet {
        self.selection.needs()
    }

    /// Which objects that selects.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Opens the next input: what follows belongs to it.
    pub fn begin_input(&mut self, name: &str) {
        self.inputs.push(Input { name: name.to_owned(), ..Input::default() });
    }

    /// The open input, to count files and bytes. Opens a nameless one where there is none.
    pub fn input(&mut self) -> &mut Input {
        if self.inputs.is_empty() {
            self.begin_input("");
        }
        self.inputs.last_mut().expect("one was just opened")
    }

    /// Objects of one kind in one namespace were seen, selected or not.
    pub fn seen(&mut self, group: &str, kind: &str, namespace: &str, objects: usize) {
        self.input().objects += objects;
        let kind = self.kinds.entry((group.to_owned(), kind.to_owned())).or_default();
        kind.objects += objects;
        if !kind.namespaces.contains(namespace) {
            kind.namespaces.insert(namespace.to_owned());
        }
    }

    /// Takes an object that has been [seen](Self::seen) and that at least one need selects.
    pub fn take(&mut self, copy: ObjectCopy) {
        self.input().needed += 1;
        let ObjectCopy { identity, resource_version, projections } = copy;
        if let Some(held) = self.held.get(&identity) {
            if held.resource_version >= resource_version {
                return;
            }
            // The copy that counts also tells where the object stands.
            self.held.swap_remove(&identity);
        }
        self.held.insert(identity, Held { resource_version, projections });
    }

    /// A kind was listed, whether or not the list held anything: an empty list of vaults says that there are none.
    pub fn listed(&mut self, group: &str, kind: &str) {
        self.kinds.entry((group.to_owned(), kind.to_owned())).or_default();
    }

    /// A file's path matches a text need, whether or not a line of it does.
    pub fn text_file(&mut self, need: usize) {
        self.texts[need].files += 1;
    }

    /// A line that a text need selects.
    pub fn text_line(&mut self, need: usize, line: TextLine) {
        self.texts[need].lines.insert(line);
    }

    /// A timestamp that proves when the source was still alive; the newest stays, of equals the first.
    pub fn witness(&mut self, witness: Witness) {
        if self.witness.as_ref().is_none_or(|it| it.time < witness.time) {
            self.witness = Some(witness);
        }
    }

    /// Something of the open input could not be read, or was passed over.
    pub fn problem(&mut self, problem: Problem) {
        self.input().problems.push(problem);
    }

    /// The source knows how far it covers an object need, and why not completely; this outweighs what the objects tell.
    pub fn cover(&mut self, need: usize, coverage: Coverage, reason: &str) {
        let stated = self.stated.entry(need).or_insert((coverage, reason.to_owned()));
        if coverage < stated.0 {
            *stated = (coverage, reason.to_owned());
        }
    }

    /// The tool that has written the open input is known to reach so far.
    ///
    /// This makes nothing absent that was seen: whoever adds what the tool leaves out need not take its bundle away.
    pub fn reaches(&mut self, extent: Extent) {
        if !self.extents.contains(&extent) {
            self.extents.push(extent);
        }
    }

    /// What has been read.
    pub fn finish(self) -> Reading {
        let loss = self
            .inputs
            .iter()
            .flat_map(|it| it.problems.iter().filter(|it| it.lost).map(move |p| (it, p)))
            .next();
        let loss = loss.map(|(input, problem)| loss_reason(input, problem));
        let mut objects: Vec<Vec<(Identity, String)>> =
            self.selection.needs().objects.iter().map(|_| Vec::new()).collect();
        let objects_needed = self.held.len();
        for (identity, Held { mut projections, .. }) in self.held {
            // Most objects are selected once.
            let last = projections.pop();
            for (need, json) in projections {
                objects[need].push((identity.clone(), json));
            }
            if let Some((need, json)) = last {
                objects[need].push((identity, json));
            }
        }
        let mut inventory = Inventory::default();
        let objects = in_order(objects, self.threads);
        for (i, (need, objects)) in self.selection.needs().objects.iter().zip(objects).enumerate() {
            let seen = self.kinds.get(&(need.group.clone(), need.kind.clone()));
            let extents: Vec<_> = self.extents.iter().filter(|it| it.need == i).collect();
            let (coverage, reason) = self
                .stated
                .get(&i)
                .cloned()
                .unwrap_or_else(|| coverage_of(need, seen, &extents, loss.as_deref()));
            inventory.objects.insert(need.id.clone(), ObjectSlot { objects, coverage, reason });
        }
        for (need, seen) in self.selection.needs().texts.iter().zip(self.texts) {
            let (coverage, reason) = match (seen.files, &loss) {
                (0, _) => (Coverage::Absent, format!("no file matches {}", need.paths.join(", "))),
                (_, Some(loss)) => (Coverage::Partial, loss.clone()),
                (_, None) => (Coverage::Complete, String::new()),
            };
            let slot = TextSlot { lines: seen.lines.into_iter().collect(), coverage, reason };
            inventory.texts.insert(need.id.clone(), slot);
        }
        Reading {
            inventory,
            inputs: self.inputs,
            witness: self.witness,
            objects: self
                .kinds
                .into_iter()
                .map(|((group, kind), seen)| (group, kind, seen.objects))
                .collect(),
            objects_needed,
        }
    }
}

/// The objects of each need as rules see them.
fn in_order(objects: Vec<Vec<(Identity, String)>>, threads: usize) -> Vec<Vec<String>> {
    /// A thread begins in the time that so many objects take.
    const WORTH_A_THREAD: usize = 1_000;
    let number: usize = objects.iter().map(Vec::len).sum();
    let mut ordered: Vec<_> = objects.iter().map(|_| Vec::new()).collect();
    let mut left: Vec<_> = objects.into_iter().zip(&mut ordered).collect();
    // Those with the most objects first, so that all threads are at work until the end.
    left.sort_by_key(|(selected, _)| selected.len());
    let left = Mutex::new(left);
    let next = || left.lock().expect("nobody panics who holds it").pop();
    let work = || {
        while let Some((selected, ordered)) = next() {
            *ordered = need_in_order(selected);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(number / WORTH_A_THREAD) {
            scope.spawn(work);
        }
        work();
    });
    drop(left);
    ordered
}

fn need_in_order(mut selected: Vec<(Identity, String)>) -> Vec<String> {
    let prefixes = selected.iter().map(|(identity, _)| identity.order_prefix());
    let mut order: Vec<_> = prefixes.zip(0..).collect();
    order.sort_unstable_by(|(a, i), (b, j)| {
        a.cmp(b).then_with(|| selected[*i].0.order(&selected[*j].0))
    });
    order.into_iter().map(|(_, i)| std::mem::take(&mut selected[i].1)).collect()
}

/// What the objects of a dump tell of a need, and the tools that have written it.
fn coverage_of(
    need: &ObjectNeed,
    seen: Option<&KindSeen>,
    extents: &[&Extent],
    loss: Option<&str>,
) -> (Coverage, String) {
    let kind = need.kind_name();
    let Some(seen) = seen else {
        let mut reasons: Vec<&str> = extents.iter().map(|it| it.reason.as_str()).collect();
        reasons.retain(|it| !it.is_empty());
        let none = format!("the input holds no {kind}");
        let mut reason = if reasons.is_empty() { none } else { reasons.join("; ") };
        if let Some(loss) = loss {
            reason = format!("{reason}; {loss}");
        }
        return (Coverage::Absent, reason);
    };
    if let Some(loss) = loss {
        return (Coverage::Partial, loss.to_owned());
    }
    if extents.iter().any(|it| it.coverage == Coverage::Complete) {
        return (Coverage::Complete, String::new());
    }
    let partial = extents.iter().find(|it| it.coverage == Coverage::Partial);
    if need.namespaces.is_empty() {
        // Objects of yet other namespaces are from yet another source.
        let only = partial.filter(|it| seen.namespaces.is_subset(&it.namespaces));
        return match only {
            Some(extent) => (Coverage::Partial, extent.reason.clone()),
            None => (Coverage::Complete, String::new()),
        };
    }
    if need.namespaces.iter().any(|it| seen.namespaces.contains(it)) {
        return (Coverage::Complete, String::new());
    }
    match &partial {
        Some(extent) => (Coverage::Partial, extent.reason.clone()),
        None if seen.objects > 0 => {
            let wanted = need.namespaces.join(", ");
            let reason =
                format!("the input holds {kind} of other namespaces, and none of {wanted}");
            (Coverage::Partial, reason)
        }
        None => (Coverage::Complete, String::new()),
    }
}

fn loss_reason(input: &Input, problem: &Problem) -> String {
    let Problem { place, line, reason, .. } = problem;
    let line = line.map(|it| format!(":{it}")).unwrap_or_default();
    let place = if place.is_empty() || *place == input.name {
        input.name.clone()
    } else {
        format!("{}: {place}", input.name)
    };
    format!("{place}{line}: {reason}")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const POD: &str = "pods";

    fn need(namespaces: &[&str]) -> NeedSet {
        let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
        let need = ObjectNeed {
            id: POD.to_owned(),
            kind: "Pod".to_owned(),
            namespaces,
            ..ObjectNeed::default()
        };
        NeedSet { objects: vec![need], texts: Vec::new() }
    }

    fn pod(namespace: &str, name: &str, uid: &str, version: &str) -> ObjectCopy {
        let identity = Identity::new("v1", "Pod", namespace, name, uid);
        ObjectCopy { identity, resource_version: version.parse().ok(), projections: Vec::new() }
    }

    fn offer(collector: &mut Collector, copy: ObjectCopy, json: &str) {
        let namespace = copy.identity.namespace();
        collector.seen("", "Pod", namespace, 1);
        let labels = || Ok::<_, Infallible>(BTreeMap::new());
        let of_kind = collector.selection().of_kind("", "Pod");
        let Ok(needs) = collector.selection().of(&of_kind, namespace, labels);
        if !needs.is_empty() {
            let projections = needs.into_iter().map(|it| (it, json.to_owned())).collect();
            collector.take(ObjectCopy { projections, ..copy });
        }
    }

    #[track_caller]
    fn check(needs: NeedSet, offered: &[(ObjectCopy, &str)], want: &[&str]) -> Reading {
        let mut collector = Collector::new(needs).expect("selectors");
        for (copy, json) in offered {
            offer(&mut collector, copy.clone(), json);
        }
        let reading = collector.finish();
        assert_eq!(reading.inventory.objects[POD].objects, want);
        reading
    }

    #[test]
    fn of_two_copies_the_higher_resource_version_counts() {
        let copies = [
            (pod("a", "x", "u", "9"), "old"),
            (pod("a", "x", "u", "10"), "new"),
            (pod("a", "x", "u", "8"), "older"),
        ];
        check(need(&[]), &copies, &["new"]);
    }

    #[test]
    fn a_copy_without_version_never_replaces_one_with() {
        check(
            need(&[]),
            &[(pod("a", "x", "u", "9"), "told"), (pod("a", "x", "u", ""), "not")],
            &["told"],
        );
        check(
            need(&[]),
            &[(pod("a", "x", "u", ""), "not"), (pod("a", "x", "u", "9"), "told")],
            &["told"],
        );
    }

    #[test]
    fn the_copy_that_counts_tells_where_the_object_stands() {
        let copies = [
            (pod("b", "x", "u", "1"), "old"),
            (pod("a", "y", "v", "1"), "other"),
            (pod("a", "x", "u", "2"), "new"),
        ];
        check(need(&[]), &copies, &["new", "other"]);
    }

    #[test]
    fn another_uid_is_another_object_even_of_the_same_name() {
        check(
            need(&[]),
            &[(pod("a", "x", "u1", "1"), "one"), (pod("a", "x", "u2", "2"), "two")],
            &["one", "two"],
        );
    }

    #[test]
    fn rules_see_objects_by_namespace_and_name() {
        let unsorted = [
            (pod("b", "a", "", ""), "b/a"),
            (pod("a", "z", "", ""), "a/z"),
            (pod("a", "b", "", ""), "a/b"),
        ];
        check(need(&[]), &unsorted, &["a/b", "a/z", "b/a"]);
    }

    #[test]
    fn several_threads_put_each_need_in_the_order_that_one_puts_it_in() {
        let name = |i: usize| format!("pod-{:05}", i * 7_919 % 10_007);
        let of_need = |need: usize| (0..need * 500).map(name);
        let pod = |name: String| (Identity::new("v1", "Pod", "a", &name, ""), name);
        let objects: Vec<Vec<_>> = (0..6).map(|it| of_need(it).map(pod).collect()).collect();
        let sorted = |need| {
            let mut names: Vec<_> = of_need(need).collect();
            names.sort();
            names
        };
        let want: Vec<Vec<_>> = (0..6).map(sorted).collect();
        for threads in [0, 1, 2, 7] {
            assert_eq!(in_order(objects.clone(), threads), want, "{threads}");
        }
    }

    #[test]
    fn a_kind_that_was_not_seen_is_absent_and_an_empty_list_complete() {
        let reading = check(need(&[]), &[], &[]);
        assert_eq!(reading.inventory.objects[POD].coverage, Coverage::Absent);
        let mut collector = Collector::new(need(&["csdr"])).expect("selectors");
        collector.listed("", "Pod");
        assert_eq!(collector.finish().inventory.objects[POD].coverage, Coverage::Complete);
    }

    #[test]
    fn objects_of_other_namespaces_cover_partially() {
        let reading = check(need(&["csdr"]), &[(pod("default", "x", "", ""), "")], &[]);
        let slot = &reading.inventory.objects[POD];
        assert_eq!(
            (slot.coverage, slot.reason.as_str()),
            (Coverage::Partial, "the input holds Pod of other namespaces, and none of csdr")
        );
    }

    #[test]
    fn a_loss_makes_every_coverage_partial() {
        let mut collector = Collector::new(need(&[])).expect("selectors");
        collector.begin_input("dump.yaml");
        offer(&mut collector, pod("a", "x", "", ""), "");
        collector.problem(Problem {
            line: Some(7),
            reason: "the file ends inside an object".to_owned(),
            lost: true,
            ..Problem::default()
        });
        let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
        assert_eq!(
            (slot.coverage, slot.reason.as_str()),
            (Coverage::Partial, "dump.yaml:7: the file ends inside an object")
        );
    }

    fn extent(coverage: Coverage, namespaces: &[&str]) -> Extent {
        let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
        let reason = if coverage == Coverage::Complete { "" } else { "told" };
        Extent { need: 0, coverage, namespaces, reason: reason.to_owned() }
    }

    /// What is said of a need after objects and extents. `None`: the kind was only listed.
    #[track_caller]
    fn check_extent(
        wanted: &[&str],
        seen: Option<&[&str]>,
        extents: &[Extent],
        want: (Coverage, &str),
    ) {
        let mut collector = Collector::new(need(wanted)).expect("selectors");
        for namespace in seen.into_iter().flatten() {
            offer(&mut collector, pod(namespace, "x", "", ""), "");
        }
        if seen.is_none() {
            collector.listed("", "Pod");
        }
        for extent in extents {
            collector.reaches(extent.clone());
        }
        let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
        assert_eq!((slot.coverage, slot.reason.as_str()), want);
    }

    #[test]
    fn what_a_tool_leaves_out_is_absent_until_it_is_seen() {
        let left_out = [extent(Coverage::Absent, &[])];
        check_extent(&["csdr"], Some(&[]), &left_out, (Coverage::Absent, "told"));
        check_extent(&["csdr"], Some(&["csdr"]), &left_out, (Coverage::Complete, ""));
        check_extent(&[], Some(&["csdr"]), &left_out, (Coverage::Complete, ""));
    }

    #[test]
    fn a_tool_that_takes_some_namespaces_covers_partially() {
        let some = [extent(Coverage::Partial, &["a", "b"])];
        check_extent(&[], Some(&["a"]), &some, (Coverage::Partial, "told"));
        check_extent(&[], Some(&["a", "c"]), &some, (Coverage::Complete, ""));
        check_extent(&["csdr"], Some(&["a"]), &some, (Coverage::Partial, "told"));
        check_extent(&["csdr"], None, &some, (Coverage::Partial, "told"));
        check_extent(&["csdr"], Some(&["a", "csdr"]), &some, (Coverage::Complete, ""));
    }

    #[test]
    fn a_tool_that_takes_all_covers_what_it_has_found_empty() {
        let all = [extent(Coverage::Partial, &["a"]), extent(Coverage::Complete, &["a", "csdr"])];
        check_extent(&["csdr"], Some(&["a"]), &all, (Coverage::Complete, ""));
        check_extent(&["csdr"], None, &all, (Coverage::Complete, ""));
        check_extent(&["csdr"], Some(&[]), &all, (Coverage::Absent, "told"));
    }

    #[test]
    fn what_the_source_states_outweighs_what_the_objects_tell() {
        let mut collector = Collector::new(need(&[])).expect("selectors");
        collector.cover(0, Coverage::Partial, "forbidden in b");
        collector.cover(0, Coverage::Complete, "");
        assert_eq!(collector.finish().inventory.objects[POD].reason, "forbidden in b");
    }
}
