//! The pack `my-rules`: what it holds and needs, and which rule is asked.

mod image_not_from_our_registry;
mod rulebox;

use image_not_from_our_registry as image;
use rulebox::{Guest, PackInfo, RunContext};

struct Pack;

impl Guest for Pack {
    /// What the pack holds and needs. It sees no objects.
    fn describe() -> PackInfo {
        PackInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: vec![image::rule()],
            objects: vec![image::pods()],
            texts: Vec::new(),
            metrics: Vec::new(),
            settings_schema: image::SETTINGS.to_owned(),
        }
    }

    /// Evaluates the rules that are named.
    fn evaluate(run: RunContext) -> Result<(), String> {
        if run.rules.iter().any(|it| it == image::RULE) {
            image::evaluate(&run.settings)?;
        }
        Ok(())
    }
}

rulebox::export!(Pack);
