"""A small project with one kata of its own, for the tests of the ways in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import graders.suites

SLUG = "tea_room"

MANIFEST = """
title = "The tea room"
order = 1
level = "first steps"
minutes = 10
teaches = "Two things at once."
hints = ["Which comes first?", "Who waits for whom?", "Could both be on their way?"]

[points]
concurrency = 3
errors = 2
blocking = 1
awaits = 1
resources = 1

[services]
brew = "async"
toast = "async"
"""

GIVEN = '''
import asyncio


class NoTea(Exception):
    """The tin is empty."""


async def brew() -> str:
    await asyncio.sleep(0.1)
    return "tea"


async def toast() -> str:
    await asyncio.sleep(0.1)
    return "toast"
'''

SUITE = '''
from graders.proctor import Exam, check


def world(exam: Exam) -> None:
    exam.services.brew.takes(2).answers("tea")
    exam.services.toast.takes(3).answers("toast")


@check("concurrency", points=3, hint="Start both before you await the first.")
async def test_tea_and_toast_come_together(exam: Exam) -> None:
    """Tea and toast are made at the same time."""
    reply = await exam.get("/breakfast")
    exam.expect_status(reply, 200)
    exam.expect_took(reply, 3.0)


@check("errors", points=2, hint="Which exception says that there is no tea?")
async def test_no_tea_is_503(exam: Exam) -> None:
    """Without tea the answer is a 503."""
    exam.expect_status(await exam.get("/breakfast"), 200)
    exam.services.brew.fails("NoTea")
    exam.expect_status(await exam.get("/breakfast"), 503)
'''

BAD_SUITE = SUITE.replace(
    "    reply =", "    raise RuntimeError('a bad suite')\n    reply ="
)

STUB = """
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/breakfast")
async def breakfast() -> list[str]:
    raise HTTPException(501, "Not written yet")
"""

SOLUTION = """
import asyncio

from fastapi import FastAPI, HTTPException
from given import NoTea, brew, toast

app = FastAPI()


@app.get("/breakfast")
async def breakfast() -> list[str]:
    try:
        return list(await asyncio.gather(brew(), toast()))
    except NoTea:
        raise HTTPException(503, "There is no tea") from None
"""

SEQUENTIAL = """
from fastapi import FastAPI, HTTPException
from given import NoTea, brew, toast

app = FastAPI()


@app.get("/breakfast")
async def breakfast() -> list[str]:
    print("[bold]boiling\\x1b[31m water[/bold]")
    try:
        return [await brew(), await toast()]
    except NoTea:
        raise HTTPException(503, "There is no tea") from None
"""

BROKEN = "from fastapi import FastAPI\n\ndef broken(:\n"

# What a project's own conftest does for its suites, the real package does by itself.
_CONFTEST = """
from pathlib import Path

import graders.suites

graders.suites.__path__.append(str(Path(__file__).parent / "suites"))
"""

# Without the plugins of hypothesis and anyio, which learners lack or do not use, and
# which cost a developer's machine more time than a run.
_INI = """
[pytest]
addopts = -p graders.plugin --strict-markers -p no:hypothesispytest -p no:anyio
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


def suite_file(root: Path) -> Path:
    """The suite of the project in a folder."""
    return root / "suites" / SLUG / "__init__.py"


def use_suites(monkeypatch: pytest.MonkeyPatch, *folders: str | Path) -> None:
    """Take suites from these folders alone, whatever other tests have imported."""
    monkeypatch.setattr(graders.suites, "__path__", [str(one) for one in folders])
    for name in [*sys.modules]:
        if name.startswith(f"graders.suites.{SLUG}"):
            monkeypatch.delitem(sys.modules, name)


def make_project(root: Path, *, suite: str = SUITE) -> Path:
    """Write the project.

    Returns:
        The folder of its kata.
    """
    files = {
        "conftest.py": _CONFTEST,
        "pytest.ini": _INI,
        f"suites/{SLUG}/__init__.py": suite,
        f"katas/{SLUG}/kata.toml": MANIFEST,
        f"katas/{SLUG}/given.py": GIVEN,
        f"katas/{SLUG}/app.py": STUB,
        f"reference/{SLUG}/solution.py": SOLUTION,
        f"reference/{SLUG}/accepted/with_gather.py": SOLUTION,
        f"reference/{SLUG}/rejected/concurrency__one_after_the_other.py": SEQUENTIAL,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return root / "katas" / SLUG
