//! When a source was captured, at the least and at the most, by the clocks that wrote its times.
//!
//! The newest time shows that the source was not captured before; but one clock may be wrong. So
//! the newest times of a few different clocks are kept, and one that is ahead of all others is told
//! and decides nothing. What beats by itself shows that it was not captured much later: a node
//! renews its Lease and posts its status whether or not anything happens
//! (<https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats>), and vaults are
//! validated all the time. So does what an archive says of when its entries were written.
//!
//! Parts of a source may be read in any order, and on several threads: [`Clocks::merge`] gives the
//! same for each grouping.

use std::{cmp::Reverse, fmt};

use jiff::{SignedDuration, Timestamp};

use crate::Witness;

/// Whose clock wrote a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// That of the API server, which writes into `metadata`.
    Server,
    /// That of a node: its kubelet writes.
    Node(String),
    /// That of whatever reports events, where these name no node.
    Reporter(String),
    /// That of the controllers of an API group.
    Group(String),
}

/// As in `the clock of …`.
impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("the API server"),
            Self::Node(name) => write!(f, "node {name}"),
            Self::Reporter(name) => f.write_str(name),
            Self::Group(group) if group.is_empty() => f.write_str("the controllers of core kinds"),
            Self::Group(group) => write!(f, "the controllers of {group}"),
        }
    }
}

/// What is written again and again while a cluster lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beat {
    /// The renewal of a Lease.
    Lease,
    /// The status of a Node.
    NodeStatus,
    /// The validation of a vault of the backup center.
    BackupLocation,
    /// The validation of a vault of Velero.
    BackupStorageLocation,
}

impl Beat {
    /// What beats in objects of a kind.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        match (group, kind) {
            ("coordination.k8s.io", "Lease") => Some(Self::Lease),
            ("", "Node") => Some(Self::NodeStatus),
            ("csdr.alibabacloud.com", "BackupLocation") => Some(Self::BackupLocation),
            ("velero.io", "BackupStorageLocation") => Some(Self::BackupStorageLocation),
            _ => None,
        }
    }

    /// The key of the field that beats.
    pub fn field(self) -> &'static str {
        match self {
            Self::Lease => "renewTime",
            Self::NodeStatus => "lastHeartbeatTime",
            Self::BackupLocation | Self::BackupStorageLocation => "lastValidationTime",
        }
    }

    /// The longest pause between two beats.
    fn interval(self) -> SignedDuration {
        match self {
            // The default of the kubelet; what elects a leader renews more often.
            Self::Lease => SignedDuration::from_secs(10),
            // The default of the kubelet where nothing changes, and what the FAQ of the backup
            // center says of its vaults: about every 5 minutes.
            Self::NodeStatus | Self::BackupLocation => SignedDuration::from_mins(5),
            // Velero's default for `--store-validation-frequency`.
            Self::BackupStorageLocation => SignedDuration::from_mins(1),
        }
    }
}

/// How long taking a dump may take: kubectl lists kind by kind, and bundles come with logs, so
/// those of large clusters take minutes.
const TAKING: SignedDuration = SignedDuration::from_mins(10);

/// A clock that is later than what beats by more than this is ahead: the longest pause between
/// beats, and [`TAKING`].
const AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// Where too little beats, a clock that is later than all others by more than this is ahead: 60
/// days. Less may be true: of pods that have run for weeks, one may have been restarted just now,
/// and nothing else shows it. Nodes are upgraded, and pods with them, more often than that.
const QUIET: SignedDuration = SignedDuration::from_hours(60 * 24);

/// A time in a source, and the clock that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Whose clock.
    pub clock: Clock,
    /// What it wrote, and where.
    pub witness: Witness,
    /// What beats there, if it was written as a beat.
    pub beat: Option<Beat>,
}

/// What is known of the clocks that wrote a source, or a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    witnesses: Newest,
    beats: Newest,
    written: Written,
}

/// The newest time of each of the few clocks that are furthest ahead; the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Newest(Vec<Seen>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    clock: Clock,
    witness: Witness,
    beat: Option<Beat>,
    /// The name of the input, once it is known.
    input: String,
}

/// When the files that held objects were written, by the archives in which they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Written {
    /// None held objects.
    #[default]
    Nothing,
    /// The last one then.
    Last { time: Timestamp, input: String, place: String },
    /// One does not tell.
    Unknown,
}

/// Between which moments a source was captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// It was captured then or later.
    pub witness: Option<Witness>,
    /// It was captured before; never earlier than the witness.
    pub latest: Option<Bound>,
    /// The clocks that are ahead of all others, and count for neither; the one that is furthest
    /// ahead comes first.
    pub ahead: Vec<Ahead>,
}

/// The moment after which a source was not captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The moment.
    pub time: Timestamp,
    /// What shows it.
    pub by: BoundBy,
}

/// What shows that a source was not captured later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundBy {
    /// The last beat before it was captured.
    Beat(Witness),
    /// Of the entries of an archive that held objects, the one that was written last.
    Entry {
        /// The name of the input: the archive, or a folder that holds it.
        input: String,
        /// The entry inside the input.
        place: String,
    },
    /// A bundle says when it was taken.
    Bundle,
}

/// A clock that is ahead of all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Whose clock.
    pub clock: Clock,
    /// Its newest time.
    pub witness: Witness,
    /// The name of the input in which that was read.
    pub input: String,
    /// Whether it may be right: but one other clock beats, and what wrote that may have stopped.
    pub disputed: bool,
}

/// One sentence for people.
impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clock, witness: Witness { time, object, field }, input: _, disputed } = self;
        let why = if *disputed {
            "is ahead of all others, or those have stopped"
        } else {
            "is ahead of all others"
        };
        write!(
            f,
            "the clock of {clock} {why}: {field} of {object} is {time}; it does not count for ages"
        )
    }
}

impl Clocks {
    /// Keeps a time, if it is among the newest. Returns whether anything is known better now.
    pub fn see(&mut self, sighting: Sighting) -> bool {
        let Sighting { clock, witness, beat } = sighting;
        let seen = Seen { clock, witness, beat: None, input: String::new() };
        let beats = beat.is_some() && self.beats.see(&Seen { beat, ..seen.clone() });
        self.witnesses.see(&seen) || beats
    }

    /// A file that held objects was read. `written`: when, as far as its archive tells.
    pub fn see_file(&mut self, place: &str, written: Option<Timestamp>) {
        let last = |time| Written::Last { time, input: String::new(), place: place.to_owned() };
        self.see_written(&written.map_or(Written::Unknown, last));
    }

    fn see_written(&mut self, other: &Written) {
        match (&self.written, other) {
            (_, Written::Nothing) | (Written::Unknown, _) => {}
            (
                Written::Last { time, input, place },
                Written::Last { time: next, input: i, place: p },
            ) if (next, Reverse((i, p))) <= (time, Reverse((input, place))) => {}
            _ => self.written = other.clone(),
        }
    }

    /// Older times of a clock, of any clock if it is not known, can be left out.
    pub fn since(&self, clock: Option<&Clock>) -> Option<Timestamp> {
        self.witnesses.since(clock)
    }

    /// The same for its beats.
    pub fn beats_since(&self, clock: Option<&Clock>) -> Option<Timestamp> {
        self.beats.since(clock)
    }

    /// Everything of this was read in this input.
    #[must_use]
    pub fn of_input(mut self, input: &str) -> Self {
        for seen in self.witnesses.0.iter_mut().chain(&mut self.beats.0) {
            input.clone_into(&mut seen.input);
        }
        if let Written::Last { input: own, .. } = &mut self.written {
            input.clone_into(own);
        }
        self
    }

    /// Adds what is known of another part of the source.
    pub fn merge(&mut self, other: &Self) {
        let Self { witnesses, beats, written } = other;
        for seen in &witnesses.0 {
            self.witnesses.see(seen);
        }
        for seen in &beats.0 {
            self.beats.see(seen);
        }
        self.see_written(written);
    }

    /// When the source was captured.
    pub fn captured(&self) -> Captured {
        let seen = &self.witnesses.0;
        let mut ahead = 0;
        while ahead < seen.len() && self.is_ahead(ahead) {
            ahead += 1;
        }
        // Not all can be ahead of all others.
        let ahead = if ahead == seen.len() { 0 } else { ahead };
        let disputed = self.is_disputed(ahead);
        // One that may be right shows how late it may have been.
        let beat = self.bound_by_beat(&seen[..ahead]);
        let decides = ahead + usize::from(disputed);
        let witness = seen.get(decides).map(|it| it.witness.clone());
        let earliest = witness.as_ref().map(|it| it.time);
        let latest = [
            beat.and_then(|it| it.not_before(seen.get(ahead)?.time())),
            self.bound_by_entry(earliest),
        ];
        let told = seen[..decides].iter().enumerate();
        Captured {
            witness,
            latest: latest.into_iter().flatten().min_by_key(|it| it.time),
            ahead: told
                .map(|(at, Seen { clock, witness, input, .. })| Ahead {
                    clock: clock.clone(),
                    witness: witness.clone(),
                    input: input.clone(),
                    disputed: at == ahead,
                })
                .collect(),
        }
    }

    /// Whether a clock is ahead of all others; those that are further ahead are known to be.
    fn is_ahead(&self, at: usize) -> bool {
        let (told, others) = (&self.witnesses.0[..=at], &self.witnesses.0[at + 1..]);
        let Seen { clock, witness, .. } = &self.witnesses.0[at];
        // Two that agree do so because they are right: the rest was dumped before.
        let with_node = told.iter().any(|it| matches!(it.clock, Clock::Node(_)));
        let mut rest = self.witnesses.0.iter().filter(|it| it.agrees(&self.witnesses.0[at]));
        if rest.any(|it| match (clock, &it.clock) {
            (Clock::Node(_), Clock::Node(_)) => true,
            // Controllers run on a node, and the API server where the other may run.
            (Clock::Node(_) | Clock::Server, _) | (_, Clock::Node(_) | Clock::Server) => false,
            _ => !with_node,
        }) {
            return false;
        }
        // A single clock may have stopped: its node may be down. Two that agree go on.
        let beats = self.beats_without(told);
        let agree = beats.iter().find(|it| beats.iter().any(|other| it.confirms(other)));
        if let Some(beat) = agree {
            let limit = later(beat.time(), AHEAD);
            // If the API server has gone on, too, what beats was dumped before the rest.
            let after = self.witnesses.0.iter().filter(|it| it.time() > limit);
            let server = after.clone().any(|it| it.clock == Clock::Server);
            return witness.time > limit && !(server && after.count() > 1);
        }
        let apart = others.iter().filter(|it| it.clock != Clock::Server).count();
        let next = others.first().map(|it| later(it.time(), QUIET));
        *clock != Clock::Server && apart > 1 && next.is_some_and(|it| witness.time > it)
    }

    /// Whether a node's clock is ahead of the one other node that beats, and nothing else is as
    /// late: it may be wrong, or the other may be down.
    fn is_disputed(&self, at: usize) -> bool {
        let Some((seen, told)) = self.witnesses.0.get(at).zip(self.witnesses.0.get(..=at)) else {
            return false;
        };
        let is_node = |it: &Seen| matches!(it.clock, Clock::Node(_));
        let beats = self.beats_without(told);
        let other = beats.iter().find(|it| is_node(it));
        is_node(seen)
            && other.is_some_and(|it| seen.time() > later(it.time(), AHEAD))
            && !self.witnesses.0.iter().any(|it| it.agrees(seen))
    }

    /// The beats of other clocks than these.
    fn beats_without(&self, clocks: &[Seen]) -> Vec<&Seen> {
        let others = |it: &&Seen| clocks.iter().all(|other| other.clock != it.clock);
        self.beats.0.iter().filter(others).collect()
    }

    /// How late the newest of the beats but these allows it to be.
    fn bound_by_beat(&self, ahead: &[Seen]) -> Option<Allowed> {
        let beats = self.beats_without(ahead);
        // Some node is alive. But a controller may have stopped, with nobody left to beat.
        let lives = |it: &&&Seen| {
            matches!(it.clock, Clock::Node(_)) || beats.iter().any(|other| it.confirms(other))
        };
        let beat = beats.iter().find(lives)?;
        let until = later(later(beat.time(), beat.beat?.interval()), TAKING);
        let bound = Bound { time: until, by: BoundBy::Beat(beat.witness.clone()) };
        Some(Allowed { bound, at_most: until.max(later(beat.time(), AHEAD)) })
    }

    fn bound_by_entry(&self, earliest: Option<Timestamp>) -> Option<Bound> {
        let Written::Last { time, input, place } = &self.written else { return None };
        let by = BoundBy::Entry { input: input.clone(), place: place.clone() };
        // A clock that is behind writes times that cannot be.
        Some(Bound { time: *time, by }).filter(|it| Some(it.time) >= earliest)
    }
}

/// How late a beat allows a source to be.
struct Allowed {
    bound: Bound,
    /// What is newer was dumped at another time.
    at_most: Timestamp,
}

impl Allowed {
    /// The bound, or this moment if it is a little later. None if it is much later.
    fn not_before(self, earliest: Timestamp) -> Option<Bound> {
        let Self { bound, at_most } = self;
        (earliest <= at_most).then(|| Bound { time: bound.time.max(earliest), ..bound })
    }
}

impl Newest {
    /// How many clocks are kept. One may be ahead, and with it the controllers in the pods of its
    /// node, whose times are taken for those of other clocks.
    const KEPT: usize = 4;

    /// Keeps a time, if it is among the newest. Returns whether it is.
    fn see(&mut self, seen: &Seen) -> bool {
        if let Some(known) = self.0.iter().position(|it| it.clock == seen.clock) {
            if self.0[known].order() <= seen.order() {
                return false;
            }
            self.0.remove(known);
        }
        let at = self.0.partition_point(|it| it.order() < seen.order());
        if at == Self::KEPT {
            return false;
        }
        self.0.insert(at, seen.clone());
        self.0.truncate(Self::KEPT);
        true
    }

    /// See [`Clocks::since`].
    fn since(&self, clock: Option<&Clock>) -> Option<Timestamp> {
        let last = self.0.get(Self::KEPT - 1).map(Seen::time);
        let own = clock.and_then(|clock| self.0.iter().find(|it| it.clock == *clock));
        own.map(Seen::time).max(last)
    }
}

impl Seen {
    fn time(&self) -> Timestamp {
        self.witness.time
    }

    /// Whether it is about as late as another clock.
    fn agrees(&self, other: &Self) -> bool {
        let (one, two) = (self.time().min(other.time()), self.time().max(other.time()));
        self.clock != other.clock && two <= later(one, AHEAD)
    }

    /// Whether it beats about as late as another that does not stop together with it: who validates
    /// the vaults of the backup center has Velero validate its own.
    fn confirms(&self, other: &Self) -> bool {
        let of_vault =
            |it: &Self| matches!(it.beat, Some(Beat::BackupLocation | Beat::BackupStorageLocation));
        self.agrees(other) && !(of_vault(self) && of_vault(other))
    }

    /// The newest comes first. Of equal ones it does not matter which, but it must not depend on
    /// who was faster.
    fn order(&self) -> impl Ord + '_ {
        let Self { clock, witness: Witness { time, object, field }, beat, input } = self;
        (Reverse(*time), clock, object, field, *beat, input)
    }
}

/// So much later, or the last moment that can be written.
fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
