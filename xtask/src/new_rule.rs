//! A new rule, ready to be filled in: everything that belongs to it, and nothing else touched.

use crate::{
    codegen::{self, layout},
    process::{Result, root, write_if_changed},
    wasm,
};

/// The rule, which `rules/standard/tests/scaffold.rs` compiles and runs.
const TEMPLATE: &str = include_str!("new_rule/template.rs");
/// What it is called there.
const NAME: &str = "my_problem";
const BAD: &str = include_str!("new_rule/bad_example.yaml");
const GOOD: &str = include_str!("new_rule/good_example.yaml");

/// Words of Rust that are kebab-case, and can name neither a module nor a function.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Writes the rule's file and its fixtures, and the generated files anew.
pub(crate) fn run(pack: &str, rule: &str) -> Result {
    let packs = wasm::packs()?;
    if !packs.iter().any(|it| it == pack) {
        return Err(format!("there is no pack `{pack}`; there is {}", packs.join(", ")));
    }
    let legal = rule.split('-').all(|it| {
        !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if !legal || !rule.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(format!(
            "`{rule}` is no rule id: write kebab-case, named after the problem, as in \
             vault-unavailable"
        ));
    }
    let module = rule.replace('-', "_");
    if KEYWORDS.contains(&module.as_str()) {
        return Err(format!(
            "`{rule}` is a word of Rust, and a rule is a module and a function: name the problem"
        ));
    }
    let source = root().join(layout::rules_folder(pack)).join(format!("{module}.rs"));
    if source.exists() {
        return Err(format!("{} is there already", source.display()));
    }
    let fixtures = root().join("fixtures").join(pack).join(rule);
    for (path, text) in [
        (source, TEMPLATE.replace(NAME, &module)),
        (fixtures.join("bad_example.yaml"), BAD.to_owned()),
        (fixtures.join("good_example.yaml"), GOOD.to_owned()),
    ] {
        write_if_changed(&path, text.as_bytes())?;
        println!("wrote {}", path.display());
    }
    codegen::run(false)?;
    println!("Fill them in, then type: cargo xtask codegen");
    println!("Then write the goldens, and judge each: INSTA_UPDATE=always cargo xtask test");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_word_of_rust_is_no_rule() {
        for word in ["match", "self", "yield"] {
            let error = super::run("backup-center", word).expect_err("no rule");
            assert!(error.contains("is a word of Rust"), "{error}");
        }
    }
}
