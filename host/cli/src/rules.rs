//! `rulebox rules`: what packs say of themselves, as text to print, which `rulebox schema` asks for
//! too; what an author of rules does stands in files of its own below.

mod bench;
mod build;
mod cases;
mod inspect;
mod new;
mod programs;
mod record;
mod shown_as;
mod test;

use std::fmt::Write as _;

use clap::Subcommand;
use rulebox_core::{NeedSet, PackInfo, RuleInfo, closest, text::escape};
use rulebox_report::wrap;
use rulebox_run::{config_schema, find_rules};

pub(crate) use new::Language;

use crate::{
    exit::{self, Exit, Failure},
    output::{self, Looks},
    pack_args::ShownPacks,
    packs, share, share_args,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List the rules: severity, id, and the problem that each is named after.
    List {
        #[command(flatten)]
        packs: ShownPacks,
    },
    /// Show the documentation of a rule, and what it reads.
    Explain {
        /// `vault-unavailable`, or `backup-center/vault-unavailable`.
        rule: String,
        #[command(flatten)]
        packs: ShownPacks,
    },
    /// Run the fixtures and examples of a pack in the sandbox, and hold them to what they expect.
    #[command(after_long_help = format!("{}\n\n{}", test::EXAMPLES, exit::OF_RULES_TEST))]
    Test(Box<test::Test>),
    /// Begin a project of rules, in a language of your choice.
    #[command(after_long_help = format!("{}\n\n{}", new::EXAMPLES, exit::OF_RULES_NEW))]
    New(new::New),
    /// Compile a project of rules to a component, whatever its language.
    #[command(after_long_help = format!("{}\n\n{}", build::EXAMPLES, exit::OF_RULES_BUILD))]
    Build(build::Build),
    /// Show what a pack is and asks for, and what a new version asks for more.
    #[command(after_long_help = format!("{}\n\n{}", inspect::EXAMPLES, exit::OF_RULES_INSPECT))]
    Inspect(inspect::Inspect),
    /// Measure what a pack costs: per rule and per object, beside an empty pack.
    #[command(after_long_help = format!("{}\n\n{}", bench::EXAMPLES, exit::OF_RULES_BENCH))]
    Bench(Box<bench::Bench>),
    /// Make a small fixture of a finding in a dump, without names and secrets.
    #[command(after_long_help = format!("{}\n\n{}", record::EXAMPLES, exit::OF_RULES_RECORD))]
    Record(Box<record::Record>),
    #[command(flatten)]
    Share(share_args::Share),
}

/// Does what was typed behind `rules`.
pub(crate) fn run(command: &Rules, looks: Looks) -> Result<Exit, Failure> {
    let text = match command {
        Rules::List { packs } => list(&loaded(packs)?, output::screen()),
        Rules::Explain { rule, packs } => explained(rule, &loaded(packs)?)?,
        Rules::Test(typed) => return test::run(typed, looks),
        Rules::New(typed) => new::run(typed)?,
        Rules::Build(typed) => build::run(typed)?,
        Rules::Inspect(typed) => return inspect::run(typed, looks),
        Rules::Bench(typed) => return bench::run(typed, looks),
        Rules::Record(typed) => record::run(typed)?,
        Rules::Share(command) => share::run(command)?,
    };
    output::print_long(&text, looks)?;
    Ok(Exit::Clean)
}

/// What all rules of this name say of themselves.
fn explained(rule: &str, packs: &[PackInfo]) -> Result<String, Failure> {
    let infos: Vec<_> = packs.iter().collect();
    let found = find_rules(rule, &infos)?;
    let explained = found.iter().filter_map(|(pack, rule)| {
        let pack = packs.iter().find(|it| it.name == *pack)?;
        Some(explain(pack, pack.rules.iter().find(|it| it.id == *rule)?))
    });
    Ok(explained.collect::<Vec<_>>().join("\n"))
}

/// The word for the schema of the configuration, where others name a pack.
pub(crate) const CONFIG: &str = "config";

/// The word for the schema of packs that are written in YAML.
pub(crate) const RULE_PACK: &str = "rule-pack";

/// Tests of both languages hold it to what they read.
const RULE_PACK_SCHEMA: &str = include_str!("../../../rules/text/rule-pack.schema.json");

/// The JSON Schema of the settings of a pack, of the configuration, of packs in YAML, or of the
/// json output.
pub(crate) fn schema(pack: Option<&str>, packs: &ShownPacks) -> Result<String, Failure> {
    let Some(name) = pack else { return Ok(rulebox_report::json_schema()) };
    if name == RULE_PACK {
        return Ok(RULE_PACK_SCHEMA.to_owned());
    }
    let packs = loaded(packs)?;
    if name == CONFIG {
        let schema = config_schema(&packs.iter().collect::<Vec<_>>());
        return Ok(rulebox_report::visible_json(&format!("{schema:#}\n")));
    }
    let known = || packs.iter().map(|it| it.name.as_str());
    let pack = packs.iter().find(|it| it.name == name);
    let pack = pack.ok_or_else(|| {
        let all = || known().chain([CONFIG, RULE_PACK]);
        Failure::usage(format!("there is no pack `{name}`")).help(match closest(name, all()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are: {}", all().collect::<Vec<_>>().join(", ")),
        })
    })?;
    let schema: serde_json::Value =
        serde_json::from_str(&pack.settings_schema).unwrap_or_else(|_| serde_json::json!({}));
    Ok(rulebox_report::visible_json(&format!("{schema:#}\n")))
}

/// What the packs say of themselves.
fn loaded(packs: &ShownPacks) -> Result<Vec<PackInfo>, Failure> {
    Ok(packs::load_all(packs)?.iter().map(|it| it.info().clone()).collect())
}

/// A line for each rule; where `width` columns do not hold all of them, what each is about stands
/// below it.
fn list(packs: &[PackInfo], width: Option<usize>) -> String {
    const INDENT: usize = 10;
    let rows: Vec<_> = packs
        .iter()
        .flat_map(|pack| {
            pack.rules
                .iter()
                .map(|it| (it.severity, format!("{}/{}", pack.name, it.id), &it.summary))
        })
        .collect();
    let names = rows.iter().map(|it| it.1.len()).max().unwrap_or_default();
    let longest = rows.iter().map(|it| it.2.chars().count()).max().unwrap_or_default();
    let narrow = width.filter(|it| INDENT + names + 2 + longest > *it);
    let mut text = String::new();
    for (severity, rule, summary) in rows {
        match narrow {
            None => writeln!(text, "{severity:8}  {rule:names$}  {summary}"),
            Some(width) => {
                let below = wrap(summary, width.saturating_sub(INDENT));
                let below = below.iter().map(|it| format!("{:INDENT$}{it}\n", ""));
                write!(text, "{severity:8}  {rule}\n{}", below.collect::<String>())
            }
        }
        .expect("a string takes all");
    }
    text
}

fn explain(pack: &PackInfo, rule: &RuleInfo) -> String {
    let mut text = format!(
        "# {}/{} ({})\n\n{}\n",
        pack.name,
        rule.id,
        rule.severity,
        rule.documentation.trim_end()
    );
    text += "\n# What it reads\n\n";
    let NeedSet { objects, texts } = &pack.needs;
    for need in objects {
        let Some(how) = how(rule, &need.id) else { continue };
        let namespaces = if need.namespaces.is_empty() {
            "all namespaces".to_owned()
        } else {
            format!("namespace {}", escape(&need.namespaces.join(", ")))
        };
        let labels = if need.label_selector.is_empty() {
            String::new()
        } else {
            format!(", labels {}", escape(&need.label_selector))
        };
        writeln!(text, "- {} ({how}; {namespaces}{labels})", need.kind_name())
            .expect("a string takes all");
        if need.fields.is_empty() {
            text += "  - the whole object\n";
        }
        for field in &need.fields {
            writeln!(text, "  - {}", escape(field)).expect("a string takes all");
        }
    }
    for need in texts {
        let Some(how) = how(rule, &need.id) else { continue };
        writeln!(
            text,
            "- lines of {} that match `{}` ({how})",
            escape(&need.paths.join(", ")),
            escape(&need.pattern)
        )
        .expect("a string takes all");
    }
    let metrics: Vec<_> = pack.metrics.iter().filter(|it| it.rule == rule.id).collect();
    if !metrics.is_empty() {
        text += "\n# Metrics it gives\n\n";
    }
    for metric in metrics {
        let suffix =
            if metric.metric_type == rulebox_core::MetricType::Info { "_info" } else { "" };
        writeln!(
            text,
            "- `{}{suffix}{{{}}}`: {}",
            metric.name,
            metric.labels.join(","),
            escape(&metric.help)
        )
        .expect("a string takes all");
    }
    text
}

/// How a rule reads a need; none where it does not read it.
fn how(rule: &RuleInfo, need: &str) -> Option<&'static str> {
    let contains = |needs: &[String]| needs.iter().any(|it| it == need);
    if contains(&rule.requires) {
        Some("required")
    } else {
        contains(&rule.consults).then_some("consulted")
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::Severity;

    use super::*;

    #[track_caller]
    fn check(width: Option<usize>, want: &str) {
        let rule = |id: &str, summary: &str| RuleInfo {
            id: id.to_owned(),
            severity: Severity::High,
            summary: summary.to_owned(),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        };
        let rules = vec![rule("short", "It is gone"), rule("longer", "It is here, but not ready")];
        let pack = PackInfo { name: "p".to_owned(), rules, ..PackInfo::default() };
        assert_eq!(list(&[pack], width), want);
    }

    #[test]
    fn a_rule_is_a_line_where_there_is_room() {
        let lines =
            "high      p/short   It is gone\nhigh      p/longer  It is here, but not ready\n";
        check(None, lines);
        check(Some(45), lines);
        let wrapped = "high      p/short\n          It is gone\n\
                       high      p/longer\n          It is here, but\n          not ready\n";
        check(Some(26), wrapped);
    }
}
