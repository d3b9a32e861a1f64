//! The YAML of a pack as records: which keys there are, and what kind of value each takes. What
//! expressions mean is not known here.

use rulebox_core::{MetricType, Severity};

use rulebox_text::{
    Need, Position, Problems, Step, head,
    keys::Keys,
    settings::Setting,
    yaml::{Kind, Node, Scalar},
};

/// A pack as it is written.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) name: Option<Scalar>,
    pub(crate) version: Option<Scalar>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) needs: Vec<Need>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) metrics: Vec<Metric>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Option<Scalar>,
    pub(crate) severity: Severity,
    pub(crate) summary: Option<Scalar>,
    pub(crate) documentation: Option<Scalar>,
    pub(crate) over: Option<Scalar>,
    pub(crate) variable: Option<Scalar>,
    pub(crate) consults: Vec<Scalar>,
    pub(crate) lets: Vec<(Scalar, Scalar)>,
    pub(crate) when: Option<Scalar>,
    pub(crate) message: Option<Scalar>,
    pub(crate) cause: Option<Scalar>,
    pub(crate) remedy: Vec<Step>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) labels: Vec<(Scalar, Scalar)>,
    pub(crate) caused_by: Vec<Scalar>,
}

#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) object: Option<Scalar>,
    pub(crate) path: Scalar,
    pub(crate) value: Option<Scalar>,
}

#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) at: Position,
    pub(crate) name: Option<Scalar>,
    pub(crate) metric_type: MetricType,
    pub(crate) help: Option<Scalar>,
    pub(crate) rule: Option<Scalar>,
    pub(crate) over: Option<Scalar>,
    pub(crate) labels: Vec<(Scalar, Scalar)>,
    pub(crate) when: Option<Scalar>,
    pub(crate) value: Option<Scalar>,
}

/// Reads a pack. None where the text is another thing, which is told.
pub(crate) fn read(root: &Node, problems: &mut Problems) -> Option<Document> {
    if !head::is_pack(root, problems) {
        return None;
    }
    let mut keys = Keys::new(root, "a pack", problems)?;
    head::version(&mut keys);
    let settings = keys.entries("settings");
    let needs = keys.entries("needs");
    let rules = keys.list("rules");
    let metrics = keys.list("metrics");
    if let Some(language) = keys.text("language").filter(|it| it.text != "cel") {
        let message = format!("there is no language `{}`", language.text);
        keys.problems().add(language.at(), message, "expressions are written in `cel`");
    }
    if rules.is_empty() {
        keys.missing("rules", "a pack has at least one rule");
    }
    let problems = keys.finish();
    let (name, version) = head::metadata(root, problems);
    Some(Document {
        name,
        version,
        settings: settings.into_iter().map(|(name, node)| Setting::new(name, node)).collect(),
        needs: needs.into_iter().filter_map(|(name, node)| need(name, node, problems)).collect(),
        rules: rules.into_iter().filter_map(|it| rule(it, problems)).collect(),
        metrics: metrics.into_iter().filter_map(|it| metric(it, problems)).collect(),
    })
}

fn need(name: &Scalar, node: &Node, problems: &mut Problems) -> Option<Need> {
    let mut keys = Keys::new(node, "a need", problems)?;
    let need = Need::read(name, &mut keys);
    keys.finish();
    Some(need)
}

fn rule(node: &Node, problems: &mut Problems) -> Option<Rule> {
    let mut keys = Keys::new(node, "a rule", problems)?;
    let id = keys.required("id");
    let severity = keys.required("severity");
    let severity = severity.map_or(Severity::Info, |it| severity_of(&it, &mut keys));
    let rule = Rule {
        id,
        severity,
        summary: keys.required("summary"),
        documentation: keys.text("documentation"),
        over: keys.required("for"),
        variable: keys.text("as"),
        consults: keys.texts("consults"),
        lets: keys.named("let"),
        when: keys.required("when"),
        message: keys.required("message"),
        cause: keys.text("cause"),
        remedy: Vec::new(),
        evidence: Vec::new(),
        labels: keys.named("labels"),
        caused_by: keys.texts("causedBy"),
    };
    let (steps, evidence) = (keys.list("remedy"), keys.list("evidence"));
    let problems = keys.finish();
    let remedy = steps.into_iter().filter_map(|it| Step::read(it, problems)).collect();
    let evidence = evidence.into_iter().filter_map(|it| piece(it, problems)).collect();
    Some(Rule { remedy, evidence, ..rule })
}

fn severity_of(word: &Scalar, keys: &mut Keys<'_, '_>) -> Severity {
    const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    if let Some(severity) = ALL.into_iter().find(|it| it.as_str() == word.text) {
        return severity;
    }
    let message = format!("there is no severity `{}`", word.text);
    keys.problems().add(word.at(), message, "write info, low, medium, high or critical");
    Severity::Info
}

fn piece(node: &Node, problems: &mut Problems) -> Option<Evidence> {
    if let Kind::Scalar(path) = &node.kind {
        return Some(Evidence { object: None, path: path.clone(), value: None });
    }
    let mut keys = Keys::new(node, "a piece of evidence", problems)?;
    let (object, value) = (keys.text("object"), keys.text("value"));
    let piece = keys.required("path").map(|path| Evidence { object, path, value });
    keys.finish();
    piece
}

fn metric(node: &Node, problems: &mut Problems) -> Option<Metric> {
    let mut keys = Keys::new(node, "a metric", problems)?;
    let name = keys.required("name");
    let metric_type = match keys.text("type") {
        Some(it) if it.text == "info" => MetricType::Info,
        Some(it) if it.text != "gauge" => {
            let message = format!("there is no type of metrics `{}`", it.text);
            keys.problems().add(it.at(), message, "write gauge or info");
            MetricType::Gauge
        }
        _ => MetricType::Gauge,
    };
    let metric = Metric {
        at: node.at,
        name,
        metric_type,
        help: keys.required("help"),
        rule: keys.required("rule"),
        over: keys.text("for"),
        labels: keys.named("labels"),
        when: keys.text("when"),
        value: keys.text("value"),
    };
    keys.finish();
    Some(metric)
}
