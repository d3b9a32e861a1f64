//! How much memory what needs select may take, and what is left out where there is no more.

use std::collections::BTreeMap;

use rulebox_core::{Collector, Concerns, Few, Kept, ObjectCopy, Problem, ProblemKind, TextLine};

use crate::{limits::KEPT_PARTS, object::needs::Needs};

/// Room for what one input adds to what is kept of all.
pub(super) struct Room<'r> {
    needs: &'r Needs,
    /// What is held back until the end of the input.
    held: Kept,
    /// How many objects had no room, and of which kinds.
    left_out: (usize, Concerns),
    /// By scope: how many objects had no room in its part.
    beyond: BTreeMap<usize, usize>,
}

impl<'r> Room<'r> {
    pub(super) fn new(needs: &'r Needs) -> Self {
        let held = Kept::new(&needs.set);
        Self { needs, held, left_out: (0, Concerns::Nothing), beyond: BTreeMap::new() }
    }

    /// What one scope may take.
    fn part(&self) -> u64 {
        let all = self.needs.limits.kept_bytes;
        if self.held.scopes().len() > 1 { all / KEPT_PARTS as u64 } else { all }
    }

    fn fits(&self, kept: &Kept, more: u64) -> bool {
        let all = kept.bytes() + self.held.bytes();
        all.saturating_add(more) <= self.needs.limits.kept_bytes
    }

    fn fits_part(&self, kept: &Kept, scope: usize, more: u64) -> bool {
        let of_scope = kept.of_scope(scope) + self.held.of_scope(scope);
        of_scope.saturating_add(more) <= self.part()
    }

    /// Whether another document may be told from the one before it.
    pub(super) fn has_any(&self, kept: &Kept) -> bool {
        self.fits(kept, Kept::UNIT)
    }

    /// The copy as far as it may be kept beside all that is kept or held back; none where it may
    /// not. Takes note of what is left out.
    pub(super) fn admit(&mut self, kept: &Kept, mut copy: ObjectCopy) -> Option<ObjectCopy> {
        if self.held.scopes().len() > 1 && !copy.projections.is_empty() {
            let over = |it: &usize| {
                let more = self.held.copy_of(*it, &copy);
                more > 0 && !self.fits_part(kept, *it, more)
            };
            let over: Vec<_> = (0..self.held.scopes().len()).filter(over).collect();
            if !over.is_empty() {
                let all = std::mem::take(&mut copy.projections).into_iter();
                let stay = all.filter(|it| !over.contains(&self.held.scope_of(it.0)));
                copy.projections = stay.collect::<Few<_>>();
                for it in over {
                    *self.beyond.entry(it).or_default() += 1;
                }
                if copy.projections.is_empty() {
                    return None;
                }
            }
        }
        if self.fits(kept, copy.bytes()) {
            return Some(copy);
        }
        self.leave_out(&copy);
        None
    }

    /// Takes note of an object that is left out.
    pub(super) fn leave_out(&mut self, copy: &ObjectCopy) {
        self.left_out.0 += 1;
        self.lacks(copy.identity.group(), copy.identity.kind());
    }

    /// Objects of this kind may be missing.
    pub(super) fn lacks(&mut self, group: &str, kind: &str) {
        let concerns = &mut self.left_out.1;
        let is_known = matches!(concerns, Concerns::Kinds(kinds)
            if kinds.contains(&(group.to_owned(), kind.to_owned())));
        if !is_known {
            *concerns = std::mem::take(concerns).and(Concerns::kind(group, kind));
        }
    }

    /// Whether a line may be kept.
    pub(super) fn has_line(&self, kept: &Kept, need: usize, line: &TextLine) -> bool {
        let (scope, more) = (self.held.scope_of_text(need), line.bytes());
        self.fits(kept, more) && self.fits_part(kept, scope, more)
    }

    /// The reason for lines of a text need that are left out.
    pub(super) fn lines_left_out(&self, id: &str) -> String {
        format!(
            "what rules need takes more than {} MiB: further lines of need `{id}` are left out; \
             read less at a time, or raise this limit",
            self.part() >> 20
        )
    }

    /// Counts a document that is held back.
    pub(super) fn hold_document(&mut self) {
        self.held.add(Kept::UNIT);
    }

    /// Counts a copy that is held back.
    pub(super) fn hold(&mut self, copy: &ObjectCopy) {
        self.held.add_copy(copy);
    }

    /// Nothing is held back any more.
    pub(super) fn release(&mut self) {
        self.held = Kept::new(&self.needs.set);
    }

    /// What was left out.
    pub(super) fn told(self, collector: &mut Collector) {
        let most = self.needs.limits.kept_bytes >> 20;
        if let (objects, concerns) = self.left_out
            && concerns != Concerns::Nothing
        {
            let reason = format!(
                "what rules need takes more than {most} MiB: {objects} objects are left out; read \
                 less at a time or for fewer rules, or raise this limit"
            );
            let kind = ProblemKind::Limit;
            collector.problem(Problem { reason, concerns, kind, ..Problem::default() });
        }
        for (scope, objects) in self.beyond {
            let of_scope = |it: &usize| self.held.scope_of(*it) == scope;
            let needs = (0..self.needs.set.objects.len()).filter(of_scope);
            let ids = needs.map(|it| self.needs.set.objects[it].id.clone()).collect();
            let reason = format!(
                "what the rules of `{}` need takes more than one of {KEPT_PARTS} parts of {most} \
                 MiB, and no pack may take more: {objects} objects are left out for it; read less \
                 at a time or for fewer of its rules, or raise this limit",
                self.held.scopes()[scope]
            );
            let concerns = Concerns::Needs(ids);
            let kind = ProblemKind::Limit;
            collector.problem(Problem { reason, concerns, kind, ..Problem::default() });
        }
    }
}
