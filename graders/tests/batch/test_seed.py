"""What learners have practised with is not what they are graded with."""

from __future__ import annotations

import json
from pathlib import Path

from graders.proctor import DEFAULT_SEED
from graders.tests.batch.test_grade import grade
from graders.tests.plugin.project import SLUG, SOLUTION


def _seed(tmp_path: Path, out: str, *options: str) -> str:
    handed_in = tmp_path / "class"
    handed_in.mkdir(exist_ok=True)
    (handed_in / "ann.py").write_text(SOLUTION)
    folder = tmp_path / out
    done = grade(handed_in, "--kata", SLUG, "--out", folder, *options)
    assert done.exit_code == 0, done.output
    (verdict,) = (folder / "verdicts").rglob("*.json")
    return str(json.loads(verdict.read_text())["seed"])


def test_it_is_drawn_for_the_first_run_and_kept(tmp_path: Path, tea_room: Path) -> None:
    first = _seed(tmp_path, "out")
    assert first not in (DEFAULT_SEED, _seed(tmp_path, "another"))
    assert _seed(tmp_path, "out") == first


def test_one_that_is_given_counts_until_another_one_is(
    tmp_path: Path, tea_room: Path
) -> None:
    assert _seed(tmp_path, "out", "--seed", "7") == "7"
    assert _seed(tmp_path, "out") == "7"
    assert _seed(tmp_path, "out", "--seed", "8") == "8"


def test_what_is_no_seed_is_passed_over(tmp_path: Path, tea_room: Path) -> None:
    first = _seed(tmp_path, "out")
    for text in (b"\xff", b"x", b""):
        (tmp_path / "out" / ".seed").write_bytes(text)
        assert _seed(tmp_path, "out").isdigit()
    (tmp_path / "out" / ".seed").write_text(first)
    assert _seed(tmp_path, "out") == first
