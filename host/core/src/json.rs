//! The fields of one object as a need is given them: a text that may be kept packed.

use std::{borrow::Cow, fmt, sync::Arc};

use lz4_flex::block::{
    compress_prepend_size_with_dict, decompress_size_prepended_with_dict, uncompressed_size,
};

/// The compact JSON of the fields of one object that a need asks for.
///
/// A dump is read once and its texts stay as they are. What is watched stays for months and is
/// looked at seldom, so a [`Packer`](crate::Packer) packs it. Two are equal where their texts are,
/// however they are kept. To clone one copies no text.
///
/// Beside the text may stand what the object's annotation asks of the host: no rule is given it,
/// but an object whose annotation has changed is another one.
#[derive(Clone)]
pub struct Json(Repr);

#[derive(Clone)]
enum Repr {
    Plain(Arc<str>),
    Packed {
        block: Arc<[u8]>,
        dictionary: Arc<Dictionary>,
    },
    /// Few objects have the annotation: the others pay nothing for it.
    Annotated(Arc<Annotated>),
}

/// A text, and the object's annotation [`IGNORE`].
struct Annotated {
    json: Json,
    annotation: Arc<str>,
}

/// The annotation by which whoever writes an object says which findings about it are known.
pub const IGNORE: &str = "rulebox.dev/ignore";

/// What many texts of a need have in common: where a text repeats it, the packed text only refers
/// to it.
#[derive(Debug)]
pub(crate) struct Dictionary(Vec<u8>);

impl Json {
    /// The text; unpacked afresh each time, where it is packed.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Plain(text) => Cow::Borrowed(text),
            Repr::Packed { block, dictionary } => {
                let text = decompress_size_prepended_with_dict(block, &dictionary.0);
                let text = text.expect("the block was packed with this dictionary");
                Cow::Owned(String::from_utf8(text).expect("a text was packed"))
            }
            Repr::Annotated(it) => it.json.text(),
        }
    }

    /// The same text, of an object with this annotation [`IGNORE`].
    #[must_use]
    pub fn annotated(self, annotation: Arc<str>) -> Self {
        Self(Repr::Annotated(Arc::new(Annotated { json: self, annotation })))
    }

    /// The object's annotation [`IGNORE`]; none where it has none.
    pub fn annotation(&self) -> Option<&str> {
        match &self.0 {
            Repr::Annotated(it) => Some(&it.annotation),
            Repr::Plain(_) | Repr::Packed { .. } => None,
        }
    }

    /// The length of the text, which is not unpacked for it.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Plain(text) => text.len(),
            Repr::Packed { block, .. } => {
                uncompressed_size(block).expect("a block begins with the length").0
            }
            Repr::Annotated(it) => it.json.len(),
        }
    }

    /// Whether the text is empty, which no JSON is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes are kept of it.
    pub(crate) fn kept(&self) -> usize {
        match &self.0 {
            Repr::Plain(text) => text.len(),
            Repr::Packed { block, .. } => block.len(),
            Repr::Annotated(it) => it.json.kept() + it.annotation.len(),
        }
    }

    /// Packs it with a dictionary, where that makes it smaller.
    pub(crate) fn pack(&mut self, dictionary: &Arc<Dictionary>) {
        let text = match &self.0 {
            Repr::Plain(text) => text,
            Repr::Packed { .. } => return,
            Repr::Annotated(it) => {
                let Annotated { json, annotation } = &**it;
                let mut json = json.clone();
                json.pack(dictionary);
                *self = json.annotated(Arc::clone(annotation));
                return;
            }
        };
        // A block begins with the length of its text, in 32 bits.
        if u32::try_from(text.len()).is_err() {
            return;
        }
        let block = compress_prepend_size_with_dict(text.as_bytes(), &dictionary.0);
        if block.len() < text.len() {
            let dictionary = Arc::clone(dictionary);
            self.0 = Repr::Packed { block: block.into(), dictionary };
        }
    }
}

impl Dictionary {
    pub(crate) fn new(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self(bytes))
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self(Repr::Plain(text.into()))
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // The same text gives the same block each time, so nothing needs to be unpacked.
            (
                Repr::Packed { block, dictionary },
                Repr::Packed { block: other_block, dictionary: other_dictionary },
            ) if Arc::ptr_eq(dictionary, other_dictionary) => block == other_block,
            (Repr::Annotated(it), Repr::Annotated(other)) => {
                it.annotation == other.annotation && it.json == other.json
            }
            (Repr::Annotated(_), _) | (_, Repr::Annotated(_)) => false,
            _ => self.len() == other.len() && self.text() == other.text(),
        }
    }
}

impl Eq for Json {}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text(), f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(json: &Json, dictionary: &Arc<Dictionary>) -> Json {
        let mut packed = json.clone();
        packed.pack(dictionary);
        packed
    }

    /// Packed with a dictionary it is still the text, and equal to itself kept in other ways.
    #[track_caller]
    fn check(text: &str, dictionaries: [&str; 2]) {
        let plain = Json::from(text);
        assert_eq!(plain.text(), text);
        let [one, other] =
            dictionaries.map(|it| packed(&plain, &Dictionary::new(it.as_bytes().to_vec())));
        for json in [&plain, &one, &other] {
            assert_eq!((json.text(), json.len()), (Cow::Borrowed(text), text.len()));
            assert!(json.kept() <= text.len());
            assert_eq!([json, json, json], [&plain, &one, &other]);
            assert_eq!(format!("{json} {json:?}"), format!("{text} {text:?}"));
        }
    }

    #[test]
    fn it_is_the_text_that_was_packed() {
        let dictionary = r#"{"metadata":{"name":"web-0"},"status":{"phase":"Running"}}"#;
        check(dictionary, [dictionary, dictionary]);
        check(&dictionary.replace("web-0", "ünïcode-1"), [dictionary, ""]);
        for text in ["", "{}", "\u{0}", r#"{"a":1}"#] {
            check(text, [dictionary, text]);
        }
        check(&dictionary.repeat(10_000), [dictionary, &dictionary.repeat(5_000)]);
    }

    #[test]
    fn what_resembles_its_dictionary_is_kept_in_few_bytes() {
        let text = |name: &str| {
            let phases = r#"{"type":"Ready","status":"True","reason":"MinimumReplicasAvailable"}"#;
            format!(r#"{{"metadata":{{"name":"{name}"}},"status":{{"conditions":[{phases}]}}}}"#)
        };
        let dictionary = Dictionary::new(text("web-0").into_bytes());
        let json = packed(&Json::from(text("db-17")), &dictionary);
        assert!(json.kept() * 3 < json.len(), "{} of {}", json.kept(), json.len());
    }

    #[test]
    fn other_texts_are_other_values() {
        let dictionary = Dictionary::new(br#"{"name":"a","phase":"Running"}"#.to_vec());
        let [a, b] = ["a", "b"].map(|it| Json::from(format!(r#"{{"name":"{it}","phase":"Run"}}"#)));
        let [packed_a, packed_b] = [&a, &b].map(|it| packed(it, &dictionary));
        for (one, other) in [(&a, &b), (&packed_a, &packed_b), (&a, &packed_b), (&packed_a, &b)] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn an_annotation_stands_beside_the_text_and_tells_two_apart() {
        let text = r#"{"metadata":{"name":"a"}}"#;
        let plain = Json::from(text);
        let one = plain.clone().annotated("a=known".into());
        let dictionary = Dictionary::new(text.as_bytes().to_vec());
        for json in [&one, &packed(&one, &dictionary)] {
            assert_eq!((json.text(), json.len()), (Cow::Borrowed(text), text.len()));
            assert_eq!((json.annotation(), json), (Some("a=known"), &one));
            assert_ne!(*json, plain);
            assert_ne!(*json, plain.clone().annotated("a=others".into()));
        }
        assert_eq!(plain.annotation(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_text_with_any_dictionary(
            text in r#"([a-c{}":,]{0,9}|é|[0-9]{3}|Running){0,30}"#,
            one in r#"([a-c{}":,]{0,9}|é|[0-9]{3}|Running){0,90}"#,
            other in ".{0,40}",
        ) {
            check(&text, [&one, &other]);
        }
    }
}
