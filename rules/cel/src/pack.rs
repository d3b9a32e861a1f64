//! A pack that was loaded, described to the host and evaluated for it.

use std::cell::RefCell;

use rulebox_core::{Moment, PackInfo};
use rulebox_sdk::{Host, Kept, Run};
use rulebox_text::{Problem, Text};

use crate::{
    error::Error,
    evaluate::{Evaluation, Indexes},
    load::{self, Loaded},
    objects::{Objects, reference},
    report,
    rule::{Metric, Rule},
    series::Series,
    value::{Keys, Value},
};

/// A pack of rules in YAML and CEL that has no problem.
#[derive(Debug)]
pub struct Pack {
    info: PackInfo,
    needs: Vec<String>,
    rules: Vec<Rule>,
    metrics: Vec<Metric>,
}

impl Pack {
    /// Reads and checks a pack of these files, `pack.yaml` first. The problems are told in the
    /// order of the text.
    pub fn load(texts: &[Text]) -> Result<Self, Vec<Problem>> {
        let Loaded { info, rules, metrics } = load::load(texts)?;
        let needs = info.needs.objects.iter().map(|it| it.id.clone()).collect();
        Ok(Self { info, needs, rules, metrics })
    }

    /// What the pack holds and needs.
    pub fn describe(&self) -> &PackInfo {
        &self.info
    }

    /// Evaluates the named rules over what was captured at this moment. The settings are JSON.
    pub fn evaluate(
        &self,
        host: &dyn Host,
        as_of: Moment,
        settings: &str,
        rules: &[String],
    ) -> Result<(), String> {
        let settings = Keys::default()
            .read(settings)
            .map_err(|it| format!("the settings are no JSON: {it}"))?;
        let kept = Kept::default();
        let mut asked = Vec::new();
        for id in rules {
            let nth = self.rules.iter().position(|it| it.id == *id);
            let nth = nth.ok_or_else(|| format!("the pack has no rule `{id}`"))?;
            let Rule { id, severity, .. } = &self.rules[nth];
            asked.push((nth, Run::new(host, (id, *severity), as_of, "", &kept)));
        }
        let objects = Objects::new(host, &self.needs);
        let indexes = Indexes::default();
        let mut needs: Vec<_> = asked.iter().map(|it| self.rules[it.0].need).collect();
        needs.sort_unstable();
        needs.dedup();
        let series = Series::default();
        for need in needs {
            let of_need = asked.iter().filter(|it| self.rules[it.0].need == need);
            objects.each(need, |object| {
                for (nth, run) in of_need.clone() {
                    let rule = &self.rules[*nth];
                    let evaluation = Evaluation {
                        source: &objects,
                        indexes: &indexes,
                        run,
                        settings: &settings,
                        object: object.clone(),
                        lets: &rule.lets,
                        known: RefCell::new(vec![None; rule.lets.len()]),
                    };
                    self.judge(rule, &evaluation);
                    for metric in self.metrics.iter().filter(|it| it.rule == *nth) {
                        if let Err(error) = series.add(metric, &evaluation) {
                            let why = report::reason(&error, &self.info);
                            host.debug(&format!("no sample of {}: {why}", metric.name));
                        }
                    }
                }
            });
        }
        series.report(host);
        for (_, run) in asked {
            run.finish();
        }
        Ok(())
    }

    fn judge(&self, rule: &Rule, evaluation: &Evaluation<'_>) {
        let Some(about) = reference(&evaluation.object) else {
            evaluation.run.undecided("an object cannot be read: it is no mapping");
            return;
        };
        match evaluation.is_true(&rule.when) {
            Ok(true) => evaluation.run.report(report::finding(rule, about, evaluation)),
            Ok(false) => {}
            Err(Error::Age(of)) => {
                evaluation.run.age_not_known(&about, &format!("the age of `{of}`"));
            }
            Err(error) => evaluation.run.untold(&about, &report::reason(&error, &self.info)),
        }
    }
}

impl Value {
    /// A number, for a metric.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(it) => Some(*it as f64),
            Self::Uint(it) => Some(*it as f64),
            Self::Double(it) => Some(*it),
            Self::Quantity(it) => Some(it.as_double()),
            Self::Timestamp(it) => Some(it.as_second() as f64),
            _ => None,
        }
    }
}
