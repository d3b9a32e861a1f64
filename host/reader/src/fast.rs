//! A document that is in memory, by the outlines of its objects.
//!
//! Nothing is kept of a document that turns out odd: the full parser reads it from its beginning.

use crate::{
    document::{Intake, Outcome, Pass, Setting},
    json, json_scan,
    list::{Reached, YamlList, content_line, json_items, yaml_items, yaml_list, yaml_list_end},
    object::Objects,
    outline::{Odd, Outlined},
    survey::{Style, Surveyed},
    yaml, yaml_scan,
};

/// Reads one document.
pub(crate) fn document(
    text: &str,
    objects: &mut Objects<'_>,
    setting: &Setting,
    pass: &Pass,
) -> Result<Outcome, Odd> {
    if *pass == Pass::Whole {
        return Err(Odd);
    }
    let kept = objects.set_aside();
    let mut survey = std::mem::take(&mut objects.survey);
    let mut intake = Intake::new(&mut *objects, setting, pass.clone());
    let read = if setting.may_end_early {
        yaml_document(survey.look(text, Style::Yaml), &mut intake)
    } else {
        json_document(survey.look(text, Style::Json), &mut intake)
    };
    let outcome = read.map(|()| intake.finish(Ok(()), 0, false));
    objects.survey = survey;
    match outcome {
        // The full parser says what is wrong, and where.
        Ok(outcome) if outcome.loss.is_none() => {
            objects.keep(kept);
            Ok(outcome)
        }
        _ => {
            objects.restore(kept);
            Err(Odd)
        }
    }
}

fn yaml_document(surveyed: Surveyed<'_>, intake: &mut Intake<'_, '_, 'static>) -> Result<(), Odd> {
    let text = surveyed.text();
    if surveyed.has_lone_return() {
        return Err(Odd);
    }
    if let Some(list) = yaml_list(surveyed) {
        let head = list.key.unwrap_or(list.first);
        roots(&text[..head], list.key.is_some(), intake)?;
        if list.key.is_none() {
            intake.bare();
            return match yaml_items(surveyed, list.first, usize::MAX, list.column, true, intake) {
                Reached::End(end) => roots(&text[end..], false, intake),
                _ => Err(Odd),
            };
        }
        // kubectl sorts keys: the kind of a list stands behind its items, and they may name none.
        let end = if intake.tells_items() || names_kind(surveyed, list) {
            None
        } else {
            let end = yaml_list_end(surveyed, list).unwrap_or(text.len());
            roots(&text[end..], true, intake)?;
            intake.told();
            Some(end)
        };
        intake.items();
        let reached = yaml_items(surveyed, list.first, usize::MAX, list.column, true, intake);
        return match (reached, end) {
            (Reached::End(at), None) => roots(&text[at..], true, intake),
            (Reached::End(at), Some(end)) if at == end => Ok(()),
            _ => Err(Odd),
        };
    }
    let first = content_line(text.as_bytes(), 0).ok_or(Odd)?;
    if !text.as_bytes()[first].is_ascii_alphabetic() {
        return Err(Odd);
    }
    let (outline, end) = yaml_scan::Outline::read(surveyed, first, 0, true)?.ok_or(Odd)?;
    if end != text.len() {
        return Err(Odd);
    }
    intake.whole_outlined(&outline)
}

/// Whether the first item of a list says itself what it is.
fn names_kind(surveyed: Surveyed<'_>, list: YamlList) -> bool {
    let text = surveyed.text().as_bytes();
    let dash = list.first + list.column;
    let key = dash + 1 + text[dash + 1..].iter().take_while(|it| **it == b' ').count();
    let outline = yaml_scan::Outline::read(surveyed, key, key - list.first, true);
    outline.is_ok_and(|it| it.is_some_and(|(outline, _)| outline.head().typed))
}

/// The keys beside `items`; nothing may stand beside a list that is the document.
fn roots(text: &str, allowed: bool, intake: &mut Intake<'_, '_, 'static>) -> Result<(), Odd> {
    let entries = yaml::entries(text, intake.reader().limits.alias_bytes).map_err(|_| Odd)?;
    for (key, value) in entries {
        if !allowed || key == "items" {
            return Err(Odd);
        }
        intake.entry(key, value);
    }
    Ok(())
}

fn json_document(surveyed: Surveyed<'_>, intake: &mut Intake<'_, '_, 'static>) -> Result<(), Odd> {
    let text = surveyed.text();
    let bytes = text.as_bytes();
    let first = json_scan::skip_space(bytes, 0);
    let end = match bytes.get(first) {
        Some(b'[') => {
            intake.bare();
            list(surveyed, first, intake)?
        }
        Some(b'{') => {
            let (outline, end) = json_scan::Outline::read(surveyed, first)?.ok_or(Odd)?;
            if outline.head().items {
                roots_and_items(surveyed, first, intake)?
            } else {
                intake.whole_outlined(&outline)?;
                end
            }
        }
        _ => return Err(Odd),
    };
    if json_scan::skip_space(bytes, end) == text.len() { Ok(()) } else { Err(Odd) }
}

/// Reads the list that begins here, which is not empty. Returns where it ends.
fn list(text: Surveyed<'_>, at: usize, intake: &mut Intake<'_, '_, 'static>) -> Result<usize, Odd> {
    match json_items(text, at + 1, usize::MAX, intake) {
        Reached::End(end) => Ok(end),
        _ => Err(Odd),
    }
}

fn roots_and_items(
    surveyed: Surveyed<'_>,
    at: usize,
    intake: &mut Intake<'_, '_, 'static>,
) -> Result<usize, Odd> {
    let text = surveyed.text();
    let bytes = text.as_bytes();
    let mut lists = 0;
    // Where a list stands whose items are read when it has said what they are, and where it ends.
    let mut later = None;
    let mut at = at + 1;
    loop {
        let key = json_scan::skip_space(bytes, at);
        let colon = json_scan::end_of_value(bytes, key)?.ok_or(Odd)?;
        let value = json_scan::skip_space(bytes, colon);
        if bytes.get(key) != Some(&b'"') || bytes.get(value) != Some(&b':') {
            return Err(Odd);
        }
        let value = json_scan::skip_space(bytes, value + 1);
        let end = if &text[key..colon] == "\"items\"" && bytes.get(value) == Some(&b'[') {
            lists += 1;
            let first = json_scan::skip_space(bytes, value + 1);
            let outline = json_scan::Outline::read(surveyed, first);
            let untyped = outline.is_ok_and(|it| it.is_some_and(|it| !it.0.head().typed));
            if untyped && !intake.tells_items() {
                let end = json_scan::end_of_value(bytes, value)?.ok_or(Odd)?;
                later = Some((value, end));
                end
            } else {
                intake.items();
                list(surveyed, value, intake)?
            }
        } else {
            let end = json_scan::end_of_value(bytes, value)?.ok_or(Odd)?;
            let name = json::whole(&text[key..colon]).map_err(|_| Odd)?;
            let entry = json::whole(&text[value..end]).map_err(|_| Odd)?;
            let name = name.text().ok_or(Odd)?.to_owned();
            intake.entry(name.into(), entry.into_owned());
            end
        };
        at = json_scan::skip_space(bytes, end);
        match bytes.get(at) {
            Some(b',') => at += 1,
            Some(b'}') if lists == 1 => break,
            _ => return Err(Odd),
        }
    }
    if let Some((value, end)) = later {
        intake.told();
        intake.items();
        if list(surveyed, value, intake)? != end {
            return Err(Odd);
        }
    }
    Ok(at + 1)
}
