//! `rulebox rules inspect`: what a pack is and asks for, and what a new version asks for more.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, ValueHint};
use rulebox_author::{FileView, PackView, asks_for_more};
use rulebox_core::text::escape;
use rulebox_deploy::{Plurals, Roles};
use rulebox_registry::{Digest, Reference};
use rulebox_run::{Choice, Config, Plan};

use crate::{
    config,
    exit::{Exit, Failure},
    output::{self, Looks},
    pack_args::{LoadLimits, Packs, STANDARD, ShownPacks},
    pack_files,
    pack_parts::is_text,
    pack_texts, packs,
    registries::Configured,
    registry_args::FromRegistries,
    rules::shown_as::{Places, ShownAs},
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox rules inspect my-rules.wasm
  rulebox rules inspect new.wasm --against old.wasm
  rulebox rules inspect my-rules.wasm -o json=pack.json
  rulebox rules inspect oci://r.example/rules:1.1 --require-signature acme.pub

With --against it ends with 1 where the new version asks for more: kinds, \
fields, namespaces or labels of objects, Secrets among them, lines of other \
files, imports, or a newer contract. That the file has grown is told, and is no \
more: it asks for nothing.";

/// What `rulebox rules inspect` takes.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The pack, as --pack of `check` takes it: a file, a folder, `standard`, or one of a registry.
    #[arg(value_name = "PACK", value_hint = ValueHint::AnyPath)]
    inspected: String,
    /// The version before, to say what this one asks for more.
    #[arg(long, value_name = "OLD", value_hint = ValueHint::AnyPath)]
    against: Option<String>,
    /// How to show it, and where to; repeatable. One of: text, json.
    #[arg(long, short, value_name = "FORM[=FILE]", default_value = "text")]
    #[arg(value_parser = ShownAs::<Form>::parser())]
    output: Vec<ShownAs<Form>>,
    #[command(flatten)]
    registries: FromRegistries,
    #[command(flatten)]
    limits: LoadLimits,
    /// A configuration, for what it says of registries and signatures; repeatable, a later one
    /// wins.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Shows it.
pub(crate) fn run(typed: &Inspect, looks: Looks) -> Result<Exit, Failure> {
    let words = [Some(&typed.inspected), typed.against.as_ref()];
    let read: Vec<_> = words
        .iter()
        .flatten()
        .flat_map(|it| {
            pack_files::named_files(&Packs { packs: vec![(*it).clone()], ..Packs::default() })
        })
        .map(|it| ("a pack", it))
        .collect();
    let places = Places::of(&typed.output, &read)?;
    let packs = views(&typed.inspected, typed)?;
    let more = match &typed.against {
        None => None,
        Some(old) => {
            let old = views(old, typed)?;
            let ([new], [old]) = (&packs[..], &old[..]) else {
                return Err(Failure::usage("--against compares two packs, and more were named")
                    .help("name the file of one pack on each side"));
            };
            Some((old.clone(), asks_for_more(old, new)))
        }
    };
    let asks = more.as_ref().map(|it| it.1.as_slice());
    let text = |form| match form {
        Form::Json => PackView::json(&packs, asks),
        Form::Text => match (&more, &packs[..]) {
            (Some((old, asks)), [new]) => compared(old, new, asks),
            _ => packs.iter().map(PackView::text).collect::<Vec<_>>().join("\n"),
        },
    };
    let unwritten = places.write(&typed.output, text, looks);
    unwritten.iter().for_each(output::complain);
    let exit = if asks.is_some_and(|it| !it.is_empty()) { Exit::Findings } else { Exit::Clean };
    Ok(unwritten.iter().map(|it| it.exit).fold(exit, Exit::max))
}

/// Each pack of what was named.
fn views(word: &str, typed: &Inspect) -> Result<Vec<PackView>, Failure> {
    let Inspect { registries, limits, config, .. } = typed;
    let shown = |word: String| ShownPacks {
        named: Packs { packs: vec![word], registries: registries.clone() },
        limits: limits.clone(),
        config: config.clone(),
    };
    if word == STANDARD {
        let packs = packs::load_all(&shown(word.to_owned()))?.into_iter();
        return packs.map(|it| view(it, Vec::new())).collect();
    }
    if Reference::is_one(word) {
        let (config, files) = config::read(config)?;
        let configured = Configured::of(&config, &files)?;
        let mut loaded = packs::load_whole(&shown(word.to_owned()), &configured)?;
        let (_, pulled) = loaded.pulled.pop().expect("it was loaded");
        let signed_by = pulled.signed_by.unwrap_or_else(|| "nobody who is known".to_owned());
        let bytes = pulled.content.size();
        let digest = pulled.digest.to_string();
        let file = FileView { path: word.to_owned(), bytes, digest };
        let seen = |pack| {
            let view = view(pack, vec![file.clone()])?;
            Ok(PackView { signed_by: Some(signed_by.clone()), ..view })
        };
        return loaded.packs.into_iter().map(seen).collect();
    }
    let mut views = Vec::new();
    for file in pack_files::files(word)? {
        // What is no pack, a device for example, is refused here, and is not read below.
        let packs = packs::load_all(&shown(file.to_string_lossy().into_owned()))?;
        let files = file_views(&file)?;
        for pack in packs {
            views.push(view(pack, files.clone())?);
        }
    }
    Ok(views)
}

/// The files of a pack: of one in Rego its policies too.
fn file_views(file: &Path) -> Result<Vec<FileView>, Failure> {
    let view = |path: String, bytes: &[u8]| {
        let digest = Digest::of(bytes).to_string();
        FileView { path, bytes: bytes.len(), digest }
    };
    if is_text(file)
        && let Ok(texts) = pack_texts::read(file, usize::MAX)?
    {
        return Ok(texts.into_iter().map(|it| view(it.path, it.content.as_bytes())).collect());
    }
    let path = file.display().to_string();
    let bytes = fs::read(file)
        .map_err(|it| Failure::usage(format!("cannot read the pack {path}: {it}")))?;
    Ok(vec![view(path, &bytes)])
}

fn view(pack: rulebox_engine::Pack, files: Vec<FileView>) -> Result<PackView, Failure> {
    let mut view = PackView::of(pack.info());
    (view.files, view.contract, view.imports) = (files, pack.contract(), pack.imports());
    let plan = Plan::new([pack].into(), &Choice::default(), Config::default(), &packs::built_in())?;
    view.role = Roles::of(&plan.needs_view(), &Plurals::default())?.values();
    Ok(view)
}

/// What the new version asks for more.
fn compared(old: &PackView, new: &PackView, asks: &[String]) -> String {
    let of = |it: &PackView| format!("{} {}", escape(&it.name), escape(&it.version));
    let mut text = match asks {
        [] => format!("{} asks for no more than {}\n", of(new), of(old)),
        asks => {
            let lines = asks.iter().map(|it| format!("  {}\n", escape(it)));
            let lines = lines.collect::<String>();
            format!("{} asks for more than {}:\n{lines}", of(new), of(old))
        }
    };
    let bytes = |it: &PackView| it.files.iter().map(|it| it.bytes).sum::<usize>();
    if let (1.., 1..) = (bytes(old), bytes(new)) {
        let _ = writeln!(text, "\nsize: {} bytes, which was {}", bytes(new), bytes(old));
    }
    text
}
