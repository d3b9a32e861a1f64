//! Objects that a rule has read, kept for the rules after it: many read the same few, and parsing
//! them is nearly all that a rule costs.

use std::{
    any::{Any, TypeId},
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use crate::{Object, Seen, seen::Unreadable};

/// What the objects of a need are; of one that does not fit the struct, why it does not.
pub(crate) type Answers<T> = Vec<Result<Seen<T>, Unreadable>>;

/// What is kept of one evaluation.
#[derive(Default)]
pub struct Kept {
    needs: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
    bytes: Cell<usize>,
}

impl Kept {
    /// So much JSON is kept of all needs together: some ten thousand objects, and a small part of
    /// the memory that a pack may use, the structs beside it included. What is larger is read
    /// afresh each time, and memory stays flat whatever the cluster's size.
    const BYTES: usize = 16 << 20;

    /// Whether so many more bytes may be kept.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.get() + bytes <= Self::BYTES
    }

    /// The objects of a need, if they are kept.
    pub(crate) fn get<T: Object>(&self) -> Option<Rc<Answers<T>>> {
        let kept = self.needs.borrow().get(&TypeId::of::<T>()).cloned()?;
        kept.downcast().ok()
    }

    /// Keeps all objects of a need, and counts their size in bytes of JSON.
    pub(crate) fn put<T: Object>(&self, answers: Answers<T>, bytes: usize) {
        if self.needs.borrow_mut().insert(TypeId::of::<T>(), Rc::new(answers)).is_none() {
            self.bytes.set(self.bytes.get() + bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::{Coverage, Finding, Moment, Sample, Span, TextLine};
    use serde::Deserialize;

    use super::*;
    use crate::{Host, ObjectCursor, Objects, Pack, Rule, Run, TextCursor};

    #[derive(Default, Deserialize, crate::Object)]
    #[serde(default)]
    struct Pod {
        spec: Spec,
    }

    #[derive(Default, Deserialize, crate::Fields)]
    #[serde(default)]
    struct Spec {
        priority: i64,
    }

    mod one {
        use super::*;

        /// Looks at all pods.
        #[crate::rule(severity = low)]
        fn looks_at_all(run: &Run<'_>, pods: Objects<'_, Pod>) {
            run.debug(&format!("{}", pods.iter().map(|it| it.spec.priority).sum::<i64>()));
        }
    }

    mod two {
        use super::*;

        /// Looks at the first pod, and then at all.
        #[crate::rule(severity = low)]
        fn looks_at_one(run: &Run<'_>, pods: Objects<'_, Pod>) {
            run.debug(&format!("{:?}", pods.iter().next().map(|it| it.spec.priority)));
            run.debug(&format!("{}", pods.iter().map(|it| it.spec.priority).sum::<i64>()));
        }
    }

    /// Has these pods, and writes down what it hears.
    #[derive(Default)]
    struct Recorder {
        pods: Vec<String>,
        heard: RefCell<Vec<String>>,
    }

    impl Recorder {
        fn hear(&self, words: impl Into<String>) {
            self.heard.borrow_mut().push(words.into());
        }
    }

    impl Host for Recorder {
        fn covers(&self, _: &str) -> Coverage {
            Coverage::Complete
        }

        fn open(&self, need: &str) -> Box<dyn ObjectCursor + '_> {
            self.hear(format!("open {need}"));
            Box::new(self.pods.iter())
        }

        fn open_text(&self, _: &str) -> Box<dyn TextCursor + '_> {
            Box::new(NoLines)
        }

        fn add_finding(&self, it: Finding) {
            self.hear(it.summary);
        }

        fn add_sample(&self, it: Sample) {
            self.hear(it.metric);
        }

        fn add_span(&self, it: Span) {
            self.hear(it.summary);
        }

        fn undecided(&self, rule: &str, reason: &str) {
            self.hear(format!("{rule}: {reason}"));
        }

        fn debug(&self, message: &str) {
            self.hear(message);
        }
    }

    impl ObjectCursor for std::slice::Iter<'_, String> {
        fn next(&mut self, max: u32) -> Vec<String> {
            self.by_ref().take(max as usize).cloned().collect()
        }
    }

    struct NoLines;

    impl TextCursor for NoLines {
        fn next(&mut self, _: u32) -> Vec<TextLine> {
            Vec::new()
        }
    }

    #[track_caller]
    fn check(rules: &[&'static Rule], pods: Vec<String>, want: &[&str]) {
        let host = Recorder { pods, ..Recorder::default() };
        let pack = Pack::new("test", "0.1.0").rules(rules);
        let ids: Vec<_> = rules.iter().map(|it| it.id.to_owned()).collect();
        pack.evaluate(&host, Moment::default(), "{}", &ids).expect("both rules are there");
        assert_eq!(*host.heard.borrow(), want);
    }

    fn pod(name: &str, priority: &str, annotation: usize) -> String {
        let annotation = "x".repeat(annotation);
        format!(
            concat!(
                r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{}","x":"{}"}},"#,
                r#""spec":{{"priority":{}}}}}"#
            ),
            name, annotation, priority
        )
    }

    #[test]
    fn what_one_rule_has_read_the_next_need_not() {
        let pods = vec![pod("a", "1", 0), pod("b", "2", 0)];
        check(&[&one::RULE, &two::RULE], pods, &["open Pod", "3", "Some(1)", "3"]);
    }

    #[test]
    fn what_was_not_read_to_its_end_is_not_kept() {
        let pods = vec![pod("a", "1", 0), pod("b", "2", 0)];
        let want = ["open Pod", "Some(1)", "open Pod", "3", "3"];
        check(&[&two::RULE, &one::RULE], pods, &want);
    }

    #[test]
    fn more_than_there_is_room_for_is_read_afresh() {
        let half = Kept::BYTES / 2;
        let pods = vec![pod("a", "1", half), pod("b", "2", half)];
        let want = ["open Pod", "3", "open Pod", "Some(1)", "open Pod", "3"];
        check(&[&one::RULE, &two::RULE], pods, &want);
    }

    #[test]
    fn each_rule_is_undecided_about_what_does_not_fit() {
        let pods = vec![pod("a", "1", 0), pod("b", "\"high\"", 0)];
        let wrong = "Pod b: `spec.priority` cannot be read: invalid type: string \"high\", \
                     expected i64 at line 1 column 88";
        let told = |rule: &str| format!("{rule}: {wrong}");
        let (all, one) = (told("looks-at-all"), told("looks-at-one"));
        let want = ["open Pod", &all, "1", "Some(1)", &one, "1"];
        check(&[&one::RULE, &two::RULE], pods, &want);
    }
}
