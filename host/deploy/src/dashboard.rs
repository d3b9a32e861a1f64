//! Boards for Grafana, in the form in which Grafana exports them, without panels of plug-ins. Which
//! Prometheus, and which cluster, is chosen on the board.

mod backup_center;
mod panel;
mod rulebox;

use serde_json::{Value, json};

use panel::{Row, datasource};

/// A board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Board {
    /// What the product shows of the backup center, and what the rules have found there.
    #[default]
    BackupCenter,
    /// All findings, and how Rulebox itself is doing.
    Rulebox,
}

impl Board {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::BackupCenter, Self::Rulebox];

    /// The word on the command line, and the stem of its file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BackupCenter => "backup-center",
            Self::Rulebox => "rulebox",
        }
    }
}

/// The JSON of a board, with a line feed at the end.
pub fn dashboard(board: Board) -> String {
    let (title, uid, first, rows) = match board {
        Board::BackupCenter => (
            "Backup center",
            "rulebox-backup-center",
            "backup_center_backup_location_info",
            backup_center::rows(),
        ),
        Board::Rulebox => ("Rulebox", "rulebox", "rulebox_rule_result", rulebox::rows()),
    };
    let links: Vec<_> = Board::ALL.iter().filter(|it| **it != board).map(|it| link(*it)).collect();
    let board = json!({
        "annotations": {"list": []},
        "description": "Written by `rulebox dashboard`.",
        "editable": true,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "id": null,
        "links": links,
        "panels": laid_out(rows),
        "preload": false,
        "refresh": "1m",
        "schemaVersion": 41,
        "tags": ["rulebox"],
        "templating": {"list": [
            {
                "name": "datasource",
                "label": "Data source",
                "type": "datasource",
                "query": "prometheus",
                "current": {"selected": true, "text": "default", "value": "default"},
                "hide": 0,
                "includeAll": false,
                "multi": false,
                "options": [],
                "refresh": 1,
                "regex": "",
            },
            variable("cluster", "Cluster", first),
        ]},
        "time": {"from": "now-24h", "to": "now"},
        "timepicker": {},
        "timezone": "",
        "title": title,
        "uid": uid,
        "version": 1,
    });
    format!("{board:#}\n")
}

/// All values of a label, of which none or several may be chosen. A run of one cluster, which has
/// no name, has no such label: hence the pattern that all of them stand for.
fn variable(label: &str, title: &str, metric: &str) -> Value {
    let query = format!("label_values({metric}, {label})");
    json!({
        "name": label,
        "label": title,
        "type": "query",
        "datasource": datasource(),
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": "values"},
        "allValue": ".*",
        "current": {"selected": true, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
        "includeAll": true,
        "multi": true,
        "options": [],
        "refresh": 2,
        "regex": "",
        "sort": 1,
    })
}

fn link(board: Board) -> Value {
    let (title, uid) = match board {
        Board::BackupCenter => ("Backup center", "rulebox-backup-center"),
        Board::Rulebox => ("Rulebox", "rulebox"),
    };
    json!({
        "title": title,
        "type": "link",
        "url": format!("/d/{uid}"),
        "icon": "dashboard",
        "keepTime": true,
        "includeVars": true,
        "targetBlank": false,
        "tooltip": "",
        "tags": [],
        "asDropdown": false,
    })
}

/// The panels from left to right, in lines of 24 columns.
fn laid_out(rows: Vec<Row>) -> Vec<Value> {
    const COLUMNS: u32 = 24;
    let (mut all, mut id, mut y) = (Vec::new(), 0, 0);
    for (title, panels) in rows {
        id += 1;
        all.push(json!({
            "id": id,
            "type": "row",
            "title": title,
            "collapsed": false,
            "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y},
            "panels": [],
        }));
        y += 1;
        let (mut x, mut highest) = (0, 0);
        for panel in panels {
            if x + panel.width > COLUMNS {
                (x, y, highest) = (0, y + highest, 0);
            }
            id += 1;
            let grid = json!({"h": panel.height, "w": panel.width, "x": x, "y": y});
            x += panel.width;
            highest = highest.max(panel.height);
            all.push(panel.json(id, &grid));
        }
        y += highest;
    }
    all
}
