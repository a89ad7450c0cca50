"""Small applications that hold up the event loop, and others that do not.

Each text file holds cases: a title, and what stands in `app.py` after the common
imports. What computes does so in units of work: `burn` does as many as it is told, and
`rounds` says how much of something else is as much; `lasting` says how long a sleep
in C lasts on a machine that seems slower or faster. An endpoint without a route of its
own serves "/". The line that blocks is marked with the name that must be shown for it,
or with `computing`.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from graders.wire import real, work

_FOLDER = Path(__file__).parent
_TITLE = re.compile(r"^### (.+)$", re.MULTILINE)
_MARK = "  # <- "


@dataclass(frozen=True)
class Case:
    """Attributes:
    title: what it does.
    source: the whole of `app.py`.
    line: the number of the line that blocks; 0 when none does.
    name: what it must be called.
    """

    title: str
    source: str
    line: int
    name: str


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def given() -> str:
    """The `given.py` of every case: the work by which the machine is measured."""
    return _text("given").format(
        pieces=work.PIECES,
        piece_of_work=inspect.getsource(work.piece_of_work),
        lasting=real.lasting(1),
    )


def _case(title: str, text: str) -> Case:
    source = f"{_text('prelude')}\n{text.strip()}\n"
    if '@app.get("/")' not in source:
        source += 'app.get("/")(endpoint)\n'
    lines = source.splitlines()
    marked = [number for number, line in enumerate(lines, 1) if _MARK in line]
    assert len(marked) <= 1, title
    number = marked[0] if marked else 0
    name = lines[number - 1].partition(_MARK)[2] if marked else ""
    return Case(title, source, number, name)


def read_cases(name: str) -> list[Case]:
    """The cases of one file."""
    parts = _TITLE.split(_text(name))
    return [_case(*pair) for pair in zip(parts[1::2], parts[2::2], strict=True)]
