//! What fuzzers hold the host to: for each kind of thing that an outsider sends one check, which
//! panics where a promise is broken.
//!
//! ```text
//! bytes ─┬─> yaml, json, pieces, input, archive ──> the reader
//!        ├─> component, description, settings ────> the engine, without its sandbox
//!        ├─> rule-pack ───────────────────────────> packs as text
//!        └─> text, prometheus ────────────────────> the report
//! ```
//!
//! A check is a function of bytes and of nothing else. Texts and files are the bytes themselves;
//! where a fuzzer would hardly ever write what is meant (an archive, a description, a report), the
//! bytes are choices ([`draw`]), of which it is made. `main.rs` feeds them by libFuzzer,
//! `tests/seeds.rs` by the files in `seeds`. No check knows who calls it.

mod archive;
mod component;
mod description;
mod draw;
mod input;
mod json;
mod pieces;
mod prometheus;
mod reader;
mod report;
mod rule_pack;
mod settings;
mod text;
mod yaml;

/// One kind of input, and what is held of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name in commands, and its folder in `seeds`.
    pub name: &'static str,
    /// Panics where the promise is broken.
    pub check: fn(&[u8]),
}

impl Target {
    /// All of them, in the order in which they are run.
    pub const ALL: [Self; 11] = [
        Self { name: "yaml", check: yaml::check },
        Self { name: "json", check: json::check },
        Self { name: "pieces", check: pieces::check },
        Self { name: "input", check: input::check },
        Self { name: "archive", check: archive::check },
        Self { name: "component", check: component::check },
        Self { name: "description", check: description::check },
        Self { name: "settings", check: settings::check },
        Self { name: "rule-pack", check: rule_pack::check },
        Self { name: "text", check: text::check },
        Self { name: "prometheus", check: prometheus::check },
    ];

    /// The target of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name == name)
    }
}
