//! What a pack may use, and why the defaults are what they are. Every limit on packs is here.
//!
//! [`Limits`] are those that a caller may change. The others stand in one module for each thing
//! that a pack sends: its file ([`shape`]), its description ([`description`]), its settings
//! ([`settings`]) and its reports ([`report`]). The figures of real packs that they are compared
//! with are those of `rules-wasm/packs/backup-center` (Rust), of `rules-wasm/examples/javascript`
//! (componentize-js 0.23) and of a pack of componentize-py 0.25.

use std::time::Duration;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// What a pack may use, in all that it does for one evaluation: `evaluate` of all rules, and
/// `evaluate` of one rule after the other if that fails. `describe` has the same limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of a pack's file.
    pub pack_bytes: usize,
    /// Processor time in which a pack must be compiled.
    pub compile_deadline: Duration,
    /// Memory that compiling a pack may take.
    pub compile_memory_bytes: usize,
    /// Size of a compiled pack.
    pub compiled_bytes: usize,
    /// Time that a pack may take.
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
    /// Spans of the timeline.
    pub spans: usize,
    /// Calls of `undecided`.
    pub undecided: usize,
    /// What the host keeps of all findings, samples, spans and reasons: their text, and the records
    /// that hold it. What is refused counts too.
    pub output_bytes: usize,
    /// What the host keeps of the log. The rest is dropped, and the log says so.
    pub log_bytes: usize,
}

impl Limits {
    /// componentize-js makes 12 MB of a small pack, componentize-py 18 MB, and more with libraries.
    pub const PACK_BYTES: usize = 64 * MIB;
    /// Twice what a debug build takes for the JavaScript pack (60 s; Python's takes 47 s). A
    /// release build takes a fraction.
    pub const COMPILE_DEADLINE: Duration = Duration::from_mins(2);
    /// The JavaScript and Python packs take 370 MB with two threads; each further one adds what it
    /// works on.
    pub const COMPILE_MEMORY_BYTES: usize = 1024 * MIB;
    /// Machine code is three to five times as long as WebAssembly.
    pub const COMPILED_BYTES: usize = 256 * MIB;
    /// For 100,000 objects a compiled rule takes 0.2 s and an interpreted one a few seconds. All
    /// rules together have half of it, which is more than any pack needs; what takes longer hangs.
    pub const DEADLINE: Duration = Duration::from_mins(1);
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
    /// A hundred plans that run four times a day, for a week, and as much again for restarts. More
    /// is no picture.
    pub const SPANS: usize = 5_000;
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
            compile_deadline: Self::COMPILE_DEADLINE,
            compile_memory_bytes: Self::COMPILE_MEMORY_BYTES,
            compiled_bytes: Self::COMPILED_BYTES,
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
            spans: Self::SPANS,
            undecided: Self::UNDECIDED,
            output_bytes: Self::OUTPUT_BYTES,
            log_bytes: Self::LOG_BYTES,
        }
    }
}

/// What a component may hold. The compiler's time and memory grow with these, some faster than the
/// file: a call of two bytes may take and give a thousand values.
pub(crate) mod shape {
    use super::MIB;

    /// Components in components. A component of componentize-py has one in it, a composed one a
    /// level more; each level can double what is instantiated.
    pub(crate) const DEPTH: usize = 4;
    /// Components. Every part of a composed pack is one.
    pub(crate) const COMPONENTS: usize = 64;
    /// Instances of components, as above.
    pub(crate) const COMPONENT_INSTANCES: usize = 64;
    /// Core modules. componentize-py links about thirty, one for each native library.
    pub(crate) const MODULES: usize = 128;
    /// Instances of core modules, as above. An evaluation has a place for so many.
    pub(crate) const CORE_INSTANCES: usize = 128;
    /// A pack has one memory; a composed one has a memory for each of its parts.
    pub(crate) const MEMORIES: usize = 4;
    /// Each shim of a WASI adapter has a table.
    pub(crate) const TABLES: usize = 16;
    /// Imports and exports of the component itself. The contract has seven, Python's pack 68.
    pub(crate) const INTERFACES: usize = 1000;
    /// Types, aliases, canonical functions and the like of all components. Python's pack has 1700.
    pub(crate) const COMPONENT_ITEMS: usize = 50_000;
    /// Functions of all modules. Python's pack has 13,371, that of JavaScript 12,734.
    pub(crate) const FUNCTIONS: usize = 100_000;
    /// Types, imports, exports, globals and the like of all modules. Python's pack has 9,000.
    pub(crate) const MODULE_ITEMS: usize = 100_000;
    /// Segments of memory and tables. JavaScript's pack has 10,000.
    pub(crate) const SEGMENTS: usize = 50_000;
    /// Parameters of one function. The widest of Python has 18.
    pub(crate) const PARAMETERS: usize = 64;
    /// Results of one function. Compilers give one, and multi-value C a few.
    pub(crate) const RESULTS: usize = 16;
    /// Local variables of one function, parameters included. Python's most are 273.
    pub(crate) const LOCALS: usize = 5000;
    /// Code of one function. Python's longest has 427 kB.
    pub(crate) const BODY_BYTES: usize = 2 * MIB;
    /// Values that the compiler follows in one function: one for each instruction, parameter,
    /// result and target of a branch; and each local variable at each place where control flows
    /// together. JavaScript's most are 0.5 million.
    pub(crate) const FUNCTION_WORK: u64 = 4_000_000;
    /// The same in all functions. JavaScript's are 12 million.
    pub(crate) const WORK: u64 = 64_000_000;
}

/// What a pack may say of itself. Some of it is work for each object that is read, some stays as
/// long as the pack.
pub(crate) mod description {
    use super::KIB;

    /// Rules. `backup-center` has 19.
    pub(crate) const RULES: usize = 1000;
    /// Needs for objects. An object is projected for each need that selects it.
    pub(crate) const OBJECT_NEEDS: usize = 256;
    /// Needs for objects of one kind. Each may keep a copy of every object of the kind, so that
    /// this times the size of a dump is the most that a pack can make the host hold. Rules of one
    /// kind differ in namespaces and labels; `backup-center` has at most four.
    pub(crate) const NEEDS_OF_A_KIND: usize = 16;
    /// Needs for texts. Each looks through every text.
    pub(crate) const TEXT_NEEDS: usize = 64;
    /// Needs that one rule may name.
    pub(crate) const NEEDS_OF_A_RULE: usize = OBJECT_NEEDS + TEXT_NEEDS;
    /// Fields of one need. A hundred are a large struct.
    pub(crate) const FIELDS: usize = 1000;
    /// Steps of one field: as deep as the parsers of JSON and YAML read. Kubernetes' deepest have
    /// about fifteen.
    pub(crate) const FIELD_DEPTH: usize = 128;
    /// Namespaces of one need.
    pub(crate) const NAMESPACES: usize = 1000;
    /// Globs of one need.
    pub(crate) const GLOBS: usize = 100;
    /// Metrics.
    pub(crate) const METRICS: usize = 1000;
    /// Labels of one metric. Prometheus advises against more than ten.
    pub(crate) const LABELS: usize = 64;
    /// Bytes of a name: of a pack, rule, need, kind, group, namespace, metric or label. Kubernetes'
    /// longest have 253.
    pub(crate) const NAME_BYTES: usize = 256;
    /// Bytes of a line of text: a summary, a field, a glob, a pattern.
    pub(crate) const LINE_BYTES: usize = 4 * KIB;
    /// Bytes of a label selector.
    pub(crate) const SELECTOR_BYTES: usize = 16 * KIB;
    /// Bytes of a text: the documentation of a rule, the help of a metric.
    pub(crate) const TEXT_BYTES: usize = 256 * KIB;
    /// Problems of a description that are told. More help nobody.
    pub(crate) const PROBLEMS: usize = 32;
}

/// What a pack's settings may cost: they are made of what the pack's schema says.
pub(crate) mod settings {
    use super::{KIB, MIB};

    /// Bytes of a schema. That of `backup-center` has 12 kB.
    pub(crate) const SCHEMA_BYTES: usize = 512 * KIB;
    /// Objects, lists and scalars of a schema.
    pub(crate) const SCHEMA_NODES: usize = 50_000;
    /// Regular expressions of a schema.
    pub(crate) const PATTERNS: usize = 64;
    /// Bytes that one compiled regular expression may take. `regex` allows ten times as many.
    pub(crate) const PATTERN_BYTES: usize = MIB;
    /// Different targets of `$ref`. Each is followed by recursion.
    pub(crate) const REFERENCES: usize = 256;
    /// Parts of a schema that are looked at while defaults are filled in.
    pub(crate) const STEPS: usize = 200_000;
    /// Bytes of all defaults that are filled in, where they stand.
    pub(crate) const DEFAULT_BYTES: usize = MIB;
    /// How often a part of the schema may be held against a part of the settings. A part that
    /// refers to others several times is held against each as often.
    pub(crate) const COMPARISONS: usize = 1_000_000;
    /// Problems of settings that are told.
    pub(crate) const PROBLEMS: usize = 20;
}

/// What one report of a pack may hold, and how much of a pack's words an error repeats.
pub(crate) mod report {
    use super::KIB;

    /// Pieces of evidence of one finding.
    pub(crate) const EVIDENCE: usize = 1000;
    /// Labels of one finding.
    pub(crate) const LABELS: usize = 100;
    /// Objects that may have caused one finding.
    pub(crate) const CAUSES: usize = 1000;
    /// Lines of the remedy of one finding. Nobody types more, and each becomes a step in reports.
    pub(crate) const LINES: usize = 1000;
    /// Bytes of a word for what a span is, or how it came out.
    pub(crate) const WORD_BYTES: usize = 64;
    /// Cursors and WASI handles that may be open at once. A pack needs one for each need.
    pub(crate) const HANDLES: usize = 1024;
    /// Different reports that cannot be taken, each told as a failure of its own; the others are
    /// counted.
    pub(crate) const REJECTED: usize = 100;
    /// How much of a name an error repeats: the longest of Kubernetes are 253 bytes long.
    pub(crate) const NAME_BYTES: usize = 256;
    /// How much of a message a failure repeats: a stack trace that fills a screen.
    pub(crate) const MESSAGE_BYTES: usize = 2 * KIB;
}
