//! Replays the journals of one input, in order, within the limits for the whole input.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{Collector, Concerns, Logged, Problem, ProblemKind};

use super::{
    held::{Bundle, File, Held},
    pages::Pages,
    room::Room,
};
use crate::{
    journal::{Hits, Journal, Redacted, Section, Skipped},
    layout::Bundles,
    limits::{SEARCH_SPEED, limit_told},
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
    room: Room<'r>,
    held: Held,
    /// The file whose sections follow, if what it holds is held back.
    held_file: Option<String>,
    skipped: BTreeMap<Skipped, Places>,
    problems: usize,
    /// The limits that were told.
    limits: BTreeSet<usize>,
    /// Number of problems over the limit, and what they concern.
    over_limit: (usize, Concerns),
    /// How many lines each text need has taken.
    taken: Vec<usize>,
    /// Text needs that are over the limit in the current file.
    flooded: Vec<usize>,
    /// Text needs whose packs took too long.
    late: Vec<usize>,
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
            room: Room::new(needs),
            held: Held::default(),
            held_file: None,
            skipped: BTreeMap::new(),
            problems: 0,
            limits: BTreeSet::new(),
            over_limit: (0, Concerns::Nothing),
            taken,
            flooded: Vec::new(),
            late: Vec::new(),
        }
    }

    /// Replays the next journal.
    pub(crate) fn replay(&mut self, mut journal: Journal) {
        let input = self.collector.input();
        input.files += journal.files;
        input.bytes += journal.bytes;
        for (path, place) in std::mem::take(&mut journal.paths) {
            match self.held.file(&place) {
                Some(file) => file.path = Some(path),
                None => self.bundles.see(&path),
            }
        }
        for (place, text) in std::mem::take(&mut journal.told) {
            self.held.told(&place, text);
        }
        for (place, root) in std::mem::take(&mut journal.roots) {
            // More than one are too many.
            if let Some(file) = self.held.file(&place).filter(|it| it.roots.len() < 2) {
                file.roots.push(root);
            }
        }
        for namespace in &journal.printed {
            self.bundles.see_printed(namespace);
        }
        for section in journal.take_sections() {
            if let Some(place) = &section.file {
                self.held_file = self.held.file(place).map(|_| place.clone());
            }
            match self.held_file.clone() {
                Some(place) => self.hold(&place, section),
                None => self.section(section),
            }
        }
        for problem in journal.problems {
            match self.held.file(&problem.place) {
                Some(file) => file.problems.push(problem),
                None => self.problem(problem),
            }
        }
        for ((concerns, reason, _), redacted) in journal.redacted {
            match self.held.file(&redacted.place) {
                Some(file) => file.redacted.push((concerns, reason, redacted)),
                None => self.redacted(concerns, reason, redacted),
            }
        }
        for (place, line, page) in journal.pages {
            match self.held.file(&place) {
                Some(file) => file.pages.push((line, page)),
                None => self.pages.see(place, line, page),
            }
        }
        for (why, place) in journal.skipped {
            match self.held.file(&place) {
                Some(file) => file.skipped.push(why),
                None => self.skipped.entry(why).or_default().add(place),
            }
        }
        self.meter.add(journal.objects, journal.files);
    }

    fn section(&mut self, section: Section) {
        if let Some(path) = &section.file {
            self.collector.begin_file(path);
        }
        if !self.room.has_any(self.collector.kept()) {
            return self.section_without_room(section);
        }
        if let Some(line) = section.document {
            self.collector.begin_document(line);
            self.collector.behind_log(section.logged);
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
            if let Some(copy) = self.room.admit(self.collector.kept(), copy) {
                self.collector.take(copy);
            }
        }
        self.collector.clocks(section.clocks);
        for hits in section.hits {
            self.hits(hits);
        }
    }

    /// Counts what a section holds, and keeps nothing of it: not even that it was one.
    fn section_without_room(&mut self, section: Section) {
        for (group, kind, _, objects) in section.seen() {
            self.collector.seen(group, kind, "", objects);
        }
        for (group, kind) in &section.listed {
            self.room.lacks(group, kind);
        }
        section.copies.iter().for_each(|it| self.room.leave_out(it));
        for hits in section.hits {
            self.hits(hits);
        }
    }

    /// Holds a section of this file back.
    fn hold(&mut self, place: &str, mut section: Section) {
        if !self.room.has_any(self.collector.kept()) {
            return self.section_without_room(section);
        }
        self.room.hold_document();
        let copies = std::mem::take(&mut section.copies);
        for copy in copies {
            if let Some(copy) = self.room.admit(self.collector.kept(), copy) {
                self.room.hold(&copy);
                section.copies.push(copy);
            }
        }
        if let Some(file) = self.held.file(place) {
            file.sections.push(section);
        }
    }

    fn redacted(&mut self, concerns: Concerns, reason: String, redacted: Redacted) {
        let Redacted { place, line, objects } = redacted;
        let first = || Redacted { place, line, objects: 0 };
        self.redacted.entry((concerns, reason)).or_insert_with(first).objects += objects;
    }

    /// Replays what was held back.
    fn release(&mut self) {
        self.room.release();
        let (bundles, files) = std::mem::take(&mut self.held).parted(&self.needs.set.objects);
        for bundle in bundles {
            self.bundle(bundle);
        }
        for (place, file) in files {
            let File { sections, problems, redacted, pages, skipped, path, .. } = file;
            if let Some(path) = &path {
                self.bundles.see(path);
            }
            for section in sections {
                self.section(section);
            }
            for problem in problems {
                self.problem(problem);
            }
            for (concerns, reason, it) in redacted {
                self.redacted(concerns, reason, it);
            }
            for (line, page) in pages {
                self.pages.see(place.clone(), line, page);
            }
            for why in skipped.into_iter().filter(|it| *it != Skipped::Folder) {
                self.skipped.entry(why).or_default().add(place.clone());
            }
        }
    }

    fn bundle(&mut self, bundle: Bundle) {
        let Bundle { folder, told, cluster, blind, lists, problems } = bundle;
        let nth = self.collector.bundle(told);
        self.collector.begin_file(&folder);
        self.collector.of_bundle(nth);
        if !cluster.is_empty() {
            self.collector.cluster(&cluster);
        }
        for (place, file, whole) in lists {
            self.collector.begin_file(&place);
            for mut section in file.sections {
                // A bundle holds no logs, and knows itself which lists are whole, and whose.
                section.hits.clear();
                section.lists.clear();
                section.cluster = section.cluster.filter(|it| cluster.is_empty() || *it == cluster);
                section.logged = Logged::No;
                for copy in &mut section.copies {
                    if !copy.projections.iter().any(|it| blind.contains(&it.0)) {
                        continue;
                    }
                    let projections = std::mem::take(&mut copy.projections);
                    let sighted = projections.into_iter().filter(|it| !blind.contains(&it.0));
                    copy.projections = sighted.collect();
                    // What it does not tell must not outdate what another input tells.
                    copy.resource_version = None;
                }
                self.section(section);
                self.collector.of_bundle(nth);
            }
            self.collector.of_bundle(nth);
            if let Some(list) = whole {
                self.collector.listed_whole(list);
            }
            file.problems.into_iter().for_each(|it| self.problem(it));
        }
        for problem in problems {
            self.problem(problem);
        }
    }

    fn hits(&mut self, Hits { need, place, begins, lines, late, secret }: Hits) {
        if secret {
            self.collector.holds_secrets();
        }
        if begins {
            self.collector.text_file(need);
            self.flooded.retain(|it| *it != need);
        }
        if let Some(line) = late
            && !self.late.contains(&need)
        {
            self.late.push(need);
            let id = &self.needs.set.texts[need].id;
            let seconds = self.needs.limits.search_seconds;
            let reason = format!(
                "the patterns of the pack take more than {seconds} s, and {SEARCH_SPEED} MiB a \
                 second beyond: from here on nothing is searched for need `{id}`; write a simpler \
                 pattern, or give fewer files"
            );
            let concerns = Concerns::Text(need);
            let (place, line) = (place.clone(), Some(line));
            self.problem(Problem { place, line, reason, concerns, ..Problem::default() });
        }
        let limit = self.needs.limits.text_lines;
        for line in lines {
            let has_room = self.room.has_line(self.collector.kept(), need, &line);
            if self.taken[need] < limit && has_room {
                self.taken[need] += 1;
                self.collector.text_line(need, line);
            } else if !self.flooded.contains(&need) {
                self.flooded.push(need);
                let id = &self.needs.set.texts[need].id;
                let reason = if has_room {
                    format!("need `{id}` matches more than {limit} lines: the rest is not read")
                } else {
                    self.room.lines_left_out(id)
                };
                let concerns = Concerns::Text(need);
                return self.problem(Problem { place, reason, concerns, ..Problem::default() });
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        let limit = limit_told(&problem.reason);
        let kind = limit.map_or(problem.kind, |_| ProblemKind::Limit);
        // A limit that was met does not hide behind others.
        let of_limit = limit.is_some_and(|it| self.limits.insert(it));
        if self.problems < self.needs.limits.problems || of_limit {
            self.problems += 1;
            self.collector.problem(Problem { kind, ..problem });
        } else {
            self.over_limit.0 += 1;
            let concerns = std::mem::take(&mut self.over_limit.1);
            self.over_limit.1 = concerns.and(problem.concerns);
        }
    }

    /// Reports what was skipped. Returns the counts for the next input.
    pub(crate) fn finish(mut self) -> Counts {
        self.release();
        for problem in std::mem::take(&mut self.pages).missing() {
            self.problem(problem);
        }
        for ((concerns, reason), first) in std::mem::take(&mut self.redacted) {
            self.problem(first.problem(concerns, reason));
        }
        self.bundles.report_coverage(&self.needs.set.objects, self.collector);
        for (why, places) in self.skipped {
            let (one, several) = why.words();
            // An input that is one file has no places in it.
            let is_all = places.first.iter().all(String::is_empty);
            let (place, reason) = if places.number == 1 {
                (places.last, format!("{one}: skipped"))
            } else {
                let reason = format!("{} {several}: skipped: {}", places.number, places.some());
                (String::new(), reason)
            };
            let kind = if is_all { ProblemKind::Unread } else { ProblemKind::Other };
            self.collector.problem(Problem { place, reason, kind, ..Problem::default() });
        }
        self.room.told(self.collector);
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
