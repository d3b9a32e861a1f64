//! A step of a remedy as it is written.

use crate::{
    keys::Keys,
    problem::Problems,
    yaml::{Kind, Node, Scalar},
};

/// What to do.
#[derive(Debug)]
pub enum Step {
    /// A sentence.
    Say(Scalar),
    /// A command.
    Run(Scalar),
}

impl Step {
    /// A sentence, or a mapping with `run`. None where it is neither, which is told.
    pub fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Kind::Scalar(sentence) = &node.kind {
            return Some(Self::Say(sentence.clone()));
        }
        let mut keys = Keys::new(node, "a step of a remedy", problems)?;
        let run = keys.required("run");
        if let Some(line) = run.as_ref().filter(|it| it.text.trim_end().contains('\n')) {
            let help = "write several steps, or one line by `run: >-`";
            keys.problems().add(line.at(), "a command is one line", help);
        }
        keys.finish();
        run.map(|mut it| {
            it.text.truncate(it.text.trim_end().len());
            Self::Run(it)
        })
    }
}
