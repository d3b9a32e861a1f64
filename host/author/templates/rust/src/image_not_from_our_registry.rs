//! The rule `image-not-from-our-registry`: its description, what it reads, and what it finds.

use serde::Deserialize;

use crate::rulebox::{
    Evidence, Finding, Object, ObjectNeed, RuleInfo, Severity, add, for_each, word,
};

pub(crate) const RULE: &str = "image-not-from-our-registry";

/// The id of the need.
const PODS: &str = "pods";

/// What a user may set, as a JSON Schema. Each setting has a default.
pub(crate) const SETTINGS: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "registry": {
      "type": "string",
      "default": "registry.example.com/",
      "description": "What the name of an image must begin with."
    }
  }
}"#;

#[derive(Debug, Deserialize)]
struct Settings {
    registry: String,
}

/// What the rule reads of a pod.
#[derive(Debug, Deserialize)]
struct Pod {
    #[serde(default)]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
struct Spec {
    #[serde(default)]
    containers: Vec<Container>,
}

#[derive(Debug, Deserialize)]
struct Container {
    name: String,
    #[serde(default)]
    image: String,
}

/// The rule, as `rulebox rules explain` shows it.
pub(crate) fn rule() -> RuleInfo {
    RuleInfo {
        id: RULE.to_owned(),
        severity: Severity::High,
        summary: "An image does not come from our registry".to_owned(),
        documentation: include_str!("image_not_from_our_registry.md").to_owned(),
        // Without pods it cannot judge: the host then says `no data`.
        requires: vec![PODS.to_owned()],
        consults: Vec::new(),
    }
}

/// The objects that it reads, and the only fields of them that it is given.
pub(crate) fn pods() -> ObjectNeed {
    let fields = ["spec.containers[].name", "spec.containers[].image"];
    ObjectNeed {
        id: PODS.to_owned(),
        group: String::new(),
        kind: "Pod".to_owned(),
        namespaces: Vec::new(),
        label_selector: String::new(),
        fields: fields.map(str::to_owned).to_vec(),
    }
}

/// Looks at each pod.
pub(crate) fn evaluate(settings: &str) -> Result<(), String> {
    let settings: Settings = serde_json::from_str(settings).map_err(|it| it.to_string())?;
    for_each(RULE, PODS, |pod| judge(pod, &settings).iter().for_each(add));
    Ok(())
}

/// What is wrong with a pod.
fn judge(pod: &Object<Pod>, settings: &Settings) -> Vec<Finding> {
    let containers = pod.fields.spec.containers.iter().enumerate();
    let foreign = containers.filter(|it| !it.1.image.starts_with(&settings.registry));
    foreign.map(|(nth, container)| finding(pod, nth, container, settings)).collect()
}

fn finding(pod: &Object<Pod>, nth: usize, container: &Container, settings: &Settings) -> Finding {
    let Container { name, image } = container;
    let (namespace, pod_name) = (word(&pod.metadata.namespace), word(&pod.metadata.name));
    Finding {
        rule: RULE.to_owned(),
        severity: Severity::High,
        subject: pod.reference(),
        summary: format!("the container {name} runs {image}, which is not from our registry"),
        cause: format!("its name does not begin with {}", settings.registry),
        // A step that is indented is a command.
        remedy: format!(
            "Push the image to our registry, and name it there in what made the pod:\n  \
             kubectl -n {namespace} get pod {pod_name} -o jsonpath={{.metadata.ownerReferences}}"
        ),
        evidence: vec![Evidence {
            subject: None,
            path: format!("spec.containers[{nth}].image"),
            value: image.clone(),
        }],
        labels: vec![("container".to_owned(), name.clone())],
        caused_by: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(image: &str, want: usize) {
        let text = format!(
            r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "a", "namespace": "b"}},
                "spec": {{"containers": [{{"name": "app", "image": "{image}"}}]}}}}"#
        );
        let pod = serde_json::from_str(&text).expect("a pod");
        let settings = Settings { registry: "registry.example.com/".to_owned() };
        assert_eq!(judge(&pod, &settings).len(), want, "{image}");
    }

    #[test]
    fn an_image_must_begin_with_the_registry() {
        check("registry.example.com/shop/web:3.1", 0);
        check("docker.io/library/nginx:1.27", 1);
        check("evil.example/registry.example.com/web", 1);
    }
}
