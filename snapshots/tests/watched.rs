//! What a watch keeps of the objects of each fixture is what one list of them gives, to the byte
//! and in the same order: so rules say the same of a cluster that is watched.

use std::collections::BTreeMap;

use rulebox_core::{
    Collector, Inventory, NeedSet, ObjectNeed, Packer, Reading, Scope, Selection, Store, canonical,
    group_of,
};
use rulebox_reader::Reader;
use rulebox_snapshots as shared;
use serde_json::{Value, json};

/// The objects of a kind, and the group, version and kind under which a server serves them.
type Kinds = BTreeMap<(String, String, String), Vec<Value>>;

fn reading(needs: &NeedSet, take: impl FnOnce(&Reader, &mut Collector)) -> Reading {
    let reader = Reader::new(needs).expect("fields");
    let mut collector = Collector::new(needs.clone()).expect("selectors");
    take(&reader, &mut collector);
    collector.finish()
}

/// What a server would serve of a fixture: each object once, and whole.
fn served(text: &[u8]) -> Kinds {
    let read = |needs: &NeedSet| {
        reading(needs, |reader, collector| reader.read_text("fixture.yaml", text, collector))
    };
    let seen = read(&NeedSet::default()).objects;
    let needs = seen.iter().map(|(group, kind, _)| ObjectNeed {
        id: format!("{kind}.{group}"),
        group: group.clone(),
        kind: kind.clone(),
        ..ObjectNeed::default()
    });
    let needs = NeedSet { objects: needs.collect(), texts: Vec::new() };
    let mut kinds = Kinds::new();
    for slot in read(&needs).inventory.objects.values() {
        for json in &slot.objects {
            let object: Value = serde_json::from_str(&json.text()).expect("projections are JSON");
            let field = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
            let api = field("apiVersion");
            let (group, version) = api.split_once('/').unwrap_or(("", &api));
            let key = (group.to_owned(), version.to_owned(), field("kind"));
            kinds.entry(key).or_default().push(object);
        }
    }
    kinds
}

/// What rules see where each kind is listed once.
fn listed(needs: &NeedSet, kinds: &Kinds) -> Inventory {
    let read = reading(needs, |reader, collector| {
        collector.begin_input("context up");
        for ((group, version, kind), objects) in kinds {
            let list = json!({
                "kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {}, "items": objects,
            });
            let given = (group.as_str(), version.as_str(), kind.as_str());
            reader.read_list(list.to_string().as_bytes(), given, "list", collector);
        }
    });
    read.inventory
}

/// What rules see where objects come one by one, the last first; some go and come again.
fn watched(needs: &NeedSet, kinds: &Kinds) -> Inventory {
    let reader = Reader::new(needs).expect("fields");
    let selection = Selection::new(needs.clone()).expect("selectors");
    let mut store = Store::new(needs.clone()).expect("selectors");
    // What comes first fills these, so that most is packed.
    let packer = Packer::new(needs.objects.len()).with_dictionaries(300);
    for ((group, version, kind), objects) in kinds {
        let (group, kind) = (group.clone(), kind.clone());
        let given = (group.as_str(), version.as_str(), kind.as_str());
        // Some kinds are served in two groups; needs know them by one.
        let asked = canonical(&group, &kind).map_or(group.clone(), |it| group_of(it).to_owned());
        let scope = Scope { group: asked, kind: kind.clone(), ..Scope::default() };
        for (nth, object) in objects.iter().enumerate().rev() {
            let (page, answers) =
                reader.read_page(object.to_string().as_bytes(), given, "", &selection);
            assert!(!page.listed && page.continue_token.is_empty());
            for mut copy in answers.into_copies().0 {
                packer.pack(&mut copy);
                store.apply(&scope, copy.clone());
                if nth % 2 == 0 {
                    store.snapshot();
                    store.remove(&scope, &copy.identity, copy.resource_version);
                    store.apply(&scope, copy);
                }
            }
        }
    }
    store.snapshot()
}

#[track_caller]
fn check(needs: &NeedSet, text: &[u8], name: &str) -> usize {
    let kinds = served(text);
    let (listed, watched) = (listed(needs, &kinds), watched(needs, &kinds));
    for (need, slot) in &listed.objects {
        assert_eq!(watched.objects[need].objects, slot.objects, "{name}: {need}");
    }
    listed.objects.values().map(|it| it.objects.len()).sum()
}

#[test]
fn a_watch_keeps_of_each_fixture_what_a_list_gives() {
    let mut objects = 0;
    for pack in shared::native_packs() {
        let (name, mut needs) = (pack.name().to_owned(), NeedSet::default());
        needs.add(&name, &pack.describe().needs);
        needs.texts.clear();
        for fixture in shared::rule_fixtures(&name) {
            let of = format!("{name}/{}/{}", fixture.rule, fixture.stem);
            objects += check(&needs, fixture.text.as_bytes(), &of);
        }
        for (of, path) in shared::cluster_dumps() {
            let text = std::fs::read(path).expect("a dump");
            objects += check(&needs, &text, &of);
        }
    }
    assert!(objects > 1000, "only {objects} objects were compared");
}
