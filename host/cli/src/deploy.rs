//! `rulebox manifests`: what runs Rulebox in a cluster, as text to print. No cluster is asked, and
//! nothing is applied.

use std::{collections::BTreeSet, fs, path::Path};

use rulebox_deploy::{
    Chart, ChartError, Options, Pack, PackFile, PluralError, Plurals, Roles, VALUES, helm_values,
    manifests, role_manifests, too_large,
};
use rulebox_reader::yaml;
use rulebox_registry::{Content, PACK_FILE, Pulled, Reference, ports};
use rulebox_run::Plan;

use crate::{
    config,
    exit::Failure,
    manifests::Manifests,
    output,
    pack_args::{Choice, STANDARD, ShownPacks},
    pack_files,
    pack_parts::is_text,
    pack_texts,
    packs::{self, Loaded},
    pods,
    registries::{Configured, failure},
};

/// A component that is longer holds an engine of JavaScript or Python, whose compilation takes
/// hundreds of MiB; one in Rust has less than 1 MiB.
const ENGINE_BYTES: usize = 4 << 20;

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
    typed.check(named.named.packs.iter().any(|it| Reference::is_one(it)))?;
    // What it says is checked: a pod that refuses it would only say so when it starts.
    let (config, file) = config::read(&named.config)?;
    let configured = Configured::of(&config, &file)?;
    let Loaded { packs, pulled, .. } = packs::load_whole(named, &configured)?;
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
    let Volume { packs, files: pack_files } = volume(&named.named.packs)?;
    if !typed.role_only && !typed.helm_values {
        output::warn(too_large(&packs, &pack_files).as_slice());
    }
    let references: Vec<_> =
        pulled.iter().map(|(it, as_what)| it.at(as_what.digest.clone())).collect();
    let mut registry_ports = BTreeSet::new();
    for it in &references {
        registry_ports.extend(ports(&configured.registries, it).map_err(|it| failure(&it))?);
    }
    let options = Options {
        rules: choice.rule.clone(),
        skip_rules: choice.skip_rule.clone(),
        standard: named.named.packs.iter().any(|it| it == STANDARD),
        compiles_engines: compiles_engines(&pack_files, &pulled),
        packs,
        pack_files,
        references: references.iter().map(ToString::to_string).collect(),
        registry_ports: registry_ports.into_iter().collect(),
        config: pods::configuration(&file, &configured, &named.named.registries, &references)?,
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

/// Whether one of the packs holds an engine, which the pods compile.
fn compiles_engines(files: &[PackFile], pulled: &[(Reference, Pulled)]) -> bool {
    let is_file = |it: &PackFile| !is_text(Path::new(&it.path)) && it.bytes > ENGINE_BYTES;
    let is_pulled = |it: &Content| matches!(it, Content::Component(it) if it.len() > ENGINE_BYTES);
    files.iter().any(is_file) || pulled.iter().any(|it| is_pulled(&it.1.content))
}

/// Packs of one's own that are files, by their paths in the volume of the pods, and all files
/// there. A pack that is a folder has a folder of its own.
fn volume(named: &[String]) -> Result<Volume, Failure> {
    let mut volume = Volume::default();
    for word in named.iter().filter(|it| *it != STANDARD && !Reference::is_one(it)) {
        for file in pack_files::files(word)? {
            volume.file(&file)?;
        }
    }
    let mut paths: Vec<_> = volume.files.iter().map(|it| it.path.as_str()).collect();
    paths.sort_unstable();
    let twice = paths.windows(2).find_map(|it| match it {
        [a, b] if a == b => Some(a),
        _ => None,
    });
    if let Some(twice) = twice {
        let message = format!("two packs would be {twice} in the pods");
        return Err(Failure::usage(message).help("give the file or the folder of one another name"));
    }
    Ok(volume)
}

#[derive(Default)]
struct Volume {
    packs: Vec<Pack>,
    files: Vec<PackFile>,
}

impl Volume {
    /// A file of this machine, and what belongs to it.
    fn file(&mut self, file: &Path) -> Result<(), Failure> {
        let name = |it: &Path| it.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What it is called says nothing: its folder does.
        let folder = file.ends_with(PACK_FILE).then(|| file.canonicalize().ok()).flatten();
        let folder = folder.as_deref().and_then(Path::parent).map(name).filter(|it| !it.is_empty());
        let path = folder.iter().cloned().chain([name(file)]).collect::<Vec<_>>().join("/");
        let source = file.display().to_string();
        let bytes = fs::metadata(file).map_or(0, |it| it.len());
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let whole = file.parent().filter(|_| folder.is_some()).unwrap_or(file);
        let whole = if whole.as_os_str().is_empty() { Path::new(".") } else { whole };
        self.packs.push(Pack { path: path.clone(), source: whole.display().to_string() });
        self.files.push(PackFile { path, source, bytes });
        if !is_text(file) {
            return Ok(());
        }
        let texts = pack_texts::read(file, usize::MAX)?.unwrap_or_default();
        for part in texts.into_iter().skip(1) {
            let within = Path::new(&part.path);
            let within =
                file.parent().and_then(|it| within.strip_prefix(it).ok()).unwrap_or(within);
            let within = folder.iter().cloned().chain([within.display().to_string()]);
            let path = within.collect::<Vec<_>>().join("/");
            self.files.push(PackFile { path, bytes: part.content.len(), source: part.path });
        }
        Ok(())
    }
}
