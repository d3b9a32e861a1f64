"""The pack `my-rules`: what it holds and needs, and which rule is asked.

componentize-py makes the module `wit_world` from wit/rulebox.wit; what is imported here is in the pack.
"""

import json

from componentize_py_types import Err
from wit_world import WitWorld as Contract
from wit_world.imports import inventory, report, types

import image_not_from_our_registry as image

# Crossing into the host costs about as much as reading a few objects.
BATCH = 256


class WitWorld(Contract):
    def describe(self):
        """What the pack holds and needs. It sees no objects."""
        return types.PackInfo(
            name="my-rules",
            version="0.1.0",
            rules=[
                types.RuleInfo(
                    id=image.RULE,
                    severity=types.Severity.HIGH,
                    summary=image.SUMMARY,
                    documentation=image.__doc__,
                    # Without pods it cannot judge: the host then says `no data`.
                    requires=["pods"],
                    consults=[],
                )
            ],
            objects=[
                types.ObjectNeed(
                    id="pods",
                    group="",
                    kind="Pod",
                    namespaces=[],
                    label_selector="",
                    fields=image.FIELDS,
                )
            ],
            texts=[],
            metrics=[],
            settings_schema=json.dumps(image.SETTINGS),
        )

    def evaluate(self, run):
        """Evaluates the rules that are named. What cannot go on raises Err with a text."""
        try:
            settings = json.loads(run.settings)
            if image.RULE in run.rules:
                for pod in objects("pods"):
                    for it in image.judge(pod, settings):
                        report.add_finding(finding(image.RULE, types.Severity.HIGH, pod, **it))
        except Err:
            raise
        except Exception as error:
            raise Err(f"{type(error).__name__}: {error}") from error


def objects(need):
    """The objects of one need, each with the fields asked for."""
    with inventory.open(need) as cursor:
        while batch := cursor.next(BATCH):
            yield from map(json.loads, batch)


def finding(rule, severity, subject, *, summary, cause, remedy, evidence, labels):
    """What a rule says of an object, in the words of the contract."""
    return types.Finding(
        rule=rule,
        severity=severity,
        subject=reference(subject),
        summary=summary,
        cause=cause,
        remedy=remedy,
        evidence=[types.Evidence(subject=None, path=path, value=value) for path, value in evidence],
        labels=labels,
        caused_by=[],
    )


def reference(it):
    """The object, as a finding names it."""
    metadata = it["metadata"]
    return types.ObjectRef(
        api_version=it["apiVersion"],
        kind=it["kind"],
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata.get("uid", ""),
    )
