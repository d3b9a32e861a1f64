//! Holds the settings of a configuration to what the packs take.

use rulebox_core::{PackFailure, shell_word, text::escaped};
use rulebox_engine::{Pack, SettingProblem, SettingsError};
use serde_json::json;

use crate::{Config, RunError, merge::merge};

/// A pack's settings, checked against the pack's schema, and those of some namespaces beside them.
/// Settings that a user has written and that do not fit are the user's to correct, before anything
/// is read. Where the user has written none, or the schema is to blame, the pack alone fails.
pub(crate) fn complete(
    pack: &Pack,
    config: &Config,
) -> Result<Result<String, PackFailure>, RunError> {
    let name = &pack.info().name;
    let user = config.settings.get(name);
    let place = |below: &[&str]| {
        let all = below.iter().copied().chain(["settings", name.as_str()]);
        all.map(str::to_owned).collect::<Vec<_>>()
    };
    let complete = match pack.settings(user) {
        Ok(settings) => Ok(settings),
        Err(error) if is_of_user(&error) && user.is_some_and(|it| !it.is_null()) => {
            return Err(misfit(name, &error, place(&[])));
        }
        Err(error) => Err(unfit(pack, &error)),
    };
    for (nth, entry) in config.namespaces.iter().enumerate() {
        let Some(own) = entry.settings.get(name).filter(|_| complete.is_ok()) else { continue };
        let mut all = user.cloned().unwrap_or(json!({}));
        merge(&mut all, own);
        match pack.settings(Some(&all)) {
            Err(error) if is_of_user(&error) => {
                return Err(misfit(name, &error, place(&["namespaces", &nth.to_string()])));
            }
            // What else can be wrong fails the pack when it is asked.
            _ => {}
        }
    }
    Ok(complete)
}

/// Whether whoever wrote the settings is to correct them.
fn is_of_user(error: &SettingsError) -> bool {
    matches!(error, SettingsError::NoSettings | SettingsError::Invalid { .. })
}

fn see(pack: &str) -> String {
    format!("see what it takes: rulebox schema {}", shell_word(pack))
}

/// Settings at a place of a configuration that do not fit.
fn misfit(pack: &str, error: &SettingsError, mut place: Vec<String>) -> RunError {
    let mut problem = error.to_string();
    if let SettingsError::Invalid { problems } = error
        && let [SettingProblem { path, reason }] = &problems[..]
    {
        place.extend(path.iter().cloned());
        problem.clone_from(reason);
    }
    RunError::new(problem).in_configuration(place).help(see(pack))
}

/// Why a pack cannot run with any settings, or not with those.
pub(crate) fn unfit(pack: &Pack, error: &SettingsError) -> PackFailure {
    let name = &pack.info().name;
    let help = match error {
        SettingsError::Invalid { .. } => {
            format!("set it by `--config`: settings.{name}; {}", see(name))
        }
        error => error.help(),
    };
    let message = escaped(format!("settings.{name}: {error}"));
    PackFailure::of_pack(name.clone(), error.code(), message, help)
}
