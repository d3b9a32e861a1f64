//! The configuration of pods, which stands alone: keys and authorities that files of this machine
//! hold, or that were typed, stand in it. What is done with it is not known here.

use std::path::PathBuf;

use rulebox_registry::{Reference, certificates};
use serde_json::{Map, Value, json};

use crate::{
    config::{ConfigFiles, yaml_with},
    exit::Failure,
    registries::{Configured, public_key},
    registry_args::FromRegistries,
};

/// How registries are reached, and whose packs of them may be used.
const REGISTRIES: &str = "registries";
const SIGNATURES: &str = "signatures";

/// The text of the configuration; empty where nothing is configured. Of one file that needs no
/// other it is what was written, else what all say together, with where each value comes from.
pub(crate) fn configuration(
    files: &ConfigFiles,
    configured: &Configured,
    typed: &FromRegistries,
    pulled: &[Reference],
) -> Result<String, Failure> {
    let mut value = files.merged().value().clone();
    let mut signers = None;
    if pulled.is_empty() {
        // Nobody is asked, so that nothing of this is used.
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|key, _| ![REGISTRIES, SIGNATURES].contains(&key.as_str()));
        }
    } else {
        write_out(&mut value, configured)?;
        signers = typed_signers(typed, pulled)?;
    }
    if let Some(signers) = &signers {
        if value.is_null() {
            value = Value::Object(Map::new());
        }
        value[SIGNATURES] = signers.clone();
    }
    if let Some(text) = files.text_of(&value) {
        return Ok(text.to_owned());
    }
    if value.is_null() {
        return Ok(if files.texts().is_empty() { "" } else { "{}\n" }.to_owned());
    }
    let written = files.places();
    Ok(yaml_with(&value, &|place| match (&signers, place.first()) {
        (Some(_), Some(list)) if list == SIGNATURES => typed_by(place, typed),
        _ => written(place).to_string(),
    }))
}

/// Puts what the configuration names by paths into it.
fn write_out(value: &mut Value, configured: &Configured) -> Result<(), Failure> {
    for (nth, it) in configured.registries.iter().enumerate() {
        let Some(pem) = &it.ca else { continue };
        let all = certificates(pem).map_err(|reason| {
            let message = format!("cannot use the authorities of {}: {reason}", it.prefix);
            Failure::usage(message).help("name a file of certificates, PEM, by `ca`")
        })?;
        value[REGISTRIES][nth]["ca"] = all.into();
    }
    for (nth, it) in configured.signers.iter().enumerate().filter(|it| !it.1.keys.is_empty()) {
        let keys = it.keys.iter().map(|it| Value::from(it.pem()));
        value[SIGNATURES][nth]["keys"] = keys.collect();
    }
    Ok(())
}

/// Whose packs may be used, where it was typed: that counts instead of what is configured.
fn typed_signers(typed: &FromRegistries, pulled: &[Reference]) -> Result<Option<Value>, Failure> {
    let FromRegistries { keys, allow_unsigned, .. } = typed;
    if keys.is_empty() && !allow_unsigned {
        return Ok(None);
    }
    let pem = |it: &PathBuf| public_key(it).map(|it| it.pem());
    let keys = keys.iter().map(pem).collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<_> = pulled.iter().map(Reference::name).collect();
    names.sort();
    names.dedup();
    let signer = |prefix: String| {
        if *allow_unsigned {
            json!({"prefix": prefix, "allowUnsigned": true})
        } else {
            json!({"prefix": prefix, "keys": keys})
        }
    };
    Ok(Some(names.into_iter().map(signer).collect()))
}

/// The argument that a value of these signers comes from.
fn typed_by(place: &[String], typed: &FromRegistries) -> String {
    match place {
        [.., list, nth] if list == "keys" => {
            let key = nth.parse().ok().and_then(|nth: usize| typed.keys.get(nth));
            let key = key.map(|it| it.display().to_string()).unwrap_or_default();
            format!("--require-signature {key}")
        }
        [.., key] if key == "allowUnsigned" => "--allow-unsigned".to_owned(),
        _ => "--pack".to_owned(),
    }
}
