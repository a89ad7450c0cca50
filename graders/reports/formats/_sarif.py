"""SARIF 2.1.0: the findings that name a line, for code scanning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from graders import __version__
from graders.proctor import GRADER_ERROR, Finding, Verdict
from graders.reports._lines import cut, escape
from graders.reports._remarks import NOT_THEIR_FAULT
from graders.reports.formats._own import dumps
from graders.reports.formats._told import names, sites

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LONGEST_TEXT = 1024


def sarif(verdict: Verdict) -> str:
    """One run: a rule for each check that names a line, and a result for each line."""
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for rule, finding in _findings(verdict):
        rules.setdefault(rule["id"], rule)
        results.append(_result(rule["id"], finding))
    failed = verdict.status == GRADER_ERROR
    invocation: dict[str, Any] = {"executionSuccessful": not failed}
    if failed:
        notification = {"level": "error", "message": {"text": NOT_THEIR_FAULT}}
        invocation["toolExecutionNotifications"] = [notification]
    run = {
        "tool": {
            "driver": {
                "name": "Async Katas",
                "semanticVersion": __version__,
                "rules": list(rules.values()),
            }
        },
        "automationDetails": {"id": f"async-katas/{_identifier(verdict.kata)}/"},
        "invocations": [invocation],
        "results": results,
        "properties": {
            "status": escape(verdict.status),
            "score": verdict.score,
            "points": verdict.points,
            "unstable": verdict.other is not None,
        },
    }
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _findings(verdict: Verdict) -> Iterator[tuple[dict[str, Any], Finding]]:
    """Each finding that names a line, with the rule it falls under."""
    if verdict.finding is not None and sites([verdict.finding]):
        title = "The submission can be loaded"
        yield _rule(verdict.status, title, "submission"), verdict.finding
    for name, result in zip(names(verdict.results), verdict.results, strict=True):
        for finding in result.findings:
            if sites([finding]):
                yield _rule(result.name, name, result.category), finding


def _rule(name: str, title: str, category: str) -> dict[str, Any]:
    text = {"text": cut(title, _LONGEST_TEXT)}
    return {
        "id": _identifier(name),
        "shortDescription": text,
        "fullDescription": text,
        "help": text,
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["async", escape(category)] if category else ["async"]},
    }


def _result(rule: str, finding: Finding) -> dict[str, Any]:
    (site,) = sites([finding])
    parts = (("Expected", finding.expected), ("saw", finding.saw))
    text = ", ".join(f"{label}: {_plain(part)}" for label, part in parts if part)
    text += f". Try: {_plain(finding.advice)}" if finding.advice else ""
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(escape(site.file), safe="/")},
        "region": {"startLine": site.line},
    }
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": text or "This check did not pass."},
        "locations": [{"physicalLocation": place}],
    }


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name) or "check"


def _plain(text: str) -> str:
    """Text in which a reader of SARIF finds neither links nor places to fill in."""
    text = re.sub(r"([\\\[\]])", r"\\\1", escape(text))
    return text.replace("{", "{{").replace("}", "}}")
