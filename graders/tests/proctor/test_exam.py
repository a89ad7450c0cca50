"""An exam: made of parts, and described for who writes suites."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from graders.proctor import Exam
from graders.proctor.exam import exam as module
from graders.tests.exams import Examine

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
PARTS = Path(module.__file__).parent


def _is_described(exam: Exam, name: str) -> bool:
    """Whether a name has words of its own: an object's class says nothing of it."""
    listed = re.search(
        rf"^    (\w+, )*{name}(, \w+)*: \S", inspect.getdoc(Exam) or "", re.M
    )
    kept = inspect.getattr_static(exam, name)
    of_its_own = isinstance(kept, property) or inspect.isroutine(kept)
    return bool(listed) or (of_its_own and bool(inspect.getdoc(kept)))


def test_every_name_of_an_exam_is_described(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        names = [name for name in dir(exam) if not name.startswith("_")]
        assert {"get", "expect_status", "now", "evidence", "finish"} <= {*names}
        assert not [name for name in names if not _is_described(exam, name)]

    examine(APP, body)


def test_a_part_of_an_exam_is_held_and_not_inherited() -> None:
    classes = [
        node
        for path in PARTS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    ours = {one.name for one in classes}
    assert {"Exam", "Expectations", "Requests"} <= ours
    bases = {ast.unparse(base) for one in classes for base in one.bases}
    assert not bases & ours


def test_who_writes_no_tests_has_none_to_run(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        with pytest.raises(RuntimeError, match="write no tests"):
            await exam.run_tests()

    examine(APP, body)
