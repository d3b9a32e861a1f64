//! Finds the cases of a pack: which files and folders are cases, where each says what is expected,
//! and which golden is whose. How a case is run, and judged, is not known here.
//!
//! ```text
//! fixtures/<rule>/bad_<case>.yaml      one rule; what is expected stands in comments at its head
//! fixtures/<rule>/good_<case>/         the same as a folder, with expect.txt in it
//! cases/<case>.yaml, cases/<case>/     whole dumps, for all rules
//! cases/<case>.tar.gz                  with <case>.tar.gz.expect.txt beside it
//! <any of these>.golden.txt            all that the rules said when --update wrote it
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rulebox_author::{Case, Comments, Content, Kind};

use crate::{exit::Failure, files::read_small, pack_args::STANDARD};

/// The file in a folder, and the end of the name of one beside a file, that says what is expected.
const EXPECT: &str = "expect.txt";
/// The end of the name of a golden.
const GOLDEN: &str = ".golden.txt";

/// A text of comments, or a golden, is read whole; larger dumps say what is expected beside them.
const MOST_BYTES: usize = 64 << 20;

/// A case, and the file of its golden.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) case: Case,
    pub(crate) golden: PathBuf,
}

/// Where `fixtures` and `cases` of a pack stand, unless their folder was typed.
pub(crate) fn folder(pack: &str, typed: Option<&Path>) -> PathBuf {
    let path = Path::new(pack);
    match typed {
        Some(folder) => folder.to_owned(),
        None if pack == STANDARD => PathBuf::from("."),
        None if path.is_dir() => path.to_owned(),
        None => path.parent().map_or_else(PathBuf::new, Path::to_owned),
    }
}

/// The cases of a folder that may hold `fixtures` and `cases`, sorted.
pub(crate) fn find(folder: &Path) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for rule in entries(&folder.join("fixtures"))? {
        let name = name_of(&rule);
        if rule.is_dir() {
            let kind = Kind::Fixture { rule: name.clone() };
            found.extend(cases_in(&rule, &format!("{name}/"), &kind)?);
        } else {
            let why = "it stands in no folder that is named after a rule: fixtures/RULE";
            found.push(missing(format!("fixtures/{name}"), &rule, why));
        }
    }
    found.extend(cases_in(&folder.join("cases"), "cases/", &Kind::Dump)?);
    Ok(found)
}

fn cases_in(folder: &Path, before: &str, kind: &Kind) -> Result<Vec<Found>, Failure> {
    let all = entries(folder)?;
    let mut found = Vec::new();
    for path in all.iter().filter(|it| !is_beside(it)) {
        let name = format!("{before}{}", stem(path));
        let golden = folder.join(format!("{}{GOLDEN}", stem(path)));
        let comments = comments(path).map_err(|it| cannot_read(path, &it))?;
        let before = match read_small(&golden, MOST_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => {
                let bytes = read.map_err(|it| cannot_read(&golden, &it))?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        let content = Content::Path(path.clone(), vec![path.join(EXPECT)]);
        let case = Case { name, kind: kind.clone(), content, comments, golden: before };
        found.push(Found { case, golden });
    }
    for path in all.iter().filter(|it| is_beside(it)) {
        let of = name_of(path);
        let of = of.strip_suffix(GOLDEN).or_else(|| of.strip_suffix(EXPECT)?.strip_suffix('.'));
        let of = of.unwrap_or_default();
        if !all.iter().any(|it| !is_beside(it) && (stem(it) == of || name_of(it) == of)) {
            let name = format!("{before}{}", name_of(path));
            found.push(missing(name, path, "it belongs to no case: remove it"));
        }
    }
    Ok(found)
}

/// A case that fails, since nothing says what to expect of it.
fn missing(name: String, path: &Path, why: &str) -> Found {
    let content = Content::Path(path.to_owned(), Vec::new());
    let comments = Comments::Missing(why.to_owned());
    Found {
        case: Case { name, kind: Kind::Dump, content, comments, golden: None },
        golden: PathBuf::new(),
    }
}

/// Where a case says what is expected: in a file of its own, or at the head of its YAML.
fn comments(path: &Path) -> io::Result<Comments> {
    let text = |path: &Path| {
        let bytes = read_small(path, MOST_BYTES)?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let own = if path.is_dir() { path.join(EXPECT) } else { with_end(path, &format!(".{EXPECT}")) };
    if own.exists() {
        return text(&own).map(Comments::Lines);
    }
    if is_yaml(path) && path.is_file() {
        return text(path).map(Comments::Head);
    }
    Ok(Comments::Missing(format!("nothing says what is expected: write {}", own.display())))
}

/// Whether it is no case, and says something of one.
fn is_beside(path: &Path) -> bool {
    let name = name_of(path);
    name.ends_with(GOLDEN) || name.ends_with(&format!(".{EXPECT}"))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml")
}

/// The name without the end of a text of objects; other files keep all of theirs.
fn stem(path: &Path) -> String {
    let name = name_of(path);
    let ends = [".yaml", ".yml", ".json"].into_iter();
    let mut stems = ends.filter_map(|it| name.strip_suffix(it));
    stems.next().unwrap_or(&name).to_owned()
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a folder, sorted, but for what is hidden and what is documentation; nothing where
/// there is no folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let read = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read,
    };
    let paths =
        read.and_then(|it| it.map(|it| it.map(|it| it.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = paths.map_err(|it| cannot_read(folder, &it))?;
    paths.retain(|it| !name_of(it).starts_with('.') && it.extension().is_none_or(|it| it != "md"));
    paths.sort();
    Ok(paths)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", path.display()))
        .help("a case is a file or a folder that you may read")
}
