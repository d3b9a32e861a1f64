//! A case as it was found: what is read, for which rule, and where it says what is expected.

use std::path::PathBuf;

use rulebox_core::PackInfo;
use rulebox_fixture::{Expectation, Fixture, examples as blocks};

/// What is tested, and what is expected of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// As results name it: `pod-crash-loop/bad_loop`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What is read.
    pub content: Content,
    /// The text that says what is expected: of [`Content::Text`] its own head.
    pub comments: Comments,
    /// What the rules said before, where that was written down.
    pub golden: Option<String>,
}

/// What a case is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A fixture of one rule.
    Fixture {
        /// The name of its folder.
        rule: String,
    },
    /// An example in the documentation of a rule.
    Example {
        /// Its pack and its id.
        rule: (String, String),
        /// Whether it gives one finding, or none.
        fires: bool,
    },
    /// A whole dump, for all rules.
    Dump,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// YAML.
    Text(String),
    /// A file or a folder, without these files in it.
    Path(PathBuf, Vec<PathBuf>),
}

/// The text that says what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comments {
    /// Comments at the head of YAML.
    Head(String),
    /// Lines that say nothing else.
    Lines(String),
    /// Nothing says it, for this reason.
    Missing(String),
}

/// The examples in the documentation of all rules of these packs.
pub fn examples(packs: &[&PackInfo]) -> Vec<Case> {
    let mut cases = Vec::new();
    for pack in packs {
        for rule in &pack.rules {
            for (marker, fires) in [("fires", true), ("quiet", false)] {
                let texts = blocks(&rule.documentation, marker).into_iter().enumerate();
                cases.extend(texts.map(|(nth, text)| Case {
                    name: format!("{}/documentation {marker} {}", rule.id, nth + 1),
                    kind: Kind::Example { rule: (pack.name.clone(), rule.id.clone()), fires },
                    content: Content::Text(text.clone()),
                    comments: Comments::Head(text),
                    golden: None,
                }));
            }
        }
    }
    cases
}

impl Case {
    /// What its comments say; in an example, what its mark does.
    pub(crate) fn fixture(&self) -> Result<Fixture<'_>, String> {
        match (&self.comments, &self.kind) {
            (Comments::Missing(why), _) => Err(why.clone()),
            (Comments::Lines(text), _) => Fixture::parse_lines(text),
            (Comments::Head(text), Kind::Example { .. }) => Fixture::read(text),
            (Comments::Head(text), _) => Fixture::parse(text),
        }
    }

    /// What is wrong with its name: `bad_` and `good_` say what its comments must expect.
    pub(crate) fn misnamed(&self, fixture: &Fixture<'_>) -> Option<String> {
        let Kind::Fixture { .. } = self.kind else { return None };
        let stem = self.name.rsplit('/').next().unwrap_or_default();
        let mut expectations = fixture.expectations.iter();
        let is_finding = |it: &Expectation| matches!(it, Expectation::Finding { .. });
        if stem.starts_with("bad_") {
            let says_more = expectations.any(|it| {
                is_finding(it)
                    || matches!(it, Expectation::NoData { .. } | Expectation::Loss { .. })
            });
            let why =
                "a case bad_… expects a finding, or no data; one that is quiet is named good_…";
            (!says_more).then(|| why.to_owned())
        } else if stem.starts_with("good_") {
            let why = "a case good_… expects no finding; one that has any is named bad_…";
            expectations.any(is_finding).then(|| why.to_owned())
        } else {
            Some("a fixture is named bad_… or good_…".to_owned())
        }
    }
}
