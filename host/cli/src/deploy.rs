//! `rulebox manifests`: what runs Rulebox in a cluster, as text to print. Nobody is asked, and
//! nothing is applied.

use rulebox_deploy::{
    Chart, ChartError, Options, PluralError, Plurals, Roles, VALUES, helm_values, manifests,
    role_manifests,
};
use rulebox_reader::yaml;
use rulebox_run::{Config, Plan};

use crate::{
    config::{self, ConfigFile},
    exit::Failure,
    manifests::Manifests,
    output,
    pack_args::{Choice, STANDARD, ShownPacks},
    pack_files, packs,
};

impl From<ChartError> for Failure {
    fn from(error: ChartError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<PluralError> for Failure {
    fn from(error: PluralError) -> Self {
        Self::usage(error.to_string())
    }
}

/// The text to print.
pub(crate) fn run(
    typed: &Manifests,
    named: &ShownPacks,
    choice: &Choice,
) -> Result<String, Failure> {
    typed.check()?;
    // What it says is checked: a pod that refuses it would only say so when it starts.
    let (config, file) = match &typed.config {
        Some(path) => config::read(path)?,
        None => (Config::default(), ConfigFile::default()),
    };
    let packs = packs::load_all(named)?;
    let plan = Plan::new(packs.into(), &choice.into(), config, &packs::built_in());
    let plan = plan.map_err(|it| file.explain(it))?;
    output::warn(&plan.warnings());
    let mut plurals = Plurals::default();
    typed.plurals.iter().try_for_each(|it| plurals.add(it))?;
    let view = plan.needs_view();
    if let Some(unused) = plurals.unused(&view).first() {
        let message = format!("--plural {unused}: no chosen rule reads that kind");
        return Err(Failure::usage(message).help("the kinds are those of `rulebox needs`"));
    }
    let roles = Roles::of(&view, &plurals)?;
    output::note(roles.notes());
    output::note(typed.note());
    // Where packs of one's own lie in the pod, they have the names of their files.
    let files = pack_files::named_files(&named.named);
    let files = files.iter().filter_map(|it| it.file_name());
    let options = Options {
        rules: choice.rule.clone(),
        skip_rules: choice.skip_rule.clone(),
        standard: named.named.packs.iter().any(|it| it == STANDARD),
        packs: files.map(|it| it.to_string_lossy().into_owned()).collect(),
        config: file.text().to_owned(),
        ..typed.options()
    };
    if typed.helm_values {
        return Ok(helm_values(&options, &roles)?);
    }
    let defaults = yaml::to_json_value(VALUES)
        .map_err(|it| Failure::usage(format!("the values of the chart: {it}")))?;
    let chart = Chart::new(defaults)?;
    let print = if typed.role_only { role_manifests } else { manifests };
    Ok(print(&chart, &options, &roles)?)
}
