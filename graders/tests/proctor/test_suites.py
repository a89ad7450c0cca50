"""A suite is a package; each of its parts counts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import graders.suites
from graders.proctor import load_kata, load_suite, suite_digest
from graders.proctor.grading import provenance
from graders.tests.plugin.project import SLUG, make_project, suite_file, use_suites

PART = '''
from graders.proctor import Exam, check


@check("errors", points=1, hint="Try it.")
async def {name}(exam: Exam) -> None:
    """{title}."""
'''
DOOR = f"""
from graders.suites.{SLUG} import late, early

PARTS = (late, early)
"""
PARTS = sorted(Path(graders.suites.__path__[0]).glob("*/*.py"))
# Lines.
LONGEST = 300


def _write(root: Path) -> None:
    door = suite_file(root)
    door.write_text(DOOR)
    door.with_name("early.py").write_text(PART.format(name="test_b", title="First"))
    door.with_name("late.py").write_text(
        PART.format(name="test_c", title="Second")
        + PART.format(name="test_a", title="Third")
    )


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_project(tmp_path)
    use_suites(monkeypatch, tmp_path / "suites")
    return tmp_path


def test_checks_come_in_the_order_of_the_parts(root: Path) -> None:
    _write(root)
    suite = load_suite(load_kata(root / "katas" / SLUG))
    assert [one.name for one in suite.checks] == ["test_c", "test_a", "test_b"]
    assert f"graders.suites.{SLUG}.early" in sys.modules


def test_each_part_decides(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(root)
    for name in ("platform_parts.py", "tested.toml"):
        (root / name).touch()
    monkeypatch.setattr(provenance, "_GRADERS", root)
    digests = []
    for part in ("early.py", "late.py", "__init__.py"):
        path = suite_file(root).with_name(part)
        path.write_text(f"{path.read_text()}\n# Changed.\n")
        suite_digest.cache_clear()
        digests.append(suite_digest(SLUG, root / "katas" / SLUG))
    assert len(set(digests)) == len(digests)


def test_every_part_is_read_in_one_sitting() -> None:
    assert PARTS
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PARTS}
    assert [path for path, lines in lengths.items() if lines > LONGEST] == []
