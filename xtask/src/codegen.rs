//! The files that are generated, committed and checked: what would otherwise be written down twice.
//!
//! `rules/standard/src/packs.rs` lists the packs, and `packs/<pack>/rules/mod.rs` the rules of one,
//! so that a rule's file in this folder is a registered rule. `rules/standard/RULES.md` holds the
//! documentation of all rules, and `CATALOGUE.md` the messages that they know, so that both can be
//! read without the program.

pub(crate) mod layout;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    catalogue,
    process::{Result, root, write_if_changed},
    wasm,
};

/// A file, and what it must hold.
struct Generated {
    path: PathBuf,
    content: String,
}

/// Writes the stale files, or with `check` fails and names them.
pub(crate) fn run(check: bool) -> Result {
    let mut stale = Vec::new();
    for Generated { path, content } in generate()? {
        if check {
            if fs::read_to_string(&path).ok().as_deref() != Some(&content) {
                stale.push(path.display().to_string());
            }
        } else if write_if_changed(&path, content.as_bytes())? {
            println!("wrote {}", path.display());
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("stale: {}\ntype: cargo xtask codegen", stale.join(", ")))
    }
}

fn generate() -> Result<Vec<Generated>> {
    let mut files = Vec::new();
    let mut manual = String::from(
        "<!-- Generated from the doc comments of the rules by `cargo xtask codegen`. -->\n\
         # The built-in rules\n\n\
         Which messages they know, and what to do about each: [CATALOGUE.md](CATALOGUE.md).\n",
    );
    let packs = wasm::packs()?;
    for pack in &packs {
        let folder = root().join(layout::rules_folder(pack));
        let modules = rule_modules(&folder)?;
        let _ = write!(manual, "\n## Pack `{pack}`\n");
        for module in &modules {
            let source = read(&folder.join(format!("{module}.rs")))?;
            let _ =
                write!(manual, "\n### {}\n\n{}", module.replace('_', "-"), documentation(&source));
        }
        files.push(Generated { path: folder.join("mod.rs"), content: registry(pack, &modules) });
    }
    let standard = root().join("rules/standard");
    files.push(Generated { path: standard.join("src/packs.rs"), content: list(&packs) });
    files.push(Generated { path: standard.join("RULES.md"), content: manual });
    files.push(Generated { path: standard.join("CATALOGUE.md"), content: catalogue::page() });
    Ok(files)
}

/// The stems of the rules' files, sorted.
fn rule_modules(folder: &Path) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(folder).map_err(|it| format!("cannot read {}: {it}", folder.display()))?;
    let stems = entries.filter_map(|it| {
        it.ok()?.file_name().into_string().ok()?.strip_suffix(".rs").map(str::to_owned)
    });
    let mut modules: Vec<_> = stems.filter(|it| it != "mod").collect();
    modules.sort();
    Ok(modules)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|it| format!("cannot read {}: {it}", path.display()))
}

/// The packs of the crate.
fn list(packs: &[String]) -> String {
    let mut text = String::from(
        "// Generated from the folders of `rules-wasm/packs` by `cargo xtask codegen`.\n\n\
         //! The built-in packs: a folder each, and none knows another.\n\n",
    );
    for pack in packs {
        let _ = writeln!(text, "pub mod {};", layout::module(pack));
    }
    text += "\n/// All of them, by name.\n#[rustfmt::skip]\n\
             pub static PACKS: &[&crate::built_in::BuiltIn] = &[\n";
    for pack in packs {
        let _ = writeln!(text, "    &{}::PACK,", layout::module(pack));
    }
    text + "];\n"
}

fn registry(pack: &str, modules: &[String]) -> String {
    let mut text = format!(
        "// Generated from the files of this folder by `cargo xtask codegen`.\n\n\
         //! The rules of the pack `{pack}`.\n\n"
    );
    for module in modules {
        let _ = writeln!(text, "pub mod {module};");
    }
    text += "\n/// All of them, by name.\n#[rustfmt::skip]\n\
             pub static RULES: &[&rulebox_sdk::Rule] = &[\n";
    for module in modules {
        let _ = writeln!(text, "    &{module}::RULE,");
    }
    text + "];\n"
}

/// The doc comment of the function under `#[rule(…)]`, as Markdown, its headings one level below
/// the rule's own.
fn documentation(source: &str) -> String {
    let end = source.find("\n#[rule(").unwrap_or(source.len());
    let lines: Vec<_> =
        source[..end].lines().rev().take_while(|it| it.starts_with("///")).collect();
    let mut text = String::new();
    // What opened the example that is not closed yet.
    let mut fence: Option<&str> = None;
    for line in lines.into_iter().rev() {
        let line = line.trim_start_matches("///");
        let line = line.strip_prefix(' ').unwrap_or(line);
        let marks = fence_marks(line);
        match fence {
            Some(open) if marks.starts_with(open) && line.trim().len() == marks.len() => {
                fence = None;
            }
            None if !marks.is_empty() => fence = Some(marks),
            _ => {}
        }
        // In an example `#` begins a comment.
        let hashes = line.len() - line.trim_start_matches('#').len();
        let is_heading =
            (1..=3).contains(&hashes) && line[hashes..].starts_with(' ') && fence.is_none();
        let _ = writeln!(text, "{}{line}", if is_heading { "###" } else { "" });
    }
    text
}

/// The backticks or tildes with which a line opens or closes an example; empty where it does
/// neither.
fn fence_marks(line: &str) -> &str {
    let text = line.trim_start();
    let Some(mark @ ('`' | '~')) = text.chars().next() else { return "" };
    let length = text.len() - text.trim_start_matches(mark).len();
    let (marks, rest) = text.split_at(length);
    if length < 3 || rest.contains('`') { "" } else { marks }
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check_documentation(source: &str, want: &str) {
        assert_eq!(super::documentation(source), want);
    }

    #[test]
    fn headings_are_below_that_of_the_rule() {
        check_documentation(
            "use x;\n\n/// A problem.\n///\n/// # Sources\n#[rule(severity = low)]\n",
            "A problem.\n\n#### Sources\n",
        );
    }

    #[test]
    fn an_example_ends_with_the_marks_that_opened_it() {
        check_documentation(
            "/// ~~~\n/// # a\n/// ```\n/// # b\n/// ~~~\n/// # After\n#[rule(severity = low)]\n",
            "~~~\n# a\n```\n# b\n~~~\n#### After\n",
        );
        check_documentation(
            "/// ````md\n/// ```yaml\n/// # a\n/// ```\n/// ````\n/// # After\n\
             #[rule(severity = low)]\n",
            "````md\n```yaml\n# a\n```\n````\n#### After\n",
        );
        check_documentation(
            "/// ```x```\n/// #12 of it\n/// # After\n#[rule(severity = low)]\n",
            "```x```\n#12 of it\n#### After\n",
        );
    }

    #[test]
    fn a_comment_in_an_example_is_no_heading() {
        check_documentation(
            "/// ```yaml fires\n/// # as-of: now\n/// ```\n/// # After\n#[rule(severity = low)]\n",
            "```yaml fires\n# as-of: now\n```\n#### After\n",
        );
    }

    #[test]
    fn generated_files_are_fresh() {
        super::run(true).expect("no file is stale");
    }
}
