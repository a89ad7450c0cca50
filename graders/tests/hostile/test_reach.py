"""What a text reaches for: refused, or noted for a person, before a line of it runs."""

from __future__ import annotations

import pytest

from graders.proctor import REFERENCE, Grading, find_kata
from graders.proctor.submission.forbidden_names import forbidden, reach_notes
from graders.tests.hostile.conftest import Room
from graders.tests.hostile.corpus import HOSTILE, as_submission, compose
from graders.tests.hostile.rows import FORGERS, SOLVED, UNSOLVED


@pytest.mark.parametrize("file", FORGERS)
@pytest.mark.parametrize("slug", [UNSOLVED, SOLVED])
def test_who_reaches_for_the_instruments_is_not_run(
    room: Room, slug: str, file: str
) -> None:
    kata = find_kata(slug)
    source = compose(file, kata.reference / "solution.py")
    verdict = Grading(kata, as_submission(source), room.hosts).verdict()
    assert (verdict.status, verdict.score) == ("not loaded", 0)
    assert verdict.provenance.walls == []
    assert verdict.finding is not None
    assert verdict.finding.site is not None
    line = verdict.finding.site.line
    assert f"app.py:{line} uses " in verdict.reason
    assert verdict.finding.line == source.splitlines()[line - 1].strip()
    # A person is told as well.
    assert verdict.notes[0].startswith("app.py uses ")


FORBIDDEN = {
    "import ctypes": "ctypes",
    "from ctypes import CDLL": "ctypes",
    "def f(): import graders.host.clock.current": "graders",
    "wire = sys.modules['graders.wire']": "graders",
    "getattr(x, 'f_back')": "f_back",
    "task.get_coro().cr_frame": "cr_frame",
    "read.__globals__": "__globals__",
    "loop.get_task_factory().__self__": "__self__",
    "loop._selector": "_selector",
    "vars(loop)['_selector']": "_selector",
    "loop._exam_step": "_exam_step",
    "getattr(loop, '_exam_network')": "_exam_network",
    "sys.settrace(print)": "settrace",
    "import gc; gc.get_objects()": "gc.get_objects",
    "import gc as g; g.get_referrers(x)": "gc.get_referrers",
    "from gc import get_referents as see": "gc.get_referents",
}
NOTED = (
    "import gc",
    "import gc; gc.collect()",
    "import inspect",
    "x = sys.modules",
    "Carrier.__subclasses__()",
    "eval('1')",
    "host = 'graders.example'",
)
HONEST = (
    "def get_objects(): ...",
    "store.get_objects('prints')",
    "url = 'https://graders.example'",
    "from collections import UserDict",
    "vars(model) | model.__dict__",
)


@pytest.mark.parametrize(("text", "name"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_ways_to_the_graders_objects_are_refused(text: str, name: str) -> None:
    finding = forbidden(as_submission(f"# one\n{text}\n"))
    assert finding is not None
    assert finding.saw.startswith(f"app.py:2 uses {name}, which leads to")
    (note,) = reach_notes(f"# one\n{text}\n", "app.py")
    assert f"{name} (line 2)" in note


@pytest.mark.parametrize("text", NOTED)
def test_what_has_honest_uses_is_noted_and_no_more(text: str) -> None:
    text = f"# one\n{text}\n"
    assert forbidden(as_submission(text)) is None
    (note,) = reach_notes(text, "app.py")
    assert "(line 2)" in note


@pytest.mark.parametrize("text", HONEST)
def test_names_that_only_look_alike_are_nobodys_business(text: str) -> None:
    assert forbidden(as_submission(text)) is None
    assert reach_notes(text, "app.py") == []


def test_a_text_that_is_no_python_is_left_to_the_import() -> None:
    assert forbidden(as_submission("import ctypes\ndef (")) is None


def test_no_honest_submission_is_noted() -> None:
    noted = {
        path: notes
        for path in REFERENCE.rglob("*.py")
        if path.parent != HOSTILE
        for notes in [reach_notes(path.read_text(encoding="utf-8"), path.name)]
        if notes
    }
    assert noted == {}
