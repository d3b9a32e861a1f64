//! Reads a document in memory by the outlines of its objects.
//!
//! If anything in it has no outline, all that was read is rolled back, and the full parser reads
//! the document from its start.

use super::list::{Form, Reached, content_line, is_of_items, stretch, yaml_list};
use crate::{
    broken::Odd,
    json,
    object::{
        intake::{Intake, Outcome, Pass, Setting, ends_open, is_message},
        objects::{Checkpoint, Objects},
        outline::Outlined,
    },
    text::survey::{Style, Survey},
    yaml,
};

/// Reads one document, or fails without having recorded anything.
pub(crate) fn document(
    text: &str,
    objects: &mut Objects<'_>,
    setting: &Setting<'_>,
    pass: &Pass,
) -> Result<Outcome, Odd> {
    if *pass == Pass::Whole || setting.may_end_early && ends_open(text) {
        return Err(Odd);
    }
    let mut checkpoint = None;
    let mut survey = std::mem::take(&mut objects.survey);
    let mut intake = Intake::new(&mut *objects, setting, pass.clone());
    let read = if setting.may_end_early {
        yaml_document(text, &mut survey, &mut intake, &mut checkpoint)
    } else {
        json_document(text, &mut survey, &mut intake, &mut checkpoint)
    };
    let header_known = intake.header_is_known();
    let outcome = read.map(|()| intake.finish(Ok(()), 0, false, false));
    objects.survey = survey;
    match outcome {
        // The full parser reports what is wrong, and where.
        Ok(outcome)
            if outcome.loss.is_none() && !outcome.several && !(header_known && outcome.mixed) =>
        {
            if let Some(checkpoint) = checkpoint {
                objects.commit(checkpoint);
            }
            Ok(outcome)
        }
        _ => {
            if let Some(checkpoint) = checkpoint {
                objects.roll_back(checkpoint);
            }
            Err(Odd)
        }
    }
}

/// Before a list, stores the state in `checkpoint`: if an item fails, earlier items have been
/// recorded. An object is recorded completely or not at all.
fn yaml_document(
    text: &str,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
    checkpoint: &mut Option<Checkpoint>,
) -> Result<(), Odd> {
    let length = intake.needs().limits.head_bytes();
    if let Some(list) = yaml_list(text, length, survey) {
        *checkpoint = Some(intake.checkpoint());
        let keyed = list.key.is_some();
        roots(&text[..list.key.unwrap_or(list.first)], keyed, intake)?;
        // kubectl sorts keys: the kind of a list comes after its items, and the items may have
        // none.
        let mut end = None;
        if keyed
            && !intake.items_kind_is_known()
            && list.is_typed(text, length, survey) == Some(false)
        {
            let at = list.may_end(text, survey);
            roots(&text[at..], keyed, intake)?;
            intake.mark_header_known();
            end = Some(at);
        }
        if keyed {
            intake.items();
        } else {
            intake.bare();
        }
        let form = Form::Yaml { column: list.column };
        return match (form.items(text, list.first, usize::MAX, true, survey, intake), end) {
            (Reached::End(at), None) => following(&text[at..], keyed, intake),
            (Reached::End(at), Some(end)) if at == end => Ok(()),
            _ => Err(Odd),
        };
    }
    let first = content_line(text.as_bytes(), 0).ok_or(Odd)?;
    if !text.as_bytes()[first].is_ascii_alphabetic() {
        return Err(Odd);
    }
    let surveyed = survey.again(text);
    let (outline, end) = yaml::Outline::read(surveyed, first, 0, true)?.ok_or(Odd)?;
    if end != text.len() || outline.keys().any(is_message) {
        return Err(Odd);
    }
    intake.whole_outlined(&outline, text)
}

/// Like [`roots`], for the text after the items. An indented line there would belong to them.
fn following(text: &str, allowed: bool, intake: &mut Intake<'_, '_, 'static>) -> Result<(), Odd> {
    match content_line(text.as_bytes(), 0) {
        Some(first) if is_of_items(&text[first..]) => Err(Odd),
        _ => roots(text, allowed, intake),
    }
}

/// Reads the keys of the root except `items`. A list that is the document has none.
fn roots(text: &str, allowed: bool, intake: &mut Intake<'_, '_, 'static>) -> Result<(), Odd> {
    let entries = yaml::entries_once(text, intake.needs().limits.alias_bytes).map_err(|_| Odd)?;
    for (key, value) in entries {
        if !allowed || key == "items" {
            return Err(Odd);
        }
        intake.entry(key, value);
    }
    Ok(())
}

/// Like [`yaml_document`].
fn json_document(
    text: &str,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
    checkpoint: &mut Option<Checkpoint>,
) -> Result<(), Odd> {
    let bytes = text.as_bytes();
    let first = json::skip_space(bytes, 0);
    let ends_at = |end| if json::skip_space(bytes, end) == text.len() { Ok(()) } else { Err(Odd) };
    let end = match bytes.get(first) {
        Some(b'[') => {
            *checkpoint = Some(intake.checkpoint());
            intake.bare();
            json_list(text, first, survey, intake)?
        }
        Some(b'{') => {
            let surveyed = survey.look(text, Style::Json);
            let (outline, end) = json::Outline::read(surveyed, first)?.ok_or(Odd)?;
            if !outline.head().items {
                ends_at(end)?;
                return intake.whole_outlined(&outline, text);
            }
            *checkpoint = Some(intake.checkpoint());
            roots_and_items(text, first, survey, intake)?
        }
        _ => return Err(Odd),
    };
    ends_at(end)
}

/// Reads the list that starts here, which is not empty. Returns where the list ends.
fn json_list(
    text: &str,
    at: usize,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
) -> Result<usize, Odd> {
    match Form::JSON.items(text, at + 1, usize::MAX, true, survey, intake) {
        Reached::End(end) => Ok(end),
        _ => Err(Odd),
    }
}

/// Whether the first item of the list is an object, of at most `length` bytes, without `apiVersion`
/// and `kind`.
fn names_no_kind(text: &str, at: usize, length: usize, survey: &mut Survey) -> bool {
    let first = json::skip_space(text.as_bytes(), at + 1);
    let surveyed = survey.look(stretch(&text[first..], length), Style::Json);
    let read = json::Outline::read(surveyed, 0);
    read.is_ok_and(|it| it.is_some_and(|(outline, _)| !outline.head().typed))
}

fn roots_and_items(
    text: &str,
    at: usize,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
) -> Result<usize, Odd> {
    let bytes = text.as_bytes();
    let mut lists = 0;
    // Start and end of a list whose items are read after the keys that follow the list.
    let mut later = None;
    let mut at = at + 1;
    loop {
        let key = json::skip_space(bytes, at);
        let colon = json::end_of_value(bytes, key)?.ok_or(Odd)?;
        let value = json::skip_space(bytes, colon);
        if bytes.get(key) != Some(&b'"') || bytes.get(value) != Some(&b':') {
            return Err(Odd);
        }
        let value = json::skip_space(bytes, value + 1);
        let end = if &text[key..colon] == "\"items\"" && bytes.get(value) == Some(&b'[') {
            lists += 1;
            let length = intake.needs().limits.head_bytes();
            if !intake.items_kind_is_known() && names_no_kind(text, value, length, survey) {
                let end = json::end_of_value(bytes, value)?.ok_or(Odd)?;
                later = Some((value, end));
                end
            } else {
                intake.items();
                json_list(text, value, survey, intake)?
            }
        } else {
            let end = json::end_of_value(bytes, value)?.ok_or(Odd)?;
            let name = json::whole(&text[key..colon]).map_err(|_| Odd)?;
            let entry = json::whole(&text[value..end]).map_err(|_| Odd)?;
            let name = name.text().ok_or(Odd)?.to_owned();
            intake.entry(name.into(), entry.into_owned());
            end
        };
        at = json::skip_space(bytes, end);
        match bytes.get(at) {
            Some(b',') => at += 1,
            Some(b'}') if lists == 1 => break,
            _ => return Err(Odd),
        }
    }
    if let Some((value, end)) = later {
        intake.mark_header_known();
        intake.items();
        if json_list(text, value, survey, intake)? != end {
            return Err(Odd);
        }
    }
    Ok(at + 1)
}
