//! The objects of the input as values, each read once.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use rulebox_core::{Coverage, ObjectRef};
use rulebox_sdk::Host;

use crate::{
    evaluate::Source,
    value::{Keys, List, Value},
};

/// How many objects cross the boundary in one call.
const BATCH: u32 = 256;

/// The needs of a pack, read as they are asked for.
pub(crate) struct Objects<'h> {
    host: &'h dyn Host,
    needs: &'h [String],
    keys: RefCell<Keys>,
    known: RefCell<HashMap<usize, Rc<List>>>,
}

impl<'h> Objects<'h> {
    pub(crate) fn new(host: &'h dyn Host, needs: &'h [String]) -> Self {
        let (keys, known) = (RefCell::default(), RefCell::default());
        Self { host, needs, keys, known }
    }

    /// Hands over the objects of a need, one after the other. Those of a need that was asked for as
    /// a list are there already; of any other, no more than a batch is held.
    pub(crate) fn each(&self, need: usize, mut take: impl FnMut(&Value)) {
        let known = self.known.borrow().get(&need).cloned();
        if let Some(known) = known {
            known.items.iter().for_each(take);
            return;
        }
        let mut cursor = self.host.open(&self.needs[need]);
        loop {
            let batch = cursor.next(BATCH);
            if batch.is_empty() {
                return;
            }
            for json in batch {
                take(&self.read(&json));
            }
        }
    }

    /// What cannot be read is nothing: each question about it says so.
    fn read(&self, json: &str) -> Value {
        self.keys.borrow_mut().read(json).unwrap_or(Value::Null)
    }
}

impl Source for Objects<'_> {
    fn need(&self, need: usize) -> Rc<List> {
        let known = self.known.borrow().get(&need).cloned();
        if let Some(known) = known {
            return known;
        }
        let mut items = Vec::new();
        self.each(need, |it| items.push(it.clone()));
        let complete = self.host.covers(&self.needs[need]) == Coverage::Complete;
        let list = Rc::new(List { items, incomplete: (!complete).then_some(need) });
        self.known.borrow_mut().insert(need, Rc::clone(&list));
        list
    }
}

/// Which object this is; none where it is none.
pub(crate) fn reference(object: &Value) -> Option<ObjectRef> {
    let Value::Map(map) = object else { return None };
    let metadata = match map.get("metadata") {
        Some(Value::Map(metadata)) => Some(metadata),
        _ => None,
    };
    let text = |it: Option<&Value>| match it {
        Some(Value::String(it)) => it.to_string(),
        _ => String::new(),
    };
    let of = |key: &str| text(metadata.and_then(|it| it.get(key)));
    Some(ObjectRef {
        api_version: text(map.get("apiVersion")),
        kind: text(map.get("kind")),
        namespace: of("namespace"),
        name: of("name"),
        uid: of("uid"),
    })
}
