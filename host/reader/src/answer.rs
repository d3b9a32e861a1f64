//! What an API server's answer holds, as copies: for whoever keeps what a cluster shows by itself,
//! as a server that watches does. What was lost is told in words; nothing is recorded elsewhere.

use rulebox_core::{ObjectCopy, Selection};

use crate::{
    input::session::Session,
    object::{intake::Setting, needs::Needs},
    type_meta::TypeMeta,
};

/// What a list, a page of one, or an object from an API server holds of what needs select.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The objects that needs select, or may have selected before, in the order of the answer.
    pub copies: Vec<ObjectCopy>,
    /// `metadata.continue`: requests the next page; empty on the last one, and of an object.
    pub continue_token: String,
    /// `metadata.resourceVersion` of a list: a watch continues from here.
    pub resource_version: String,
    /// Number of objects in the answer, selected or not.
    pub objects: usize,
    /// Whether it is a list, even one without items.
    pub listed: bool,
    /// Why something in it could not be read.
    pub losses: Vec<String>,
}

/// Reads an answer: a list or an object. Items of typed lists state no type, so `given` states it:
/// group, version, kind.
pub(crate) fn read(
    needs: &Needs,
    selection: &Selection,
    bytes: &[u8],
    given: (&str, &str, &str),
) -> Answer {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let losses = vec![format!("the answer is no text: {error}")];
            return Answer { losses, ..Answer::default() };
        }
    };
    let (group, version, kind) = given;
    let separator = if group.is_empty() { "" } else { "/" };
    let api_version = format!("{group}{separator}{version}");
    let given = Some(TypeMeta { api_version, kind: kind.to_owned() });
    let mut session = Session::worker(needs, selection);
    let outcome = session.parse(text, false, &Setting { given, ..Setting::default() });
    let mut journal = session.objects.journal;
    let mut losses: Vec<_> = outcome.loss.into_iter().map(|it| it.reason).collect();
    losses.extend(outcome.left_out.into_iter().map(|it| it.reason));
    if let Some((_, count)) = outcome.nameless {
        losses.push(format!("{count} of kind {kind} without `metadata.name`: left out"));
    }
    if outcome.other {
        losses.push(format!("the answer is no {kind}"));
    }
    losses.extend(journal.problems.iter().filter(|it| it.lost()).map(|it| it.reason.clone()));
    let redacted = std::mem::take(&mut journal.redacted);
    losses.extend(
        redacted.into_iter().map(|((concerns, reason, _), it)| it.problem(concerns, reason).reason),
    );
    Answer {
        copies: journal.take_sections().flat_map(|it| it.copies).collect(),
        continue_token: outcome.continue_token,
        resource_version: outcome.resource_version,
        objects: outcome.objects,
        listed: outcome.listed,
        losses,
    }
}
