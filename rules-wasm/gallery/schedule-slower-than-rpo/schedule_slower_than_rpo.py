"""A namespace says how much work may be lost, and its backup schedules run less often than that.

The label that the setting `label` names holds the recovery point objective (RPO) of a namespace, such as `6h`, `24h` or `1d`. A
backup that is made once a day loses up to a day, whatever else goes well.

**Fires** on a namespace with an objective if the longest time between two runs of the Schedules of Velero that take it is longer,
or no Schedule takes it. The times are those of cron, with days of the month and of the week: `0 2 * * 1-5` leaves three days over a
weekend. The runs of several Schedules of one time zone count together.

A Schedule takes a namespace if `includedNamespaces` is empty or names it, also by a pattern, and `excludedNamespaces` does not; if
it is not paused, not being deleted, and not `FailedValidation`.

**Quiet** on a namespace without an objective, unless the setting `default` gives it one, and on one that is being deleted.

**No data** where the answer depends on

- a Schedule with a label selector, which takes a part of the namespace;
- runs of Schedules in different time zones, or at intervals (`@every 6h`): when they come between each other is not known;
- times or an objective that cannot be read;
- whether a day must match the day of the month and that of the week, or one of them: older versions of Velero run on the days of
  `0 2 1 * MON` that match one, newer ones on those that match both;
- Schedules that were not seen.

How long a backup takes, and whether it completes, is not asked; neither is the hour by which clocks change in a time zone.

# Settings

`label`: the label of a namespace that holds its objective. `default`: the objective of a namespace without one; empty: none.

# Example

```yaml fires
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {acme.example/rpo: 6h}}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: shop-daily, namespace: velero}
spec: {schedule: 0 2 * * *, template: {includedNamespaces: [shop]}}
```

```yaml quiet
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {acme.example/rpo: 6h}}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: shop-often, namespace: velero}
spec: {schedule: 0 */6 * * *, template: {includedNamespaces: [shop]}}
```

# Sources

- The question: [whether the backup policy of a namespace runs as often as its label asks
  for](https://kyverno.io/policies/kasten/kasten-hourly-rpo/kasten-hourly-rpo), of Kasten; how it came to ask for the label of the
  namespace: [kyverno/policies#996](https://github.com/kyverno/policies/pull/996).
- How times are read: velero-io/velero `pkg/controller/schedule_controller.go`; robfig/cron v3.0.1 `parser.go` and `spec.go`. That
  newer versions want both days to match: netresearch/go-cron `CHANGELOG.md`, 0.9.0, which `schedule_controller.go` of velero-io/velero
  imports.
- Patterns of namespaces: [resource filtering](https://velero.io/docs/v1.18/resource-filtering).
"""

# The text above is the documentation of the rule. This file names nothing of the host, so that its test runs anywhere.

import re
from functools import lru_cache

import cron

RULE = "schedule-slower-than-rpo"
SUMMARY = "Backups run less often than the recovery point objective asks for"

# Which label holds the objective is a setting, so all labels come.
NAMESPACE_FIELDS = ["metadata.deletionTimestamp", "metadata.labels.*"]
SCHEDULE_FIELDS = [
    "metadata.deletionTimestamp",
    "spec.paused",
    "spec.schedule",
    "spec.template.excludedNamespaces",
    "spec.template.includedNamespaces",
    "spec.template.labelSelector",
    "spec.template.orLabelSelectors",
    "status.phase",
]

# What a user may set, as a JSON Schema. Each setting has a default.
SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "label": {
            "type": "string",
            "default": "acme.example/rpo",
            "description": "The label of a namespace that holds its recovery point objective.",
        },
        "default": {
            "type": "string",
            "pattern": "^([0-9]+[dhm])*$",
            "default": "",
            "description": "The objective of a namespace without the label, such as 24h; empty: none.",
        },
    },
}


class Undecided(Exception):
    """Why it is not known whether the objective is met."""


def judge(namespace, schedules, settings):
    """What is wrong with a namespace; None where nothing is. Raises Undecided."""
    metadata = namespace["metadata"]
    text = metadata.get("labels", {}).get(settings["label"], settings["default"])
    if not text or "deletionTimestamp" in metadata:
        return None
    objective = cron.duration(text)
    if not objective:
        raise Undecided(f"its label {settings['label']} is `{text}`, which is no time such as 6h or 1d")
    taking = [it for it in schedules if takes(it, metadata["name"])]
    if not taking:
        return finding(namespace, text, [], "no Schedule takes it")
    whole = [it for it in taking if not selects(it)]
    why = meets(whole, objective)
    if why is None:
        return None
    if len(whole) < len(taking) and meets(taking, objective) is None:
        parts = ", ".join(it["metadata"]["name"] for it in taking if selects(it))
        raise Undecided(f"it depends on {parts}, which takes the part of it that labels select")
    return finding(namespace, text, taking, why)


def meets(schedules, objective):
    """Why the runs of these leave more time than `objective` minutes; None where they do not. Raises Undecided."""
    groups, unreadable = {}, []
    for it in schedules:
        try:
            times = cron.read(it.get("spec", {}).get("schedule", ""))
        except ValueError as error:
            unreadable.append(f"Schedule {it['metadata']['name']}: {error}")
            continue
        # Each interval begins with a last run of its own.
        key = times.zone if isinstance(times, cron.Times) else it["metadata"]["name"]
        groups.setdefault((type(times), key), set()).add(times)
    gaps = [gap for group in groups.values() if (gap := known_gap(frozenset(group), objective)) is not None]
    if any(gap <= objective for gap in gaps):
        return None
    if unreadable:
        raise Undecided("; ".join(unreadable))
    if len(groups) > 1:
        raise Undecided("its Schedules run in different time zones or at intervals, and how they come between each other is not known")
    if not gaps:
        return "no Schedule takes all of it" if not groups else "its Schedules never run"
    return f"up to {words(gaps[0])} pass between two runs"


def known_gap(times, objective):
    """The longest gap of Schedules that run together; None where they never run. Raises Undecided."""
    [first, *_] = times
    if isinstance(first, cron.Every):
        return first.minutes
    either, both = gap(times, False), gap(times, True)
    if is_met(either, objective) != is_met(both, objective):
        raise Undecided("it depends on the version of Velero whether a day must match the day of the month, that of the week, or both")
    return both


def is_met(minutes, objective):
    return minutes is not None and minutes <= objective


@lru_cache(maxsize=1024)
def gap(times, both):
    """Many namespaces have the same Schedules."""
    return cron.longest_gap(times, both)


def takes(schedule, name):
    """Whether a Schedule backs up a namespace, or a part of it."""
    spec, template = schedule.get("spec", {}), schedule.get("spec", {}).get("template", {})
    if spec.get("paused") or "deletionTimestamp" in schedule["metadata"]:
        return False
    if schedule.get("status", {}).get("phase") == "FailedValidation":
        return False
    included, excluded = template.get("includedNamespaces", []), template.get("excludedNamespaces", [])
    return (not included or any(matches(it, name) for it in included)) and not any(matches(it, name) for it in excluded)


def matches(pattern, name):
    """Velero's patterns: `*`, `?` and `[abc]`."""
    parts = re.findall(r"\[[^\]]+\]|.", pattern, re.DOTALL)
    regex = "".join({"*": ".*", "?": "."}.get(it) or (it if len(it) > 1 else re.escape(it)) for it in parts)
    try:
        return re.fullmatch(regex, name) is not None
    except re.error:
        return False


def selects(schedule):
    """Whether it takes what labels select only."""
    template = schedule.get("spec", {}).get("template", {})
    return bool(template.get("labelSelector") or template.get("orLabelSelectors"))


def finding(namespace, objective, schedules, why):
    """What is said of a namespace whose objective is not met."""
    name = namespace["metadata"]["name"]
    velero = schedules[0]["metadata"].get("namespace", "velero") if schedules else "velero"
    return {
        "summary": f"at most {objective} of work in {name} may be lost, and more can be: {why}",
        "cause": "; ".join(f"Schedule {it['metadata']['name']} runs at {it.get('spec', {}).get('schedule', '')}" for it in schedules)
        or "it is in no Schedule that runs",
        # A step that is indented is a command.
        "remedy": "See what takes it, and when:\n"
        "  kubectl get schedules.velero.io -A\n"
        "Let a Schedule that takes it run more often (spec.schedule), or make one:\n"
        f"  velero -n {word(velero)} schedule create {word(name + '-rpo')} --schedule '0 * * * *' --include-namespaces {word(name)}",
        "evidence": schedules,
    }


def words(minutes):
    """`1 d 2 h`, `90 min`."""
    whole = round(minutes)
    if whole <= 90:
        return f"{whole} min"
    days, hours, rest = whole // cron.DAY, whole % cron.DAY // 60, whole % 60
    parts = [(days, "d"), (hours, "h"), (rest, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def word(text):
    """One word for a shell. Anybody may have written the names in a dump."""
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,][A-Za-z0-9_./:@%+,-]*", text):
        return text
    visible = re.sub(r"[\x00-\x1f\x7f-\x9f]|^-+", "?", text)
    return "'" + visible.replace("'", "'\\''") + "'"
