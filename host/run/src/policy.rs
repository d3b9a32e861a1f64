//! What the user decides: which rules run, how bad their findings are, and which findings are
//! known.

use std::collections::{BTreeSet, HashMap};

use rulebox_core::{
    Expiry, IGNORE, Inventory, Moment, ObjectRef, PackInfo, Report, ReportedFinding, RuleOutcome,
    RuleResult, Suppression, SuppressionSource, closest,
    text::{escape, escaped},
};

use serde_json::Value;

use crate::{
    Config, RunError,
    annotations::{Annotated, Ignore},
    by_namespace::{self, Namespaces},
    config::Suppress,
};

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
    let of_namespaces = || {
        let entries = config.namespaces.iter().enumerate();
        entries.map(|(nth, it)| (it, vec!["namespaces".to_owned(), nth.to_string()]))
    };
    let settings = config.settings.iter().map(|it| (it, Vec::new()));
    let own_settings = of_namespaces()
        .flat_map(|(it, place)| it.settings.iter().map(move |it| (it, place.clone())));
    for ((name, value), mut place) in settings.chain(own_settings) {
        place.extend(["settings".to_owned(), name.clone()]);
        if !loaded(name)
            && !built_in.contains(&name.as_str())
            && let Some((pack, setting)) = setting(name, value, packs)
        {
            return Err(RunError::new("settings of a pack stand below its name")
                .help(format!("write settings.{pack}.{setting}"))
                .in_configuration(place));
        }
        pack(name, &place.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    for name in config.limits.keys() {
        pack(name, &["limits", name])?;
    }
    let severities =
        config.severities.keys().map(|it| (it, vec!["severities".to_owned(), it.clone()]));
    let suppressions = config.suppressions.iter().enumerate().filter_map(|(nth, it)| {
        let place = ["suppressions", &nth.to_string(), "rule"].map(str::to_owned);
        Some((it.rule.as_ref()?, place.to_vec()))
    });
    let own_severities = of_namespaces().flat_map(|(it, place)| {
        it.severities.keys().map(move |rule| {
            let below = ["severities".to_owned(), rule.clone()];
            (rule, place.iter().cloned().chain(below).collect())
        })
    });
    for (rule, place) in severities.chain(own_severities).chain(suppressions) {
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

/// Gives each finding and each rule the severity that the configuration names, in the namespace of
/// the finding before all others, and returns a note where that may be another. `namespaces`: those
/// of each cluster.
pub(crate) fn override_severities(
    report: &mut Report,
    config: &Config,
    namespaces: &[(String, Namespaces)],
) -> Option<String> {
    let none = Namespaces::of(&Inventory::default());
    let mut unknown = BTreeSet::new();
    // The longer name, with the pack, is the more exact one.
    let severity = |pack: &str, rule: &str| {
        config
            .severities
            .get(&format!("{pack}/{rule}"))
            .or_else(|| config.severities.get(rule))
            .map(|it| it.0)
    };
    for ReportedFinding { cluster, pack, finding, .. } in &mut report.findings {
        let known = namespaces.iter().find(|it| it.0 == *cluster).map_or(&none, |it| &it.1);
        let names = (pack.as_str(), finding.rule.as_str());
        let (own, may_be_another) =
            by_namespace::severity(&config.namespaces, names, &finding.subject, known);
        if may_be_another {
            unknown.insert((cluster.clone(), finding.subject.namespace.clone()));
        }
        let severity = own.or_else(|| severity(pack, &finding.rule));
        finding.severity = severity.unwrap_or(finding.severity);
    }
    for outcome in &mut report.rules {
        outcome.severity = severity(&outcome.pack, &outcome.rule.id).unwrap_or(outcome.severity);
    }
    let (_, name) = unknown.first()?;
    let which = match unknown.len() {
        1 => format!("the namespace {}", escape(name)),
        many => format!("{many} namespaces, such as {},", escape(name)),
    };
    Some(format!(
        "the labels of {which} are not known: severities that `namespaces` of the configuration \
         gives by labels do not hold there"
    ))
}

/// Suppresses the findings that are known, and returns notes about the suppressions that have
/// expired, that may have expired, or that match no finding. One suppresses while no moment that
/// the report may speak of in the finding's cluster lies behind its expiry.
pub(crate) fn suppress(report: &mut Report, config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    for suppress in &config.suppressions {
        let Suppress { reason, expires, place, .. } = suppress;
        let shown = escape(reason);
        let over =
            |it: &ReportedFinding| over(expires.as_ref(), report.as_of_cluster(&it.cluster).moment);
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
                notes.push(format!("{place} ({shown}) silences nothing"));
            }
            continue;
        }
        let overs: BTreeSet<_> = matching.iter().filter_map(|it| it.1.clone()).collect();
        notes.extend(overs.iter().map(|it| format!("{place} ({shown}) {it}")));
        for (nth, _) in matching.into_iter().filter(|it| it.1.is_none()) {
            report.findings[nth].suppressed.get_or_insert_with(|| Suppression {
                reason: reason.clone(),
                expires: expires.clone(),
                source: SuppressionSource::Configuration,
            });
        }
    }
    notes
}

/// Suppresses the findings that the annotations of their objects say to be known, and returns notes
/// about what in these cannot be understood, has expired or matches no finding. A finding that the
/// configuration suppresses stays with its reason.
pub(crate) fn suppress_annotated(report: &mut Report, annotated: &[Annotated]) -> Vec<String> {
    /// More are counted: an annotation in a template stands on each object that is made of it.
    const NOTES: usize = 20;
    fn name(object: &ObjectRef) -> [&str; 4] {
        [object.group(), &object.kind, &object.namespace, &object.name]
    }
    if annotated.is_empty() {
        return Vec::new();
    }
    let mut by_object: HashMap<_, Vec<_>> = HashMap::new();
    for (nth, it) in report.findings.iter().enumerate() {
        let of = (it.cluster.as_str(), name(&it.finding.subject));
        by_object.entry(of).or_default().push(nth);
    }
    let (mut notes, mut known) = (Vec::new(), Vec::new());
    for it in annotated {
        let place = it.place();
        let found = by_object.get(&(it.cluster.as_str(), name(&it.object)));
        // A name may be of another object now.
        let own = it.object.uid.as_str();
        let is_same = |uid: &str| uid.is_empty() || own.is_empty() || own == uid;
        let found: Vec<_> = found.into_iter().flatten().copied().collect();
        for ignore in it.entries() {
            let Ignore { rule, reason, expires } = match ignore {
                Ok(ignore) => ignore,
                Err(wrong) => {
                    notes.push(format!("{place}: {wrong}; it silences nothing"));
                    continue;
                }
            };
            let matching: Vec<_> = found
                .iter()
                .copied()
                .filter(|nth| {
                    let ReportedFinding { pack, finding, .. } = &report.findings[*nth];
                    names(&rule, pack, &finding.rule) && is_same(&finding.subject.uid)
                })
                .collect();
            if matching.is_empty() {
                notes.extend(unused(report, &it.cluster, &rule).map(|it| format!("{place}: {it}")));
                continue;
            }
            if let Some(over) = over(expires.as_ref(), report.as_of_cluster(&it.cluster).moment) {
                notes.push(format!("{place}: what it says of {rule} {over}"));
                continue;
            }
            let source = SuppressionSource::Annotation;
            let suppression = Suppression { reason, expires, source };
            known.extend(matching.into_iter().map(|nth| (nth, suppression.clone())));
        }
    }
    for (nth, suppression) in known {
        report.findings[nth].suppressed.get_or_insert(suppression);
    }
    let more = notes.len().saturating_sub(NOTES);
    notes.truncate(NOTES);
    if more > 0 {
        notes.push(format!("{more} more annotations {IGNORE} silence nothing, or not any more"));
    }
    notes
}

/// Why an annotation of an object matches none of its findings; none where the rule was left out,
/// so that nobody can say what it would have found.
fn unused(report: &Report, cluster: &str, rule: &str) -> Option<String> {
    let of_cluster = || report.rules.iter().filter(|it| it.cluster == cluster);
    let mut outcomes = of_cluster().filter(|it| names(rule, &it.pack, &it.rule.id)).peekable();
    if outcomes.peek().is_none() {
        let known = of_cluster().map(|it| it.rule.id.as_str());
        let meant = closest(rule.rsplit('/').next().unwrap_or(rule), known);
        let meant = meant.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        return Some(format!("no pack of this run has a rule `{}`{meant}", escape(rule)));
    }
    let left_out = outcomes.all(|it| it.result == RuleResult::Skipped);
    (!left_out).then(|| format!("what it says of {} silences nothing", escape(rule)))
}

/// That a suppression has expired, or may have: then its findings count, since one that is shown
/// too often does less harm than one that is hidden. None while it holds at each moment that the
/// input may be of.
fn over(expires: Option<&Expiry>, moment: Moment) -> Option<String> {
    let Expiry { time, typed } = expires?;
    if moment.earliest().is_some_and(|it| it >= *time) {
        return Some(format!("has expired ({typed}): its findings count again"));
    }
    let holds = moment.latest().is_some_and(|it| it < *time);
    (!holds).then(|| {
        format!(
            "may have expired ({typed}), so its findings count: when the input was taken is \
             {moment}; if you know it, type `--as-of TIME`"
        )
    })
}

fn matches(suppress: &Suppress, found: &ReportedFinding) -> bool {
    let Suppress { fingerprint, rule, kind, namespace, name, cluster, .. } = suppress;
    let subject = &found.finding.subject;
    let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|it| it == is);
    same(fingerprint, &found.fingerprint)
        && same(cluster, &found.cluster)
        && rule.as_deref().is_none_or(|it| names(it, &found.pack, &found.finding.rule))
        && same(kind, &subject.kind)
        && namespace.as_ref().is_none_or(|it| it.matches(&subject.namespace))
        && name.as_ref().is_none_or(|it| it.matches(&subject.name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebox_core::{AsOf, Coverage, Finding, Inventory, Json, ObjectSlot, RuleInfo, Severity};

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

    /// A moment between these dates, of which an empty one is not known.
    fn between(dates: [&str; 2]) -> Moment {
        let [earliest, latest] = dates.map(|it| format!("{it}T00:00:00Z").parse().ok());
        Moment::bounded(earliest, latest)
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
        Report {
            findings: vec![found],
            as_of: AsOf { moment: between(["2026-09-15"; 2]), ..AsOf::default() },
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
        let config = serde_json::from_str(&config).expect("JSON");
        let config = Config::from_value(config).expect("a configuration");
        assert_eq!(suppress(&mut report, &config), ["suppressions[1] (r) silences nothing"]);
    }

    #[test]
    fn a_pattern_of_names_suppresses_what_it_matches() {
        check_suppress(r#""name": "x*", "namespace": "?""#, true, None);
        check_suppress(r#""name": "[x]""#, false, Some("silences nothing"));
        check_suppress(r#""name": "y*""#, false, Some("silences nothing"));
    }

    /// What holds this object, with this annotation.
    fn annotated_inventory(object: &ObjectRef, text: &str) -> Inventory {
        let ObjectRef { namespace, name, uid, .. } = object;
        let metadata = format!(r#"{{"namespace":"{namespace}","name":"{name}","uid":"{uid}"}}"#);
        let json = format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{metadata}}}"#);
        let objects = vec![Json::from(json).annotated(text.into())];
        let (coverage, reason) = (Coverage::Complete, String::new());
        let slot = Arc::new(ObjectSlot { objects, coverage, reason });
        let objects = [("a/pods".to_owned(), slot)].into();
        Inventory { objects, ..Inventory::default() }
    }

    /// What an annotation of the object of the one finding, with this uid, makes of it: the reason
    /// by which it is suppressed, and part of the one note.
    #[track_caller]
    fn check_annotated(text: &str, uid: &str, reason: Option<&str>, note: Option<&str>) {
        let mut report = report();
        report.findings[0].finding.subject.uid = "u".to_owned();
        let rule = pack("a", &["one"]).rules.remove(0);
        report.rules = vec![RuleOutcome {
            cluster: String::new(),
            pack: "a".to_owned(),
            rule,
            severity: Severity::High,
            result: RuleResult::Fail,
            reasons: Vec::new(),
            stale_since: None,
        }];
        let object =
            ObjectRef { uid: uid.to_owned(), ..report.findings[0].finding.subject.clone() };
        let inventory = annotated_inventory(&object, text);
        let annotated = crate::annotations::annotated(&inventory, "");
        let notes = suppress_annotated(&mut report, &annotated);
        let suppressed = report.findings[0].suppressed.as_ref();
        assert_eq!(suppressed.map(|it| it.reason.as_str()), reason, "{notes:?}");
        assert!(suppressed.is_none_or(|it| it.source == SuppressionSource::Annotation));
        match note {
            None => assert!(notes.is_empty(), "{notes:?}"),
            Some(note) => assert!(notes.len() == 1 && notes[0].contains(note), "{notes:?}"),
        }
    }

    #[test]
    fn an_annotation_suppresses_the_finding_about_its_object() {
        check_annotated("one=a drill", "u", Some("a drill"), None);
        check_annotated("a/one=a drill (until 2026-12-31)", "", Some("a drill"), None);
    }

    #[test]
    fn an_annotation_that_suppresses_nothing_is_noted() {
        let place = "Pod n/x: annotation rulebox.dev/ignore: ";
        check_annotated("onne=a", "u", None, Some("has a rule `onne`; did you mean `one`?"));
        check_annotated("one", "u", None, Some(&format!("{place}`one` is not RULE=REASON")));
        let over = "what it says of one has expired (2026-09-14): its findings count again";
        check_annotated("one=a (until 2026-09-14)", "u", None, Some(over));
        check_annotated("one=a", "other", None, Some("what it says of one silences nothing"));
    }

    #[test]
    fn an_expired_suppression_is_noted_and_suppresses_nothing() {
        check_suppress(r#""rule": "one", "expires": "2026-09-14""#, false, Some("has expired"));
        check_suppress(r#""rule": "one", "expires": "2026-09-15""#, true, None);
    }

    /// What a suppression until 2026-09-30 says of itself, in the configuration and in an
    /// annotation, of an input that was taken between these dates; none where it suppresses.
    #[track_caller]
    fn check_over(dates: [&str; 2], want: Option<&str>) {
        let as_of = AsOf { moment: between(dates), ..AsOf::default() };
        let said = |mut report: Report, suppress: &dyn Fn(&mut Report) -> Vec<String>| {
            report.as_of = as_of.clone();
            let notes = suppress(&mut report);
            assert_eq!(report.findings[0].suppressed.is_some(), want.is_none(), "{notes:?}");
            assert_eq!(notes.len(), usize::from(want.is_some()), "{notes:?}");
            assert!(notes.iter().all(|it| it.contains(want.unwrap_or_default())), "{notes:?}");
        };
        let config =
            r#"{"suppressions": [{"reason": "r", "rule": "one", "expires": "2026-09-30"}]}"#;
        let config: Config = serde_json::from_str(config).expect("a configuration");
        said(report(), &|it| suppress(it, &config));
        let object = report().findings.remove(0).finding.subject;
        let text = "one=r (until 2026-09-30)";
        let annotated = crate::annotations::annotated(&annotated_inventory(&object, text), "");
        said(report(), &|it| suppress_annotated(it, &annotated));
    }

    #[test]
    fn a_suppression_that_may_have_expired_suppresses_nothing() {
        check_over(["2026-09-15", "2026-09-16"], None);
        check_over(["2026-10-01", "2026-10-02"], Some("has expired (2026-09-30)"));
        check_over(["2026-10-01", ""], Some("has expired (2026-09-30)"));
        let may =
            "may have expired (2026-09-30), so its findings count: when the input was taken is";
        check_over(["2026-09-15", "2026-10-01"], Some(&format!("{may} between 2026-09-15T00")));
        check_over(["2026-09-15", ""], Some(&format!("{may} 2026-09-15T00:00:00Z or later; if")));
        check_over(["", ""], Some(&format!("{may} unknown; if you know it, type `--as-of TIME`")));
    }
}
