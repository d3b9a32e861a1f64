//! The step between a finished report and all that is written of it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use aho_corasick::{AhoCorasick, MatchKind};
use rulebox_core::{Finding, Report};

use super::{
    forms::MARK,
    keys::is_secret_of,
    looks::{is_name, is_time, looks_made},
    own::Own,
    text::without_secrets,
    values::{Finder, SecretValues},
};
use crate::texts::{self, Said};

/// What is looked for again where nothing tells that it is a secret has as many characters: shorter
/// words may be others.
const SHORTEST_KNOWN: usize = 8;

/// All that is looked for again, in bytes: a search for more would take more memory than a report.
const MOST_KNOWN: usize = 4 << 20;

/// Takes secrets out of reports, and of what is told beside them.
///
/// It comes between a report and all its outputs, so that no output can forget it. The secrets
/// whose forms Rulebox knows always go; the user's own forms come on top.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    own: Vec<Own>,
    /// The values of Secrets that are known.
    values: Finder,
}

impl Redaction {
    /// With the user's own forms.
    pub fn new(own: Vec<Own>) -> Self {
        Self { own, values: Finder::default() }
    }

    /// The same step, which also takes out these values wherever they stand: those of the Secrets
    /// that were read for this report. Names that the report has stay, as do values too short to
    /// be told from ordinary words.
    #[must_use]
    pub fn knowing(&self, values: &SecretValues, report: &Report) -> Self {
        Self { own: self.own.clone(), values: values.finder(report) }
    }

    /// The report without secrets, in which [`Report::redacted`] counts them by their kind. A name
    /// that is a secret goes like any other; fingerprints stay, so that all references do.
    ///
    /// A secret that one text shows to be one (`password=x`) also goes where another text has it
    /// without saying so. A report that was redacted stays as it is.
    #[must_use]
    pub fn redacted(&self, mut report: Report) -> Report {
        let mut taken = Taken::default();
        let names = names(&mut report);
        for it in &mut report.findings {
            keys_in_lines(&mut it.finding, &mut taken);
        }
        // Before the forms, which may take a part of a value and leave the rest.
        texts::change(&mut report, &mut |said, text| {
            if said != Said::Type
                && let Some((clean, count)) = self.values.without(text)
            {
                *taken.counts.entry("secret-data".to_owned()).or_default() += count;
                *text = clean;
            }
        });
        texts::change(&mut report, &mut |said, text| {
            let is_named = match said {
                Said::Value { kind: "Secret", path } if is_value_of_secret(path) => {
                    Some("secret-data")
                }
                Said::Value { path: key, .. } | Said::Label(key) if is_secret_of(key, text) => {
                    Some("assigned")
                }
                _ => None,
            };
            match is_named {
                Some(kind) => taken.whole(text, kind),
                None => taken.parts(text, &self.own),
            }
        });
        if let Some(known) = taken.known(&names) {
            texts::change(&mut report, &mut |_, text| taken.again(text, &known));
        }
        for (kind, count) in taken.counts {
            *report.redacted.entry(kind).or_default() += count;
        }
        report
    }

    /// One text without secrets: a note, a line of a log.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.values.without(text) {
            Some((text, _)) => {
                Cow::Owned(without_secrets(&text, &self.own, &mut |_, _| ()).into_owned())
            }
            None => without_secrets(text, &self.own, &mut |_, _| ()),
        }
    }
}

/// What a report calls objects and what belongs to them: their names and namespaces, and what
/// fields and labels name, as buckets. Only what may be a name is one.
fn names(report: &mut Report) -> BTreeSet<String> {
    /// Of a name of Kubernetes, in bytes.
    const LONGEST: usize = 253;
    let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-._:".contains(&it);
    let mut names = BTreeSet::new();
    let mut insert = |name: &str| {
        if name.len() <= LONGEST && name.bytes().all(legal) {
            names.insert(name.to_owned());
        }
    };
    texts::change(report, &mut |said, text| match said {
        Said::Cluster | Said::Namespace | Said::Name(_) | Said::Uid => insert(text),
        Said::Label(key) if !is_secret_of(key, text) => insert(text),
        Said::Value { kind, path } if !kind.is_empty() && !is_secret_of(path, text) => {
            insert(text);
        }
        Said::Object | Said::Lane => text.split([' ', '/']).for_each(&mut insert),
        _ => {}
    });
    names
}

/// Whether a field of a Secret is one of its values.
fn is_value_of_secret(path: &str) -> bool {
    ["data", "stringData"].iter().any(|it| {
        path.strip_prefix(it).is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']))
    })
}

/// A private key may stand in a log, of which each line is a piece of evidence by itself, perhaps
/// behind a time. Of a tail the first line of the key may be missing.
fn keys_in_lines(finding: &mut Finding, taken: &mut Taken) {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "-----END ";
    const KEY: &str = "PRIVATE KEY";
    /// Lines of a key have 64 letters, but for the last one.
    const SHORTEST: usize = 40;
    /// A shorter word behind others is one of a sentence.
    const SHORTEST_INSIDE: usize = 16;
    let in_key = |it: u8| it.is_ascii_alphanumeric() || b"+/= \t".contains(&it);
    let mut is_inside = false;
    for nth in 0..finding.evidence.len() {
        let value = finding.evidence[nth].value.as_str();
        if let Some((_, behind)) = value.rsplit_once(BEGIN) {
            is_inside = behind.contains(KEY) && !behind.contains(END);
        } else if value.contains(END) {
            // Only the last line before the end may be short.
            let mut shortest = 4;
            let lines = if value.contains(KEY) { nth } else { 0 };
            for it in finding.evidence[..lines].iter_mut().rev() {
                let Some(begin) = key_in_line(&it.value, shortest) else { break };
                taken.end_of(&mut it.value, begin, "private-key");
                shortest = SHORTEST;
            }
            is_inside = false;
        } else if is_inside {
            let is_whole = value.len() >= 4 && value.bytes().all(in_key);
            let begin = if is_whole { Some(0) } else { key_in_line(value, SHORTEST_INSIDE) };
            if let Some(begin) = begin {
                taken.end_of(&mut finding.evidence[nth].value, begin, "private-key");
            }
        }
    }
}

/// Where the last word of a line begins, where it may be one of a key: behind other words it has at
/// least so many letters.
fn key_in_line(line: &str, shortest: usize) -> Option<usize> {
    let in_base64 = |it: u8| it.is_ascii_alphanumeric() || b"+/".contains(&it);
    let line = line.trim_end();
    let begin = line.rfind([' ', '\t']).map_or(0, |it| it + 1);
    let is_alone = line[..begin].trim().is_empty();
    let word = &line[begin..];
    let is_of_key = word.len() >= if is_alone { 4 } else { shortest }
        && word.trim_end_matches('=').bytes().all(in_base64);
    is_of_key.then_some(begin)
}

/// What was taken out.
#[derive(Default)]
struct Taken {
    counts: BTreeMap<String, usize>,
    /// What is looked for again.
    secrets: BTreeSet<String>,
    known_bytes: usize,
}

impl Taken {
    fn count(&mut self, kind: &str, secret: &str) {
        match self.counts.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(kind.to_owned(), 1);
            }
        }
        let is_known = secret.len() >= SHORTEST_KNOWN && looks_made(secret) && !is_name(secret);
        if is_known
            && self.known_bytes + secret.len() <= MOST_KNOWN
            && self.secrets.insert(secret.to_owned())
        {
            self.known_bytes += secret.len();
        }
    }

    fn whole(&mut self, text: &mut String, kind: &str) {
        if !text.is_empty() && *text != MARK {
            self.count(kind, text);
            MARK.clone_into(text);
        }
    }

    /// Takes out what stands behind this place.
    fn end_of(&mut self, text: &mut String, begin: usize, kind: &str) {
        let mut end = text.split_off(begin);
        self.whole(&mut end, kind);
        text.push_str(&end);
    }

    fn parts(&mut self, text: &mut String, own: &[Own]) {
        if let Cow::Owned(clean) = without_secrets(text, own, &mut |kind, it| self.count(kind, it))
        {
            *text = clean;
        }
    }

    /// Finds what was taken out; none where that is nothing. What a name is or has inside is not
    /// looked for: one object must not lose its name since a message about another one says
    /// `password=` before it.
    fn known(&mut self, names: &BTreeSet<String>) -> Option<AhoCorasick> {
        self.secrets.retain(|it| !is_time(it));
        let all: Vec<_> = self.secrets.iter().cloned().collect();
        if let Ok(found) = AhoCorasick::new(&all) {
            for it in names.iter().flat_map(|it| found.find_overlapping_iter(it)) {
                self.secrets.remove(&all[it.pattern().as_usize()]);
            }
        }
        if self.secrets.is_empty() {
            return None;
        }
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.secrets).ok()
    }

    fn again(&mut self, text: &mut String, known: &AhoCorasick) {
        if !known.is_match(text.as_str()) {
            return;
        }
        let mut count = 0;
        let mut clean = String::with_capacity(text.len());
        known.replace_all_with(text, &mut clean, |_, _, clean| {
            count += 1;
            // Two that follow each other are one to a reader.
            if !clean.ends_with(MARK) {
                clean.push_str(MARK);
            }
            true
        });
        *self.counts.entry("repeated".to_owned()).or_default() += count;
        *text = clean;
    }
}
