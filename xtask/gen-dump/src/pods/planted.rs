//! Pods of a shop, as the API server shows them, and the faults among them.

use std::fmt;

use serde_json::json;

use super::{
    moment::Moment,
    prototype::{Maker, Prototype},
    random::mix,
};

mod faults;
mod manifest;
mod status;

use faults::Condition;

/// How many faults a dump holds. One pod holds at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planted {
    /// Pods.
    pub(crate) pods: u64,
    /// Containers in `CrashLoopBackOff`.
    pub(crate) crash_loops: u64,
    /// Containers whose state or last state is `OOMKilled`.
    pub(crate) out_of_memory_kills: u64,
}

impl Planted {
    /// 92 and 206 of 10,000 pods, the share that published figures of other tools were measured with; in proportion,
    /// rounded to the nearest, for other numbers.
    pub(super) fn among(pods: u64) -> Self {
        let share = |of_10_000: u64| (pods * of_10_000 + 5_000) / 10_000;
        Self { pods, crash_loops: share(92), out_of_memory_kills: share(206) }
    }

    /// All faults.
    fn faults(&self) -> u64 {
        self.crash_loops + self.out_of_memory_kills
    }

    /// Which prototype the pod at `index` is a copy of: each fault lies anywhere in its share of the pods, so that exactly the
    /// planned number is planted, and what a pod has can be told without those before it.
    pub(super) fn prototype(&self, seed: u64, index: u64) -> usize {
        let faults = self.faults();
        let wide = |it: u64| u128::from(it);
        let share = |it: u64| narrow(wide(it) * wide(self.pods) / wide(faults.max(1)));
        let nth = narrow((wide(index + 1) * wide(faults)).div_ceil(wide(self.pods))).max(1) - 1;
        let (start, end) = (share(nth), share(nth + 1));
        let planted = start + mix(seed ^ mix(nth)) % (end - start).max(1);
        if nth >= faults || planted != index {
            return usize::try_from(index % HARMLESS).expect("a handful");
        }
        // Crash loops are spread evenly among the faults.
        let crash_loops = |it: u64| narrow(wide(it) * wide(self.crash_loops) / wide(faults));
        let (before, after) = (crash_loops(nth), crash_loops(nth + 1));
        let at = if after > before {
            HARMLESS + before % CRASH_LOOPS
        } else {
            HARMLESS + CRASH_LOOPS + (nth - before) % OUT_OF_MEMORY_KILLS
        };
        usize::try_from(at).expect("a handful")
    }
}

/// What was not more than a `u64` before it was multiplied and divided by such.
fn narrow(it: u128) -> u64 {
    u64::try_from(it).expect("a share of a u64")
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pods, crash_loops, out_of_memory_kills } = self;
        write!(
            f,
            "{pods} pods, planted: {crash_loops} CrashLoopBackOff + {out_of_memory_kills} OOMKilled = {} faults",
            self.faults()
        )
    }
}

/// How many prototypes of each sort a namespace has: all places and states of a fault, with all exit codes.
const HARMLESS: u64 = 80;
const CRASH_LOOPS: u64 = 4;
const OUT_OF_MEMORY_KILLS: u64 = 7 * 16;

/// The prototypes of the pods of a namespace, in the order that [`Planted::prototype`] counts.
pub(super) fn count() -> usize {
    usize::try_from(HARMLESS + CRASH_LOOPS + OUT_OF_MEMORY_KILLS).expect("a handful")
}

/// The pod at `nth` of [`count`].
pub(super) fn prototype(namespace: &str, nth: usize, mut maker: Maker) -> Prototype {
    let nth = nth as u64;
    let condition = match (nth.checked_sub(HARMLESS), nth.checked_sub(HARMLESS + CRASH_LOOPS)) {
        (_, Some(nth)) => Condition::out_of_memory(nth),
        (Some(nth), None) => Condition::crash_loop(nth),
        (None, None) => Condition::harmless(nth),
    };
    let pod = Pod::new(namespace, condition, &mut maker);
    let value = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": pod.metadata(&mut maker),
        "spec": pod.spec(&mut maker),
        "status": pod.status(&mut maker),
    });
    maker.done(value)
}

/// What the parts of a pod agree on.
struct Pod {
    namespace: String,
    app: String,
    template_hash: String,
    name: String,
    uid: String,
    owner_uid: String,
    node: u64,
    ip: String,
    token_volume: String,
    image: String,
    version: String,
    created: Moment,
    started: Moment,
    condition: Condition,
}

impl Pod {
    fn new(namespace: &str, condition: Condition, maker: &mut Maker) -> Self {
        let random = &mut maker.random;
        let app = app(namespace, random);
        let template_hash = random.suffix(10);
        Self {
            node: random.below(120),
            ip: format!(
                "10.{}.{}.{}",
                64 + random.below(64),
                random.below(256),
                2 + random.below(250)
            ),
            token_volume: format!("kube-api-access-{}", random.suffix(5)),
            image: format!("registry.shop.example/{namespace}/{app}"),
            version: format!("{}.{}.{}", 1 + random.below(4), random.below(30), random.below(10)),
            started: Moment::CREATION.later(4 + random.below(40)),
            created: Moment::CREATION,
            name: format!("{app}-{template_hash}-{}", maker.suffix()),
            uid: maker.uid(),
            owner_uid: maker.uid(),
            condition,
            namespace: namespace.to_owned(),
            app,
            template_hash,
        }
    }

    fn node_name(&self) -> String {
        node_name(self.node)
    }
}

/// A node of the shop.
pub(super) fn node_name(number: u64) -> String {
    let zone = ["a", "b", "c"][(number % 3) as usize];
    format!("node-{number:03}.zone-{zone}.shop.example")
}

/// A part of the shop, or a component of the backup center.
pub(super) fn app(namespace: &str, random: &mut super::random::Random) -> String {
    const PARTS: [&str; 8] =
        ["api", "cache-warmer", "consumer", "gateway", "ledger", "notifier", "scheduler", "worker"];
    const COMPONENTS: [&str; 2] = ["controller", "velero"];
    let part = if namespace == super::kinds::CSDR {
        random.pick(&COMPONENTS)
    } else {
        random.pick(&PARTS)
    };
    format!("{namespace}-{part}")
}
