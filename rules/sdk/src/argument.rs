//! What a rule takes as arguments, and how its needs follow from them.

use std::ops::Deref;

use rulebox_core::{NeedSet, ObjectNeed, TextNeed};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::Run;

/// What a rule may take as an argument: the run, objects, lines, settings. What it takes is what it
/// needs.
pub trait Argument<'r> {
    /// Says what it needs.
    fn declare(declaration: &mut Declaration);
    /// Takes it from the run.
    fn take(run: &'r Run<'r>) -> Self;
}

/// What a rule needs, gathered from its arguments.
#[derive(Debug, Default)]
pub struct Declaration {
    pub(crate) needs: NeedSet,
    pub(crate) requires: Vec<String>,
    pub(crate) consults: Vec<String>,
}

impl Declaration {
    /// Objects without which the rule cannot judge.
    pub fn requires(&mut self, need: ObjectNeed) {
        self.requires.push(need.id.clone());
        self.needs.objects.push(need);
    }

    /// Objects that only add to what the rule says.
    pub fn consults(&mut self, need: ObjectNeed) {
        self.consults.push(need.id.clone());
        self.needs.objects.push(need);
    }

    /// Lines that only add to what the rule says: a bundle may or may not hold logs.
    pub fn consults_text(&mut self, need: TextNeed) {
        self.consults.push(need.id.clone());
        self.needs.texts.push(need);
    }
}

impl<'r> Argument<'r> for &'r Run<'r> {
    fn declare(_: &mut Declaration) {}

    fn take(run: &'r Run<'r>) -> Self {
        run
    }
}

/// The settings of the pack, as the type that was given to [`crate::Pack::settings`].
pub struct SettingsOf<S>(S);

impl<S: DeserializeOwned + JsonSchema> Argument<'_> for SettingsOf<S> {
    fn declare(_: &mut Declaration) {}

    fn take(run: &Run<'_>) -> Self {
        Self(
            serde_json::from_str(run.settings())
                .expect("the host has held the settings to the schema of this type"),
        )
    }
}

impl<S> Deref for SettingsOf<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}
