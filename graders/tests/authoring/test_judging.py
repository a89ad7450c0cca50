"""Exhibits that are graded in several processes, some of which are killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.authoring._judging import Plan, judge
from graders.proctor import PASSED, Exhibit, LauncherFailed, load_kata
from graders.tests.plugin.project import SOLUTION, SUITE

_KILLS = """\
    from pathlib import Path
    import os
    lives = Path({path!r})
    left = lives.read_text()
    if "kills" in exam._submission.source and left:
        lives.write_text(left[1:])
        os.kill(os.getpid(), 9)
    reply ="""


@pytest.fixture
def lives(tmp_path: Path, suite: Path) -> Path:
    """How many processes one of the exhibits kills, as many as there are letters."""
    path = tmp_path / "lives"
    suite.write_text(
        SUITE.replace("    reply =", _KILLS.format(path=str(path)), 1), encoding="utf-8"
    )
    return path


def _exhibits(kata: Path) -> list[Exhibit]:
    texts = {"right": SOLUTION, "killer": f"{SOLUTION}\n# kills\n"}
    made = load_kata(kata)
    return [
        Exhibit(made, Path(f"{name}.py"), "accepted", text=text)
        for name, text in texts.items()
    ]


def test_a_process_that_is_killed_costs_no_verdict(lives: Path, kata: Path) -> None:
    lives.write_text("xx")
    judged = list(judge(_exhibits(kata), Plan(jobs=2, repeat=2)))
    assert lives.read_text() == ""
    assert sorted(one.exhibit.name for one in judged) == ["killer", "right"]
    for one in judged:
        assert [verdict.status for verdict in one.verdicts] == [PASSED, PASSED]


def test_processes_that_are_killed_again_and_again_end_it(
    lives: Path, kata: Path
) -> None:
    lives.write_text("x" * 9)
    with pytest.raises(LauncherFailed, match=r"that graded it ended \(signal 9\)"):
        list(judge(_exhibits(kata), Plan(jobs=2)))
