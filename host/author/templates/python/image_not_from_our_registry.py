"""A container runs an image that does not come from our registry: nobody has scanned it, and it is gone when its owner
removes it.

**Fires** on each container whose image does not begin with the setting `registry`. Init containers are not looked at.

# Example

```yaml fires
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
spec:
  containers:
  - {name: app, image: docker.io/library/nginx:1.27}
```

```yaml quiet
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
spec:
  containers:
  - {name: app, image: registry.example.com/shop/web:3.1}
```
"""

# The text above is the documentation of the rule. This file names nothing of the host, so that its test runs anywhere.

import re

RULE = "image-not-from-our-registry"
SUMMARY = "An image does not come from our registry"

# The only fields of a pod that the rule is given.
FIELDS = ["spec.containers[].name", "spec.containers[].image"]

# What a user may set, as a JSON Schema. Each setting has a default.
SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "registry": {
            "type": "string",
            "default": "registry.example.com/",
            "description": "What the name of an image must begin with.",
        }
    },
}


def judge(pod, settings):
    """What is wrong with a pod."""
    registry = settings["registry"]
    namespace, name = pod["metadata"].get("namespace", ""), pod["metadata"]["name"]
    for nth, container in enumerate(pod.get("spec", {}).get("containers", [])):
        image = container.get("image", "")
        if image.startswith(registry):
            continue
        yield {
            "summary": f"the container {container['name']} runs {image}, which is not from our registry",
            "cause": f"its name does not begin with {registry}",
            # A step that is indented is a command.
            "remedy": "Push the image to our registry, and name it there in what made the pod:\n"
            f"  kubectl -n {word(namespace)} get pod {word(name)} -o jsonpath={{.metadata.ownerReferences}}",
            "evidence": [(f"spec.containers[{nth}].image", image)],
            "labels": [("container", container["name"])],
        }


def word(text):
    """One word for a shell. Anybody may have written the names in a dump."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,-]*", text):
        return text
    visible = re.sub(r"[\x00-\x1f\x7f-\x9f]|^-+", "?", text)
    return "'" + visible.replace("'", "'\\''") + "'"
