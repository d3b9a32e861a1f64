//! `rulebox manifests`: what runs Rulebox in a cluster, as text to print. Nobody is asked, and
//! nothing is applied.

use std::{fs, path::Path};

use rulebox_core::shell_word;
use rulebox_deploy::{
    Chart, ChartError, Options, PackFile, PluralError, Plurals, Roles, VALUES, helm_values,
    manifests, role_manifests, too_large,
};
use rulebox_reader::yaml;
use rulebox_registry::{Content, PACK_FILE, Pulled, Reference};
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
    let (config, file) = config::read(&named.config)?;
    let Loaded { packs, pulled, .. } = packs::load_whole(named, &config, &file)?;
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
    let (packs, pack_files) = volume(&named.named.packs, &pulled)?;
    if !typed.role_only && !typed.helm_values {
        output::warn(too_large(&pack_files).as_slice());
    }
    let options = Options {
        rules: choice.rule.clone(),
        skip_rules: choice.skip_rule.clone(),
        standard: named.named.packs.iter().any(|it| it == STANDARD),
        packs,
        pack_files,
        config: file.for_pods(),
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

/// Packs of one's own by their paths in the volume of the pods, and all files there. A pack that is
/// a folder has a folder of its own.
fn volume(
    named: &[String],
    pulled: &[(Reference, Pulled)],
) -> Result<(Vec<String>, Vec<PackFile>), Failure> {
    let mut volume = Volume::default();
    for (reference, it) in pulled {
        volume.pulled(reference, &it.content);
    }
    for word in named.iter().filter(|it| *it != STANDARD && !Reference::is_one(it)) {
        for file in pack_files::files(word)? {
            volume.file(&file)?;
        }
    }
    volume.notes.sort();
    output::note(volume.notes);
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
    Ok((volume.packs, volume.files))
}

#[derive(Default)]
struct Volume {
    packs: Vec<String>,
    files: Vec<PackFile>,
    notes: Vec<String>,
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
        self.packs.push(path.clone());
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

    /// A pack of a registry, which no pod asks: it is written to files here first.
    fn pulled(&mut self, reference: &Reference, content: &Content) {
        let name = reference.repository().rsplit('/').next().unwrap_or_default();
        let to = match content {
            Content::Component(_) => format!("{name}.wasm"),
            Content::Text(_) => format!("{name}.yaml"),
            Content::Folder(_) => name.to_owned(),
        };
        let word = reference.to_string();
        let word = shell_word(&word);
        self.notes.push(format!("no pod asks a registry: rulebox rules pull {word} --to {to}"));
        match content {
            Content::Component(bytes) | Content::Text(bytes) => {
                let (path, source) = (to.clone(), to.clone());
                self.files.push(PackFile { path, source, bytes: bytes.len() });
                self.packs.push(to);
            }
            Content::Folder(files) => {
                self.packs.push(format!("{to}/{PACK_FILE}"));
                self.files.extend(files.iter().map(|(path, bytes)| {
                    let path = format!("{to}/{path}");
                    PackFile { source: path.clone(), path, bytes: bytes.len() }
                }));
            }
        }
    }
}
