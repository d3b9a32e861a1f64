//! Every fixture, natively and as a component: equal answers, those that the fixture expects, and
//! the golden words.
//!
//! Each fixture is three named tests: `expect`, `parity` and, where something is found, `golden`.

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_core::{Finding, Inventory, Moment, NeedSet, Sample, Span, Undecided};
use rulebox_engine::{Evaluation, Run};
use rulebox_sdk::{
    Pack,
    testing::{self, Fixture, Outcome, Store},
};
use rulebox_snapshots as shared;

fn main() {
    let arguments = Arguments::from_args();
    let trials =
        shared::native_packs().into_iter().flat_map(|it| Subject::new(it).trials()).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A pack in both its forms.
struct Subject {
    native: Pack,
    needs: NeedSet,
    rules: Vec<String>,
    component: OnceLock<rulebox_engine::Pack>,
}

/// What both forms must agree on, in an order that does not depend on either.
type Answer = (Vec<Finding>, Vec<Sample>, Vec<Span>, Vec<Undecided>);

impl Subject {
    fn new(native: Pack) -> Arc<Self> {
        let info = native.describe();
        let rules = info.rules.into_iter().map(|it| it.id).collect();
        Arc::new(Self { needs: info.needs, rules, native, component: OnceLock::new() })
    }

    fn trials(self: Arc<Self>) -> Vec<Trial> {
        let pack = self.native.name();
        let mut trials = Vec::new();
        for fixture in shared::rule_fixtures(pack) {
            let name = format!("{pack}/{}/{}", fixture.rule, fixture.stem);
            let this = Arc::clone(&self);
            let (rule, text) = (fixture.rule.clone(), fixture.text.clone());
            trials.push(Trial::test(format!("expect {name}"), move || {
                Ok(this.expect(&rule, &text)?)
            }));
            let this = Arc::clone(&self);
            let text = fixture.text.clone();
            trials
                .push(Trial::test(format!("parity {name}"), move || this.parity(text.as_bytes())));
            if fixture.stem.starts_with("bad_") {
                let this = Arc::clone(&self);
                trials.push(Trial::test(format!("golden {name}"), move || {
                    this.golden(&fixture.rule, &fixture.stem, &fixture.text);
                    Ok(())
                }));
            }
        }
        for (name, path) in shared::cluster_dumps() {
            let this = Arc::clone(&self);
            trials.push(Trial::test(format!("parity {pack}/clusters/{name}"), move || {
                this.parity(&std::fs::read(&path)?)
            }));
        }
        for rule in self.native.describe().rules {
            for marker in ["fires", "quiet"] {
                for (i, example) in
                    testing::examples(&rule.documentation, marker).into_iter().enumerate()
                {
                    let this = Arc::clone(&self);
                    let name = format!("parity {pack}/{}/documentation {marker} {i}", rule.id);
                    trials.push(Trial::test(name, move || this.parity(example.as_bytes())));
                }
            }
        }
        trials
    }

    /// The component, loaded once for all tests.
    fn component(&self) -> &rulebox_engine::Pack {
        self.component.get_or_init(|| shared::component(self.native.name()))
    }

    fn expect(&self, rule: &str, text: &str) -> Result<(), String> {
        Fixture::parse(text)?.judge(&testing::evaluate(&self.native, rule, text))
    }

    fn golden(&self, rule: &str, stem: &str, text: &str) {
        let Outcome { findings, undecided, .. } = testing::evaluate(&self.native, rule, text);
        insta::with_settings!({
            snapshot_path => shared::root().join("snapshots").join(self.native.name()).join(rule),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(stem, shared::render(&findings, &undecided));
        });
    }

    fn parity(&self, text: &[u8]) -> Result<(), Failed> {
        let reading = shared::read(self.native.name(), &self.needs, text);
        let (as_of, inventory) = (reading.captured(), Arc::new(reading.inventory));
        let native = self.answer_natively(&inventory, as_of)?;
        let component = self.answer_as_component(&inventory, as_of)?;
        if native == component {
            Ok(())
        } else {
            Err(format!("natively {native:#?}\nas a component {component:#?}").into())
        }
    }

    fn answer_natively(&self, inventory: &Arc<Inventory>, as_of: Moment) -> Result<Answer, Failed> {
        let store = Store::new(inventory, self.native.name());
        self.native.evaluate(&store, as_of, self.native.default_settings(), &self.rules)?;
        let Outcome { findings, samples, spans, undecided, .. } = store.into_outcome();
        Ok((findings, samples, spans, undecided))
    }

    fn answer_as_component(
        &self,
        inventory: &Arc<Inventory>,
        as_of: Moment,
    ) -> Result<Answer, Failed> {
        let component = self.component();
        let settings = component.settings(None)?;
        let rules: Vec<_> = self.rules.iter().map(String::as_str).collect();
        let evaluation =
            component.evaluate(&Run { as_of, settings: &settings, rules: &rules }, inventory);
        if let Some(failure) = evaluation.failures.first() {
            return Err(format!("{failure:?}").into());
        }
        let Evaluation { findings, samples, spans, undecided, .. } = evaluation;
        Ok((findings, samples, spans, undecided))
    }
}
