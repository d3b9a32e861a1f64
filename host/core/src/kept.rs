//! About how much memory it takes to keep what needs select: in all, and for the needs of each
//! scope, which are those of one pack.

use crate::{NeedSet, ObjectCopy, TextLine, need::scope_of};

/// Bytes that are kept, of several things that come one by one.
#[derive(Debug, Clone)]
pub struct Kept {
    all: u64,
    /// By scope.
    of_scope: Vec<u64>,
    /// The names of the scopes, in the order in which needs name them.
    scopes: Vec<String>,
    /// The scope of each object need, and of each text need.
    objects: Vec<usize>,
    texts: Vec<usize>,
}

impl Kept {
    /// Of each file or document of which something is kept: its entry, and those of what is in it.
    pub const UNIT: u64 = 512;

    /// Of each namespace that a file or document shows of a kind.
    pub(crate) const NAMESPACE: u64 = 64;

    /// Nothing yet, for these needs.
    pub fn new(needs: &NeedSet) -> Self {
        let mut scopes: Vec<String> = Vec::new();
        let mut scope = |id: &str| {
            let name = scope_of(id);
            scopes.iter().position(|it| it == name).unwrap_or_else(|| {
                scopes.push(name.to_owned());
                scopes.len() - 1
            })
        };
        let objects = needs.objects.iter().map(|it| scope(&it.id)).collect();
        let texts = needs.texts.iter().map(|it| scope(&it.id)).collect();
        Self { all: 0, of_scope: vec![0; scopes.len()], scopes, objects, texts }
    }

    /// In all.
    pub fn bytes(&self) -> u64 {
        self.all
    }

    /// The names of the scopes.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The scope of an object need, by the indices of both.
    pub fn scope_of(&self, need: usize) -> usize {
        self.objects[need]
    }

    /// The scope of a text need.
    pub fn scope_of_text(&self, need: usize) -> usize {
        self.texts[need]
    }

    /// What is kept for one scope.
    pub fn of_scope(&self, scope: usize) -> u64 {
        self.of_scope[scope]
    }

    /// What of a copy would be kept for one scope; nothing where no need of it selects the copy.
    pub fn copy_of(&self, scope: usize, copy: &ObjectCopy) -> u64 {
        let of = |need: usize| self.objects[need] == scope;
        if copy.projections.iter().any(|it| of(it.0)) { copy.bytes_for(of) } else { 0 }
    }

    /// Counts a copy of an object.
    pub fn add_copy(&mut self, copy: &ObjectCopy) {
        self.all += copy.bytes();
        for scope in 0..self.of_scope.len() {
            self.of_scope[scope] += self.copy_of(scope, copy);
        }
    }

    /// Counts a line for a text need.
    pub fn add_line(&mut self, need: usize, line: &TextLine) {
        self.all += line.bytes();
        self.of_scope[self.texts[need]] += line.bytes();
    }

    /// Counts what is of no need alone.
    pub fn add(&mut self, bytes: u64) {
        self.all += bytes;
    }
}
