//! `rulebox rules record`: which finding of which dump, and where its fixture goes. How the dump is
//! made smaller is known to `rulebox-author`.

mod found;
mod place;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use jiff::Timestamp;
use rulebox_author::{Recorded, Recording, Tests, names_of};
use rulebox_core::shell_word;
use rulebox_report::redact_json;
use rulebox_run::find_rules;

use self::{
    found::{Found, Meant},
    place::{To, default_place, named, refuse_existing, test_command, write},
};
use crate::{
    config,
    exit::Failure,
    files::words,
    moments::moment,
    numbers::some,
    output,
    pack_args::{PackLimits, Packs, RULES},
    packs::{self, Loaded},
    progress::Progress,
    registries::Configured,
    rules::build,
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox rules record dump.yaml --pack my-rules/ --rule image-not-ours
  rulebox rules record dump.yaml --pack . --rule image-not-ours --subject 'Pod a/b'
  rulebox rules record dump.yaml --pack . --rule image-not-ours --no-data
  rulebox rules record dump.yaml --rule vault-unavailable -o -

It keeps the objects and fields without which the rule would say something else, \
and writes them with what is expected at their head, as `rulebox rules test` \
reads it. Values of Secrets and what looks like a credential are never in it, \
and names are pseudonyms. Look through the file before you share it: what a \
sentence tells, only a person can see.";

/// What `rulebox rules record` takes.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The dump, or its parts: what `check` reads.
    #[arg(value_name = "DUMP", required = true)]
    inputs: Vec<PathBuf>,
    /// The rule that finds it: `vault-unavailable`, or `backup-center/vault-unavailable`.
    #[arg(long, value_name = "RULE", help_heading = RULES)]
    rule: String,
    /// The subject of the finding, as reports name it: 'Pod shop/web-0', shop/web-0, or web-0.
    #[arg(long, value_name = "OBJECT", conflicts_with = "fingerprint")]
    subject: Option<String>,
    /// The fingerprint of the finding, as reports have it.
    #[arg(long, value_name = "DIGITS")]
    fingerprint: Option<String>,
    /// Record that the rule has no data, and not what it finds; of several reasons the one that
    /// holds this text.
    #[arg(long, value_name = "PHRASE", num_args = 0..=1, require_equals = true)]
    #[arg(conflicts_with_all = ["subject", "fingerprint"])]
    #[expect(clippy::option_option, reason = "clap tells no option from one without a value so")]
    no_data: Option<Option<String>>,
    /// The fixture to write, whose name begins with bad_; or - for standard output [default:
    /// fixtures/RULE/bad_NAME.yaml beside the pack].
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Put no pseudonyms in the place of names; with names, in the place of all but these. Names
    /// that the pack itself asks for stay anyway.
    #[arg(long, value_name = "NAME,…", num_args = 0.., require_equals = true)]
    #[arg(value_delimiter = ',')]
    keep_names: Option<Vec<String>>,
    /// How often the rule is asked at most while the dump is made smaller.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = some)]
    runs: usize,
    /// When the dump was taken, RFC 3339, as of `check`: the fixture says the same.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    as_of: Option<Timestamp>,
    /// A configuration, as `rulebox check --help` shows it; repeatable, a later one wins. The
    /// fixture says which settings it gives the pack.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = RULES)]
    config: Vec<PathBuf>,
    #[command(flatten)]
    packs: Packs,
    #[command(flatten)]
    limits: PackLimits,
}

/// Writes the fixture, and gives what a person is told; the fixture itself for standard output.
pub(crate) fn run(typed: &Record) -> Result<String, Failure> {
    let named = typed.output.as_deref().map(named).transpose()?;
    let (config, file) = config::read(&typed.config)?;
    let redaction = config.redaction()?;
    let configured = Configured::of(&config, &file)?;
    let Loaded { packs, failures, notes, .. } =
        packs::load(&typed.packs, &configured, (&typed.limits).into())?;
    output::note(notes);
    if let Some(it) = failures.into_iter().next() {
        return Err(packs::refusal(it));
    }
    // A rule that was changed since says something else.
    output::note(typed.packs.packs.iter().filter_map(|it| build::stale_words(Path::new(it))));
    let tests = Tests::new(packs);
    let rule = rule(&typed.rule, &tests)?;
    let progress = Progress::new(false);
    let read = (&typed.inputs[..], typed.as_of);
    let found = Found::of(read, &tests, &rule, config.clone(), &progress)?;
    let meant = Meant {
        subject: typed.subject.as_deref(),
        fingerprint: typed.fingerprint.as_deref(),
        no_data: typed.no_data.as_ref().map(|it| it.as_deref().unwrap_or_default()),
    };
    let (wanted, cluster) = found.wanted(&meant, &rule)?;
    let to = match named {
        Some(to) => to,
        None => default_place(&typed.packs, &rule, &wanted)?,
    };
    if let To::File(path) = &to {
        refuse_existing(path)?;
    }
    let info = tests.infos().into_iter().find(|it| it.name == rule.0).expect("it has the rule");
    let kept_names = match &typed.keep_names {
        Some(names) if names.is_empty() => None,
        names => {
            let typed = names.iter().flatten().cloned();
            Some(typed.chain(names_of(&info.needs)).collect::<BTreeSet<_>>())
        }
    };
    let mut settings = config.settings_of(&rule.0).cloned();
    if let Some(settings) = &mut settings {
        redact_json(settings);
    }
    let recording = Recording {
        name: to.name(),
        wanted,
        objects: cluster.objects.clone(),
        lists: cluster.lists.clone(),
        as_of: cluster.as_of,
        settings,
        redaction,
        kept_names,
        runs: typed.runs,
        rule,
    };
    let rule = recording.rule.clone();
    let step = &mut |it: &str| progress.say(|| it.to_owned());
    let recorded = rulebox_author::record(&tests, recording, step)
        .map_err(|it| Failure::usage(it.to_string()).help(it.help()))?;
    drop(progress);
    let Recorded { text, objects, runs, is_smallest } = recorded;
    if !is_smallest {
        output::note(Some(format!(
            "the rule was asked {} times, and more could be left out: --runs {}",
            typed.runs,
            typed.runs.saturating_mul(10)
        )));
    }
    let To::File(path) = &to else { return Ok(text) };
    write(path, &text).map_err(|it| {
        Failure::usage(format!("cannot write {}: {}", path.display(), words(&it)))
            .help("choose a place that you may write to: -o FILE")
    })?;
    let objects = if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") };
    let shown = shell_word(&path.to_string_lossy()).into_owned();
    let test = test_command(&typed.packs, &rule.1, path);
    Ok(format!("wrote {shown}: {objects}, for which the rule was asked {runs} times\n{test}"))
}

/// The pack and the id of the one rule that was meant.
fn rule(typed: &str, tests: &Tests) -> Result<(String, String), Failure> {
    match &find_rules(typed, &tests.infos())?[..] {
        [one] => Ok(one.clone()),
        several => {
            let names = several.iter().map(|(pack, rule)| format!("{pack}/{rule}"));
            let names = names.collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("several packs have a rule `{typed}`"))
                .help(format!("name one of them: {names}")))
        }
    }
}
