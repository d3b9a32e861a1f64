//! How the text looks, and how much it says.

use crate::links::Links;

/// How the text looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether it holds ANSI escape codes for colours.
    pub color: bool,
    /// Columns. Sentences are wrapped to it, commands and names are not. A width below
    /// [`TextStyle::MIN_WIDTH`] counts as that.
    pub width: usize,
    /// How much the text says.
    pub detail: Detail,
    /// What places lead to, on a terminal that knows hyperlinks. Of another output it is empty.
    pub links: Links,
}

impl TextStyle {
    /// Narrower than this, the hanging indent leaves no room for words.
    pub const MIN_WIDTH: usize = 40;
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { color: false, width: 80, detail: Detail::Normal, links: Links::default() }
    }
}

/// How much the text says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// One line for a finding, for what a pack could not judge, for what failed or was lost, and
    /// for the summary.
    Quiet,
    /// What somebody needs to act. What is long or alike is shortened, and that is told.
    #[default]
    Normal,
    /// Also labels, fingerprints, rules that passed or were skipped, every coverage; nothing is
    /// shortened.
    Verbose,
}
