//! What a person may have meant whose arguments clap refuses: one sentence in place of a usage line
//! that would not help. It looks at what was typed, and whether a word is a path; nothing is read.

use std::{ffi::OsString, path::Path};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use rulebox_core::shell_word;

use crate::exit::Failure;

/// What is wrong and what to type, where more can be said than clap says.
pub(crate) fn meant(error: &clap::Error, typed: &[OsString]) -> Option<Failure> {
    let typed = Typed(typed.iter().skip(1).map(|it| it.to_string_lossy().into_owned()).collect());
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            command(&text(error, ContextKind::InvalidSubcommand), &typed)
        }
        ErrorKind::UnknownArgument => argument(&text(error, ContextKind::InvalidArg), &typed),
        // It names its own.
        ErrorKind::MissingRequiredArgument
            if ["--until", "--write-suppressions"]
                .iter()
                .any(|it| text(error, ContextKind::InvalidArg).contains(it)) =>
        {
            None
        }
        ErrorKind::MissingRequiredArgument => missing(&typed),
        ErrorKind::InvalidValue => empty(error, &typed),
        _ => None,
    }
}

/// The words behind the program's name.
struct Typed(Vec<String>);

impl Typed {
    /// The command: the first word that is no option, as far as options have no values of their
    /// own. Only `--color` may stand before it.
    fn command(&self) -> &str {
        let mut words = self.0.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--color" => drop(words.next()),
                it if it.starts_with('-') && it != "-" => {}
                it => return it,
            }
        }
        ""
    }

    /// The option as it was typed, if one of these was: `--context`, `--context=x`, `-n`, `-nx`.
    fn option(&self, names: &[&'static str]) -> Option<&'static str> {
        let is = |word: &str, name: &str| match word.strip_prefix(name) {
            Some("") => true,
            Some(value) => value.starts_with('=') || !name.starts_with("--"),
            None => false,
        };
        let words = || self.0.iter().take_while(|it| *it != "--");
        names.iter().copied().find(|name| words().any(|it| is(it, name)))
    }

    /// The value behind an option.
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(nth, word)| match word.strip_prefix(name)? {
            "" => self.0.get(nth + 1).map(String::as_str),
            value => value.strip_prefix('='),
        })
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(it)) => it.clone(),
        Some(ContextValue::Strings(all)) => all.join(" "),
        _ => String::new(),
    }
}

/// A word that is no command: a path, or a command of `rules`.
fn command(word: &str, typed: &Typed) -> Option<Failure> {
    if typed.command() != word {
        return None;
    }
    let refused = Failure::usage(format!("there is no command `{word}`"));
    match word {
        "explain" => return Some(refused.help("did you mean `rulebox rules explain RULE`?")),
        "list" => return Some(refused.help("did you mean `rulebox rules list`?")),
        _ => {}
    }
    let is_path = word == "-" || word.contains(['/', '.']) || Path::new(word).exists();
    // An option that begins with - is a path to `shell_word` that does.
    let quoted = |it: &String| if it.starts_with('-') { it.clone() } else { shell_word(it).into() };
    let all: Vec<_> = typed.0.iter().map(quoted).collect();
    is_path.then(|| refused.help(format!("did you mean `rulebox check {}`?", all.join(" "))))
}

/// An argument that another command, or another program, has.
fn argument(name: &str, typed: &Typed) -> Option<Failure> {
    let command = typed.command();
    let refused = |help: String| {
        Some(Failure::usage(format!("`rulebox {command}` takes no {name}")).help(help))
    };
    match (command, name) {
        ("collect", "--live") => refused("leave it out: collect always asks a cluster".to_owned()),
        ("collect", "--all-contexts") => {
            refused("collect from one context at a time: --context CONTEXT".to_owned())
        }
        ("check" | "needs", "--format" | "--output-format") => {
            let format = typed.value(name).unwrap_or("FORMAT");
            refused(format!("write `-o {}`", shell_word(format)))
        }
        ("check" | "needs", "--json") => refused("write `-o json`".to_owned()),
        _ => None,
    }
}

/// The arguments that mean nothing without `--live`.
const LIVE: [&str; 9] = [
    "--context",
    "--all-contexts",
    "--namespace",
    "-n",
    "--kubeconfig",
    "--request-timeout",
    "--cluster-deadline",
    "--run-deadline",
    "--answer-size",
];

/// The same, of those that write elsewhere.
const ELSEWHERE: [&str; 2] = ["--write-reports", "--pushgateway"];

fn missing(typed: &Typed) -> Option<Failure> {
    if typed.command() != "check" {
        return None;
    }
    let gateway = typed.option(&["--pushgateway-ca", "--pushgateway-auth"]);
    if gateway.is_some() && typed.option(&["--pushgateway"]).is_none() {
        return None;
    }
    if let Some(name) = typed.option(&ELSEWHERE) {
        return Some(
            Failure::usage(format!("{name} is for --live: what a dump shows is long past")).help(
                format!("to ask a cluster, add --live and name no dump; else leave {name} out"),
            ),
        );
    }
    match typed.option(&LIVE) {
        Some(name) => {
            Some(Failure::usage(format!("{name} is for --live, and a dump is read whole")).help(
                format!("to ask a cluster, add --live and name no dump; else leave {name} out"),
            ))
        }
        None => {
            Some(Failure::usage("there is nothing to check: no INPUT was named").help(
                "name a dump (a file, a folder or an archive), - for standard input, or --live",
            ))
        }
    }
}

/// An empty word, where clap says that there is none.
fn empty(error: &clap::Error, typed: &Typed) -> Option<Failure> {
    let is_empty = |it: &String| it.is_empty() || (it.starts_with("--") && it.ends_with('='));
    if !text(error, ContextKind::InvalidValue).is_empty() || !typed.0.iter().any(is_empty) {
        return None;
    }
    let argument = text(error, ContextKind::InvalidArg);
    let argument = argument.trim_matches(['[', ']', '.']);
    Some(
        Failure::usage(format!("{argument}: the word that was typed is empty"))
            .help("it may come from a variable of the shell that is not set"),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;

    /// What is said of these words; nothing where clap's own words stay.
    #[track_caller]
    fn check(typed: &str, want: &str) {
        let words = typed.split(' ').map(|it| OsString::from(it.replace("''", "")));
        let words: Vec<_> = std::iter::once("rulebox".into()).chain(words).collect();
        let error = Cli::try_parse_from(&words).expect_err("it is refused");
        let got = meant(&error, &words).map(|it| it.to_string()).unwrap_or_default();
        assert_eq!(got, want, "{error}");
    }

    #[test]
    fn a_path_in_place_of_a_command_is_checked() {
        let want = |words: &str, word: &str| {
            format!("there is no command `{word}`\ndid you mean `rulebox check {words}`?")
        };
        check("dumps/x.yaml", &want("dumps/x.yaml", "dumps/x.yaml"));
        check("x.yaml -o json", &want("x.yaml -o json", "x.yaml"));
        check("src", &want("src", "src"));
        check("nonsense", "");
        check("rules x.yaml", "");
    }

    #[test]
    fn a_command_of_rules_is_found() {
        let want = |word: &str, typed: &str| {
            format!("there is no command `{word}`\ndid you mean `rulebox rules {typed}`?")
        };
        check("list", &want("list", "list"));
        check("explain vault-unavailable", &want("explain", "explain RULE"));
    }

    #[test]
    fn an_argument_of_another_command_is_told() {
        check(
            "collect --live",
            "`rulebox collect` takes no --live\nleave it out: collect always asks a cluster",
        );
        let json = "`rulebox check` takes no --format\nwrite `-o json`";
        check("check a.yaml --format json", json);
        check("check a.yaml --format=json", json);
        check("--color never needs --json", "`rulebox needs` takes no --json\nwrite `-o json`");
        check("check a.yaml --nonsense", "");
    }

    #[test]
    fn what_is_for_a_cluster_needs_one() {
        let want = |name: &str| {
            format!(
                "{name} is for --live, and a dump is read whole\n\
                 to ask a cluster, add --live and name no dump; else leave {name} out"
            )
        };
        check("check --context rb", &want("--context"));
        check("check dump.yaml --namespace csdr", &want("--namespace"));
        check("check dump.yaml -ncsdr", &want("-n"));
        check("check dump.yaml --kubeconfig=x", &want("--kubeconfig"));
        check("check dump.yaml --request-timeout 3", &want("--request-timeout"));
        check("check dump.yaml --all-contexts", &want("--all-contexts"));
    }

    #[test]
    fn a_dump_writes_nothing_elsewhere() {
        let want = |name: &str| {
            format!(
                "{name} is for --live: what a dump shows is long past\n\
                 to ask a cluster, add --live and name no dump; else leave {name} out"
            )
        };
        check("check dump.yaml --write-reports policyreports", &want("--write-reports"));
        check("check dump.yaml --pushgateway=http://x", &want("--pushgateway"));
        check("check --live --pushgateway-auth x", "");
    }

    #[test]
    fn nothing_to_check_says_what_may_be_named() {
        let want = "there is nothing to check: no INPUT was named\n\
                    name a dump (a file, a folder or an archive), - for standard input, or --live";
        check("check", want);
        check("check -o json", want);
        check("rules explain", "");
    }

    #[test]
    fn an_empty_word_is_told_from_none() {
        let want = |name: &str| {
            format!(
                "{name}: the word that was typed is empty\n\
                 it may come from a variable of the shell that is not set"
            )
        };
        check("check ''", &want("INPUT"));
        check("check --config= a", &want("--config <FILE>"));
        check("check a --config", "");
    }
}
