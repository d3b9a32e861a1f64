//! Replays the journals of one input, in order, within the limits for the whole input.

use std::collections::BTreeMap;

use rulebox_core::{Collector, Concerns, Identity, Problem};

use super::pages::Pages;
use crate::{
    journal::{Hits, Journal, Redacted, Section, Skipped},
    layout::Bundles,
    meter::{Counts, Meter},
    object::needs::Needs,
};

/// Replays the journals of one input into the collector.
pub(crate) struct Tally<'r> {
    pub(crate) needs: &'r Needs,
    collector: &'r mut Collector,
    pub(crate) meter: Meter<'r>,
    bundles: Bundles,
    pages: Pages,
    redacted: BTreeMap<(Concerns, String), Redacted>,
    /// How many objects had no room, and of which kinds.
    no_room: (usize, Concerns),
    skipped: BTreeMap<Skipped, Places>,
    problems: usize,
    /// Number of problems over the limit, and what they concern.
    over_limit: (usize, Concerns),
    /// How many lines each text need has taken.
    taken: Vec<usize>,
    /// Text needs that are over the limit in the current file.
    flooded: Vec<usize>,
}

/// The files that were skipped for one reason.
#[derive(Debug, Default)]
struct Places {
    number: usize,
    /// The first distinct ones.
    first: Vec<String>,
    /// How many followed, not counting repetitions of the one before.
    more: usize,
    last: String,
}

impl<'r> Tally<'r> {
    pub(crate) fn new(needs: &'r Needs, collector: &'r mut Collector, meter: Meter<'r>) -> Self {
        let taken = vec![0; needs.texts.len()];
        Self {
            needs,
            collector,
            meter,
            bundles: Bundles::default(),
            pages: Pages::default(),
            redacted: BTreeMap::new(),
            no_room: (0, Concerns::Nothing),
            skipped: BTreeMap::new(),
            problems: 0,
            over_limit: (0, Concerns::Nothing),
            taken,
            flooded: Vec::new(),
        }
    }

    /// Replays the next journal.
    pub(crate) fn replay(&mut self, mut journal: Journal) {
        let input = self.collector.input();
        input.files += journal.files;
        input.bytes += journal.bytes;
        for path in &journal.paths {
            self.bundles.see(path);
        }
        for namespace in &journal.printed {
            self.bundles.see_printed(namespace);
        }
        for section in journal.take_sections() {
            self.section(section);
        }
        for problem in journal.problems {
            self.problem(problem);
        }
        for (what, Redacted { place, line, objects }) in journal.redacted {
            let first = || Redacted { place, line, objects: 0 };
            self.redacted.entry(what).or_insert_with(first).objects += objects;
        }
        for (place, line, page) in journal.pages {
            self.pages.see(place, line, page);
        }
        for (why, place) in journal.skipped {
            self.skipped.entry(why).or_default().add(place);
        }
        self.meter.add(journal.objects, journal.files);
    }

    fn section(&mut self, section: Section) {
        if let Some(path) = &section.file {
            self.collector.begin_file(path);
        }
        if let Some(line) = section.document {
            self.collector.begin_document(line);
            if section.logged {
                self.collector.behind_log();
            }
        }
        for (group, kind, namespace, objects) in section.seen() {
            self.collector.seen(group, kind, namespace, objects);
        }
        for (group, kind) in &section.listed {
            self.collector.listed(group, kind);
        }
        for list in section.lists {
            self.collector.listed_whole(list);
        }
        if let Some(uid) = section.cluster {
            self.collector.cluster(&uid);
        }
        for copy in section.copies {
            if self.collector.kept() + copy.bytes() <= self.needs.limits.kept_bytes {
                self.collector.take(copy);
            } else {
                self.no_room(&copy.identity);
            }
        }
        self.collector.clocks(section.clocks);
        for hits in section.hits {
            self.hits(hits);
        }
    }

    /// An object is left out, because what was kept takes all that it may take.
    fn no_room(&mut self, identity: &Identity) {
        let (left_out, concerns) = &mut self.no_room;
        *left_out += 1;
        let is_known = matches!(concerns, Concerns::Kinds(kinds)
            if kinds.contains(&(identity.group().to_owned(), identity.kind().to_owned())));
        if !is_known {
            let more = Concerns::kind(identity.group(), identity.kind());
            *concerns = std::mem::take(concerns).and(more);
        }
    }

    fn hits(&mut self, Hits { need, place, begins, lines }: Hits) {
        if begins {
            self.collector.text_file(need);
            self.flooded.retain(|it| *it != need);
        }
        let limit = self.needs.limits.text_lines;
        for line in lines {
            if self.taken[need] < limit {
                self.taken[need] += 1;
                self.collector.text_line(need, line);
            } else if !self.flooded.contains(&need) {
                self.flooded.push(need);
                let id = &self.needs.set.texts[need].id;
                let reason =
                    format!("need `{id}` matches more than {limit} lines: the rest is not read");
                let concerns = Concerns::Text(need);
                return self.problem(Problem { place, line: None, reason, concerns });
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems < self.needs.limits.problems {
            self.problems += 1;
            self.collector.problem(problem);
        } else {
            self.over_limit.0 += 1;
            let concerns = std::mem::take(&mut self.over_limit.1);
            self.over_limit.1 = concerns.and(problem.concerns);
        }
    }

    /// Reports what was skipped. Returns the counts for the next input.
    pub(crate) fn finish(mut self) -> Counts {
        for problem in std::mem::take(&mut self.pages).missing() {
            self.problem(problem);
        }
        if let (objects @ 1.., concerns) = std::mem::take(&mut self.no_room) {
            let reason = format!(
                "what rules need takes more than {} MiB: {objects} objects are left out; read less \
                 at a time or for fewer rules, or raise this limit",
                self.needs.limits.kept_bytes >> 20
            );
            self.problem(Problem { reason, concerns, ..Problem::default() });
        }
        for ((concerns, reason), first) in std::mem::take(&mut self.redacted) {
            let Redacted { place, line, objects } = first;
            let reason = if objects > 1 { format!("{reason} ({objects} times)") } else { reason };
            self.problem(Problem { place, line, reason, concerns });
        }
        self.bundles.report_coverage(&self.needs.set.objects, self.collector);
        for (why, places) in self.skipped {
            let (one, several) = why.words();
            let (place, reason) = if places.number == 1 {
                (places.last, format!("{one}: skipped"))
            } else {
                let reason = format!("{} {several}: skipped: {}", places.number, places.some());
                (String::new(), reason)
            };
            self.collector.problem(Problem { place, reason, ..Problem::default() });
        }
        if let (1.., concerns) = self.over_limit {
            let reason = format!("{} more problems like these", self.over_limit.0);
            self.collector.problem(Problem { concerns, reason, ..Problem::default() });
        }
        self.meter.counts
    }
}

impl Places {
    const SHOWN: usize = 3;

    fn add(&mut self, place: String) {
        self.number += 1;
        if self.number > 1 && place == self.last {
            return;
        }
        if self.first.len() < Self::SHOWN {
            self.first.push(place.clone());
        } else {
            self.more += 1;
        }
        self.last = place;
    }

    /// The first distinct places, and how many more there are.
    fn some(&self) -> String {
        let shown = self.first.join(", ");
        if self.more > 0 { format!("{shown} and {} more", self.more) } else { shown }
    }
}
