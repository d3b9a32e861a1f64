//! Names that several kinds of objects mention: namespaces, nodes and apps.

use crate::random::Random;

/// The namespace of the backup center. What the built-in pack needs is in this namespace.
pub(crate) const CSDR: &str = "csdr";

/// The namespaces of the shop.
pub(crate) const SHOP: [&str; 8] = [
    "checkout",
    "identity",
    "inventory",
    "payments",
    "recommendations",
    "search",
    "shipping",
    "storefront",
];

/// A node of the shop.
pub(crate) fn node_name(number: u64) -> String {
    let zone = ["a", "b", "c"][(number % 3) as usize];
    format!("node-{number:03}.zone-{zone}.shop.example")
}

/// A part of the shop, or a component of the backup center.
pub(crate) fn app(namespace: &str, random: &mut Random) -> String {
    const PARTS: [&str; 8] =
        ["api", "cache-warmer", "consumer", "gateway", "ledger", "notifier", "scheduler", "worker"];
    const COMPONENTS: [&str; 2] = ["controller", "velero"];
    let part = if namespace == CSDR { random.pick(&COMPONENTS) } else { random.pick(&PARTS) };
    format!("{namespace}-{part}")
}
