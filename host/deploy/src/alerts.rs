//! The alerts: what is asked of Prometheus, for how long it must hold, and what is said. They ask
//! for findings, since a rule knows more than a number: its suppressions, and what explains what.

mod table;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::yaml::to_yaml;

pub use table::{Alert, alerts};

/// How the alerts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RulesForm {
    /// A file of rules for Prometheus.
    #[default]
    Rules,
    /// An object of the Prometheus operator.
    PrometheusRule,
}

/// Where the documentation of rules and alerts can be read: the root of this repository, as a
/// server shows it. Without one, alerts about the backup center lead to its FAQ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunbookBase(String);

/// What exists without a copy of this repository.
const FAQ: &str = "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/\
                   user-guide/faq-about-the-backup-center";

impl RunbookBase {
    /// A URL such as `https://git.example.org/rulebox/blob/main`.
    pub fn parse(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let is_host = |it: &str| !it.starts_with('/') && !it.is_empty();
        if !rest.is_some_and(is_host) || url.contains(|it: char| " #?{}\"".contains(it)) {
            return Err("not a URL such as https://git.example.org/rulebox/blob/main".to_owned());
        }
        Ok(Self(url.trim_end_matches('/').to_owned()))
    }

    fn of(&self, alert: &Alert) -> Option<String> {
        let Self(base) = self;
        match (base.as_str(), alert.rule) {
            ("", rule) => rule.map(|_| FAQ.to_owned()),
            (base, Some(rule)) => Some(format!("{base}/rules/standard/RULES.md#{rule}")),
            (base, None) => {
                Some(format!("{base}/host/deploy/ALERTS.md#{}", alert.name.to_lowercase()))
            }
        }
    }
}

/// The alerts as text.
pub fn rules_text(form: RulesForm, base: &RunbookBase) -> String {
    let groups = groups(base);
    let value = match form {
        RulesForm::Rules => groups,
        RulesForm::PrometheusRule => json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": "rulebox", "labels": {"app.kubernetes.io/name": "rulebox"}},
            "spec": groups,
        }),
    };
    to_yaml(&value) + "\n"
}

fn groups(base: &RunbookBase) -> Value {
    let alerts = alerts();
    let group = |name: &str, is_of: fn(&Alert) -> bool| {
        let rules: Vec<_> = alerts.iter().filter(|it| is_of(it)).map(|it| rule(it, base)).collect();
        json!({"name": name, "rules": rules})
    };
    let is_of_pack = |it: &Alert| it.name.starts_with("BackupCenter");
    json!({"groups": [
        group("backup-center", is_of_pack),
        group("rulebox", |it| !it.name.starts_with("BackupCenter")),
    ]})
}

fn rule(alert: &Alert, base: &RunbookBase) -> Value {
    let mut annotations = json!({"summary": alert.summary, "description": alert.description});
    if let Some(url) = base.of(alert) {
        annotations["runbook_url"] = url.into();
    }
    json!({
        "alert": alert.name,
        "expr": alert.expr,
        "for": alert.holds_for,
        "labels": {"severity": alert.severity},
        "annotations": annotations,
    })
}

/// The page that lists the alerts, with what to do about each.
pub fn alerts_page() -> String {
    let mut text = String::from(
        "<!-- Written by `cargo xtask codegen` from host/deploy/src/alerts/table.rs. -->\n\
         # Alerts\n\n\
         `rulebox alerts` prints them for Prometheus, `rulebox alerts -o prometheusrule` for its \
         operator; the chart has them too.\nAn alert about what another finding explains is not \
         raised: that finding has its own.\n",
    );
    for Alert { name, severity, holds_for, expr, summary, remedy, rule, .. } in alerts() {
        let rule = rule.map_or(String::new(), |it| {
            format!(" Rule: [{it}](../../rules/standard/RULES.md#{it}).")
        });
        let _ = write!(
            text,
            "\n## {name}\n\n{summary}. Severity `{severity}`, for {holds_for}.{rule}\n\n{remedy}\n\
             \n```promql\n{expr}\n```\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_a_url() {
        for url in ["", "git.example.org", "https://", "https:///a", "https://a b", "https://a#b"] {
            assert!(RunbookBase::parse(url).is_err(), "{url}");
        }
        let text = rules_text(
            RulesForm::Rules,
            &RunbookBase::parse("https://git.example.org/rulebox/blob/main/").expect("a URL"),
        );
        for url in
            ["rules/standard/RULES.md#vault-unavailable", "host/deploy/ALERTS.md#ruleboxstale"]
        {
            let line = format!("https://git.example.org/rulebox/blob/main/{url}\"\n");
            assert!(text.contains(&line), "{line}");
        }
    }

    #[test]
    fn each_alert_says_what_it_must() {
        let alerts = alerts();
        for (nth, alert) in alerts.iter().enumerate() {
            let Alert { name, severity, summary, description, .. } = alert;
            assert!(["critical", "warning", "info"].contains(severity), "{name}");
            assert!(!summary.contains("{{") && !summary.ends_with('.'), "{name}: {summary}");
            assert!(description.ends_with('.'), "{name}: {description}");
            assert!(!alerts[..nth].iter().any(|it| it.name == *name), "{name} stands twice");
        }
    }
}
