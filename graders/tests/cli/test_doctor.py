"""`kata doctor`."""

from __future__ import annotations

from typer.testing import CliRunner

from graders.cli import application
from graders.doctor import doctor_lines
from graders.host.walls.landlock import lacking
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


def test_an_older_kernel_is_named_with_what_it_lacks() -> None:
    assert lacking(6) == lacking(7) == ""
    assert lacking(5) == (
        "release 5; newer: Landlock itself refuses signals and abstract sockets "
        "(Linux 6.12)"
    )
    text = plain(doctor_lines(list(WALLS), older=lacking(2)))
    assert "release 2; newer: " in text
    assert "(Linux 6.2)" in text
    # Seccomp sees to all of it.
    assert text.endswith("strangers' code can be graded here.")
    assert "newer: " not in plain(doctor_lines(list(WALLS), older=""))
