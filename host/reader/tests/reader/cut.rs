//! However an input is truncated or garbled: no panic, no invented object, and a problem for what
//! is missing.

use proptest::prelude::*;

use super::*;

fn list() -> Value {
    let items = [pod("a", "x"), backup("b"), pod("a", "z")];
    json!({"apiVersion": "v1", "items": items, "kind": "List"})
}

#[track_caller]
fn check(text: &[u8]) {
    let whole = read_bytes(list().to_string());
    let part = read_bytes(text);
    let all: Vec<_> = whole.inventory.objects.values().flat_map(|it| &it.objects).collect();
    let some: Vec<_> = part.inventory.objects.values().flat_map(|it| &it.objects).collect();
    for object in &some {
        assert!(all.contains(object), "made up: {object}");
    }
    let lost = problems(&part).iter().any(|it| it.lost());
    assert!(some.is_empty() || some.len() == all.len() || lost, "{} of {}", some.len(), all.len());
}

#[test]
fn a_list_cut_at_any_byte() {
    let compact = list().to_string();
    let block = yaml(&list(), Style::default());
    for text in [compact, block] {
        (0..=text.len()).for_each(|at| check(&text.as_bytes()[..at]));
    }
}

proptest! {
    #[test]
    fn garbled_input_never_panics(
        at in any::<prop::sample::Index>(),
        junk in "[-{}\\[\\]:,&*!|>'\"%#?@`a~<\n\t \0\u{e9}\u{2028}]{1,12}",
        drop in 0_usize..20,
        style in 0_usize..3,
    ) {
        let text = match style {
            0 => list().to_string(),
            1 => yaml(&list(), Style::default()),
            _ => yaml(&list(), Style { flow_from: 4, literal: true, ..Style::default() }),
        };
        let at = at.index(text.len());
        let end = (at + drop).min(text.len());
        read_bytes(format!("{}{junk}{}", &text[..at], &text[end..]));
    }

    #[test]
    fn junk_never_panics(
        junk in "(apiVersion: |metadata: |kind|[-{}\\[\\]:,&*!|>'\"%#?a~<\n\t ]){0,60}",
    ) {
        read_bytes(format!("apiVersion: v1\n{junk}"));
        read_bytes(format!("[{{\"apiVersion\": {junk}"));
    }
}
