//! The answers of an API server to one list: each page is read on its own, and what was read waits
//! until the list has ended. Then it goes into a collector as a whole, or is dropped as a whole: a
//! list that has to begin again leaves no trace, in objects and in counts. Requests and retries are
//! not known here.

use std::collections::HashMap;

use rulebox_core::{Collector, Concerns, NeedSet, ObjectCopy, Problem, Selection};

use crate::{
    input::{session::Session, tally::Tally},
    journal::{Journal, Section},
    meter::{Counts, Meter, Progress},
    object::intake::Setting,
    reader::Reader,
    type_meta::TypeMeta,
};

/// What a list from an API server states about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// `metadata.continue`: requests the next page; empty on the last one.
    pub continue_token: String,
    /// `metadata.resourceVersion`: a watch continues from here.
    pub resource_version: String,
    /// Number of objects on this page.
    pub objects: usize,
    /// Whether the page has `items`, even if there are none or they are `null`. An answer without
    /// them must not pass for an empty list.
    pub listed: bool,
}

/// What was read of the pages of lists, and is in no collector yet.
#[derive(Debug, Default)]
pub struct Answers(Journal);

impl Answers {
    /// Adds what stands on further pages. The same problem is told once.
    pub fn append(&mut self, mut next: Self) {
        next.0.problems.retain(|it| !self.0.problems.contains(it));
        self.0.append(next.0);
    }

    /// Something of the list could not be read. The same is told once.
    pub fn lost(&mut self, problem: Problem) {
        if !self.0.problems.contains(&problem) {
            self.0.problems.push(problem);
        }
    }

    /// What could not be read.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// The objects that needs select, in order, for whoever keeps copies by itself; and why
    /// something could not be read.
    pub fn into_copies(mut self) -> (Vec<ObjectCopy>, Vec<String>) {
        let lost = self.0.problems.iter().filter(|it| it.lost()).map(|it| it.reason.clone());
        let mut losses: Vec<_> = lost.collect();
        for ((concerns, reason, _), it) in std::mem::take(&mut self.0.redacted) {
            losses.push(it.problem(concerns, reason).reason);
        }
        (self.0.take_sections().flat_map(|it| it.copies).collect(), losses)
    }

    /// About how many bytes of memory its objects take.
    pub fn kept(&mut self) -> u64 {
        self.0.sections_mut().flat_map(|it| &it.copies).map(ObjectCopy::bytes).sum()
    }

    /// Of objects with one kind, namespace and name, which were made one after the other while the
    /// pages were read, keeps the newest: within a cluster a name stands for one object.
    pub fn keep_newest(&mut self) {
        let mut newest: HashMap<[String; 4], (Option<u64>, usize)> = HashMap::new();
        let mut gone = Vec::new();
        let copies = self.0.sections_mut().flat_map(|it| &it.copies);
        for (nth, copy) in copies.enumerate() {
            let it = &copy.identity;
            let key = [it.group(), it.kind(), it.namespace(), it.name()].map(str::to_owned);
            let version = copy.resource_version;
            let known = newest.entry(key).or_insert((version, nth));
            if known.1 == nth {
                continue;
            }
            // Without a version the one counts that was read last.
            gone.push(if version.is_some() && version < known.0 { nth } else { known.1 });
            if version.is_none() || version >= known.0 {
                *known = (version, nth);
            }
        }
        gone.sort_unstable();
        let mut nth = 0;
        for Section { copies, .. } in self.0.sections_mut().filter(|_| !gone.is_empty()) {
            copies.retain(|_| {
                nth += 1;
                gone.binary_search(&(nth - 1)).is_err()
            });
        }
    }
}

impl Reader {
    /// What the reader reads for.
    pub fn needs(&self) -> &NeedSet {
        &self.0.set
    }

    /// Reads one page of a JSON list from an API server into the current input of the collector.
    ///
    /// Items of typed lists state no type, so `items` gives it: group, version, kind. Errors become
    /// problems of the input, at `place`.
    ///
    /// # Panics
    ///
    /// If the collector is for other needs than the reader.
    pub fn read_list(
        &self,
        bytes: &[u8],
        items: (&str, &str, &str),
        place: &str,
        collector: &mut Collector,
    ) -> ListPage {
        let selection = collector.selection().clone();
        let (page, answers) = self.read_page(bytes, items, place, &selection);
        self.give(answers, collector);
        page
    }

    /// The same, where it is not known yet whether the page counts: [`give`](Self::give) gives it
    /// to a collector. `selection`: that of the collector.
    pub fn read_page(
        &self,
        bytes: &[u8],
        items: (&str, &str, &str),
        place: &str,
        selection: &Selection,
    ) -> (ListPage, Answers) {
        let (group, version, kind) = items;
        let mut answers = Answers::default();
        let lost = |line, reason: String| {
            let concerns = Concerns::kind(group, kind);
            Problem { place: place.to_owned(), line, reason, concerns, ..Problem::default() }
        };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                answers.0.problems.push(lost(None, format!("the answer is no text: {error}")));
                return (ListPage::default(), answers);
            }
        };
        let separator = if group.is_empty() { "" } else { "/" };
        let api_version = format!("{group}{separator}{version}");
        let given = Some(TypeMeta { api_version, kind: kind.to_owned() });
        let mut session = Session::worker(&self.0, selection);
        let outcome = session.parse(text, false, &Setting { given, ..Setting::default() });
        let journal = &mut answers.0;
        *journal = std::mem::take(session.journal());
        journal.bytes += bytes.len() as u64;
        if let Some(loss) = outcome.loss {
            journal.problems.push(lost(Some(loss.line), loss.reason));
        } else if let Some((_, count)) = outcome.nameless {
            let reason = format!("{count} of kind {kind} without `metadata.name`: left out");
            journal.problems.push(lost(None, reason));
        } else if outcome.other {
            journal.problems.push(lost(None, format!("the answer is no list of {kind}")));
        }
        let page = ListPage {
            continue_token: outcome.continue_token,
            resource_version: outcome.resource_version,
            objects: outcome.objects,
            listed: outcome.listed,
        };
        (page, answers)
    }

    /// Gives what was read to a collector, as a part of its open input.
    ///
    /// # Panics
    ///
    /// If the collector is for other needs than the reader.
    pub fn give(&self, answers: Answers, collector: &mut Collector) {
        assert_eq!(collector.needs(), &self.0.set, "a collector for the reader's needs");
        let mut silent = |_: &Progress<'_>| {};
        let meter = Meter::new(Counts::default(), &mut silent);
        let mut tally = Tally::new(&self.0, collector, meter);
        tally.replay(answers.0);
        tally.finish();
    }
}
