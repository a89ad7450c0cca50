"""`kata doctor`."""

from __future__ import annotations

from typer.testing import CliRunner

from graders.cli import application
from graders.doctor import doctor_lines
from graders.proctor import WALLS
from graders.reports import plain


def test_it_says_what_stands_on_this_machine() -> None:
    answer = CliRunner().invoke(application, ["doctor"])
    standing = [name for name in WALLS if f"ok      {name}" in answer.stdout]
    assert answer.exit_code == (0 if standing == list(WALLS) else 1)
    assert "limits" in standing


def test_a_missing_wall_comes_with_its_remedy() -> None:
    text = plain(doctor_lines(["limits", "privileges", "landlock"]))
    assert "MISSING seccomp" in text
    assert "apt install libseccomp2" in text
    assert "--sandbox none" in text


def test_all_walls_are_enough() -> None:
    text = plain(doctor_lines(list(WALLS)))
    assert "MISSING" not in text
    assert text.endswith("strangers' code can be graded here.")
