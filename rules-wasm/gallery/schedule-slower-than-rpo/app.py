"""The pack `org-recovery-points`: what it holds and needs, and how its rule is asked.

componentize-py makes the module `wit_world` from the contract. The top level runs once, when the pack is built, and its memory is
part of the pack.
"""

import json
import traceback

from componentize_py_types import Err
from wit_world import WitWorld as Contract
from wit_world.imports import inventory, report, types

import schedule_slower_than_rpo as rpo

# Crossing into the host costs about as much as reading a few objects.
BATCH = 256


class WitWorld(Contract):
    def describe(self):
        """What the pack holds and needs. It sees no objects."""
        need = lambda name, group, kind, fields: types.ObjectNeed(name, group, kind, [], "", fields)
        return types.PackInfo(
            name="org-recovery-points",
            version="0.1.0",
            rules=[
                types.RuleInfo(
                    id=rpo.RULE,
                    severity=types.Severity.HIGH,
                    summary=rpo.SUMMARY,
                    documentation=rpo.__doc__,
                    requires=["namespaces", "schedules"],
                    consults=[],
                )
            ],
            objects=[
                need("namespaces", "", "Namespace", rpo.NAMESPACE_FIELDS),
                need("schedules", "velero.io", "Schedule", rpo.SCHEDULE_FIELDS),
            ],
            texts=[],
            metrics=[],
            settings_schema=json.dumps(rpo.SETTINGS),
        )

    def evaluate(self, run):
        """Evaluates the rules that are named. What cannot go on raises Err with a text: it is the error case of the contract."""
        try:
            if rpo.RULE in run.rules:
                namespaces(json.loads(run.settings))
        except Exception as error:
            raise Err("".join(traceback.format_exception(error)).strip()) from None


def namespaces(settings):
    # A Schedule that was not seen may be the one that runs often enough. The host reports `no data`.
    if inventory.covers("schedules") != types.Coverage.COMPLETE:
        return
    schedules = list(objects("schedules"))
    for it in objects("namespaces"):
        try:
            if said := rpo.judge(it, schedules, settings):
                report.add_finding(finding(it, said))
        except rpo.Undecided as why:
            report.undecided(rpo.RULE, f"Namespace {it['metadata']['name']}: {why}")


def objects(need):
    """The objects of one need, each with the fields asked for."""
    with inventory.open(need) as cursor:
        while batch := cursor.next(BATCH):
            yield from map(json.loads, batch)


def finding(namespace, said):
    evidence = [
        types.Evidence(subject=reference(it), path="spec.schedule", value=it.get("spec", {}).get("schedule", "")) for it in said["evidence"]
    ]
    return types.Finding(
        rule=rpo.RULE,
        severity=types.Severity.HIGH,
        subject=reference(namespace),
        summary=said["summary"],
        cause=said["cause"],
        remedy=said["remedy"],
        evidence=evidence,
        labels=[],
        caused_by=[],
    )


def reference(it):
    metadata = it["metadata"]
    return types.ObjectRef(
        api_version=it["apiVersion"],
        kind=it["kind"],
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata.get("uid", ""),
    )
