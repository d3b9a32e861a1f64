//! TAB in real shells. Bash is on every machine; the others are asked where they are installed.

mod program;

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// A folder with a dump, a pack and a kubeconfig.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("written");
    };
    write("dump.yaml", "");
    write("report one.json", "");
    write("mine.wasm", "");
    write("z*.yaml", "");
    write("zz.yaml", "");
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    write("sub/inner.yaml", "");
    let contexts = "apiVersion: v1\nkind: Config\ncontexts:\n\
                    - {name: prod, context: {cluster: c, user: u}}\n\
                    - {name: preview, context: {cluster: c, user: u}}\n";
    write("kubeconfig", contexts);
    folder
}

/// The program's folder before all others.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_rulebox")).parent().expect("a folder").display();
    format!("{program}:{}", std::env::var("PATH").unwrap_or_default())
}

/// What a shell's script prints in the folder; none where the shell is not installed. A script that
/// says anything on standard error would say it in the prompt.
fn ask(shell: &str, arguments: &[&str], folder: &TempDir) -> Option<String> {
    let mut command = Command::new(shell);
    command.args(arguments).current_dir(folder.path()).env("PATH", path());
    command.env("KUBECONFIG", folder.path().join("kubeconfig")).env("HOME", folder.path());
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: {shell} is not installed");
            return None;
        }
        other => other.expect("the shell runs"),
    };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// What bash offers for a line that ends at the cursor. It parts words as readline does.
fn bash(line: &str) -> Vec<String> {
    let script = r#"
        source <(rulebox completions bash)
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() word='' current=''
        for ((i = 0; i < ${#1}; i++)); do
            c=${1:i:1}
            case $c in
                ' ') [[ $word ]] && COMP_WORDS+=("$word"); word='' ;;
                [=:]) [[ $word ]] && COMP_WORDS+=("$word"); COMP_WORDS+=("$c"); word='' ;;
                *) word+=$c ;;
            esac
        done
        COMP_WORDS+=("$word"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _rulebox rulebox "$word" ''
        printf '%s\n' "${COMPREPLY[@]}""#;
    let folder = folder();
    let offered = ask("bash", &["--norc", "-c", script, "bash", line], &folder).expect("bash");
    offered.lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn fish(line: &str) -> Option<Vec<String>> {
    let script = "rulebox completions fish | source; complete -C $argv[1]";
    let offered = ask("fish", &["--no-config", "-c", script, line], &folder())?;
    Some(offered.lines().map(|it| it.split('\t').next().unwrap_or(it).to_owned()).collect())
}

/// What zsh inserts where there is one candidate. It completes only on a terminal: zpty is one.
fn zsh(line: &str) -> Option<String> {
    let script = r#"
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z "PS1= PS2= RPS1= ; autoload -U compinit; compinit -u -D; unsetopt beep"
        zpty -w z "source <(rulebox completions zsh); show() { print -r -- \"<<\$BUFFER>>\" }"
        zpty -w z "zle -N show; bindkey ^X show; print REA''DY"
        zpty -r -m z seen '*READY*'
        zpty -w -n z "$1"$'\t'$'\x18'
        zpty -r -m z seen '*<<*>>*'
        print -r -- "${${seen##*<<}%%>>*}"
        zpty -d z"#;
    let inserted = ask("zsh", &["-f", "-c", script, "zsh", line], &folder())?;
    Some(inserted.trim_end().to_owned())
}

/// All shells offer this, and nothing else; where it is one word, zsh inserts it.
#[track_caller]
fn check(arguments: &str, want: &[&str]) {
    let line = &*format!("rulebox {arguments}");
    assert_eq!(bash(line), want, "bash");
    let (before, word) = line.rsplit_once(' ').expect("words");
    let (glued, _) = word.rsplit_once('=').map_or(("", word), |(it, _)| (&word[..=it.len()], word));
    if let Some(offered) = fish(line) {
        let want: Vec<_> =
            want.iter().map(|it| format!("{glued}{}", it.replace('\\', ""))).collect();
        assert_eq!(offered, want, "fish");
    }
    if let (&[one], Some(inserted)) = (want, zsh(line)) {
        assert_eq!(inserted.trim_end(), format!("{before} {glued}{one}"), "zsh");
    }
}

#[test]
fn rules_are_offered() {
    check("check --rule vault-u", &["vault-unavailable"]);
    check("check --skip-rule restore-", &["restore-failed", "restore-incomplete"]);
    check("rules explain vault-t", &["vault-twin-drift"]);
    check("rules explain backup-center/vault-t", &["backup-center/vault-twin-drift"]);
    check("check --rule zzz", &[]);
}

#[test]
fn rules_are_those_of_the_packs_that_were_typed() {
    check("check --pack standard --rule vault-t", &["vault-twin-drift"]);
    check("check --pack mine.wasm --rule vault-t", &[]);
}

#[test]
fn formats_are_offered_and_then_files() {
    let formats = [
        "text",
        "html",
        "json",
        "yaml",
        "markdown",
        "sarif",
        "junit",
        "github",
        "csv",
        "prometheus",
        "openmetrics",
        "policyreport",
        "openreports",
    ];
    check("check -o ", &formats);
    check("check --output pro", &["prometheus"]);
    check("check -o json=du", &["dump.yaml"]);
    check("check -o json=sub/", &["sub/inner.yaml"]);
    check("check -o json=rep", &["report\\ one.json"]);
    check("check --cluster a=du", &["dump.yaml"]);
}

#[test]
fn words_that_have_choices_are_offered() {
    check("check --fail-on ", &["info", "low", "medium", "high", "critical", "never"]);
    check("check --color a", &["auto", "always"]);
    check("schema b", &["backup-center"]);
    check("schema c", &["config"]);
    check("completions z", &["zsh"]);
    check("manifests --form ", &["deployment", "cronjob"]);
    check("manifests --role-only --rule vault-t", &["vault-twin-drift"]);
    check("dashboard --for r", &["rulebox"]);
    check("alerts -o p", &["prometheusrule"]);
    check("ru", &["rules"]);
}

#[test]
fn files_are_offered() {
    check("check du", &["dump.yaml"]);
    check("check --pack ", &["standard", "mine.wasm", "sub/"]);
    check("check --config du", &["dump.yaml"]);
}

#[test]
fn contexts_are_those_of_the_kubeconfig() {
    check("check --live --context pr", &["preview", "prod"]);
    check("check --live --kubeconfig dump.yaml --context pr", &[]);
    check("check --live --kubeconfig none --context pr", &[]);
}

#[test]
fn nothing_that_is_typed_makes_it_speak() {
    for line in ["check --nonsense ", "nonsense x ", "check -o nonsense="] {
        bash(&format!("rulebox {line}"));
    }
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = program::run(&mut program::command(&["completions", shell]), "");
        assert!(ran.out.contains("_RULEBOX_COMPLETE"), "{shell}: {}", ran.out);
        assert_eq!((ran.code, &*ran.err), (0, ""));
    }
}

/// Elsewhere a name is not a pattern.
#[test]
fn a_name_that_is_a_pattern_is_offered_as_it_is() {
    assert_eq!(bash("rulebox check --config z"), ["z\\*.yaml", "zz.yaml"]);
}
