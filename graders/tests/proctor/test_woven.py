"""Every copy of a service is made of the same code, and does what it did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from textwrap import dedent
from types import CodeType

import pytest

from graders.proctor import all_katas
from graders.proctor.exam.varied_copies import varied
from graders.proctor.exam.woven_copies import UnlikeError, woven

SERVICE = """
'''What it is.'''
from __future__ import annotations

RATE = 3

def price(seats: int) -> int:
    total = seats * RATE
    return total

def shop():
    '''Two functions within one.'''
    fee = 1

    def sell(seats):
        return fee * price(seats)

    def give_back(seats):
        for seat in range(seats):
            yield seat

    return sell, give_back

class Desk:
    def ask(self) -> list[int]:
        self.look()
        sell, give_back = shop()
        return [sell(2), *give_back(2)]

    def look(self) -> None:
        return None
"""
CHANGES = {
    "": ("", ""),
    "dear": ("seats * RATE", "seats * RATE * 2"),
    # What one version assigns is another one's from outside.
    "flat": ("return fee * price(seats)", "fee = 5\n        return fee"),
    "sells_one": ("price(seats)\n", "price(1)\n"),
    "gives_nothing_back": ("range(seats)", "range(0)"),
    "asks_nobody": ("return [sell(2), *give_back(2)]", "return []"),
    "does_not_look": ("    def look(self) -> None:\n        return None\n", ""),
}
TEXTS = {
    name: SERVICE.replace("self.look()", "pass").replace(old, new)
    if name == "does_not_look"
    else SERVICE.replace(old, new)
    for name, (old, new) in CHANGES.items()
}
SAYS = {
    "": [6, 0, 1],
    "dear": [12, 0, 1],
    "flat": [5, 0, 1],
    "sells_one": [3, 0, 1],
    "gives_nothing_back": [6],
    "asks_nobody": [],
    "does_not_look": [6, 0, 1],
}
_MADE_UP = re.compile(r"(?:seen|note|mark|own|step|kept)_\d+")


def _copy(texts: dict[str, str], name: str, seed: int) -> str:
    draw = Random(seed)
    return varied(woven(texts, name, draw), draw)


@pytest.mark.parametrize("name", TEXTS)
def test_a_copy_does_what_it_did(name: str) -> None:
    for seed in range(20):
        names: dict[str, Callable[[], object]] = {}
        exec(compile(_copy(TEXTS, name, seed), "copy", "exec"), names)
        assert names["Desk"]().ask() == SAYS[name]  # type: ignore[attr-defined]


def _marks(code: CodeType) -> Iterator[tuple[str, ...]]:
    """What is seen of code but made-up names and numbers, a function at a time."""
    texts = [*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars]
    texts += [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]
    seen = {one for one in texts if not one.isdigit() and not _MADE_UP.fullmatch(one)}
    yield (code.co_qualname, *sorted(seen))
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _marks(one)


def _seen(source: str) -> list[tuple[str, ...]]:
    return sorted(_marks(compile(source, "copy", "exec")))


ALIKE = [
    (f"{kata.slug} {name or 'itself'}", texts, name)
    for kata in all_katas()
    if kata.turns_the_tables
    for texts in [kata.services()]
    for name in texts
    if name != "written_differently"
]
ALIKE += [(f"sample {name or 'itself'}", TEXTS, name) for name in TEXTS]


@pytest.mark.parametrize(
    ("texts", "name"), [one[1:] for one in ALIKE], ids=[one[0] for one in ALIKE]
)
def test_no_copy_is_told_by_its_names_and_constants(
    texts: dict[str, str], name: str
) -> None:
    assert _seen(_copy(texts, name, 2)) == _seen(_copy(texts, "", 1))


def test_no_two_copies_have_the_same_code() -> None:
    made = {_copy(TEXTS, name, seed) for name in TEXTS for seed in range(20)}
    assert len(made) == 20 * len(TEXTS)


def test_no_version_has_a_place_of_its_own() -> None:
    """The one that is carried out is the first, and the last, in about every third."""
    changes = ("- 3\n", "- 4\n", "- 5\n")
    texts = {one: SERVICE.replace("* RATE\n", one) for one in changes}
    places = []
    for seed in range(60):
        text = _copy(texts, "- 4\n", seed)
        places.append(sorted(changes, key=text.index).index("- 4\n"))
    assert all(10 < places.count(place) < 30 for place in range(3))


def test_a_copy_that_is_written_differently_stands_alone() -> None:
    texts = TEXTS | {"other": "def ask() -> int:\n    return 1\n"}
    assert "Desk" not in _copy(texts, "other", 1)
    assert "def ask() -> int" not in _copy(texts, "", 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [("price(seats: int)", "price(seats: int = 1)"), ("class Desk:", "class Desk(X):")],
)
def test_versions_that_cannot_stand_side_by_side_are_an_error(
    old: str, new: str
) -> None:
    with pytest.raises(UnlikeError, match="not called in the same way"):
        _copy(TEXTS | {"other": SERVICE.replace(old, new)}, "", 1)


def test_a_version_that_hides_a_global_is_an_error() -> None:
    other = SERVICE.replace("total = seats * RATE", "RATE = total = seats")
    with pytest.raises(UnlikeError, match="price assigns RATE"):
        _copy(TEXTS | {"other": other}, "", 1)


def test_a_field_that_differs_is_an_error() -> None:
    field = dedent("""
        class Desk:
            seats = 2
    """)
    other = SERVICE.replace("class Desk:\n", field.lstrip())
    with pytest.raises(UnlikeError, match="belong to no function"):
        _copy(TEXTS | {"other": other}, "", 1)
