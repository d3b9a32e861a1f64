//! The pods that all pods of a dump are copies of.

use serde_json::json;

use super::{
    faults::Condition,
    planted::{CRASH_LOOPS, HARMLESS, OUT_OF_MEMORY_KILLS},
    pod::Pod,
};
use crate::prototype::{Maker, Prototype};

/// The number of prototypes of the pods of a namespace.
pub(crate) fn count() -> usize {
    usize::try_from(HARMLESS + CRASH_LOOPS + OUT_OF_MEMORY_KILLS).expect("a handful")
}

/// The prototype with the index `nth`, in the order of `Planted::prototype`.
pub(crate) fn prototype(namespace: &str, nth: usize, mut maker: Maker) -> Prototype {
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
