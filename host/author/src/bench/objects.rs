//! The objects that a pack is measured over: those of a dump, or of its own cases, as often as it
//! takes to have enough of them.
//!
//! The objects of a case stay together. In the first round they keep their names, unless those are
//! taken; from then on each has a name of its own, in a namespace of its own, and whatever in the
//! case names it by exactly that name, names the new one. Namespaces that the pack asks for stay:
//! elsewhere it would not see them.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use rulebox_core::{
    Coverage, Inventory, Moment, NeedSet, ObjectSlot, PackInfo, Reading, TextLine, TextSlot,
    group_of, scoped,
};
use serde_json::Value;

use super::view::InputView;
use crate::{case::Case, read::read};

/// What a pack is given.
#[derive(Debug, Clone)]
pub struct Objects {
    pub(super) inventory: Arc<Inventory>,
    pub(super) moment: Moment,
    pub(super) view: InputView,
    /// The identities of the objects in each slot.
    pub(super) known: BTreeMap<String, Vec<Identity>>,
}

/// Group, kind, namespace, name and uid.
type Identity = [String; 5];

/// The objects of one case, by the slot of their need.
struct Part {
    slots: BTreeMap<String, Vec<Value>>,
    lines: BTreeMap<String, Vec<TextLine>>,
    /// The names, namespaces and uids of its objects that may be others.
    names: BTreeSet<String>,
    /// How many different objects it has.
    objects: usize,
}

impl Objects {
    /// Those that were read of one cluster, for the needs of this pack.
    pub fn of_reading(reading: Reading) -> Self {
        let moment = reading.captured();
        let view = InputView {
            from: "dumps".to_owned(),
            files: reading.inputs.iter().map(|it| it.files).sum(),
            bytes: reading.inputs.iter().map(|it| it.bytes).sum(),
            objects: reading.inputs.iter().map(|it| it.objects).sum(),
        };
        let slots = reading.inventory.objects.iter();
        let slots = slots.map(|(id, slot)| {
            let texts = slot.objects.iter().map(|it| it.text());
            let objects = texts.filter_map(|it| serde_json::from_str::<Value>(&it).ok());
            (id.clone(), objects.map(|it| identity(&it)).collect())
        });
        let known = slots.collect();
        Self { inventory: Arc::new(reading.inventory), moment, view, known }
    }

    /// At least so many objects, made of those of cases. All that the pack needs counts as seen:
    /// it is to judge. The moment is the latest of the cases. An error where they hold none.
    pub fn of_cases(pack: &PackInfo, cases: &[Case], objects: usize) -> Result<Self, String> {
        let mut needs = NeedSet::default();
        needs.add(&pack.name, &pack.needs);
        let fixed = pack.needs.objects.iter().flat_map(|it| &it.namespaces).collect();
        let (mut parts, mut moments) = (Vec::new(), Vec::new());
        let mut view = InputView { from: "cases".to_owned(), ..InputView::default() };
        for case in cases {
            // What is wrong with a case is for `rules test` to say.
            let Ok(reading) = read(case, needs.clone()) else { continue };
            let moment = case.fixture().ok().and_then(|it| it.as_of);
            moments.push(moment.unwrap_or_else(|| reading.captured()));
            view.bytes += reading.inputs.iter().map(|it| it.bytes).sum::<u64>();
            let part = Part::of(&reading.inventory, &fixed);
            if part.objects > 0 {
                parts.push(part);
            }
        }
        if parts.is_empty() {
            return Err("no case holds an object that the pack reads".to_owned());
        }
        view.files = parts.len();
        let moment = moments.into_iter().max_by_key(Moment::earliest).unwrap_or_default();
        let mut made = Made::default();
        let mut rounds = parts.iter().cycle();
        while made.count < objects.max(1) {
            made.add(rounds.next().expect("there are parts"));
        }
        view.objects = made.count;
        let (inventory, known) = made.finish(pack, &parts);
        Ok(Self { inventory: Arc::new(inventory), moment, view, known })
    }

    /// What they are.
    pub fn view(&self) -> &InputView {
        &self.view
    }
}

impl Part {
    /// `fixed`: names that stay.
    fn of(inventory: &Inventory, fixed: &BTreeSet<&String>) -> Self {
        let slots = inventory.objects.iter().map(|(id, slot)| {
            let texts = slot.objects.iter().map(|it| it.text());
            (id.clone(), texts.filter_map(|it| serde_json::from_str(&it).ok()).collect())
        });
        let slots: BTreeMap<String, Vec<Value>> = slots.collect();
        let all = || slots.values().flatten().map(identity);
        let names = all().flat_map(|[_, _, namespace, name, uid]| [namespace, name, uid]);
        let names = names.filter(|it| !it.is_empty() && !fixed.contains(it)).collect();
        let objects = all().collect::<BTreeSet<_>>().len();
        let lines = inventory.texts.iter().map(|(id, it)| (id.clone(), it.lines.clone()));
        Self { lines: lines.collect(), names, objects, slots }
    }
}

/// What was made of parts so far.
#[derive(Default)]
struct Made {
    slots: BTreeMap<String, Vec<(Identity, String)>>,
    /// The places that are taken: an identity without its uid.
    taken: HashSet<[String; 4]>,
    count: usize,
    copies: usize,
}

impl Made {
    fn add(&mut self, part: &Part) {
        let places = || part.slots.values().flatten().map(|it| place(&identity(it)));
        let is_free = !places().any(|it| self.taken.contains(&it));
        self.copies += usize::from(!is_free);
        let copy = format!("-{}", self.copies);
        let mut placed = HashSet::new();
        for (id, objects) in &part.slots {
            let slot = self.slots.entry(id.clone()).or_default();
            for object in objects {
                let mut object = object.clone();
                if !is_free {
                    rename(&mut object, &part.names, &copy);
                }
                let identity = identity(&object);
                placed.insert(place(&identity));
                slot.push((identity, object.to_string()));
            }
        }
        self.taken.extend(placed);
        self.count += part.objects;
    }

    /// In the order in which rules see objects: by namespace and name.
    fn finish(
        self,
        pack: &PackInfo,
        parts: &[Part],
    ) -> (Inventory, BTreeMap<String, Vec<Identity>>) {
        let (mut inventory, mut known) = (Inventory::default(), BTreeMap::new());
        let (coverage, reason) = (Coverage::Complete, String::new());
        for need in &pack.needs.objects {
            let id = scoped(&pack.name, &need.id);
            let mut objects = self.slots.get(&id).cloned().unwrap_or_default();
            objects.sort_by(|(one, _), (other, _)| one[2..].cmp(&other[2..]));
            let (identities, texts): (Vec<_>, Vec<_>) = objects.into_iter().unzip();
            let objects = texts.into_iter().map(Into::into).collect();
            let slot = ObjectSlot { objects, coverage, reason: reason.clone() };
            inventory.objects.insert(id.clone(), Arc::new(slot));
            known.insert(id, identities);
        }
        for need in &pack.needs.texts {
            let id = scoped(&pack.name, &need.id);
            let lines = parts.iter().filter_map(|it| it.lines.get(&id)).flatten();
            let lines: BTreeSet<_> = lines.cloned().collect();
            let lines = lines.into_iter().collect();
            inventory.texts.insert(id, TextSlot { lines, coverage, reason: reason.clone() });
        }
        (inventory, known)
    }
}

fn identity(object: &Value) -> Identity {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    [
        group_of(&text(&object["apiVersion"])).to_owned(),
        text(&object["kind"]),
        text(&metadata["namespace"]),
        text(&metadata["name"]),
        text(&metadata["uid"]),
    ]
}

fn place([group, kind, namespace, name, _]: &Identity) -> [String; 4] {
    [group.clone(), kind.clone(), namespace.clone(), name.clone()]
}

/// Puts something behind each text that is one of these names as a whole.
fn rename(value: &mut Value, names: &BTreeSet<String>, behind: &str) {
    match value {
        Value::String(text) if names.contains(text.as_str()) => text.push_str(behind),
        Value::Array(items) => items.iter_mut().for_each(|it| rename(it, names, behind)),
        Value::Object(entries) => entries
            .iter_mut()
            .filter(|it| it.0 != "kind" && it.0 != "apiVersion")
            .for_each(|it| rename(it.1, names, behind)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::ObjectNeed;

    use super::*;
    use crate::{Comments, Content, Kind};

    fn pack() -> PackInfo {
        let need = |id: &str, kind: &str| ObjectNeed {
            id: id.to_owned(),
            kind: kind.to_owned(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet {
            objects: vec![need("pods", "Pod"), need("nodes", "Node")],
            texts: Vec::new(),
        };
        PackInfo { name: "p".to_owned(), needs, ..PackInfo::default() }
    }

    fn case(text: &str) -> Case {
        Case {
            name: "a".to_owned(),
            kind: Kind::Dump,
            content: Content::Text(text.to_owned()),
            comments: Comments::Head(text.to_owned()),
            golden: None,
        }
    }

    const POD: &str = "# as-of: 2026-09-15T02:30:00Z\n# expect: none\n\
                       apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
                       spec: {nodeName: n1, hostname: web-of-n1}\n---\n\
                       apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n";

    /// Namespace, name and node of the pods that are made of cases.
    fn pods(cases: &[&str], count: usize) -> (Vec<[String; 3]>, InputView) {
        let cases: Vec<_> = cases.iter().map(|it| case(it)).collect();
        let made = Objects::of_cases(&pack(), &cases, count).expect("there are objects");
        let pods = made.inventory.objects["p/pods"].objects.iter().map(|it| {
            let pod: Value = serde_json::from_str(&it.text()).expect("JSON");
            let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
            let metadata = &pod["metadata"];
            [&metadata["namespace"], &metadata["name"], &pod["spec"]["nodeName"]].map(text)
        });
        (pods.collect(), made.view)
    }

    #[test]
    fn objects_have_names_of_their_own_by_which_others_find_them() {
        let (pods, view) = pods(&[POD], 6);
        let want =
            [["shop", "web", "n1"], ["shop-1", "web-1", "n1-1"], ["shop-2", "web-2", "n1-2"]];
        assert_eq!(pods, want.map(|it| it.map(str::to_owned)));
        assert_eq!((view.from.as_str(), view.files, view.objects), ("cases", 1, 6));
    }

    #[test]
    fn namespaces_that_the_pack_asks_for_stay() {
        let mut pack = pack();
        pack.needs.objects[0].namespaces = vec!["shop".to_owned()];
        let made = Objects::of_cases(&pack, &[case(POD)], 60).expect("there are objects");
        let pods = &made.inventory.objects["p/pods"].objects;
        assert_eq!(pods.len(), 30);
        assert!(pods.iter().all(|it| it.text().contains(r#""namespace":"shop""#)));
    }

    #[test]
    fn names_stay_where_they_are_free() {
        let other = POD.replace("name: web", "name: api").replace("n1", "n2");
        let (pods, _) = pods(&[POD, &other], 4);
        assert_eq!(pods.iter().map(|it| it[1].as_str()).collect::<Vec<_>>(), ["api", "web"]);
    }

    #[test]
    fn objects_come_in_the_order_of_namespace_and_name() {
        let (pods, _) = pods(&[POD], 60);
        assert!(pods.is_sorted() && pods.len() == 30);
    }

    #[test]
    fn the_moment_is_the_latest_of_the_cases() {
        let later = POD.replace("02:30", "04:00");
        let made = Objects::of_cases(&pack(), &[case(POD), case(&later)], 1).expect("objects");
        assert_eq!(made.moment.to_string(), "2026-09-15T04:00:00Z");
    }

    #[test]
    fn cases_without_objects_are_an_error() {
        let secret = "# expect: none\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
        let error = Objects::of_cases(&pack(), &[case(secret)], 10).expect_err("no objects");
        assert!(error.contains("no case holds an object"), "{error}");
    }
}
