"""What the graders have been tested with, and what is said of the rest."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import graders
from graders.devtools import tested as devtools_tested
from graders.doctor import doctor_lines
from graders.packs._result import result_page
from graders.proctor import PASSED, WALLS, Provenance, Verdict, untested
from graders.reports import FEEDBACK, plain, reduced, verdict_lines
from graders.reports.html import page
from graders.wire.tested import PYTHON, TESTED, known_ranges

ROOT = Path(graders.__file__).parents[1]
RANGES = {"python": ("3.11", "3.13"), "fastapi": ("0.165.0", "0.166.2")}


@pytest.mark.parametrize(
    ("name", "release", "strange"),
    [
        ("python", "3.11.0", False),
        ("python", "3.13.99", False),
        ("python", "3.14.0", True),
        ("python", "3.10.9", True),
        ("python", "3.13.0rc1", True),
        ("fastapi", "0.165.0", False),
        ("fastapi", "0.166.0", False),
        ("fastapi", "0.166.2+local", False),
        ("fastapi", "0.166.10", True),
        ("fastapi", "0.164.9", True),
        ("fastapi", "0.166.1b2", True),
        ("fastapi", "unknown", True),
    ],
)
def test_a_release_outside_the_tested_ones_is_named(
    name: str, release: str, strange: bool
) -> None:
    shown = "Python" if name == "python" else name
    assert untested({name: release}, RANGES) == [f"{shown} {release}"] * strange


def test_the_lowest_that_may_be_installed_has_been_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ranges = known_ranges()
    allowed = [Requirement(one) for one in project["project"]["dependencies"]]
    compared = []
    for one in allowed:
        if one.name in ranges:
            (bound,) = [spec for spec in one.specifier if spec.operator == ">="]
            # The lowest that there is may be a little newer than the bound.
            lowest = Version(ranges[one.name][0])
            assert lowest in one.specifier
            assert lowest.release[: len(Version(bound.version).release)] == (
                Version(bound.version).release
            )
            compared.append(one.name)
    assert {"fastapi", "httpx", "sqlalchemy", "pytest"} <= set(compared)


def test_the_classifiers_name_the_tested_pythons() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    prefix = "Programming Language :: Python :: "
    named = [
        line.removeprefix(prefix)
        for line in project["project"]["classifiers"]
        if line.startswith(prefix)
    ]
    assert (named[0], named[-1]) == known_ranges()[PYTHON]


def test_the_table_is_widened_by_what_was_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "tested.toml"
    text = TESTED.read_text(encoding="utf-8")
    table.write_text(text, encoding="utf-8")
    monkeypatch.setattr(devtools_tested, "TESTED", table)
    before = known_ranges()
    monkeypatch.setattr(
        devtools_tested,
        "installed",
        lambda: {PYTHON: "3.99.1", "fastapi": "999.0", "httpx": "0.1"},
    )

    devtools_tested.main([])

    content = tomllib.loads(table.read_text(encoding="utf-8"))
    libraries = content["libraries"]
    assert content[PYTHON] == [before[PYTHON][0], "3.99"]
    assert libraries["fastapi"] == [before["fastapi"][0], "999.0"]
    assert libraries["httpx"] == ["0.1", before["httpx"][1]]
    assert libraries["anyio"] == list(before["anyio"])
    assert table.read_text(encoding="utf-8").startswith(text[: text.index(PYTHON)])
    assert "fastapi" in capsys.readouterr().out


def test_a_part_of_the_tests_widens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "tested.toml"
    monkeypatch.setattr(devtools_tested, "TESTED", table)
    devtools_tested.main(["-k", "doctor"])
    assert not table.exists()
    assert "-k doctor" in capsys.readouterr().out


def test_the_table_is_written_as_it_stands() -> None:
    text = TESTED.read_text(encoding="utf-8")
    heading = text[: text.index(PYTHON)]
    assert devtools_tested.written(known_ranges(), heading) == text


STRANGE = Verdict(
    "dashboard",
    PASSED,
    "1",
    provenance=Provenance(
        "ab" * 32,
        "cd" * 32,
        "0.1.0",
        "3.14.0",
        untested=["Python 3.14.0", "fastapi 9.0", "httpx 9.1", "anyio 9.2", "h11 9.3"],
        missing=["thread states"],
    ),
)


def test_people_read_it_in_one_sentence_each() -> None:
    text = " ".join(plain(verdict_lines(STRANGE)).split())
    named = "Python 3.14.0, fastapi 9.0, httpx 9.1 and 2 more"
    assert f"Nobody has tested these graders with {named}." in text
    assert "This machine lacks thread states: 'kata doctor' says" in text
    assert "h11 9.3" in page(STRANGE)
    assert "thread states" in page(STRANGE)
    assert named in result_page(STRANGE, None, "")


def test_programs_read_all_of_it() -> None:
    made = json.loads(msgspec.json.encode(STRANGE))["provenance"]
    assert made["untested"] == STRANGE.provenance.untested
    assert made["missing"] == ["thread states"]


@pytest.mark.parametrize("level", [level for level in FEEDBACK if level != "full"])
def test_who_sees_less_than_all_is_not_told(level: str) -> None:
    made = reduced(STRANGE, level).provenance
    assert (made.untested, made.missing) == ([], [])


def test_the_doctor_names_what_is_new_and_what_is_missing() -> None:
    text = plain(
        doctor_lines(WALLS, ["thread states"], ["Python 3.14.0", "fastapi 9.0"])
    )
    assert "NEW     Python" in text
    assert "NEW     libraries        fastapi 9.0" in text
    assert "MISSING thread states" in text
    assert "ok      processor clocks" in text


def test_the_doctor_has_nothing_to_say_where_all_is_as_it_should_be() -> None:
    text = plain(doctor_lines(WALLS, [], []))
    assert "NEW" not in text
    assert "MISSING" not in text
