"""`kata watch` in a real terminal, read as a learner reads it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graders.practice import Notebook
from graders.tests.plugin.project import BROKEN, SEQUENTIAL, SLUG, SOLUTION
from graders.tests.practice.terminal import Terminal

KEYS = "h hint   n next   l list   a all   r reset   q quit"

FIRST = """\
tea_room  The tea room{gap}1 of 2
░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0/8 points  failed   katas/tea_room/app.py

FAILED  Tea and toast are made at the same time    concurrency 0/3
      expected  GET /breakfast answers 200        saw  501
      app.py:8      raise HTTPException(501, "Not written yet")
      try           Start both before you await the first.
      also failed   Without tea the answer is a 503    errors 0/2
"""

LIST = """\
first steps
> ·  1  tea_room        5/8   10 min  The tea room

core
     2  coffee_bar            10 min  [red]Coffee[/red]

0 of 2 done   next: kata watch tea_room
"""

ENDLESS = SOLUTION.replace("    try:", "    while True:\n        pass\n    try:")
COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-7]m")
# What gives the screen back to the shell, and the cursor.
RESTORED = b"\x1b[?25h\x1b[?1049l"

Open = Callable[..., Terminal]


@pytest.fixture
def terminal(project: Path, home: Path) -> Iterator[Open]:
    """Call it with the arguments of `kata` and the size of the terminal."""
    opened: list[Terminal] = []

    def open_one(
        *arguments: str, columns: int = 80, lines: int = 24, **environment: str
    ) -> Terminal:
        one = Terminal(
            project, *arguments, columns=columns, lines=lines, environment=environment
        )
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()


def _save(app: Path, text: str) -> None:
    """As editors do: another file takes the place of the old one."""
    written = app.with_name(".app.py.swp")
    written.write_text(text, encoding="utf-8")
    written.replace(app)


@pytest.mark.parametrize(("columns", "colour"), [(80, True), (120, False)])
def test_a_kata_from_the_stub_to_full_marks(
    terminal: Open, app: Path, columns: int, colour: bool
) -> None:
    watch = terminal("watch", columns=columns, **({} if colour else {"NO_COLOR": "1"}))
    shown = watch.wait_for("0/8 points")
    gap = " " * (columns - len("tea_room  The tea room1 of 2"))
    assert shown.startswith(FIRST.format(gap=gap))
    assert shown.splitlines()[-1] == KEYS
    assert len(shown.splitlines()) == 24
    assert watch.settings() != watch.before

    _save(app, SEQUENTIAL)
    shown = watch.wait_for("5/8 points")
    assert "app.py:12     return [await brew(), await toast()]" in shown
    (axis,) = re.findall(r"^ +0 +2 +5 s$", shown, re.MULTILINE)
    assert columns - 6 <= len(axis) <= columns

    watch.press("h")
    assert "hint 2" not in watch.wait_for(r"hint 1 of 3  Which comes first\?")
    watch.press("h")
    watch.wait_for(r"hint 2 of 3  Who waits for whom\?")

    watch.press("a")
    shown = watch.wait_for(r"^-- 5 lines more: space --$")
    assert "--- printed during: Tea and toast" in shown
    assert "[bold]boiling\\x1b[31m water[/bold]" in shown
    watch.press(" ")
    assert "tea_room     5/8  failed   seed 1" in watch.wait_for("-- the end, b goes")

    watch.press("l")
    assert LIST in watch.wait_for("0 of 2 done") + "\n"

    _save(app, SOLUTION)
    shown = watch.wait_for("8/8 points", "All is well")
    assert "n goes on with coffee_bar." in shown
    watch.press("n")
    watch.wait_for("^coffee_bar", "0/8 points")

    watch.press("q")
    assert watch.wait_for_the_end() == 0
    assert watch.output.endswith(RESTORED)
    assert watch.settings() == watch.before
    assert bool(COLOUR.search(watch.output)) == colour
    record = Notebook().read().of(SLUG)
    assert (record.best, record.passed, record.hints) == (8, True, 2)


def test_a_newer_save_counts_while_an_older_one_is_graded(
    terminal: Open, app: Path
) -> None:
    app.write_text(ENDLESS, encoding="utf-8")
    watch = terminal("watch", SLUG)
    watch.wait_for("grading, 0 of 2 checks")
    watch.press("l")
    watch.wait_for("0 of 2 done", "grading")
    _save(app, BROKEN)
    assert "NOT LOADED  app.py:3: invalid syntax" in watch.wait_for("0/8 points")
    assert Notebook().read().of(SLUG).best == 0


def test_reset_asks_and_ctrl_c_restores_the_terminal(terminal: Open, app: Path) -> None:
    stub = app.read_bytes()
    app.write_text(SEQUENTIAL, encoding="utf-8")
    watch = terminal("watch", SLUG)
    watch.wait_for("5/8 points")
    watch.press("r")
    watch.wait_for(r"Put the stub back\? What you wrote is kept beside it\.")
    watch.press("n")
    watch.wait_for(re.escape(KEYS))
    assert app.read_bytes() != stub
    watch.press("r")
    watch.wait_for("Put the stub back")
    watch.press("y")
    watch.wait_for(r"app\.py is the stub again\..*app\.py\.bak-1\.", "0/8 points")
    assert app.read_bytes() == stub

    app.unlink()
    assert "has no app.py: put your solution" in watch.wait_for("not graded")

    watch.resize(40, 12)
    shown = watch.wait_for("^h n l a r q$")
    assert max(map(len, shown.splitlines())) <= 40

    watch.press("\x03")
    assert watch.wait_for_the_end() == 0
    assert watch.output.endswith(RESTORED)
    assert watch.settings() == watch.before


def test_being_ended_while_it_grades_leaves_nothing_behind(
    terminal: Open, app: Path
) -> None:
    app.write_text(ENDLESS, encoding="utf-8")
    watch = terminal("watch", SLUG)
    watch.wait_for("grading, 0 of 2 checks")
    os.kill(watch.pid, signal.SIGTERM)
    assert watch.wait_for_the_end() == 128 + signal.SIGTERM
    assert watch.output.endswith(RESTORED)
    assert watch.settings() == watch.before


def test_a_dumb_terminal_is_told(terminal: Open) -> None:
    watch = terminal("watch", SLUG, TERM="dumb")
    watch.wait_for("ERROR: kata watch needs a terminal")
    assert watch.wait_for_the_end() == 2
