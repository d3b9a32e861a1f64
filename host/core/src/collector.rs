//! What one reading of dumps or of a cluster gives: a [`Store`] that is filled once, and beside it
//! the inputs, what was lost of them, how far they cover each need, and when they were captured.
//!
//! Which copy of an object counts is for the [`Store`] to decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Ahead, Bound, Captured, Clocks, Concerns, Coverage, Input, Inventory, Moment, NeedSet,
    ObjectCopy, ObjectNeed, Places, Problem, Selection, SelectorError, Store, TextLine, TextSlot,
    Witness, text::escaped,
};

/// Everything that one reading gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What rules see.
    pub inventory: Inventory,
    /// One for each input, in order.
    pub inputs: Vec<Input>,
    /// The newest timestamp that counts: the source was captured then or later.
    pub witness: Option<Witness>,
    /// The source was captured then or earlier.
    pub latest: Option<Bound>,
    /// The clocks whose times do not count, because they are ahead of all others. Each is told as a
    /// problem of its input, too.
    pub ahead: Vec<Ahead>,
    /// How many objects were read, by group and kind.
    pub objects: Vec<(String, String, usize)>,
    /// How many different objects at least one need selects.
    pub objects_needed: usize,
    /// Where each object that a need selects was read.
    pub places: Places,
}

impl Reading {
    /// When the source was captured, as far as what was read proves it.
    pub fn captured(&self) -> Moment {
        let earliest = self.witness.as_ref().map(|it| it.time);
        Moment::bounded(earliest, self.latest.as_ref().map(|it| it.time))
    }
}

/// How much of a need an input holds, as the tool that wrote the input is known to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The index of the object need.
    pub need: usize,
    /// Absent where the tool leaves the kind out, partial where it takes the kind from some
    /// namespaces, complete where it took all that the need selects.
    pub coverage: Coverage,
    /// The namespaces from which the tool took objects.
    pub namespaces: BTreeSet<String>,
    /// Why the coverage is not complete, and what to add; empty where it is complete.
    pub reason: String,
}

/// Takes what a source reads, and keeps what the needs select.
///
/// Dumps and live clusters fill it in the same way. Its [`Store`] decides which of two copies of an
/// object counts and in which order rules see objects; the collector decides how much of each need
/// the source covers.
#[derive(Debug)]
pub struct Collector {
    store: Store,
    kinds: BTreeMap<(String, String), KindSeen>,
    texts: Vec<TextSeen>,
    stated: BTreeMap<usize, (Coverage, String)>,
    extents: Vec<Extent>,
    inputs: Vec<Input>,
    clocks: Clocks,
}

#[derive(Debug, Default)]
struct KindSeen {
    objects: usize,
    namespaces: BTreeSet<String>,
    /// Whether a list of all namespaces was read.
    everywhere: bool,
}

#[derive(Debug, Default)]
struct TextSeen {
    files: usize,
    lines: BTreeSet<TextLine>,
}

impl Collector {
    /// An empty collector for these needs, whose label selectors must be readable.
    pub fn new(needs: NeedSet) -> Result<Self, SelectorError> {
        Ok(Self {
            texts: needs.texts.iter().map(|_| TextSeen::default()).collect(),
            store: Store::new(needs)?,
            kinds: BTreeMap::new(),
            stated: BTreeMap::new(),
            extents: Vec::new(),
            inputs: Vec::new(),
            clocks: Clocks::default(),
        })
    }

    /// The same collector, which orders the objects of this many needs at the same time; by default
    /// of one. The result does not depend on it.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { store: self.store.with_threads(threads), ..self }
    }

    /// What rules ask for.
    pub fn needs(&self) -> &NeedSet {
        self.store.needs()
    }

    /// Which objects the needs select.
    pub fn selection(&self) -> &Selection {
        self.store.selection()
    }

    /// Opens the next input: what follows belongs to it.
    pub fn begin_input(&mut self, name: &str) {
        self.inputs.push(Input { name: name.to_owned(), ..Input::default() });
    }

    /// The open input, to count its files and bytes. Opens one without a name where none is open.
    pub fn input(&mut self) -> &mut Input {
        if self.inputs.is_empty() {
            self.begin_input("");
        }
        self.inputs.last_mut().expect("an input was just opened")
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

    /// Takes a copy of an object that was [seen](Self::seen): of each object the copy with the
    /// highest `resourceVersion` counts. A copy that no need selects must be taken where the needs'
    /// label selectors may select another copy of the object ([`Selection::may_select`]).
    pub fn take(&mut self, mut copy: ObjectCopy) {
        self.input().needed += usize::from(!copy.projections.is_empty());
        copy.position.input = u32::try_from(self.inputs.len() - 1).unwrap_or(u32::MAX);
        self.store.take(copy);
    }

    /// A kind was listed, whether or not the list held objects: an empty list of vaults says that
    /// there are none.
    pub fn listed(&mut self, group: &str, kind: &str) {
        self.kinds.entry((group.to_owned(), kind.to_owned())).or_default();
    }

    /// A list that was taken from all namespaces holds objects of a kind: there are no others of
    /// the kind, in whichever namespace. What a bundle's [extent](Self::reaches) says counts more.
    pub fn listed_everywhere(&mut self, group: &str, kind: &str) {
        self.kinds.entry((group.to_owned(), kind.to_owned())).or_default().everywhere = true;
    }

    /// The path of a file matches a text need, whether or not a line of the file does.
    pub fn text_file(&mut self, need: usize) {
        self.texts[need].files += 1;
    }

    /// A line that a text need selects.
    pub fn text_line(&mut self, need: usize, line: TextLine) {
        self.texts[need].lines.insert(line);
    }

    /// What a part of the open input tells of when it was captured.
    pub fn clocks(&mut self, clocks: Clocks) {
        let clocks = clocks.of_input(&self.input().name);
        self.clocks.merge(clocks);
    }

    /// Something of the open input could not be read, or was passed over.
    pub fn problem(&mut self, problem: Problem) {
        let problem = Problem { reason: escaped(problem.reason), ..problem };
        self.input().problems.push(problem);
    }

    /// The source knows how much of an object need it covers, and why not all of it. This outweighs
    /// what the objects show; of several statements the lowest coverage counts.
    pub fn cover(&mut self, need: usize, coverage: Coverage, reason: &str) {
        let stated = self.stated.entry(need).or_insert((coverage, reason.to_owned()));
        if coverage < stated.0 {
            *stated = (coverage, reason.to_owned());
        }
    }

    /// The tool that wrote the open input is known to include this much.
    ///
    /// This makes nothing absent that was seen: a user may add to a bundle what its tool leaves
    /// out.
    pub fn reaches(&mut self, extent: Extent) {
        if !self.extents.contains(&extent) {
            self.extents.push(extent);
        }
    }

    /// Everything that was read.
    pub fn finish(mut self) -> Reading {
        let mut texts = BTreeMap::new();
        for (i, (need, seen)) in self.store.needs().texts.iter().zip(self.texts).enumerate() {
            let (coverage, reason) = match seen.files {
                // As the store has it.
                0 => continue,
                _ => match first_loss(&self.inputs, |it| it.lines_of(i)) {
                    Some(loss) => (Coverage::Partial, escaped(loss)),
                    None => (Coverage::Complete, String::new()),
                },
            };
            let slot = TextSlot { lines: seen.lines.into_iter().collect(), coverage, reason };
            texts.insert(need.id.clone(), slot);
        }
        for i in 0..self.store.needs().objects.len() {
            let need = &self.store.needs().objects[i];
            let seen = self.kinds.get(&(need.group.clone(), need.kind.clone()));
            let extents: Vec<_> = self.extents.iter().filter(|it| it.need == i).collect();
            let loss = first_loss(&self.inputs, |it| it.objects_of(need));
            let (coverage, reason) = self
                .stated
                .remove(&i)
                .unwrap_or_else(|| coverage_of(need, seen, &extents, loss.as_deref()));
            self.store.set_coverage(i, coverage, &reason);
        }
        let (mut inventory, objects_needed, kinds) = self.store.finish();
        inventory.texts.append(&mut texts);
        let Captured { witness, latest, ahead } = self.clocks.captured();
        for told in &ahead {
            let reason = escaped(told.to_string());
            if let Some(input) = self.inputs.iter_mut().find(|it| it.name == told.input) {
                input.problems.push(Problem { reason, ..Problem::default() });
            }
        }
        let names = self.inputs.iter().map(|it| it.name.clone()).collect();
        Reading {
            inventory,
            places: Places::new(names, kinds),
            inputs: self.inputs,
            witness,
            latest,
            ahead,
            objects: self
                .kinds
                .into_iter()
                .map(|((group, kind), seen)| (group, kind, seen.objects))
                .collect(),
            objects_needed,
        }
    }
}

/// How much of a need is covered, by the objects that were seen and the tools that wrote the
/// inputs.
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
        // Objects of further namespaces come from another source than the tool's bundle.
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
        None if seen.objects > 0 && !seen.everywhere => {
            let wanted = need.namespaces.join(", ");
            let reason =
                format!("the input holds {kind} of other namespaces, and none of {wanted}");
            (Coverage::Partial, reason)
        }
        None => (Coverage::Complete, String::new()),
    }
}

/// The first of the losses that concern a need.
fn first_loss(inputs: &[Input], concerned: impl Fn(&Concerns) -> bool) -> Option<String> {
    inputs.iter().find_map(|input| {
        let loss = input.problems.iter().find(|it| concerned(&it.concerns))?;
        Some(loss.described(&input.name))
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::{Few, Identity, Position};

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
        ObjectCopy {
            identity,
            resource_version: version.parse().ok(),
            projections: Few::default(),
            position: Position::default(),
        }
    }

    fn offer(collector: &mut Collector, copy: ObjectCopy, json: &str) {
        let namespace = copy.identity.namespace();
        collector.seen("", "Pod", namespace, 1);
        let labels = || Ok::<_, Infallible>(BTreeMap::new());
        let of_kind = collector.selection().of_kind("", "Pod");
        let Ok(needs) = collector.selection().of(&of_kind, namespace, labels);
        if !needs.is_empty() {
            let projections = needs.into_iter().map(|it| (it, json.into())).collect();
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
        let objects: Vec<_> =
            reading.inventory.objects[POD].objects.iter().map(|it| &**it).collect();
        assert_eq!(objects, want);
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

    /// What is said of the pods after these losses, each on the line of its number.
    #[track_caller]
    fn check_losses(losses: &[Concerns], want: (Coverage, &str)) {
        let mut collector = Collector::new(need(&[])).expect("selectors");
        collector.begin_input("dump.yaml");
        offer(&mut collector, pod("a", "x", "", ""), "");
        for (line, concerns) in (1..).zip(losses) {
            collector.problem(Problem {
                line: Some(line),
                reason: "the file ends inside an object".to_owned(),
                concerns: concerns.clone(),
                ..Problem::default()
            });
        }
        let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
        assert_eq!((slot.coverage, slot.reason.as_str()), want);
    }

    #[test]
    fn a_loss_makes_partial_what_it_concerns() {
        let [pods, nodes] = ["Pod", "Node"].map(|it| Concerns::kind("", it));
        let lost = |line| format!("dump.yaml:{line}: the file ends inside an object");
        check_losses(&[Concerns::Everything], (Coverage::Partial, &lost(1)));
        check_losses(&[Concerns::Nothing, pods], (Coverage::Partial, &lost(2)));
        check_losses(&[nodes.clone(), Concerns::Everything], (Coverage::Partial, &lost(2)));
        check_losses(&[nodes, Concerns::Text(0)], (Coverage::Complete, ""));
    }

    #[test]
    fn of_a_kind_that_was_not_seen_the_reason_names_the_loss() {
        let mut collector = Collector::new(need(&[])).expect("selectors");
        collector.begin_input("pods.json");
        let concerns = Concerns::kind("", "Pod");
        let reason = "forbidden".to_owned();
        collector.problem(Problem { reason, concerns, ..Problem::default() });
        let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
        assert_eq!(
            (slot.coverage, slot.reason.as_str()),
            (Coverage::Absent, "the input holds no Pod; pods.json: forbidden")
        );
    }

    #[test]
    fn a_list_of_all_namespaces_shows_that_one_of_them_has_none() {
        let check = |extents: &[Extent], want: (Coverage, &str)| {
            let mut collector = Collector::new(need(&["csdr"])).expect("selectors");
            offer(&mut collector, pod("default", "x", "", ""), "");
            collector.listed_everywhere("", "Pod");
            for extent in extents {
                collector.reaches(extent.clone());
            }
            let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
            assert_eq!((slot.coverage, slot.reason.as_str()), want);
        };
        check(&[], (Coverage::Complete, ""));
        check(&[extent(Coverage::Partial, &["default"])], (Coverage::Partial, "told"));
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
