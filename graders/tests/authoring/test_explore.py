"""The search for plans that tell a submission from the solution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from graders.authoring import _explore
from graders.proctor import (
    Ask,
    Exam,
    Kata,
    Launcher,
    Manifest,
    Observation,
    Suite,
    every_schedule,
)

APP = """
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/{number}")
    async def page(number: int):
        return {"number": number}
"""


@dataclass(frozen=True)
class Page:
    number: int


def pages(draw: Random) -> tuple[Page, ...]:
    return tuple(Page(draw.randrange(100)) for _ in range(3))


@every_schedule("errors", points=1, hint="Which number?", plans=pages)
async def own_pages(exam: Exam, plan: tuple[Page, ...]) -> Observation:
    """Each page has its number"""
    return await exam.carry_out([Ask("GET", f"/{one.number}") for one in plan])


@pytest.fixture
def kata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kata:
    folder, reference = tmp_path / "katas" / "pages", tmp_path / "reference" / "pages"
    folder.mkdir(parents=True)
    reference.mkdir(parents=True)
    (reference / "solution.py").write_text(dedent(APP), encoding="utf-8")
    suite = Suite([own_pages], lambda exam: None)
    monkeypatch.setattr(
        "graders.proctor.grading.grading.load_suite", lambda kata: suite
    )
    return Kata("pages", folder, Manifest("T", 1, "core", 1, "x", {}, []))


def _told(kata: Kata, hosts: Launcher, text: str) -> _explore.Told:
    path = kata.reference / "other.py"
    path.write_text(dedent(text), encoding="utf-8")
    (told,) = _explore.explore(kata, [path], hosts, plans=120, seed="1")
    return told


def test_one_that_does_the_same_is_carried_through_all_plans(
    kata: Kata, hosts: Launcher
) -> None:
    told = _told(
        kata, hosts, APP.replace("number: int):", "number: int):  # once more")
    )

    assert not told.differs
    assert told.plans == 120


def test_one_that_differs_seldom_is_told_by_the_simplest_plan(
    kata: Kata, hosts: Launcher
) -> None:
    wrong = APP.replace(
        '{"number": number}', '{"number": number if number != 42 else 0}'
    )
    told = _told(kata, hosts, wrong)

    assert told.differs
    assert told.plan == (Page(42),)
    assert "told by plan" in "".join(text for text, _ in told.line())
