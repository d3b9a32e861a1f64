//! The metrics of a pack: for each object of a rule, a value.

use rulebox_core::{MetricInfo, MetricType};

use crate::{
    check::{Checked, check, check_as},
    document, names,
    rule::Metric,
    scope::{Origin, Scope},
    types::Type,
};

use super::{Loader, text};

impl Loader<'_, '_> {
    pub(super) fn metrics(&mut self, scopes: &mut [Scope]) -> (Vec<Metric>, Vec<MetricInfo>) {
        let (mut metrics, mut infos) = (Vec::new(), Vec::<MetricInfo>::new());
        let document = self.document;
        for written in &document.metrics {
            let name = text(written.name.as_ref());
            if let Some(scalar) = &written.name {
                names::metric(scalar, self.shared.problems);
                if infos.iter().any(|it| it.name == name) {
                    let message = format!("two metrics are called `{name}`");
                    self.shared.problems.add(scalar.at(), message, "give one another name");
                }
            }
            if let Some(help) = &written.help {
                names::line(help, "the help of a metric", self.shared.problems);
            }
            let Some(rule) = &written.rule else { continue };
            let Some(nth) = self.infos.iter().position(|it| it.id == rule.text) else {
                let rules = self.infos.iter().map(|it| it.id.as_str());
                let help = names::help(&rule.text, rules, "rules");
                let message = format!("the pack has no rule `{}`", rule.text);
                self.shared.problems.add(rule.at(), message, help);
                continue;
            };
            metrics.push(one(written, &name, nth, &mut scopes[nth], self));
            infos.push(MetricInfo {
                name,
                metric_type: written.metric_type,
                help: text(written.help.as_ref()),
                rule: rule.text.clone(),
                labels: written.labels.iter().map(|it| it.0.text.clone()).collect(),
            });
        }
        (metrics, infos)
    }
}

fn one(
    written: &document::Metric,
    name: &str,
    rule: usize,
    scope: &mut Scope,
    loader: &mut Loader<'_, '_>,
) -> Metric {
    let shared = &mut loader.shared;
    let over = scope.object.as_ref().map(|it| shared.needs[it.1].name.clone());
    if let (Some(wanted), Some(over)) = (&written.over, over)
        && wanted.text != over
    {
        let message = format!("the rule is for `{over}`, and this for `{}`", wanted.text);
        let help = "a metric has a value for each object of its rule: name the same need";
        shared.problems.add(wanted.at(), message, help);
    }
    let labels = written.labels.iter().map(|(label, value)| {
        names::snake(label, "a label", shared.problems);
        let Checked { code, shape, .. } = check(Origin::whole(value), scope, shared);
        shape.whole(&mut shared.masks);
        code
    });
    let labels = labels.collect();
    let when = written.when.as_ref();
    let when = when.map(|it| check_as(&Type::Bool, Origin::whole(it), scope, shared));
    let value = written.value.as_ref().map(|it| {
        let Checked { code, ty, shape, .. } = check(Origin::whole(it), scope, shared);
        shape.whole(&mut shared.masks);
        let number = ty.is_number() || matches!(ty, Type::Dyn | Type::Quantity | Type::Timestamp);
        if !number {
            let message = format!("the value of a metric is a number, and this is {ty}");
            let help = "write a number, `size(…)`, `quantity(…)`, or a time, in seconds";
            shared.problems.add(it.at(), message, help);
        }
        code
    });
    match (written.metric_type, &value) {
        (MetricType::Gauge, None) => {
            let help = "write an expression that gives a number";
            shared.problems.add(written.at, "a gauge has no `value`", help);
        }
        (MetricType::Info, Some(_)) => {
            let help = "remove `value`: that of an info metric is 1";
            shared.problems.add(written.at, "an info metric has a `value`", help);
        }
        _ => {}
    }
    Metric { name: name.to_owned(), rule, labels, when, value }
}
