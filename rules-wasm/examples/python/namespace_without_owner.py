"""A namespace says of nobody that it belongs to them: when something in it breaks, nobody knows whom to call.

**Fires** on each namespace without the label that the setting `label` names, once it is older than `graceHours`. Namespaces that
begin with one of `ignored` are left alone. Where it is not known when a dump was taken, and the age decides, the rule has no
data.

The metric `namespace_owner_info` names the owner of each namespace that has one.

# Example

```yaml fires
# as-of: 2026-09-15T12:00:00Z
apiVersion: v1
kind: Namespace
metadata: {name: shop, creationTimestamp: "2026-05-01T00:00:00Z"}
```

```yaml quiet
# as-of: 2026-09-15T12:00:00Z
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  creationTimestamp: "2026-05-01T00:00:00Z"
  labels: {acme.example/owner: team-shop}
```
"""

# The text above is the documentation of the rule. This file names nothing of the host, so that its test runs anywhere.

import re
from datetime import datetime, timedelta

RULE = "namespace-without-owner"
SUMMARY = "Nobody owns a namespace"
METRIC = "namespace_owner"

# The only fields of a namespace that the rule is given. Which label holds the owner is a setting, so all labels come.
FIELDS = ["metadata.creationTimestamp", "metadata.labels.*"]

# What a user may set, as a JSON Schema. Each setting has a default.
SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "label": {
            "type": "string",
            "default": "acme.example/owner",
            "description": "The label that names the owner.",
        },
        "graceHours": {
            "type": "number",
            "minimum": 0,
            "default": 24,
            "description": "How long a new namespace may be without an owner.",
        },
        "ignored": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["kube-", "default"],
            "description": "What the names of namespaces begin with that need no owner.",
        },
    },
}


def owner(namespace, settings):
    """Whom it belongs to; empty where it does not say."""
    return namespace["metadata"].get("labels", {}).get(settings["label"], "")


def judge(namespace, settings, earliest, latest):
    """Whether it has been without an owner for too long; None where its age is not known well enough.

    The objects were seen at `earliest` or later, and at `latest` or before; either is empty where nothing tells it.
    """
    metadata = namespace["metadata"]
    if metadata["name"].startswith(tuple(settings["ignored"])):
        return False
    created, grace = time(metadata.get("creationTimestamp", "")), timedelta(hours=settings["graceHours"])
    if created and (seen := time(earliest)) and seen - created > grace:
        return True
    if created and (seen := time(latest)) and seen - created <= grace:
        return False
    return None


def finding(namespace, settings):
    """What is said of a namespace without an owner."""
    name, label = namespace["metadata"]["name"], settings["label"]
    return {
        "summary": f"nobody owns the namespace {name}: it has no label {label}",
        # A step that is indented is a command.
        "remedy": "See who uses it:\n"
        f"  kubectl -n {word(name)} get all\n"
        "Say whom it belongs to:\n"
        f"  kubectl label namespace {word(name)} {word(label)}=TEAM",
        "evidence": [("metadata.creationTimestamp", namespace["metadata"]["creationTimestamp"])],
    }


def time(text):
    """A time of RFC 3339; None where there is none, or it cannot be read. Python before 3.11 knows no Z, and no nanoseconds."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def word(text):
    """One word for a shell. Anybody may have written the names in a dump."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,-]*", text):
        return text
    visible = re.sub(r"[\x00-\x1f\x7f-\x9f]|^-+", "?", text)
    return "'" + visible.replace("'", "'\\''") + "'"
