//! Renders the templates of the chart as Helm would: the part of Go's templates that they use, and
//! no more. Real Helm renders the same files, and a test compares both.

mod call;
mod parse;
mod render;

use std::collections::BTreeMap;

use serde_json::Value;

/// Templates that were read, and the named parts that they share.
#[derive(Debug)]
pub(crate) struct Templates {
    files: Vec<(String, Vec<parse::Node>)>,
    parts: BTreeMap<String, Vec<parse::Node>>,
}

impl Templates {
    /// Reads templates by their file names.
    pub(crate) fn read(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut templates = Self { files: Vec::new(), parts: BTreeMap::new() };
        for (name, text) in files {
            let nodes = parse::parse(text, &mut templates.parts)
                .map_err(|reason| format!("{name}: {reason}"))?;
            templates.files.push(((*name).to_owned(), nodes));
        }
        Ok(templates)
    }

    /// What each file gives, in their order. `dot` is what the templates begin with; `files` are
    /// those that `.Files.Get` finds.
    pub(crate) fn render(
        &self,
        dot: &Value,
        files: &[(&str, &str)],
    ) -> Result<Vec<(&str, String)>, String> {
        let render = |(name, nodes): &'_ (String, Vec<parse::Node>)| {
            let scope = render::Scope { parts: &self.parts, files, root: dot };
            scope.render(nodes).map_err(|reason| format!("{name}: {reason}"))
        };
        self.files.iter().map(|it| Ok((it.0.as_str(), render(it)?))).collect()
    }
}
