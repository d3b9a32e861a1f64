//! Writes a dump to a file, a folder or standard output, and says what the dump holds.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use crate::{
    files::Folder,
    form::Form,
    lists::{self, Notation},
    options::Options,
    plan::{Group, of_one_kind},
    pods::Planted,
    stock::{Stock, Style},
    trees,
};

/// What a dump holds.
#[derive(Debug, Clone)]
pub struct Written {
    /// The pods, and the faults among them.
    pub planted: Planted,
    pub(crate) groups: Vec<Group>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects: u64 = self.groups.iter().map(|it| it.count).sum();
        let needed: u64 = self.groups.iter().filter(|it| it.is_needed()).map(|it| it.count).sum();
        write!(f, "{objects} objects, {needed} of them in what the built-in pack needs")?;
        let mut kinds: Vec<(&str, u64)> = Vec::new();
        for Group { kind, count, .. } in &self.groups {
            match kinds.last_mut().filter(|it| it.0 == kind.plural) {
                Some(last) => last.1 += count,
                None => kinds.push((kind.plural, *count)),
            }
        }
        for (i, (plural, count)) in kinds.iter().enumerate() {
            write!(f, "{} {count} {plural}", if i == 0 { ":" } else { "," })?;
        }
        write!(f, "\n{}", self.planted)
    }
}

/// Writes a dump, and says on standard error what the dump holds.
pub fn run(options: &Options) -> Result<(), String> {
    let written = if let Some(path) = &options.out {
        write_to(options, path)?
    } else {
        let failed = |it: io::Error| format!("cannot write to standard output: {it}");
        write_stream(options, &mut io::stdout().lock(), &failed)?
    };
    eprintln!("{written}");
    Ok(())
}

/// Writes a dump to a file or a folder, and makes the folder around it if there is none.
pub fn write_to(options: &Options, path: &Path) -> Result<Written, String> {
    let failed = |it: io::Error| format!("cannot write {}: {it}", path.display());
    if options.form.is_tree() && options.archive.is_none() {
        if std::fs::read_dir(path).is_ok_and(|mut it| it.next().is_some()) {
            return Err(format!(
                "{} is not empty: name another folder, or empty it",
                path.display()
            ));
        }
        let (stock, groups) = options.plan()?;
        trees::write(options.form, &stock, &groups, &mut Folder::new(path)).map_err(failed)?;
        return Ok(Written { planted: stock.planted, groups });
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    /// How many bytes are written at once. Linux keeps a file that is written in small parts in
    /// small pages, and reads them half as fast; small and large dumps alike must be readable at
    /// the machine's speed.
    const AT_ONCE: usize = 1 << 20;
    let mut out = BufWriter::with_capacity(AT_ONCE, File::create(path).map_err(failed)?);
    write_stream(options, &mut out, &failed)
}

/// Writes a dump that is one file, packed or not.
pub(crate) fn write_stream(
    options: &Options,
    out: &mut dyn Write,
    failed: &dyn Fn(io::Error) -> String,
) -> Result<Written, String> {
    let Options { form, archive, .. } = *options;
    let (stock, groups) = options.plan()?;
    let written = match (form.is_tree(), archive) {
        (false, None) => write(form, &stock, &groups, out),
        (true, Some(packing)) => {
            packing.pack(out, |files| trees::write(form, &stock, &groups, files))
        }
        (true, None) => {
            return Err(
                "this form is a folder: name it with --out, or pack it with --archive".to_owned()
            );
        }
        (false, Some(_)) => {
            return Err(
                "--archive is for forms of several files: say --form folder or the like".to_owned()
            );
        }
    };
    written.and_then(|()| out.flush()).map_err(failed)?;
    Ok(Written { planted: stock.planted, groups })
}

pub(crate) fn write(
    form: Form,
    stock: &Stock,
    groups: &[Group],
    out: &mut dyn Write,
) -> io::Result<()> {
    match form {
        Form::List => lists::list(stock, groups, Notation::Yaml, out),
        Form::Json => lists::list(stock, groups, Notation::Compact, out),
        Form::JsonIndented => lists::list(stock, groups, Notation::Indented(4), out),
        Form::MultiDocument => {
            for (i, group) in groups.iter().enumerate() {
                let first = if i == 0 { "" } else { "---\n" };
                stock.shelf(*group, Style::Yaml, true).write(first, "---\n", out)?;
            }
            Ok(())
        }
        Form::TypedList => {
            for (i, groups) in of_one_kind(groups).enumerate() {
                out.write_all(if i == 0 { b"" } else { b"---\n" })?;
                let kind = groups[0].kind;
                let api_version = kind.api_version();
                let notation = Notation::Yaml;
                lists::typed_list(stock, (&api_version, kind.kind), groups, notation, false, out)?;
            }
            Ok(())
        }
        Form::JsonAnswers => {
            for groups in of_one_kind(groups) {
                let kind = groups[0].kind;
                lists::answer(stock, (&kind.api_version(), kind.kind), groups, out)?;
            }
            Ok(())
        }
        Form::ClusterInfoText => lists::cluster_info(stock, groups, out),
        _ => unreachable!("a form of several files"),
    }
}
