"""What single formats promise beyond their schemas."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from graders.proctor import FAILED, Finding, Result, Site, Verdict
from graders.reports import ReportError
from graders.reports.formats import (
    FORMATS,
    Tagged,
    classroom50,
    exercism,
    gradescope,
    junit,
    junit_together,
    sarif,
)
from graders.tests.formats.readers import TAGGED, complaints
from graders.tests.formats.verdicts import VERDICTS

ENVIRONMENT = {
    "CLASSROOM": "async",
    "ASSIGNMENT": "dashboard",
    "USERNAME": "ada",
    "SUBMISSION_TAG": "submit/2026-11-22T10-00-00Z-1f2e3d4",
    "COMMIT_URL": "https://git.example/c",
    "RELEASE_URL": "https://git.example/r",
    "REVIEW_URL": "https://git.example/d",
    "COMMIT_DATE": "2026-11-22T11:00:00+01:00",
}


def test_exercism_errs_only_where_no_check_was_made() -> None:
    statuses = {
        name: json.loads(exercism(verdict))["status"]
        for name, verdict in VERDICTS.items()
    }
    assert statuses == {
        "passed": "pass",
        "failed": "fail",
        "not loaded": "error",
        "not read": "error",
        "tampered": "fail",
        "unstable": "pass",
        "grader error": "error",
        "grader gone": "error",
        "twins": "fail",
    }
    assert json.loads(exercism(VERDICTS["not read"])) == {
        "version": 3,
        "status": "error",
        "message": "Not loaded: app.py is no file.",
    }


def test_long_messages_are_cut_for_exercism() -> None:
    findings = [Finding("3 s", "x" * 999)] * 99
    result = Result("test_x", "It ends.", "errors", 1, FAILED, findings)
    notes = ["y" * 999]
    text = exercism(Verdict("dashboard", FAILED, "7", [result], notes=notes))
    assert complaints("exercism", text) == []
    (test,) = json.loads(text)["tests"]
    assert test["message"].endswith("\n(cut)")
    assert test["output"].endswith("\n(cut)")


def test_gradescope_gives_no_mark_for_a_grader_error() -> None:
    for name in ("grader error", "grader gone"):
        text = gradescope(VERDICTS[name])
        assert '"score"' not in text
        assert "The grader failed, not your code; nothing was counted." in text


def test_gradescope_hides_no_test_and_so_no_total() -> None:
    assert '"visibility"' not in gradescope(VERDICTS["failed"])


@pytest.mark.parametrize("name", ["grader error", "grader gone"])
def test_classroom50_gets_no_points_for_a_grader_error(name: str) -> None:
    report = json.loads(classroom50(VERDICTS[name], TAGGED))
    assert (report["score"], report["max-score"]) == (0, 0)


def test_classroom50_is_told_who_by_the_environment() -> None:
    tagged = Tagged.from_environment(ENVIRONMENT)
    assert tagged.committed == datetime.fromisoformat(ENVIRONMENT["COMMIT_DATE"])
    assert tagged == TAGGED
    report = json.loads(classroom50(VERDICTS["failed"], tagged))
    assert report["datetime"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"USERNAME": ""}, "classroom50 needs USERNAME in the environment: "),
        ({"COMMIT_DATE": "today"}, "COMMIT_DATE 'today' is no date with a time zone"),
        ({"COMMIT_DATE": "2026-11-22"}, "is no date with a time zone: set it to"),
    ],
)
def test_classroom50_needs_to_know_what_was_graded(
    changed: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ReportError, match=sentence):
        Tagged.from_environment(ENVIRONMENT | changed)


def test_the_format_of_classroom50_reads_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    text = FORMATS["classroom50"].text(VERDICTS["failed"])
    assert text == classroom50(VERDICTS["failed"], TAGGED)


def test_junit_skips_what_was_not_checked() -> None:
    text = junit(VERDICTS["not loaded"])
    counts = 'tests="3" failures="0" errors="1" skipped="2"'
    assert text.count(counts) == 2
    assert '<testcase classname="ada.dashboard" name="The submission"' in text


def test_junit_of_several_learners_keeps_them_apart() -> None:
    other = Verdict("dashboard", FAILED, "7", VERDICTS["failed"].results)
    text = junit_together([VERDICTS["failed"], other])
    assert complaints("junit", text) == []
    assert 'classname="ada.dashboard.resources"' in text
    assert 'classname="dashboard.resources"' in text


def test_gitlab_finds_no_file_to_attach() -> None:
    note = "[[ATTACHMENT|/etc/passwd]]"
    text = junit(Verdict("dashboard", FAILED, "7", notes=[note]))
    assert "[ [ATTACHMENT|/etc/passwd]]" in text
    assert note not in text


def test_sarif_holds_the_findings_that_name_a_line() -> None:
    (run,) = json.loads(sarif(VERDICTS["failed"]))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "test_late"
    (result,) = run["results"]
    assert result["message"]["text"] == (
        "Expected: 3 s, saw: 8 s. Try: Start the calls before you await the first one."
    )
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "app.py"},
        "region": {"startLine": 14},
    }
    (run,) = json.loads(sarif(VERDICTS["grader error"]))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_takes_no_links_and_no_places_from_a_text() -> None:
    finding = Finding("[a](http://x)", "{0}", site=Site("a b.py", 1))
    result = Result("test_x", "It ends.", "errors", 1, FAILED, [finding])
    text = sarif(Verdict("dashboard", FAILED, "7", [result]))
    assert complaints("sarif", text) == []
    (told,) = json.loads(text)["runs"][0]["results"]
    assert told["message"]["text"] == r"Expected: \[a\](http://x), saw: {{0}}"
    place = told["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.py"
