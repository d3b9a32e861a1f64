//! The pack `backup-center`: its rules and its settings.

use rulebox_sdk::Pack;

use crate::{
    built_in::BuiltIn,
    packs::backup_center::{catalogue::CATALOGUE, rules::RULES, settings::BackupCenterSettings},
};

/// The pack among the others.
pub static PACK: BuiltIn = BuiltIn { pack, reasons: Some(reasons) };

/// The ACK backup center (csdr).
pub fn pack() -> Pack {
    Pack::new("backup-center", env!("CARGO_PKG_VERSION"))
        .settings::<BackupCenterSettings>()
        .rules(RULES)
}

fn reasons() -> Vec<&'static str> {
    CATALOGUE.iter().map(|it| it.reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_holds_words_bounds_and_defaults() {
        let schema: serde_json::Value =
            serde_json::from_str(&pack().describe().settings_schema).expect("JSON");
        let properties = schema["properties"].as_object().expect("properties");
        assert_eq!(properties.len(), 11);
        for (name, property) in properties {
            assert!(property["description"].is_string(), "{name} says what it is");
            assert_eq!(property["minimum"], 1, "{name} is bounded");
            assert!(property["maximum"].is_u64(), "{name} is bounded");
            let default = &property["default"];
            let is_off = name == "recoveryPointHours" && default.is_null();
            assert!(default.is_u64() || is_off, "{name} has a default");
        }
        assert_eq!(schema["additionalProperties"], false);
    }
}
