//! What a pack costs: to start, and for each object; each number beside that of an empty pack,
//! which reads the same objects and looks at none of them.
//!
//! Times depend on the machine, and on what else it does: the pack and the empty one are timed in
//! turns, so that their ratio means more than either. Counted instructions, memory and size are the
//! same each time and on each machine, and are what two versions of a pack are compared by.

mod compare;
mod measure;
mod objects;
mod text;
mod view;

pub use compare::{CompareError, compare};
pub use measure::{BenchError, Contestants, Started, measure};
pub use objects::Objects;
pub use view::{BenchView, Beside, ComparedView};

/// A pack that reads the objects of each need and does nothing with them, as a component.
pub const EMPTY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/empty.wasm"));

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebox_core::{Inventory, Moment};
    use rulebox_engine::{Cache, Engine, Limits, PackSource, Run};

    use super::*;

    /// The code of what the empty pack fails by, where it is told to read this; empty where it does
    /// not fail.
    fn read(needs: &str) -> &'static str {
        let engine = Engine::new(Limits::default(), Cache::Off).expect("an engine");
        let pack = PackSource::Bytes { name: "empty", bytes: EMPTY };
        let pack = engine.load(pack).expect("it is a pack");
        let run = Run { as_of: Moment::default(), settings: needs, rules: &["empty"] };
        let measured = pack.measure(&run, &Arc::new(Inventory::default()));
        measured.err().map_or("", |it| it.code())
    }

    #[test]
    fn the_empty_pack_reads_what_its_settings_name() {
        assert_eq!(read(""), "");
        // It has no needs of its own.
        assert_eq!([read("opods\n"), read("tlines\n")], ["unknown-need"; 2]);
    }
}
