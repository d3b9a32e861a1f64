//! What a pack may use, and why the defaults are what they are.

use std::time::Duration;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// What a pack may use. The limits hold for one call of the guest: `describe`, `evaluate` of all
/// rules, or `evaluate` of one rule after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of a pack's file.
    pub pack_bytes: usize,
    /// Time that one call may take.
    pub deadline: Duration,
    /// Size of all its linear memories together.
    pub memory_bytes: usize,
    /// Elements of all its tables together.
    pub table_elements: usize,
    /// Stack of the guest's functions. The threads that evaluate must have more.
    pub wasm_stack_bytes: usize,
    /// Guests that run at the same time; others wait.
    pub instances: u32,
    /// Objects that one `next` gives at most.
    pub batch_objects: usize,
    /// Bytes after which `next` ends a batch. The object that exceeds them still belongs to the
    /// batch.
    pub batch_bytes: usize,
    /// Bytes that one call between guest and host may carry to the host: one finding, the whole of
    /// `describe`.
    pub call_bytes: usize,
    /// Findings.
    pub findings: usize,
    /// Samples.
    pub samples: usize,
    /// Calls of `undecided`.
    pub undecided: usize,
    /// Text in all findings, samples and reasons.
    pub output_bytes: usize,
    /// Text for the host's log. The rest is dropped, and the log says so.
    pub log_bytes: usize,
}

impl Limits {
    /// componentize-js makes 12 MB of a small pack, componentize-py 18 MB, and more with libraries.
    pub const PACK_BYTES: usize = 64 * MIB;
    /// For 100,000 objects a compiled rule takes 0.2 s and an interpreted one a few seconds; what
    /// takes longer hangs.
    pub const DEADLINE: Duration = Duration::from_secs(30);
    /// The interpreters of JavaScript and Python begin with 8 to 16 MiB. The rest is for a rule
    /// that keeps the objects of a large cluster: 100,000 of 2 KiB.
    pub const MEMORY_BYTES: usize = 256 * MIB;
    /// Interpreters use about 20,000 for their functions.
    pub const TABLE_ELEMENTS: usize = 100_000;
    /// Twice wasmtime's default, for recursive interpreters, and half of the 2 MiB that a Rust
    /// thread has.
    pub const WASM_STACK_BYTES: usize = MIB;
    /// Each takes 16 GiB of address space, and memory only for what it uses. Rules are short; more
    /// guests would only wait for the same cores.
    pub const INSTANCES: u32 = 4;
    /// Enough to make the call's own cost (0.25 µs) negligible beside the objects.
    pub const BATCH_OBJECTS: usize = 1024;
    /// A fraction of the smallest guest's memory; an object is at most 1.5 MiB, the limit of etcd.
    pub const BATCH_BYTES: usize = MIB;
    /// The description of a hundred well documented rules is 1 MiB.
    pub const CALL_BYTES: usize = 8 * MIB;
    /// A hundred findings are too many to read; ten thousand still show how wide a problem is.
    pub const FINDINGS: usize = 10_000;
    /// One for each of ten metrics of ten thousand pods. Series cost money where they are stored.
    pub const SAMPLES: usize = 100_000;
    /// As many as findings, because a rule may call `undecided` for each object.
    pub const UNDECIDED: usize = 10_000;
    /// 4 KiB for each of the findings, with room for samples.
    pub const OUTPUT_BYTES: usize = 64 * MIB;
    /// A few screens.
    pub const LOG_BYTES: usize = 64 * KIB;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pack_bytes: Self::PACK_BYTES,
            deadline: Self::DEADLINE,
            memory_bytes: Self::MEMORY_BYTES,
            table_elements: Self::TABLE_ELEMENTS,
            wasm_stack_bytes: Self::WASM_STACK_BYTES,
            instances: Self::INSTANCES,
            batch_objects: Self::BATCH_OBJECTS,
            batch_bytes: Self::BATCH_BYTES,
            call_bytes: Self::CALL_BYTES,
            findings: Self::FINDINGS,
            samples: Self::SAMPLES,
            undecided: Self::UNDECIDED,
            output_bytes: Self::OUTPUT_BYTES,
            log_bytes: Self::LOG_BYTES,
        }
    }
}
