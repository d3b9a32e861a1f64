//! Looks at the site as it was built: every link of its pages leads to a file of it, and to a place
//! in that file; and nothing is fetched from elsewhere, since it is read from a disk, without a
//! network.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::process::Result;

/// What a page says by attributes.
struct Page {
    ids: BTreeSet<String>,
    links: Vec<String>,
    fetched: Vec<String>,
}

/// Fails where a page links to what is not there, or fetches something from elsewhere.
pub(super) fn check(site: &Path) -> Result {
    let mut pages = BTreeMap::new();
    collect(site, &mut pages)?;
    let mut wrong = Vec::new();
    for (path, page) in &pages {
        // All pages at once, for a printer, with the links of each.
        if path.ends_with("print.html") {
            continue;
        }
        let shown = path.strip_prefix(site).unwrap_or(path).display();
        for target in page.fetched.iter().filter(|it| it.contains("//") && !it.starts_with("data:"))
        {
            wrong.push(format!("{shown}: it fetches {target}"));
        }
        for target in page.links.iter().chain(&page.fetched) {
            if target.contains(':') || target.contains("//") {
                continue;
            }
            let (file, id) = target.split_once('#').unwrap_or((target, ""));
            let folder = path.parent().unwrap_or(site);
            let to = if file.is_empty() { path.clone() } else { folder.join(file) };
            let Ok(to) = to.canonicalize() else {
                wrong.push(format!("{shown}: {target}: there is no such file"));
                continue;
            };
            let known = pages.get(&to).is_none_or(|it| id.is_empty() || it.ids.contains(id));
            if !known {
                wrong.push(format!("{shown}: {target}: that page has no such place"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn collect(folder: &Path, pages: &mut BTreeMap<PathBuf, Page>) -> Result {
    let failed = |it: std::io::Error| format!("cannot read {}: {it}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(&path, pages)?;
        } else if path.extension().is_some_and(|it| it == "html") {
            let text = fs::read_to_string(&path).map_err(failed)?;
            pages.insert(path.canonicalize().map_err(failed)?, read(&text));
        }
    }
    Ok(())
}

/// The attributes of a page. mdbook writes them in double quotes.
fn read(html: &str) -> Page {
    let mut page = Page { ids: BTreeSet::new(), links: Vec::new(), fetched: Vec::new() };
    for tag in html.split('<').filter_map(|it| Some(it.split_once('>')?.0)) {
        let value = |name: &str| {
            let behind = tag.split_once(&format!(" {name}=\""))?.1;
            Some(behind.split_once('"')?.0.replace("&amp;", "&"))
        };
        page.ids.extend(value("id"));
        page.fetched.extend(value("src"));
        match value("href") {
            Some(it) if tag.starts_with("link ") => page.fetched.push(it),
            Some(it) => page.links.push(it),
            None => {}
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_links_to_is_read_from_its_tags() {
        let page = read(
            "<a class=\"x\" href=\"b.html#c\">b</a><h2 id=\"d\">d</h2>\
             <link rel=\"s\" href=\"e.css\"><script src=\"f.js\"></script> a < b",
        );
        assert_eq!(page.links, ["b.html#c"]);
        assert_eq!(page.fetched, ["e.css", "f.js"]);
        assert_eq!(page.ids, BTreeSet::from(["d".to_owned()]));
    }
}
