//! Texts in other encodings, and texts with zeros in them: what can be read is read, and the rest
//! is a loss.

use rulebox_core::Coverage;

use super::*;

fn document(name: &str) -> String {
    yaml(&pod("csdr", name), Style::default())
}

fn wide(text: &str, encoding: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let text = format!("{mark}{text}");
    match encoding {
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "UTF-32LE" => text.chars().flat_map(|it| u32::from(it).to_le_bytes()).collect(),
        _ => text.chars().flat_map(|it| u32::from(it).to_be_bytes()).collect(),
    }
}

/// Reads a text in pieces and at once.
#[track_caller]
fn check(bytes: &[u8], want: &[&str], told: &[&str]) {
    for window_bytes in [16, 200, 1 << 20] {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", bytes)]);
        assert_eq!(names(&reading), want, "windows of {window_bytes}");
        assert_eq!(words(&reading), told, "windows of {window_bytes}");
        let lost = told.iter().any(|it| it.starts_with("lost"));
        let coverage = if lost { Coverage::Partial } else { Coverage::Complete };
        assert_eq!(reading.inventory.objects["pods"].coverage, coverage);
    }
}

#[test]
fn wide_texts_are_read_with_a_mark_and_without() {
    let text = format!("# \u{e9}\u{20ac}\u{1f600}\n{}---\n{}", document("x"), document("z"));
    let without = text.replacen("\u{e9}", "e", 1);
    for encoding in ["UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"] {
        check(&wide(&text, encoding, true), &["x", "z"], &[]);
        check(&wide(&without, encoding, false), &["x", "z"], &[]);
    }
}

#[test]
fn what_is_no_character_of_a_wide_text_is_a_loss() {
    let text = format!("{}---\n# ?\n{}", document("x"), document("z"));
    let line = document("x").lines().count() + 2;
    for (encoding, unit) in [("UTF-16LE", 2), ("UTF-32BE", 4)] {
        let mut bytes = wide(&text, encoding, true);
        let at = (1 + text.chars().position(|it| it == '?').expect("it is there")) * unit;
        bytes[at..at + unit].copy_from_slice(&[0, 0xd8, 0, 0xd8][..unit]);
        let told = format!(
            "lost :{line}: bytes that are no {} stand here, and were replaced by `\u{fffd}`",
            &encoding[..6]
        );
        check(&bytes, &["x", "z"], &[&told]);
        let mut cut = wide(&document("x"), encoding, true);
        cut.push(b'a');
        let told = format!(
            "lost :{}: bytes that are no {} stand here, and were replaced by `\u{fffd}`",
            document("x").lines().count() + 1,
            &encoding[..6]
        );
        check(&cut, &["x"], &[&told]);
    }
}

#[test]
fn documents_before_and_behind_a_zero_are_read() {
    let [x, z] = ["x", "z"].map(document);
    let zeros = |line: usize| {
        format!("lost :{line}: zero bytes stand here, and were replaced by `\u{fffd}`")
    };
    let line = x.lines().count() + 2;
    let text = format!("{x}---\n# \0\n---\n{z}");
    check(text.as_bytes(), &["x", "z"], &[&zeros(line)]);
    let text = format!("# \0\n{x}---\n{z}");
    check(text.as_bytes(), &["x", "z"], &[&zeros(1)]);
    let text = format!("{x}---\n{z}# \0");
    check(text.as_bytes(), &["x", "z"], &[&zeros(2 * line - 2)]);
}

#[test]
fn a_zero_in_a_key_is_a_loss() {
    for text in [document("x"), pod("csdr", "x").to_string()] {
        for (key, broken) in
            [("apiVersion", "apiV\0ersion"), ("kind", "ki\0nd"), ("namespace", "names\0pace")]
        {
            let reading = read_bytes(text.replacen(key, broken, 1));
            let words = words(&reading);
            assert!(words.iter().any(|it| it.starts_with("lost")), "{key}: {words:?}");
        }
    }
}

#[test]
fn what_a_file_of_zeros_hides_is_a_loss() {
    let mut bytes = vec![0; 5000];
    bytes.extend_from_slice(document("x").as_bytes());
    let limits = Limits { window_bytes: 1 << 10, ..Limits::default() };
    let reading = read_within(&limits, vec![stream("dump", &bytes)]);
    assert!(
        words(&reading)[0].starts_with("lost :: begins with zero bytes"),
        "{:?}",
        words(&reading)
    );
    bytes.truncate(5000);
    let reading = read_within(&limits, vec![stream("dump", &bytes)]);
    assert_eq!(words(&reading), ["told :: not text: skipped"]);
}

/// All kinds are partial, read in pieces and at once.
#[track_caller]
fn check_lost(bytes: &[u8], reason: &str) {
    for window_bytes in [16, 200, 1 << 20] {
        let limits = Limits { window_bytes, ..Limits::default() };
        let sources = vec![stream("good", document("good")), stream("dump", bytes)];
        let reading = read_within(&limits, sources);
        let words = words(&reading);
        let is = |it: &String| it.starts_with("lost") && it.contains(reason);
        assert!(words.iter().any(is), "windows of {window_bytes}: {words:?}");
        assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Partial);
    }
}

#[test]
fn a_text_behind_one_in_another_encoding_is_a_loss() {
    let reason = "in another encoding";
    for encoding in ["UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"] {
        for more in [format!("---\n{}", document("x")), format!("{}\n", pod("csdr", "x"))] {
            let mut bytes = wide(&document("y"), encoding, true);
            bytes.extend_from_slice(more.as_bytes());
            check_lost(&bytes, reason);
            let mut bytes = wide("# nothing\n", encoding, true);
            bytes.extend_from_slice(more.as_bytes());
            check_lost(&bytes, reason);
        }
    }
}

#[test]
fn objects_in_a_file_that_is_no_text_are_a_loss() {
    let bytes: Vec<u8> = (0..=255).collect();
    let reason = "is no text, and `apiVersion` and `kind` stand in it";
    for text in [
        document("x").into_bytes(),
        pod("csdr", "x").to_string().into_bytes(),
        wide(&document("x"), "UTF-16LE", false),
        wide(&document("x"), "UTF-16BE", false),
    ] {
        check_lost(&[&bytes.repeat(64)[..], b"\n", &text].concat(), reason);
    }
}

#[test]
fn signs_that_end_a_line_for_a_printer_only_hide_nothing() {
    for end in ['\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'] {
        let more = format!("---\n{}", document("x")).replace('\n', &end.to_string());
        let text = format!("{}{more}", document("y"));
        let reading = read_bytes(&text);
        let words = words(&reading);
        assert!(words.iter().any(|it| it.starts_with("lost")), "{end:?}: {words:?}");
        assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Partial, "{end:?}");
    }
}
