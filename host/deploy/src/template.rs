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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(text: &str) -> Result<String, String> {
        let dot = json!({"a": {"b": "x", "list": [{"id": 1}, {"id": 2}], "none": ""}});
        let templates = Templates::read(&[("t", text)])?;
        let rendered = templates.render(&dot, &[("f", "file")])?;
        Ok(rendered.into_iter().map(|it| it.1).collect())
    }

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(render(text).as_deref(), Ok(want), "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, want: &str) {
        let error = render(text).expect_err("refused");
        assert!(error.starts_with("t: ") && error.contains(want), "{error}");
    }

    #[test]
    fn dashes_trim_what_stands_beside_them() {
        check("a \n {{- .a.b -}} \n c", "axc");
        check("a {{ .a.b }}\nc", "a x\nc");
        check("a{{/* nothing */ -}}  b", "ab");
    }

    #[test]
    fn branches_and_bodies() {
        let text = "{{ if .a.none }}1{{ else if eq .a.b \"y\" \"x\" }}2{{ else }}3{{ end }}";
        check(text, "2");
        check("{{ with .a.b }}<{{ . }}>{{ end }}{{ with .a.none }}no{{ end }}", "<x>");
        check("{{ range .a.list }}{{ .id }}{{ $.a.b }}{{ end }}", "1x2x");
        check("{{ range .a.nothing }}no{{ end }}", "");
    }

    #[test]
    fn calls_take_what_stands_before_the_bar() {
        check("{{ define \"p\" }}[{{ . }}]{{ end }}{{ include \"p\" .a.b | quote }}", "\"[x]\"");
        check("{{ printf \"%s=%s\" .a.b (default \"d\" .a.none) }}", "x=d");
        check("{{ .a.list | toYaml | nindent 2 }}", "\n  - id: 1\n  - id: 2");
        check("{{ .Files.Get \"f\" }}", "file");
        check("{{ and .a.b (not .a.none) (or .a.none 2) }}", "2");
        check("{{ gt (int 2) 1 }}{{ contains \"x\" .a.b }}", "truetrue");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        check_refused("{{ if .a }}", "is not closed");
        check_refused("{{ end }}", "closes nothing");
        check_refused("{{ .a", "is not closed");
        check_refused("{{ lookup \"v1\" }}", "`lookup` with 1 arguments is not known");
        check_refused("{{ $x }}", "`$x` is a variable");
        check_refused("{{ include \"p\" . }}", "there is no part `p`");
        check_refused("{{ required \"set it\" .a.none }}", "set it");
        check_refused(
            "{{ define \"p\" }}{{ include \"p\" . }}{{ end }}{{ include \"p\" . }}",
            "includes itself",
        );
    }
}
