"""The pack `org-python`: what it holds and needs, and which rule is asked.

componentize-py makes the module `wit_world` from the contract, rules-wasm/wit/rulebox.wit. The top level runs once, when the
pack is built, and its memory is part of the pack: read the clock in functions only.
"""

import json
import traceback

from componentize_py_types import Err
from wit_world import WitWorld as Contract
from wit_world.imports import inventory, report, types

import namespace_without_owner as owner

# Crossing into the host costs about as much as reading a few objects.
BATCH = 256


class WitWorld(Contract):
    def describe(self):
        """What the pack holds and needs. It sees no objects."""
        return types.PackInfo(
            name="org-python",
            version="0.1.0",
            rules=[
                types.RuleInfo(
                    id=owner.RULE,
                    severity=types.Severity.LOW,
                    summary=owner.SUMMARY,
                    documentation=owner.__doc__,
                    requires=["namespaces"],
                    consults=[],
                )
            ],
            objects=[
                types.ObjectNeed(
                    id="namespaces",
                    group="",
                    kind="Namespace",
                    namespaces=[],
                    label_selector="",
                    fields=owner.FIELDS,
                )
            ],
            texts=[],
            metrics=[
                types.MetricInfo(
                    name=owner.METRIC,
                    metric_type=types.MetricType.INFO,
                    help="A namespace and whom it belongs to",
                    rule=owner.RULE,
                    labels=["name", "owner"],
                )
            ],
            settings_schema=json.dumps(owner.SETTINGS),
        )

    def evaluate(self, run):
        """Evaluates the rules that are named. What cannot go on raises Err with a text: it is the error case of the contract."""
        try:
            if owner.RULE in run.rules:
                self.namespaces(run)
        except Exception as error:
            raise Err("".join(traceback.format_exception(error)).strip()) from None

    def namespaces(self, run):
        settings = json.loads(run.settings)
        for it in objects("namespaces"):
            name = it["metadata"]["name"]
            if owned_by := owner.owner(it, settings):
                report.add_sample(types.Sample(metric=owner.METRIC, label_values=[name, owned_by], value=1.0))
                continue
            match owner.judge(it, settings, run.earliest, run.latest):
                case True:
                    report.add_finding(finding(it, settings))
                case None:
                    reason = f"Namespace {name}: how old it is is not known (if you know when the dump was taken, type --as-of TIME)"
                    report.undecided(owner.RULE, reason)


def objects(need):
    """The objects of one need, each with the fields asked for."""
    with inventory.open(need) as cursor:
        while batch := cursor.next(BATCH):
            yield from map(json.loads, batch)


def finding(namespace, settings):
    metadata = namespace["metadata"]
    said = owner.finding(namespace, settings)
    return types.Finding(
        rule=owner.RULE,
        severity=types.Severity.LOW,
        subject=types.ObjectRef(
            api_version=namespace["apiVersion"],
            kind=namespace["kind"],
            namespace="",
            name=metadata["name"],
            uid=metadata.get("uid", ""),
        ),
        summary=said["summary"],
        cause="",
        remedy=said["remedy"],
        evidence=[types.Evidence(subject=None, path=path, value=value) for path, value in said["evidence"]],
        labels=[],
        caused_by=[],
    )
