//! The user's own forms of secrets.

use regex::{Regex, RegexBuilder};
use regex_syntax::{ParserBuilder, hir::HirKind};

/// A compiled pattern may take so much memory: a list of a thousand words does not come near.
const LARGEST: usize = 1 << 20;

/// Groups in groups. More of them are no pattern that anybody has written.
const DEEPEST: u32 = 50;

/// A form of secrets that the user knows.
#[derive(Debug, Clone)]
pub struct Own {
    /// What the report counts it as.
    pub(super) name: String,
    pub(super) pattern: Regex,
}

impl Own {
    /// What a form is counted as that has no name.
    pub const NAME: &'static str = "own";

    /// A form by its pattern: what the group `secret` matches goes, or all where there is none.
    /// Time is linear in the text, as of every pattern of the crate `regex`.
    ///
    /// # Errors
    ///
    /// Where the pattern is none, is too large, or matches a text of nothing, or its group `secret`
    /// does.
    pub fn new(text: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(text)
            .size_limit(LARGEST)
            .dfa_size_limit(LARGEST)
            .nest_limit(DEEPEST)
            .build();
        let pattern = built.map_err(|it| match it {
            regex::Error::CompiledTooBig(_) => {
                "the pattern is too large: write a shorter one, or fewer repetitions".to_owned()
            }
            // Its first lines draw the place below the pattern.
            it => {
                let said = it.to_string();
                let why = said.lines().last().unwrap_or_default();
                format!("it is no regular expression: {}", why.trim_start_matches("error: "))
            }
        })?;
        if pattern.is_match("") {
            return Err("it matches where nothing stands: ask for at least one character".into());
        }
        if secret_may_be_empty(text) {
            return Err(
                "its group `secret` matches where nothing stands, so that nothing would go: ask \
                 for at least one character"
                    .into(),
            );
        }
        Ok(Self { name: Self::NAME.to_owned(), pattern })
    }

    /// With the word that the report counts it as.
    ///
    /// # Errors
    ///
    /// Where it is no word of lower-case letters, digits and hyphens.
    pub fn named(self, name: &str) -> Result<Self, String> {
        /// A longer one is a sentence.
        const LONGEST: usize = 40;
        let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        if name.is_empty() || name.len() > LONGEST || !name.bytes().all(legal) {
            return Err(format!(
                "`{name}` is no name: use at most {LONGEST} lower-case letters, digits and hyphens"
            ));
        }
        Ok(Self { name: name.to_owned(), ..self })
    }
}

/// Whether the group `secret` of a pattern matches a text of nothing.
fn secret_may_be_empty(pattern: &str) -> bool {
    let mut inside = match ParserBuilder::new().nest_limit(DEEPEST).build().parse(pattern) {
        Ok(parsed) => vec![parsed],
        Err(_) => return false,
    };
    while let Some(it) = inside.pop() {
        match it.into_kind() {
            HirKind::Capture(it) => {
                let is_empty = it.sub.properties().minimum_len() == Some(0);
                if it.name.as_deref() == Some("secret") && is_empty {
                    return true;
                }
                inside.push(*it.sub);
            }
            HirKind::Repetition(it) => inside.push(*it.sub),
            HirKind::Concat(all) | HirKind::Alternation(all) => inside.extend(all),
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }
    false
}
