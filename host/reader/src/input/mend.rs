//! Reads a text that is not an object, or not only: reads the objects in it, and tells the rest.

use std::collections::BTreeSet;

use rulebox_core::{Concerns, Logged};

use super::{
    around::shortened,
    mended::Mended,
    name::FileName,
    session::{Found, Session, has_other_ends},
};
use crate::{
    document::{
        noise::{
            characters::{Cleaned, is_plain, is_prefixed},
            line::is_noise,
            message::{is_certain, is_message, refusal},
            printed::printed,
            remains::{self, remains},
            sift::{Piece, TORN, line_of_type, names_type, torn},
        },
        split::holds_word,
    },
    journal::Skipped,
    layout::Layout,
    limits::{MAX_LAYERS, MAX_PIECES},
    object::{intake::Setting, refusal::concerned_by},
    text::decode::newlines,
};

impl Session<'_> {
    /// Reads what a text was mended to. `line`: the line of the file at which the text starts.
    pub(super) fn mended(
        &mut self,
        name: &FileName,
        mended: Mended<'_>,
        line: u64,
        cut: bool,
        layout: &Layout<'_>,
        found: &mut Found,
    ) {
        match mended {
            Mended::Cleaned(Cleaned { text, removed, logged_from, more }) => {
                if more || self.layers == MAX_LAYERS {
                    found.reported = true;
                    let reason = format!(
                        "what tools write around lines stands around them in more than \
                         {MAX_LAYERS} layers: what is in the innermost is not read"
                    );
                    self.lost(name, Some(line), reason);
                }
                if self.layers == MAX_LAYERS {
                    return;
                }
                let around = self.layers;
                self.layers = if more { MAX_LAYERS } else { around + 1 };
                let reason = format!("read without {}", removed.join(", "));
                if found.around.is_new(&reason) {
                    self.note(name, Some(line), reason);
                }
                let (before, rest) = text.split_at(logged_from.unwrap_or_default());
                if !before.is_empty() {
                    let followed = std::mem::replace(&mut found.followed, true);
                    self.parts(name, before, line, false, layout, found);
                    found.followed = followed;
                }
                if logged_from.is_some() {
                    self.objects.log_passed(Logged::Lines);
                }
                let line = line + newlines(before.as_bytes());
                self.parts(name, rest, line, cut, layout, found);
                self.layers = around;
            }
            Mended::Sifted(pieces) => {
                let count = pieces.len();
                let mut behind_object = false;
                for (i, piece) in pieces.into_iter().enumerate() {
                    let cut = cut && i + 1 == count;
                    let torn = match &piece {
                        Piece::Noise(run) if behind_object => {
                            torn(run.text).map(|it| line + run.line - 1 + it)
                        }
                        _ => None,
                    };
                    behind_object = matches!(piece, Piece::Objects { .. });
                    self.piece(name, piece, line, cut, layout, found);
                    if let Some(line) = torn {
                        self.left_out(name, line, TORN, found);
                    }
                    // Each line may be a broken object.
                    if self.journal().problems.len() > self.needs().limits.problems {
                        self.flush();
                    }
                }
            }
        }
    }

    fn piece(
        &mut self,
        name: &FileName,
        piece: Piece<'_>,
        line: u64,
        cut: bool,
        layout: &Layout<'_>,
        found: &mut Found,
    ) {
        let (text, at, inside) = match piece {
            Piece::Noise(run) => {
                found.around.count(&run, line);
                let line = line + run.line - 1;
                self.text_passed(run.text);
                self.refusals(name, run.text, line, found);
                // A mapping in braces, which is broken or stands behind something broken.
                if names_type(run.text) || may_name_type(run.text) {
                    self.not_found(name, run.text, line, found);
                } else {
                    self.remains(name, &remains(run.text), line, found);
                }
                return;
            }
            Piece::Rest(rest) => {
                found.reported = true;
                // Lines of a log may be among what is not read.
                self.objects.log_passed(Logged::Log);
                let reason = format!(
                    "more than {MAX_PIECES} objects and lines around them in one document: the \
                     rest of it is not read; write `---` between objects"
                );
                return self.lost(name, Some(line + rest - 1), reason);
            }
            Piece::Objects { text, line, inside } => (text, line, inside),
        };
        let at = line + at - 1;
        let setting = Setting { given: None, layout: Some(layout), may_end_early: true };
        let before = (found.objects, found.others);
        if text.starts_with(['{', '[']) {
            self.json(name, &text, at, Setting { may_end_early: false, ..setting }, found);
        } else {
            self.document(name, &text, at, cut, &setting, found);
        }
        if let Some((inside, text)) = inside {
            let reason = format!(
                "a line stands inside an object and is not understood: `{}`",
                shortened(text)
            );
            found.reported = true;
            self.lost(name, Some(line + inside - 1), reason);
        } else if found.others > before.1 && found.objects == before.0 && !names_type(&text) {
            found.reported = true;
            let reason = "what stands here between other lines names no `apiVersion` or no `kind`, \
                 so it may be a part of an object: left out";
            self.lost(name, Some(at), reason);
        }
    }

    /// Reads a text that is no YAML and no JSON from its first line on.
    pub(super) fn other(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        cut: bool,
        layout: &Layout<'_>,
        found: &mut Found,
    ) {
        let (named, printed) = (names_type(text), printed(text));
        // What is described may hold a text that looks like an object.
        let described = printed.is_some_and(|it| it != Skipped::Table);
        let named = if described { begins_lines(text) } else { named };
        if named || holds_word(text) && (!is_plain(text) || is_prefixed(text)) {
            match Mended::of(text).filter(|_| !described) {
                Some(mended) => return self.mended(name, mended, line, cut, layout, found),
                None if named => {
                    self.text_passed(text);
                    return self.not_found(name, text, line, found);
                }
                None => {}
            }
        }
        self.text_passed(text);
        if printed.is_some() {
            found.printed = found.printed.or(printed);
        } else if name.is_of_objects() || text.lines().all(|it| it.is_empty() || is_certain(it)) {
            let before = self.journal().problems.len();
            self.refusals(name, text, line, found);
            if self.journal().problems.len() > before {
                return;
            }
        }
        if printed.is_some() || !self.remains(name, &remains(text), line, found) {
            found.others += 1;
        }
    }

    /// Reports what remains of objects in a text that could not be read, if they may be needed.
    /// Returns whether they may.
    pub(crate) fn remains(
        &mut self,
        name: &FileName,
        remains: &remains::Found,
        line: u64,
        found: &mut Found,
    ) -> bool {
        let concerns = match remains {
            // A program may have written them into its log.
            _ if self.objects.is_sure_log() => Concerns::Nothing,
            remains::Found::Nothing => Concerns::Nothing,
            remains::Found::Kinds(kinds) => self.objects.kinds_named(kinds),
            remains::Found::Some => Concerns::Everything,
        };
        if concerns == Concerns::Nothing {
            return false;
        }
        found.reported = true;
        let reason = "what stands here looks like a part of an object, and could not be read: left \
                      out";
        self.lost_of(name, Some(line), reason.to_owned(), concerns);
        true
    }

    /// Reports a text that names the type of an object, and in which none was found.
    pub(crate) fn not_found(&mut self, name: &FileName, text: &str, line: u64, found: &mut Found) {
        found.reported = true;
        let reason = "`apiVersion` and `kind` stand here, and no object could be made out: \
             what stands there is left out";
        self.lost(name, Some(line + line_of_type(text) - 1), reason);
    }

    /// Reports the messages in a text which say that something was not listed.
    pub(crate) fn refusals(&mut self, name: &FileName, text: &str, line: u64, found: &mut Found) {
        let mut lines = (line..).zip(text.lines()).peekable();
        while let Some((line, message)) = lines.next() {
            let Some(message) = refusal(message) else { continue };
            // PowerShell breaks messages where its window ends.
            let mut whole = message.to_owned();
            while let Some((_, more)) = lines.next_if(|it| continues(it.1)) {
                whole.push(' ');
                whole.push_str(more.trim());
            }
            let broken = whole.len() > message.len();
            let concerns = concerned_by(&whole, &self.needs().set.objects);
            // The name of a resource may be broken, too.
            let concerns = concerns.filter(|it| !broken || *it != Concerns::Kinds(BTreeSet::new()));
            self.refused(name, line, &whole, concerns, found);
        }
    }

    /// Reports a message of kubectl. It concerns everything, unless it names a resource.
    fn refused(
        &mut self,
        name: &FileName,
        line: u64,
        message: &str,
        concerns: Option<Concerns>,
        found: &mut Found,
    ) {
        found.reported = true;
        let concerns = concerns.unwrap_or(Concerns::Everything);
        let reason =
            format!("an error of kubectl stands here, not objects: {}", shortened(message));
        if found.around.is_new(&format!("{reason} {concerns:?}")) {
            self.lost_of(name, Some(line), reason, concerns);
        }
    }
}

/// Whether lines may be of a mapping that names a type, wherever in its lines: one in braces, or
/// one whose lines end in another way.
fn may_name_type(text: &str) -> bool {
    let begins = |it: &str| it.trim_start_matches(['-', ' ']).starts_with(['{', '[']);
    ["apiVersion", "kind"].iter().all(|it| text.contains(it))
        && (text.lines().any(begins) || has_other_ends(text))
}

/// Whether lines start with `apiVersion` and with `kind`.
fn begins_lines(text: &str) -> bool {
    ["apiVersion:", "kind:"].iter().all(|key| text.lines().any(|it| it.starts_with(key)))
}

/// Whether a line continues a message.
fn continues(line: &str) -> bool {
    let starts = ["At ", "+ ", " ", "\t"];
    !line.trim().is_empty()
        && !is_message(line)
        && !starts.iter().any(|it| line.starts_with(it))
        && !is_noise(line)
}
