//! What to do about a finding: sentences are wrapped, commands whole. What was said above is not
//! said again.

use std::collections::{HashMap, HashSet};

use anstyle::AnsiColor;
use rulebox_core::{ObjectRef, text::escape};

use super::page::{FIELD, Page};
use crate::prose::{Step, steps};

/// How many sentences and commands of one remedy are shown unless verbose: more than a screen.
const STEPS_SHOWN: usize = 40;

/// A command that is longer is shown only if verbose, and never in part: somebody would copy it.
const COMMAND_SHOWN: usize = 4000;

/// What another tree has said is repeated where that takes no more room than to name its place.
const REPEATED: usize = 120;

/// What is not repeated is told by this.
pub(super) const AS_ABOVE: &str = "as above";

/// What remedies have said.
#[derive(Default)]
pub(super) struct Said<'r> {
    /// In the tree of the finding: sentences and commands.
    steps: HashSet<Step<'r>>,
    /// In all trees: each sentence with its commands, and of which finding it is.
    blocks: HashMap<Vec<Step<'r>>, &'r ObjectRef>,
}

impl<'r> Said<'r> {
    pub(super) fn begin_tree(&mut self) {
        self.steps.clear();
    }

    /// What is said in place of a sentence and the commands behind it, where they say nothing new.
    /// In one tree what is typed counts: each rule introduces it in words of its own.
    fn instead_of(&self, block: &[Step<'r>]) -> Option<String> {
        let mut commands = block.iter().filter(|it| !matches!(it, Step::Say(_))).peekable();
        let is_above = if commands.peek().is_none() {
            block.iter().all(|it| self.steps.contains(it))
        } else {
            commands.all(|it| self.steps.contains(it))
        };
        if is_above {
            return Some(AS_ABOVE.to_owned());
        }
        let length: usize = block.iter().map(|it| it.text().len()).sum();
        let of = self.blocks.get(block).filter(|_| length > REPEATED)?;
        Some(format!("{AS_ABOVE}, for {of}"))
    }
}

/// Each sentence with the commands behind it.
pub(super) fn blocks<'s, 'r>(steps: &'s [Step<'r>]) -> impl Iterator<Item = &'s [Step<'r>]> {
    steps.chunk_by(|_, next| !matches!(next, Step::Say(_)))
}

/// Writes a remedy of a finding about this object.
pub(super) fn remedy<'r>(page: &mut Page, remedy: &'r str, of: &'r ObjectRef, said: &mut Said<'r>) {
    let steps = steps(remedy);
    let shown = if page.most(steps.len(), STEPS_SHOWN) < steps.len() {
        whole_blocks(&steps)
    } else {
        steps.len()
    };
    let mut label = Some("remedy");
    let mut before: Option<String> = None;
    for block in blocks(&steps[..shown]) {
        let instead = said.instead_of(block);
        match &instead {
            None => self::block(page, block, &mut label),
            Some(_) if instead == before => {}
            Some(words) => {
                page.labelled(2, 2 + FIELD, label.take(), &escape(words));
            }
        }
        before = instead;
    }
    if shown < steps.len() {
        let rest = format!("… and {} more lines", steps.len() - shown);
        page.labelled(2, 2 + FIELD, label.take(), &rest);
    }
    for block in blocks(&steps[..shown]) {
        said.blocks.entry(block.to_vec()).or_insert(of);
    }
    said.steps.extend(&steps[..shown]);
}

/// How many of too many steps are shown. The lines of one command may be several steps, and none
/// of them is shown without the others.
fn whole_blocks(steps: &[Step<'_>]) -> usize {
    let mut shown = 0;
    for block in blocks(steps) {
        if shown + block.len() > STEPS_SHOWN {
            // What the commands are for.
            return shown + usize::from(matches!(block[0], Step::Say(_)));
        }
        shown += block.len();
    }
    shown
}

/// Writes a sentence and the commands behind it.
pub(super) fn block(page: &mut Page, block: &[Step<'_>], label: &mut Option<&str>) {
    for it in block {
        step(page, *it, label);
    }
}

/// `!` stands before a command that changes something, apart from it, so that a line can still be
/// copied by its words.
fn step(page: &mut Page, step: Step<'_>, label: &mut Option<&str>) {
    let (command, changes) = match step {
        Step::Say(text) => return page.paragraph(2, label, text),
        Step::Look(command) => (command, false),
        Step::Change(command) => (command, true),
    };
    if let Some(label) = label.take() {
        page.labelled(2, 2 + FIELD, Some(label), "");
    }
    let characters = command.chars().count();
    if page.most(characters, COMMAND_SHOWN) < characters {
        return page.line(4 + FIELD, &format!("(a command of {characters} characters)"));
    }
    let command = escape(command);
    if changes {
        page.has_changes = true;
        let color = AnsiColor::Yellow.on_default().bold();
        let (mark, command) = (page.paint(color, "!"), page.paint(color, &command));
        page.line(2 + FIELD, &format!("{mark} {command}"));
    } else {
        let command = page.paint(AnsiColor::Green.on_default(), &command);
        page.line(4 + FIELD, &command);
    }
}
