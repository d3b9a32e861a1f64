//! CustomResourceDefinitions with large schemas.

use serde_json::{Map, Value, json};

use super::{context::Context, managed};

/// A CustomResourceDefinition of some tens of kilobytes: two versions, each a deep schema in which
/// every field is described.
pub(super) fn custom_resource_definition(context: &mut Context<'_>) -> Value {
    const NAMES: [&str; 8] = [
        "Backup",
        "Certificate",
        "Cluster",
        "Gateway",
        "Pod",
        "PrometheusRule",
        "Restore",
        "Workflow",
    ];
    let kind = NAMES[context.nth % NAMES.len()];
    let singular = kind.to_lowercase();
    let group = format!("{}.shop.example", context.maker.suffix());
    let versions: Vec<_> = ["v1alpha1", "v1"]
        .into_iter()
        .map(|version| {
            let schema = json!({
                "description": describe(context),
                "properties": {
                    "apiVersion": {
                        "description": "APIVersion defines the versioned schema of this \
                            representation of an object.",
                        "type": "string",
                    },
                    "kind": {
                        "description": "Kind is a string value representing the REST resource this \
                            object represents.\nServers may infer this from the endpoint the \
                            client submits requests to.\nIn CamelCase.",
                        "type": "string",
                    },
                    "metadata": {"type": "object"},
                    "spec": structure(context, 4),
                    "status": structure(context, 2),
                },
                "required": ["spec"],
                "type": "object",
            });
            json!({
                "additionalPrinterColumns": [
                    {"jsonPath": ".status.phase", "name": "Phase", "type": "string"},
                    {"jsonPath": ".metadata.creationTimestamp", "name": "Age", "type": "date"},
                    {
                        "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status",
                        "name": "Ready",
                        "priority": 1,
                        "type": "string",
                    },
                ],
                "name": version,
                "schema": {"openAPIV3Schema": schema},
                "served": true,
                "storage": version == "v1",
                "subresources": {"status": {}},
            })
        })
        .collect();
    let names = json!({
        "categories": ["all", "shop"],
        "kind": kind,
        "listKind": format!("{kind}List"),
        "plural": format!("{singular}s"),
        "shortNames": [&singular[..2]],
        "singular": singular,
    });
    let metadata = json!({
        "annotations": {"controller-gen.kubebuilder.io/version": "v0.16.5"},
        "generation": 1,
    });
    let mut definition = json!({
        "metadata": context.metadata(&format!("{singular}s.{group}"), metadata),
        "spec": {
            "conversion": {"strategy": "None"},
            "group": group,
            "names": names,
            "scope": "Namespaced",
            "versions": versions,
        },
        "status": {
            "acceptedNames": names,
            "conditions": [
                {
                    "lastTransitionTime": "2026-03-02T06:50:11Z",
                    "message": "no conflicts found",
                    "reason": "NoConflicts",
                    "status": "True",
                    "type": "NamesAccepted",
                },
                {
                    "lastTransitionTime": "2026-03-02T06:50:11Z",
                    "message": "the initial names have been accepted",
                    "reason": "InitialNamesAccepted",
                    "status": "True",
                    "type": "Established",
                },
            ],
            "storedVersions": ["v1"],
        },
    });
    managed::add(
        &mut definition,
        &[("helm", &["metadata"], ""), ("kube-apiserver", &["status"], "status")],
    );
    definition
}

/// Fields, some of them structures, to a depth.
fn structure(context: &mut Context<'_>, depth: u64) -> Value {
    const FIELDS: [&str; 16] = [
        "affinity",
        "containers",
        "default",
        "enum",
        "env",
        "items",
        "kind",
        "limits",
        "matchExpressions",
        "metadata",
        "name",
        "properties",
        "resources",
        "selector",
        "spec",
        "type",
    ];
    let mut properties = Map::new();
    for _ in 0..3 + depth {
        let field = context.random().pick(&FIELDS);
        let value = match (context.below(4), depth) {
            (0, 1..) => structure(context, depth - 1),
            (1, 1..) => {
                json!({
                    "description": describe(context),
                    "items": structure(context, depth - 1),
                    "type": "array",
                    "x-kubernetes-list-type": "atomic",
                })
            }
            (2, _) => {
                json!({
                    "default": "",
                    "description": describe(context),
                    "enum": ["", "Always", "Never", "0", "on"],
                    "maxLength": 253,
                    "pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)\
                        ?$",
                    "type": "string",
                })
            }
            _ => {
                json!({
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "description": describe(context),
                    "x-kubernetes-int-or-string": true,
                })
            }
        };
        properties.insert(field.to_owned(), value);
    }
    json!({
        "description": describe(context),
        "properties": properties,
        "type": "object",
        "x-kubernetes-validations": [
            {"message": "must be set", "rule": "!has(oldSelf.name) || has(self.name)"},
        ],
    })
}

/// Some sentences that contain line ends, colons and code.
fn describe(context: &mut Context<'_>) -> String {
    const SENTENCES: [&str; 8] = [
        "A label selector requirement is a selector that contains values, a key, and an operator \
         that relates the two.",
        "If the anti-affinity requirements specified by this field are not met, it will not be \
         scheduled onto the node.",
        "More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
        "This field is beta-level: it needs the feature gate `Shop` (see \"Gates\" below).",
        "\nFor example:\n  apiVersion: v1\n  kind: Pod\n",
        "Defaults to \"\" (empty string); 'none' is not the same as null.",
        "- first\n- second",
        "Deprecated: use `limits` instead.",
    ];
    let mut text = String::new();
    for _ in 0..=context.below(4) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(context.random().pick(&SENTENCES));
    }
    text
}
