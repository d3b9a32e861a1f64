//! Asks a pack and the empty one over the same objects, in turns, and over none.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
    sync::Arc,
};

use rulebox_core::{Inventory, ObjectSlot, TextSlot, Tool, scoped, text::escape};
use rulebox_engine::{GuestError, Pack, Run, Usage};

use super::{
    objects::Objects,
    view::{BenchView, Beside, CostView, RuleCostView, SCHEMA_VERSION},
};

/// A pack and the empty one, each as code that only runs and as code that counts what it executes.
#[derive(Debug)]
pub struct Contestants {
    /// The pack.
    pub pack: Pack,
    /// The pack, metered.
    pub metered: Pack,
    /// The [empty pack](super::EMPTY).
    pub empty: Pack,
    /// The same, metered.
    pub metered_empty: Pack,
}

/// What was found out of a pack before it is asked anything.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    /// Size of its files, and of the empty pack.
    pub bytes: Beside,
    /// Time to load each of them.
    pub microseconds_to_load: Beside,
}

/// Why a pack could not be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl BenchError {
    fn of(what: &str, error: &GuestError) -> Self {
        Self { message: format!("{what} failed: {error}"), help: error.help() }
    }
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.message))
    }
}

impl std::error::Error for BenchError {}

/// Measures all rules together, and each by itself, with the default settings of the pack. Times
/// are medians of so many rounds. `step` is given the name of what is measured next.
pub fn measure(
    contestants: &Contestants,
    started: Started,
    objects: &Objects,
    rounds: usize,
    step: &mut dyn FnMut(&str),
) -> Result<BenchView, BenchError> {
    let info = contestants.pack.info();
    let settings = contestants.pack.settings(None).map_err(|it| BenchError {
        message: format!("the pack has no settings by default: {it}"),
        help: "give each required setting a `default` in the schema".to_owned(),
    })?;
    let without = Arc::new(without_objects(&objects.inventory));
    let bench = Bench { contestants, settings, objects, without, rounds: rounds.max(1) };
    let all: Vec<_> = info.rules.iter().map(|it| it.id.as_str()).collect();
    step("all rules");
    let cost = bench.cost("the pack", &all)?;
    let mut rules = Vec::new();
    for id in all {
        step(id);
        let cost = bench.cost(&format!("rule {id}"), &[id])?;
        rules.push(RuleCostView { id: id.to_owned(), cost });
    }
    let Tool { name, version } = Tool::rulebox();
    Ok(BenchView {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: format!("{name} {version}"),
        pack: info.name.clone(),
        version: info.version.clone(),
        input: objects.view.clone(),
        rounds: bench.rounds,
        bytes: started.bytes,
        microseconds_to_load: started.microseconds_to_load,
        all: cost,
        rules,
        compared: None,
    })
}

struct Bench<'b> {
    contestants: &'b Contestants,
    /// Those of the pack.
    settings: String,
    objects: &'b Objects,
    /// The same needs, without objects.
    without: Arc<Inventory>,
    rounds: usize,
}

/// What one evaluation is given.
struct Given<'g> {
    rules: &'g [&'g str],
    /// The needs of these rules, as the empty pack takes them.
    needs: &'g str,
    inventory: &'g Arc<Inventory>,
}

impl Bench<'_> {
    /// What these rules cost. `what` names them where they fail.
    fn cost(&self, what: &str, rules: &[&str]) -> Result<CostView, BenchError> {
        let Self { contestants, objects, without, .. } = self;
        let Contestants { pack, metered, empty, metered_empty } = contestants;
        let needs = self.needs(rules);
        let mut lines = String::new();
        for (sort, id) in &needs {
            lines.push(*sort);
            lines.push_str(id);
            lines.push('\n');
        }
        let [none, all] = [without, &objects.inventory].map(|inventory| Given {
            rules,
            needs: &lines,
            inventory,
        });
        let counted = |given: &Given<'_>| {
            let (evaluation, of_pack) = self.asked(metered, given, &self.settings)?;
            let (_, of_empty) =
                self.asked(&metered_empty.in_place_of(metered), given, given.needs)?;
            Ok::<_, GuestError>((evaluation, of_pack, of_empty))
        };
        let of = |it: GuestError| BenchError::of(what, &it);
        let (_, start, empty_start) = counted(&none).map_err(of)?;
        let (evaluation, with, empty_with) = counted(&all).map_err(of)?;
        let empty = empty.in_place_of(pack);
        let mut times = [const { Vec::new() }; 4];
        for _ in 0..self.rounds {
            for (given, [of_empty, of_pack]) in [(&none, [0, 1]), (&all, [2, 3])] {
                let asked = self.asked(&empty, given, given.needs).map_err(of)?;
                times[of_empty].push(asked.1);
                let asked = self.asked(pack, given, &self.settings).map_err(of)?;
                times[of_pack].push(asked.1);
            }
        }
        let [empty_none, pack_none, empty_all, pack_all] = times.map(median);
        let count = self.count(&needs);
        let each = |more: f64| more.max(0.0) / count as f64;
        let instructions = |it: &Usage| it.instructions.unwrap_or_default() as f64;
        let per_object =
            |pack: f64, empty: f64| (count > 0).then(|| Beside::of(each(pack), each(empty)));
        Ok(CostView {
            objects: count,
            findings: evaluation.findings.len(),
            instructions: with.instructions.unwrap_or_default(),
            instructions_to_start: Beside::of(instructions(&start), instructions(&empty_start)),
            instructions_per_object: per_object(
                instructions(&with) - instructions(&start),
                instructions(&empty_with) - instructions(&empty_start),
            ),
            microseconds_to_start: Beside::of(pack_none, empty_none),
            microseconds_per_object: per_object(pack_all - pack_none, empty_all - empty_none),
            memory_bytes: Beside::of(with.memory_bytes as f64, empty_with.memory_bytes as f64),
        })
    }

    fn asked(
        &self,
        pack: &Pack,
        given: &Given<'_>,
        settings: &str,
    ) -> Result<(rulebox_engine::Evaluation, Usage), GuestError> {
        let run = Run { as_of: self.objects.moment, settings, rules: given.rules };
        pack.measure(&run, given.inventory)
    }

    /// The needs of some rules, each once, in the order of the pack: `o` or `t`, and the id.
    fn needs(&self, rules: &[&str]) -> Vec<(char, &str)> {
        let info = self.contestants.pack.info();
        let asked = info.rules.iter().filter(|it| rules.contains(&it.id.as_str()));
        let named: BTreeSet<_> =
            asked.flat_map(|it| it.requires.iter().chain(&it.consults)).collect();
        let objects = info.needs.objects.iter().map(|it| ('o', &it.id));
        let texts = info.needs.texts.iter().map(|it| ('t', &it.id));
        let all = objects.chain(texts).filter(|it| named.contains(it.1));
        all.map(|(sort, id)| (sort, id.as_str())).collect()
    }

    /// How many different objects these needs give.
    fn count(&self, needs: &[(char, &str)]) -> usize {
        let name = &self.contestants.pack.info().name;
        let slots = needs.iter().filter_map(|(_, id)| self.objects.known.get(&scoped(name, id)));
        slots.flatten().collect::<HashSet<_>>().len()
    }
}

/// The same needs, of which nothing was seen, and all was.
fn without_objects(inventory: &Inventory) -> Inventory {
    let slot = |it: &Arc<ObjectSlot>| {
        Arc::new(ObjectSlot { objects: Vec::new(), ..ObjectSlot::clone(it) })
    };
    let text = |it: &TextSlot| TextSlot { lines: Vec::new(), ..it.clone() };
    Inventory {
        objects: inventory.objects.iter().map(|(id, it)| (id.clone(), slot(it))).collect(),
        texts: inventory.texts.iter().map(|(id, it)| (id.clone(), text(it))).collect(),
    }
}

/// In microseconds.
fn median(mut all: Vec<Usage>) -> f64 {
    all.sort_by_key(|it| it.time);
    all.get(all.len() / 2).map_or(0.0, |it| it.time.as_secs_f64() * 1e6)
}
