"""Mutants that call a service as a habit has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from graders.authoring._habits import habits

SOURCE = """
import asyncio
from given import brew

async def serve(guest):
    return await brew(guest)
"""
BLOCKING = """
import asyncio
from given import brew

async def serve(guest):
    return await asyncio.to_thread(brew, guest)
"""

Serve = Callable[[object], Awaitable[Any]]


def _served(change: str, brew: Callable[..., Any], source: str = SOURCE) -> Serve:
    """The `serve` of a mutant, with `brew` for the service."""
    kind = "blocking" if source == BLOCKING else "async"
    (one,) = (one for one in habits(source, {"brew": kind}) if one.change == change)
    names: dict[str, Any] = {"brew": brew}
    text = one.source.replace("from given import brew\n", "")
    exec(compile(text, "app.py", "exec"), names)
    serve: Serve = names["serve"]
    return serve


class Pot:
    """A service that counts, and fails as often as it is told.

    Attributes:
        asked: for whom it was called.
        busy: how many calls are in flight, and `most` at a time.
        ended: how many calls have come to their end.
    """

    def __init__(self, failing: int = 0, answer: Any = "tea") -> None:
        self.asked: list[object] = []
        self.failing, self.answer = failing, answer
        self.busy = self.most = self.ended = 0

    def pour(self, guest: object) -> Any:
        self.asked.append(guest)
        if len(self.asked) <= self.failing:
            raise KeyError(guest)
        return self.answer

    async def brew(self, guest: object) -> Any:
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            answer = self.pour(guest)
            self.ended += 1
            return answer
        finally:
            self.busy -= 1


async def _results(serve: Serve, *guests: str) -> list[Any]:
    """What comes of guests who are served one after the other."""
    results: list[Any] = []
    for guest in guests:
        try:
            results.append(await serve(guest))
        except (KeyError, RuntimeError) as exc:
            results.append(type(exc).__name__)
    return results


@pytest.mark.parametrize("source", [SOURCE, BLOCKING])
@pytest.mark.parametrize(
    ("change", "failing", "results", "asked"),
    [
        ("remembers what `brew` has answered", 0, ["tea", "tea"], ["ann"]),
        ("remembers how `brew` has failed", 1, ["KeyError", "KeyError"], ["ann"]),
        ("calls `brew` again when it fails", 1, ["tea", "tea"], ["ann"] * 3),
        (
            "takes an empty answer of `brew` for an error",
            0,
            ["tea", "tea"],
            ["ann", "ann"],
        ),
    ],
)
def test_what_becomes_of_two_calls(
    source: str, change: str, failing: int, results: list[str], asked: list[str]
) -> None:
    pot = Pot(failing)
    serve = _served(change, pot.pour if source == BLOCKING else pot.brew, source)
    assert asyncio.run(_results(serve, "ann", "ann")) == results
    assert pot.asked == asked


@pytest.mark.parametrize(
    ("answer", "result"), [([], "RuntimeError"), (0, "RuntimeError"), (None, None)]
)
def test_an_empty_answer_is_an_error(answer: object, result: object) -> None:
    pot = Pot(answer=answer)
    serve = _served("takes an empty answer of `brew` for an error", pot.brew)
    assert asyncio.run(_results(serve, "ann")) == [result]


@pytest.mark.parametrize(
    ("change", "most", "asked"),
    [
        ("calls `brew` once at a time", 1, ["ann", "ann"]),
        ("joins a call of `brew` that is under way", 1, ["ann"]),
        ("lets `brew` go on when it is cancelled", 2, ["ann", "ann"]),
    ],
)
def test_what_becomes_of_calls_at_the_same_time(
    change: str, most: int, asked: list[str]
) -> None:
    pot = Pot()
    serve = _served(change, pot.brew)

    async def both() -> list[Any]:
        return [*await asyncio.gather(serve("ann"), serve("ann"))]

    assert asyncio.run(both()) == ["tea", "tea"]
    assert (pot.most, pot.asked) == (most, asked)


@pytest.mark.parametrize(
    ("change", "cancelled", "ended"),
    [
        ("lets `brew` go on when it is cancelled", True, 1),
        ("waits for `brew` and forgets that it was cancelled", False, 1),
        ("calls `brew` again when it is cancelled", True, 1),
        ("remembers what `brew` has answered", True, 0),
    ],
)
def test_what_becomes_of_a_cancelled_call(
    change: str, cancelled: bool, ended: int
) -> None:
    pot = Pot()
    serve = _served(change, pot.brew)

    async def given_up() -> bool:
        task = asyncio.ensure_future(serve("ann"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        for _ in range(5):
            await asyncio.sleep(0)
        return task.cancelled()

    assert asyncio.run(given_up()) is cancelled
    assert pot.ended == ended


def test_a_service_that_is_not_imported_is_left_alone() -> None:
    assert habits("import given\n", {"brew": "async"}) == []
