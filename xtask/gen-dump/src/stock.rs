//! The objects of a plan, printed on demand: a prototype is built and printed when its first copy
//! is.

use std::{
    cell::OnceCell,
    io::{self, Write},
    rc::Rc,
};

use serde_json::Value;

use crate::{
    json,
    plan::Group,
    pods::Planted,
    prototype::{Identity, Prototype, Stamp},
    yaml,
};

/// How one object is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A document.
    Yaml,
    /// An item of a list that is not indented.
    YamlItem,
    /// On one line.
    JsonCompact,
    /// With lines, indented by `by` blanks for each level, from this level on.
    Json { by: usize, level: usize },
    /// `metadata.name` alone.
    Name,
}

/// The objects of a plan, printed on demand.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) seed: u64,
    pub(crate) planted: Planted,
    pub(crate) managed_fields: bool,
}

/// The objects of a group, in one style.
#[derive(Debug)]
pub(crate) struct Shelf {
    group: Group,
    style: Style,
    /// Whether objects name their kind. Items of a typed list need not.
    typed: bool,
    seed: u64,
    /// The number of the kind.
    number: u64,
    planted: Planted,
    managed_fields: bool,
    prototypes: Rc<Vec<OnceCell<Prototype>>>,
    stamps: Vec<OnceCell<Stamp>>,
}

impl Stock {
    pub(crate) fn shelf(&self, group: Group, style: Style, typed: bool) -> Shelf {
        let count = group.kind.prototypes();
        Shelf {
            group,
            style,
            typed,
            seed: self.seed,
            number: group.kind.number(),
            planted: self.planted,
            managed_fields: self.managed_fields,
            prototypes: Rc::new((0..count).map(|_| OnceCell::new()).collect()),
            stamps: (0..count).map(|_| OnceCell::new()).collect(),
        }
    }
}

/// How many bytes are printed before they are written.
const CHUNK: usize = 1 << 18;

impl Shelf {
    /// The same objects in another style.
    pub(crate) fn styled(&self, style: Style) -> Self {
        let stamps = self.stamps.iter().map(|_| OnceCell::new()).collect();
        Self { style, stamps, prototypes: Rc::clone(&self.prototypes), ..*self }
    }

    /// The mean length of an object, estimated from the first ones.
    pub(crate) fn mean(&self) -> f64 {
        const FIRST: usize = 24;
        let count = self.stamps.len().min(FIRST);
        let total: usize = (0..count).map(|it| self.stamp(it).len()).sum();
        total as f64 / count as f64
    }

    /// The value of which the object at `nth` of the group is a copy.
    pub(crate) fn prototype(&self, nth: u64) -> &Value {
        &self.made(self.nth_prototype(nth)).value
    }

    /// Appends the object at `nth` of the group.
    pub(crate) fn print(&self, nth: u64, out: &mut Vec<u8>) {
        let index = self.group.first + nth;
        let identity = Identity::new(self.seed, self.number, index);
        self.stamp(self.nth_prototype(nth)).copy(identity, out);
    }

    /// The printed object at `nth` of the group.
    pub(crate) fn text(&self, nth: u64) -> String {
        let mut text = Vec::new();
        self.print(nth, &mut text);
        String::from_utf8(text).expect("marks are overwritten by ASCII characters, one by one")
    }

    /// Writes all objects: `first` before the first one, `others` before each other one.
    pub(crate) fn write(&self, first: &str, others: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut chunk = Vec::with_capacity(2 * CHUNK);
        for nth in 0..self.group.count {
            chunk.extend_from_slice(if nth == 0 { first } else { others }.as_bytes());
            self.print(nth, &mut chunk);
            if chunk.len() >= CHUNK {
                out.write_all(&chunk)?;
                chunk.clear();
            }
        }
        out.write_all(&chunk)
    }

    fn nth_prototype(&self, nth: u64) -> usize {
        let index = self.group.first + nth;
        if self.group.kind.is_pod() {
            self.planted.prototype(self.seed, index)
        } else {
            usize::try_from(index % self.stamps.len() as u64).expect("less than a length")
        }
    }

    fn made(&self, at: usize) -> &Prototype {
        self.prototypes[at].get_or_init(|| {
            let Group { kind, namespace, .. } = self.group;
            let mut prototype = kind.prototype(self.seed, namespace, at);
            if let (false, Value::Object(metadata)) =
                (self.managed_fields, &mut prototype.value["metadata"])
            {
                metadata.remove("managedFields");
            }
            prototype
        })
    }

    fn stamp(&self, at: usize) -> &Stamp {
        self.stamps[at].get_or_init(|| {
            let prototype = self.made(at);
            let mut value = &prototype.value;
            let bare;
            if !self.typed {
                let Value::Object(mut map) = value.clone() else { unreachable!("it is an object") };
                map.retain(|key, _| key != "apiVersion" && key != "kind");
                bare = Value::Object(map);
                value = &bare;
            }
            prototype.stamp(match self.style {
                Style::Yaml => yaml::document(value),
                Style::YamlItem => yaml::item(value),
                Style::JsonCompact => json::compact(value),
                Style::Json { by, level } => json::indented(value, by, level),
                Style::Name => value["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            })
        })
    }
}
