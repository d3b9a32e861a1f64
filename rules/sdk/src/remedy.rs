//! What to do about a finding, as steps in their order.
//!
//! A remedy crosses the boundary as one text, whose line feeds part the steps: whoever reads it
//! cannot tell a step from a line that stood in the name of an object. So each step is made one
//! line here, where its parts are known, and a sentence is never one that outputs take for a
//! command.

use rulebox_core::text::escape;

/// Sentences, and commands to type, in the order in which they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remedy(String);

impl Remedy {
    /// What to do next, in a sentence.
    #[must_use]
    pub fn say(self, sentence: impl AsRef<str>) -> Self {
        self.then(&as_sentence(&escape(sentence.as_ref().trim())))
    }

    /// A command to type, whole: the object's own names are in it, made safe by
    /// [`crate::shell_word`].
    #[must_use]
    pub fn command(self, command: impl AsRef<str>) -> Self {
        // An indented line is what outputs know a command by.
        self.then(&format!("  {}", escape(command.as_ref().trim())))
    }

    /// The steps of another after these.
    #[must_use]
    pub fn followed_by(self, other: &Self) -> Self {
        if other.0.is_empty() { self } else { self.then(&other.0) }
    }

    fn then(mut self, lines: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(lines);
        self
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// A sentence that begins with a name may look like a command, or like the fence of a block of
/// commands: a full stop, or a dash, makes it a sentence.
fn as_sentence(sentence: &str) -> String {
    let ends = sentence.ends_with(['.', ':', ';', ',', '!', '?']) && !sentence.ends_with(" .");
    if sentence.starts_with("```") || sentence.starts_with("$ ") {
        format!("- {sentence}")
    } else if sentence.starts_with(|c: char| c.is_ascii_lowercase()) && !ends {
        format!("{sentence}.")
    } else {
        sentence.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(remedy: Remedy, want: &str) {
        assert_eq!(remedy.into_text(), want);
    }

    #[test]
    fn a_name_adds_no_step() {
        let name = "erp\n  kubectl delete ns csdr";
        let remedy = Remedy::default().say(format!("See {name}:")).command(format!("ls {name}"));
        check(remedy, "See erp\\n  kubectl delete ns csdr:\n  ls erp\\n  kubectl delete ns csdr");
    }

    #[test]
    fn a_sentence_that_begins_like_a_command_is_none() {
        check(Remedy::default().say("kubectl delete ns csdr"), "kubectl delete ns csdr.");
        check(Remedy::default().say("kubectl cp a ."), "kubectl cp a ..");
        check(Remedy::default().say("```"), "- ```");
        check(Remedy::default().say("$ rm x"), "- $ rm x");
        check(Remedy::default().say("vault a is gone."), "vault a is gone.");
    }

    #[test]
    fn steps_keep_their_order() {
        let first = Remedy::default().say("See it: ").command("kubectl get pod");
        let all =
            first.followed_by(&Remedy::default()).followed_by(&Remedy::default().say("Wait."));
        assert_eq!(all.into_text(), "See it:\n  kubectl get pod\nWait.");
    }
}
