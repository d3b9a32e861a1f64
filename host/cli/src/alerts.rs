//! `rulebox alerts`: rules for Prometheus, as text to print.

use clap::{Args, ValueEnum, ValueHint};
use rulebox_deploy::{RulesForm, RunbookBase, rules_text};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox alerts > rulebox-alerts.yaml
  rulebox alerts -o prometheusrule | kubectl -n monitoring apply -f -
  rulebox alerts --runbook-url https://git.example.com/rulebox/blob/main

host/deploy/ALERTS.md lists them. An alert asks for findings that nothing else explains, so that \
one fault is one alert.";

/// What is typed.
#[derive(Debug, Args)]
pub(crate) struct Alerts {
    /// How to write them: a file of rules, or an object of the Prometheus operator.
    #[arg(long, short, value_name = "FORMAT", default_value = "rules", ignore_case = true)]
    output: FormWord,
    /// Where a server shows the root of this repository: the alerts then lead to the pages about
    /// their rules. Without it, those about the backup center lead to its FAQ.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    #[arg(value_parser = RunbookBase::parse)]
    runbook_url: Option<RunbookBase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormWord {
    Rules,
    Prometheusrule,
}

/// The text to print.
pub(crate) fn run(typed: &Alerts) -> String {
    let form = match typed.output {
        FormWord::Rules => RulesForm::Rules,
        FormWord::Prometheusrule => RulesForm::PrometheusRule,
    };
    rules_text(form, &typed.runbook_url.clone().unwrap_or_default())
}
