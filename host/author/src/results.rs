//! How cases came out: for people, and as JSON.

use std::fmt::Write as _;

use rulebox_core::{PackInfo, text::escape};
use serde::Serialize;

use crate::{coverage::CoverageView, run::CaseResult};

/// How one case came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    /// `pod-crash-loop/bad_loop`.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What is wrong, in sentences.
    pub problems: Vec<String>,
    /// All that the rules said, of a case that does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// How all cases came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Results {
    /// The packs that were tested.
    pub packs: Vec<String>,
    /// In the order in which they ran.
    pub cases: Vec<CaseView>,
    /// How many cases are of other rules than those that were asked for.
    pub skipped: usize,
    /// What cases show, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<CoverageView>,
}

impl Results {
    /// Of these cases of these packs.
    pub fn of(packs: &[&PackInfo], cases: &[CaseResult], skipped: usize, coverage: bool) -> Self {
        let shown: Vec<_> = cases.iter().map(|it| &it.shown).collect();
        Self {
            packs: packs.iter().map(|it| format!("{} {}", it.name, it.version)).collect(),
            cases: cases.iter().map(view).collect(),
            skipped,
            coverage: coverage.then(|| CoverageView::of(packs, &shown)),
        }
    }

    /// Whether all cases hold.
    pub fn hold(&self) -> bool {
        self.cases.iter().all(|it| it.ok)
    }

    /// A line for each case, and more for those that do not hold. `quiet`: for those alone.
    pub fn text(&self, quiet: bool) -> String {
        let mut text = String::new();
        for CaseView { name, ok, problems, said } in &self.cases {
            if *ok && quiet {
                continue;
            }
            let mark = if *ok { "ok  " } else { "FAIL" };
            let _ = writeln!(text, "{mark}  {}", escape(name));
            for problem in problems {
                text += &indented(problem, "      ");
            }
            if let Some(said) = said {
                text += "      it said\n";
                text += &indented(said, "        ");
            }
        }
        if let Some(coverage) = &self.coverage {
            text += &coverage.text();
        }
        if !quiet {
            let _ = writeln!(text, "\n{}", self.summary());
        }
        text
    }

    fn summary(&self) -> String {
        let failed = self.cases.iter().filter(|it| !it.ok).count();
        let skipped = match self.skipped {
            0 => String::new(),
            many => format!(", {many} of other rules not run"),
        };
        format!(
            "{}: {} cases: {} ok, {failed} failed{skipped}",
            self.packs.join(", "),
            self.cases.len(),
            self.cases.len() - failed
        )
    }

    /// For programs.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("words and numbers are JSON");
        rulebox_report::visible_json(&format!("{text}\n"))
    }
}

fn view(result: &CaseResult) -> CaseView {
    let ok = result.problems.is_empty();
    CaseView {
        name: result.name.clone(),
        ok,
        problems: result.problems.clone(),
        said: result.said.clone().filter(|_| !ok),
    }
}

/// Each line of a text behind some blanks; none of them begins with what a text holds.
fn indented(text: &str, by: &str) -> String {
    let lines = text.lines().map(|it| format!("{by}{}\n", escape(it)));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let result = |name: &str, problems: &[&str]| CaseResult {
            name: name.to_owned(),
            problems: problems.iter().map(|&it| it.to_owned()).collect(),
            said: Some("high r: Pod a/b\n  what   <x>\n".to_owned()),
            ..CaseResult::default()
        };
        let pack =
            PackInfo { name: "p".to_owned(), version: "1".to_owned(), ..PackInfo::default() };
        let cases = [result("r/good_a", &[]), result("r/bad_b", &["missing: Pod\n::error::x"])];
        Results::of(&[&pack], &cases, 1, false)
    }

    #[test]
    fn a_case_is_a_line_and_one_that_fails_is_more() {
        let failed = "FAIL  r/bad_b\n      missing: Pod\n      ::error::x\n      it said\n        \
                      high r: Pod a/b\n          what   <x>\n";
        let summary = "\np 1: 2 cases: 1 ok, 1 failed, 1 of other rules not run\n";
        assert_eq!(results().text(false), format!("ok    r/good_a\n{failed}{summary}"));
        assert_eq!(results().text(true), failed);
        assert!(!results().hold());
    }

    #[test]
    fn a_pipeline_is_told_each_case() {
        let junit = results().junit();
        assert!(junit.contains(r#"tests="2""#) && junit.contains(r#"failures="1""#), "{junit}");
        assert!(junit.contains("| ::error::x") && junit.contains("&lt;x&gt;"), "{junit}");
        let json: serde_json::Value = serde_json::from_str(&results().json()).expect("JSON");
        assert_eq!(
            (&json["cases"][0]["ok"], &json["cases"][1]["ok"]),
            (&true.into(), &false.into())
        );
    }
}
