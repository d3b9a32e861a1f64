//! Where objects were read: in which input, in which file of it, on which line.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Identity, ObjectRef, Position,
    store::{Held, Kind},
};

/// Where an object was read, as reports show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The input, as it was named.
    pub input: String,
    /// The file inside the input; empty where the input is one file or a cluster.
    pub path: String,
    /// The line of the object's first key, from 1; none where it is not known.
    pub line: Option<u64>,
    /// Whether it stands in a log or behind one: what wrote the log may have made it up.
    pub logged: bool,
}

/// Where each needed object of a reading was read.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The input and the path of each file or document, by its index.
    units: Arc<[(Arc<str>, Arc<str>)]>,
    /// Whether each of them stands in a log or behind one. Empty where none does.
    logged: Arc<[bool]>,
    kinds: Vec<Kind>,
}

/// Objects of one kind that have the same namespace and name.
enum Namesakes<'p> {
    None,
    One(&'p Identity, &'p Held),
    Several,
}

impl Places {
    pub(crate) fn new(units: Arc<[(Arc<str>, Arc<str>)]>, kinds: Vec<Kind>) -> Self {
        Self { units, logged: Arc::default(), kinds }
    }

    /// Which files or documents stand in a log or behind one.
    pub(crate) fn tell_logs(&mut self, logged: Arc<[bool]>) {
        self.logged = logged;
    }

    /// The places of these objects, in their order.
    ///
    /// An object is found by group, kind, namespace, name and uid. Where the reference or the
    /// object has no uid, the others must name one object only. Finding such objects costs one walk
    /// over the objects of their kind, however many are asked for at once; otherwise nothing is
    /// walked over.
    pub fn of<'r>(&self, objects: impl IntoIterator<Item = &'r ObjectRef>) -> Vec<Option<Place>> {
        let mut places = Vec::new();
        // What is to be found by name: the index of the kind, then namespace and name.
        let mut by_name: HashMap<_, HashMap<_, Namesakes<'_>>> = HashMap::new();
        let mut left = Vec::new();
        for object in objects {
            let at = self.kinds.iter().position(|it| it.is(object.group(), &object.kind));
            let ObjectRef { api_version, kind, namespace, name, uid } = object;
            let identity = || Identity::new(api_version, kind, namespace, name, uid);
            let held = at.and_then(|at| self.kinds[at].objects.get(&identity()));
            if let (Some(at), None) = (at, held) {
                let key = (namespace.as_str(), name.as_str());
                by_name.entry(at).or_default().insert(key, Namesakes::None);
                left.push((places.len(), at, object));
            }
            places.push(held.map(|it| self.place(it)));
        }
        for (at, wanted) in &mut by_name {
            for (identity, held) in &self.kinds[*at].objects {
                if let Some(it) = wanted.get_mut(&(identity.namespace(), identity.name())) {
                    *it = match it {
                        Namesakes::None => Namesakes::One(identity, held),
                        _ => Namesakes::Several,
                    };
                }
            }
        }
        for (nth, at, object) in left {
            let key = (object.namespace.as_str(), object.name.as_str());
            // Two uids are two objects.
            if let Some(Namesakes::One(identity, held)) = by_name[&at].get(&key)
                && (object.uid.is_empty() || !identity.has_uid())
            {
                places[nth] = Some(self.place(held));
            }
        }
        places
    }

    fn place(&self, held: &Held) -> Place {
        let Position { unit, line } = &held.position;
        let (input, path) = self.units.get(*unit as usize).map_or(("", ""), |it| (&it.0, &it.1));
        let (input, path) = (input.to_owned(), path.to_owned());
        let logged = self.logged.get(*unit as usize).copied().unwrap_or_default();
        Place { input, path, line: line.map(|it| it.get().into()), logged }
    }
}

/// Equal where the same objects were read at the same places.
impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Kind, b: &Kind| {
            let is_in_b = |(identity, held): (&Identity, &Held)| {
                b.objects.get(identity).is_some_and(|it| other.place(it) == self.place(held))
            };
            b.is(&a.group, &a.kind)
                && a.objects.len() == b.objects.len()
                && a.objects.iter().all(is_in_b)
        };
        self.kinds.len() == other.kinds.len()
            && self.kinds.iter().zip(&other.kinds).all(|(a, b)| same(a, b))
    }
}

impl Eq for Places {}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::{Collector, Few, NeedSet, ObjectCopy, ObjectNeed};

    /// Namespace, name, uid, version, and the line on which the object was read.
    type Pod<'p> = (&'p str, &'p str, &'p str, u64, u32);

    fn places(pods: &[Pod<'_>]) -> Places {
        let need = |kind: &str| ObjectNeed {
            id: kind.to_owned(),
            kind: kind.to_owned(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet { objects: vec![need("Node"), need("Pod")], texts: Vec::new() };
        let mut collector = Collector::new(needs).expect("selectors");
        for (nth, (namespace, name, uid, version, line)) in pods.iter().enumerate() {
            collector.begin_input(&format!("{nth}.yaml"));
            collector.begin_file("pods.yaml");
            let mut projections = Few::default();
            projections.push((1, "{}".into()));
            collector.take(ObjectCopy {
                identity: Identity::new("v1", "Pod", namespace, name, uid),
                resource_version: Some(*version),
                projections,
                created: None,
                position: Position { line: NonZeroU32::new(*line), ..Position::default() },
            });
        }
        collector.finish().places
    }

    fn pod(name: &str, uid: &str) -> ObjectRef {
        ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: "a".to_owned(),
            name: name.to_owned(),
            uid: uid.to_owned(),
        }
    }

    /// Input and line of what is found for these names and uids.
    #[track_caller]
    fn check(pods: &[Pod<'_>], asked: &[(&str, &str)], want: &[Option<(&str, u64)>]) {
        let asked: Vec<_> = asked.iter().map(|(name, uid)| pod(name, uid)).collect();
        let found = places(pods).of(&asked);
        let found: Vec<_> = found
            .iter()
            .map(|it| it.as_ref().map(|it| (it.input.as_str(), it.line.expect("a line"))))
            .collect();
        assert_eq!(found, want);
    }

    #[test]
    fn an_object_is_found_by_its_uid() {
        let pods = [("a", "x", "u1", 1, 7), ("a", "x", "u2", 1, 8)];
        let want = [Some(("1.yaml", 8)), Some(("0.yaml", 7)), None];
        check(&pods, &[("x", "u2"), ("x", "u1"), ("x", "u3")], &want);
        // One uid may stand for many objects, in a dump that was redacted.
        check(&pods, &[("renamed", "u2")], &[None]);
    }

    #[test]
    fn an_object_without_a_uid_is_found_by_its_name() {
        let pods = [("a", "x", "", 1, 7), ("a", "y", "", 1, 8), ("b", "z", "", 1, 9)];
        let want = [Some(("1.yaml", 8)), Some(("0.yaml", 7)), None];
        check(&pods, &[("y", ""), ("x", "u"), ("z", "")], &want);
    }

    #[test]
    fn a_reference_without_a_uid_finds_the_only_object_of_its_name() {
        let pods = [("a", "x", "u1", 1, 7), ("b", "x", "u2", 1, 8), ("a", "y", "u3", 1, 9)];
        check(&pods, &[("x", ""), ("x", "")], &[Some(("0.yaml", 7)), Some(("0.yaml", 7))]);
        check(&pods, &[("x", "other")], &[None]);
    }

    #[test]
    fn a_name_that_two_objects_have_finds_neither() {
        check(&[("a", "x", "u1", 1, 7), ("a", "x", "u2", 1, 8)], &[("x", "")], &[None]);
        check(&[("a", "x", "", 1, 7), ("a", "x", "u2", 1, 8)], &[("x", "other")], &[None]);
    }

    #[test]
    fn the_copy_that_counts_gives_the_place() {
        let (old, new) = (("a", "x", "u", 1, 7), ("a", "x", "u", 2, 8));
        check(&[old, new], &[("x", "u")], &[Some(("1.yaml", 8))]);
        check(&[new, old], &[("x", "u")], &[Some(("0.yaml", 8))]);
        check(&[old, old], &[("x", "u")], &[Some(("0.yaml", 7))]);
    }

    #[test]
    fn another_kind_or_group_is_another_object() {
        let places = places(&[("a", "x", "", 1, 7)]);
        let of = |api_version: &str, kind: &str| {
            let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
            places.of([&ObjectRef { api_version, kind, ..pod("x", "") }]).remove(0)
        };
        let place = Place {
            input: "0.yaml".to_owned(),
            path: "pods.yaml".to_owned(),
            line: Some(7),
            logged: false,
        };
        assert_eq!(of("v1", "Pod"), Some(place.clone()));
        assert_eq!(of("v2", "Pod"), Some(place));
        assert_eq!(of("v1", "Node"), None);
        assert_eq!(of("example.org/v1", "Pod"), None);
        assert_eq!(of("v1", "Secret"), None);
    }
}
