//! What is wrong with a pack is told with its place. Each file of `tests/problems` is a pack, and
//! below a line with problems stands, in a comment, what is told of it: a caret at the column, the
//! message, a semicolon and the help. In an expression of several lines comments begin with `//`.
//!
//! What no caret can stand below is written with its column: `# at 1: message; help`.

use std::{fs, path::Path};

use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_cel::{Pack, Problem, Text};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    let files = fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<_> = files.map(|it| it.expect("a file").path()).collect();
    files.sort();
    let trials = files.into_iter().map(|path| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        Trial::test(name, move || check(&fs::read_to_string(&path).expect("it can be read")))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Compares what is told with what stands in the comments.
fn check(content: &str) -> Result<(), Failed> {
    let text = Text { path: "pack.yaml".to_owned(), content: content.to_owned() };
    let told = Pack::load(&[text]).err().unwrap_or_default().into_iter();
    let told: Vec<_> = told
        .map(|Problem { line, column, message, help, .. }| {
            format!("{line}:{column} {message}; {help}")
        })
        .collect();
    let wanted = wanted(content);
    if wanted.is_empty() {
        return Err("no comment says what is wrong".into());
    }
    if told == wanted {
        return Ok(());
    }
    Err(format!("told:\n{}\nwanted:\n{}", told.join("\n"), wanted.join("\n")).into())
}

fn wanted(content: &str) -> Vec<String> {
    let (mut line, mut wanted) = (0, Vec::new());
    for (nth, text) in content.lines().enumerate() {
        let comment = text.trim_start();
        let comment = comment.strip_prefix('#').or_else(|| comment.strip_prefix("//"));
        let comment = comment.map(str::trim_start).unwrap_or_default();
        let at = comment.strip_prefix("at ").and_then(|it| it.split_once(": "));
        if let Some(words) = comment.strip_prefix('^') {
            let column = text.chars().take_while(|it| *it != '^').count() + 1;
            wanted.push(format!("{line}:{column} {}", words.trim()));
        } else if let Some((column, words)) = at {
            wanted.push(format!("{line}:{column} {}", words.trim()));
        } else {
            line = nth + 1;
        }
    }
    wanted
}
