//! Pods of a shop, as the API server shows them, and the faults among them.

use std::fmt;

use serde_json::{Value, json};

use super::random::{Random, SUFFIX};

mod faults;
mod manifest;
mod status;

use faults::Condition;

/// How many faults a dump holds. One pod holds at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planted {
    /// Pods.
    pub(crate) objects: u64,
    /// Containers in `CrashLoopBackOff`.
    pub(crate) crash_loops: u64,
    /// Containers whose state or last state is `OOMKilled`.
    pub(crate) out_of_memory_kills: u64,
}

impl Planted {
    /// 92 and 206 of 10,000 pods, the share that published figures of other tools were measured with; in proportion,
    /// rounded to the nearest, for other numbers.
    pub(super) fn among(objects: u64) -> Self {
        let share = |of_10_000: u64| (objects * of_10_000 + 5_000) / 10_000;
        Self { objects, crash_loops: share(92), out_of_memory_kills: share(206) }
    }

    /// All faults.
    pub(crate) fn faults(&self) -> u64 {
        self.crash_loops + self.out_of_memory_kills
    }
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, crash_loops, out_of_memory_kills } = self;
        write!(
            f,
            "{objects} pods, planted: {crash_loops} CrashLoopBackOff + {out_of_memory_kills} OOMKilled = {} faults",
            self.faults()
        )
    }
}

/// Makes one pod after the other.
pub(super) struct Pods {
    seed: u64,
    next: u64,
    /// What is still to come.
    left: Planted,
    /// What has been planted, so that the places of faults take turns.
    done: Planted,
}

impl Pods {
    pub(super) fn new(seed: u64, planted: Planted) -> Self {
        let done = Planted { objects: 0, crash_loops: 0, out_of_memory_kills: 0 };
        Self { seed, next: 0, left: planted, done }
    }

    /// Draws faults from the pods that are left, so that exactly the planned number is planted, anywhere.
    fn condition(&mut self, random: &mut Random) -> Condition {
        let drawn = random.below(self.left.objects);
        self.left.objects -= 1;
        if drawn < self.left.crash_loops {
            self.left.crash_loops -= 1;
            self.done.crash_loops += 1;
            Condition::crash_loop(self.done.crash_loops)
        } else if drawn < self.left.faults() {
            self.left.out_of_memory_kills -= 1;
            self.done.out_of_memory_kills += 1;
            Condition::out_of_memory(self.done.out_of_memory_kills)
        } else {
            Condition::harmless(random)
        }
    }
}

impl Iterator for Pods {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.left.objects == 0 {
            return None;
        }
        let mut random = Random::new(self.seed, self.next);
        let condition = self.condition(&mut random);
        let pod = Pod::new(self.seed, self.next, condition, &mut random);
        self.next += 1;
        Some(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": pod.metadata(&mut random),
            "spec": pod.spec(&mut random),
            "status": pod.status(&mut random),
        }))
    }
}

/// What the parts of a pod agree on.
struct Pod {
    namespace: &'static str,
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
    fn new(seed: u64, index: u64, condition: Condition, random: &mut Random) -> Self {
        const NAMESPACES: [&str; 8] = [
            "checkout",
            "identity",
            "inventory",
            "payments",
            "recommendations",
            "search",
            "shipping",
            "storefront",
        ];
        const PARTS: [&str; 8] = [
            "api",
            "cache-warmer",
            "consumer",
            "gateway",
            "ledger",
            "notifier",
            "scheduler",
            "worker",
        ];
        let namespace = random.pick(&NAMESPACES);
        let app = format!("{namespace}-{}", random.pick(&PARTS));
        let template_hash = random.suffix(10);
        let created = Moment::before_capture(3_600 + random.below(13 * 86_400));
        Self {
            namespace,
            name: format!("{app}-{template_hash}-{}", unique_suffix(seed, index)),
            uid: random.uid(),
            owner_uid: random.uid(),
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
            started: created.later(4 + random.below(40)),
            created,
            condition,
            app,
            template_hash,
        }
    }

    fn node_name(&self) -> String {
        format!(
            "node-{:03}.zone-{}.shop.example",
            self.node,
            ["a", "b", "c"][(self.node % 3) as usize]
        )
    }
}

/// Five characters that no other pod has, up to 14 million.
fn unique_suffix(seed: u64, index: u64) -> String {
    // 27^5 has the only factor 3, so multiplying by 8,675,309 and adding mixes without collisions.
    let mut number = (index.wrapping_mul(8_675_309) + seed % 1_000) % 27_u64.pow(5);
    let mut suffix = String::new();
    for _ in 0..5 {
        suffix.push(char::from(SUFFIX[(number % 27) as usize]));
        number /= 27;
    }
    suffix
}

/// Seconds since 2026-09-01T00:00:00Z.
#[derive(Debug, Clone, Copy)]
struct Moment(u64);

impl Moment {
    /// The moment that the dump shows: 2026-09-15T02:30:00Z, a night on which somebody is on call.
    const CAPTURE: Self = Self(14 * 86_400 + 2 * 3_600 + 30 * 60);

    /// At most 14 days before, so that it stays in the month.
    fn before_capture(seconds: u64) -> Self {
        Self(Self::CAPTURE.0 - seconds)
    }

    fn later(self, seconds: u64) -> Self {
        Self((self.0 + seconds).min(Self::CAPTURE.0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(it) = self;
        write!(
            f,
            "2026-09-{:02}T{:02}:{:02}:{:02}Z",
            1 + it / 86_400,
            it / 3_600 % 24,
            it / 60 % 60,
            it % 60
        )
    }
}
