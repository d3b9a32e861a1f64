//! What was measured, as it is written and read back.

use serde::{Deserialize, Serialize};

/// The version of what is written; another one is not compared with.
pub(super) const SCHEMA_VERSION: &str = "1";

/// What one pack costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchView {
    /// `1`.
    pub schema_version: String,
    /// What has measured it: `Rulebox 0.1.0`.
    pub tool: String,
    /// The pack's name.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// What it was given.
    pub input: InputView,
    /// How often each time was taken.
    pub rounds: usize,
    /// Size of the pack's files.
    pub bytes: Beside,
    /// From the pack's bytes to its description. Of a component without the time to compile it,
    /// which a run takes once.
    pub microseconds_to_load: Beside,
    /// All rules together, in one guest.
    pub all: CostView,
    /// Each rule by itself, in the order of the pack.
    pub rules: Vec<RuleCostView>,
    /// What has changed since another measurement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub compared: Option<ComparedView>,
}

/// What rules were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputView {
    /// `cases` of the pack, or `dumps`.
    pub from: String,
    /// How many cases or files there were.
    pub files: usize,
    /// How long they were.
    pub bytes: u64,
    /// Objects: of dumps those that were read, of cases those that were made of them.
    pub objects: usize,
}

/// A number of a pack beside that of the empty pack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// That of the pack.
    pub pack: f64,
    /// That of the empty pack.
    pub empty: f64,
    /// How many times as much the pack has; none where the empty one has nothing.
    pub ratio: Option<f64>,
}

/// What some rules cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CostView {
    /// Different objects that the rules were given.
    pub objects: usize,
    /// Findings.
    pub findings: usize,
    /// Instructions over all objects; what two versions are compared by.
    pub instructions: u64,
    /// Instructions of a guest that is given no object.
    pub instructions_to_start: Beside,
    /// Those that each object adds; none without an object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instructions_per_object: Option<Beside>,
    /// Time of a guest that is given no object.
    pub microseconds_to_start: Beside,
    /// What each object adds; none without an object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub microseconds_per_object: Option<Beside>,
    /// Memory of a guest that was given all objects.
    pub memory_bytes: Beside,
}

/// What one rule costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleCostView {
    /// Its id.
    pub id: String,
    /// What it costs.
    #[serde(flatten)]
    pub cost: CostView,
}

/// What has changed since another measurement of the pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparedView {
    /// The version of the pack then.
    pub version: String,
    /// What had measured it, where that is another version of the tool: it may count otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other_tool: Option<String>,
    /// How many percent more are no change that counts.
    pub tolerance: f64,
    /// What costs more or less than then; of what is the same nothing is said.
    pub changes: Vec<ChangeView>,
    /// Rules that were not there then.
    pub new_rules: Vec<String>,
    /// Rules that are there no more.
    pub gone_rules: Vec<String>,
    /// How many times as long as the empty pack the pack takes for an object, then and now. No
    /// change of a time counts: machines differ.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time_ratio: Option<(f64, f64)>,
}

/// What costs another amount than before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// `bytes`, `instructions`, `instructionsToStart` or `memoryBytes`.
    pub what: String,
    /// The rule; none where it is of the whole pack.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
    /// Then.
    pub before: f64,
    /// Now.
    pub now: f64,
    /// How many percent more; less where it is negative. None where there was nothing before.
    pub percent: Option<f64>,
    /// Whether it is more than the tolerance allows.
    pub exceeds: bool,
}

impl Beside {
    /// Of both, with their ratio.
    pub fn of(pack: f64, empty: f64) -> Self {
        let ratio = (empty > 0.0).then(|| rounded(pack / empty));
        Self { pack: rounded(pack), empty: rounded(empty), ratio }
    }
}

/// So that no digits are written that no measurement has.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

impl BenchView {
    /// For programs, and for a comparison later.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("words and numbers are JSON");
        rulebox_report::visible_json(&format!("{text}\n"))
    }
}
