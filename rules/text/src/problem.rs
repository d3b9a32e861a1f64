//! What is wrong with a pack: what, where, and what to do.

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// How errors call it.
    pub path: String,
    /// What it holds.
    pub content: String,
}

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path of the text.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// A lower-case fragment without a full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A place in a text: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// So many problems are told: whoever has corrected them is told the next.
const MOST: usize = 20;

/// What a message repeats of a pack is no longer than a few lines.
fn shortened(text: String) -> String {
    const LONGEST: usize = 500;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// All that is wrong, gathered.
#[derive(Debug, Default)]
pub struct Problems {
    path: String,
    all: Vec<Problem>,
}

impl Problems {
    /// None yet, of the text at this path.
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), all: Vec::new() }
    }

    /// One more: what is wrong, and what to do. The same is told once.
    pub fn add(&mut self, at: Position, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (shortened(message.into()), shortened(help.into()));
        let Position { line, column } = at;
        let problem = Problem { path: self.path.clone(), line, column, message, help };
        if !self.all.contains(&problem) {
            self.all.push(problem);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The first of them in the order of the text; the last one counts those that are not told.
    pub fn finish(mut self) -> Vec<Problem> {
        self.all.sort_by_key(|it| (it.line, it.column));
        let more = self.all.len().saturating_sub(MOST);
        self.all.truncate(MOST);
        if let Some(last) = self.all.last_mut().filter(|_| more > 0) {
            last.message = format!("{} (and {more} more problems behind it)", last.message);
        }
        self.all
    }
}
