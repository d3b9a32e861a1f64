//! What may follow on a command line, for the shell that asks at each TAB. Nothing is printed but
//! candidates: whatever cannot be read now has none. No pack but the built-in ones is loaded, and
//! nothing touches the network.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory as _};
use clap_complete::{
    ArgValueCompleter, CompleteEnv, CompletionCandidate, PathCompleter, Shell,
    engine::ValueCompleter as _,
    env::{EnvCompleter, Shells},
};
use rulebox_core::Severity;
use rulebox_engine::Limits;
use rulebox_report::Format;

use crate::{
    args::Cli,
    pack_args::{Packs, STANDARD},
    pack_files, packs,
    registries::Configured,
    rules::{CONFIG, RULE_PACK},
};

/// Set by the scripts: the shell that asks.
const VAR: &str = "_RULEBOX_COMPLETE";

const SHELLS: Shells<'static> = Shells(&[
    &Bash,
    &clap_complete::env::Elvish,
    &clap_complete::env::Fish,
    &clap_complete::env::Powershell,
    &Zsh,
]);

/// Answers a shell, if one asks.
pub(crate) fn answer(typed: &[OsString]) -> bool {
    if env::var_os(VAR).is_none_or(|it| it.is_empty()) {
        return false;
    }
    // A message would end up in the line that is being typed.
    std::panic::set_hook(Box::new(|_| {}));
    let folder = env::current_dir().ok();
    let shells =
        CompleteEnv::with_factory(|| with_completers(Cli::command())).var(VAR).shells(SHELLS);
    let _ = shells.try_complete(typed, folder.as_deref());
    true
}

/// The command and all below it, with what each argument takes. An argument has the same name in
/// all commands.
fn with_completers(command: Command) -> Command {
    let command = command.mut_args(|it| match completer(it.get_id().as_str()) {
        Some(completer) => it.add(completer),
        None => it,
    });
    let names: Vec<_> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| command.mut_subcommand(name, with_completers))
}

fn completer(argument: &str) -> Option<ArgValueCompleter> {
    let completer: fn(&OsStr) -> Vec<CompletionCandidate> = match argument {
        "inputs" => inputs,
        "clusters" => clusters,
        "context" => contexts,
        "packs" => packs,
        "pack" => pack_names,
        "rule" | "skip_rule" => rules,
        "outputs" => outputs,
        "fail_on" => severities,
        _ => return None,
    };
    Some(ArgValueCompleter::new(completer))
}

/// The script that a shell reads at its start.
pub(crate) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    let shell = SHELLS.completer(&shell.to_string()).expect("each shell has a completer");
    shell
        .write_registration(VAR, "rulebox", "rulebox", "rulebox", &mut script)
        .expect("a buffer takes all");
    String::from_utf8(script).expect("scripts are text")
}

/// Bash parts words at `=` and `:`, and takes what follows the last of them.
struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
        to: &mut dyn io::Write,
    ) -> io::Result<()> {
        to.write_all(include_str!("complete/rulebox.bash").as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        to: &mut dyn io::Write,
    ) -> io::Result<()> {
        clap_complete::env::Bash.write_complete(command, words, folder, to)
    }
}

/// As the library has it; also where the script lies in zsh's own folder of functions, where the
/// first TAB runs the file itself.
struct Zsh;

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        to: &mut dyn io::Write,
    ) -> io::Result<()> {
        clap_complete::env::Zsh.write_registration(var, name, bin, completer, to)?;
        writeln!(
            to,
            "if [[ $funcstack[1] == _rulebox ]]; then\n    \
             _clap_dynamic_completer_rulebox \"$@\"\nfi"
        )
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        to: &mut dyn io::Write,
    ) -> io::Result<()> {
        clap_complete::env::Zsh.write_complete(command, words, folder, to)
    }
}

/// The values that were typed for an argument before.
fn typed(argument: &str) -> Vec<OsString> {
    let words: Vec<_> = env::args_os().skip_while(|it| it != "--").skip(1).collect();
    let mut values = Vec::new();
    for (nth, word) in words.iter().enumerate() {
        let joined = word.to_str().and_then(|it| it.strip_prefix(argument)?.strip_prefix('='));
        if word == argument {
            values.extend(words.get(nth + 1).cloned());
        } else if let Some(value) = joined {
            values.push(value.into());
        }
    }
    values
}

fn beginning<'a>(
    current: &OsStr,
    words: impl IntoIterator<Item = (String, &'a str)>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().into_owned();
    let words = words.into_iter().filter(|it| it.0.starts_with(&current));
    words.map(|(word, help)| CompletionCandidate::new(word).help(some(help))).collect()
}

fn some(help: &str) -> Option<clap::builder::StyledStr> {
    (!help.is_empty()).then(|| help.to_owned().into())
}

/// The rules of the built-in packs, unless only others were named: a foreign pack would have to be
/// compiled.
fn rules(current: &OsStr) -> Vec<CompletionCandidate> {
    let packs = built_in();
    let rules = packs.iter().flat_map(|it| it.rules.iter().map(move |rule| (it, rule)));
    let with_pack = current.to_string_lossy().contains('/');
    let named = rules.map(|(pack, rule)| {
        let name = if with_pack { format!("{}/{}", pack.name, rule.id) } else { rule.id.clone() };
        (name, rule.summary.as_str())
    });
    beginning(current, named.collect::<Vec<_>>())
}

/// What `rulebox schema` knows: the built-in packs by name, the configuration, packs in
/// YAML.
fn pack_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let packs = built_in();
    let packs = packs.iter().map(|it| (it.name.clone(), ""));
    let config = (CONFIG.to_owned(), "the configuration");
    let rule_pack = (RULE_PACK.to_owned(), "packs in YAML");
    beginning(current, packs.chain([config, rule_pack]).collect::<Vec<_>>())
}

fn built_in() -> Vec<rulebox_core::PackInfo> {
    let named = typed("--pack");
    if !named.is_empty() && !named.iter().any(|it| it == STANDARD) {
        return Vec::new();
    }
    let loaded = packs::load(
        &Packs { packs: vec![STANDARD.to_owned()], ..Packs::default() },
        &Configured::default(),
        Limits::default(),
    );
    let loaded = loaded.map(|it| it.packs).unwrap_or_default();
    loaded.iter().map(|it| it.info().clone()).collect()
}

/// `standard`, files that end in `.wasm`, YAML that is a pack, and folders.
fn packs(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = beginning(current, [(STANDARD.to_owned(), "the built-in packs")]);
    let is_pack = |it: &Path| {
        let component = it.extension().is_some_and(|it| it == "wasm");
        component || it.is_dir() || pack_files::holds_rule_pack(it)
    };
    all.extend(paths(PathCompleter::any().filter(is_pack), current));
    all
}

/// The formats, and the files behind `json=`.
fn outputs(current: &OsStr) -> Vec<CompletionCandidate> {
    behind(current)
        .unwrap_or_else(|| beginning(current, Format::ALL.map(|it| (it.to_string(), it.about()))))
}

/// The files and folders behind `NAME=`; a name is the user's to choose.
fn clusters(current: &OsStr) -> Vec<CompletionCandidate> {
    behind(current).unwrap_or_default()
}

/// The severities, and `never`.
fn severities(current: &OsStr) -> Vec<CompletionCandidate> {
    let words = Severity::ALL.map(|it| it.as_str().to_owned()).into_iter();
    beginning(current, words.chain(["never".to_owned()]).map(|it| (it, "")))
}

/// The contexts of the kubeconfig that was typed, or of the user's.
fn contexts(current: &OsStr) -> Vec<CompletionCandidate> {
    let kubeconfig = typed("--kubeconfig").pop().map(PathBuf::from);
    let contexts = rulebox_cluster::contexts(kubeconfig.as_deref()).unwrap_or_default();
    beginning(current, contexts.into_iter().map(|it| (it, "")))
}

/// The inputs: files, folders, and standard input.
fn inputs(current: &OsStr) -> Vec<CompletionCandidate> {
    paths(PathCompleter::any().stdio(), current)
}

/// The paths behind the first `=`; none where there is no `=`.
fn behind(current: &OsStr) -> Option<Vec<CompletionCandidate>> {
    let (before, path) = current.to_str()?.split_once('=')?;
    let paths = paths(PathCompleter::any(), OsStr::new(path)).into_iter();
    Some(paths.map(|it| it.add_prefix(format!("{before}="))).collect())
}

/// The folder itself is no help to whoever completes a path.
fn paths(completer: PathCompleter, current: &OsStr) -> Vec<CompletionCandidate> {
    let mut all = completer.complete(current);
    all.retain(|it| it.get_value() != ".");
    all
}
