//! Packs that are written as text: YAML whose values know where they stand, the keys of its
//! mappings, names, settings, needs, texts with placeholders, and problems with their places. Each
//! language of rules puts its own records on top; what rules mean is not known here.

mod interpreter;

pub mod head;
pub mod keys;
pub mod kubernetes;
pub mod names;
pub mod need;
pub mod problem;
pub mod re2;
pub mod settings;
mod shell;
pub mod step;
pub mod template;
pub mod yaml;

pub use need::Need;
pub use problem::{Position, Problem, Problems, Text};
pub use step::Step;
