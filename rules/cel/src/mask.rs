//! Which fields of the objects of a need expressions read.
//!
//! Beside each expression stands where its value comes from ([`Shape`]): places in objects of
//! needs. To look at a value is to ask for what stands there; to step over it, into a field or into
//! the elements of a list, asks for no more than that it is there.

use std::collections::BTreeMap;

use rulebox_sdk::child_path;

/// How deep a path may be; what stands deeper comes as a whole.
const DEPTH: usize = 60;
/// How many places a value may come from before all of them are asked for as a whole.
const PLACES: usize = 32;
/// How many paths one need may have before it asks for whole objects.
const PATHS: usize = 500;

/// A step in an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    /// Every element of a list.
    Each,
    /// Every value of a mapping.
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    need: usize,
    steps: Vec<Step>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    places: Vec<Place>,
    /// Where the elements of a list come from that an expression has put together.
    elements: Option<Box<Shape>>,
}

impl Shape {
    /// An object of a need.
    pub(crate) fn object(need: usize) -> Self {
        Self { places: vec![Place { need, steps: Vec::new() }], elements: None }
    }

    /// A list, or a mapping, with such elements.
    pub(crate) fn of(elements: Self) -> Self {
        Self { places: Vec::new(), elements: Some(Box::new(elements)) }
    }

    pub(crate) fn or(mut self, other: Self) -> Self {
        for place in other.places {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        self.elements = match (self.elements, other.elements) {
            (Some(one), Some(other)) => Some(Box::new(one.or(*other))),
            (one, other) => one.or(other),
        };
        self
    }

    /// What stands a step further.
    pub(crate) fn step(&self, step: &Step, masks: &mut [Mask]) -> Self {
        let mut further = self.elements.as_ref().map(|it| (**it).clone()).unwrap_or_default();
        // No path can name an empty key.
        let too_many = self.places.len() > PLACES || *step == Step::Key(String::new());
        for Place { need, steps } in &self.places {
            if too_many || steps.len() >= DEPTH {
                masks[*need].at(steps).whole = true;
                continue;
            }
            let place =
                Place { need: *need, steps: [&steps[..], std::slice::from_ref(step)].concat() };
            if !further.places.contains(&place) {
                further.places.push(place);
            }
        }
        further
    }

    /// The value is looked at, whatever it is.
    pub(crate) fn whole(&self, masks: &mut [Mask]) {
        self.mark(masks, |it| it.whole = true);
        if let Some(elements) = &self.elements {
            elements.whole(masks);
        }
    }

    /// That it is there counts.
    pub(crate) fn touch(&self, masks: &mut [Mask]) {
        self.mark(masks, |_| {});
    }

    /// How many elements it has counts, and of a mapping which keys.
    pub(crate) fn count(&self, masks: &mut [Mask]) {
        self.mark(masks, |it| it.counted = true);
    }

    fn mark(&self, masks: &mut [Mask], mark: impl Fn(&mut Branch)) {
        for Place { need, steps } in &self.places {
            mark(masks[*need].at(steps));
        }
    }
}

/// What is read of the objects of a need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mask(Branch);

#[derive(Debug, Clone, Default)]
struct Branch {
    whole: bool,
    /// All keys count, if a mapping stands here.
    counted: bool,
    keys: BTreeMap<String, Branch>,
    any: Option<Box<Branch>>,
    each: Option<Box<Branch>>,
}

impl Mask {
    fn at(&mut self, steps: &[Step]) -> &mut Branch {
        steps.iter().fold(&mut self.0, |branch, step| match step {
            Step::Key(key) => branch.keys.entry(key.clone()).or_default(),
            Step::Each => branch.each.get_or_insert_default(),
            Step::Any => branch.any.get_or_insert_default(),
        })
    }

    /// The fields as a need names them; empty for whole objects.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut fields = Vec::new();
        if self.0.is_whole() || (self.0.counted && self.0.any.is_none()) {
            return fields;
        }
        self.0.add("", &mut fields);
        if fields.len() > PATHS {
            return Vec::new();
        }
        const ALWAYS: [&str; 5] =
            ["apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.uid"];
        fields.retain(|it| !ALWAYS.contains(&it.as_str()));
        if fields.is_empty() {
            // No field at all would ask for all of them.
            fields.push("metadata.name".to_owned());
        }
        fields
    }
}

impl Branch {
    /// Whether keys of a mapping count that none of the paths below would show.
    fn is_whole(&self) -> bool {
        self.whole || (self.counted && self.any.is_none() && !self.keys.is_empty())
    }

    fn add(&self, at: &str, fields: &mut Vec<String>) {
        let Self { keys, any, each, .. } = self;
        let leaf = keys.is_empty() && any.is_none() && each.is_none();
        if self.is_whole() || leaf {
            if !at.is_empty() {
                fields.push(at.to_owned());
            }
            return;
        }
        for (key, below) in keys {
            below.add(&child_path(at, key), fields);
        }
        if let Some(below) = any {
            below.add(&if at.is_empty() { "*".to_owned() } else { format!("{at}.*") }, fields);
        }
        if let Some(below) = each.as_ref().filter(|_| !at.is_empty()) {
            below.add(&format!("{at}[]"), fields);
        }
    }
}
