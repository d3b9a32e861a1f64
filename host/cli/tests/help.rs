//! What the help says and how it looks, and when anything is coloured.

mod program;

use program::Ran;

const COMMANDS: [&[&str]; 18] = [
    &[],
    &["check"],
    &["collect"],
    &["report"],
    &["diff"],
    &["needs"],
    &["manifests"],
    &["dashboard"],
    &["alerts"],
    &["rules"],
    &["rules", "list"],
    &["rules", "explain"],
    &["rules", "test"],
    &["rules", "new"],
    &["rules", "build"],
    &["rules", "inspect"],
    &["schema"],
    &["completions"],
];

/// The help of a command on a terminal of 80 columns.
fn help(command: &[&str], flag: &str) -> String {
    let arguments = [command, &[flag]].concat();
    let ran = program::run(program::command(&arguments).env("COLUMNS", "80"), "");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    ran.out
}

#[test]
fn help_fits_80_columns() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let help = help(command, flag);
            // A command that is copied stays in one line.
            let too_long = |it: &&str| it.chars().count() > 80 && it.trim().contains(' ');
            let long: Vec<_> = help.lines().filter(too_long).collect();
            assert!(long.is_empty(), "{command:?} {flag}: {long:#?}");
        }
    }
}

#[test]
fn what_stands_behind_the_arguments_is_not_broken() {
    for command in COMMANDS {
        let help = help(command, "--help");
        let codes = help.split_once("\nExit codes").map(|it| it.1).unwrap_or_default();
        let is_code = |it: &str| it.starts_with("  ") || it.starts_with("Where several apply");
        let broken: Vec<_> =
            codes.lines().skip(1).filter(|it| !it.is_empty() && !is_code(it)).collect();
        assert!(broken.is_empty(), "{command:?}: {broken:?}");
        let examples = help.split_once("\nExamples:\n").map(|it| it.1).unwrap_or_default();
        let examples = examples.split("\n\n").next().unwrap_or_default();
        let is_command = |it: &str| it.starts_with("  rulebox ") || it.starts_with("  kubectl ");
        assert!(examples.lines().all(is_command), "{command:?}: {examples}");
    }
}

#[test]
fn each_help_has_its_exit_codes() {
    for command in COMMANDS {
        let help = help(command, "--help");
        let has = help.contains("  101  a bug in rulebox");
        // What only has commands of its own, or prints what is built in.
        let needs_none = matches!(command, ["rules", _] | ["completions"]);
        assert!(has || needs_none, "{command:?}: {help}");
    }
    assert!(help(&[], "--help").contains("Exit codes of `rulebox check`"));
}

#[test]
fn the_help_shows_a_configuration_that_is_one() {
    let help = help(&["check"], "--help");
    let from = help.find("failOn: high").expect("a configuration");
    let lines = help[from..].lines().take_while(|it| !it.trim().is_empty());
    let text: Vec<_> = lines.map(|it| it.strip_prefix("          ").unwrap_or(it)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    std::fs::write(&file, text.join("\n")).expect("written");
    // What it names beside it.
    std::fs::write(folder.path().join("ca.pem"), "").expect("written");
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/../registry/tests/cosign/cosign.pub");
    std::fs::copy(key, folder.path().join("cosign.pub")).expect("copied");
    let file = file.display().to_string();
    let dump = "fixtures/clusters/vault-denied.yaml";
    let ran = run(&["check", dump, "--config", &file], &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let schema = run(&["schema", "config"], &[]).out;
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    let value = rulebox_reader::yaml::to_json_value(&text.join("\n")).expect("YAML");
    assert!(jsonschema::draft202012::is_valid(&schema, &value), "{value}");
    let keys = ["failOn", "failOnNoData", "settings", "severities", "suppressions", "annotations"];
    for key in keys {
        assert!(text.iter().any(|it| it.starts_with(&format!("{key}:"))), "{key}: {text:?}");
    }
}

#[test]
fn the_help_and_the_book_list_the_same_archives() {
    let page = program::root().join("host/docs/src/guide/inputs.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let words = |it: &str| -> std::collections::BTreeSet<String> {
        let words = it.split(|it: char| !it.is_ascii_alphanumeric());
        let plain = words.filter(|it| !["", "and", "or", "with", "archives"].contains(it));
        plain.map(str::to_owned).collect()
    };
    let listed = page.lines().find(|it| it.starts_with("- tar and zip archives")).expect("formats");
    let listed = listed.strip_prefix("- ").expect("an item");
    let help = help(&["check"], "-h");
    let told = help.split_once("archives (").expect("archives").1.split_once(')').expect("all").0;
    assert_eq!(words(told), words(listed));
}

#[test]
fn usage_names_a_dump_or_a_cluster() {
    let usage = "Usage: rulebox check [OPTIONS] INPUT...\n       rulebox check [OPTIONS] --live\n";
    assert!(help(&["check"], "-h").contains(usage));
}

#[test]
fn arguments_stand_under_headings_that_fit() {
    let help = help(&["check"], "-h");
    let is_heading = |it: &&str| it.ends_with(':') && !it.starts_with(' ');
    let headings: Vec<_> = help.lines().filter(is_heading).collect();
    let want = [
        "Arguments:",
        "Options:",
        "Input:",
        "Live cluster:",
        "Rules and packs:",
        "Packs of registries:",
        "Known findings:",
        "Output:",
        "Limits of inputs:",
        "Limits of packs:",
    ];
    assert_eq!(headings, want, "{help}");
    let under = |heading: &str| {
        let rest = help.split_once(&format!("{heading}:\n")).expect("a heading").1;
        rest.split_once("\n\n").map_or(rest, |it| it.0).to_owned()
    };
    for (heading, arguments) in [
        ("Input", &["--cluster", "--as-of", "--lenient"][..]),
        ("Live cluster", &["--live", "--context", "--kubeconfig", "--request-timeout"]),
        ("Rules and packs", &["--pack", "--rule", "--skip-rule", "--config"]),
        ("Packs of registries", &["--require-signature", "--locked", "--offline"]),
        ("Known findings", &["--baseline", "--no-annotations", "--write-suppressions", "--until"]),
        ("Output", &["--output", "--fail-on", "--quiet", "--verbose", "--max-series"]),
        ("Limits of inputs", &["--objects-memory", "--document-size"]),
        ("Limits of packs", &["--pack-deadline", "--pack-memory", "--pack-output"]),
    ] {
        for argument in arguments {
            assert!(under(heading).contains(argument), "{argument} under {heading}:\n{help}");
        }
    }
}

#[test]
fn every_default_is_shown() {
    let help = help(&["check"], "-h").split_whitespace().collect::<Vec<_>>().join(" ");
    for default in [
        "standard",
        "text",
        "30",
        "256",
        "10000",
        "100000",
        "64",
        "auto",
        "`failOn` of the configuration, or low",
    ] {
        assert!(help.contains(&format!("[default: {default}]")), "{default}:\n{help}");
    }
    let numbers = rulebox_engine::Limits::default();
    assert_eq!((numbers.findings, numbers.samples), (10_000, 100_000));
}

/// Runs with these variables, and no others that tell of colours.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = program::command(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    program::run(&mut command, "")
}

/// Whether the errors of clap, the errors of this program and the output are coloured.
#[track_caller]
fn check_color(arguments: &[&str], variables: &[(&str, &str)], want: bool) {
    let dump = "fixtures/clusters/vault-denied.yaml";
    let is_coloured = |command: &[&str]| {
        let ran = run(&[command, arguments].concat(), variables);
        ran.out.contains('\u{1b}') || ran.err.contains('\u{1b}')
    };
    let commands: [&[&str]; 5] = [
        &["check", dump],
        &["check", "--nonsense"],
        &["check", dump, "--rule", "nonsense"],
        &["rules", "explain", "nonsense"],
        &["schema", "nonsense"],
    ];
    for command in commands {
        assert_eq!(is_coloured(command), want, "{command:?} {arguments:?} {variables:?}");
    }
}

#[test]
fn what_is_no_terminal_is_not_coloured() {
    check_color(&[], &[], false);
    check_color(&["--color", "auto"], &[("TERM", "dumb")], false);
}

#[test]
fn the_argument_comes_before_the_variables() {
    check_color(&["--color=always"], &[("NO_COLOR", "1"), ("TERM", "dumb")], true);
    check_color(&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false);
}

#[test]
fn variables_decide_without_the_argument() {
    check_color(&[], &[("CLICOLOR_FORCE", "1")], true);
    check_color(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false);
    check_color(&["--color", "auto"], &[("CLICOLOR_FORCE", "1")], true);
}

#[test]
fn an_argument_behind_the_end_of_arguments_is_an_input() {
    let ran = run(&["check", "--", "--color=always", "-o"], &[]);
    assert!(!ran.err.contains('\u{1b}') && ran.out.contains("--color=always"), "{}", ran.out);
}

/// The program under another name.
fn linked() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("kubectl-rulebox");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rulebox"), &link).expect("a link");
    (folder, link)
}

#[test]
fn as_a_plug_in_of_kubectl_the_help_says_what_to_type() {
    let (_folder, link) = linked();
    for command in COMMANDS {
        let mut plugin = std::process::Command::new(&link);
        let ran = program::run(plugin.args(command).arg("--help"), "");
        assert_eq!((ran.code, &*ran.err), (0, ""));
        let usage = format!("Usage: {}", [&["kubectl rulebox"], command].concat().join(" "));
        assert!(ran.out.contains(&usage), "no `{usage}` in: {}", ran.out);
        let alone = |it: &&str| it.starts_with("  rulebox ") || it.contains("`rulebox ");
        let alone: Vec<_> = ran.out.lines().filter(alone).collect();
        let only_completions = alone.iter().all(|it| it.contains("rulebox completions"));
        assert!(only_completions, "{command:?}: {alone:#?}");
    }
    let mut plugin = std::process::Command::new(&link);
    let ran = program::run(plugin.args(["check", "--no-such"]), "");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("kubectl rulebox check"), "{}", ran.err);
}

#[test]
fn kubectl_finds_the_plug_in() {
    let (folder, _) = linked();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut kubectl = std::process::Command::new("kubectl");
    kubectl.args(["rulebox", "--version"]);
    let there = format!("{}:{path}", folder.path().display());
    let output = match kubectl.env("PATH", there).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: kubectl is not installed");
            return;
        }
        other => other.expect("kubectl runs"),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
}

#[test]
fn each_command_has_a_page_that_man_shows_without_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().display().to_string();
    let ran = run(&["manual", "--to", &to], &[]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
    for command in COMMANDS {
        let name = [&["rulebox"], command].concat().join("-");
        let page = folder.path().join(format!("{name}.1"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|it| panic!("{name}: {it}"));
        assert!(text.contains(".SH SYNOPSIS"), "{text}");
        let mut man = std::process::Command::new("man");
        man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(&page).env("MANWIDTH", "80");
        match man.output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                eprintln!("skipped: man is not installed");
            }
            other => {
                let output = other.expect("man runs");
                let warned = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success() && warned.is_empty(), "{name}: {warned}");
            }
        }
    }
    let ran = run(&["manual", "--to", "no-such-folder"], &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no folder no-such-folder\nmake it first"), "{}", ran.err);
}
