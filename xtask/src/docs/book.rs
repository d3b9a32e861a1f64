//! Puts the book together: the pages of host/docs, with the documents that they include.
//!
//! A page may include another file of the repository, whole (`{{#include ../../LIMITS.md}}`) or the
//! part between two marks (`{{#include ../../README.md:finding}}`). Links in what is included lead
//! where they led: to the page that includes their document, or to a copy of the file, since the
//! site must be whole without the repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use super::markdown::{Link, anchors, links};
use crate::process::Result;

/// Where the book lies in the repository.
const BOOK: &str = "host/docs";

/// A piece of a page: which document of the repository it comes from, and its text.
struct Piece {
    from: PathBuf,
    text: String,
}

/// A page, by the place of its file in the repository.
type Pages = BTreeMap<PathBuf, Vec<Piece>>;

/// The files that mdbook is given, by their paths.
pub(super) fn put_together(root: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut pages = Pages::new();
    for path in files_below(root, Path::new(BOOK))? {
        if path.extension().is_some_and(|it| it == "md") {
            let text = read(root, &path)?;
            pages.insert(path.clone(), pieces(root, &path, &text)?);
        } else {
            files.insert(in_book(&path), bytes(root, &path)?);
        }
    }
    let summary = Path::new(BOOK).join("src/SUMMARY.md");
    listed(&pages, &summary)?;
    let homes = homes(&pages);
    let mut wrong = Vec::new();
    for (page, pieces) in &pages {
        let mut all = String::new();
        for piece in pieces {
            let mut text = piece.text.clone();
            // From the end, so that what stands before keeps its place.
            for Link { range, target } in links(&piece.text).into_iter().rev() {
                let led = lead(root, &homes, &piece.from, &target);
                let written = led.and_then(|it| {
                    let Some((file, anchor)) = it else { return Ok(None) };
                    let copy = || copy_of(&file);
                    let home = homes.get(&file);
                    let to = home.cloned().unwrap_or_else(copy);
                    let new = format!("{}{anchor}", relative(page, &to));
                    let old = &piece.text[range.clone()];
                    let shown = old.strip_suffix(&format!("]({target})"));
                    let shown = shown.ok_or("write it as [text](target)")?;
                    // A file's name says little where there are no files.
                    let title = home.filter(|_| shown == format!("[{target}"));
                    let title = title.and_then(|it| title_of(&pages[it]));
                    let shown = title.map_or(shown.to_owned(), |it| format!("[{it}"));
                    if home.is_none() {
                        files.insert(in_book(&to), bytes(root, &file)?);
                    }
                    Ok(Some(format!("{shown}]({new})")))
                });
                match written {
                    Ok(new) => new.iter().for_each(|it| text.replace_range(range.clone(), it)),
                    Err(reason) => {
                        wrong.push(format!("{}: {target}: {reason}", piece.from.display()));
                    }
                }
            }
            all.push_str(&text);
        }
        files.insert(in_book(page), all.into_bytes());
    }
    if wrong.is_empty() { Ok(files) } else { Err(wrong.join("\n")) }
}

/// The page of each document that is a page, or that one includes as a whole.
fn homes(pages: &Pages) -> BTreeMap<PathBuf, PathBuf> {
    let of = |it: &PathBuf, page: &PathBuf| (it.clone(), page.clone());
    let included = pages.iter().flat_map(|(page, pieces)| {
        pieces.iter().filter(|it| it.from != *page).map(move |it| of(&it.from, page))
    });
    let own = pages.keys().map(|it| of(it, it));
    included.chain(own).collect()
}

/// What a page is called.
fn title_of(pieces: &[Piece]) -> Option<&str> {
    pieces.iter().flat_map(|it| it.text.lines()).find_map(|it| it.strip_prefix("# "))
}

/// What a page consists of.
fn pieces(root: &Path, page: &Path, text: &str) -> Result<Vec<Piece>> {
    let own = |text: String| Piece { from: page.to_owned(), text };
    let (mut pieces, mut text_of_page) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{#include ") {
        let (named, after) = behind.split_once("}}").ok_or("an include has no end")?;
        let (file, mark) = named.split_once(':').map_or((named, None), |it| (it.0, Some(it.1)));
        let from = normal(&page.parent().unwrap_or(page).join(file))
            .ok_or_else(|| format!("{}: {file} is not in the repository", page.display()))?;
        let whole = read(root, &from)?;
        text_of_page += before;
        rest = after;
        let is_document = from.extension().is_some_and(|it| it == "md");
        let text = match mark {
            // A part is no document that others link to, but its links are those of one.
            Some(mark) => between(&whole, mark)?,
            None if is_document => whole,
            // It stands in a block of code of the page, whose ends are beside it.
            None => {
                text_of_page += &whole;
                continue;
            }
        };
        pieces.push(own(std::mem::take(&mut text_of_page)));
        pieces.push(Piece { from, text });
    }
    pieces.push(own(text_of_page + rest));
    Ok(pieces)
}

/// What stands between the marks of a name.
fn between(text: &str, mark: &str) -> Result<String> {
    let behind =
        text.split_once(&format!("<!-- begin {mark}")).and_then(|it| it.1.split_once("-->"));
    let part = behind.and_then(|it| it.1.split_once(&format!("<!-- end {mark} -->")));
    Ok(part.ok_or_else(|| format!("nothing is between marks of the name {mark}"))?.0.to_owned())
}

/// Every page must be in the summary, and what it names must be there.
fn listed(pages: &Pages, summary: &Path) -> Result {
    let pieces = pages.get(summary).ok_or("the book has no SUMMARY.md")?;
    let folder = summary.parent().unwrap_or(summary);
    let named = pieces.iter().flat_map(|it| links(&it.text));
    let named: BTreeSet<_> = named.filter_map(|it| normal(&folder.join(it.target))).collect();
    let pages = pages.keys().filter(|it| it.starts_with(folder) && *it != summary);
    let lost: Vec<_> =
        pages.filter(|it| !named.contains(*it)).map(|it| it.display().to_string()).collect();
    if lost.is_empty() {
        Ok(())
    } else {
        Err(format!("in no line of SUMMARY.md, so nobody finds it: {}", lost.join(", ")))
    }
}

/// The file of the repository that a link leads to, and the anchor; none for what is elsewhere, or
/// in the same document.
fn lead(
    root: &Path,
    homes: &BTreeMap<PathBuf, PathBuf>,
    from: &Path,
    target: &str,
) -> Result<Option<(PathBuf, String)>> {
    if let Some(text) = target.strip_prefix('#') {
        has(root, from, text)?;
        return Ok(None);
    }
    if target.contains(':') {
        let known = ["https://", "http://", "mailto:"].iter().any(|it| target.starts_with(it));
        return if known { Ok(None) } else { Err("no such kind of link".to_owned()) };
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |it| (it.0, Some(it.1)));
    let folder = from.parent().unwrap_or(from);
    let file = normal(&folder.join(path)).ok_or("it leads out of the repository")?;
    let place = root.join(&file);
    if !place.exists() {
        return Err("there is no such file".to_owned());
    }
    if let Some(anchor) = anchor {
        has(root, &file, anchor)?;
    }
    if place.is_dir() {
        if from.starts_with(BOOK) || homes.contains_key(from) {
            return Err("it leads to a folder, which the site has no page for".to_owned());
        }
        return Ok(None);
    }
    Ok(Some((file, anchor.map(|it| format!("#{it}")).unwrap_or_default())))
}

/// Fails where a document has no heading of this name.
fn has(root: &Path, file: &Path, anchor: &str) -> Result {
    let text = read(root, file)?;
    let mut known = BTreeSet::new();
    for piece in pieces(root, file, &text)? {
        known.extend(anchors(&piece.text));
    }
    if known.contains(anchor) {
        return Ok(());
    }
    Err(format!(
        "{} has no heading `{anchor}`; it has {}",
        file.display(),
        Vec::from_iter(known).join(", ")
    ))
}

/// The copy of a file that is no page: as text, which every browser shows.
fn copy_of(file: &Path) -> PathBuf {
    let name = file.to_string_lossy();
    // mdbook takes what has `.md` anywhere in its name for a page.
    let name = name.strip_suffix(".md").unwrap_or(&name);
    let shown =
        ["json", "txt", "yaml", "png", "svg"].iter().any(|it| name.ends_with(&format!(".{it}")));
    let more = if shown { "" } else { ".txt" };
    PathBuf::from(format!("{BOOK}/src/files/{name}{more}"))
}

/// The path of one file as another names it.
fn relative(from: &Path, to: &Path) -> String {
    let folder: Vec<_> = from.parent().unwrap_or(from).components().collect();
    let to: Vec<_> = to.components().collect();
    let same = folder.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = folder[same..].iter().map(|_| "..".to_owned());
    let down = to[same..].iter().map(|it| it.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A path without `.` and `..`; none where it leads out.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => normal.push(name),
            Component::ParentDir if normal.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(normal)
}

fn in_book(path: &Path) -> PathBuf {
    path.strip_prefix(BOOK).unwrap_or(path).to_owned()
}

fn files_below(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let read = fs::read_dir(root.join(folder));
    let failed = |it| format!("cannot read {}: {it}", folder.display());
    for entry in read.map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let path = folder.join(&name);
        let skipped = ["target", "node_modules"].contains(&&*name.to_string_lossy());
        if root.join(&path).is_dir() {
            if !skipped && !name.to_string_lossy().starts_with('.') {
                files.extend(files_below(root, &path)?);
            }
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn bytes(root: &Path, file: &Path) -> Result<Vec<u8>> {
    fs::read(root.join(file)).map_err(|it| format!("cannot read {}: {it}", file.display()))
}

fn read(root: &Path, file: &Path) -> Result<String> {
    String::from_utf8(bytes(root, file)?).map_err(|it| format!("{}: {it}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process;

    #[test]
    fn the_book_can_be_put_together() {
        let files = put_together(&process::root()).unwrap_or_else(|it| panic!("{it}"));
        assert!(files.contains_key(Path::new("src/SUMMARY.md")), "{:?}", files.keys());
        for (path, content) in files {
            let text = String::from_utf8_lossy(&content);
            let is_page = path.extension().is_some_and(|it| it == "md");
            assert!(
                !is_page || !text.contains("{{#"),
                "{}: mdbook would expand it",
                path.display()
            );
        }
    }

    /// Also of what is not in the book: what is said to whoever works on the repository.
    #[test]
    fn every_link_of_every_document_leads_somewhere() {
        let root = process::root();
        let documents = files_below(&root, Path::new("")).expect("the repository");
        let documents =
            documents.into_iter().filter(|it| it.extension().is_some_and(|it| it == "md"));
        let mut wrong = Vec::new();
        let mut seen = 0;
        for document in documents {
            let text = read(&root, &document).expect("a document");
            for link in links(&text) {
                seen += 1;
                if let Err(reason) = lead(&root, &BTreeMap::new(), &document, &link.target) {
                    wrong.push(format!("{}: {}: {reason}", document.display(), link.target));
                }
            }
        }
        assert!(seen > 100, "{seen} links were found");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// A repository of these files, as the book of one page.
    #[track_caller]
    fn check(files: &[(&str, &str)], want: std::result::Result<&[(&str, &str)], &str>) {
        let root =
            std::env::temp_dir().join(format!("rulebox-book-{}-{}", std::process::id(), line()));
        for (path, content) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content).expect("written");
        }
        let made = put_together(&root);
        fs::remove_dir_all(&root).expect("removed");
        match (made, want) {
            (Ok(made), Ok(want)) => {
                for (path, content) in want {
                    let text = made
                        .get(Path::new(path))
                        .unwrap_or_else(|| panic!("no {path}: {:?}", made.keys()));
                    assert_eq!(String::from_utf8_lossy(text), *content, "{path}");
                }
            }
            (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
            (got, _) => panic!("{got:?}"),
        }
    }

    #[track_caller]
    fn line() -> u32 {
        std::panic::Location::caller().line()
    }

    const SUMMARY: (&str, &str) =
        ("host/docs/src/SUMMARY.md", "[Guide](guide/a.md)\n[Limits](limits.md)\n");

    #[test]
    fn links_of_what_is_included_lead_where_they_led() {
        check(
            &[
                SUMMARY,
                (
                    "host/docs/src/guide/a.md",
                    "# A\n[in](../limits.md#b){{#include ../../../../STYLE.md}}",
                ),
                ("host/docs/src/limits.md", "{{#include ../../../LIMITS.md}}\n"),
                (
                    "LIMITS.md",
                    "# B\n[x](host/x.rs) [y](y/r.md) [a](host/docs/src/guide/a.md#a) [b](#b)\n",
                ),
                ("STYLE.md", "[LIMITS.md](LIMITS.md) ![a](p.png)"),
                ("p.png", "a picture"),
                ("host/x.rs", "code"),
                ("y/r.md", "no page"),
            ],
            Ok(&[
                (
                    "src/guide/a.md",
                    "# A\n[in](../limits.md#b)[B](../limits.md) ![a](../files/p.png)",
                ),
                ("src/files/p.png", "a picture"),
                (
                    "src/limits.md",
                    "# B\n[x](files/host/x.rs.txt) [y](files/y/r.txt) [a](guide/a.md#a) \
                     [b](#b)\n\n",
                ),
                ("src/files/y/r.txt", "no page"),
                ("src/files/host/x.rs.txt", "code"),
            ]),
        );
    }

    #[test]
    fn a_part_between_marks_is_included() {
        let limits = "no\n<!-- begin part: why -->\nyes\n<!-- end part -->\nno\n";
        check(
            &[
                SUMMARY,
                ("host/docs/src/guide/a.md", "A\n{{#include ../../../../LIMITS.md:part}}B"),
                ("host/docs/src/limits.md", "{{#include ../../../LIMITS.md}}"),
                ("LIMITS.md", limits),
            ],
            Ok(&[("src/guide/a.md", "A\n\nyes\nB")]),
        );
    }

    #[track_caller]
    fn check_wrong(page: &str, want: &str) {
        let limits = ("host/docs/src/limits.md", "# B\n");
        check(&[SUMMARY, ("host/docs/src/guide/a.md", page), limits], Err(want));
    }

    #[test]
    fn what_leads_nowhere_is_told_with_its_place() {
        check_wrong("[x](b.md)", "host/docs/src/guide/a.md: b.md: there is no such file");
        check_wrong("[x](../limits.md#c)", "limits.md has no heading `c`; it has b");
        check_wrong("[x](#c)", "a.md has no heading `c`");
        check_wrong("[x](..)", "it leads to a folder");
        check_wrong("[x](../../../../../y)", "it leads out of the repository");
        check_wrong("[x](javascript:alert)", "no such kind of link");
        check_wrong("[x][y]\n\n[y]: ../limits.md", "../limits.md: write it as [text](target)");
        check_wrong("{{#include ../../../../LIMITS.md}}", "cannot read LIMITS.md");
        check_wrong("{{#include ../limits.md:part}}", "nothing is between marks of the name part");
    }

    #[test]
    fn a_page_that_nobody_finds_is_told() {
        let lost = ("host/docs/src/lost.md", "");
        let others = [("host/docs/src/guide/a.md", ""), ("host/docs/src/limits.md", "")];
        check(
            &[&[SUMMARY, lost], &others[..]].concat(),
            Err("nobody finds it: host/docs/src/lost.md"),
        );
    }
}
