//! The documentation as a site: `cargo xtask docs` writes target/docs.
//!
//! ```text
//! host/docs, and the documents that it includes ─> book ─> target/book ─> mdbook ─> target/docs
//!                                                                   site: every link once more <─┘
//! ```
//!
//! What does not need mdbook is tested with everything else: that the book can be put together, and
//! that every link of every document leads somewhere.

mod book;
mod markdown;
mod site;

use std::fs;

use crate::{
    process::{Process, Result, root, write_if_changed},
    tools::Tool,
    wasm::target_dir,
};

/// Without what serves a book, which would take several minutes to compile.
const MDBOOK: Tool = Tool {
    name: "mdbook",
    version: "0.5.4",
    features: &["--no-default-features", "--features", "search"],
    purpose: "It builds the site",
};

/// How to build it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Build nothing, and say so, where mdbook is missing and cannot be installed.
    #[arg(long)]
    if_available: bool,
}

/// Builds the site, and checks its links.
pub(crate) fn run(options: &Options) -> Result {
    let files = book::put_together(&root())?;
    let mdbook = match MDBOOK.find_or_install() {
        Err(reason) if options.if_available => {
            eprintln!("{reason}\nThe site was not built. That its parts fit together is tested.");
            return Ok(());
        }
        found => found?,
    };
    let folder = target_dir().join("book");
    // A page that was taken away would stay.
    let _ = fs::remove_dir_all(&folder);
    for (path, content) in &files {
        write_if_changed(&folder.join(path), content)?;
    }
    let site = target_dir().join("docs");
    let _ = fs::remove_dir_all(&site);
    let built = Process::new(&mdbook).args(["build", "--dest-dir"]).args([&site, &folder]);
    built.run()?;
    site::check(&site)?;
    println!("{}", site.join("index.html").display());
    Ok(())
}
