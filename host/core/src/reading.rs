//! What one reading of dumps or of a cluster gives.

use jiff::Timestamp;

use crate::{Ahead, Bound, Input, Inventory, Moment, Places, Witness};

/// Everything that one reading gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What rules see.
    pub inventory: Inventory,
    /// One for each input, in order. Empty where the inputs hold several clusters: then they are
    /// in [`Readings`].
    pub inputs: Vec<Input>,
    /// The newest timestamp that counts, of what was captured first: the source was captured then
    /// or later.
    pub witness: Option<Witness>,
    /// The same, as the bundle says that Rulebox has collected, where that decides; then there is
    /// no witness.
    pub collected: Option<Timestamp>,
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
    /// The uid of the Namespace kube-system, where it was read.
    pub cluster_uid: Option<String>,
}

impl Reading {
    /// When the source was captured, as far as what was read proves it.
    pub fn captured(&self) -> Moment {
        let earliest = self.collected.or(self.witness.as_ref().map(|it| it.time));
        Moment::bounded(earliest, self.latest.as_ref().map(|it| it.time))
    }
}

/// What was read, one cluster at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings {
    /// The name of each cluster, or the place that tells it apart, and what was read of it; sorted.
    /// The name is empty where there is only one, which nobody has named.
    pub clusters: Vec<(String, Reading)>,
    /// Of each cluster the files and folders in which it was read, where they tell it apart.
    pub places: Vec<Vec<String>>,
    /// How many clusters are not among them, because there are more than one run judges; the inputs
    /// tell which.
    pub left_out: usize,
    /// One for each input, in order.
    pub inputs: Vec<Input>,
    /// How many objects were read, by group and kind.
    pub objects: Vec<(String, String, usize)>,
}

/// The user gave one name to inputs that hold several clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeveralOfOneName {
    /// The name.
    pub name: String,
    /// What cannot be of one cluster, as a clause.
    pub clash: String,
    /// Of each cluster its label, and the files and folders in which it was read.
    pub clusters: Vec<(String, Vec<String>)>,
}
