"""Mutants that go wrong only between requests."""

from __future__ import annotations

import asyncio
from textwrap import dedent
from typing import Any

import pytest

from graders.authoring._mutants import Mutant
from graders.authoring._overlaps import overlaps

HEAD = """
import asyncio
from fastapi import FastAPI
from given import brew
app = FastAPI()
"""


def _made(source: str) -> list[Mutant]:
    return overlaps(f"{HEAD}{dedent(source)}")


def _changes(source: str) -> list[str]:
    return [one.change for one in _made(source)]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        # An argument that is read after a wait, and one that is read before.
        ("await brew()\nreturn guest", {"guest"}),
        ("return await brew(guest)", set()),
        # What is given after the last wait is nobody else's by then.
        ("tea = await brew()\nreturn tea", set()),
        ("tea = await brew()\nawait brew()\nreturn tea", {"tea"}),
        ("tea = 1\nawait brew()\ntea = 2\nreturn tea", set()),
        # Round a loop.
        ("for cup in 'ab':\n    await brew(cup)", set()),
        ("n = 0\nwhile n < 3:\n    n += 1\n    await brew()", {"n"}),
        ("for cup in 'ab':\n    await brew(cup)\n    print(cup)", {"cup"}),
        # What the head of a block reads, it reads before it waits.
        ("async with brew(guest):\n    pass", set()),
        ("async with brew() as tea:\n    await brew()\n    print(tea)", {"tea"}),
        # A time limit lets nobody go on; what is inside it may.
        ("async with asyncio.timeout(1):\n    return guest", set()),
        ("async with asyncio.timeout(1), brew():\n    return guest", {"guest"}),
        ("async with asyncio.timeout(1):\n    await brew()\nreturn guest", {"guest"}),
    ],
)
def test_what_is_read_after_a_wait_is_kept(body: str, kept: set[str]) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    found = _changes(f"async def serve(guest):\n{lines}\n")
    told = {f"keeps `{name}` of `serve` in the module" for name in kept}
    assert {one for one in found if one.startswith("keeps")} == told


def test_a_thread_lets_others_go_on_at_any_call() -> None:
    found = _changes("def serve(guest):\n    brew()\n    return guest\n")
    assert "keeps `guest` of `serve` in the module" in found


def _run(source: str) -> dict[str, dict[str, Any]]:
    """What the names of each mutant's module are."""
    made = {}
    for one in _made(source):
        text = one.source.replace("from given import brew\n", "brew = None\n")
        names: dict[str, Any] = {}
        exec(compile(text, "app.py", "exec"), names)
        made[one.change] = names
    return made


def test_a_kept_value_is_found_by_whoever_comes_next() -> None:
    source = """
        @app.get("/tea/{guest}")
        async def serve(guest: str) -> list[str]:
            await asyncio.sleep(0)
            return [guest for _ in "a"]
    """
    names = _run(source)["keeps `guest` of `serve` in the module"]
    serve = names["serve"]

    async def both() -> list[Any]:
        return [*await asyncio.gather(serve("ann"), serve("bob"))]

    assert asyncio.run(both()) == [["bob"], ["bob"]]


@pytest.mark.parametrize(
    ("kind", "lock"), [("async def", "asyncio"), ("def", "threading")]
)
def test_endpoints_run_once_at_a_time(kind: str, lock: str) -> None:
    source = f'@app.get("/tea")\n{kind} serve():\n    return 1\n{kind} other(): ...\n'
    (one,) = (one for one in _made(source) if one.change.startswith("runs"))
    assert one.change == "runs `serve` once at a time"
    assert f"import {lock} as _library\n_turn = _library.Lock()" in one.source


def test_names_that_an_inner_function_changes_are_left_alone() -> None:
    source = """
        async def serve():
            cups = 0
            async def more():
                nonlocal cups
                cups += 1
            await more()
            return cups
    """
    assert _changes(source) == []
