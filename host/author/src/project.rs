//! A project to begin with: one rule, its documentation, fixtures, a test, and what builds and
//! tests it in a pipeline. The files are those of `templates`, where they are a project themselves.

use std::fmt;

/// The language that rules are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// wit-bindgen, a core module for `wasm32-unknown-unknown`.
    Rust,
    /// ComponentizeJS.
    JavaScript,
    /// componentize-py.
    Python,
    /// Expressions in YAML, which nothing compiles.
    Cel,
    /// Policies beside YAML, which nothing compiles.
    Rego,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rust, Self::JavaScript, Self::Python, Self::Cel, Self::Rego];

    /// As it is typed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Cel => "cel",
            Self::Rego => "rego",
        }
    }

    /// Whether the pack is its text: an interpreter evaluates it, and nothing is compiled.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Cel | Self::Rego)
    }

    /// The pack of a project of this name, as it is named in the project's folder.
    pub fn pack(self, name: &str) -> String {
        if self.is_text() { ".".to_owned() } else { format!("{name}.wasm") }
    }
}

/// The name of the templates, which each project replaces by its own.
const NAME: &str = "my-rules";

/// The name of the rule that each project begins with.
const RULE: &str = "image-not-from-our-registry";

/// So long that file names and crates can have it.
const LONGEST: usize = 50;

/// Why a text is no name of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError(&'static str);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NameError {}

/// The files of a project, by their paths in its folder, sorted.
pub fn project(language: Language, name: &str) -> Result<Vec<(String, String)>, NameError> {
    check(language, name)?;
    let mut files: Vec<_> = own(language)
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .chain(
            FIXTURES
                .iter()
                .map(|(case, text)| (format!("fixtures/{RULE}/{case}.yaml"), (*text).to_owned())),
        )
        .collect();
    let (files_page, build_page, steps, setup) = parts(language);
    let readme = include_str!("../templates/common/README.md")
        .replace("<!-- files -->", files_page.trim_end())
        .replace("<!-- build -->", build_page.trim_end())
        .replace("PACK", &language.pack(NAME));
    let github = include_str!("../templates/common/github.yaml");
    let gitlab = include_str!("../templates/common/gitlab.yaml");
    files.push(("README.md".to_owned(), readme));
    files.push((".github/workflows/rules.yaml".to_owned(), with(github, steps, "    ")));
    files.push((".gitlab-ci.yml".to_owned(), with(gitlab, setup, "  ")));
    if !language.is_text() {
        let contract = include_str!("../../../rules-wasm/wit/rulebox.wit");
        files.push(("wit/rulebox.wit".to_owned(), contract.to_owned()));
    }
    for (_, text) in &mut files {
        *text = text.replace(NAME, name).replace("org-javascript", name);
    }
    files.sort();
    Ok(files)
}

/// Names that compilers have for themselves.
const TAKEN: [&str; 12] = [
    "alloc",
    "build",
    "core",
    "crate",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "self",
    "std",
    "super",
    "test",
];

fn check(language: Language, name: &str) -> Result<(), NameError> {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    if !name.split('-').all(is_part) || !name.starts_with(|it: char| it.is_ascii_lowercase()) {
        return Err(NameError("a name has small letters, digits, and dashes between them"));
    }
    if name.len() > LONGEST {
        return Err(NameError("a name has at most 50 characters"));
    }
    if language == Language::Rust && TAKEN.contains(&name) {
        return Err(NameError("the compiler has that name for itself"));
    }
    Ok(())
}

/// The text with a part in the place of its mark, as far to the right as what stands around it.
fn with(text: &str, part: &str, indent: &str) -> String {
    let lines = part.lines().map(|it| format!("{indent}{it}\n"));
    text.replace("#SETUP#\n", &lines.collect::<String>())
}

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../templates/", $path))
    };
}

/// The cases of the rule.
const FIXTURES: [(&str, &str); 4] = [
    (
        "bad_another_registry",
        template!("common/fixtures/image-not-from-our-registry/bad_another_registry.yaml"),
    ),
    ("bad_no_pods", template!("common/fixtures/image-not-from-our-registry/bad_no_pods.yaml")),
    (
        "bad_registry_is_a_setting",
        template!("common/fixtures/image-not-from-our-registry/bad_registry_is_a_setting.yaml"),
    ),
    (
        "good_our_registry",
        template!("common/fixtures/image-not-from-our-registry/good_our_registry.yaml"),
    ),
];

/// The files of a language alone.
fn own(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Rust => &[
            (".gitignore", template!("rust/gitignore")),
            ("Cargo.toml", template!("rust/Cargo.toml")),
            (
                "src/image_not_from_our_registry.md",
                template!("rust/src/image_not_from_our_registry.md"),
            ),
            (
                "src/image_not_from_our_registry.rs",
                template!("rust/src/image_not_from_our_registry.rs"),
            ),
            ("src/lib.rs", template!("rust/src/lib.rs")),
            ("src/rulebox.rs", template!("rust/src/rulebox.rs")),
        ],
        Language::JavaScript => &[
            (".gitignore", template!("javascript/gitignore")),
            ("build.mjs", template!("javascript/build.mjs")),
            (
                "image-not-from-our-registry.js",
                template!("javascript/image-not-from-our-registry.js"),
            ),
            ("pack.js", template!("javascript/pack.js")),
            ("package.json", template!("javascript/package.json")),
            // The same compiler in the same versions as that of the example.
            (
                "package-lock.json",
                include_str!("../../../rules-wasm/examples/javascript/package-lock.json"),
            ),
            (
                "test/image-not-from-our-registry.test.js",
                template!("javascript/test/image-not-from-our-registry.test.js"),
            ),
        ],
        Language::Python => &[
            (".gitignore", template!("python/gitignore")),
            ("app.py", template!("python/app.py")),
            ("image_not_from_our_registry.py", template!("python/image_not_from_our_registry.py")),
            ("pyproject.toml", template!("python/pyproject.toml")),
            ("requirements.txt", template!("python/requirements.txt")),
            ("test_rules.py", template!("python/test_rules.py")),
        ],
        Language::Cel => &[("pack.yaml", template!("cel/pack.yaml"))],
        Language::Rego => &[
            ("images.rego", template!("rego/images.rego")),
            ("pack.yaml", template!("rego/pack.yaml")),
        ],
    }
}

/// What the pages and pipelines of a language have of their own: which files there are, what the
/// build does, what comes before it in GitHub's and in GitLab's pipelines.
fn parts(language: Language) -> (&'static str, &'static str, &'static str, &'static str) {
    match language {
        Language::Rust => (
            template!("rust/files.md"),
            template!("rust/build.md"),
            template!("rust/steps.github.yaml"),
            template!("rust/setup.gitlab.yaml"),
        ),
        Language::JavaScript => (
            template!("javascript/files.md"),
            template!("javascript/build.md"),
            template!("javascript/steps.github.yaml"),
            template!("javascript/setup.gitlab.yaml"),
        ),
        Language::Python => (
            template!("python/files.md"),
            template!("python/build.md"),
            template!("python/steps.github.yaml"),
            template!("python/setup.gitlab.yaml"),
        ),
        Language::Cel => (
            template!("cel/files.md"),
            template!("cel/build.md"),
            template!("cel/steps.github.yaml"),
            template!("cel/setup.gitlab.yaml"),
        ),
        Language::Rego => (
            template!("rego/files.md"),
            template!("rego/build.md"),
            template!("rego/steps.github.yaml"),
            template!("rego/setup.gitlab.yaml"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use rulebox_reader::yaml;

    use super::*;

    #[track_caller]
    fn check_name(language: Language, name: &str, is_one: bool) {
        assert_eq!(project(language, name).is_ok(), is_one, "{name}");
    }

    #[test]
    fn a_name_is_one_everywhere() {
        check_name(Language::Cel, "acme-rules2", true);
        for name in ["", "Acme", "acme_rules", "2acme", "acme-", "a--b", "a/b", "../a", "é"] {
            check_name(Language::Cel, name, false);
        }
        check_name(Language::Cel, &"a".repeat(LONGEST + 1), false);
        check_name(Language::Rust, "core", false);
        check_name(Language::Python, "core", true);
    }

    #[test]
    fn a_project_has_its_own_name_and_all_its_files() {
        for language in Language::ALL {
            let files = project(language, "acme").expect("files");
            for (path, text) in &files {
                assert!(!text.contains(NAME), "{path}");
                assert!(!text.contains("org-javascript") && !text.contains("#SETUP#"), "{path}");
            }
            let has = |it: &str| files.iter().any(|(path, _)| path == it);
            let all = ["README.md", ".github/workflows/rules.yaml", ".gitlab-ci.yml"];
            assert!(all.iter().all(|it| has(it)), "{language:?}");
            assert_eq!(has("wit/rulebox.wit"), !language.is_text());
        }
    }

    #[test]
    fn all_its_yaml_can_be_read() {
        for language in Language::ALL {
            for (path, text) in project(language, "acme").expect("files") {
                let end = path.rsplit('.').next().unwrap_or_default();
                if ["yaml", "yml"].contains(&end) {
                    let read = yaml::to_json_value(&text);
                    assert!(read.is_ok(), "{language:?} {path}: {read:?}\n{text}");
                }
            }
        }
    }

    #[test]
    fn the_compilers_are_those_of_the_examples() {
        let package = template!("javascript/package.json");
        let example = include_str!("../../../rules-wasm/examples/javascript/package.json");
        let of = |text: &str| {
            let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
            (value["devDependencies"].clone(), value["overrides"].clone())
        };
        assert_eq!(of(package), of(example));
        let example = include_str!("../../../rules-wasm/examples/python/requirements.txt");
        let of = |text: &str| text.lines().rfind(|it| !it.is_empty()).map(str::to_owned);
        assert_eq!(of(template!("python/requirements.txt")), of(example));
        let workspace = include_str!("../../../Cargo.toml");
        let of = |text: &str| {
            text.lines().find(|it| it.starts_with("wit-bindgen = ")).map(str::to_owned)
        };
        assert_eq!(of(template!("rust/Cargo.toml")), of(workspace));
    }
}
