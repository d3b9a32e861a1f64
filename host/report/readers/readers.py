"""Reads one report in all formats as the programs of others do, and compares what they see.

    python readers.py FOLDER

FOLDER holds `report.FORMAT` of each format. The JSON is held against our schema; what every other
format tells is held against the JSON. RULEBOX_READERS is the folder that `cargo xtask e2e` fills:
a virtual environment and node_modules. What is missing there fails.
"""

import collections
import csv
import html.parser
import io
import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import junitparser
import markdown_it
import prometheus_client.openmetrics.parser
import prometheus_client.parser
import ruamel.yaml
import sarif.loader
import xmlschema
import yaml

HERE = pathlib.Path(__file__).parent
READERS = pathlib.Path(os.environ["RULEBOX_READERS"])
FORMATS = (
    "text html json yaml markdown sarif junit github csv prometheus openmetrics policyreport "
    "openreports"
).split()
SEVERITIES = ("critical", "high", "medium", "low", "info")


def same(what, told, is_so):
    if told != is_so:
        raise SystemExit(f"{what}: {told!r} instead of {is_so!r}")


class Truth:
    """What the JSON tells."""

    def __init__(self, report):
        open_ones = [it for it in report["findings"] if "suppressed" not in it]
        self.report = report
        self.findings = collections.Counter(it["severity"] for it in open_ones)
        self.subjects = sorted(it["subject"]["name"] for it in open_ones)
        self.suppressed = len(report["findings"]) - len(open_ones)
        self.rules = collections.Counter(it["result"] for it in report["rules"])
        self.failures = len(report["failures"])
        self.unjudged = sum(
            it["result"] == "no_data" or it["result"] == "fail" and it["reason"] != ""
            for it in report["rules"]
        )


def of_json(text, truth):
    schema = json.loads((HERE.parent / "schema/report.schema.json").read_text())
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
    validator.check_schema(schema)
    validator.validate(truth.report)
    counted = {it: n for it, n in truth.report["summary"]["findings"].items() if n > 0}
    same("summary.findings", counted, dict(truth.findings))


def of_yaml(text, truth):
    # YAML 1.1, as most programs around Kubernetes read it, and 1.2.
    same("PyYAML", yaml.safe_load(text), truth.report)
    same("ruamel", ruamel.yaml.YAML(typ="safe", pure=True).load(text), truth.report)


def of_sarif(text, truth):
    schema = json.loads((HERE.parent / "src/tests/sarif-2.1.0.schema.json").read_text())
    # The schema of OASIS has a bracket too many there.
    for it in ("run", "toolComponent"):
        language = schema["definitions"][it]["properties"]["language"]
        language["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"
    jsonschema.validators.validator_for(schema)(schema).validate(json.loads(text))
    # What a viewer shows: https://pypi.org/project/sarif-tools
    loaded = sarif.loader.load_sarif_file(str(FOLDER / "report.sarif"))
    tool = truth.report.get("tool", {"name": "Rulebox"})["name"]
    same("the tool", loaded.get_distinct_tool_names(), [tool])
    records = loaded.get_records()
    same("results", len(records), len(truth.report["findings"]))
    levels = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
    want = collections.Counter(levels.get(it["severity"], "note") for it in truth.report["findings"])
    same("levels", collections.Counter(it["Severity"] for it in records), want)
    run = json.loads(text)["runs"][0]
    known = {it["id"] for it in run["tool"]["driver"]["rules"]}
    for it in run["tool"]["driver"]["rules"]:
        same("a rule has help", bool(it["help"]["text"]), True)
    for it in run["results"]:
        same("its fingerprint", len(it["partialFingerprints"]["rulebox/v1"]), 16)
        same("its rule is known", it["ruleId"] in known or "ruleIndex" not in it, True)
        for location in it["locations"]:
            region = location.get("physicalLocation", {}).get("region", {"startLine": 1})
            same("a line", region["startLine"] >= 1, True)
    suppressed = sum(len(it.get("suppressions", [])) > 0 for it in run["results"])
    same("suppressed", suppressed, truth.suppressed)
    multitool(FOLDER / "report.sarif")


def multitool(file):
    """Microsoft's validator, with the rules that are errors."""
    folder = READERS / "node_modules/@microsoft/sarif-multitool-linux"
    out = FOLDER / "validated"
    command = [folder / "Sarif.Multitool", "validate", file, "--output", out, "--quiet"]
    environment = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    ran = subprocess.run(
        [*command, "--level", "Error", "--kind", "Fail", "--log", "ForceOverwrite"],
        env=environment,
        capture_output=True,
        text=True,
    )
    if not out.exists():
        raise SystemExit(f"the multitool did not run: {ran.stdout}{ran.stderr}")
    results = json.loads(out.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    errors = [it for it in results if it.get("level") == "error"]
    same("errors of the multitool", [(it["ruleId"], it["message"]) for it in errors], [])


def of_junit(text, truth):
    xmlschema.XMLSchema(str(HERE / "junit-10.xsd")).validate(io.StringIO(text))
    xml = junitparser.JUnitXml.fromstring(text.encode())
    results = [(suite.name, it) for suite in xml for case in suite for it in case.result]
    kinds = collections.Counter(type(it).__name__ for _, it in results)
    same("failures", kinds["Failure"], sum(truth.findings.values()))
    severities = (it.type for _, it in results if isinstance(it, junitparser.Failure))
    same("severities", collections.Counter(severities), truth.findings)
    types = collections.Counter(it.type for _, it in results if isinstance(it, junitparser.Skipped))
    same("suppressed", types["suppressed"], truth.suppressed)
    same("no data", types["no_data"], truth.unjudged)
    errors = sum(isinstance(it, junitparser.Error) and name != "inputs" for name, it in results)
    same("errors", errors, truth.rules["error"] + truth.failures)


def of_markdown(text, truth):
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    kinds = collections.Counter(it.type for it in tokens)
    same("tables", kinds["table_open"], int(bool(truth.findings)))
    rows = kinds["tr_open"] - kinds["table_open"]
    same("rows of the table", rows, sum(truth.findings.values()))
    cells = kinds["td_open"]
    same("cells of each row", cells, 4 * rows)
    inline = [child.type for it in tokens for child in it.children or []]
    acts = {"link_open", "image", "html_inline"} & set(inline)
    same("what acts", (acts, kinds["html_block"]), (set(), 0))


def of_github(text, truth):
    """With the escapes of @actions/core undone; `annotations.mjs` does them again."""
    script = HERE / "annotations.mjs"
    ran = subprocess.run(
        ["node", script, FOLDER / "report.github", READERS / "node_modules"],
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        raise SystemExit(f"annotations.mjs: {ran.stdout}{ran.stderr}")
    commands = json.loads(ran.stdout)
    words = (it["title"].split(" ")[0] for it in commands)
    same("annotations", collections.Counter(it for it in words if it in SEVERITIES), truth.findings)
    begin = "no data for "
    titles = (it["title"] for it in commands if it["title"].startswith(begin))
    no_data = sum(int(it.removeprefix(begin).split(" ")[0]) for it in titles)
    same("no data", no_data, truth.unjudged)


def of_csv(text, truth):
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    found = [it for it in rows if it["result"] == "fail"]
    counts = collections.Counter(it["severity"] for it in found if not it["suppressed"])
    same("findings", counts, truth.findings)
    same("suppressed", sum(it["suppressed"] != "" for it in found), truth.suppressed)
    same("no data", sum(it["result"] == "no_data" for it in rows), truth.unjudged)
    formulas = [it for row in rows for it in row.values() if it[:1] in ("=", "+", "-", "@", "\t")]
    same("formulas", formulas, [])


def of_metrics(families, truth):
    samples = [sample for family in families for sample in family.samples]

    def sums(name, label):
        counts = collections.Counter()
        for it in samples:
            if it.name == name and it.value > 0:
                counts[it.labels[label]] += int(it.value)
        return counts

    same("findings", sums("rulebox_findings", "severity"), truth.findings)
    suppressed = sums("rulebox_findings_suppressed", "severity").total()
    same("suppressed", suppressed, truth.suppressed)
    same("results", sums("rulebox_rule_result", "result"), truth.rules)
    same("failures", sums("rulebox_pack_failures", "code").total(), truth.failures)


def of_prometheus(text, truth):
    of_metrics(prometheus_client.parser.text_string_to_metric_families(text), truth)
    promtool = os.environ.get("PROMTOOL")
    if promtool is None:
        print("skipped: promtool, which PROMTOOL names")
        return
    command = [promtool, "check", "metrics"]
    ran = subprocess.run(command, input=text, capture_output=True, text=True)
    # 3: it has an opinion of a name, which is the pack's.
    same(f"promtool: {ran.stderr}", ran.returncode in (0, 3), True)


def of_openmetrics(text, truth):
    of_metrics(prometheus_client.openmetrics.parser.text_string_to_metric_families(text), truth)


def of_reports(text, truth, definitions):
    documents = list(yaml.safe_load_all(text))
    same("ruamel", list(ruamel.yaml.YAML(typ="safe", pure=True).load_all(text)), documents)
    results = [it for document in documents for it in document["results"]]
    failed = collections.Counter(it["severity"] for it in results if it["result"] == "fail")
    same("findings", failed, truth.findings)
    of = lambda name: [it for it in results if name in it.get("properties", {})]
    same("suppressed", len(of("suppressed")), truth.suppressed)
    same("failures", len(of("failure")), truth.failures)
    rules = collections.Counter(it["properties"]["ruleResult"] for it in of("ruleResult"))
    for result in ("pass", "no_data", "error", "skipped"):
        same(f"rules with {result}", rules[result], truth.rules[result])
    folder = os.environ.get("RULEBOX_E2E_DEFINITIONS")
    if not folder:
        print("skipped: the definitions, whose folder RULEBOX_E2E_DEFINITIONS names")
        return
    schemas = {}
    for file in definitions:
        definition = yaml.safe_load((pathlib.Path(folder) / file).read_text())
        group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
        for version in definition["spec"]["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            schemas[f"{group}/{version['name']}", kind] = strict(schema)
    for document in documents:
        schema = schemas[document["apiVersion"], document["kind"]]
        jsonschema.Draft202012Validator(schema).validate(document)


def strict(schema):
    """The same schema where a field that it does not know is one too many, as for kubectl."""
    if isinstance(schema, list):
        return [strict(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: strict(it) for name, it in schema.items()}
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties.keys() - {"metadata"} and "type" in schema:
        schema.setdefault("additionalProperties", False)
    return schema


def of_policyreport(text, truth):
    plurals = ("clusterpolicyreports", "policyreports")
    of_reports(text, truth, [f"wgpolicyk8s.io_{it}.yaml" for it in plurals])


def of_openreports(text, truth):
    of_reports(text, truth, [f"openreports.io_{it}.yaml" for it in ("clusterreports", "reports")])


class Page(html.parser.HTMLParser):
    """Counts elements, and what would ask a network."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements = collections.Counter()
        self.open = []
        self.asks = []

    def handle_starttag(self, tag, attributes):
        self.elements[tag] += 1
        self.open.append(tag)
        for name, value in attributes:
            if name.startswith("on") or name == "src" or name == "href" and value[:1] != "#":
                self.asks.append((tag, name, value))


def of_html(text, truth):
    page = Page()
    page.feed(text)
    page.close()
    same("findings", page.elements["article"], sum(truth.findings.values()))
    same("what acts", page.asks, [])


def of_text(text, truth):
    hidden = [it for it in text if it != "\n" and (ord(it) < 32 or 127 <= ord(it) < 160)]
    same("control characters", hidden, [])


FOLDER = pathlib.Path(sys.argv[1])
TRUTH = Truth(json.loads((FOLDER / "report.json").read_text()))
for FORMAT in FORMATS:
    # Line ends as they are: they are part of the format.
    TEXT = (FOLDER / f"report.{FORMAT}").read_bytes().decode()
    try:
        globals()[f"of_{FORMAT}"](TEXT, TRUTH)
    except SystemExit as failed:
        raise SystemExit(f"{FOLDER} as {FORMAT}: {failed}")
print(f"{len(FORMATS)} formats were read")
