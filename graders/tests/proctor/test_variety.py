"""Copies of a service differ in every run, and do the same."""

from __future__ import annotations

import ast
from random import Random

from graders.proctor import all_katas
from graders.proctor.exam.varied_copies import varied

SOURCE = """
'''What it is.'''
from __future__ import annotations

LIMIT = 2

def both(first: int) -> list[int]:
    '''Twice.'''
    # A comment.
    found = 0

    def add(more: int) -> None:
        nonlocal found
        found += more

    for one in range(LIMIT):
        add(one + first)
    total = [each for each in (found, first)]
    return total

class Desk:
    def one(self) -> int:
        number = 1
        return number

    def two(self) -> int:
        return self.one() + 1
"""


def _run(source: str) -> tuple[object, object]:
    names: dict[str, object] = {"__name__": "varied"}
    exec(compile(source, "varied", "exec"), names)
    both, desk = names["both"], names["Desk"]
    assert callable(both)
    assert callable(desk)
    return both(5), desk().two()


def test_what_it_does_stays() -> None:
    for seed in range(40):
        assert _run(varied(ast.parse(SOURCE), Random(seed))) == ([11, 5], 2)


def test_no_two_are_alike() -> None:
    for kata in all_katas():
        if kata.turns_the_tables:
            text = kata.service().read_text()
            made = {varied(ast.parse(text), Random(seed)) for seed in range(20)}
            assert len(made) == 20


def test_neither_comments_nor_docstrings_are_left() -> None:
    text = varied(ast.parse(SOURCE), Random(1))
    assert "comment" not in text
    assert "What it is" not in text
    assert "Twice" not in text
