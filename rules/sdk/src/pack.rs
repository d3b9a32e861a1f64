//! A pack: rules with their settings, described to the host and evaluated for it.

use rulebox_core::{MetricInfo, Moment, NeedSet, PackInfo};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Host, Rule, Run, kept::Kept};

/// Rules that are shipped together.
pub struct Pack {
    name: &'static str,
    version: &'static str,
    rules: Vec<&'static Rule>,
    settings_schema: String,
    default_settings: String,
}

impl Pack {
    /// An empty pack. The name is kebab-case, the version semantic.
    pub fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            rules: Vec::new(),
            settings_schema: String::new(),
            default_settings: "{}".to_owned(),
        }
    }

    /// Adds rules.
    #[must_use]
    pub fn rules(mut self, rules: &[&'static Rule]) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Takes settings of this type. Its JSON Schema, with the defaults, is what the host holds a
    /// user's configuration to.
    #[must_use]
    pub fn settings<S: DeserializeOwned + Serialize + JsonSchema + Default>(mut self) -> Self {
        self.settings_schema =
            serde_json::to_string(&schemars::schema_for!(S)).expect("a schema is JSON");
        self.default_settings = serde_json::to_string(&S::default()).expect("settings are JSON");
        self
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The settings where the user gives none, as JSON.
    pub fn default_settings(&self) -> &str {
        &self.default_settings
    }

    /// The default settings with those of `settings`, a JSON object, over them.
    #[cfg(feature = "testing")]
    pub(crate) fn complete_settings(&self, settings: &str) -> String {
        let read = |text: &str| {
            serde_json::from_str::<serde_json::Map<_, _>>(text)
                .unwrap_or_else(|it| panic!("settings `{text}`: {it}"))
        };
        let mut complete = read(&self.default_settings);
        complete.extend(read(settings));
        serde_json::Value::Object(complete).to_string()
    }

    /// What the pack holds and needs.
    ///
    /// # Panics
    ///
    /// Where two rules declare different needs under one id. That is a mistake in the pack, and
    /// every test of it shows it.
    pub fn describe(&self) -> PackInfo {
        let mut info = PackInfo {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            settings_schema: self.settings_schema.clone(),
            ..PackInfo::default()
        };
        for rule in &self.rules {
            let declaration = rule.declaration();
            info.rules.push(rule.info(&declaration));
            info.metrics.extend(rule.metrics.iter().map(|it| MetricInfo {
                name: it.name.to_owned(),
                metric_type: it.metric_type,
                help: it.help.to_owned(),
                rule: rule.id.to_owned(),
                labels: it.labels.iter().map(|&it| it.to_owned()).collect(),
            }));
            let NeedSet { objects, texts } = declaration.needs;
            merge(&mut info.needs.objects, objects, |it| &it.id);
            merge(&mut info.needs.texts, texts, |it| &it.id);
        }
        info
    }

    /// Evaluates the named rules over what was captured at this moment.
    pub fn evaluate(
        &self,
        host: &dyn Host,
        as_of: Moment,
        settings: &str,
        rules: &[String],
    ) -> Result<(), String> {
        let kept = Kept::default();
        for id in rules {
            let rule = self
                .rules
                .iter()
                .find(|it| it.id == id)
                .ok_or_else(|| format!("the pack has no rule `{id}`"))?;
            let named = (rule.id, rule.severity);
            let run = Run::new(host, named, as_of, settings, &kept);
            (rule.evaluate)(&run);
            run.finish();
        }
        Ok(())
    }
}

/// Adds the needs that are not there yet.
fn merge<T: PartialEq>(into: &mut Vec<T>, needs: Vec<T>, id: impl Fn(&T) -> &String) {
    for need in needs {
        match into.iter().find(|it| id(it) == id(&need)) {
            None => into.push(need),
            Some(same) => assert!(
                *same == need,
                "two different needs have the id `{}`: give one of them another `id`",
                id(&need)
            ),
        }
    }
}
