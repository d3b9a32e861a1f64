//! `rulebox config`: what a run goes by, as text to print. Nothing is evaluated.

use rulebox_run::{Effective, Plan, Source};
use serde_json::json;

use crate::{
    config::{self, ConfigFiles, Written, yaml_with},
    config_args::{ConfigFormat, Configuration},
    exit::Failure,
    output,
    pack_args::ShownPacks,
    packs,
};

/// The version of what programs are given: within one, fields are only added.
const VERSION: &str = "1";

/// The text to print.
pub(crate) fn run(command: &Configuration) -> Result<String, Failure> {
    match command {
        Configuration::Show { output, packs } => {
            let (files, plan) = plan(packs)?;
            let effective = Effective::of(files.merged(), &plan);
            Ok(match output {
                ConfigFormat::Yaml => yaml(&effective, &files),
                ConfigFormat::Json => json(&effective, &files),
            })
        }
        Configuration::Check { packs } => {
            if packs.config.is_empty() {
                return Err(Failure::usage("no configuration was named")
                    .help("name each file by --config FILE"));
            }
            plan(packs)?;
            let many = if packs.config.len() == 1 { "it" } else { "together they" };
            Ok(format!("{many} can be used\n"))
        }
    }
}

/// The files, and the plan that a run with these packs would make of them.
fn plan(typed: &ShownPacks) -> Result<(ConfigFiles, Plan), Failure> {
    let (config, files) = config::read(&typed.config)?;
    let packs = packs::load_configured(typed, &config, &files)?;
    let all = rulebox_run::Choice::default();
    let plan = Plan::new(packs.into(), &all, config, &packs::built_in());
    let plan = plan.map_err(|it| files.explain(it))?;
    output::warn(plan.notes());
    Ok((files, plan))
}

fn yaml(effective: &Effective<'_>, files: &ConfigFiles) -> String {
    let written = files.places();
    yaml_with(effective.value(), &|place| match effective.source(place) {
        Source::Written => written(place).to_string(),
        Source::Pack(pack) => format!("default of {pack}"),
        Source::Rulebox => "default".to_owned(),
    })
}

/// For programs: the configuration, and each value of it that holds no others, with its place
/// (keys, and numbers from 0 in lists) and where it comes from: a file and perhaps a line, or a
/// pack or `rulebox`, as which no pack is called.
fn json(effective: &Effective<'_>, files: &ConfigFiles) -> String {
    let written = files.places();
    let values = effective.leaves().into_iter().map(|(place, value)| {
        let mut shown = json!({"place": place, "value": value});
        match effective.source(&place) {
            Source::Written => {
                let Written { file, line } = written(&place);
                shown["file"] = file.into();
                shown["line"] = line.into();
            }
            Source::Pack(pack) => shown["default"] = pack.into(),
            Source::Rulebox => shown["default"] = env!("CARGO_PKG_NAME").into(),
        }
        shown
    });
    let values: Vec<_> = values.collect();
    let configuration = effective.value();
    let shown = json!({"schemaVersion": VERSION, "configuration": configuration, "values": values});
    rulebox_report::visible_json(&format!("{shown:#}\n"))
}
