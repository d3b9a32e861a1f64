//! A panel: its queries and how it looks, as Grafana's JSON.

use serde_json::{Value, json};

/// The data source that is chosen on the board.
pub(crate) fn datasource() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

/// A heading, and the panels below it.
pub(crate) type Row = (&'static str, Vec<Panel>);

/// A panel of a board.
pub(crate) struct Panel {
    pub(crate) width: u32,
    pub(crate) height: u32,
    kind: &'static str,
    title: &'static str,
    description: &'static str,
    targets: Vec<Value>,
    options: Value,
    defaults: Value,
    overrides: Vec<Value>,
    transformations: Vec<Value>,
}

impl Panel {
    fn new(kind: &'static str, title: &'static str, description: &'static str) -> Self {
        Self {
            width: 12,
            height: 8,
            kind,
            title,
            description,
            targets: Vec::new(),
            options: json!({}),
            defaults: json!({}),
            overrides: Vec::new(),
            transformations: Vec::new(),
        }
    }

    /// One number, red from `red` on.
    pub(crate) fn number(
        title: &'static str,
        description: &'static str,
        query: &str,
        (unit, red): (&str, Option<f64>),
    ) -> Self {
        let mut panel = Self::new("stat", title, description);
        panel.options = json!({
            "colorMode": if red.is_some() { "background" } else { "value" },
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
            "showPercentChange": false,
            "textMode": "auto",
            "wideLayout": true,
        });
        let mut steps = vec![json!({"color": "green", "value": null})];
        steps.extend(red.map(|it| json!({"color": "red", "value": it})));
        panel.defaults = json!({
            "unit": unit,
            "noValue": "no data",
            "color": {"mode": "thresholds"},
            "thresholds": {"mode": "absolute", "steps": steps},
        });
        panel.targets.push(target(0, query, "", true));
        panel.sized(4, 4)
    }

    /// Rows whose cells are labels, and a column for each query: its title and unit. A query whose
    /// title is empty has no column of its own.
    pub(crate) fn table(
        title: &'static str,
        description: &'static str,
        labels: &[(&str, &str)],
        queries: &[(&str, &str, &str)],
    ) -> Self {
        let mut panel = Self::new("table", title, description);
        panel.options = json!({"showHeader": true, "cellHeight": "sm", "frameIndex": 0});
        panel.defaults = json!({"custom": {"align": "auto", "filterable": true, "inspect": false}});
        let (mut names, mut hidden) = (json!({}), json!({"Time": true}));
        let mut order = json!({});
        for (nth, (label, title)) in labels.iter().enumerate() {
            names[label] = (*title).into();
            order[label] = nth.into();
        }
        for (nth, (title, unit, query)) in queries.iter().enumerate() {
            panel.targets.push(target(nth, query, "", true));
            // Grafana names the column of one query `Value`, those of several `Value #A`.
            let column = match queries.len() {
                1 => "Value".to_owned(),
                _ => format!("Value #{}", ref_id(nth)),
            };
            if title.is_empty() {
                hidden[&column] = true.into();
            } else {
                panel.overrides.push(of_column(title, "unit", &(*unit).into()));
                order[&column] = (labels.len() + nth).into();
                names[column] = (*title).into();
            }
        }
        if queries.len() > 1 {
            panel.transformations.push(json!({"id": "merge", "options": {}}));
        }
        panel.transformations.push(json!({
            "id": "organize",
            "options": {
                "excludeByName": hidden,
                "includeByName": {},
                "indexByName": order,
                "renameByName": names,
            },
        }));
        panel.sized(24, 8)
    }

    /// Lines over time: the legend and the query of each.
    pub(crate) fn lines(
        title: &'static str,
        description: &'static str,
        unit: &str,
        queries: &[(&str, &str)],
    ) -> Self {
        let mut panel = Self::new("timeseries", title, description);
        panel.options = json!({
            "legend": {
                "calcs": [],
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": true,
            },
            "tooltip": {"hideZeros": false, "mode": "multi", "sort": "desc"},
        });
        panel.defaults = json!({
            "unit": unit,
            "min": 0,
            "color": {"mode": "palette-classic"},
            "custom": {
                "drawStyle": "line",
                "fillOpacity": 10,
                "lineWidth": 1,
                "showPoints": "never",
            },
        });
        for (nth, (legend, query)) in queries.iter().enumerate() {
            panel.targets.push(target(nth, query, legend, false));
        }
        panel
    }

    pub(crate) fn sized(self, width: u32, height: u32) -> Self {
        Self { width, height, ..self }
    }

    /// Colours the cells of a column by what they hold.
    pub(crate) fn coloured(mut self, column: &str, words: &[(&str, &str, &str)]) -> Self {
        let options = words.iter().map(|(value, text, color)| {
            ((*value).to_owned(), json!({"text": text, "color": color}))
        });
        let options: serde_json::Map<_, _> = options.collect();
        let mappings = json!([{"type": "value", "options": options}]);
        self.overrides.push(of_column(column, "mappings", &mappings));
        let cell = json!({"type": "color-text"});
        self.overrides.push(of_column(column, "custom.cellOptions", &cell));
        self
    }

    pub(crate) fn json(self, id: u32, grid: &Value) -> Value {
        json!({
            "id": id,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": datasource(),
            "gridPos": grid,
            "fieldConfig": {"defaults": self.defaults, "overrides": self.overrides},
            "options": self.options,
            "targets": self.targets,
            "transformations": self.transformations,
        })
    }
}

fn of_column(column: &str, property: &str, value: &Value) -> Value {
    json!({
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": property, "value": value}],
    })
}

/// `A`, `B` and so on.
fn ref_id(nth: usize) -> char {
    char::from(b'A' + u8::try_from(nth % 26).unwrap_or_default())
}

fn target(nth: usize, query: &str, legend: &str, instant: bool) -> Value {
    json!({
        "refId": ref_id(nth).to_string(),
        "datasource": datasource(),
        "editorMode": "code",
        "expr": query,
        "legendFormat": if legend.is_empty() { "__auto" } else { legend },
        "instant": instant,
        "range": !instant,
        "format": if instant { "table" } else { "time_series" },
    })
}
