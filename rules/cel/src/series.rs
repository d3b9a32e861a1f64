//! The values of metrics: those of one series are added up. A series of which a part is not known
//! has no value, since what is known of it would pass for all of it. A field that an object does
//! not have is no part as a value, and an empty text as a label.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use rulebox_core::Sample;
use rulebox_sdk::Host;

use crate::{
    error::Error, evaluate::Evaluation, operators::not_known, report::number, rule::Metric,
};

/// What has been added up.
#[derive(Default)]
pub(crate) struct Series(RefCell<Sums>);

#[derive(Default)]
struct Sums {
    /// By metric and labels; none where a part is not known.
    sums: BTreeMap<(String, Vec<String>), Option<f64>>,
    /// Metrics to any of whose series something may belong that is not known.
    doubted: BTreeSet<String>,
}

impl Series {
    /// Adds what an object gives. An error says why it gives nothing; what follows of it for the
    /// series is kept here.
    pub(crate) fn add(&self, metric: &Metric, evaluation: &Evaluation<'_>) -> Result<(), Error> {
        let mut sums = self.0.borrow_mut();
        let labels = match labels(metric, evaluation) {
            Ok(Some(labels)) => labels,
            Ok(None) => return Ok(()),
            Err(error) => {
                if !is_absent(&error) {
                    sums.doubted.insert(metric.name.clone());
                }
                return Err(error);
            }
        };
        let value = match &metric.value {
            None => Ok(None),
            Some(value) => evaluation.value(value).and_then(|it| number(&it)).map(Some),
        };
        if value.as_ref().is_err_and(is_absent) {
            return value.map(|_| ());
        }
        let sum = sums.sums.entry((metric.name.clone(), labels)).or_insert(Some(0.0));
        *sum = match (&value, *sum) {
            (Ok(Some(value)), Some(sum)) => Some(sum + value),
            (Ok(None), Some(_)) => Some(1.0),
            _ => None,
        };
        value.map(|_| ())
    }

    /// Gives the host what is known.
    pub(crate) fn report(self, host: &dyn Host) {
        let Sums { sums, doubted } = self.0.into_inner();
        for ((metric, label_values), value) in sums {
            if let Some(value) = value.filter(|_| !doubted.contains(&metric)) {
                host.add_sample(Sample { metric, label_values, value });
            }
        }
    }
}

/// The labels of the series that an object belongs to, if it belongs to any.
fn labels(metric: &Metric, evaluation: &Evaluation<'_>) -> Result<Option<Vec<String>>, Error> {
    if let Some(when) = &metric.when
        && !evaluation.is_true(when)?
    {
        return Ok(None);
    }
    let label = |it| match evaluation.value(it) {
        Ok(value) => not_known(&value).map_or_else(|| Ok(value.to_string()), Err),
        // To Prometheus a label without a value is one that is not there.
        Err(error) if is_absent(&error) => Ok(String::new()),
        Err(error) => Err(error),
    };
    metric.labels.iter().map(label).collect::<Result<_, _>>().map(Some)
}

fn is_absent(error: &Error) -> bool {
    matches!(error, Error::Missing(_))
}
