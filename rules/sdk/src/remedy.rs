//! What to do about a finding, as steps in their order.

/// Sentences, and commands to type, in the order in which they are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remedy(String);

impl Remedy {
    /// What to do next, in a sentence.
    #[must_use]
    pub fn say(self, sentence: impl AsRef<str>) -> Self {
        self.then(sentence.as_ref().trim())
    }

    /// A command to type, whole: the object's own names are in it, made safe by
    /// [`crate::shell_word`].
    #[must_use]
    pub fn command(self, command: impl AsRef<str>) -> Self {
        // An indented line is what outputs know a command by.
        self.then(&format!("  {}", command.as_ref().trim()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_their_order() {
        let first = Remedy::default().say("See it: ").command("kubectl get pod");
        let all =
            first.followed_by(&Remedy::default()).followed_by(&Remedy::default().say("Wait."));
        assert_eq!(all.into_text(), "See it:\n  kubectl get pod\nWait.");
    }
}
