"""JUnit XML, as GitLab, Jenkins and the actions for GitHub read it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Result, Verdict
from graders.reports._lines import cut, escape
from graders.reports._remarks import remarks
from graders.reports.formats._told import (
    drawn,
    names,
    site,
    sites,
    stop,
    told,
    was_run,
)

_SUBMISSION = "The submission"
_LONGEST_MESSAGE = 200


def junit(verdict: Verdict) -> str:
    """One test suite: a test case for each check, and one for the submission itself
    where there is something to say about it.

    What could not be made because the submission could not be loaded is skipped.
    """
    return junit_together([verdict])


def junit_together(verdicts: Sequence[Verdict]) -> str:
    """One test suite for each verdict."""
    root = Element("testsuites", name="async-katas")
    for verdict in verdicts:
        _add_suite(root, verdict)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{sum(verdict.duration for verdict in verdicts):.3f}")
    indent(root)
    # Every character that XML 1.0 forbids has been escaped with the unprintable ones.
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_suite(root: Element, verdict: Verdict) -> None:
    label = _label(verdict)
    suite = SubElement(root, "testsuite", name=label)
    _add_properties(
        suite,
        {
            "score": str(verdict.score),
            "points": str(verdict.points),
            "status": verdict.status,
            "seed": verdict.seed,
            "unstable": "no" if verdict.other is None else "yes",
        },
    )
    ran = was_run(verdict)
    if stop(verdict) or remarks(verdict):
        _add_submission(suite, verdict)
    for name, result in zip(names(verdict.results), verdict.results, strict=True):
        case = SubElement(
            suite,
            "testcase",
            classname=f"{label}.{escape(result.category) or 'score'}",
            name=name,
            # Checks take virtual time; readers want a number all the same.
            time="0",
        )
        where = site(result)
        if where is not None:
            case.set("file", escape(where.file))
            case.set("line", str(where.line))
        _add_properties(
            case,
            {
                "category": result.category,
                "score": str(result.score),
                "points": str(result.points),
            },
        )
        _add_outcome(case, result, ran)
    _count(suite, verdict)


def _add_submission(suite: Element, verdict: Verdict) -> None:
    case = SubElement(
        suite, "testcase", classname=_label(verdict), name=_SUBMISSION, time="0"
    )
    where = sites([verdict.finding] if verdict.finding is not None else [])
    if where:
        case.set("file", escape(where[0].file))
        case.set("line", str(where[0].line))
    text = stop(verdict)
    if text:
        _tell(case, "error", verdict.status, text, text)
    if remarks(verdict):
        text = "\n".join(remarks(verdict))
        # GitLab takes this for a link to a file.
        SubElement(case, "system-out").text = text.replace("[[", "[ [")


def _add_outcome(case: Element, result: Result, ran: bool) -> None:
    if not ran and result.outcome == FAILED:
        SubElement(case, "skipped", message="This check was not made.")
    elif result.outcome == GRADER_ERROR:
        _tell(case, "error", GRADER_ERROR, told(result), drawn(result))
    elif result.outcome != PASSED:
        kind = result.category or FAILED
        _tell(case, "failure", kind, told(result), drawn(result))


def _tell(case: Element, element: str, kind: str, short: str, text: str) -> None:
    # GitLab shows the text alone, others the message alone.
    message = cut("; ".join(short.splitlines()), _LONGEST_MESSAGE)
    SubElement(case, element, message=message, type=escape(kind) or FAILED).text = text


def _add_properties(parent: Element, values: dict[str, str]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=escape(value))


def _count(suite: Element, verdict: Verdict) -> None:
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite.findall("testcase"))))
    for count, element in kinds.items():
        suite.set(count, str(len(suite.findall(f"testcase/{element}"))))
    suite.set("time", f"{verdict.duration:.3f}")


def _label(verdict: Verdict) -> str:
    # A reader drops a second case of the same class and name: learners differ.
    parts = (verdict.learner, verdict.kata)
    return ".".join(escape(part) for part in parts if part) or "kata"
