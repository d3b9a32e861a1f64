//! What the user decides: which rules run, how bad their findings are, and which findings are
//! known.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rulebox_core::{
    Expiry, PackInfo, Report, ReportedFinding, RuleOutcome, RuleResult, Suppression, closest,
    text::{escape, escaped},
};

use serde_json::Value;

use crate::{Config, RunError, config::Suppress};

/// The rules that a user names, each `vault-unavailable` or `backup-center/vault-unavailable`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The only rules to evaluate; empty for all.
    pub rules: Vec<String>,
    /// Rules to leave out, also where `rules` names them.
    pub skip_rules: Vec<String>,
}

/// A rule, as pack and id.
type RuleName = (String, String);

/// The rules to evaluate, and the rules that were left out by their name.
#[derive(Debug)]
pub(crate) struct Chosen {
    rules: BTreeSet<RuleName>,
    skipped: BTreeSet<RuleName>,
}

impl Chosen {
    /// Finds the rules that were named. A name that no pack knows is an error: with a misspelt
    /// name, the rule that was meant would silently not run.
    pub(crate) fn of(choice: &Choice, packs: &[&PackInfo]) -> Result<Self, RunError> {
        let find_all = |names: &[String], argument| -> Result<BTreeSet<RuleName>, RunError> {
            let mut found = BTreeSet::new();
            for name in names {
                found.extend(find_rules(name, packs).map_err(|it| it.of_argument(argument))?);
            }
            Ok(found)
        };
        let Choice { rules, skip_rules } = choice;
        let mut chosen = if rules.is_empty() {
            all(packs).into_iter().collect()
        } else {
            find_all(rules, "--rule")?
        };
        let skipped = find_all(skip_rules, "--skip-rule")?;
        chosen.retain(|it| !skipped.contains(it));
        if chosen.is_empty() && !packs.is_empty() {
            return Err(RunError::new("no rule is left to evaluate")
                .help("--skip-rule takes away all that --rule names"));
        }
        Ok(Self { rules: chosen, skipped })
    }

    /// The chosen rules of a pack, in its order.
    pub(crate) fn of_pack<'p>(&self, pack: &'p PackInfo) -> Vec<&'p str> {
        let chosen = |id: &str| self.rules.contains(&(pack.name.clone(), id.to_owned()));
        pack.rules.iter().map(|it| it.id.as_str()).filter(|it| chosen(it)).collect()
    }

    /// Why a rule is not evaluated. Where both apply, `--skip-rule` is the reason: it names the
    /// rule.
    pub(crate) fn skip_reason(&self, pack: &str, rule: &str) -> &'static str {
        if self.skipped.contains(&(pack.to_owned(), rule.to_owned())) {
            "--skip-rule"
        } else {
            "not named by --rule"
        }
    }
}

fn all(packs: &[&PackInfo]) -> Vec<RuleName> {
    packs
        .iter()
        .flat_map(|pack| pack.rules.iter().map(|it| (pack.name.clone(), it.id.clone())))
        .collect()
}

/// The rules that a name means, as pack and id: the rule of that name in each pack, or in the one
/// pack that the name begins with.
pub fn find_rules(name: &str, packs: &[&PackInfo]) -> Result<Vec<(String, String)>, RunError> {
    let known = all(packs);
    let meant: Vec<_> = known.iter().filter(|it| names(name, &it.0, &it.1)).cloned().collect();
    if meant.is_empty() {
        let begins = |it: &&str| !name.is_empty() && it.starts_with(name);
        let begin: BTreeSet<_> = known.iter().map(|it| it.1.as_str()).filter(begins).collect();
        let begin: Vec<_> = begin.into_iter().collect();
        let help = match near_rule(name, &known) {
            Some(near) => near,
            None if !begin.is_empty() => format!("rules that begin so: {}", begin.join(", ")),
            None if name.contains(',') => "name one at a time, and repeat the argument".to_owned(),
            None => "see all: rulebox rules list".to_owned(),
        };
        return Err(RunError::new(format!("there is no rule `{name}`")).help(help));
    }
    Ok(meant)
}

/// What a rule's name may have meant: the name is short where it was typed without its pack.
fn near_rule(name: &str, known: &[RuleName]) -> Option<String> {
    let full: Vec<_> = known.iter().map(|(pack, rule)| format!("{pack}/{rule}")).collect();
    let typed_rule = name.split_once('/').map_or(name, |it| it.1);
    let rules = || known.iter().map(|it| it.1.as_str());
    let with_pack = closest(name, full.iter().map(String::as_str)).filter(|_| name.contains('/'));
    let meant = with_pack.or_else(|| closest(typed_rule, rules()))?;
    Some(format!("did you mean `{meant}`?"))
}

fn names(name: &str, pack: &str, rule: &str) -> bool {
    name.split_once('/').map_or(name == rule, |(p, r)| p == pack && r == rule)
}

/// Compares the names of packs and rules in a configuration with the packs that are loaded, and
/// with those that a run may load by a word (`built_in`): a misspelt name would silently do
/// nothing. Several runs may share a configuration, so a pack that is not loaded is left for a run
/// that loads it, unless its name is near to that of another; where nobody can know the name, the
/// returned notes say so.
pub(crate) fn validate(
    config: &Config,
    packs: &[&PackInfo],
    built_in: &[&str],
) -> Result<Vec<String>, RunError> {
    let loaded = |name: &str| packs.iter().any(|it| it.name == name);
    let mut unknown = BTreeSet::new();
    let mut pack = |name: &str, place: &[&str]| {
        if loaded(name) || built_in.contains(&name) {
            return Ok(());
        }
        let known = packs.iter().map(|it| it.name.as_str()).chain(built_in.iter().copied());
        if let Some(meant) = closest(name, known) {
            return Err(RunError::new(format!("there is no pack `{name}`"))
                .help(format!("did you mean `{meant}`?"))
                .in_configuration(place.iter().copied()));
        }
        unknown.insert(name.to_owned());
        Ok(())
    };
    for (name, value) in &config.settings {
        if !loaded(name)
            && !built_in.contains(&name.as_str())
            && let Some((pack, setting)) = setting(name, value, packs)
        {
            return Err(RunError::new("settings of a pack stand below its name")
                .help(format!("write settings.{pack}.{setting}"))
                .in_configuration(["settings", name]));
        }
        pack(name, &["settings", name])?;
    }
    let severities =
        config.severities.keys().map(|it| (it, vec!["severities".to_owned(), it.clone()]));
    let suppressions = config.suppressions.iter().enumerate().filter_map(|(nth, it)| {
        let place = ["suppressions", &nth.to_string(), "rule"].map(str::to_owned);
        Some((it.rule.as_ref()?, place.to_vec()))
    });
    for (rule, place) in severities.chain(suppressions) {
        let named = rule.split_once('/').map(|it| it.0);
        if let Some(name) = named {
            pack(name, &place.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        if named.is_none_or(loaded) {
            find_rules(rule, packs).map_err(|it| it.in_configuration(place))?;
        }
    }
    let note = |name: &String| {
        escaped(format!(
            "the configuration names the pack `{name}`, which this run does not load: what it says \
             of it has no effect; check the name, or load the pack by --pack"
        ))
    };
    Ok(unknown.iter().map(note).collect())
}

/// The setting of a pack that stands where the name of a pack should, and its pack. Settings of a
/// pack are keys: another value may be that of a setting whose name is near.
fn setting(name: &str, value: &Value, packs: &[&PackInfo]) -> Option<(String, String)> {
    packs.iter().find_map(|pack| {
        let schema: Value = serde_json::from_str(&pack.settings_schema).ok()?;
        let known = schema.get("properties")?.as_object()?;
        let near = || closest(name, known.keys().map(String::as_str));
        let setting = match known.get_key_value(name) {
            Some((exact, _)) => exact,
            None if value.is_object() || value.is_null() => return None,
            None => near()?,
        };
        Some((pack.name.clone(), setting.to_owned()))
    })
}

/// Gives each finding and each rule the severity that the configuration names.
pub(crate) fn override_severities(report: &mut Report, config: &Config) {
    // The longer name, with the pack, is the more exact one.
    let severity = |pack: &str, rule: &str| {
        config
            .severities
            .get(&format!("{pack}/{rule}"))
            .or_else(|| config.severities.get(rule))
            .map(|it| it.0)
    };
    for ReportedFinding { pack, finding, .. } in &mut report.findings {
        finding.severity = severity(pack, &finding.rule).unwrap_or(finding.severity);
    }
    for outcome in &mut report.rules {
        outcome.severity = severity(&outcome.pack, &outcome.rule.id).unwrap_or(outcome.severity);
    }
}

/// Suppresses the findings that are known, and returns notes about the suppressions that have
/// expired or that match no finding. They expire by the earliest moment that the report may speak
/// of in the finding's cluster; where that is unknown, none has expired.
pub(crate) fn suppress(report: &mut Report, config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    for (i, suppress) in config.suppressions.iter().enumerate() {
        let Suppress { reason, expires, .. } = suppress;
        let shown = escape(reason);
        let over = |it: &ReportedFinding| {
            expires.as_ref().filter(|end| {
                is_over(end.time, report.as_of_cluster(&it.cluster).moment.earliest())
            })
        };
        let matching = report.findings.iter().enumerate().filter(|it| matches(suppress, it.1));
        let matching: Vec<_> = matching.map(|(nth, it)| (nth, over(it))).collect();
        if matching.is_empty() {
            // Of a rule that was left out, nobody can say what it would have found.
            let is_of = |it: &&RuleOutcome| {
                let rule = suppress.rule.as_deref();
                rule.is_none_or(|name| names(name, &it.pack, &it.rule.id))
            };
            let mut outcomes = report.rules.iter().filter(is_of).peekable();
            let left_out =
                outcomes.peek().is_some() && outcomes.all(|it| it.result == RuleResult::Skipped);
            if !left_out {
                notes.push(format!("suppressions[{i}] ({shown}) silences nothing"));
            }
            continue;
        }
        if let Some(Expiry { typed, .. }) = matching.iter().find_map(|it| it.1) {
            notes.push(format!(
                "suppressions[{i}] ({shown}) has expired ({typed}): its findings count again"
            ));
        }
        for (nth, _) in matching.into_iter().filter(|it| it.1.is_none()) {
            report.findings[nth].suppressed.get_or_insert_with(|| Suppression {
                reason: reason.clone(),
                expires: expires.clone(),
            });
        }
    }
    notes
}

fn is_over(expires: Timestamp, as_of: Option<Timestamp>) -> bool {
    as_of.is_some_and(|it| it >= expires)
}

fn matches(suppress: &Suppress, found: &ReportedFinding) -> bool {
    let Suppress { fingerprint, rule, kind, namespace, name, cluster, reason: _, expires: _ } =
        suppress;
    let subject = &found.finding.subject;
    let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
    same(fingerprint, &found.fingerprint)
        && same(cluster, &found.cluster)
        && rule.as_deref().is_none_or(|it| names(it, &found.pack, &found.finding.rule))
        && same(kind, &subject.kind)
        && same(namespace, &subject.namespace)
        && same(name, &subject.name)
}

#[cfg(test)]
mod tests {
    use rulebox_core::{AsOf, Finding, Moment, ObjectRef, RuleInfo, Severity};

    use super::*;

    fn pack(name: &str, rules: &[&str]) -> PackInfo {
        let rule = |id: &&str| RuleInfo {
            id: (*id).to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        };
        PackInfo {
            name: name.to_owned(),
            rules: rules.iter().map(rule).collect(),
            ..PackInfo::default()
        }
    }

    #[track_caller]
    fn check_chosen(rule: &[&str], skip: &[&str], want: Result<&[&str], &str>) {
        let (a, b) = (pack("a", &["one", "two"]), pack("b", &["two", "three"]));
        let owned = |it: &[&str]| it.iter().map(|&it| it.to_owned()).collect();
        let choice = Choice { rules: owned(rule), skip_rules: owned(skip) };
        match (Chosen::of(&choice, &[&a, &b]), want) {
            (Ok(chosen), Ok(want)) => {
                let got: Vec<_> = [&a, &b].into_iter().flat_map(|it| chosen.of_pack(it)).collect();
                assert_eq!(got, want);
            }
            (Err(error), Err(want)) => assert_eq!(error.message, want),
            (got, want) => panic!("{:?}, expected {want:?}", got.map(|it| it.rules)),
        }
    }

    #[test]
    fn rules_are_chosen_by_id_or_by_pack_and_id() {
        check_chosen(&[], &[], Ok(&["one", "two", "two", "three"]));
        check_chosen(&["two"], &[], Ok(&["two", "two"]));
        check_chosen(&["b/two"], &[], Ok(&["two"]));
        check_chosen(&[], &["two", "a/one"], Ok(&["three"]));
    }

    #[test]
    fn a_rule_that_no_pack_knows_is_an_error() {
        check_chosen(&["tow"], &[], Err("--rule: there is no rule `tow`"));
        check_chosen(&["a/three"], &[], Err("--rule: there is no rule `a/three`"));
        check_chosen(&["one"], &["one"], Err("no rule is left to evaluate"));
    }

    /// Why the rules `one` and `two` of a pack that has a third are not evaluated.
    #[track_caller]
    fn check_reasons(rule: &[&str], skip: &[&str], one: &str, two: &str) {
        let pack = pack("a", &["one", "two", "three"]);
        let owned = |it: &[&str]| it.iter().map(|&it| it.to_owned()).collect();
        let choice = Choice { rules: owned(rule), skip_rules: owned(skip) };
        let chosen = Chosen::of(&choice, &[&pack]).expect("known rules");
        assert_eq!(chosen.of_pack(&pack), ["three"]);
        assert_eq!(chosen.skip_reason("a", "one"), one);
        assert_eq!(chosen.skip_reason("a", "two"), two);
    }

    #[test]
    fn a_rule_that_was_skipped_by_its_name_says_so() {
        check_reasons(&[], &["one", "two"], "--skip-rule", "--skip-rule");
        check_reasons(&["two", "three"], &["two"], "not named by --rule", "--skip-rule");
        check_reasons(&["three"], &["a/one"], "--skip-rule", "not named by --rule");
    }

    #[test]
    fn a_rule_that_was_not_chosen_says_so() {
        check_reasons(&["three"], &[], "not named by --rule", "not named by --rule");
    }

    fn report() -> Report {
        let finding = Finding {
            rule: "one".to_owned(),
            severity: Severity::High,
            subject: ObjectRef {
                kind: "Pod".to_owned(),
                namespace: "n".to_owned(),
                name: "x".to_owned(),
                ..ObjectRef::default()
            },
            summary: String::new(),
            cause: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            labels: Vec::new(),
            caused_by: Vec::new(),
        };
        let found = ReportedFinding {
            cluster: String::new(),
            pack: "a".to_owned(),
            fingerprint: "f".to_owned(),
            finding,
            place: None,
            evidence_places: Vec::new(),
            suppressed: None,
            causes: Vec::new(),
        };
        let moment = Moment::bounded("2026-09-15T00:00:00Z".parse().ok(), None);
        Report {
            findings: vec![found],
            as_of: AsOf { moment, ..AsOf::default() },
            ..Report::default()
        }
    }

    /// `suppressed` says what becomes of the one finding, `note` is part of the one note.
    #[track_caller]
    fn check_suppress(suppression: &str, suppressed: bool, note: Option<&str>) {
        let mut report = report();
        let config: Config = serde_json::from_str(&format!(
            r#"{{"suppressions": [{{"reason": "r", {suppression}}}]}}"#
        ))
        .expect("a configuration");
        let notes = suppress(&mut report, &config);
        assert_eq!(report.findings[0].suppressed.is_some(), suppressed);
        match note {
            None => assert!(notes.is_empty(), "{notes:?}"),
            Some(note) => assert!(notes[0].contains(note), "{notes:?}"),
        }
    }

    #[test]
    fn a_suppression_suppresses_what_it_names() {
        check_suppress(r#""rule": "one""#, true, None);
        check_suppress(
            r#""rule": "a/one", "namespace": "n", "name": "x", "kind": "Pod", "fingerprint": "f""#,
            true,
            None,
        );
    }

    #[test]
    fn a_suppression_that_matches_nothing_is_noted() {
        check_suppress(r#""rule": "b/one""#, false, Some("silences nothing"));
        check_suppress(r#""rule": "one", "name": "y""#, false, Some("silences nothing"));
    }

    #[test]
    fn a_suppression_of_a_rule_that_was_left_out_is_not_noted() {
        let outcome = |id: &str, result| RuleOutcome {
            cluster: String::new(),
            pack: "b".to_owned(),
            rule: pack("b", &[id]).rules.remove(0),
            severity: Severity::High,
            result,
            reasons: Vec::new(),
            stale_since: None,
        };
        let mut report = report();
        let rules = [outcome("two", RuleResult::Skipped), outcome("three", RuleResult::Pass)];
        report.rules = rules.into();
        let suppressions =
            ["b/two", "b/three"].map(|it| format!(r#"{{"reason": "r", "rule": "{it}"}}"#));
        let config = format!(r#"{{"suppressions": [{}]}}"#, suppressions.join(","));
        let config: Config = serde_json::from_str(&config).expect("a configuration");
        assert_eq!(suppress(&mut report, &config), ["suppressions[1] (r) silences nothing"]);
    }

    #[test]
    fn an_expired_suppression_is_noted_and_suppresses_nothing() {
        check_suppress(r#""rule": "one", "expires": "2026-09-14""#, false, Some("has expired"));
        check_suppress(r#""rule": "one", "expires": "2026-09-15""#, true, None);
    }
}
