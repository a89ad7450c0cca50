"""Syntax of a newer Python is told from a mistake, whichever Python grades."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from graders.proctor import Submission
from graders.proctor.grading.endings import not_loaded_finding
from graders.proctor.submission.newer_syntax import GRADED_WITH, Version, newer_syntax
from graders.wire import LoadFailed, Site

# First the Python that reads it, then the text; what is newer stands on line 2.
NEWER: list[tuple[Version, str]] = [
    ((3, 12), "x = 1\ntype Row = dict[str, int]\ny = 2\n"),
    ((3, 12), "x = 1\ntype Rows[T] = list[T]\n"),
    ((3, 12), "x = 1\ndef first[T](rows: list[T]) -> T:\n    return rows[0]\n"),
    ((3, 12), "x = 1\nasync def first[**P, *Ts](x: int) -> None: ...\n"),
    ((3, 12), "x = 1\nclass Box[T: (int, list[str])](list[T]):\n    pass\n"),
    ((3, 12), "x = 1\nclass Box[\n    T,\n]:\n    pass\n"),
    ((3, 12), 'x = {}\ny = f"{x["a"]}"\n'),
    ((3, 12), "x = {}\ny = g(1, f'{x['a']:>{w['b']}}', 2)\n"),
    ((3, 12), "x = {}\ny = f'{f'{f'{1}'}'}'\n"),
    ((3, 12), "x = []\ny = f\"{'\\n'.join(x)}\"\n"),
    ((3, 12), 'x = []\ny = f"{\n    len(x)  # how many\n}"\n'),
    ((3, 13), "x = 1\nclass Box[T = int]:\n    pass\n"),
    ((3, 14), "x = 1\ny = t'{x}'\n"),
    ((3, 14), "try:\n    f()\nexcept A, b.B:\n    pass\n"),
    ((3, 14), "try:\n    f()\nexcept* A, B:\n    pass\n"),
    ((3, 15), "x = 1\nlazy import json\n"),
    ((3, 15), "x = 1\ny = [*row for row in x]\n"),
]
WRONG = [
    "def f(:\n    pass\n",
    "type X = = int\n",
    "type X int\n",
    "def f[T(x):\n    pass\n",
    "class A[T]\n    pass\n",
    "y = f'{x['a'}'\n",
    "y = f'{x'\n",
    "y = t'{x'\n",
    "try:\n    f()\nexcept A, B\n    pass\n",
    "print 'x'\n",
    "x = (1,\n",
    "  y = 1\n",
    "\ny = [*row, for row in x]\n",
]


def _stopped_at(source: str) -> int | None:
    try:
        ast.parse(source)
    except SyntaxError as exc:
        return exc.lineno
    return None


@pytest.mark.parametrize(("version", "source"), NEWER)
def test_newer_syntax_is_named_with_the_python_that_reads_it(
    version: Version, source: str
) -> None:
    line = _stopped_at(source)
    if line is None:
        assert version <= GRADED_WITH
        return
    assert version > GRADED_WITH
    found = newer_syntax(source, line)
    assert found is not None
    assert found.version == version
    assert found.instead.endswith(".")


@pytest.mark.parametrize("source", WRONG)
def test_what_no_python_reads_is_a_mistake(source: str) -> None:
    line = _stopped_at(source)
    assert line is not None
    assert newer_syntax(source, line) is None


def test_a_mistake_further_down_does_not_hide_it() -> None:
    source = "x = 1\nlazy import json\n\ndef f(:\n"
    found = newer_syntax(source, 2, (3, 14))
    assert found is not None
    assert found.version == (3, 15)
    assert newer_syntax(source, 4, (3, 14)) is None


def _told(source: str, line: int) -> tuple[str, str]:
    submission = Submission(Path("app.py"), "app.py", source)
    failed = LoadFailed("syntax", "invalid syntax", Site("app.py", line))
    finding = not_loaded_finding(failed, submission)
    return finding.saw, finding.advice


def test_it_is_told_with_the_python_that_grades() -> None:
    here = "{}.{}".format(*sys.version_info)
    saw, advice = _told("x = 1\nlazy import json\n", 2)
    assert saw == (
        "app.py:2: `lazy import` needs Python 3.15; this is graded with "
        f"{here} `lazy import json`"
    )
    assert advice == "Leave `lazy` out."
    saw, advice = _told("def f(:\n", 1)
    assert saw == "app.py:1: invalid syntax `def f(:`"
    assert advice == (
        f"Mend the syntax; nothing can be checked before Python {here} reads it."
    )
