//! Reads a long text document by document, and lists item by item.
//!
//! Only a window is held, and what a document needs of it: one item, one short document, or all of
//! a document that cannot be read in pieces.

use std::{cell::Cell, io::Read};

use rulebox_core::Concerns;

use super::{
    blocks,
    disk::Disk,
    frame::{
        JsonList, after_items, first_yaml_item, json_entries, json_list, next_yaml_list, typed,
    },
    items::{Counted, Items, jump, record_read, too_long},
    window::Window,
    worker::Content,
};
use crate::{
    broken::{Broken, Odd},
    document::{
        list::{Form, yaml_list},
        noise::{
            line::is_noise,
            log::{Lines, logged},
            message::is_message,
            printed::printed,
            remains::Remains,
            sift::{Behind, Run, TORN, Torn, begins, behind, names},
        },
        printed_log, separator,
        split::{self, Shape},
    },
    input::{
        name::FileName,
        search::Search,
        session::{Found, Session, holds_more, tells},
    },
    json,
    object::intake::{Intake, Outcome, Pass, Setting, ends_open},
    text::{
        buffer::{self, cause},
        decode::{self, Encoding},
        flaw::Flaw,
        survey::Survey,
        wide::Narrowed,
        words::Words,
    },
    yaml,
};

/// A text is examined this far for what it is. No object can start later: etcd holds no larger
/// objects.
const LOOK: usize = 4 << 20;

/// The reason for a file of which only the end may hold objects.
const ZEROS: &str = "begins with zero bytes, as a crash or a broken copy leaves them, and names \
     `apiVersion` behind them: not read";

/// The reason for a document that turns out at its end not to be a list.
const OBJECT_WITH_ITEMS: &str = "one object that has `items`, too long to be held: \
                 left out, except for objects among its items";

impl Session<'_> {
    /// Reads a file that is not an archive.
    pub(crate) fn plain(&mut self, name: &FileName, reader: &mut dyn Read) {
        let window = self.needs().limits.window_bytes;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (read, result) = buffer.read(reader, window, 0);
        let bytes = &buffer.bytes()[..read];
        match result {
            Err(error) => {
                let cut = format!("{}: what follows is lost", cause(&error));
                self.file(name, bytes, Some(&cut));
            }
            Ok(()) if read < window => self.file(name, bytes, None),
            Ok(()) => self.long(name, bytes, reader, None),
        }
        self.buffer = buffer;
    }

    /// Reads a text whose first bytes, `head`, have been read. `disk`: the file, if it is one.
    pub(crate) fn long(
        &mut self,
        name: &FileName,
        head: &[u8],
        input: &mut dyn Read,
        disk: Option<Disk<'_>>,
    ) {
        let limits = &self.needs().limits;
        if tells(name) {
            let most = limits.bundle_bytes;
            let mut bytes = head.to_vec();
            if head.len() <= most {
                let left = (most + 1 - head.len()) as u64;
                let failed = input.take(left).read_to_end(&mut bytes).err();
                if failed.is_some() || bytes.len() <= most {
                    let cut = failed.map(|it| format!("{}: what follows is lost", cause(&it)));
                    return self.file(name, &bytes, cut.as_deref());
                }
            }
            self.journal().told.push((name.place.clone(), None));
            let mut whole = bytes[head.len()..].chain(input);
            return self.long_file(name, head, &mut whole, disk);
        }
        self.long_file(name, head, input, disk);
    }

    fn long_file(
        &mut self,
        name: &FileName,
        head: &[u8],
        input: &mut dyn Read,
        disk: Option<Disk<'_>>,
    ) {
        self.objects.file_begins(&name.place, name.is_log());
        match decode::encoding(head) {
            Encoding::Binary => {
                let mut start = head.to_vec();
                let missing = decode::DISC.saturating_sub(head.len()) as u64;
                let failed = (&mut *input).take(missing).read_to_end(&mut start).err();
                let mut words = Words::default();
                words.add(head);
                let rest = &mut start[head.len()..].chain(input);
                let Drained { bytes, cut, named } = drain(rest, &mut words);
                self.journal().bytes += head.len() as u64 + bytes;
                self.journal().files += 1;
                if named && head.iter().all(|it| *it == 0) && !decode::is_disc(&start) {
                    self.lost_file(name, ZEROS.to_owned());
                } else {
                    self.binary(name, &start, &words);
                }
                let failed = failed.map(|it| format!("{}: what follows is lost", cause(&it)));
                if let Some(cut) = failed.or(cut) {
                    self.lost(name, None, cut);
                }
                self.flush();
            }
            Encoding::Wide(wide, mark) => {
                let flaw = Cell::new(None);
                let mut input = Narrowed::new(wide, head[mark..].chain(input), &flaw);
                let mut head = vec![0; self.needs().limits.window_bytes];
                let (read, result) = buffer::fill(&mut input, &mut head);
                head.truncate(read);
                // The next read meets the same error, or the end.
                _ = result;
                self.long_text(name, &head, &mut input, None, &flaw);
            }
            Encoding::Utf8 => self.long_text(name, head, input, disk, &Cell::new(None)),
        }
    }

    /// Reads a text in UTF-8. `flaw`: the first bytes that were no text before they were UTF-8.
    fn long_text(
        &mut self,
        name: &FileName,
        head: &[u8],
        input: &mut dyn Read,
        disk: Option<Disk<'_>>,
        flaw: &Cell<Option<Flaw>>,
    ) {
        let meter = disk.map(|_| self.meter());
        let mut window = Window::new(head, input);
        let mut long = Long {
            search: Search::new(self.needs(), name),
            name,
            found: Found::default(),
            window: &mut window,
            session: self,
            counted: Counted { bytes: 0, meter },
            in_log: false,
            log_begins: 1,
            after_json: false,
            behind: false,
            disk,
        };
        long.record_read();
        while !(long.window.ended() && long.window.text().is_empty()) {
            long.step();
        }
        let Long { search, found, .. } = long;
        self.journal().files += 1;
        self.no_kind(name, &found);
        let (searched, flaw) = (search.is_asked_for(), flaw.get().or(window.flaw()));
        self.record_file(name, &found, searched, flaw, window.cut().is_some());
        if let Some(cut) = window.cut() {
            self.lost(name, None, cut);
        }
        self.flush();
    }
}

/// What was read and not looked at further.
struct Drained {
    bytes: u64,
    /// Why reading stopped early.
    cut: Option<String>,
    /// Whether it names `apiVersion`.
    named: bool,
}

/// Reads to the end.
fn drain(input: &mut dyn Read, words: &mut Words) -> Drained {
    const NAME: &[u8] = b"apiVersion";
    const PIECE: usize = 64 << 10;
    let mut buffer = vec![0; PIECE + NAME.len()];
    let mut drained = Drained { bytes: 0, cut: None, named: false };
    let mut held = 0;
    loop {
        match input.read(&mut buffer[held..held + PIECE]) {
            Ok(0) => return drained,
            Ok(n) => {
                drained.bytes += n as u64;
                words.add(&buffer[held..held + n]);
                let read = &buffer[..held + n];
                drained.named |= memchr::memmem::find(read, NAME).is_some();
                let keep = read.len().min(NAME.len());
                let from = read.len() - keep;
                buffer.copy_within(from..from + keep, 0);
                held = keep;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                drained.cut = Some(format!("{}: what follows is lost", cause(&error)));
                return drained;
            }
        }
    }
}

/// Lines that were passed.
#[derive(Default)]
struct Passed {
    /// Number of the next.
    line: u64,
    lines: usize,
    /// The first that is not blank.
    first: String,
    /// Messages of kubectl which say that something was not listed, with their lines.
    messages: Vec<(u64, String)>,
    /// Whether lines name `apiVersion`, and `kind`.
    named: [bool; 2],
    /// See [`joined`].
    tail: String,
    /// Which of them are lines of a log.
    log: Lines,
    torn: Torn,
    remains: Remains,
}

/// The text that follows, after the end of the text before, so that no key is cut in two.
fn joined<'t>(tail: &'t mut String, text: &str) -> &'t str {
    /// No key that is searched for is longer, with quotes and a colon.
    const LENGTH: usize = 16;
    tail.drain(..tail.floor_char_boundary(tail.len().saturating_sub(LENGTH)));
    tail.push_str(text);
    tail
}

impl Passed {
    /// Bytes of the first line that may be shown.
    const SHOWN: usize = 1 << 10;
    /// More messages are not kept.
    const MESSAGES: usize = 1 << 10;

    fn add(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            let content = line.trim();
            self.lines += usize::from(!content.is_empty());
            if self.first.is_empty() {
                content.clone_into(&mut self.first);
            }
            if is_message(content) && self.messages.len() < Self::MESSAGES {
                self.messages.push((self.line, content.to_owned()));
            }
            self.line += u64::from(line.ends_with('\n'));
            self.torn.line(line);
        }
        self.log.add(text);
        self.remains.add(text);
        let text = joined(&mut self.tail, text);
        for (key, named) in ["apiVersion", "kind"].into_iter().zip(&mut self.named) {
            *named |= names(text, key);
        }
    }
}

/// The first line that is not of a known kind: how many lines stand before it.
fn unknown(noise: &str) -> Option<u64> {
    let unknown = |it: &str| !it.trim().is_empty() && !is_noise(it.trim());
    (0..).zip(noise.lines()).find(|it| unknown(it.1)).map(|it| it.0)
}

/// One long text.
struct Long<'w, 'i, 's, 'r> {
    session: &'s mut Session<'r>,
    name: &'w FileName,
    window: &'w mut Window<'i>,
    search: Search<'r>,
    found: Found,
    counted: Counted,
    /// Whether the window starts inside a printed log.
    in_log: bool,
    /// The line on which the last log begins.
    log_begins: u64,
    /// Whether a JSON document came before, and no marker since.
    after_json: bool,
    /// Whether the window starts with lines that stand behind a list.
    behind: bool,
    /// The file, if its documents may be read in parallel.
    disk: Option<Disk<'w>>,
}

impl Long<'_, '_, '_, '_> {
    /// Reads what is at the start of the window.
    fn step(&mut self) {
        let clear = self.window.clear();
        if std::mem::take(&mut self.behind) {
            self.around(true, true);
            return;
        }
        let text = self.window.text();
        // The rest of the line after a JSON document. A log may start on the next line.
        if let blank @ 1.. = split::blank_lines(text) {
            return self.forget(blank);
        }
        let begins_log = if self.window.begins_line() {
            printed_log::begins_log(text, self.window.ended())
        } else {
            Some(false)
        };
        match begins_log {
            None => {
                self.more(0);
                return;
            }
            Some(begins) if begins || self.in_log => return self.skip_log(),
            Some(_) => {}
        }
        if let end @ 1.. = separator::markers_alone(text) {
            self.after_json = false;
            return self.forget(end);
        }
        self.after_json &= !separator::is_marker(text);
        if self.after_json
            && let at @ 1.. = json::skip_separators(text.as_bytes(), 0)
        {
            match text.as_bytes().get(at) {
                Some(b'{' | b'[') => return self.forget(at),
                None if self.window.ended() => return self.forget(at),
                None => {
                    self.more(0);
                    return;
                }
                Some(_) => {}
            }
        }
        if self.after_json && split::shape(text) != Shape::Json {
            // Other text may separate JSON documents. A marker may be incomplete.
            if self.window.ended() || !"---".starts_with(text) {
                return self.skip_to_json();
            }
            self.more(0);
            return;
        }
        // Complete documents are read like those of a short text. A log is not a document.
        let from = clear.max(usize::from(!self.window.begins_line()));
        if let Some(log) = printed_log::first_log(text, from) {
            self.documents(log, false);
        } else if let Some(end) = separator::last_marker(text, clear) {
            self.documents(end, false);
            self.documents_on_disk();
        } else if self.window.ended() {
            let cut = self.window.cut().is_some();
            self.documents(text.len(), cut);
        } else {
            match split::shape(text) {
                Shape::Json | Shape::Yaml if self.session.needs().thorough => self.whole(),
                Shape::Json => self.json(),
                Shape::Yaml => self.yaml(),
                Shape::Empty | Shape::Other if text.len() < LOOK => _ = self.more(0),
                Shape::Empty => self.forget(text.len()),
                Shape::Other => self.other(),
            }
        }
    }

    /// Reads the documents that end before `end`. `cut`: the last one may be incomplete.
    fn documents(&mut self, end: usize, cut: bool) {
        let layout = self.session.layout(self.name);
        let (text, line) = (&self.window.text()[..end], self.window.line_of(0));
        self.found.followed = !self.window.ended() || end < self.window.text().len();
        self.session.parts(self.name, text, line, cut, &layout, &mut self.found);
        self.in_log = printed_log::ends_in_log(text);
        self.forget(end);
    }

    /// Reads documents in parallel, starting at a marker.
    fn documents_on_disk(&mut self) {
        let Self { session, window, found, name, disk, search, counted, .. } = self;
        let (Some(on), Some(offset)) = (*disk, window.offset()) else { return };
        let logged = session.objects.logged();
        if self.in_log
            || logged.is_some()
            || search.is_asked_for()
            || !on.is_long(offset, session.needs())
        {
            return;
        }
        session.flush();
        let layout = session.layout(name);
        let content = Content::Documents { name, layout: &layout, logged };
        let base = window.line_of(0) - 1;
        let Session { objects, tally, .. } = &mut **session;
        let progress = blocks::read(
            objects.needs,
            objects.selection,
            on,
            offset,
            &content,
            &mut |mut block, lines| {
                let mut journal = block.journal(base + lines);
                counted.up_to(block.end(), &mut journal);
                if let Some(tally) = tally {
                    tally.replay(journal);
                }
                found.add(block.found);
            },
        );
        objects.stand_behind(logged);
        // If the text does not consist of short documents, the rest is read sequentially.
        if progress.stuck || progress.at < on.size {
            *disk = None;
        }
        jump(window, 0, on, &progress);
        self.more(0);
    }

    /// Drops the text before `at`, and reads more if nothing is left.
    fn forget(&mut self, at: usize) {
        self.window.drop_before(at);
        if self.window.text().is_empty() {
            self.more(0);
        }
    }

    /// Reads more. Replays what has been recorded so far.
    fn more(&mut self, at: usize) -> bool {
        self.at_least(at, self.session.needs().limits.piece_bytes())
    }

    /// Reads a little more if the window does not show yet what starts there: the text after it may
    /// be read in another way.
    fn read_further(&mut self) {
        self.at_least(0, self.session.needs().limits.head_bytes());
    }

    fn at_least(&mut self, at: usize, bytes: usize) -> bool {
        let more = self.window.more(at, bytes);
        self.record_read();
        self.session.flush();
        more
    }

    /// Counts and searches the text that was read last.
    fn record_read(&mut self) {
        record_read(self.window, &mut self.search, &mut self.counted, self.session.journal());
    }

    /// Skips the rest of a printed log.
    fn skip_log(&mut self) {
        if !std::mem::replace(&mut self.in_log, true) {
            self.log_begins = self.window.line_of(0);
            self.session.log_printed(self.window.text());
        }
        self.after_json = false;
        loop {
            let (text, ended) = (self.window.text(), self.window.ended());
            let from = usize::from(!self.window.begins_line());
            let end = printed_log::end_of_log(text, from)
                .filter(|it| ended || text[..*it].ends_with('\n'));
            self.in_log = end.is_none();
            // The last line may end the log, and be incomplete.
            let last = text.rfind('\n').map_or(0, |it| it + 1);
            let done =
                if ended || !printed_log::may_end_log(&text[last..]) { text.len() } else { last };
            self.window.drop_before(end.unwrap_or(done));
            if end.is_some() {
                return;
            }
            if !self.more(0) {
                return self.session.log_cut_off(self.name, self.log_begins, &mut self.found);
            }
        }
    }

    /// Skips the rest of the document.
    fn skip(&mut self) {
        let mut log = Lines::default();
        self.skip_to(|_| false, |passed| log.add(passed));
        self.session.objects.log_passed(log.most());
    }

    /// Skips a long text that is no document, up to a line at which an object may start.
    fn other(&mut self) {
        let what = printed(self.window.text());
        self.found.printed = self.found.printed.or(what);
        let before = self.found.others;
        self.found.others += 1;
        if self.around(false, what.is_none()) {
            self.found.others = before;
        }
    }

    /// Skips lines up to one at which an object may start, and counts them. `behind`: they stand
    /// behind an object; `between`: what they are is not known. Returns whether an object may
    /// start, or its type was named before.
    fn around(&mut self, behind: bool, between: bool) -> bool {
        let line = self.window.line_of(0);
        let log = if between { Lines::between() } else { Lines::default() };
        let mut passed = Passed { line, log, ..Passed::default() };
        self.skip_to(begins, |text| passed.add(text));
        let begins = begins(self.window.text());
        let Passed { mut first, lines, messages, named, log, torn, remains, .. } = passed;
        self.session.objects.log_passed(log.most());
        if let (true, Some(lines)) = (behind, torn.at) {
            self.session.left_out(self.name, line + lines, TORN, &mut self.found);
        }
        let around = behind || begins || self.found.objects > 0;
        if around {
            first.truncate(first.floor_char_boundary(Passed::SHOWN));
            self.found.around.count_lines(line, lines, &first);
        }
        for (line, message) in messages.into_iter().filter(|_| around) {
            self.session.refusals(self.name, &message, line, &mut self.found);
        }
        self.found.named |= named.contains(&true);
        let named = named == [true, true];
        if named {
            self.session.not_found(self.name, "", line, &mut self.found);
            return true;
        }
        let remains = self.session.remains(self.name, &remains.found(), line, &mut self.found);
        begins || remains
    }

    /// Skips text between JSON documents, or invalid JSON, up to the next line that may start a
    /// document.
    fn skip_to_json(&mut self) {
        const BRACKETS: [char; 2] = ['{', '['];
        let line = self.window.line_of(0);
        // Text after invalid JSON belongs to the invalid document.
        let new = self.window.text().starts_with(BRACKETS) || !self.found.ends_odd;
        let (mut words, mut tail) = (false, String::new());
        let (mut log, mut remains) = (Lines::between(), Remains::default());
        self.skip_to(
            |it| it.starts_with(BRACKETS),
            |passed| {
                log.add(passed);
                remains.add(passed);
                words |= split::holds_word(joined(&mut tail, passed));
            },
        );
        self.session.objects.log_passed(log.most());
        if words {
            let reason = "not readable as JSON: what stands there is left out, \
                 up to the next line that begins with a bracket";
            self.session.left_out(self.name, line, reason, &mut self.found);
        } else if !self.session.remains(self.name, &remains.found(), line, &mut self.found) {
            self.found.others += usize::from(new);
        }
    }

    /// Skips to the end of the document or to a `wanted` line, and passes the skipped text to
    /// `passed`. A printed log ends a document, too.
    fn skip_to(&mut self, wanted: impl Fn(&str) -> bool, mut passed: impl FnMut(&str)) {
        // Whether the window starts a new line.
        let mut fresh = false;
        loop {
            let clear = self.window.clear();
            let (text, ended) = (self.window.text(), self.window.ended());
            let marker = separator::first_marker(text, clear.max(usize::from(!fresh)), ended);
            let reach = marker.unwrap_or(text.len());
            let breaks = memchr::memchr_iter(b'\n', &text.as_bytes()[..reach]);
            let mut lines = fresh.then_some(0).into_iter().chain(breaks.map(|it| it + 1));
            let ends =
                |line: &str| wanted(line) || printed_log::begins_log(line, ended) == Some(true);
            let line = lines.find(|it| *it < text.len() && ends(&text[*it..])).or(marker);
            let at = line.unwrap_or_else(|| match text.rfind('\n') {
                Some(at) if !ended => at + 1,
                // This may be part of a marker, or of the line that starts a log.
                None if !ended && fresh && text.len() <= separator::MARKER => 0,
                None if fresh && printed_log::begins_log(text, ended).is_none() => 0,
                _ => text.len(),
            });
            fresh = text[..at].ends_with('\n') || (fresh && at == 0);
            passed(&text[..at]);
            self.window.drop_before(at);
            if line.is_some() || !self.more(0) {
                return;
            }
        }
    }

    /// Reads a document that must be held as a whole.
    fn whole(&mut self) {
        let limit = self.session.needs().limits.document_bytes;
        loop {
            let text = self.window.text();
            if split::document_end(text, 1, false).is_some() || self.window.ended() {
                return;
            }
            if text.len() >= limit {
                self.documents(text.floor_char_boundary(limit), true);
                self.session.lost(self.name, None, too_long(limit));
                return self.skip();
            }
            self.more(0);
        }
    }

    /// Reads a JSON value that must be held as a whole, and starts here. What follows it is read by
    /// itself.
    fn whole_json(&mut self, start: usize) {
        let limit = self.session.needs().limits.document_bytes;
        let mut looked = 0;
        loop {
            let text = self.window.text();
            // Each time twice as much is looked at: all looks together cost as much as two.
            if text.len() / 2 >= looked {
                looked = text.len();
                match json::end_of_value(text.as_bytes(), start) {
                    Ok(Some(end)) if end < text.len() => return,
                    Ok(_) => {}
                    Err(Odd) => return self.whole(),
                }
            }
            if text.len() >= limit || self.window.ended() {
                return self.whole();
            }
            self.more(0);
        }
    }

    fn yaml(&mut self) {
        let layout = self.session.layout(self.name);
        let alias_bytes = self.session.needs().limits.alias_bytes;
        let mut survey = Survey::default();
        let text = self.window.text();
        let length = self.session.needs().limits.head_bytes();
        // A message of kubectl may be YAML.
        if text.lines().next().is_some_and(is_message) {
            self.around(false, true);
            return;
        }
        let Some(list) = yaml_list(text, length, &mut survey) else { return self.whole() };
        let head = &text[..list.key.unwrap_or(list.first)];
        let Ok(entries) = yaml::entries_once(head, alias_bytes) else { return self.whole() };
        let Some(first) = first_yaml_item(text, list, &mut survey) else {
            return if text.len() < LOOK { self.read_further() } else { self.whole() };
        };
        let states_kind =
            ["apiVersion", "kind"].iter().all(|key| entries.iter().any(|it| it.0 == *key));
        let is_typed = |survey: &mut Survey| {
            let text = &text[..list.first + first.len()];
            let by_outline = list.is_typed(text, usize::MAX, survey);
            by_outline.unwrap_or_else(|| {
                let items = yaml::items(first, alias_bytes);
                items.is_ok_and(|it| typed(it.first().map(|(item, _)| item)))
            })
        };
        let kinds = states_kind || list.key.is_none() || is_typed(&mut survey);
        let foreign = list.key.is_none() && !entries.is_empty();
        if !kinds || foreign || self.window.has_lone_return() {
            return self.whole();
        }
        let setting = Setting { given: None, layout: Some(&layout), may_end_early: true };
        let line = self.window.line_of(0);
        let limit = self.session.needs().limits.document_bytes;
        let text_begins_with_version = entries.first().is_some_and(|it| it.0 == "apiVersion");
        let mut messages = Vec::new();
        let Self { window, session, search, counted, disk, found, .. } = self;
        let Session { objects, tally, .. } = &mut **session;
        let form = Form::Yaml { column: list.column };
        let mut items = Items {
            search,
            counted,
            tally,
            disk: *disk,
            root: entries.clone(),
            setting: &setting,
            form,
            survey,
            line,
            waits: false,
            ended: false,
        };
        objects.document_begins(line);
        let mut intake = Intake::new(objects, &setting, Pass::First);
        intake.entries(entries);
        if list.key.is_some() {
            intake.items();
        } else {
            intake.bare();
        }
        let keyed = list.key.is_some() && text_begins_with_version;
        let (mut at, mut parsed) = items.all(window, list.first, &mut intake);
        let (mut inside, mut goes_on) = (None, false);
        // The keys after the items.
        let end = loop {
            let rest = &window.text()[at..];
            if parsed.is_ok() {
                match behind(rest, list.column, keyed, window.ended()) {
                    Behind::Ends(end) => {
                        goes_on = true;
                        break at + end;
                    }
                    Behind::Items(more) => {
                        let line = window.line_of(at);
                        let noise = &window.text()[at..at + more];
                        found.around.count(&Run { text: noise, line: 1 }, line);
                        inside = inside.or_else(|| unknown(noise).map(|it| line + it));
                        messages.push((line, noise.to_owned()));
                        intake.item_begins();
                        items.ended = false;
                        (at, parsed) = items.all(window, at + more, &mut intake);
                        continue;
                    }
                    Behind::Keys => {}
                }
            }
            let ended = window.ended();
            let from = window.clear().saturating_sub(at);
            let rest = &window.text()[at..];
            let end = split::document_end(rest, from, ended);
            let document = &rest[..end.unwrap_or(rest.len())];
            let next = Some(document).filter(|_| parsed.is_ok() && list.key.is_some());
            let next =
                next.and_then(|it| next_yaml_list(it, length, &mut items.survey, alias_bytes));
            if let Some((entries, list)) = next {
                items.begins_again(&entries, Form::Yaml { column: list.column });
                intake.item_begins();
                intake.document_begins(window.line_of(at));
                intake.entries(entries);
                intake.items();
                (at, parsed) = items.all(window, at + list.first, &mut intake);
                continue;
            }
            match end {
                Some(end) => break at + end,
                None if window.ended() => break at + rest.len(),
                None if rest.len() >= limit => {
                    parsed = parsed.and(items.broken(window, at, too_long(limit)));
                    break at + rest.len();
                }
                None => {
                    items.more(window, at, &mut intake);
                    at = 0;
                }
            }
        };
        if parsed.is_ok() {
            parsed = after_items(&window.text()[at..end], list, &mut intake)
                .map_err(|broken| Broken { line: items.lines(window, at) + broken.line, ..broken });
        }
        let cut = window.cut().is_some() && end == window.text().len();
        let open = end == window.text().len() && ends_open(&window.text()[..end]);
        let mut outcome = intake.finish(parsed, items.lines(window, end), cut, open);
        if let Some(loss) = outcome.loss.as_mut().filter(|_| holds_more(&window.text()[at..end], 0))
        {
            loss.concerns = Concerns::Everything;
        }
        self.found.followed = !window.ended() || end < window.text().len();
        for (line, noise) in messages {
            self.session.text_passed(&noise);
            self.session.refusals(self.name, &noise, line, &mut self.found);
        }
        if let Some(line) = inside {
            let reason = "a line stands between the items of a list and is not understood";
            self.session.left_out(self.name, line, reason, &mut self.found);
        }
        let rest = &self.window.text()[end..];
        self.behind = goes_on && !begins(rest);
        self.record_outcome(line, outcome, end);
    }

    fn json(&mut self) {
        let text = self.window.text();
        let bytes = text.as_bytes();
        let mut whole = 0;
        // A number, or a list of one, may be the start of a line of a log.
        let of_log = |whole: usize, at: usize| match bytes[at] {
            // A line may hold many documents, and is looked at where it begins.
            b'[' if text[whole..at].contains('\n') || whole == 0 => {
                logged(text[at..].lines().next().unwrap_or_default()).is_some()
            }
            b'{' | b'[' => false,
            _ => true,
        };
        let start = loop {
            let start = json::skip_space(bytes, json::skip_separators(bytes, whole));
            match json::end_of_value(bytes, start) {
                Ok(Some(_)) if of_log(whole, start) && whole > 0 => break start,
                Ok(Some(_)) if of_log(whole, start) && self.after_json => {
                    return self.skip_to_json();
                }
                Ok(Some(_)) if of_log(whole, start) => return self.whole(),
                // A number may continue.
                Ok(Some(end)) if end < text.len() => whole = end,
                Ok(_) => break start,
                Err(Odd) if whole > 0 => break start,
                Err(Odd) if self.after_json => return self.skip_to_json(),
                Err(Odd) => return self.whole(),
            }
        };
        if whole > 0 {
            self.documents(whole, false);
            self.after_json = true;
            return;
        }
        let layout = self.session.layout(self.name);
        let list = match json_list(text, start) {
            Ok(Some(list)) => list,
            Ok(None) if text.len() < LOOK => return self.read_further(),
            Ok(None) | Err(Odd) => return self.whole_json(start),
        };
        if !list.kinds {
            return self.whole_json(start);
        }
        let setting = Setting { given: None, layout: Some(&layout), may_end_early: false };
        let line = self.window.line_of(0);
        let limit = self.session.needs().limits.document_bytes;
        let Self { window, session, search, counted, disk, .. } = self;
        let Session { objects, tally, .. } = &mut **session;
        let JsonList { entries, first, bare, between, brace, .. } = list;
        let disk = disk.filter(|_| !between.is_empty());
        let form = Form::Json { between: &between, brace };
        let mut items = Items {
            search,
            counted,
            tally,
            disk,
            root: entries.clone(),
            setting: &setting,
            form,
            survey: Survey::default(),
            line,
            waits: false,
            ended: false,
        };
        objects.document_begins(line);
        let mut intake = Intake::new(objects, &setting, Pass::First);
        intake.entries(entries);
        if bare {
            intake.bare();
        } else {
            intake.items();
        }
        let (mut at, mut parsed) = items.all(window, first, &mut intake);
        // The keys after the items.
        while parsed.is_ok() && !bare {
            match json_entries(window.text(), at) {
                Ok(Some((entries, end))) => {
                    intake.entries(entries);
                    at = end;
                    break;
                }
                Ok(None) if window.ended() => parsed = items.cut_off(window),
                Ok(None) if window.text().len() - at >= limit => {
                    parsed = items.broken(window, at, too_long(limit));
                }
                Ok(None) => {
                    items.more(window, at, &mut intake);
                    at = 0;
                }
                Err(Odd) => {
                    let reason = "not readable as JSON: expected `,` or `}`".to_owned();
                    parsed = items.broken(window, at, reason);
                }
            }
        }
        let lost = parsed.is_err();
        self.found.followed = !window.ended();
        let outcome = intake.finish(parsed, items.lines(window, at) + 1, false, false);
        self.record_outcome(line, outcome, at);
        if lost {
            self.skip();
        }
    }

    /// Reports the outcome of a document, and goes on after it.
    fn record_outcome(&mut self, line: u64, mut outcome: Outcome, end: usize) {
        // A long document cannot be read twice.
        match outcome.again.take() {
            Some(Pass::Whole) => outcome.loss = Some(Broken::here(OBJECT_WITH_ITEMS)),
            Some(_) => outcome.no_kind += outcome.waiting,
            None => {}
        }
        self.session.record_outcome(self.name, line, outcome, &mut self.found);
        self.forget(end);
    }
}
