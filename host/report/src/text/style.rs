//! How the text looks, and how much it says.

/// How the text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether it holds ANSI escape codes for colours.
    pub color: bool,
    /// Columns. Sentences are wrapped to it, commands and names are not. A width below
    /// [`TextStyle::MIN_WIDTH`] counts as that.
    pub width: usize,
    /// How much the text says.
    pub detail: Detail,
}

impl TextStyle {
    /// Narrower than this, the hanging indent leaves no room for words.
    pub const MIN_WIDTH: usize = 40;
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { color: false, width: 80, detail: Detail::Normal }
    }
}

/// How much the text says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Two lines for a finding; what failed and the summary stay.
    Quiet,
    /// What somebody needs to act.
    #[default]
    Normal,
    /// Also labels, fingerprints, rules that passed or were skipped, every coverage; no value is
    /// shortened.
    Verbose,
}
