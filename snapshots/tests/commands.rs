//! No text of a dump becomes a second word, an option or a second line of a command, whatever a
//! name holds: every rule on every fixture in which it finds something, with each name that stands
//! in one of its commands made hostile.

use std::{collections::BTreeSet, fmt::Write as _};

use rulebox_report::Step;
use rulebox_sdk::{Finding, Pack, testing};
use rulebox_snapshots as shared;
use serde_json::{Value, json};

/// What hostile names begin with, and what they end in. A shell that reads any of it runs `touch`
/// or takes an option.
const HOSTILE: [(&str, &str); 2] = [
    ("--touch=", "'\"; touch A; $(touch B) `touch C` & touch D | touch E > F"),
    ("$(touch A) '", "\n  touch A\n$ touch B\n```\r  touch C\u{2028}  touch D\u{85}  touch E\\"),
];

/// Programs that a command of a rule may run.
const PROGRAMS: [&str; 3] = ["kubectl", "echo", "xargs"];

/// A word of a command as a shell sees it, without its quotes; or an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Pipe,
}

/// Splits a line as a POSIX shell does, and refuses what a shell would expand or run.
fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' => tokens.extend(word.take().map(Token::Word)),
            '|' => {
                tokens.extend(word.take().map(Token::Word));
                tokens.push(Token::Pipe);
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(format!("a quote is open: {line}")),
                    }
                }
            }
            '\\' => {
                let c = chars.next().ok_or_else(|| format!("a backslash at the end: {line}"))?;
                word.get_or_insert_default().push(c);
            }
            '"' | '$' | '`' | ';' | '&' | '<' | '>' | '(' | ')' | '#' | '~' | '*' | '?' | '!' => {
                return Err(format!("`{c}` is not quoted: {line}"));
            }
            c if c.is_control() => return Err(format!("{c:?} in a command: {line}")),
            c => word.get_or_insert_default().push(c),
        }
    }
    tokens.extend(word.map(Token::Word));
    Ok(tokens)
}

/// What is wrong with a command in which `touch` stands only where a name was made hostile.
fn judge(line: &str) -> Result<(), String> {
    for command in tokens(line)?.split(|it| *it == Token::Pipe) {
        let words: Vec<_> = command
            .iter()
            .map(|it| if let Token::Word(word) = it { word.as_str() } else { "" })
            .collect();
        if words.first().is_none_or(|it| !PROGRAMS.contains(it)) {
            return Err(format!("it runs {:?}: {line}", words.first()));
        }
        for word in words {
            if word.starts_with("touch") || word.starts_with("--touch") {
                return Err(format!("`{word}` is a word of its own: {line}"));
            }
        }
    }
    Ok(())
}

/// The lines of a remedy that outputs show as commands.
fn commands(finding: &Finding) -> impl Iterator<Item = &str> {
    finding.remedy.lines().filter_map(|it| it.strip_prefix("  "))
}

/// What is wrong with the remedy of a finding from a hostile dump.
fn judge_finding(finding: &Finding) -> Result<(), String> {
    for line in finding.remedy.lines() {
        let text = line.trim_start();
        if ["touch", "$ ", "```"].iter().any(|it| text.starts_with(it)) {
            return Err(format!("a name has written the line: {line}"));
        }
    }
    let texts = [&finding.summary, &finding.cause, &finding.remedy];
    let hidden = |c: char| c != '\n' && rulebox_core::text::is_hidden(c);
    if let Some(text) = texts.into_iter().find(|it| it.contains(hidden)) {
        return Err(format!("hidden characters in {text:?}"));
    }
    commands(finding).try_for_each(judge)
}

/// The objects of a fixture.
fn objects(text: &str) -> Vec<Value> {
    let documents = text.split("\n---\n").map(|it| {
        rulebox_reader::yaml::to_json_value(it).unwrap_or_else(|it| panic!("a fixture: {it}"))
    });
    documents
        .flat_map(|it| match it {
            Value::Object(mut list) if list.contains_key("items") => {
                let items = list.remove("items").expect("it is there");
                items.as_array().cloned().unwrap_or_default()
            }
            Value::Null => Vec::new(),
            object => vec![object],
        })
        .collect()
}

/// Each string of a value, where it is no key.
fn for_each_string(value: &mut Value, key: &str, change: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => change(key, text),
        Value::Array(items) => items.iter_mut().for_each(|it| for_each_string(it, key, change)),
        Value::Object(fields) => {
            for (key, field) in fields {
                for_each_string(field, key, change);
            }
        }
        _ => {}
    }
}

/// A fixture whose strings are changed, as JSON behind the comments of the fixture.
fn changed(text: &str, objects: &[Value], change: &mut dyn FnMut(&str, &mut String)) -> String {
    let mut changed: String =
        text.lines().take_while(|it| it.starts_with('#')).fold(String::new(), |mut all, it| {
            let _ = writeln!(all, "{it}");
            all
        });
    let mut list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    for_each_string(&mut list, "", change);
    let _ = writeln!(changed, "{list}");
    changed
}

/// The words of a finding's commands, and their parts between `/`, `=` and `,`.
fn names(findings: &[Finding]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in findings.iter().flat_map(commands) {
        for token in tokens(line).unwrap_or_else(|it| panic!("{it}")) {
            let Token::Word(word) = token else { continue };
            names.extend(word.split(['/', '=', ',']).map(str::to_owned));
            names.insert(word);
        }
    }
    names.retain(|it| it.len() > 1 && !it.starts_with('-'));
    names
}

/// Runs a pack on all its fixtures with hostile names; returns how many findings were judged.
fn run(pack: &Pack) -> Result<usize, String> {
    let mut judged = 0;
    // Many fixtures of a rule differ in what they say, and not in the commands that follow.
    let mut tried = BTreeSet::new();
    for fixture in shared::rule_fixtures(pack.name()) {
        if !fixture.stem.starts_with("bad_") {
            continue;
        }
        let objects = objects(&fixture.text);
        let mut strings = BTreeSet::new();
        changed(&fixture.text, &objects, &mut |_, it| {
            strings.insert(it.clone());
        });
        let honest = testing::evaluate(pack, &fixture.rule, &fixture.text).findings;
        let mut check = |change: &mut dyn FnMut(&str, &mut String)| {
            let text = changed(&fixture.text, &objects, change);
            for finding in testing::evaluate(pack, &fixture.rule, &text).findings {
                judge_finding(&finding)
                    .map_err(|it| format!("{}/{}: {it}", fixture.rule, fixture.stem))?;
                judged += 1;
            }
            Ok::<_, String>(())
        };
        let all = || honest.iter().flat_map(commands);
        let names: Vec<_> = names(&honest)
            .into_iter()
            .filter(|name| {
                let lines = all().filter(|it| it.contains(name)).collect::<Vec<_>>().join("\n");
                tried.insert((fixture.rule.clone(), lines.replace(name, "NAME")))
            })
            .collect();
        for (before, behind) in HOSTILE {
            for name in &names {
                // Most often a string of its own is the name, else a message holds it.
                if strings.contains(name) {
                    check(&mut |_, it| {
                        if *it == *name {
                            *it = format!("{before}{name}{behind}");
                        }
                    })?;
                } else if name.len() > 3 && strings.iter().any(|it| it.contains(name)) {
                    check(&mut |_, it| {
                        *it = it.replace(name, &format!("{before}{name}{behind}"));
                    })?;
                }
            }
            // The names in a message come after what makes it known, or before.
            check(&mut |key, it| {
                if key == "message" && !names.is_empty() {
                    *it = format!("{before}{it}{behind}");
                }
            })?;
        }
    }
    Ok(judged)
}

#[test]
fn no_name_of_a_dump_is_more_than_a_part_of_a_word() {
    for pack in shared::native_packs() {
        let judged = run(&pack).unwrap_or_else(|it| panic!("{it}"));
        assert!(judged > 500, "only {judged} findings of {}", pack.name());
    }
}

/// What the rules have kubectl do, as an author means it: to look…
const LOOKS: [&str; 8] =
    ["api-resources", "auth", "describe", "get", "logs", "rollout status", "top", "version"];

/// …or to change something.
const CHANGES: [&str; 8] =
    ["create", "delete", "edit", "label", "patch", "rollout restart", "set", "uncordon"];

/// Whether a command is meant to change something.
fn is_meant_to_change(line: &str) -> bool {
    let tokens = tokens(line).unwrap_or_else(|it| panic!("{it}"));
    let verbs = tokens.split(|it| *it == Token::Pipe).filter_map(|command| {
        let words: Vec<_> = command
            .iter()
            .map(|it| if let Token::Word(word) = it { word.as_str() } else { "" })
            .collect();
        let at = words.iter().position(|it| *it == "kubectl")?;
        let at = if words[at + 1] == "-n" { at + 3 } else { at + 1 };
        let verb = match words[at] {
            "rollout" => format!("rollout {}", words[at + 1]),
            verb => verb.to_owned(),
        };
        // `./velero -n csdr backup describe NAME` in a pod of Velero.
        let in_velero = words.iter().position(|it| *it == "./velero");
        Some(in_velero.map_or(verb, |at| words[at + 4].to_owned()))
    });
    let verbs: Vec<_> = verbs.collect();
    for verb in &verbs {
        let is_known = LOOKS.contains(&verb.as_str()) || CHANGES.contains(&verb.as_str());
        assert!(is_known, "`{verb}` is in no list of this test: {line}");
    }
    verbs.iter().any(|it| CHANGES.contains(&it.as_str()))
}

#[test]
fn each_command_of_a_rule_is_marked_as_its_author_means_it() {
    let (mut looks, mut changes) = (BTreeSet::new(), BTreeSet::new());
    for pack in shared::native_packs() {
        for fixture in shared::rule_fixtures(pack.name()) {
            for finding in testing::evaluate(&pack, &fixture.rule, &fixture.text).findings {
                for step in rulebox_report::steps(&finding.remedy) {
                    match step {
                        Step::Say(_) => {}
                        Step::Look(line) => drop(looks.insert(line.to_owned())),
                        Step::Change(line) => drop(changes.insert(line.to_owned())),
                    }
                }
            }
        }
    }
    assert!(looks.len() > 100 && changes.len() > 50, "{} and {}", looks.len(), changes.len());
    for line in &looks {
        assert!(!is_meant_to_change(line), "it is not marked: {line}");
    }
    for line in &changes {
        assert!(is_meant_to_change(line), "it is marked: {line}");
    }
}

#[track_caller]
fn check_line(line: &str, fails: bool) {
    assert_eq!(judge(line).is_err(), fails, "{line}: {:?}", judge(line));
}

#[test]
fn a_line_is_split_as_a_shell_splits_it() {
    let words = |line| {
        tokens(line).map(|it| {
            let word = |it: &Token| if let Token::Word(it) = it { it.clone() } else { "|".into() };
            it.iter().map(word).collect::<Vec<_>>()
        })
    };
    assert_eq!(words(r"a 'b c'd '' 'it'\''s'|e"), Ok(vec_of(&["a", "b cd", "", "it's", "|", "e"])));
    assert!(words("a 'b").is_err() && words("a $b").is_err() && words("a\nb").is_err());
}

fn vec_of(words: &[&str]) -> Vec<String> {
    words.iter().map(|&it| it.to_owned()).collect()
}

#[test]
fn a_name_that_is_not_quoted_is_found() {
    check_line("kubectl get pod 'a; touch A'", false);
    check_line("kubectl get pod a; touch A", true);
    check_line("kubectl get pod a touch A", true);
    check_line("kubectl get pod --touch=a", true);
    check_line("kubectl get pod '--touch=a'", true);
    check_line("kubectl get pod '?-touch=a'", false);
    check_line("kubectl get pod 'a'' touch A", true);
    check_line("kubectl get pod a | touch A", true);
}
