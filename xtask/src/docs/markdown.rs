//! What of a document others point at, and where it points to: headings and links.

use std::{collections::BTreeSet, ops::Range};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A link of a document, or a picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Where the whole of it stands in the text.
    pub(super) range: Range<usize>,
    /// Where it leads to, as it is written.
    pub(super) target: String,
}

/// As mdbook reads documents.
fn parser(text: &str) -> Parser<'_> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(text, options)
}

/// The links of a document, in their order.
pub(super) fn links(text: &str) -> Vec<Link> {
    let links = parser(text).into_offset_iter().filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(Link { range, target: dest_url.into_string() })
        }
        _ => None,
    });
    links.collect()
}

/// The names by which the headings of a document are linked to, as mdbook and GitHub make them.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in parser(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let base = slug(&heading.take().unwrap_or_default());
                let more = (1..).map(|nth| format!("{base}-{nth}"));
                let free = [base.clone()].into_iter().chain(more).find(|it| !anchors.contains(it));
                anchors.extend(free);
            }
            Event::Text(it) | Event::Code(it) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&it);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|it| match it {
        it if it.is_alphanumeric() || "-_".contains(it) => Some(it.to_ascii_lowercase()),
        it if it.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_where_they_are_links() {
        let text =
            "[a](b.md) `[c](d.md)` ![p](p.png)\n\n```\n[e](f.md)\n```\n\n| [g](h.md#i) |\n|-|\n";
        let found = links(text);
        let targets: Vec<_> = found.iter().map(|it| it.target.as_str()).collect();
        assert_eq!(targets, ["b.md", "p.png", "h.md#i"]);
        assert_eq!(&text[found[0].range.clone()], "[a](b.md)");
    }

    #[test]
    fn headings_are_linked_to_by_their_words() {
        let text = "# In a cluster\n\n## What `rulebox` takes, once\n\n## Once\n\n## Once\n";
        let want = ["in-a-cluster", "once", "once-1", "what-rulebox-takes-once"];
        assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), want);
    }
}
